use std::fmt;

/// What is wrong with a command of ours or a reply of the server's. A line in it is as it came; it is escaped where it
/// is shown.
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
        state: super::SessionState,
    },
    /// A status line that is neither `+OK` nor `-ERR`.
    NotAReply {
        /// The line.
        line: Vec<u8>,
    },
    /// A line of a listing that cannot be read.
    BadLine {
        /// The command whose reply it is.
        verb: &'static str,
        /// The line.
        line: Vec<u8>,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A listing has more messages than it may.
    TooManyListed {
        /// So many it may have.
        limit: usize,
    },
    /// A limit of [`super::limits`] was passed.
    Limit {
        /// What was too long or too many, with the limit.
        what: String,
    },
}

impl Error {
    /// The same error, in whose line `mask` has hidden what is not for everybody's eyes.
    pub fn masked(mut self, mask: &dyn Fn(&[u8]) -> Vec<u8>) -> Self {
        if let Self::NotAReply { line } | Self::BadLine { line, .. } = &mut self {
            *line = mask(line);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlCharacter { what } => write!(f, "the {what} has a control character, which POP3 cannot carry"),
            Self::CommandTooLong { verb } => {
                write!(f, "the {verb} command would be longer than the 255 octets that POP3 allows")
            }
            Self::WrongState { verb, state } => write!(f, "{verb} is not legal in the {state} state"),
            Self::NotAReply { line } => {
                write!(f, "the server sent something that is not a POP3 reply: \"{}\"", crate::escape::text(line))
            }
            Self::BadLine { verb, line, why } => {
                let line = crate::escape::text(line);
                write!(f, "the server's {verb} reply has a line that {why}: \"{line}\"")
            }
            Self::TooManyListed { limit } => write!(f, "the server lists more than {limit} messages"),
            Self::Limit { what } => write!(f, "the server sent {what}; this limit is fixed"),
        }
    }
}

impl std::error::Error for Error {}
