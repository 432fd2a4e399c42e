//! The error kinds, sorted by whose fault it is, and the one match from kind to exit code.
//!
//! Every module below `commands` returns [`Error`]; `commands` adds context with anyhow. A text says what
//! failed, with which server, file or line, and why; a hint says what to do next. Text that a server sent
//! is escaped before it becomes part of an error.

use std::fmt;
use std::path::Path;
use std::time::Duration;

/// What went wrong, by its outward effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The command line cannot be obeyed as it is.
    Usage,
    /// The server's answers make no sense, or its unique-ids were reset.
    Protocol,
    /// The name of the server cannot be resolved.
    NoHost,
    /// The server refuses for good, cannot be trusted, or lacks what is needed.
    Unavailable,
    /// A bug in mailhaul.
    Bug,
    /// The destination or the state folder cannot be created or used.
    CannotCreate,
    /// Reading or writing local files failed.
    LocalIo,
    /// The same command may succeed later.
    TryLater,
    /// The server refused the login.
    Login,
    /// A secret or a setting is missing or wrong.
    Config,
}

impl Kind {
    /// The exit code, as in sysexits.h.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Protocol => 65,
            Self::NoHost => 68,
            Self::Unavailable => 69,
            Self::Bug => 70,
            Self::CannotCreate => 73,
            Self::LocalIo => 74,
            Self::TryLater => 75,
            Self::Login => 77,
            Self::Config => 78,
        }
    }

    /// How grave a kind is among those of several accounts: what needs a person outweighs what passes by itself.
    pub fn gravity(self) -> u8 {
        match self {
            Self::TryLater => 0,
            Self::NoHost => 1,
            Self::Protocol => 2,
            Self::Unavailable => 3,
            Self::Login => 4,
            Self::Config => 5,
            Self::Usage => 6,
            Self::CannotCreate => 7,
            Self::LocalIo => 8,
            Self::Bug => 9,
        }
    }
}

/// An error that a user reads.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    text: String,
    hint: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    login_delay: Option<Duration>,
    is_expected: bool,
    is_without_greeting: bool,
    is_stopped: bool,
}

/// The result of everything that may fail for a reason the user should read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with its whole text.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            hint: None,
            source: None,
            login_delay: None,
            is_expected: false,
            is_without_greeting: false,
            is_stopped: false,
        }
    }

    /// Somebody asked for a stop: a signal, or Ctrl-C at a question.
    pub fn stopped() -> Self {
        Self { is_stopped: true, ..Self::new(Kind::TryLater, "stopped") }
    }

    /// A local file system error, which names the path. No space and no permission to create are told apart from
    /// the rest, because the user can do something about them.
    pub fn io(what: &str, path: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match error.kind() {
            Io::PermissionDenied
            | Io::ReadOnlyFilesystem
            | Io::NotFound
            | Io::NotADirectory
            | Io::IsADirectory
            | Io::AlreadyExists => Kind::CannotCreate,
            _ => Kind::LocalIo,
        };
        let hint = match error.kind() {
            Io::StorageFull | Io::QuotaExceeded => Some(FREE_SOME_SPACE),
            Io::FileTooLarge => Some("raise the limit on file sizes (ulimit -f) and run the same command again"),
            _ => None,
        };
        let text = format!("cannot {what} {}", crate::escape::path(path));
        let error = Self::new(kind, text).caused_by(error);
        match hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// Standard output cannot be written.
    pub fn standard_output(error: std::io::Error) -> Self {
        Self::new(Kind::LocalIo, "cannot write to standard output").caused_by(error)
    }

    /// Is it only that whoever reads our output has closed the pipe?
    pub fn is_closed_pipe(&self) -> bool {
        let io = self.source.as_ref().and_then(|source| source.downcast_ref::<std::io::Error>());
        self.kind == Kind::LocalIo && io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the error behind this one.
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says where it happened: `what: ` is put before the text.
    pub fn at(mut self, what: impl fmt::Display) -> Self {
        self.text = format!("{what}: {}", self.text);
        self
    }

    /// Adds for how long the server wants no other login.
    pub fn with_login_delay(mut self, delay: Duration) -> Self {
        self.login_delay = Some(delay);
        self
    }

    /// Says that it is no news: to be shown to whoever is watching, and to nobody else.
    pub fn expected(mut self) -> Self {
        self.is_expected = true;
        self
    }

    /// Says that a server, with which there was a connection, did not come to its greeting.
    pub fn without_greeting(mut self) -> Self {
        self.is_without_greeting = true;
        self
    }

    /// For how long the server wants no other login, if it has said so.
    pub fn login_delay(&self) -> Option<Duration> {
        self.login_delay
    }

    /// Is it no news?
    pub fn is_expected(&self) -> bool {
        self.is_expected
    }

    /// Did the server not come to its greeting?
    pub fn is_without_greeting(&self) -> bool {
        self.is_without_greeting
    }

    /// Was it a stop that somebody asked for?
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do next, if there is something to say.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    /// The text with its causes, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<crate::proto::Error> for Error {
    fn from(error: crate::proto::Error) -> Self {
        use crate::proto::Error as Proto;
        match error {
            Proto::ControlCharacter { .. } | Proto::CommandTooLong { .. } => Self::new(Kind::Usage, error.to_string()),
            Proto::WrongState { .. } => Self::new(Kind::Bug, error.to_string()),
            Proto::NotAReply { .. } | Proto::BadLine { .. } | Proto::Limit { .. } => {
                Self::new(Kind::Protocol, error.to_string())
            }
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Kind::TryLater,
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Kind::CannotCreate,
            _ => Kind::LocalIo,
        };
        let full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
        let error = Self::new(kind, "the ledger").caused_by(error);
        if full { error.hint(FREE_SOME_SPACE) } else { error }
    }
}

const FREE_SOME_SPACE: &str = "free some space and run the same command again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_what_to_do() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let error = Error::io("write", Path::new("/mail/tmp/x"), full);
        assert_eq!(error.kind().exit_code(), 74);
        assert!(error.next_step().unwrap().contains("free some space"));
        assert!(error.to_string().starts_with("cannot write /mail/tmp/x: "));
    }

    #[test]
    fn what_needs_a_person_outweighs_what_passes() {
        assert!(Kind::Login.gravity() > Kind::TryLater.gravity());
        assert!(Kind::LocalIo.gravity() > Kind::NoHost.gravity());
    }
}
