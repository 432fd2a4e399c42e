use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use super::tunnel::Tunnel;

/// What the octets go over.
#[derive(Debug)]
pub(super) enum Line {
    /// TCP, to the server or to a proxy.
    Tcp(TcpStream),
    /// The input and output of a command.
    Tunnel(Tunnel),
    /// A socket of this machine that has a path.
    Unix(UnixStream),
}

impl Line {
    /// From now on reading and writing never wait, and small writes leave at once.
    pub(super) fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Tcp(tcp) => {
                tcp.set_nodelay(true)?;
                tcp.set_nonblocking(true)
            }
            Self::Tunnel(tunnel) => tunnel.pipe.set_nonblocking(true),
            Self::Unix(unix) => unix.set_nonblocking(true),
        }
    }

    /// Has what was received acknowledged at once, now and until the system goes back to its habits: a server that writes
    /// a reply in two parts may hold the second one back until the first is acknowledged (Nagle).
    pub(super) fn acknowledge(&self) {
        if let Self::Tcp(tcp) = self {
            rustix::net::sockopt::set_tcp_quickack(tcp, true).ok(); // it only saves time
        }
    }

    /// Says to the other end that nothing more comes.
    pub(super) fn shutdown(&self) -> io::Result<()> {
        match self {
            Self::Tcp(tcp) => tcp.shutdown(Shutdown::Write),
            Self::Tunnel(tunnel) => tunnel.pipe.shutdown(Shutdown::Write),
            Self::Unix(unix) => unix.shutdown(Shutdown::Write),
        }
    }
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(tcp) => tcp.as_fd(),
            Self::Tunnel(tunnel) => tunnel.pipe.as_fd(),
            Self::Unix(unix) => unix.as_fd(),
        }
    }
}

impl Read for Line {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.read(buf),
            Self::Tunnel(tunnel) => tunnel.read(buf),
            Self::Unix(unix) => unix.read(buf),
        }
    }
}

impl Write for Line {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.write(buf),
            Self::Tunnel(tunnel) => tunnel.write(buf),
            Self::Unix(unix) => unix.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
