# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mailhaul_global_optspecs
    string join \n q/quiet v/verbose json state-dir= h/help V/version
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

complete -c mailhaul -n "__fish_mailhaul_needs_command" -l state-dir -d 'Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s q -l quiet -d 'Say nothing but errors'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s v -l verbose -d 'Say what is done; twice: show the dialogue with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -l json -d 'Print results as JSON, one object a line'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -s V -l version -d 'Print version'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "fetch" -d 'Download what is new and deliver it'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "state" -d 'What the ledger knows of a mailbox, and corrections of it'
complete -c mailhaul -n "__fish_mailhaul_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l maildir -d 'Deliver into this Maildir; it is made if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l mbox -d 'Deliver into this mbox; it is made if it is missing' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-messages -d 'Fetch so many messages at most' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-bytes -d 'Fetch so many octets at most, such as 100M, but always one message' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l max-size -d 'Skip messages that are larger' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l jobs -d 'Fetch from so many sources at the same time' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l tls -d 'TLS from the first octet, by STLS, or none, instead of what the URL\'s scheme says' -r -f -a "implicit\t'TLS from the first octet'
starttls\t'TLS by STLS, before anything else'
none\t'Clear text'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l auth -d 'Log in by this mechanism and no other [default: the best that both sides know]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l password-command -d 'Take the password from this shell command, which must print it alone on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l password-file -d 'Take the password from this file, which must hold it alone on one line; - is standard input' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l timeout -d 'How long each wait for the server may take' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l deadline -d 'How long the whole run may take [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l state-dir -d 'Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l keep -d 'Leave messages on the server (the default)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l delete -d 'Delete messages from the server once they are safe here, also those of earlier runs'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l all -d 'Fetch also what was fetched before'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l dry-run -d 'Say what would be fetched and deleted, and do nothing'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l allow-cleartext-password -d 'With --tls none: send the password in clear text to a host that is not this one'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -s q -l quiet -d 'Say nothing but errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -s v -l verbose -d 'Say what is done; twice: show the dialogue with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -l json -d 'Print results as JSON, one object a line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -l state-dir -d 'Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -s q -l quiet -d 'Say nothing but errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -s v -l verbose -d 'Say what is done; twice: show the dialogue with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -l json -d 'Print results as JSON, one object a line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -s h -l help -d 'Print help'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -f -a "seen" -d 'Mark every message on the server as fetched, without downloading any'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -f -a "accept" -d 'Forget what was fetched, so that the next fetch takes all messages on the server as new'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -f -a "retry" -d 'Try messages again that were given up'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and not __fish_seen_subcommand_from seen accept retry help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l tls -d 'TLS from the first octet, by STLS, or none, instead of what the URL\'s scheme says' -r -f -a "implicit\t'TLS from the first octet'
starttls\t'TLS by STLS, before anything else'
none\t'Clear text'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l ca-file -d 'Trust the certificates of this PEM file too (may be repeated)' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l auth -d 'Log in by this mechanism and no other [default: the best that both sides know]' -r -f -a "user\t'USER and PASS'
plain\t'SASL PLAIN'"
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l password-command -d 'Take the password from this shell command, which must print it alone on one line' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l password-file -d 'Take the password from this file, which must hold it alone on one line; - is standard input' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l timeout -d 'How long each wait for the server may take' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l deadline -d 'How long the whole run may take [default: no limit]' -r
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l state-dir -d 'Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l allow-cleartext-password -d 'With --tls none: send the password in clear text to a host that is not this one'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -s q -l quiet -d 'Say nothing but errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -s v -l verbose -d 'Say what is done; twice: show the dialogue with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -l json -d 'Print results as JSON, one object a line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from seen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from accept" -l state-dir -d 'Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from accept" -s q -l quiet -d 'Say nothing but errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from accept" -s v -l verbose -d 'Say what is done; twice: show the dialogue with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from accept" -l json -d 'Print results as JSON, one object a line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from accept" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -l state-dir -d 'Folder of the ledger [default: $MAILHAUL_STATE_DIR or $XDG_STATE_HOME/mailhaul]' -r -F
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -s q -l quiet -d 'Say nothing but errors'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -s v -l verbose -d 'Say what is done; twice: show the dialogue with the server, secrets masked'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -l json -d 'Print results as JSON, one object a line'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from retry" -s h -l help -d 'Print help'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "seen" -d 'Mark every message on the server as fetched, without downloading any'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "accept" -d 'Forget what was fetched, so that the next fetch takes all messages on the server as new'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "retry" -d 'Try messages again that were given up'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand state; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help; and not __fish_seen_subcommand_from fetch state help" -f -a "fetch" -d 'Download what is new and deliver it'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help; and not __fish_seen_subcommand_from fetch state help" -f -a "state" -d 'What the ledger knows of a mailbox, and corrections of it'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help; and not __fish_seen_subcommand_from fetch state help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "seen" -d 'Mark every message on the server as fetched, without downloading any'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "accept" -d 'Forget what was fetched, so that the next fetch takes all messages on the server as new'
complete -c mailhaul -n "__fish_mailhaul_using_subcommand help; and __fish_seen_subcommand_from state" -f -a "retry" -d 'Try messages again that were given up'
