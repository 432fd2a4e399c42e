use super::MailAddress;
use crate::net::{NamedServer, TlsMode};

/// A server that may be the one of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscoveredServer {
    /// Its host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// From the start or by STLS; always with TLS.
    pub tls: TlsMode,
    /// What to log in as; where that is not said, what is tried first.
    pub login: LoginName,
    /// It wants OAuth2, and no password.
    pub wants_oauth: bool,
    /// Only the DNS names it, which anybody may have written.
    pub is_unproven: bool,
}

/// What a user is called at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginName {
    /// This.
    Said(String),
    /// The address, or what stands before its @.
    AddressOrLocal,
}

/// Whom was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquiry {
    /// A configuration at a URL.
    Published(String),
    /// An SRV record.
    Service(String),
    /// What the provider of the mail exchanger publishes.
    MailExchanger(String),
}

/// Who was asked, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquired {
    /// Who.
    pub inquiry: Inquiry,
    /// Servers, the best first; or why there is no answer.
    pub found: Result<Vec<DiscoveredServer>, String>,
}

impl Inquired {
    pub(super) fn of(inquiry: Inquiry, found: Result<Vec<DiscoveredServer>, String>) -> Self {
        Self { inquiry, found }
    }
}

impl DiscoveredServer {
    pub(super) fn of_service(named: NamedServer, is_implicit: bool) -> Self {
        let tls = if is_implicit { TlsMode::Implicit } else { TlsMode::StartTls };
        let NamedServer { host, port } = named;
        Self { host, port, tls, login: LoginName::AddressOrLocal, wants_oauth: false, is_unproven: true }
    }

    /// The names to log in as, in the order in which they are tried.
    pub fn logins(&self, address: &MailAddress) -> Vec<String> {
        match &self.login {
            LoginName::Said(name) => vec![name.clone()],
            LoginName::AddressOrLocal => vec![address.whole.clone(), address.local.clone()],
        }
    }

    /// Is it in the domain of the address?
    pub fn is_of(&self, address: &MailAddress) -> bool {
        self.host == address.domain || self.host.ends_with(&format!(".{}", address.domain))
    }
}

impl std::fmt::Display for Inquiry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Published(url) => f.write_str(&crate::escape::text(url.as_bytes())),
            Self::Service(name) => write!(f, "{} (SRV)", crate::escape::text(name.as_bytes())),
            Self::MailExchanger(place) if place.is_empty() => f.write_str("the mail exchanger (MX)"),
            Self::MailExchanger(place) => f.write_str(&crate::escape::text(place.as_bytes())),
        }
    }
}
