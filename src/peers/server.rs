//! What all peers say of a server, and what comes of it here.

use super::draft::Draft;
use crate::config::{Raw, Source};
use crate::net::{TlsMode, is_surely_this_machine};

/// How a peer wants its TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerTls {
    /// From the first octet.
    Implicit,
    /// By STLS, which must be there.
    StartTls,
    /// None.
    Never,
}

/// Where a mailbox is.
pub(super) struct PeerServer<'a> {
    pub(super) user: &'a str,
    pub(super) host: &'a str,
    /// As the peer has it: a number, or the name of a service.
    pub(super) port: Option<&'a str>,
    pub(super) tls: PeerTls,
    /// Neither through a command nor through a proxy.
    pub(super) is_direct: bool,
    /// The line that says whether there is TLS, or that of the account.
    pub(super) line: usize,
}

impl Draft {
    /// Sets the source. TLS is asked for wherever the connection leaves this machine; an error is for people.
    pub(super) fn set_source(&mut self, server: &PeerServer<'_>) -> Result<(), String> {
        let PeerServer { user, host, tls, line, .. } = *server;
        if host.is_empty() {
            return Err("no server is named".into());
        }
        if user.is_empty() {
            return Err("no user is named".into());
        }
        let is_here = server.is_direct && is_surely_this_machine(host);
        let mode = if tls == PeerTls::Implicit { TlsMode::Implicit } else { TlsMode::StartTls };
        let usual = if tls == PeerTls::Implicit { 995 } else { 110 };
        let port = server.port.map_or(Ok(usual), port)?;
        let source =
            Source { user: user.to_owned(), host: host.to_owned(), port, has_usual_port: port == usual, tls: mode };
        let url = source.url();
        let url = if source.has_usual_port { url.strip_suffix(&format!(":{usual}")).unwrap_or(&url) } else { &url };
        Source::parse(url, None).map_err(|error| error.to_string())?;
        self.settings.set("source", Raw::text(url)).map_err(|why| format!("source {why}"))?;
        match tls {
            PeerTls::Implicit | PeerTls::StartTls => {}
            PeerTls::Never if is_here => {
                self.change(line, "no TLS", "tls", Raw::text("none"), "the connection stays on this machine");
            }
            PeerTls::Never => self.differ(
                line,
                "no TLS",
                "TLS by STLS is asked for; if the server has none, the password can be sent in clear text by \
                 tls = \"none\" with allow-cleartext-password = true",
            ),
        }
        Ok(())
    }

    /// Sets the authorities to trust: a file, unless it is that of the system.
    pub(super) fn set_authorities(&mut self, line: usize, option: &str, path: &str) {
        if is_of_the_system(path) {
            self.keep(line, option, "roots", Raw::text("system"));
        } else {
            self.keep(line, option, "ca-file", Raw::text(in_file(path)));
            self.change(
                line,
                &format!("{option} alone"),
                "roots",
                Raw::text("none"),
                "only that file is trusted, as before",
            );
        }
    }
}

/// A path as our file has it: there a `$` begins a variable.
pub(super) fn in_file(path: &str) -> String {
    path.replace('$', "$$")
}

fn port(text: &str) -> Result<u16, String> {
    match text {
        "pop3" | "pop-3" => Ok(110),
        "pop3s" | "spop3" => Ok(995),
        text => text.parse().ok().filter(|port| *port != 0).ok_or_else(|| "its port is none".into()),
    }
}

/// The authorities that come with the system.
fn is_of_the_system(path: &str) -> bool {
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/ssl/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/pki/tls/cert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/usr/local/share/certs/ca-root-nss.crt",
    ]
    .contains(&path)
}
