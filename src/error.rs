//! What a user is told when something fails, and what code may ask of it.
//!
//! A [`Kind`] is the outward effect, sorted by whose fault it is, with the one match from kind to exit code. A [`Cause`] is
//! what code asks for before it does something about an error: kinds are too coarse for that.
//!
//! Every module below `commands` returns [`Error`]; `commands` adds context with anyhow. A text says what
//! failed and why, a place with which account, server or file, and a hint what to do next. Text that a server sent
//! is escaped before it becomes part of an error.

use std::fmt;
use std::path::Path;
use std::time::Duration;

/// What went wrong, by its outward effect. Code below `commands` does not ask for it: see [`Cause`].
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

/// Why something failed, as far as some code does something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Somebody asked for a stop: by a signal, or by Ctrl-C at a question.
    Stopped,
    /// The deadline of the whole run has come.
    Deadline,
    /// The connection could not be made, broke, was closed, or stayed silent for too long.
    ConnectionLost,
    /// The same, before the server came to its greeting.
    NoGreeting,
    /// The same, while the server was asked for its capabilities: it may not bear CAPA.
    NoCapa,
    /// The name of a server cannot be resolved.
    NoHost,
    /// A POP3 server greets in clear text where TLS was to begin.
    ClearText,
    /// The server sent what is no POP3, or what does not belong there.
    Nonsense,
    /// The server answers, and says of every message that it cannot give it.
    InTrouble,
    /// The server refused the login.
    LoginRefused,
    /// The server hung up instead of answering the login, which may be a refusal.
    LoginUnanswered,
    /// The server wants no other login for this long.
    LoginDelay(Duration),
    /// Another session has the mailbox open.
    InUse,
    /// A login delay from before is not over. This is no news: to be shown to whoever is watching, and to nobody else.
    TooSoon,
    /// A place has mail of the mailbox, and the ledger knows nothing of it.
    NoHistory,
    /// A command cannot be sent as it is, and was not. The session goes on.
    NotSent,
    /// Somebody else has it locked.
    Busy,
    /// Another run is at work on the mailbox.
    OtherRun,
    /// Some messages failed, and all else went well.
    SomeMessages,
    /// None of those.
    Other,
}

impl Cause {
    /// Does it tell nothing of the account, as the run was stopped, came too soon, or left the mailbox to another one?
    pub fn tells_nothing(self) -> bool {
        matches!(self, Self::Stopped | Self::TooSoon | Self::OtherRun)
    }
}

/// An error that a user reads. Its texts do not grow, so that a result with it stays small.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    cause: Cause,
    /// The account, server or file, with what is around it before it: `outer: inner`.
    place: Option<Box<str>>,
    text: Box<str>,
    hint: Option<Box<str>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that may fail for a reason the user should read.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with its whole text, for which no code has a use.
    pub fn new(kind: Kind, text: impl Into<Box<str>>) -> Self {
        Self { kind, cause: Cause::Other, place: None, text: text.into(), hint: None, source: None }
    }

    /// Somebody asked for a stop.
    pub fn stopped() -> Self {
        Self::new(Kind::TryLater, "stopped").because(Cause::Stopped)
    }

    /// The server sent what makes no sense.
    pub fn nonsense(text: impl Into<Box<str>>) -> Self {
        Self::new(Kind::Protocol, text).because(Cause::Nonsense)
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
            kind if has_no_space(kind) => Some(FREE_SOME_SPACE),
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
        let is_full = has_no_space(error.kind());
        let error = Self::new(Kind::LocalIo, "cannot write to standard output").caused_by(error);
        if is_full { error.hint(FREE_SOME_SPACE) } else { error }
    }

    /// Is it only that whoever reads our output has closed the pipe?
    pub fn is_closed_pipe(&self) -> bool {
        let io = self.source.as_ref().and_then(|source| source.downcast_ref::<std::io::Error>());
        self.kind == Kind::LocalIo && io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// Is there no space left?
    pub fn is_full_disk(&self) -> bool {
        let io = self.source.as_ref().and_then(|source| source.downcast_ref::<std::io::Error>());
        io.is_some_and(|error| has_no_space(error.kind()))
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says why it failed.
    pub fn because(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// Adds the error behind this one.
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says at which account, server or file it happened. A place that was named before is inside this one; the same one
    /// is not named twice, so that every edge may say where it is.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        let place = place.to_string();
        self.place = Some(match self.place.take() {
            Some(inner) if is_within(&inner, &place) => inner,
            Some(inner) => format!("{place}: {inner}").into(),
            None => place.into(),
        });
        self
    }

    /// For whoever says the place in words of its own.
    #[must_use]
    pub fn without_place(self) -> Self {
        Self { place: None, ..self }
    }

    /// Says what was being done: `doing: ` is put before the text, behind the place.
    pub fn during(mut self, doing: impl fmt::Display) -> Self {
        self.text = format!("{doing}: {}", self.text).into();
        self
    }

    /// Says what is so now: `; text` is put behind the text.
    pub fn followed_by(mut self, what: impl fmt::Display) -> Self {
        self.text = format!("{}; {what}", self.text).into();
        self
    }

    /// Why it failed, for code that does something about it.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// May the same command succeed later, without anybody doing anything?
    pub fn may_pass(&self) -> bool {
        self.kind == Kind::TryLater
    }

    /// Its outward effect.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The whole line, with `place` before it unless it says that already.
    pub fn shown_at(&self, place: &str) -> String {
        if self.place.as_deref().is_some_and(|inner| is_within(inner, place)) {
            self.to_string()
        } else {
            format!("{place}: {self}")
        }
    }

    /// What to do next, if there is something to say.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    /// `PLACE: TEXT: ERROR BEHIND IT`, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
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
            Proto::ControlCharacter { .. } | Proto::CommandTooLong { .. } => {
                Self::new(Kind::Usage, error.to_string()).because(Cause::NotSent)
            }
            Proto::WrongState { .. } => Self::new(Kind::Bug, error.to_string()),
            Proto::TooManyListed { .. } => Self::nonsense(error.to_string())
                .hint("if the mailbox really has that many messages, raise --max-listed"),
            Proto::NotAReply { .. } | Proto::BadLine { .. } | Proto::Limit { .. } => Self::nonsense(error.to_string()),
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

fn has_no_space(kind: std::io::ErrorKind) -> bool {
    matches!(kind, std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

/// Does `inner` name `place`, or begin with it?
fn is_within(inner: &str, place: &str) -> bool {
    inner.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
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
    fn a_place_is_named_once_and_an_outer_one_before_it() {
        let error = || Error::new(Kind::TryLater, "it broke").caused_by(Error::stopped());
        assert_eq!(error().at("inner").at("inner").to_string(), "inner: it broke: stopped");
        let nested = error().during("reading").at("inner").at("outer").at("outer");
        assert_eq!(nested.to_string(), "outer: inner: reading: it broke: stopped");
        assert_eq!(error().at("ann@host2").at("ann@host").to_string(), "ann@host: ann@host2: it broke: stopped");
        assert_eq!(error().at("work").shown_at("work"), "work: it broke: stopped");
        assert_eq!(error().shown_at("work"), "work: it broke: stopped");
    }

    #[test]
    fn what_needs_a_person_outweighs_what_passes() {
        assert!(Kind::Login.gravity() > Kind::TryLater.gravity());
        assert!(Kind::LocalIo.gravity() > Kind::NoHost.gravity());
    }
}
