//! Servers as people write them.

use crate::discovery::DiscoveredServer;
use crate::net::TlsMode;

/// As a source, without the user.
pub(super) fn url_of(server: &DiscoveredServer) -> String {
    let (scheme, usual) = if server.tls == TlsMode::Implicit { ("pop3s", 995) } else { ("pop3", 110) };
    let host = crate::escape::text(server.host.as_bytes());
    if server.port == usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{}", server.port) }
}
