//! The settings that say where messages go: a part of the table.

use super::choices::words;
use super::places;
use super::setting::{Form, Group, Section, Setting};
use super::values;
use crate::auth::{Flow, Preset};
use crate::handover::mta::Dialect;

/// In the order of the manual.
pub(super) const DESTINATIONS: &[Setting] = &[
    Setting::new("maildir", Form::Path, "Deliver into this Maildir; it is created if it is missing")
        .details(
            "Several destinations side by side get a copy each. A layer that names one replaces those of lower layers: the \
             destinations of an account those of the defaults, flags those of the account. {account} in the path is the name \
             of the account.",
        )
        .flag(Section::Delivery, "DIR")
        .group(Group::Destination)
        .check_with(values::destination)
        .example(r#""~/Mail""#),
    Setting::new("mbox", Form::Path, "Deliver into this mbox; it is created if it is missing")
        .details("{account} in the path is the name of the account.")
        .flag(Section::Delivery, "FILE")
        .group(Group::Destination)
        .check_with(values::destination)
        .example(r#""/var/mail/ann""#),
    Setting::new("eml-dir", Form::Path, "Deliver into this folder, each message as an .eml file")
        .details("For archivers and document systems, which may take the files away. {account} in the path is the name of the account.")
        .flag(Section::Delivery, "DIR")
        .group(Group::Destination)
        .check_with(values::destination)
        .example(r#""~/consume""#),
    Setting::new("pipe", Form::Command, "Pipe each message into this shell command, such as 'maildrop -d ann'")
        .details(
            "Exit code 0: delivered. 75, or ended by a signal: tried again in the next run. Any other: the command refuses the \
             message, which stays on the server. {account} in the command is the name of the account.",
        )
        .flag(Section::Delivery, "CMD")
        .group(Group::Destination)
        .example(r#"["maildrop", "-d", "ann"]"#),
    Setting::new("pipe-timeout", Form::Duration, "End the command of pipe when it takes longer than TIME for a message")
        .rare_flag(Section::Delivery, "TIME")
        .belongs_to(&["pipe"])
        .default("5m")
        .example(r#""30s""#),
    Setting::new("lmtp", Form::Text, "Deliver by LMTP to this socket or HOST[:PORT]")
        .details(
            "The path of a socket begins with / or ~/. The port is 24 unless another one is given. To another machine only over \
             TLS, by STARTTLS.",
        )
        .flag(Section::Delivery, "ADDR")
        .group(Group::Destination)
        .check_with(|raw| places::address(raw, Dialect::Lmtp).map(drop))
        .example(r#""/run/dovecot/lmtp""#),
    Setting::new("smtp", Form::Text, "Deliver by SMTP to this relay, HOST[:PORT], without a login")
        .details("The port is 25 unless another one is given. To another machine only over TLS, by STARTTLS.")
        .flag(Section::Delivery, "HOST")
        .group(Group::Destination)
        .check_with(|raw| places::address(raw, Dialect::Smtp).map(drop))
        .example(r#""localhost""#),
    Setting::new("rcpt", Form::Texts, "Deliver by LMTP or SMTP to this recipient")
        .details("Required with lmtp and smtp. {account} in it is the name of the account.")
        .flag(Section::Delivery, "USER")
        .belongs_to(&["lmtp", "smtp"])
        .check_with(|raw| places::recipients(raw).map(drop))
        .example(r#""ann""#),
    Setting::new("imap", Form::Url, "Deliver into this IMAP folder: imaps://USER@HOST/FOLDER")
        .details(
            "imap:// is TLS by STARTTLS. Without a folder it is INBOX; a folder that is missing is created. The login is its \
             own: see imap-password-command. Authorities, TLS versions and the proxy are those of the account. {account} in \
             the URL is the name of the account.",
        )
        .flag(Section::Delivery, "URL")
        .group(Group::Destination)
        .check_with(|raw| places::imap(raw).map(drop))
        .example(r#""imaps://ann@imap.example.org/Archive""#),
    Setting::new("imap-flags", Form::Texts, "Give messages this flag or keyword at the IMAP server, such as \\Seen")
        .rare_flag(Section::Imap, "FLAG")
        .belongs_to(IMAP)
        .check_with(|raw| places::flags(raw).map(drop))
        .example(r#"['\Flagged', 'archive']"#),
    Setting::new(
        "imap-password-command",
        Form::Command,
        "Take the password of the IMAP destination from what this shell command prints",
    )
    .details(
        "The order is that of the account's own password: this, imap-password-file, $MAILHAUL_IMAP_PASSWORD, imap-password, \
         systemd's credentials ACCOUNT.imap and imap-password, the keyring, ~/.netrc, a question on the terminal.",
    )
    .rare_flag(Section::Imap, "CMD")
    .group(Group::ImapSecret)
    .belongs_to(IMAP)
    .example(r#"["pass", "show", "mail/archive"]"#),
    Setting::new("imap-password-file", Form::Path, "Take the password of the IMAP destination from this file")
        .details("The file must belong to you or to root, and be readable by its owner only. {account} in the path is the name of the account.")
        .rare_flag(Section::Imap, "FILE")
        .group(Group::ImapSecret)
        .belongs_to(IMAP)
        .check_with(|raw| values::imap_password_file(raw).map(drop))
        .example(r#""~/.imap-password""#),
    Setting::new("imap-password", Form::Text, "The password of the IMAP destination itself")
        .group(Group::ImapSecret)
        .belongs_to(IMAP)
        .check_with(|raw| values::password(raw).map(drop))
        .secret()
        .example(r#""correct horse""#),
    Setting::new(
        "imap-token-command",
        Form::Command,
        "Log in to the IMAP destination with the OAuth2 access token that this shell command prints",
    )
    .rare_flag(Section::Imap, "CMD")
    .group(Group::ImapSecret)
    .belongs_to(IMAP)
    .example(r#"["oama", "access", "ann@example.org"]"#),
    Setting::new(
        "imap-oauth-provider",
        Form::Choice(words::<Preset>),
        "Log in to the IMAP destination by OAuth2; `mailhaul login ACCOUNT --imap` asks for consent once",
    )
    .details("As oauth-provider, for the IMAP destination. Both have tokens of their own, kept where token-store says.")
    .rare_flag(Section::Imap, "PROVIDER")
    .group(Group::ImapSecret)
    .belongs_to(IMAP)
    .replaces(OF_AN_IMAP_PROVIDER)
    .example(r#""google""#),
    Setting::new("imap-oauth-client-id", Form::Text, "The id of the application that is registered for the IMAP destination")
        .rare_flag(Section::Imap, "ID")
        .belongs_to(IMAP)
        .replaces(&["imap-oauth-client-secret"])
        .example(r#""00000000-0000-0000-0000-000000000000""#),
    Setting::new("imap-oauth-client-secret", Form::Text, "The secret of that application, if the provider gave one")
        .belongs_to(IMAP)
        .check_with(|raw| values::secret(raw).map(drop))
        .secret()
        .example(r#""GOCSPX-x""#),
    Setting::new("imap-oauth-tenant", Form::Text, "The Microsoft tenant of the IMAP destination")
        .rare_flag(Section::Imap, "TENANT")
        .belongs_to(IMAP)
        .check_with(|raw| values::tenant(raw).map(drop))
        .default("common")
        .example(r#""example.org""#),
    Setting::new("imap-oauth-scope", Form::Text, "Ask for this access to the IMAP destination")
        .rare_flag(Section::Imap, "SCOPE")
        .belongs_to(IMAP)
        .default("the provider's for IMAP")
        .example(r#""https://mail.google.com/""#),
    Setting::new("imap-oauth-token-url", Form::Url, "Token endpoint for the IMAP destination")
        .rare_flag(Section::Imap, "URL")
        .belongs_to(IMAP)
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/token""#),
    Setting::new("imap-oauth-device-url", Form::Url, "Device authorization endpoint for the IMAP destination")
        .rare_flag(Section::Imap, "URL")
        .belongs_to(IMAP)
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/device""#),
    Setting::new("imap-oauth-auth-url", Form::Url, "Authorization endpoint for the IMAP destination, for the browser flow")
        .rare_flag(Section::Imap, "URL")
        .belongs_to(IMAP)
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/authorize""#),
    Setting::new("imap-oauth-revoke-url", Form::Url, "Revocation endpoint for the IMAP destination")
        .rare_flag(Section::Imap, "URL")
        .belongs_to(IMAP)
        .check_with(|raw| values::token_url(raw).map(drop))
        .default("the provider's")
        .example(r#""https://login.example.org/revoke""#),
    Setting::new("imap-oauth-flow", Form::Choice(words::<Flow>), "Ask for consent to the IMAP destination by a code (device) or in a browser (browser)")
        .rare_flag(Section::Imap, "FLOW")
        .belongs_to(IMAP)
        .default("device, where the provider has it")
        .example(r#""browser""#),
    Setting::new("imap-pin", Form::Texts, "Require that the IMAP server's key or certificate has this SHA-256")
        .details("As pin, which is for the POP3 server alone.")
        .rare_flag(Section::Imap, "PIN")
        .belongs_to(IMAP)
        .check_with(|raw| values::pins(raw).map(drop))
        .example(r#"["sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]"#),
];

/// What all belongs to that begins with `imap-`.
const IMAP: &[&str] = &["imap"];

/// What was registered with the provider of the IMAP destination, and its URLs, are nothing for another.
pub(super) const OF_AN_IMAP_PROVIDER: &[&str] = &[
    "imap-oauth-client-id",
    "imap-oauth-client-secret",
    "imap-oauth-tenant",
    "imap-oauth-scope",
    "imap-oauth-token-url",
    "imap-oauth-device-url",
    "imap-oauth-auth-url",
    "imap-oauth-revoke-url",
];
