//! The keys of the configuration file: one table, from which the file is checked, the environment is read, and
//! mailhaul-config(5) is made.

/// A key of the configuration file.
#[derive(Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// Where it may stand.
    pub place: Place,
    /// What a value looks like.
    pub form: Form,
    /// What holds without it, for people.
    pub default: &'static str,
    /// A value, in TOML.
    pub example: &'static str,
    /// What it does, one or two sentences.
    pub about: &'static str,
    /// Must others not read it?
    pub is_secret: bool,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// true or false.
    Flag,
    /// A string.
    Text,
    /// A string, or an array of some.
    Texts,
    /// A whole number.
    Number,
    /// Octets.
    Size,
    /// A duration.
    Duration,
    /// A path.
    Path,
    /// A path, or an array of some.
    Paths,
    /// A URL.
    Url,
    /// For the shell, or a program and its arguments.
    Command,
    /// What only one key has, in words.
    Special(&'static str),
}

impl Form {
    /// For people.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Text => "a string",
            Self::Texts => "a string, or several",
            Self::Number => "a number",
            Self::Size => "a size",
            Self::Duration => "a duration",
            Self::Path => "a path",
            Self::Paths => "a path, or several",
            Self::Url => "a URL",
            Self::Command => "a string for the shell, or an array of a program and its arguments",
            Self::Special(words) => words,
        }
    }
}

/// Where a key may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In `[account.NAME]` only.
    Account,
    /// In `[defaults]` only.
    Defaults,
    /// In both; an account's own value counts.
    Both,
}

impl Key {
    /// The key of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The key whose name is most like a wrong one, if any is.
    pub fn nearest(name: &str) -> Option<&'static str> {
        super::nearest(name, KEYS.iter().map(|key| key.name))
    }

    /// The environment variable that stands for the key: `MAILHAUL_CA_FILE` for `ca-file`.
    pub fn variable(&self) -> String {
        format!("MAILHAUL_{}", self.name.replace('-', "_").to_ascii_uppercase())
    }

    /// May it stand in `[account.NAME]`?
    pub fn is_for_accounts(&self) -> bool {
        self.place != Place::Defaults
    }

    /// May it stand in `[defaults]`?
    pub fn is_for_defaults(&self) -> bool {
        self.place != Place::Account
    }
}

const fn key(name: &'static str, form: Form, default: &'static str, example: &'static str, about: &'static str) -> Key {
    Key { name, place: Place::Both, form, default, example, about, is_secret: false }
}

const fn account(key: Key) -> Key {
    Key { place: Place::Account, ..key }
}

const fn defaults(key: Key) -> Key {
    Key { place: Place::Defaults, ..key }
}

const fn secret(key: Key) -> Key {
    Key { is_secret: true, ..key }
}

/// All of them, in the order of the manual.
pub static KEYS: &[Key] = &[
    account(key(
        "source",
        Form::Url,
        "must be given",
        r#""pop3s://ann@mail.example.org""#,
        "Where the mailbox is: pop3s://USER@HOST for TLS from the first octet, pop3://USER@HOST for STLS.",
    )),
    account(key(
        "enabled",
        Form::Flag,
        "true",
        "false",
        "Is the account fetched when no SOURCE is named? By its name it can be fetched all the same.",
    )),
    account(key(
        "state-key",
        Form::Text,
        "USER@HOST",
        r#""ann-at-home""#,
        "The name of the mailbox in the ledger. For two mailboxes of the same user and host, as behind tunnels, or for one \
         that has moved to another host with its unique-ids.",
    )),
    key(
        "maildir",
        Form::Path,
        "none",
        r#""~/Mail""#,
        "Deliver into this Maildir. An mbox excludes it, but an account's own destination replaces that of the defaults.",
    ),
    key("mbox", Form::Path, "none", r#""/var/mail/ann""#, "Deliver into this mbox."),
    key("delete", Form::Flag, "false", "true", "Delete messages from the server once they are safe here."),
    key(
        "delete-after",
        Form::Duration,
        "none",
        r#""30d""#,
        "Delete messages from the server when they have been safe here for so long. Excludes delete.",
    ),
    key("max-messages", Form::Number, "no limit", "500", "Fetch so many messages in a run at most."),
    key(
        "max-bytes",
        Form::Size,
        "no limit",
        r#""100M""#,
        "Fetch so many octets in a run at most, but always one message.",
    ),
    key("max-size", Form::Size, "no limit", r#""20M""#, "Leave messages that are larger on the server."),
    key(
        "tls",
        Form::Special("implicit, starttls or none"),
        "what the scheme of source says",
        r#""starttls""#,
        "TLS from the first octet, by STLS, or none.",
    ),
    key(
        "ca-file",
        Form::Paths,
        "none",
        r#""~/.config/mailhaul/ca.pem""#,
        "Trust the certificates of this PEM file too.",
    ),
    key(
        "roots",
        Form::Special("webpki, system or none"),
        "webpki",
        r#""system""#,
        "The authorities to trust: Mozilla's, which are built in, those of this machine, or none but ca-file and pin.",
    ),
    key(
        "pin",
        Form::Texts,
        "none",
        r#"["sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]"#,
        "Demand that the server's key, or its certificate, is one of these. In addition to the authorities; with roots = \
         \"none\" and no ca-file, instead of them. `mailhaul info` shows what fits.",
    ),
    key(
        "server-name",
        Form::Text,
        "the host of source",
        r#""mail.example.org""#,
        "Ask for this name, and check the certificate for it.",
    ),
    key("tls-min", Form::Special("1.2 or 1.3"), "1.2", r#""1.3""#, "The oldest TLS version that is good enough."),
    key(
        "key-exchange",
        Form::Special("default or classic"),
        "default",
        r#""classic""#,
        "Offer every key exchange, or none that is safe from quantum computers: for devices on the way that drop the larger \
         first message.",
    ),
    key(
        "client-cert",
        Form::Path,
        "none",
        r#""~/.config/mailhaul/me.pem""#,
        "Be known to the server by the certificate in this PEM file.",
    ),
    key(
        "client-key",
        Form::Path,
        "the file of client-cert",
        r#""~/.config/mailhaul/me.key""#,
        "The key of client-cert, in PEM, readable by its owner only.",
    ),
    key(
        "proxy",
        Form::Special("a URL, or none"),
        "$ALL_PROXY",
        r#""socks5://localhost:9050""#,
        "Connect through socks5://HOST:PORT or http://HOST:PORT. With a password in it, the configuration file must be \
         readable by its owner only.",
    ),
    key(
        "source-address",
        Form::Special("an IP address"),
        "the system's choice",
        r#""192.0.2.7""#,
        "Connect from this address of this machine.",
    ),
    key(
        "tunnel-command",
        Form::Command,
        "none",
        r#"["ssh", "mail.example.org", "nc", "localhost", "110"]"#,
        "Speak to the server through standard input and output of this command. Excludes proxy.",
    ),
    key(
        "auth",
        Form::Special("the name of a mechanism"),
        "the best that both sides know",
        r#""scram-sha-256""#,
        "Log in by this mechanism and no other.",
    ),
    key(
        "allow-cleartext-password",
        Form::Flag,
        "false",
        "true",
        "With tls = \"none\": send the password in clear text to a host that is not this one.",
    ),
    key(
        "password-command",
        Form::Command,
        "none",
        r#"["pass", "show", "mail/work"]"#,
        "Take the password from what this command prints: alone, on one line.",
    ),
    key(
        "password-file",
        Form::Path,
        "none",
        r#""~/.mail-password""#,
        "Take the password from this file, which must hold it alone, on one line, and be readable by its owner only.",
    ),
    secret(key(
        "password",
        Form::Text,
        "none",
        r#""correct horse""#,
        "The password itself. The configuration file must then be readable by its owner only.",
    )),
    key(
        "token-command",
        Form::Command,
        "none",
        r#"["oama", "access", "ann@example.org"]"#,
        "Log in with the OAuth2 access token that this command prints. It is run again when the server refuses the token.",
    ),
    key(
        "oauth-provider",
        Form::Special("google, microsoft or other"),
        "none",
        r#""microsoft""#,
        "Log in by OAuth2; `mailhaul login ACCOUNT` asks for consent once. For other, the addresses and the scope must be \
         given. What names the provider names its id, secret, tenant, scope and addresses, too: none is taken from the \
         defaults, nor from the account by a flag or the environment.",
    ),
    key(
        "oauth-client-id",
        Form::Text,
        "must be given with oauth-provider",
        r#""00000000-0000-0000-0000-000000000000""#,
        "The id of the application that was registered with the provider. A secret is not taken from where another id is.",
    ),
    secret(key(
        "oauth-client-secret",
        Form::Text,
        "none",
        r#""GOCSPX-x""#,
        "Its secret, if the provider gave one. The configuration file must then be readable by its owner only.",
    )),
    key(
        "oauth-tenant",
        Form::Text,
        "common",
        r#""example.org""#,
        "With oauth-provider = \"microsoft\": the tenant, for organisations that allow only their own.",
    ),
    key("oauth-scope", Form::Text, "the provider's", r#""https://mail.google.com/""#, "What access is asked for."),
    key(
        "oauth-token-url",
        Form::Url,
        "the provider's",
        r#""https://login.example.org/token""#,
        "Where tokens are had. https, or http on this machine.",
    ),
    key(
        "oauth-device-url",
        Form::Url,
        "the provider's",
        r#""https://login.example.org/device""#,
        "Where the device flow begins.",
    ),
    key(
        "oauth-auth-url",
        Form::Url,
        "the provider's",
        r#""https://login.example.org/authorize""#,
        "Where the browser flow begins.",
    ),
    key(
        "oauth-flow",
        Form::Special("device or browser"),
        "device, where there is an address for it",
        r#""browser""#,
        "How consent is asked for: by a code that is typed in on any device, or in a browser on this machine.",
    ),
    key(
        "token-store",
        Form::Special("keyring or file"),
        "the keyring, if it can be used at the login",
        r#""file""#,
        "Where OAuth2 tokens are kept: file is one of mode 0600 in the folder of the ledger, which works under cron.",
    ),
    key("timeout", Form::Duration, "60s", r#""30s""#, "How long each wait for the server may take."),
    key("deadline", Form::Duration, "no limit", r#""10m""#, "How long the whole run may take."),
    defaults(key(
        "jobs",
        Form::Special("a number up to 64"),
        "4",
        "8",
        "Fetch from so many accounts at the same time.",
    )),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_wrong_ones_have_a_neighbour() {
        for (at, key) in KEYS.iter().enumerate() {
            assert!(KEYS[at + 1..].iter().all(|other| other.name != key.name), "{}", key.name);
        }
        assert_eq!(Key::nearest("maildri"), Some("maildir"));
        assert_eq!(Key::nearest("password_file"), Some("password-file"));
        assert_eq!(Key::nearest("xyzzy"), None);
        assert_eq!(Key::find("ca-file").unwrap().variable(), "MAILHAUL_CA_FILE");
    }
}
