//! Servers and settings, as people write them.

use crate::config::Removal;
use crate::discovery::DiscoveredServer;
use crate::net::TlsMode;
use crate::output::duration;

/// As a source, without the user.
pub(super) fn url_of(server: &DiscoveredServer) -> String {
    let (scheme, usual) = if server.tls == TlsMode::Implicit { ("pop3s", 995) } else { ("pop3", 110) };
    let host = crate::escape::text(server.host.as_bytes());
    if server.port == usual { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{}", server.port) }
}

/// What becomes of the messages there.
pub(super) fn on_the_server(removal: Removal) -> String {
    match removal {
        Removal::Keep => "Messages stay on the server".into(),
        Removal::Delete => "Messages are deleted from the server once they are safe here".into(),
        Removal::After(time) => format!("Messages stay on the server for {}", duration(time)),
    }
}
