//! What the server saw, for tests to look at.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// One connection as the server saw it.
#[derive(Clone, Debug, Default)]
pub struct ConnectionLog {
    /// The command lines in order, SASL answers included; the server is for tests, so secrets are in it.
    pub commands: Vec<Command>,
    /// Octets which came in clear before TLS began, or all octets when it never did.
    pub clear_octets: u64,
    /// Octets in clear behind STLS: commands a client pipelined although it must not.
    pub clear_octets_after_stls: usize,
    /// The server says nothing more, as a script or a fault told it to.
    pub is_silent: bool,
    /// The client ended TLS with close_notify. Known once the server has ended.
    pub close_notify: bool,
    /// How the connection ended.
    pub ending: Ending,
    /// The most RETR and DELE that had come in and were not yet answered.
    pub max_outstanding: usize,
    /// The most octets of commands that had come in and were not yet answered.
    pub max_outstanding_octets: usize,
    /// What came after the server had stopped reading commands (at most 64 KiB of it).
    pub unread: Vec<u8>,
    /// In script mode: the dialogue, a line each.
    pub transcript: Vec<String>,
    /// In script mode: the step which the client did not follow.
    pub mismatch: Option<String>,
}

impl ConnectionLog {
    /// The command lines as text.
    pub fn lines(&self) -> Vec<String> {
        self.commands.iter().map(Command::text).collect()
    }

    /// The verbs of the command lines, in upper case.
    pub fn verbs(&self) -> Vec<String> {
        self.commands.iter().map(Command::verb).collect()
    }

    /// How many commands have this verb.
    pub fn count(&self, verb: &str) -> usize {
        self.commands.iter().filter(|command| command.verb() == verb).count()
    }
}

/// One line of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The line without its end.
    pub line: Vec<u8>,
    /// Whether it came under TLS.
    pub tls: bool,
}

impl Command {
    /// The line as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.line).into_owned()
    }

    /// The first word in upper case.
    pub fn verb(&self) -> String {
        let end = memchr::memchr(b' ', &self.line).unwrap_or(self.line.len());
        String::from_utf8_lossy(&self.line[..end]).to_ascii_uppercase()
    }
}

/// How a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// It has not ended.
    #[default]
    Open,
    /// The server closed it, as a script or a fault told it to.
    Closed,
    /// The client closed it without QUIT.
    Eof,
    /// Something went wrong with the socket.
    Failed(String),
    /// QUIT.
    Quit,
    /// The client reset it.
    Reset,
    /// The server was dropped.
    Stopped,
    /// TLS failed: what rustls says of it, the alert of the client for example.
    Tls(String),
}

/// A dialogue that did not go as the script says; `Debug` prints it to be read by people.
pub struct Dialogue(pub Vec<ConnectionLog>);

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, log) in self.0.iter().enumerate() {
            writeln!(f, "\nconnection {number}, ended: {:?}", log.ending)?;
            log.transcript.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
            if let Some(mismatch) = &log.mismatch {
                writeln!(f, "    {mismatch}")?;
            }
        }
        Ok(())
    }
}

/// The log of one connection, shared between its thread and the tests.
#[derive(Clone, Debug)]
pub struct SharedLog {
    log: Arc<Mutex<ConnectionLog>>,
    commands: bool,
}

impl SharedLog {
    /// An empty log, which keeps the command lines or not.
    pub fn new(commands: bool) -> Self {
        Self { log: Arc::default(), commands }
    }

    /// The log, locked.
    pub fn lock(&self) -> MutexGuard<'_, ConnectionLog> {
        self.log.lock().expect("no thread panics with the log locked")
    }

    /// Notes one command line.
    pub fn command(&self, line: &[u8], tls: bool) {
        if self.commands {
            self.lock().commands.push(Command { line: line.to_vec(), tls });
        }
    }

    /// Notes which commands are outstanding: `waiting` is what has come in and is not yet answered.
    pub fn outstanding(&self, waiting: &[u8]) {
        let mut count = 0;
        let mut lines = waiting;
        while let Some(end) = memchr::memchr(b'\n', lines) {
            let verb = lines[..end].get(..4).unwrap_or_default();
            count += usize::from(verb.eq_ignore_ascii_case(b"RETR") || verb.eq_ignore_ascii_case(b"DELE"));
            lines = &lines[end + 1..];
        }
        let mut log = self.lock();
        log.max_outstanding = log.max_outstanding.max(count);
        log.max_outstanding_octets = log.max_outstanding_octets.max(waiting.len() - lines.len());
    }
}
