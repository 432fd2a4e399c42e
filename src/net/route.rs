use std::io::{Read, Write};
use std::net::IpAddr;

use super::connect::dial;
use super::line::Line;
use super::tunnel::Tunnel;
use super::{Phase, Proxy, ProxyProtocol, Socket, Waits, http_connect, socks5};
use crate::command_line::CommandLine;
use crate::error::{Cause, Error, Kind, Result};

/// A server, and the way to it: directly, through a proxy, or through a command.
#[derive(Clone, Debug)]
pub struct Route {
    /// A host name, or an IP address without brackets. Behind a proxy or a tunnel it is never looked up here.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Goes there on our behalf.
    pub proxy: Option<Proxy>,
    /// The address of this machine to connect from; the system's choice, if nothing is said. Addresses of the
    /// server, or of the proxy, that are of the other family are left out.
    pub source_address: Option<IpAddr>,
    /// Is the connection itself.
    pub tunnel: Option<CommandLine>,
}

impl Route {
    /// Refuses parts that exclude each other. To be called once, when the settings are read.
    pub fn check(&self) -> Result<()> {
        let both = |text: &str| Err(Error::new(Kind::Usage, text).hint("leave one of the two out"));
        match (&self.tunnel, &self.proxy, &self.source_address) {
            (Some(_), Some(_), _) => both("a tunnel command and a proxy exclude each other"),
            (Some(_), _, Some(_)) => both("a tunnel command and a source address exclude each other"),
            _ => Ok(()),
        }
    }
}

/// Opens a connection to the server, ready for its first octet.
pub fn connect(route: &Route, waits: &Waits) -> Result<Socket> {
    match (&route.tunnel, &route.proxy) {
        (Some(command), _) => Socket::new(Line::Tunnel(Tunnel::open(command)?), None, waits.clone()).map_err(unusable),
        (None, Some(proxy)) => through(proxy, route, waits).map_err(|error| error.at(format!("the proxy {proxy}"))),
        (None, None) => {
            let tcp = dial(&route.host, route.port, route.source_address, waits)?;
            let peer = tcp.peer_addr().ok().map(|address| address.ip().to_canonical());
            Socket::new(Line::Tcp(tcp), peer, waits.clone()).map_err(unusable)
        }
    }
}

/// What is at the other end of this connection is somewhere else, however near the proxy is: the socket has no peer.
fn through(proxy: &Proxy, route: &Route, waits: &Waits) -> Result<Socket> {
    let tcp = dial(&proxy.host, proxy.port, route.source_address, waits)
        .map_err(|error| if_unreached(error, "check that the proxy runs there; --proxy none goes without"))?;
    let mut socket = Socket::new(Line::Tcp(tcp), None, waits.clone()).map_err(unusable)?;
    socket.begin(Phase::Proxy);
    proxy.open(&mut socket, &route.host, route.port)?;
    Ok(socket)
}

/// What to try where there was no connection; not where somebody has asked for a stop.
pub(super) fn if_unreached(error: Error, hint: &str) -> Error {
    if matches!(error.cause(), Cause::ConnectionLost | Cause::NoHost) { error.hint(hint) } else { error }
}

impl Proxy {
    /// Asks the proxy at the other end of a stream for a connection to a server.
    pub fn open<S: Read + Write>(&self, stream: &mut S, host: &str, port: u16) -> Result<()> {
        match self.protocol {
            ProxyProtocol::Socks5 => socks5::open(stream, self.login.as_ref(), host, port),
            ProxyProtocol::Http => http_connect::open(stream, self.login.as_ref(), host, port),
        }
    }
}

fn unusable(error: std::io::Error) -> Error {
    Error::new(Kind::TryLater, "the connection cannot be used").caused_by(error)
}
