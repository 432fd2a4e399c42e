//! The way to the server: addresses, proxies, tunnels, TLS, and a deadline for every wait, with the phase it belongs to.
//!
//! Whoever talks POP3 reads and writes a [`Connection`]: anything that is a [`Transport`]. The program gets them from
//! [`Sockets`], the tests also from a [`Network`] of their own. `mailhaul info` opens a [`Stream`] itself, to look at a
//! server, and so does the HTTP here. Of POP3 nothing is known but its name in TLS (ALPN).

use std::io::{Error as IoError, Read, Write};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

pub use self::certificate::CertificateTerm;
pub use self::dns::{NameServers, NamedServer};
pub use self::foreign::{OtherProtocol, other_protocol};
pub use self::here::is_surely_this_machine;
pub use self::http::{HttpClient, HttpReply, is_safe_for_secrets, server_of};
pub use self::loopback::{BrowserRequest, Loopback};
pub use self::phase::Phase;
pub use self::pin::Pin;
pub use self::proxy::{Proxy, ProxyChoice, ProxyFrom, ProxyProtocol};
pub use self::route::{Route, connect};
pub use self::socket::{Socket, Waits};
pub use self::stream::Stream;
pub use self::tls::{Distrust, ShownIdentity, TlsMode, Trust};
pub use self::trust::{KeyExchange, Roots, TlsVersion, TrustSettings};

use crate::error::{Error, Kind, Result};

mod bound;
mod certificate;
mod connect;
mod dns;
mod foreign;
mod here;
mod http;
mod http_connect;
mod line;
mod local;
mod loopback;
mod phase;
mod pin;
mod proxy;
mod route;
mod socket;
mod socks5;
mod speed;
mod stream;
mod tls;
mod trust;
mod tunnel;
mod verdict;
mod verifier;

/// What a POP3 session needs of a connection beyond reading and writing. What a plain connection lacks has a default.
pub trait Transport: Read + Write + Send {
    /// A new wait begins: its deadline starts now, and errors name it.
    fn begin(&mut self, phase: Phase);

    /// Says what an I/O error of this connection means, with the phase.
    fn explain(&self, error: IoError) -> Error;

    /// From now on a stop does not end a wait at once: it gives all waits together `grace`.
    fn give_grace(&mut self, _grace: Duration) {}

    /// The session may take this long from now on, if that is longer than it might before.
    fn give_time(&mut self, _time: Duration) {}

    /// Reads what is here already, and waits for nothing: `None` if that is nothing, or if the connection cannot tell.
    fn read_ready(&mut self, _buf: &mut [u8]) -> Result<Option<usize>, IoError> {
        Ok(None)
    }

    /// Ends the connection cleanly. To be called when the server has nothing more to say (C-138).
    fn close(&mut self) -> Result<(), IoError> {
        Ok(())
    }

    /// Is the connection in TLS?
    fn is_tls(&self) -> bool {
        false
    }

    /// TLS version and cipher suite, for people.
    fn tls_description(&self) -> Option<String> {
        None
    }

    /// What this TLS session has that no other has, for SCRAM to bind the login to (`tls-exporter`, RFC 9266): 32
    /// octets, only with TLS 1.3.
    fn channel_binding(&self) -> Option<[u8; 32]> {
        None
    }

    /// From when until when the server's certificate is valid; none without TLS.
    fn certificate_term(&self) -> Option<CertificateTerm> {
        None
    }

    /// The server's address; unknown behind a proxy or a tunnel, where what is near says nothing of what is far.
    fn peer(&self) -> Option<IpAddr> {
        None
    }

    /// Does the TLS handshake with a server that must prove to be `host`. Whoever calls it has made sure that no octet
    /// received in clear text is left (C-122).
    fn into_tls(self: Box<Self>, _trust: &Trust, _host: &str) -> Result<Connection> {
        Err(Error::new(Kind::Bug, "TLS was asked for on a connection that cannot do it"))
    }
}

/// A connection to a server, whatever it is made of.
pub type Connection = Box<dyn Transport>;

impl Transport for Connection {
    fn begin(&mut self, phase: Phase) {
        (**self).begin(phase);
    }

    fn explain(&self, error: IoError) -> Error {
        (**self).explain(error)
    }

    fn give_grace(&mut self, grace: Duration) {
        (**self).give_grace(grace);
    }

    fn give_time(&mut self, time: Duration) {
        (**self).give_time(time);
    }

    fn read_ready(&mut self, buf: &mut [u8]) -> Result<Option<usize>, IoError> {
        (**self).read_ready(buf)
    }

    fn close(&mut self) -> Result<(), IoError> {
        (**self).close()
    }

    fn is_tls(&self) -> bool {
        (**self).is_tls()
    }

    fn tls_description(&self) -> Option<String> {
        (**self).tls_description()
    }

    fn channel_binding(&self) -> Option<[u8; 32]> {
        (**self).channel_binding()
    }

    fn certificate_term(&self) -> Option<CertificateTerm> {
        (**self).certificate_term()
    }

    fn peer(&self) -> Option<IpAddr> {
        (**self).peer()
    }

    fn into_tls(self: Box<Self>, trust: &Trust, host: &str) -> Result<Connection> {
        (*self).into_tls(trust, host)
    }
}

/// Where connections come from.
pub trait Network: Send + Sync {
    /// Opens a connection to the server, in clear text, ready for its first octet.
    fn connect(&self, route: &Route, waits: &Waits) -> Result<Connection>;

    /// Opens a connection to the socket at a path of this machine.
    fn connect_to_socket(&self, path: &Path, waits: &Waits) -> Result<Connection> {
        Ok(Box::new(Stream::plain(local::connect_to_socket(path, waits)?)))
    }
}

/// The network of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Sockets;

impl Network for Sockets {
    fn connect(&self, route: &Route, waits: &Waits) -> Result<Connection> {
        Ok(Box::new(Stream::plain(connect(route, waits)?)))
    }
}
