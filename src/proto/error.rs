use std::fmt;

/// What is wrong with a command of ours or a reply of the server's. Foreign text in it is already escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An argument has a control character, so nothing of it is sent (C-035).
    ControlCharacter {
        /// Which argument: `user name`, `password`.
        what: &'static str,
    },
    /// A command line would be longer than the protocol allows.
    CommandTooLong {
        /// Which command.
        verb: &'static str,
    },
    /// The command is not legal in the session's state.
    WrongState {
        /// Which command.
        verb: &'static str,
        /// The state.
        state: super::State,
    },
    /// A status line that is neither `+OK` nor `-ERR`.
    NotAReply {
        /// The line.
        line: String,
    },
    /// A line of a listing that cannot be read.
    BadLine {
        /// The command whose reply it is.
        verb: &'static str,
        /// The line.
        line: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A limit of [`super::limits`] was passed.
    Limit {
        /// What was too long or too many, with the limit.
        what: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter { what } => write!(f, "the {what} has a control character, which POP3 cannot carry"),
            Self::CommandTooLong { verb } => {
                write!(f, "the {verb} command would be longer than the 255 octets that POP3 allows")
            }
            Self::WrongState { verb, state } => write!(f, "{verb} is not legal in the {state} state"),
            Self::NotAReply { line } => write!(f, "the server said what is no POP3 reply: \"{line}\""),
            Self::BadLine { verb, line, why } => {
                write!(f, "the server's {verb} reply has a line that {why}: \"{line}\"")
            }
            Self::Limit { what } => write!(f, "the server sent {what}; this limit is fixed"),
        }
    }
}

impl std::error::Error for Error {}
