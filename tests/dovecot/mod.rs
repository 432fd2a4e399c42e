//! A real Dovecot 2.3, private to one test: loopback, free ports, its own temporary folder.
//!
//! ```ignore
//! let Some(server) = dovecot_or_skip("fetches_everything", &awkward_messages()) else { return };
//! mailhaul(&["fetch", "--tls", "implicit", "--ca-file", server.ca_file(), &server.url_pop3s("ann")]);
//! assert_eq!(server.messages_on_server(), 320);
//! ```
//!
//! It runs as whoever runs the tests. Root works too: Dovecot refuses a mail process with uid 0, so the maildrop then
//! belongs to `nobody`. The user is `ann`, the password `secret`; clear text is welcome on the port without TLS. What
//! Dovecot makes of odd messages is told in [`maildrop`].
//!
//! [`dovecot_beside_or_skip`] serves IMAP and LMTP as well, to put mail there: the same users, and the same mail.
//!
//! # Bearer tokens
//!
//! With an [`Introspection`] the server also offers XOAUTH2 and OAUTHBEARER, and asks an authority about the tokens:
//!
//! ```ignore
//! let introspection = Introspection::Post(authority.url(Endpoint::Introspect));
//! let Some(server) = dovecot_with_tokens_or_skip("a_token_is_refreshed", &messages, introspection) else { return };
//! ```
//!
//! What Dovecot 2.3.19 makes of that, as `tests/dovecot_itself.rs` asserts:
//!
//! - To a passdb a token is a password. Each passdb has `mechanisms`, or else the password is taken for a good token,
//!   a token for a good password, and passwords are shown to the authority.
//! - Both mechanisms are taken with the token in the line of AUTH and in a line of its own.
//! - A token that is refused is answered with `+ ` and base64 of `{"status":"401","schemes":"bearer","scope":"mail"}`
//!   (XOAUTH2) or `{"status":"invalid_token"}` (OAUTHBEARER). The client has to answer, with an empty line or `AQ==`;
//!   then comes `-ERR [AUTH]`. The same for a good token of somebody else than the user that is named.
//! - Where the authority cannot be asked, or fails, `-ERR [SYS/TEMP]` comes without a challenge.
//!
//! Each refusal takes half a second, `auth_failure_delay = 0` or not.

#![allow(dead_code, reason = "each test binary uses a part of this")]
#![allow(clippy::print_stderr, reason = "a skipped test and a server's log belong on standard error")]

mod certificates;
mod config;
mod lmtp;
mod maildrop;
mod oauth2;
mod process;
mod raw;

use std::collections::BTreeSet;
use std::fs;
use std::fs::Permissions;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use config::{Beside, Config, Owner};
use maildrop::Maildir;
use process::{Process, Started};

pub(crate) use lmtp::lmtp_or_skip;
pub(crate) use maildrop::{Message, awkward_messages, ordinary_messages};
pub(crate) use oauth2::Introspection;
pub(crate) use raw::RawClient;

/// The user every server here knows, and the password.
pub(crate) const USER: &str = "ann";
/// See [`USER`].
pub(crate) const PASSWORD: &str = "secret";

/// A user with an empty maildrop, whose password is [`CYRILLIC_PASSWORD`].
pub(crate) const CYRILLIC_USER: &str = "boris";
/// See [`CYRILLIC_USER`].
pub(crate) const CYRILLIC_PASSWORD: &str = "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c} \u{451}";

/// A user with an empty maildrop, whose password is [`PASSWORD`], but stored as a hash: good for PLAIN, LOGIN and USER.
pub(crate) const HASHED_USER: &str = "carol";
const HASHED_PASSWORD: &str = "{SHA256-CRYPT}$5$ieg4gx09rVESWxBr$qdS27/AGRDNcUvqnHLffIg3AxcQdbrZgpfAzd3WwyHD";

/// Dovecot's own default: the uid of the message, then the validity of the folder's uids.
pub(crate) const DEFAULT_UIDL_FORMAT: &str = "%08Xu%08Xv";
/// The other way round: every unique-id differs from those of [`DEFAULT_UIDL_FORMAT`].
pub(crate) const OTHER_UIDL_FORMAT: &str = "%08Xv%08Xu";

/// A running server. Dropping it ends it, and prints its log when the test is panicking.
pub(crate) struct Dovecot {
    process: Process, // first: it must be gone before the folder is
    config: Config,
    maildir: Maildir,
    folder: TempDir,
}

impl Dovecot {
    /// Starts a server whose maildrop holds `messages`, in this order.
    ///
    /// Panics, with Dovecot's log, if it does not come up.
    pub(crate) fn start(messages: &[Message]) -> Self {
        Self::start_with(messages, "")
    }

    /// As [`Dovecot::start`], with `extra` lines at the end of the configuration, e.g. `pop3_lock_session = yes`.
    pub(crate) fn start_with(messages: &[Message], extra: &str) -> Self {
        Self::launch(messages, None, extra, false)
    }

    /// As [`Dovecot::start_with`], with IMAP and LMTP beside POP3.
    pub(crate) fn start_beside(messages: &[Message], extra: &str) -> Self {
        Self::launch(messages, None, extra, true)
    }

    /// As [`Dovecot::start`], with logins by bearer tokens too.
    pub(crate) fn start_with_tokens(messages: &[Message], introspection: Introspection) -> Self {
        Self::launch(messages, Some(introspection), "", false)
    }

    fn launch(messages: &[Message], tokens: Option<Introspection>, extra: &str, serves_all: bool) -> Self {
        let folder = short_folder();
        let owner = Owner::detect().expect("a user name for the server");
        let maildir = Maildir::create(&folder.path().join("mail").join(USER), &owner);
        for message in messages {
            maildir.add(&message.content);
        }
        certificates::write(folder.path());
        let mut config = Config::new(folder.path(), owner, tokens, extra);
        let process = start_on_free_ports(&mut config, serves_all);
        Self { process, config, maildir, folder }
    }

    /// Whether this machine has a Dovecot that the harness can configure.
    pub(crate) fn available() -> bool {
        why_not().is_none()
    }

    /// The port of plain POP3, where STLS is offered.
    pub(crate) fn port_pop3(&self) -> u16 {
        self.config.port_pop3
    }

    /// The port of POP3 over TLS.
    pub(crate) fn port_pop3s(&self) -> u16 {
        self.config.port_pop3s
    }

    /// The port of IMAP in clear text, where STARTTLS is offered.
    pub(crate) fn port_imap(&self) -> u16 {
        self.config.beside.port_imap
    }

    /// The port of IMAP over TLS.
    pub(crate) fn port_imaps(&self) -> u16 {
        self.config.beside.port_imaps
    }

    /// The port of LMTP.
    pub(crate) fn port_lmtp(&self) -> u16 {
        self.config.beside.port_lmtp
    }

    /// The Maildir of `user`, as it is on disk.
    pub(crate) fn maildir_of(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user)
    }

    /// The URL of `user` at the port without TLS.
    pub(crate) fn url_pop3(&self, user: &str) -> String {
        format!("pop3://{user}@localhost:{}", self.port_pop3())
    }

    /// The URL of `user` at the port with implicit TLS.
    pub(crate) fn url_pop3s(&self, user: &str) -> String {
        format!("pop3s://{user}@localhost:{}", self.port_pop3s())
    }

    /// The authority that signed the server's certificate for `localhost` and `127.0.0.1`, in PEM.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join(certificates::CA)
    }

    /// Delivers one more message, behind all others.
    pub(crate) fn add_message(&self, content: &[u8]) {
        self.maildir.add(content);
    }

    /// Takes message number `number` (from 1, as POP3 counts) out of the maildrop behind the server's back.
    pub(crate) fn remove_message(&self, number: usize) {
        self.maildir.remove(number);
    }

    /// How many messages a fresh session of its own sees (STAT).
    pub(crate) fn messages_on_server(&self) -> usize {
        RawClient::login(self.port_pop3(), USER, PASSWORD).stat().0
    }

    /// The unique-ids a fresh session sees, in the order of the messages.
    pub(crate) fn uids_on_server(&self) -> Vec<String> {
        RawClient::login(self.port_pop3(), USER, PASSWORD).uidl()
    }

    /// Restarts the server, on the same ports, with another `pop3_uidl_format`: a reset of all unique-ids.
    pub(crate) fn set_uidl_format(&mut self, format: &str) {
        self.config.uidl_format = format.to_owned();
        self.restart();
    }

    /// Stops the server and starts it again on the same ports.
    pub(crate) fn restart(&mut self) {
        self.process.stop();
        self.config.write();
        for _ in 0..ATTEMPTS {
            if let Started::Ready(process) = Process::start(&self.config) {
                self.process = process;
                return;
            }
        }
        panic!("Dovecot did not get its ports back:\n{}", self.log());
    }

    /// Ends the server; its ports then refuse connections until [`Dovecot::restart`].
    pub(crate) fn stop(&mut self) {
        self.process.stop();
    }

    /// What Dovecot has logged so far.
    pub(crate) fn log(&self) -> String {
        self.config.log()
    }

    /// Where the server keeps everything.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.process.stop();
        if std::thread::panicking() {
            eprintln!("---- Dovecot's log ----\n{}-----------------------", self.log());
        }
    }
}

/// Starts a server, or says on standard error that `test` was not run and why.
///
/// Where the environment has `CI=true` a missing server is a failure instead: there, nothing may be skipped silently.
pub(crate) fn dovecot_or_skip(test: &str, messages: &[Message]) -> Option<Dovecot> {
    dovecot_with_or_skip(test, messages, "")
}

/// As [`dovecot_or_skip`], with `extra` lines of configuration.
pub(crate) fn dovecot_with_or_skip(test: &str, messages: &[Message], extra: &str) -> Option<Dovecot> {
    can_run(test).then(|| Dovecot::start_with(messages, extra))
}

/// As [`dovecot_with_or_skip`], with IMAP and LMTP beside POP3.
pub(crate) fn dovecot_beside_or_skip(test: &str, messages: &[Message], extra: &str) -> Option<Dovecot> {
    if can_run(test) && process::serves_imap_and_lmtp() {
        return Some(Dovecot::start_beside(messages, extra));
    }
    crate::util::not_run(&format!("{test}: no dovecot-imapd, or no dovecot-lmtpd"));
    None
}

/// As [`dovecot_or_skip`], with logins by bearer tokens too.
pub(crate) fn dovecot_with_tokens_or_skip(
    test: &str,
    messages: &[Message],
    introspection: Introspection,
) -> Option<Dovecot> {
    can_run(test).then(|| Dovecot::start_with_tokens(messages, introspection))
}

/// Whether `test` can have a server; if not, that is said.
fn can_run(test: &str) -> bool {
    let Some(reason) = why_not() else { return true };
    crate::util::not_run(&format!("{test}: no dovecot-pop3d: {reason}"));
    false
}

/// Why there can be no server here.
fn why_not() -> Option<String> {
    match process::version() {
        None => Some("no dovecot, or no dovecot-pop3d, on this machine".to_owned()),
        Some(version) if !version.starts_with("2.3.") => {
            Some(format!("the harness writes the configuration of Dovecot 2.3, here is {version}"))
        }
        Some(_) => Owner::detect().err(),
    }
}

/// A folder whose path leaves room for the names of Dovecot's sockets: those end at 107 octets.
fn short_folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("mhd").tempdir_in("/tmp").expect("a folder in /tmp");
    // The mail process of another user has to get through; nothing in here is worth hiding.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("chmod");
    folder
}

/// Starts Dovecot, on other ports as long as somebody else is quicker to take them.
fn start_on_free_ports(config: &mut Config, serves_all: bool) -> Process {
    for _ in 0..ATTEMPTS {
        (config.port_pop3, config.port_pop3s) = (free_port(), free_port());
        if serves_all {
            config.beside = Beside { port_imap: free_port(), port_imaps: free_port(), port_lmtp: free_port() };
        }
        config.write();
        if let Started::Ready(process) = Process::start(config) {
            return process;
        }
    }
    panic!("no free port for Dovecot:\n{}", config.log());
}

/// A port that nobody listens on, below those that the system hands out for outgoing connections.
pub(crate) fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    for attempt in 0..1000_u32 {
        let random = RandomState::new().hash_one((std::process::id(), attempt));
        let port = 20_000 + u16::try_from(random % 12_000).expect("below 12,000");
        let is_free = TcpListener::bind(("127.0.0.1", port)).is_ok();
        // Each port once: what is free now is still free when the next one is asked for.
        if is_free && GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
    panic!("no free port between 20000 and 32000");
}

/// Lost races for a port that are put up with.
const ATTEMPTS: usize = 20;
