//! How a server is set up.

use std::net::TcpListener;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::certs::Certificates;
use super::fault::{Fault, Faults};
use super::maildrop::Maildrop;
use super::script::Script;

/// When TLS begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// Never.
    #[default]
    None,
    /// Before the greeting.
    Implicit,
    /// After STLS.
    Starttls,
}

/// What comes after the last script.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterScripts {
    /// The last one is played again.
    #[default]
    Repeat,
    /// The port is closed, so that connections are refused.
    Refuse,
}

/// The settings of a server; by default a well-behaved one with an empty maildrop, without TLS, for ann with `secret`.
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) tls: TlsMode,
    pub(super) certificates: Certificates,
    pub(super) only_tls12: bool,
    pub(super) demands_certificate: bool,
    pub(super) user: String,
    pub(super) password: String,
    pub(super) maildrop: Maildrop,
    pub(super) exclusive: bool,
    pub(super) persist_deletes: bool,
    pub(super) page: Option<usize>,
    pub(super) hides_fetched: bool,
    pub(super) before_login: Option<Vec<String>>,
    pub(super) after_login: Option<Vec<String>>,
    pub(super) without: Vec<String>,
    pub(super) rtt: Duration,
    pub(super) port: u16,
    pub(super) ipv6: bool,
    pub(super) faults: Vec<(Range<usize>, Fault)>,
    pub(super) scripts: Arc<[Script]>,
    pub(super) after_scripts: AfterScripts,
    pub(super) log_commands: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tls: TlsMode::None,
            certificates: Certificates::Good,
            only_tls12: false,
            demands_certificate: false,
            user: "ann".into(),
            password: "secret".into(),
            maildrop: Maildrop::default(),
            exclusive: false,
            persist_deletes: true,
            page: None,
            hides_fetched: false,
            before_login: None,
            after_login: None,
            without: Vec::new(),
            rtt: Duration::ZERO,
            port: 0,
            ipv6: false,
            faults: Vec::new(),
            scripts: Arc::new([]),
            after_scripts: AfterScripts::Repeat,
            log_commands: true,
        }
    }
}

impl Config {
    /// A server for this maildrop.
    pub fn new(maildrop: &Maildrop) -> Self {
        Self { maildrop: maildrop.clone(), ..Self::default() }
    }

    /// A server that plays one script on each connection.
    pub fn scripted(scripts: impl IntoIterator<Item = Script>, after: AfterScripts) -> Self {
        Self { scripts: scripts.into_iter().collect(), after_scripts: after, ..Self::default() }
    }

    /// When TLS begins.
    pub fn tls(self, tls: TlsMode) -> Self {
        Self { tls, ..self }
    }

    /// What is wrong with the certificate.
    pub fn certificates(self, certificates: Certificates) -> Self {
        Self { certificates, ..self }
    }

    /// Speaks no TLS but 1.2.
    pub fn only_tls12(self) -> Self {
        Self { only_tls12: true, ..self }
    }

    /// Wants clients to show the certificate of [`super::Server::client_file`].
    pub fn demands_certificate(self) -> Self {
        Self { demands_certificate: true, ..self }
    }

    /// Who may log in.
    pub fn login(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into(), ..self }
    }

    /// One session at a time; the next gets `[IN-USE]`.
    pub fn exclusive(self) -> Self {
        Self { exclusive: true, ..self }
    }

    /// QUIT says that it deleted, but every session sees the same maildrop.
    pub fn keep_deleted(self) -> Self {
        Self { persist_deletes: false, ..self }
    }

    /// A session sees only the first so many messages.
    pub fn page(self, messages: usize) -> Self {
        Self { page: Some(messages), ..self }
    }

    /// What was fetched in a session that ended with QUIT is not seen by later ones, as at Gmail.
    pub fn hides_fetched(self) -> Self {
        Self { hides_fetched: true, ..self }
    }

    /// The exact capability lists before and after login. By default `STLS` is added where it is possible.
    pub fn capabilities<S: Into<String>>(
        self,
        before_login: impl IntoIterator<Item = S>,
        after_login: impl IntoIterator<Item = S>,
    ) -> Self {
        let before_login = Some(before_login.into_iter().map(Into::into).collect());
        let after_login = Some(after_login.into_iter().map(Into::into).collect());
        Self { before_login, after_login, ..self }
    }

    /// Takes a capability (the first word of its line) out of both lists.
    pub fn without(mut self, capability: &str) -> Self {
        self.without.push(capability.into());
        self
    }

    /// The simulated round-trip time.
    pub fn rtt(self, rtt: Duration) -> Self {
        Self { rtt, ..self }
    }

    /// A fixed port.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Listens on ::1 as well.
    pub fn ipv6(self) -> Self {
        Self { ipv6: true, ..self }
    }

    /// Keeps no command lines in the log: for a server that runs long.
    pub fn without_commands_in_log(self) -> Self {
        Self { log_commands: false, ..self }
    }

    /// A fault on every connection.
    pub fn fault(self, fault: Fault) -> Self {
        self.fault_on(0..usize::MAX, fault)
    }

    /// A fault on these connections only, counted from 0.
    pub fn fault_on(mut self, connections: Range<usize>, fault: Fault) -> Self {
        self.faults.push((connections, fault));
        self
    }

    /// The faults of one connection.
    pub(super) fn faults_of(&self, connection: usize) -> Faults {
        let of = |(range, fault): &(Range<usize>, Fault)| range.contains(&connection).then(|| fault.clone());
        Faults(self.faults.iter().filter_map(of).collect())
    }

    /// The script of one connection, if there are scripts.
    pub(super) fn script_of(&self, connection: usize) -> Option<&Script> {
        self.scripts.get(connection).or(self.scripts.last())
    }

    /// Whether the port is closed after this connection.
    pub(super) fn is_last(&self, connection: usize) -> bool {
        let scripts = self.scripts.len();
        self.after_scripts == AfterScripts::Refuse && scripts > 0 && connection + 1 >= scripts
    }

    /// The capabilities to be listed now.
    pub(super) fn capabilities_now(&self, logged_in: bool, tls: bool) -> Vec<&str> {
        let given = if logged_in { &self.after_login } else { &self.before_login };
        let mut lines: Vec<&str> = match given {
            Some(lines) => lines.iter().map(String::as_str).collect(),
            None => DEFAULT_CAPABILITIES.to_vec(),
        };
        if given.is_none() && self.tls == TlsMode::Starttls && !tls && !logged_in {
            lines.push("STLS");
        }
        let name = |line: &str| line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        lines.retain(|line| !self.without.iter().any(|gone| *gone == name(line)));
        lines
    }

    /// The listeners, on the same port.
    pub(super) fn listen(&self) -> Vec<TcpListener> {
        let v4 = TcpListener::bind(("127.0.0.1", self.port)).expect("the port is free");
        let port = v4.local_addr().expect("a bound socket has an address").port();
        let v6 = self.ipv6.then(|| TcpListener::bind(("::1", port)).expect("the port is free on ::1"));
        let listeners: Vec<_> = std::iter::once(v4).chain(v6).collect();
        for listener in &listeners {
            listener.set_nonblocking(true).expect("a listener can be non-blocking");
        }
        listeners
    }
}

const DEFAULT_CAPABILITIES: [&str; 6] = ["TOP", "UIDL", "RESP-CODES", "PIPELINING", "USER", "SASL PLAIN"];
