use std::sync::Arc;

use super::session::MtaSession;
use super::settings::{MtaAddress, MtaSettings};
use crate::error::{Cause, Error, Result};
use crate::net::{Network, Route, Trust, Waits};

/// Opens sessions with a server, from any thread.
pub(super) struct Connector {
    pub(super) settings: MtaSettings,
    pub(super) waits: Waits,
    trust: Option<Trust>,
    network: Arc<dyn Network>,
    /// What we are called.
    name: String,
}

impl Connector {
    pub(super) fn new(settings: MtaSettings, waits: Waits, trust: Option<Trust>, network: Arc<dyn Network>) -> Self {
        let name = own_name(rustix::system::uname().nodename().to_bytes());
        Self { settings, waits, trust, network, name }
    }

    /// A new session, ready for a message.
    pub(super) fn connect(&self) -> Result<MtaSession> {
        let opened = match &self.settings.address {
            MtaAddress::Socket(path) => self.network.connect_to_socket(path, &self.waits),
            MtaAddress::Host { host, port } => {
                let route = Route { host: host.clone(), port: *port, proxy: None, source_address: None, tunnel: None };
                self.network.connect(&route, &self.waits)
            }
        };
        opened
            .and_then(|stream| MtaSession::begin(stream, &self.settings, self.trust.as_ref(), &self.name))
            .map_err(|error| self.with_own_hint(error))
    }

    /// What is to be tried where a POP3 server does not answer is of no help here.
    fn with_own_hint(&self, error: Error) -> Error {
        let word = self.settings.dialect.word().to_uppercase();
        match (error.cause(), &self.settings.address) {
            (Cause::ConnectionLost | Cause::NoGreeting, MtaAddress::Host { .. }) => {
                error.hint(format!("check that a server for {word} runs there, and its port"))
            }
            (Cause::NoGreeting, MtaAddress::Socket(_)) => error.hint(format!("check that this is a socket for {word}")),
            (Cause::NoHost, _) => error.hint("check the spelling of its name"),
            _ => error,
        }
    }
}

/// The name of this machine, if it can be one of the Internet; else an address literal (RFC 5321 section 4.1.4).
fn own_name(nodename: &[u8]) -> String {
    let is_label = |label: &str| {
        let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        let is_short = (1..=63).contains(&label.len());
        is_short && label.bytes().all(is_legal) && !label.starts_with('-') && !label.ends_with('-')
    };
    match std::str::from_utf8(nodename) {
        Ok(name) if name.len() <= 253 && name.split('.').all(is_label) => name.to_owned(),
        _ => "[127.0.0.1]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::own_name;

    #[test]
    fn a_name_that_is_none_of_the_internet_becomes_an_address() {
        for name in ["box", "mail.example.org", "a-b.c1", "127-0-0-1"] {
            assert_eq!(own_name(name.as_bytes()), name);
        }
        for name in ["", "(none)", "a_b", "-a", "a-", "a..b", "a.", "b\u{fc}ro", "a b", "a\r\nQUIT", &"a".repeat(64)] {
            assert_eq!(own_name(name.as_bytes()), "[127.0.0.1]", "{name}");
        }
        assert_eq!(own_name(b"\xff"), "[127.0.0.1]");
    }
}
