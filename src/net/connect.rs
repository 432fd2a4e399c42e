use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use super::bound::connect_from;
use super::socket::WaitEnd;
use super::{Phase, Waits};
use crate::error::{Cause, Error, Kind, Result};
use crate::until::{Over, Until};

/// Connects to the first address of `host` that answers, from `source` if one is named. All are tried, IPv6 and IPv4
/// in turn, a quarter of a second apart, so that one that swallows packets does not stop the others (RFC 8305, C-253).
pub(super) fn dial(host: &str, port: u16, source: Option<IpAddr>, waits: &Waits) -> Result<TcpStream> {
    let until = waits.until.within(waits.timeout);
    let mut addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => resolve(host, port, &until, waits)?,
    };
    if let Some(source) = source {
        addresses.retain(|address| address.is_ipv4() == source.is_ipv4());
        if addresses.is_empty() {
            return Err(other_family(host, source));
        }
    }
    let from = source.map(|source| format!(" from {source}")).unwrap_or_default();
    let failed = |error: io::Error| {
        let cause = WaitEnd::of(&error).map_or(Cause::ConnectionLost, WaitEnd::cause);
        let text = format!("cannot connect to {host} port {port}{from}");
        let hint = hint_for(&error, port).filter(|_| cause == Cause::ConnectionLost);
        let error = Error::new(Kind::TryLater, text).because(cause).caused_by(error);
        hint.into_iter().fold(error, Error::hint)
    };
    match addresses[..] {
        [only] if only.ip().is_loopback() => open(only, source, &until, waits).map_err(failed),
        _ => race(addresses, source, &until, waits).map_err(failed),
    }
}

/// One thing to try, where the server of a mailbox cannot be reached.
fn hint_for(error: &io::Error, port: u16) -> Option<String> {
    use io::ErrorKind as Io;
    Some(match error.kind() {
        Io::ConnectionRefused => match port {
            995 => "nothing listens there: is it the POP3 server? With STLS it is port 110: pop3://USER@HOST".into(),
            110 => "nothing listens there: is it the POP3 server? With TLS it is port 995: pop3s://USER@HOST".into(),
            _ => {
                "nothing listens there: is it the port of POP3? That is usually 995 (pop3s://) or 110 (pop3://)".into()
            }
        },
        Io::TimedOut => format!("check the name of the server, and that no firewall keeps you from port {port}"),
        Io::HostUnreachable | Io::NetworkUnreachable | Io::NetworkDown => {
            "check that this machine is connected to the network".into()
        }
        _ => return None,
    })
}

fn other_family(host: &str, source: IpAddr) -> Error {
    let family = if source.is_ipv4() { "IPv4" } else { "IPv6" };
    Error::new(Kind::Config, format!("{host} has no {family} address, but {source}, to connect from, is one"))
        .hint("name a source address of the other family, or none")
}

/// The addresses of a host, in the order in which they are to be tried. On a thread, as getaddrinfo has no time
/// limit of its own; one that hangs is left behind.
fn resolve(host: &str, port: u16, until: &Until, waits: &Waits) -> Result<Vec<SocketAddr>> {
    let (sender, receiver) = mpsc::channel();
    let name = host.to_owned();
    let thread = thread::Builder::new().spawn(move || {
        let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        sender.send(found).ok(); // nobody listens after a time-out
    });
    thread.map_err(|error| Error::new(Kind::TryLater, "cannot start a thread").caused_by(error))?;
    let found = receive(&receiver, until, waits).map_err(|end| {
        let error = Error::new(Kind::TryLater, format!("cannot look up the address of {host}"));
        error.because(end.cause()).caused_by(end)
    })?;
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(alternate(addresses)),
        Err(error) if error.to_string().contains("emporary failure") => {
            let error =
                Error::new(Kind::TryLater, format!("cannot look up the address of {host} now")).caused_by(error);
            Err(error.hint("check that this machine is connected to the network"))
        }
        Err(error) => Err(no_host(host).caused_by(error)),
        Ok(_) => Err(no_host(host)),
    }
}

fn no_host(host: &str) -> Error {
    Error::new(Kind::NoHost, format!("no such host: {}", in_letters(host)))
        .because(Cause::NoHost)
        .hint("check the spelling of the server name; the provider's help pages have it")
}

/// A name with letters outside ASCII as it was typed, and as DNS has it.
fn in_letters(host: &str) -> String {
    match idna::domain_to_unicode(host) {
        (typed, Ok(())) if typed != host => format!("{} ({host})", crate::escape::text(typed.as_bytes())),
        _ => host.to_owned(),
    }
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
fn race(addresses: Vec<SocketAddr>, source: Option<IpAddr>, until: &Until, waits: &Waits) -> io::Result<TcpStream> {
    let (sender, receiver) = mpsc::channel();
    let mut waiting: VecDeque<SocketAddr> = addresses.into();
    let mut running = 0;
    let mut last_error = None;
    loop {
        if let Some(address) = waiting.pop_front() {
            attempt(address, source, until, waits, sender.clone());
            running += 1;
        }
        let step = if waiting.is_empty() { until.clone() } else { until.within(STAGGER) };
        match receive(&receiver, &step, waits) {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => {
                running -= 1;
                last_error = Some(error);
            }
            Err(WaitEnd::TimedOut(..)) if until.over().is_none() => {}
            Err(end) => return Err(end.into()),
        }
        if running == 0 && waiting.is_empty() {
            return Err(last_error.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()));
        }
    }
}

fn attempt(
    address: SocketAddr,
    source: Option<IpAddr>,
    until: &Until,
    waits: &Waits,
    sender: Sender<io::Result<TcpStream>>,
) {
    let (until, waits, failed) = (until.clone(), waits.clone(), sender.clone());
    let thread = thread::Builder::new().spawn(move || {
        sender.send(open(address, source, &until, &waits)).ok(); // another address was faster
    });
    if let Err(error) = thread {
        failed.send(Err(error)).ok();
    }
}

fn open(address: SocketAddr, source: Option<IpAddr>, until: &Until, waits: &Waits) -> io::Result<TcpStream> {
    match connect_from(source, address, until) {
        Ok(connected) => connected.map_err(|over| waits.end_of(Phase::Connect, over).into()),
        // The system's own time-out may be shorter.
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            Err(waits.end_of(Phase::Connect, Over::Deadline).into())
        }
        Err(error) => Err(error),
    }
}

/// What a thread sends, unless the time is over or a stop is asked for first.
fn receive<T>(receiver: &Receiver<T>, until: &Until, waits: &Waits) -> Result<T, WaitEnd> {
    match until.receive(receiver) {
        Ok(Some(value)) => Ok(value),
        // It ends without a word only by a panic.
        Ok(None) => Err(waits.end_of(Phase::Connect, Over::Deadline)),
        Err(over) => Err(waits.end_of(Phase::Connect, over)),
    }
}

/// The connection attempt delay of RFC 8305 section 5.
const STAGGER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn waits(timeout: Duration) -> Waits {
        Waits { timeout, until: Until::default(), min_rate: 0 }
    }

    #[test]
    fn a_name_is_shown_as_it_was_typed() {
        let says = |host| no_host(host).to_string();
        let typed = "no such host: \u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{43f}\u{440}\u{438}\u{43c}\u{435}\u{440} (xn--80a1acny.xn--e1afmkfd)";
        assert_eq!(says("xn--80a1acny.xn--e1afmkfd"), typed);
        assert_eq!(says("mail.example.org"), "no such host: mail.example.org");
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
        let tcp = race(addresses, None, &waits.until.within(waits.timeout), &waits).unwrap();
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
    fn a_stop_ends_an_attempt_that_hangs() {
        let (listener, _fillers) = black_hole();
        let port = listener.local_addr().unwrap().port();
        let (asker, stop) = crate::stop::Stop::pair().unwrap();
        let waits = Waits { until: Until { deadline: None, stop: Some(stop) }, ..waits(Duration::from_secs(600)) };
        thread::scope(|scope| {
            let dialling = scope.spawn(|| dial("127.0.0.1", port, None, &waits));
            thread::sleep(Duration::from_millis(50));
            asker.ask();
            let error = dialling.join().unwrap().unwrap_err();
            assert_eq!(error.cause(), Cause::Stopped, "{error}");
        });
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
        let _tcp = race(mixed, Some(source), &waits.until.within(waits.timeout), &waits).unwrap();
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
