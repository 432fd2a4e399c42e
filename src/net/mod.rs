//! The way to the server: addresses, proxies, tunnels, TLS, and a deadline for every wait, with the phase it belongs to.
//!
//! `client` reads and writes a [`Stream`] through the small [`Transport`] trait. `session` opens one, `mailhaul info`
//! does to look at a server, and the HTTP here for itself. Of POP3 nothing is known but its name in TLS (ALPN).

use std::io::{Error as IoError, Read, Write};

pub use self::http::{HttpClient, HttpReply, is_safe_for_secrets, server_of};
pub use self::inspect::Shown;
pub use self::loopback::{BrowserRequest, Loopback};
pub use self::phase::Phase;
pub use self::pin::Pin;
pub use self::proxy::{Proxy, ProxyChoice, ProxyFrom, ProxyProtocol};
pub use self::socket::{Socket, Waits};
pub use self::stream::Stream;
pub use self::tls::{Distrust, TlsMode, Trust};
pub use self::trust::{Roots, TlsVersion, TrustSettings};
pub use self::tunnel::Tunnel;
pub use self::way::{Way, connect};

use crate::error::Error;

mod bound;
mod connect;
mod here;
mod http;
mod http_connect;
mod inspect;
mod line;
mod loopback;
mod phase;
mod pin;
mod proxy;
mod socket;
mod socks5;
mod stream;
mod tls;
mod trust;
mod tunnel;
mod verifier;
mod way;

/// What `client` needs of a connection beyond reading and writing.
pub trait Transport: Read + Write {
    /// A new wait begins: its deadline starts now, and errors name it.
    fn begin(&mut self, phase: Phase);

    /// Says what an I/O error of this connection means, with the phase.
    fn explain(&self, error: IoError) -> Error;
}
