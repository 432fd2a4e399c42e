use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::bound::connect_from;
use super::socket::WaitEnd;
use super::{Phase, Waits};
use crate::error::{Cause, Error, Kind, Result};

/// Connects to the first address of `host` that answers, from `source` if one is named. All are tried, IPv6 and IPv4
/// in turn, a quarter of a second apart, so that one that swallows packets does not stop the others (RFC 8305, C-253).
pub(super) fn dial(host: &str, port: u16, source: Option<IpAddr>, waits: &Waits) -> Result<TcpStream> {
    let ends = Instant::now() + waits.timeout;
    let ends = waits.deadline.map_or(ends, |deadline| deadline.min(ends));
    let mut addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => resolve(host, port, ends, waits)?,
    };
    if let Some(source) = source {
        addresses.retain(|address| address.is_ipv4() == source.is_ipv4());
        if addresses.is_empty() {
            return Err(other_family(host, source));
        }
    }
    let from = source.map(|source| format!(" from {source}")).unwrap_or_default();
    let failed = |error: io::Error| {
        Error::new(Kind::TryLater, format!("cannot connect to {host} port {port}{from}")).caused_by(error)
    };
    match addresses[..] {
        [only] if only.ip().is_loopback() => open(only, source, ends).map_err(|error| failed(say_phase(error, waits))),
        _ => race(addresses, source, ends, waits).map_err(failed),
    }
}

fn other_family(host: &str, source: IpAddr) -> Error {
    let family = if source.is_ipv4() { "IPv4" } else { "IPv6" };
    Error::new(Kind::Config, format!("{host} has no {family} address, but {source}, to connect from, is one"))
        .hint("name a source address of the other family, or none")
}

/// The addresses of a host, in the order in which they are to be tried. On a thread, as getaddrinfo has no time
/// limit of its own; one that hangs is left behind.
fn resolve(host: &str, port: u16, ends: Instant, waits: &Waits) -> Result<Vec<SocketAddr>> {
    let (sender, receiver) = mpsc::channel();
    let name = host.to_owned();
    thread::spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        sender.send(found).ok(); // nobody listens after a time-out
    });
    let found = wait_for(&receiver, ends, waits).map_err(|error| {
        Error::new(Kind::TryLater, format!("cannot look up the address of {host}")).caused_by(error)
    })?;
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(alternate(addresses)),
        Err(error) if error.to_string().contains("emporary failure") => {
            Err(Error::new(Kind::TryLater, format!("cannot look up the address of {host} now")).caused_by(error))
        }
        Err(error) => Err(no_host(host).caused_by(error)),
        Ok(_) => Err(no_host(host)),
    }
}

fn no_host(host: &str) -> Error {
    Error::new(Kind::NoHost, format!("no such host: {host}"))
        .because(Cause::NoHost)
        .hint("check the name of the server")
}

/// IPv6 and IPv4 in turn, beginning with what the resolver put first.
fn alternate(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses[0].is_ipv6();
    let (mut one, mut other): (VecDeque<_>, VecDeque<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut ordered = Vec::with_capacity(one.len() + other.len());
    while let Some(address) = one.pop_front() {
        ordered.push(address);
        ordered.extend(other.pop_front());
    }
    ordered.extend(other);
    ordered
}

/// Starts an attempt on a thread of its own for each address, and takes the first that succeeds.
fn race(addresses: Vec<SocketAddr>, source: Option<IpAddr>, ends: Instant, waits: &Waits) -> io::Result<TcpStream> {
    let (sender, receiver) = mpsc::channel();
    let mut waiting: VecDeque<SocketAddr> = addresses.into();
    let mut running = 0;
    let mut last_error = None;
    loop {
        if let Some(address) = waiting.pop_front() {
            attempt(address, source, ends, sender.clone());
            running += 1;
        }
        let step = if waiting.is_empty() { ends } else { ends.min(Instant::now() + STAGGER) };
        match wait_for(&receiver, step, waits) {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => {
                running -= 1;
                last_error = Some(error);
            }
            Err(WaitEnd::TimedOut(..)) if Instant::now() < ends => {}
            Err(end) => return Err(end.into()),
        }
        if running == 0 && waiting.is_empty() {
            let none = || io::Error::from(io::ErrorKind::AddrNotAvailable);
            return Err(last_error.map_or_else(none, |error| say_phase(error, waits)));
        }
    }
}

fn attempt(address: SocketAddr, source: Option<IpAddr>, ends: Instant, sender: Sender<io::Result<TcpStream>>) {
    thread::spawn(move || {
        sender.send(open(address, source, ends)).ok(); // another address was faster
    });
}

fn open(address: SocketAddr, source: Option<IpAddr>, ends: Instant) -> io::Result<TcpStream> {
    match source {
        Some(source) => connect_from(source, address, time_until(ends)),
        None => TcpStream::connect_timeout(&address, time_until(ends)),
    }
}

/// What a thread sends, unless the time is over or a stop is asked for first.
fn wait_for<T>(receiver: &Receiver<T>, ends: Instant, waits: &Waits) -> Result<T, WaitEnd> {
    loop {
        match receiver.recv_timeout(LOOK_FOR_STOP.min(time_until(ends))) {
            Ok(value) => return Ok(value),
            Err(RecvTimeoutError::Disconnected) => return Err(WaitEnd::TimedOut(Phase::Connect, waits.timeout)),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if waits.stop.as_ref().is_some_and(|stop| stop.is_asked()) {
            return Err(WaitEnd::Stopped);
        }
        if waits.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(WaitEnd::Deadline(Phase::Connect));
        }
        if ends <= Instant::now() {
            return Err(WaitEnd::TimedOut(Phase::Connect, waits.timeout));
        }
    }
}

/// A time-out of the system's connect, in our words.
fn say_phase(error: io::Error, waits: &Waits) -> io::Error {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => WaitEnd::TimedOut(Phase::Connect, waits.timeout).into(),
        _ => error,
    }
}

/// At least a millisecond, as connect_timeout refuses zero.
fn time_until(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

/// The connection attempt delay of RFC 8305 section 5.
const STAGGER: Duration = Duration::from_millis(250);

/// How often a wait on a thread looks for a stop.
const LOOK_FOR_STOP: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn waits(timeout: Duration) -> Waits {
        Waits { timeout, deadline: None, stop: None }
    }

    #[test]
    fn families_take_turns() {
        let parse = |list: [&str; 4]| list.map(|address| address.parse::<SocketAddr>().unwrap()).to_vec();
        let mixed = alternate(parse(["[::1]:1", "[::2]:1", "127.0.0.1:1", "127.0.0.2:1"]));
        assert_eq!(mixed, parse(["[::1]:1", "127.0.0.1:1", "[::2]:1", "127.0.0.2:1"]));
    }

    #[test]
    fn a_dead_first_address_does_not_stop_the_second() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let full = black_hole();
        let addresses = vec![full.0.local_addr().unwrap(), good];
        let waits = waits(Duration::from_secs(20));
        let tcp = race(addresses, None, Instant::now() + waits.timeout, &waits).unwrap();
        assert_eq!(tcp.peer_addr().unwrap(), good);
    }

    /// A listener whose queue is full: the kernel drops further connection requests, as a black hole does.
    fn black_hole() -> (TcpListener, Vec<TcpStream>) {
        use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
        let fd = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        bind(&fd, &"127.0.0.1:0".parse::<SocketAddr>().unwrap()).unwrap();
        listen(&fd, 0).unwrap();
        let listener = TcpListener::from(fd);
        let address = listener.local_addr().unwrap();
        let brief = Duration::from_millis(200);
        let fillers = (0..8).map_while(|_| TcpStream::connect_timeout(&address, brief).ok()).collect();
        assert!(TcpStream::connect_timeout(&address, brief).is_err(), "the queue did not fill");
        (listener, fillers)
    }

    #[test]
    fn a_refused_connection_may_be_tried_later() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let error = dial("127.0.0.1", free, None, &waits(Duration::from_secs(5))).unwrap_err();
        assert_eq!(error.kind(), Kind::TryLater);
        assert!(error.to_string().contains("cannot connect to 127.0.0.1 port"), "{error}");
    }

    #[test]
    fn the_source_is_what_the_server_sees() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let waits = waits(Duration::from_secs(5));
        let source: IpAddr = "127.0.0.7".parse().unwrap();
        let _tcp = dial("127.0.0.1", port, Some(source), &waits).unwrap();
        assert_eq!(listener.accept().unwrap().1.ip(), source);
        // Several addresses, of which one is of the other family.
        let mixed = vec![listener.local_addr().unwrap(), listener.local_addr().unwrap()];
        let _tcp = race(mixed, Some(source), Instant::now() + waits.timeout, &waits).unwrap();
        assert_eq!(listener.accept().unwrap().1.ip(), source);
    }

    #[test]
    fn a_source_that_cannot_be_used_is_named() {
        let waits = waits(Duration::from_secs(5));
        let error = dial("127.0.0.1", 9, Some("::1".parse().unwrap()), &waits).unwrap_err();
        assert!(error.kind() == Kind::Config && error.to_string().contains("no IPv6 address"), "{error}");
        // An address of the documentation (RFC 5737) is nobody's.
        let error = dial("127.0.0.1", 9, Some("192.0.2.1".parse().unwrap()), &waits).unwrap_err();
        assert!(error.kind() == Kind::TryLater && error.to_string().contains("from 192.0.2.1: "), "{error}");
    }
}
