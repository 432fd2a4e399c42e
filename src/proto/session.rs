use std::fmt;

/// The states of a POP3 session (RFC 1939 sections 4 to 6). STLS keeps the state but is legal only before login.
///
/// ```text
/// greeting -> AUTHORIZATION --login--> TRANSACTION --QUIT--> UPDATE
///                  |                                            |
///                  +------------------QUIT----------------> closed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// After the greeting, before the login.
    Authorization,
    /// After the login.
    Transaction,
    /// After QUIT: no command is legal any more.
    Closed,
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorization => "AUTHORIZATION",
            Self::Transaction => "TRANSACTION",
            Self::Closed => "closed",
        })
    }
}
