# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mailhaul_global_optspecs
    string join \n q/quiet v/verbose color= config= state-dir= json h/help V/version
end

function __fish_mailhaul_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mailhaul_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mailhaul_using_subcommand
    set -l cmd (__fish_mailhaul_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mailhaul -n "__fish_mailhaul_needs_command" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_needs_command" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_needs_command" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s V -l version -d 'Print version'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "fetch" -d 'Download new messages and deliver them'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "stat" -d 'Show the number of messages and their total size'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "list" -d 'List messages: number, size in octets and unique-id'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "uidl" -d 'List messages: number and unique-id'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "top" -d 'Print the header and the first lines of a message'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "retr" -d 'Print messages: a single one byte for byte, several as an mbox'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "dump" -d 'Copy the whole mailbox to standard output as an mbox, or into a Maildir'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "dele" -d 'Delete messages from the server'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "noop" -d 'Check that connection and login work, and print how long each phase took'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "capa" -d 'Show the server\'s capabilities before and after the login'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "info" -d 'Inspect a server: greeting, TLS, certificates with pins, capabilities, warnings'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "console" -d 'Open a POP3 session after TLS and login, and send it what you type'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "login" -d 'Store a password in the keyring, or get OAuth2 tokens'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "logout" -d 'Remove the stored password and tokens of an account'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "account" -d 'List, show, add, rename or remove accounts of the configuration file'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "state" -d 'Inspect or correct the fetch history'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "setup" -d 'Find the server of an address, try the login, and add an account'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "migrate" -d 'Move here from fetchmail, getmail or mpop, without downloading anything again'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "log" -d 'Show past runs of fetch'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "health" -d 'Check that every account was fetched in time'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "completions" -d 'Print shell completions'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "help" -d 'Show the help of a command, of the connection options, or of the configuration file'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l maildir -d 'Deliver into this Maildir; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l mbox -d 'Deliver into this mbox; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l eml-dir -d 'Deliver into this folder, each message as an .eml file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l pipe -d 'Pipe each message into this shell command, such as \'maildrop -d ann\'' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l pipe-timeout -d 'End the command of pipe when it takes longer than TIME for a message [default: 5m]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l lmtp -d 'Deliver by LMTP to this socket or HOST[:PORT]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l smtp -d 'Deliver by SMTP to this relay, HOST[:PORT], without a login' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l rcpt -d 'Deliver by LMTP or SMTP to this recipient (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap -d 'Deliver into this IMAP folder: imaps://USER@HOST/FOLDER' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l delete-after -d 'Delete messages from the server once they have been stored here for TIME, such as 30d' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-messages -d 'Fetch at most N messages in a run [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-bytes -d 'Fetch at most SIZE in a run, such as 100M, but always one message [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-size -d 'Leave messages larger than SIZE on the server [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l filter -d 'Ask this shell command about the header of each message before fetching it' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l jobs -d 'Fetch from at most N accounts at the same time [default: 4]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l every -d 'Stay, and fetch again every TIME, such as 5m; none fetches once [default: none]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-backoff -d 'With every: wait up to TIME between attempts while an account fails [default: 1h]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l tolerate -d 'Say nothing of failures, and exit with 0, until an account has failed for TIME' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l remind-every -d 'Tell of trouble again every TIME while it lasts [default: never]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l on-failure -d 'Run this shell command when an account starts to fail' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l on-recovery -d 'Run this shell command when an account works again after on-failure' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l silent-after -d 'Treat it as trouble when no new message has come for TIME, such as 7d [default: never]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l log-format -d 'Print messages as log lines with time, account and event: text or json [default: text with every, else plain messages]' -r -f -a "text\t'TIME ACCOUNT EVENT: TEXT'
json\t'One JSON object per line'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-flags -d 'Give messages this flag or keyword at the IMAP server, such as \\Seen (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-password-command -d 'Take the password of the IMAP destination from what this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-password-file -d 'Take the password of the IMAP destination from this file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-token-command -d 'Log in to the IMAP destination with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-provider -d 'Log in to the IMAP destination by OAuth2; `mailhaul login ACCOUNT --imap` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-client-id -d 'The id of the application that is registered for the IMAP destination' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-tenant -d 'The Microsoft tenant of the IMAP destination [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-scope -d 'Ask for this access to the IMAP destination [default: the provider\'s for IMAP]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-token-url -d 'Token endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-device-url -d 'Device authorization endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-auth-url -d 'Authorization endpoint for the IMAP destination, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-revoke-url -d 'Revocation endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-oauth-flow -d 'Ask for consent to the IMAP destination by a code (device) or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l imap-pin -d 'Require that the IMAP server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l keep -d 'Leave messages on the server (the default)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l delete -d 'Delete messages from the server once they are stored here, also those of earlier runs, wherever they were delivered'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l all -d 'Fetch everything, including messages already fetched'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l dry-run -d 'Show what would be fetched and deleted; fetch and delete nothing'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l format -d 'Print for people (text), or as a plugin of Nagios (nagios)' -r -f -a "text\t'Lines for people'
nagios\t'What a plugin of Nagios prints, with its exit codes'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l warn -d 'With --format nagios: WARNING above N messages' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l crit -d 'With --format nagios: CRITICAL above N messages' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l new -d 'Count only messages that were never fetched'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l exit-code -d 'Exit with 1 if there are no messages'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l headers -d 'Add date, sender and subject'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l raw -d 'Print the octets unchanged even to a terminal, where control characters are otherwise escaped'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l mbox -d 'Print an mbox even for a single message'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l raw -d 'Print the octets unchanged even to a terminal, where control characters are otherwise escaped'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l maildir -d 'Deliver into this Maildir instead; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l raw -d 'Write the mbox even to a terminal'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -s y -l yes -d 'Do not ask'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l dry-run -d 'Show what would be deleted, and take it back with RSET'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l verify -d 'Check in a second session that they are gone'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l no-login -d 'Do not log in: type USER and PASS, or AUTH, yourself'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l redirect-port -d 'Use this local port for the browser flow [default: any free one]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l imap -d 'Log in to the IMAP server to which the messages go, not to the mailbox'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l no-check -d 'Store the password or the tokens without trying them'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l paste -d 'Consent in a browser on another machine, and paste the address to which it was sent at the end'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -l imap -d 'Remove what is stored for the IMAP server to which the messages go, not for the mailbox'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -f -a "list" -d 'List accounts, one per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -f -a "show" -d 'Show the settings of an account, including defaults; secrets are masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -f -a "add" -d 'Add an account and save these options'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -f -a "rename" -d 'Rename an account'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and not __fish_seen_subcommand_from list show add rename remove" -f -a "remove" -d 'Remove an account from the file'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l maildir -d 'Deliver into this Maildir; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l mbox -d 'Deliver into this mbox; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l eml-dir -d 'Deliver into this folder, each message as an .eml file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l pipe -d 'Pipe each message into this shell command, such as \'maildrop -d ann\'' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l pipe-timeout -d 'End the command of pipe when it takes longer than TIME for a message [default: 5m]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l lmtp -d 'Deliver by LMTP to this socket or HOST[:PORT]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l smtp -d 'Deliver by SMTP to this relay, HOST[:PORT], without a login' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l rcpt -d 'Deliver by LMTP or SMTP to this recipient (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap -d 'Deliver into this IMAP folder: imaps://USER@HOST/FOLDER' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l delete-after -d 'Delete messages from the server once they have been stored here for TIME, such as 30d' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l max-messages -d 'Fetch at most N messages in a run [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l max-bytes -d 'Fetch at most SIZE in a run, such as 100M, but always one message [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l max-size -d 'Leave messages larger than SIZE on the server [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l filter -d 'Ask this shell command about the header of each message before fetching it' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l every -d 'Stay, and fetch again every TIME, such as 5m; none fetches once [default: none]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l max-backoff -d 'With every: wait up to TIME between attempts while an account fails [default: 1h]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l tolerate -d 'Say nothing of failures, and exit with 0, until an account has failed for TIME' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l remind-every -d 'Tell of trouble again every TIME while it lasts [default: never]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l on-failure -d 'Run this shell command when an account starts to fail' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l on-recovery -d 'Run this shell command when an account works again after on-failure' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l silent-after -d 'Treat it as trouble when no new message has come for TIME, such as 7d [default: never]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-flags -d 'Give messages this flag or keyword at the IMAP server, such as \\Seen (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-password-command -d 'Take the password of the IMAP destination from what this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-password-file -d 'Take the password of the IMAP destination from this file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-token-command -d 'Log in to the IMAP destination with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-provider -d 'Log in to the IMAP destination by OAuth2; `mailhaul login ACCOUNT --imap` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-client-id -d 'The id of the application that is registered for the IMAP destination' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-tenant -d 'The Microsoft tenant of the IMAP destination [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-scope -d 'Ask for this access to the IMAP destination [default: the provider\'s for IMAP]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-token-url -d 'Token endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-device-url -d 'Device authorization endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-auth-url -d 'Authorization endpoint for the IMAP destination, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-revoke-url -d 'Revocation endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-oauth-flow -d 'Ask for consent to the IMAP destination by a code (device) or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l imap-pin -d 'Require that the IMAP server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l disabled -d 'Fetch this account only when it is named'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l keep -d 'Leave messages on the server (the default)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l delete -d 'Delete messages from the server once they are stored here, also those of earlier runs, wherever they were delivered'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "show" -d 'Count the messages in the history of each mailbox, by state'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "seen" -d 'Mark every message on the server as fetched, without downloading any'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "reset" -d 'Forget all history of a mailbox; the next fetch downloads everything'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "retry" -d 'Fetch messages again that were given up or are presumed to be delivered'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "confirm" -d 'Mark presumed deliveries as delivered'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "moved" -d 'Record that you have moved a Maildir or an mbox'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "forget" -d 'Forget single messages, so that they are fetched again if the server still has them'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "export" -d 'Print the history, one JSON object per message'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from show seen reset retry confirm moved forget export import" -f -a "import" -d 'Add messages to the history from the output of `state export`, or from a file in the same form'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -l yes -d 'Do not ask, even on a terminal'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from moved" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -l account -d 'Another way to name the mailbox' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l from -d 'Read the file of this program: fetchmail, getmail, mpop, thunderbird or fdm' -r -f -a "fetchmail\t'~/.fetchids'
getmail\t'~/.config/getmail/oldmail-*'
mpop\t'~/.mpop_uidls'
thunderbird\t'popstate.dat, in the profile'
fdm\t'What new-only cache names'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l mailbox -d 'The mailbox of the messages: the name of an account, or a URL [default: what the file says]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l as-fetched -d 'Record the messages as fetched instead of seen, so that --delete and --delete-after apply to them'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l name -d 'The name of the account [default: from the address]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l passwords -d 'Where to store the password: keyring, file or none [default: the keyring, or else a file]' -r -f -a "file\t'Each into a file of its own, beside the configuration file'
keyring\t'Into the keyring'
none\t'Nowhere: `mailhaul login` asks for them'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l database -d 'Ask this public database about the domain; none disables it' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l maildir -d 'Deliver into this Maildir; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l mbox -d 'Deliver into this mbox; it is created if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l eml-dir -d 'Deliver into this folder, each message as an .eml file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l pipe -d 'Pipe each message into this shell command, such as \'maildrop -d ann\'' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l pipe-timeout -d 'End the command of pipe when it takes longer than TIME for a message [default: 5m]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l lmtp -d 'Deliver by LMTP to this socket or HOST[:PORT]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l smtp -d 'Deliver by SMTP to this relay, HOST[:PORT], without a login' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l rcpt -d 'Deliver by LMTP or SMTP to this recipient (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap -d 'Deliver into this IMAP folder: imaps://USER@HOST/FOLDER' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l delete-after -d 'Delete messages from the server once they have been stored here for TIME, such as 30d' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l max-messages -d 'Fetch at most N messages in a run [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l max-bytes -d 'Fetch at most SIZE in a run, such as 100M, but always one message [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l max-size -d 'Leave messages larger than SIZE on the server [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l filter -d 'Ask this shell command about the header of each message before fetching it' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l every -d 'Stay, and fetch again every TIME, such as 5m; none fetches once [default: none]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l max-backoff -d 'With every: wait up to TIME between attempts while an account fails [default: 1h]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l tolerate -d 'Say nothing of failures, and exit with 0, until an account has failed for TIME' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l remind-every -d 'Tell of trouble again every TIME while it lasts [default: never]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l on-failure -d 'Run this shell command when an account starts to fail' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l on-recovery -d 'Run this shell command when an account works again after on-failure' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l silent-after -d 'Treat it as trouble when no new message has come for TIME, such as 7d [default: never]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-flags -d 'Give messages this flag or keyword at the IMAP server, such as \\Seen (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-password-command -d 'Take the password of the IMAP destination from what this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-password-file -d 'Take the password of the IMAP destination from this file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-token-command -d 'Log in to the IMAP destination with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-provider -d 'Log in to the IMAP destination by OAuth2; `mailhaul login ACCOUNT --imap` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-client-id -d 'The id of the application that is registered for the IMAP destination' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-tenant -d 'The Microsoft tenant of the IMAP destination [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-scope -d 'Ask for this access to the IMAP destination [default: the provider\'s for IMAP]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-token-url -d 'Token endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-device-url -d 'Device authorization endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-auth-url -d 'Authorization endpoint for the IMAP destination, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-revoke-url -d 'Revocation endpoint for the IMAP destination [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-oauth-flow -d 'Ask for consent to the IMAP destination by a code (device) or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l imap-pin -d 'Require that the IMAP server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l tls -d 'Use TLS from the start (implicit), by STLS (starttls), or not at all (none) [default: from the URL\'s scheme]' -r -f -a "implicit\t'TLS from the start'
starttls\t'TLS by STLS, before anything else'
none\t'No TLS'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l auth -d 'Log in by this mechanism, such as plain, and by no other [default: the best that both sides support]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'
login\t'SASL LOGIN'
scram-sha-1\t'SASL SCRAM-SHA-1, not bound to the TLS session'
scram-sha-1-plus\t'SASL SCRAM-SHA-1, bound to the TLS session'
scram-sha-256\t'SASL SCRAM-SHA-256, not bound to the TLS session'
scram-sha-256-plus\t'SASL SCRAM-SHA-256, bound to the TLS session'
cram-md5\t'SASL CRAM-MD5'
apop\t'APOP'
xoauth2\t'SASL XOAUTH2, with an access token for a password'
oauthbearer\t'SASL OAUTHBEARER, with an access token for a password'
external\t'SASL EXTERNAL, by the client certificate'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l password-command -d 'Take the password from what this shell command prints: the password alone, on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l password-file -d 'Take the password from this file, which has it alone, on one line' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l pipelining -d 'Send several commands before the first is answered: auto (where the server lists it), on or off [default: auto]' -r -f -a "auto\t'Where the server lists PIPELINING'
on\t'Always; one command at a time after a session that breaks'
off\t'Never'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l timeout -d 'Give up when the server does not answer for TIME [default: 60s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l max-listed -d 'Accept listings of up to N messages [default: 1000000]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l min-rate -d 'Give up when fewer than SIZE octets a second come for some minutes; 0 disables it [default: 100]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l deadline -d 'End the whole run after TIME; the next one goes on where it ended [default: long enough for a slow line]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l roots -d 'Trust these authorities: webpki (Mozilla\'s, built in), system (this machine\'s) or none [default: webpki]' -r -f -a "webpki\t'Mozilla\'s authorities, built in'
system\t'The authorities of this machine'
none\t'Nobody but ca-file and pin'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l pin -d 'Require that the server\'s key or certificate has this SHA-256 (may be repeated)' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l client-cert -d 'Authenticate with the client certificate in this PEM file' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l client-key -d 'Take the key of client-cert from this PEM file [default: the file of client-cert]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l tls-min -d 'Accept no TLS version older than 1.2 or 1.3 [default: 1.2]' -r -f -a "1.2\t'TLS 1.2'
1.3\t'TLS 1.3'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l key-exchange -d 'Offer all key exchanges (default), or leave out the post-quantum ones (classic) [default: default]' -r -f -a "default\t'All, those that are safe from quantum computers first'
classic\t'Elliptic curves only, in a smaller first message'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l server-name -d 'Ask for this name, and check the certificate for it [default: the host of the URL]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l proxy -d 'Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it [default: $ALL_PROXY]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l source-address -d 'Connect from this local address [default: the system\'s choice]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l tunnel-command -d 'Talk to the server through standard input and output of this shell command' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l token-command -d 'Log in with the OAuth2 access token that this shell command prints' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-provider -d 'Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once' -r -f -a "google\t'Google'
microsoft\t'Microsoft 365 and Outlook.com'
other\t'Another one, with URLs and scope given'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-client-id -d 'The id of the application that is registered with the provider' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-tenant -d 'The Microsoft tenant, for organisations that allow only their own [default: common]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-scope -d 'Ask for this access [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-token-url -d 'Token endpoint: https, or http on this machine [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-device-url -d 'Device authorization endpoint [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-auth-url -d 'Authorization endpoint, for the browser flow [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-revoke-url -d 'Revocation endpoint, to which `logout` gives tokens back [default: the provider\'s]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l oauth-flow -d 'Ask for consent by a code that is typed in on any device (device), or in a browser (browser) [default: device, where the provider has it]' -r -f -a "device\t'A code that is typed in on any device'
browser\t'A browser on this machine'
client-credentials\t'Nobody: the application has the right itself'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l token-store -d 'Keep tokens in the keyring or in a file [default: the keyring, if it can be used at the login]' -r -f -a "keyring\t'The desktop\'s keyring'
file\t'A file of mode 0600 in the state folder'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l state-key -d 'Name of the mailbox in the ledger [default: USER@HOST]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l dry-run -d 'Only show which servers are found'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l yes -d 'Do not ask whether a server is the right one that only the DNS names'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l timer -d 'Install a user timer of systemd that fetches all accounts every five minutes'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l keep -d 'Leave messages on the server (the default)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l delete -d 'Delete messages from the server once they are stored here, also those of earlier runs, wherever they were delivered'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l allow-cleartext-password -d 'Without TLS, send the password in clear text to another machine'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l no-capa -d 'Do not ask the server what it can do (CAPA)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l passwords -d 'What to do with passwords that are in the file: file (one file for each, which only you can read), keyring or none' -r -f -a "file\t'Each into a file of its own, beside the configuration file'
keyring\t'Into the keyring'
none\t'Nowhere: `mailhaul login` asks for them'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l write -d 'Write the accounts and the history; without this, nothing is changed'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l as-fetched -d 'Record the messages as fetched instead of seen, so that --delete and --delete-after apply to them'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -s n -l lines -d 'Show at most N runs, the newest' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l max-age -d 'Call an account unhealthy if its last successful run ended longer ago than TIME [default: three times `every`, but at least 15m; 1h without `every`]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l format -d 'Print for people (text), as a plugin of Nagios (nagios), or as metrics (prometheus)' -r -f -a "text\t'Lines for people'
nagios\t'What a plugin of Nagios prints, with its exit codes'
prometheus\t'Metrics for the textfile collector of Prometheus'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l shard -d 'Where no SOURCE is named, take only the I-th of N shares of the accounts [default: all accounts]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -l color -d 'Use colour: auto (on a terminal), always or never' -r -f -a "auto\t'On a terminal, unless $NO_COLOR is set'
always\t'Also into a pipe or a file'
never\t'Not at all'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -l config -d 'Read this configuration file, or all files *.toml of this folder [default: $XDG_CONFIG_HOME/mailhaul/config.toml]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -l state-dir -d 'Keep the fetch history in this folder [default: $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -s q -l quiet -d 'Print only errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -s v -l verbose -d 'Print progress details; -vv shows the conversation with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -l json -d 'Print results as JSON, one object per line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'

# The names of the accounts, where a SOURCE or an ACCOUNT can stand.
function __fish_mailhaul_accounts
    mailhaul account list 2>/dev/null | string replace -r '^(\S+) (\S+).*' '$1\t$2'
end
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand stat" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand list" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand uidl" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand top" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand retr" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dump" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand dele" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand noop" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand capa" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand info" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand console" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand login" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand logout" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from show" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from rename" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand account; and __fish_seen_subcommand_from remove" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from show" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from reset" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from confirm" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from forget" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from export" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand log" -f -a "(__fish_mailhaul_accounts)"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand health" -f -a "(__fish_mailhaul_accounts)"
