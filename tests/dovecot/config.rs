//! The configuration of a Dovecot that needs no rights and delays nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::oauth2::{self, Introspection};
use super::{
    CYRILLIC_PASSWORD, CYRILLIC_USER, DEFAULT_UIDL_FORMAT, HASHED_PASSWORD, HASHED_USER, PASSWORD, USER, certificates,
};

/// What goes into `dovecot.conf`.
pub(super) struct Config {
    folder: PathBuf,
    owner: Owner,
    extra: String,
    tokens: Option<Introspection>,
    pub(super) port_pop3: u16,
    pub(super) port_pop3s: u16,
    pub(super) beside: Beside,
    pub(super) uidl_format: String,
}

/// What is served beside POP3: the ports; 0 where that is not served. The same users, and the same mail.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside {
    pub(super) port_imap: u16,
    pub(super) port_imaps: u16,
    pub(super) port_lmtp: u16,
}

impl Beside {
    /// The names of the protocols.
    fn protocols(self) -> String {
        let [imap, lmtp] = [(self.port_imap, " imap"), (self.port_lmtp, " lmtp")]
            .map(|(port, name)| if port == 0 { "" } else { name });
        format!("{imap}{lmtp}")
    }

    /// The blocks of `dovecot.conf`.
    fn services(self) -> String {
        let Self { port_imap, port_imaps, port_lmtp } = self;
        let mut text = String::new();
        if port_imap != 0 || port_lmtp != 0 {
            text += "service auth {\n  client_limit = 500\n}\n"; // else it warns
        }
        if port_imap != 0 {
            text += &format!(
                "service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port_imap}
  }}
  inet_listener imaps {{
    port = {port_imaps}
    ssl = yes
  }}
}}
"
            );
        }
        if port_lmtp != 0 {
            text += &format!(
                "service lmtp {{
  inet_listener lmtp {{
    port = {port_lmtp}
  }}
}}
hostname = localhost
postmaster_address = postmaster@localhost
"
            );
        }
        text
    }
}

impl Config {
    /// A configuration that keeps everything in `folder`; the ports are still to be chosen.
    pub(super) fn new(folder: &Path, owner: Owner, tokens: Option<Introspection>, extra: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            owner,
            extra: extra.to_owned(),
            tokens,
            port_pop3: 0,
            port_pop3s: 0,
            beside: Beside::default(),
            uidl_format: DEFAULT_UIDL_FORMAT.to_owned(),
        }
    }

    /// Writes the configuration, and the files that it names.
    pub(super) fn write(&self) {
        if let Some(introspection) = &self.tokens {
            introspection.write(&self.folder);
        }
        let user = |name: &str, password: &str| format!("{name}:{password}::::::\n");
        let users = [
            user(USER, &format!("{{PLAIN}}{PASSWORD}")),
            user(CYRILLIC_USER, &format!("{{PLAIN}}{CYRILLIC_PASSWORD}")),
            user(HASHED_USER, HASHED_PASSWORD),
        ];
        fs::write(self.folder.join("passwd"), users.concat()).expect("write passwd");
        fs::write(self.file(), self.text()).expect("write dovecot.conf");
    }

    /// The configuration's file.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.join("dovecot.conf")
    }

    /// The file that takes what Dovecot says before it has opened its log.
    pub(super) fn early_log(&self) -> PathBuf {
        self.folder.join("early.log")
    }

    /// What Dovecot has said so far.
    pub(super) fn log(&self) -> String {
        [self.early_log(), self.folder.join("dovecot.log")]
            .iter()
            .filter_map(|path| fs::read(path).ok())
            .map(|text| String::from_utf8_lossy(&text).into_owned())
            .collect()
    }

    /// What the greeting contains: no other server of this machine says the same.
    pub(super) fn token(&self) -> String {
        self.folder.file_name().expect("a named folder").to_string_lossy().into_owned()
    }

    /// The text of `dovecot.conf`. Limits are low because Dovecot wants as many descriptors as clients may come.
    fn text(&self) -> String {
        let folder = self.folder.display();
        let Owner { user, group, login, mail_uid, mail_gid } = &self.owner;
        let Self { port_pop3, port_pop3s, uidl_format, extra, .. } = self;
        let token = self.token();
        let (protocols, services) = (self.beside.protocols(), self.beside.services());
        let (certificate, key) = (certificates::CERTIFICATE, certificates::KEY);
        let (by_token, passdb) = match &self.tokens {
            Some(_) => (oauth2::MECHANISMS, Introspection::passdb(&self.folder)),
            None => ("", String::new()),
        };
        format!(
            "base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = pop3{protocols}
listen = 127.0.0.1
login_greeting = {token} ready
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
default_process_limit = 60
default_client_limit = 200
mail_max_userip_connections = 50
mail_fsync = never
disable_plaintext_auth = no
auth_failure_delay = 0
auth_mechanisms = {BY_PASSWORD} {by_token}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service pop3-login {{
  chroot =
  service_count = 0
  inet_listener pop3 {{
    port = {port_pop3}
  }}
  inet_listener pop3s {{
    port = {port_pop3s}
    ssl = yes
  }}
}}
{services}passdb {{
  driver = passwd-file
  mechanisms = {BY_PASSWORD} none
  args = {folder}/passwd
}}
{passdb}
userdb {{
  driver = static
  args = uid={mail_uid} gid={mail_gid} home={folder}/mail/%u
}}
mail_location = maildir:{folder}/mail/%u
pop3_uidl_format = {uidl_format}
ssl = yes
ssl_cert = <{folder}/{certificate}
ssl_key = <{folder}/{key}
{extra}
"
        )
    }
}

/// Whom the server runs as. Dovecot wants names for itself, and numbers for the mail.
#[derive(Clone)]
pub(super) struct Owner {
    user: String,
    group: String,
    login: String,
    mail_uid: u32,
    mail_gid: u32,
}

impl Owner {
    /// The user of this process, except that root leaves the mail and the logins to `nobody`.
    pub(super) fn detect() -> Result<Self, String> {
        let (user, group) = (id(&["-un"])?, id(&["-gn"])?);
        let login = if id(&["-u"])? == "0" { "nobody".to_owned() } else { user.clone() };
        let number = |flag| id(&[flag, &login])?.parse().map_err(|error| format!("id {flag} {login}: {error}"));
        let (mail_uid, mail_gid) = (number("-u")?, number("-g")?);
        Ok(Self { user, group, login, mail_uid, mail_gid })
    }

    /// Gives `path` to the user whose mail it is.
    pub(super) fn give(&self, path: &Path) {
        std::os::unix::fs::chown(path, Some(self.mail_uid), Some(self.mail_gid)).expect("chown");
    }
}

/// What `id` prints: it knows users that `/etc/passwd` does not.
fn id(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("id").args(arguments).output().map_err(|error| format!("id: {error}"))?;
    if !output.status.success() {
        return Err(format!("id {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What needs a password. `none` beside it is a look whether there is such a user, as for mail that comes in.
const BY_PASSWORD: &str = "plain login apop cram-md5 scram-sha-1 scram-sha-256";
