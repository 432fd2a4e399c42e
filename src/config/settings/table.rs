//! The settings, one row each, in the order of the manual. From this table come the flags with their help, the keys of
//! the configuration file, the variables of the environment, `account show`, and the pages of the manual.
//!
//! Those of the destinations are in `destinations`, those of a process that stays in `staying`. A new setting is a row here, a field of the account that `account.rs` fills, and its use.

use super::choices::words;
use super::destinations::DESTINATIONS;
use super::setting::{Form, Group, Scope, Section, Setting};
use super::staying::STAYING;
use super::values;
use crate::auth::{Flow, Preset, TokenStore};
use crate::config::Mechanism;
use crate::net::{KeyExchange, Roots, TlsMode, TlsVersion};
use crate::proto::Pipelining;

/// All of them.
pub static SETTINGS: &[Setting] = &ALL;

static ALL: [Setting; ACCOUNT.len() + DESTINATIONS.len() + STAYING.len() + SERVER.len()] =
    joined(&[ACCOUNT, DESTINATIONS, STAYING, SERVER]);

const fn joined<const COUNT: usize>(parts: &[&[Setting]]) -> [Setting; COUNT] {
    let mut all = [parts[0][0]; COUNT];
    let (mut part, mut row, mut at) = (0, 0, 0);
    while at < COUNT {
        if row == parts[part].len() {
            (part, row) = (part + 1, 0);
            continue;
        }
        all[at] = parts[part][row];
        (row, at) = (row + 1, at + 1);
    }
    all
}

const ACCOUNT: &[Setting] = &[
    Setting::new("source", Form::Url, "The mailbox: pop3s://USER@HOST for TLS from the start, pop3://USER@HOST for STLS")
        .details("USER@HOST alone is pop3s://USER@HOST.")
        .scope(Scope::Account)
        .default("required")
        .example(r#""pop3s://ann@mail.example.org""#),
    Setting::new("enabled", Form::Switch, "Fetch this account when no SOURCE is named")
        .details("By its name it can be fetched all the same.")
        .scope(Scope::Account)
        .default("true")
        .example("false"),
    Setting::new("state-key", Form::Text, "Name of the mailbox in the ledger")
        .details(
            "For two mailboxes with the same user and host, as behind tunnels, or for one that has moved to another host \
             with its unique-ids.",
        )
        .rare_flag(Section::State, "KEY")
        .scope(Scope::Account)
        .check_with(|raw| values::state_key(raw).map(drop))
        .default("USER@HOST")
        .example(r#""ann-at-home""#),
];

const SERVER: &[Setting] = &[
    // What
    Setting::new(
        "delete",
        Form::Switch,
        "Delete messages from the server once they are stored here, also those of earlier runs, wherever they were delivered",
    )
    .details("Before the first deletion into a place that has had no mail of the mailbox, a person at the terminal is asked; a no ends the run with nothing done. Where standard input is no terminal, nobody is asked.")
    .flag(Section::Fetch, "")
    .opposite("keep", "Leave messages on the server (the default)")
    .group(Group::Removal)
    .default("false")
    .example("true"),
    Setting::new(
        "delete-after",
        Form::Duration,
        "Delete messages from the server once they have been stored here for TIME, such as 30d",
    )
    .flag(Section::Fetch, "TIME")
    .group(Group::Removal)
    .example(r#""30d""#),
    Setting::new("max-messages", Form::Count, "Fetch at most N messages in a run")
        .flag(Section::Fetch, "N")
        .default("no limit")
        .example("500"),
    Setting::new("max-bytes", Form::Size, "Fetch at most SIZE in a run, such as 100M, but always one message")
        .details("What comes counts, if it is more than the server has announced.")
        .flag(Section::Fetch, "SIZE")
        .default("no limit")
        .example(r#""100M""#),
    Setting::new("max-size", Form::Size, "Leave messages larger than SIZE on the server")
        .details("Without it, a message that does not end within 2 GiB is left there, whatever size the server announces.")
        .flag(Section::Fetch, "SIZE")
        .default("no limit")
        .example(r#""20M""#),
    Setting::new("filter", Form::Command, "Ask this shell command about the header of each message before fetching it")
        .details(
            "It gets the header on standard input. Exit code 0: fetch. 100: skip in this run. 101: skip it in all runs. Any other: \
             fetch, with a warning. The server must have TOP. {account} in the command is the name of the account.",
        )
        .flag(Section::Fetch, "CMD")
        .example(r#""if grep -qi '^X-Spam-Flag: yes'; then exit 100; fi""#),
    Setting::new("jobs", Form::Special("a number up to 512"), "Fetch from at most N accounts at the same time")
        .flag(Section::Fetch, "N")
        .scope(Scope::Defaults)
        .check_with(|raw| values::jobs(raw).map(drop))
        .default("4")
        .example("8"),
    Setting::new("shard", Form::Special("I/N"), "Where no SOURCE is named, take only the I-th of N shares of the accounts")
        .details(
            "I counts from 1 to N. An account is always in the same share of N: number the shares by the first 8 octets of \
             SHA-256 of its name, modulo N, plus 1. Each share needs a fetch history (--state-dir) of its own.",
        )
        .rare_flag(Section::Accounts, "I/N")
        .scope(Scope::Defaults)
        .check_with(|raw| values::shard(raw).map(drop))
        .default("all accounts")
        .example(r#""2/8""#),
    // Connection and login
    Setting::new(
        "tls",
        Form::Choice(words::<TlsMode>),
        "Use TLS from the start (implicit), by STLS (starttls), or not at all (none)",
    )
    .flag(Section::Login, "MODE")
    .default("from the URL's scheme")
    .example(r#""starttls""#),
    Setting::new(
        "allow-cleartext-password",
        Form::Switch,
        "Without TLS, send the password in clear text to another machine",
    )
    .rare_flag(Section::Login, "")
    .default("false")
    .example("true"),
    Setting::new("auth", Form::Choice(words::<Mechanism>), "Log in by this mechanism, such as plain, and by no other")
        .flag(Section::Login, "MECH")
        .default("the best that both sides support")
        .example(r#""scram-sha-256""#),
    Setting::new(
        "password-command",
        Form::Command,
        "Take the password from what this shell command prints: the password alone, on one line",
    )
    .flag(Section::Login, "CMD")
    .group(Group::Secret)
    .example(r#"["pass", "show", "mail/work"]"#),
    Setting::new("password-file", Form::Path, "Take the password from this file, which has it alone, on one line")
        .details("The file must belong to you or to root, and be readable by its owner only. On the command line, - is standard input. {account} in the path is the name of the account.")
        .flag(Section::Login, "FILE")
        .group(Group::Secret)
        .check_with(|raw| values::password_file(raw).map(drop))
        .example(r#""~/.mail-password""#),
    Setting::new("password", Form::Text, "The password itself")
        .group(Group::Secret)
        .check_with(|raw| values::password(raw).map(drop))
        .secret()
        .example(r#""correct horse""#),
    Setting::new("no-capa", Form::Switch, "Do not ask the server what it can do (CAPA)")
        .details(
            "For old servers that hang up or stop answering when they are asked. A fetch finds that out by itself, and remembers \
             it for a day, then for a month; meanwhile only USER and PASS are tried, unless auth says otherwise.",
        )
        .rare_flag(Section::Login, "")
        .default("false")
        .example("true"),
    Setting::new(
        "pipelining",
        Form::Choice(words::<Pipelining>),
        "Send several commands before the first is answered: auto (where the server lists it), on or off",
    )
    .details("Use on for old servers that do not list it but can handle it: they are then as fast as others.")
    .rare_flag(Section::Login, "WHEN")
    .default("auto")
    .example(r#""on""#),
    Setting::new("timeout", Form::Duration, "Give up when the server does not answer for TIME")
        .details("While a message or a listing arrives, at least 1 KiB must arrive in each TIME.")
        .flag(Section::Login, "TIME")
        .default("60s")
        .example(r#""30s""#),
    Setting::new("max-listed", Form::Count, "Accept listings of up to N messages")
        .details("It takes about 50 octets of memory for each, in a fetch 150 for each that is new. At most 4000000.")
        .rare_flag(Section::Login, "N")
        .check_with(|raw| values::max_listed(raw).map(drop))
        .default("1000000")
        .example("3000000"),
    Setting::new("min-rate", Form::Size, "Give up when fewer than SIZE octets a second come for some minutes; 0 disables it")
        .details("Over five times the timeout, on average, and only while a message or a listing is being waited for.")
        .rare_flag(Section::Login, "SIZE")
        .default("100")
        .example(r#""1k""#),
    Setting::new("deadline", Form::Duration, "End the whole run after TIME; the next one goes on where it ended")
        .details(
            "It counts from the start of the program, for all accounts together. Without it a session of fetch has an hour, and on top of it the time that what is listed takes at min-rate and \
             at 10 seconds a message: a day at most. Other commands have no limit.",
        )
        .flag(Section::Login, "TIME")
        .default("long enough for a slow line")
        .example(r#""10m""#),
    // Certificates
    Setting::new(
        "roots",
        Form::Choice(words::<Roots>),
        "Trust these authorities: webpki (Mozilla's, built in), system (this machine's) or none",
    )
    .details("With none, only ca-file and pin count.")
    .flag(Section::Trust, "ROOTS")
    .default("webpki")
    .example(r#""system""#),
    Setting::new("ca-file", Form::Paths, "Trust the certificates of this PEM file too")
        .details(
            "An authority in it (CA:TRUE) may sign other certificates. Any other certificate is trusted as that one \
             certificate only, while it is valid and for the hosts that it names. The file must belong to you or to root, and \
             nobody else may be able to write it.",
        )
        .flag(Section::Trust, "FILE")
        .example(r#""~/.config/mailhaul/ca.pem""#),
    Setting::new("pin", Form::Texts, "Require that the server's key or certificate has this SHA-256")
        .details(
            "Of several pins, one must match. sha256//BASE64 is a key's, as `mailhaul info` shows it; 64 hexadecimal digits \
             are a certificate's, as `openssl x509 -fingerprint -sha256` prints them. A pin is checked in addition to the \
             authorities; with roots none and without ca-file it is checked alone.",
        )
        .flag(Section::Trust, "PIN")
        .check_with(|raw| values::pins(raw).map(drop))
        .example(r#"["sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]"#),
    Setting::new("client-cert", Form::Path, "Authenticate with the client certificate in this PEM file")
        .rare_flag(Section::Trust, "FILE")
        .replaces(&["client-key"])
        .example(r#""~/.config/mailhaul/me.pem""#),
    Setting::new("client-key", Form::Path, "Take the key of client-cert from this PEM file")
        .details("It must belong to you or to root, and be readable by its owner only.")
        .rare_flag(Section::Trust, "FILE")
        .needs("client-cert")
        .default("the file of client-cert")
        .example(r#""~/.config/mailhaul/me.key""#),
    Setting::new("tls-min", Form::Choice(words::<TlsVersion>), "Accept no TLS version older than 1.2 or 1.3")
        .rare_flag(Section::Trust, "VERSION")
        .default("1.2")
        .example(r#""1.3""#),
    Setting::new(
        "key-exchange",
        Form::Choice(words::<KeyExchange>),
        "Offer all key exchanges (default), or leave out the post-quantum ones (classic)",
    )
    .details("classic is for devices on the network that drop the larger first message of the others.")
    .rare_flag(Section::Trust, "KIND")
    .default("default")
    .example(r#""classic""#),
    Setting::new("server-name", Form::Text, "Ask for this name, and check the certificate for it")
        .rare_flag(Section::Trust, "NAME")
        .default("the host of the URL")
        .example(r#""mail.example.org""#),
    // Between here and the server
    Setting::new(
        "proxy",
        Form::Special("a URL, or none"),
        "Connect through socks5://HOST:PORT or http://HOST:PORT; none disables it",
    )
    .details(
        "With a password in it, it can be in the configuration file only, which must then be readable by its owner only.",
    )
    .flag(Section::Route, "URL")
    .group(Group::Route)
    .check_with(|raw| values::proxy(raw).map(drop))
    .default("$ALL_PROXY")
    .example(r#""socks5://localhost:9050""#),
    Setting::new("source-address", Form::Special("an IP address"), "Connect from this local address")
        .rare_flag(Section::Route, "ADDR")
        .check_with(|raw| values::address(raw).map(drop))
        .default("the system's choice")
        .example(r#""192.0.2.7""#),
    Setting::new(
        "tunnel-command",
        Form::Command,
        "Talk to the server through standard input and output of this shell command",
    )
    .rare_flag(Section::Route, "CMD")
    .group(Group::Route)
    .example(r#"["ssh", "mail.example.org", "nc", "localhost", "110"]"#),
    // Tokens
    Setting::new("token-command", Form::Command, "Log in with the OAuth2 access token that this shell command prints")
        .details("It is run again when the server refuses the token.")
        .rare_flag(Section::OAuth2, "CMD")
        .group(Group::Secret)
        .example(r#"["oama", "access", "ann@example.org"]"#),
    Setting::new(
        "oauth-provider",
        Form::Choice(words::<Preset>),
        "Log in by OAuth2 with google, microsoft or other; `mailhaul login` asks for consent once",
    )
    .details(
        "For other, the URLs and the scope must be given. Where a flag, the environment or an account names another \
         provider than the layer below, the id, the secret, the tenant, the scope and the URLs of that layer are not taken.",
    )
    .rare_flag(Section::OAuth2, "PROVIDER")
    .group(Group::Secret)
    .replaces(OF_A_PROVIDER)
    .example(r#""microsoft""#),
    Setting::new("oauth-client-id", Form::Text, "The id of the application that is registered with the provider")
        .details("Required with oauth-provider. A secret is used only together with the id that is set beside it.")
        .rare_flag(Section::OAuth2, "ID")
        .replaces(&["oauth-client-secret"])
        .example(r#""00000000-0000-0000-0000-000000000000""#),
    Setting::new("oauth-client-secret", Form::Text, "The secret of the application, if the provider gave one")
        .check_with(|raw| values::secret(raw).map(drop))
        .secret()
        .example(r#""GOCSPX-x""#),
    Setting::new("oauth-tenant", Form::Text, "The Microsoft tenant, for organisations that allow only their own")
        .rare_flag(Section::OAuth2, "TENANT")
        .check_with(|raw| values::tenant(raw).map(drop))
        .default("common")
        .example(r#""example.org""#),
    Setting::new("oauth-scope", Form::Text, "Ask for this access")
        .rare_flag(Section::OAuth2, "SCOPE")
        .default("the provider's")
        .example(r#""https://mail.google.com/""#),
    Setting::new("oauth-token-url", Form::Url, "Token endpoint: https, or http on this machine")
        .rare_flag(Section::OAuth2, "URL")
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/token""#),
    Setting::new("oauth-device-url", Form::Url, "Device authorization endpoint")
        .rare_flag(Section::OAuth2, "URL")
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/device""#),
    Setting::new("oauth-auth-url", Form::Url, "Authorization endpoint, for the browser flow")
        .rare_flag(Section::OAuth2, "URL")
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/authorize""#),
    Setting::new("oauth-revoke-url", Form::Url, "Revocation endpoint, to which `logout` gives tokens back")
        .rare_flag(Section::OAuth2, "URL")
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/revoke""#),
    Setting::new(
        "oauth-flow",
        Form::Choice(words::<Flow>),
        "Ask for consent by a code that is typed in on any device (device), or in a browser (browser)",
    )
    .details(
        "With client-credentials nobody is asked: the application itself has the right, from an administrator, to read the mailbox \
         that the source names. This needs oauth-client-secret, and with microsoft oauth-tenant.",
    )
    .rare_flag(Section::OAuth2, "FLOW")
    .default("device, where the provider has it")
    .example(r#""browser""#),
    Setting::new("token-store", Form::Choice(words::<TokenStore>), "Keep tokens in the keyring or in a file")
        .details("The file has mode 0600 and is in the folder of the ledger; it works under cron.")
        .rare_flag(Section::OAuth2, "STORE")
        .default("the keyring, if it can be used at the login")
        .example(r#""file""#),
];

/// What was registered with one provider, and its URLs, are nothing for another.
pub(super) const OF_A_PROVIDER: &[&str] = &[
    "oauth-client-id",
    "oauth-client-secret",
    "oauth-tenant",
    "oauth-scope",
    "oauth-token-url",
    "oauth-device-url",
    "oauth-auth-url",
    "oauth-revoke-url",
];
