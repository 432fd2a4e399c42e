//! Why a connection ends.

use std::io;

use super::log::Ending;

/// Why a connection ends; it travels through the session as an error.
#[derive(Debug)]
pub enum End {
    /// For a reason of the log.
    Because(Ending),
    /// By a TCP reset from the server.
    ByReset,
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Because(match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {
                Ending::Reset
            }
            _ => Ending::Failed(error.to_string()),
        })
    }
}

impl From<rustls::Error> for End {
    fn from(error: rustls::Error) -> Self {
        Self::Because(Ending::Tls(error.to_string()))
    }
}
