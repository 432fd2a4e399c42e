use super::{DiscoveredServer, LoginName};
use crate::net::TlsMode;

/// Usual names, with TLS from the start before TLS by STLS.
pub(super) fn of(domain: &str) -> Vec<DiscoveredServer> {
    let hosts = ["pop.", "pop3.", "mail.", ""].map(|prefix| format!("{prefix}{domain}"));
    let ways = [(TlsMode::Implicit, 995), (TlsMode::StartTls, 110)];
    let server = |host: &String, (tls, port): (TlsMode, u16)| DiscoveredServer {
        host: host.clone(),
        port,
        tls,
        login: LoginName::AddressOrLocal,
        wants_oauth: false,
        is_unproven: false,
    };
    ways.iter().flat_map(|way| hosts.iter().map(|host| server(host, *way))).collect()
}

/// The domains of whoever runs a mail exchanger: its name without the first label, then what can be registered. Not the
/// domain itself, which was asked already, and no public suffix.
pub(super) fn providers_of(exchanger: &str, domain: &str) -> Vec<String> {
    let base = psl::domain_str(exchanger);
    let Some(base) = base else { return Vec::new() };
    let behind = exchanger.split_once('.').map(|(_, behind)| behind).filter(|behind| behind.len() > base.len());
    let all = behind.into_iter().chain([base]).filter(|other| *other != domain);
    all.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_public_suffix_is_asked() {
        assert_eq!(providers_of("aspmx.l.google.com", "example.org"), ["l.google.com", "google.com"]);
        assert_eq!(providers_of("mx.provider.co.uk", "example.org"), ["provider.co.uk"]);
        assert_eq!(providers_of("provider.co.uk", "example.org"), ["provider.co.uk"]);
        assert_eq!(providers_of("co.uk", "example.org"), Vec::<String>::new());
        assert_eq!(providers_of("mx.example.org", "example.org"), Vec::<String>::new());
    }

    #[test]
    fn guesses_have_tls() {
        let all = of("example.org");
        assert_eq!((all.len(), all[0].host.as_str(), all[0].port), (8, "pop.example.org", 995));
        assert!(all.iter().all(|server| server.tls != TlsMode::None));
    }
}
