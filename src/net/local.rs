//! Sockets of this machine that have a path. The standard library can connect to one, but without a deadline: a server that
//! takes no connections would be waited for without end.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::line::Line;
use super::{Phase, Socket, Waits};
use crate::error::{Cause, Error, Kind, Result};

/// Connects to the socket at a path.
pub(super) fn connect_to_socket(path: &Path, waits: &Waits) -> Result<Socket> {
    let line = Line::Unix(dial_path(path, waits)?);
    Socket::new(line, None, waits.clone()).map_err(|error| failed(path, error))
}

fn dial_path(path: &Path, waits: &Waits) -> Result<UnixStream> {
    let prepare = || -> io::Result<_> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        Ok((socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?, SocketAddrUnix::new(path)?))
    };
    let (fd, address) = prepare().map_err(|error| failed(path, error))?;
    // AGAIN: its queue is full. Nothing tells when there is room in it.
    let attempt = || match connect(&fd, &address) {
        Err(Errno::AGAIN | Errno::INTR) => None,
        result => Some(result),
    };
    match waits.until.within(waits.timeout).poll(PAUSE, attempt) {
        Ok(Ok(())) => Ok(UnixStream::from(fd)),
        Ok(Err(errno)) => Err(failed(path, errno.into())),
        Err(over) => {
            let end = waits.end_of(Phase::Connect, over);
            Err(Error::new(Kind::TryLater, text(path)).because(end.cause()).caused_by(end))
        }
    }
}

fn failed(path: &Path, error: io::Error) -> Error {
    use io::ErrorKind as Io;
    let hint = match error.kind() {
        Io::NotFound => Some("check that the server runs, and the path of its socket"),
        Io::ConnectionRefused => Some("nobody listens there: check that the server runs"),
        Io::PermissionDenied => Some("the server's configuration says who may use its socket"),
        _ => None,
    };
    let error = Error::new(Kind::TryLater, text(path)).because(Cause::ConnectionLost).caused_by(error);
    hint.into_iter().fold(error, Error::hint)
}

fn text(path: &Path) -> String {
    format!("cannot connect to {}", crate::escape::path(path))
}

/// Between two looks at a queue that was full.
const PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    use rustix::net::{bind, listen, socket};

    use super::*;
    use crate::until::Until;

    #[test]
    fn octets_go_both_ways() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let mut near = connect_to_socket(&path, &Waits::for_tests()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        near.write_all(b"ping").unwrap();
        let mut octets = [0; 4];
        far.read_exact(&mut octets).unwrap();
        assert_eq!(&octets, b"ping");
        far.write_all(b"pong").unwrap();
        near.read_exact(&mut octets).unwrap();
        assert_eq!(&octets, b"pong");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let says = || connect_to_socket(&path, &Waits::for_tests()).unwrap_err();
        assert!(says().next_step().unwrap().contains("path of its socket"), "{}", says());
        drop(UnixListener::bind(&path).unwrap());
        assert!(says().next_step().unwrap().contains("nobody listens"), "{}", says());
        let long = folder.path().join("x".repeat(200));
        let error = connect_to_socket(&long, &Waits::for_tests()).unwrap_err();
        assert!(error.to_string().starts_with("cannot connect to /"), "{error}");
    }

    #[test]
    fn a_full_queue_is_waited_for_until_the_time_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let fd = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
        bind(&fd, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        listen(&fd, 0).unwrap();
        let brief = Waits { timeout: Duration::from_millis(100), until: Until::default(), min_rate: 0 };
        let _waiting: Vec<Socket> = (0..8).map_while(|_| connect_to_socket(&path, &brief).ok()).collect();
        let error = connect_to_socket(&path, &brief).unwrap_err();
        assert!(error.cause() == Cause::ConnectionLost && error.to_string().contains("timed out"), "{error}");
    }
}
