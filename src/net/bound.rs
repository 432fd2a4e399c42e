//! TCP that a stop ends, from an address that was chosen or from the system's choice: the standard library can do neither.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with, sockopt};

use crate::until::{Over, Until};

/// Connects `to`, from `source` if one is given, which is of the same family then.
pub(super) fn connect_from(
    source: Option<IpAddr>,
    to: SocketAddr,
    until: &Until,
) -> io::Result<Result<TcpStream, Over>> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let fd = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?;
    if let Some(source) = source {
        bind(&fd, &SocketAddr::new(source, 0))?;
    }
    match connect(&fd, &to) {
        Ok(()) | Err(Errno::INPROGRESS) => {}
        Err(errno) => return Err(errno.into()),
    }
    if let Err(over) = until.ready(vec![PollFd::new(&fd, PollFlags::OUT)])? {
        return Ok(Err(over));
    }
    sockopt::socket_error(&fd)??;
    Ok(Ok(TcpStream::from(fd)))
}
