//! Questions to the name servers of the system that getaddrinfo(3) does not ask: which servers a domain names for a
//! service (SRV), which take its mail (MX), and texts (TXT).
//!
//! An answer proves nothing: whoever uses a name from here checks the certificate, or asks a person.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE};

use super::connect::dial;
use super::line::Line;
use super::{Phase, Socket, Waits};
use crate::error::{Error, Kind, Result};
use crate::private::random;

/// The name servers of this machine.
pub struct NameServers {
    servers: Vec<SocketAddr>,
    waits: Waits,
}

/// A server that a domain names for a service (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedServer {
    /// Its host, in lower case, without a dot at the end.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl NameServers {
    /// Those of /etc/resolv.conf; without it, that of this machine.
    pub fn of_system(waits: &Waits) -> Self {
        let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
        Self { servers: servers(&text), waits: waits.clone() }
    }

    /// The servers of a service such as `_pop3s._tcp.example.org`, the best first; none, if the domain has no such service.
    pub fn services(&self, name: &str) -> Result<Vec<NamedServer>> {
        let mut found = Vec::new();
        for data in self.ask(name, TYPE::SRV)? {
            if let RData::SRV(srv) = data {
                let host = host(&srv.target);
                // A root as the target: there is decidedly none.
                found.extend((!host.is_empty()).then_some((srv.priority, u16::MAX - srv.weight, host, srv.port)));
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(.., host, port)| NamedServer { host, port }).collect())
    }

    /// The hosts that take the mail of a domain, the best first.
    pub fn mail_exchangers(&self, domain: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for data in self.ask(domain, TYPE::MX)? {
            if let RData::MX(mx) = data {
                let host = host(&mx.exchange);
                found.extend((!host.is_empty()).then_some((mx.preference, host)));
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(_, host)| host).collect())
    }

    /// The texts of a name, each with its pieces joined.
    pub fn texts(&self, name: &str) -> Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        for data in self.ask(name, TYPE::TXT)? {
            if let RData::TXT(txt) = data {
                found.extend(String::try_from(txt).ok().map(String::into_bytes));
            }
        }
        Ok(found)
    }

    fn ask(&self, name: &str, kind: TYPE) -> Result<Vec<RData<'static>>> {
        let query = Query::new(name, kind)?;
        let mut last = Error::new(Kind::TryLater, "no name server is known");
        for server in self.servers.iter().chain(&self.servers) {
            match self.ask_one(*server, &query) {
                Ok(answers) => return Ok(answers),
                Err(error) if self.waits.until.over().is_some() => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn ask_one(&self, server: SocketAddr, query: &Query) -> Result<Vec<RData<'static>>> {
        let failed = |error: io::Error| {
            Error::new(Kind::TryLater, format!("the name server {} gives no answer", server.ip())).caused_by(error)
        };
        let octets = self.by_udp(server, query).map_err(failed)?;
        match query.answer(&octets)? {
            Some(answers) => Ok(answers),
            None => query.answer(&self.by_tcp(server, query)?)?.ok_or_else(unusable), // cut: TCP has room
        }
    }

    /// Datagrams that are no answer to the question are passed over: anybody can send one.
    fn by_udp(&self, server: SocketAddr, query: &Query) -> io::Result<Vec<u8>> {
        let any: IpAddr = if server.is_ipv4() { [0, 0, 0, 0].into() } else { [0_u16; 8].into() };
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect(server)?;
        socket.set_nonblocking(true)?;
        socket.send(&query.octets)?;
        let until = self.waits.until.within(self.waits.timeout.min(PATIENCE));
        let mut buffer = vec![0; DATAGRAM];
        loop {
            if until.ready(vec![PollFd::new(&socket, PollFlags::IN)])?.is_err() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match socket.recv(&mut buffer) {
                Ok(count) if query.is_answered_by(&buffer[..count]) => {
                    buffer.truncate(count);
                    return Ok(buffer);
                }
                Ok(_) => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn by_tcp(&self, server: SocketAddr, query: &Query) -> Result<Vec<u8>> {
        let failed = |error: io::Error| Error::new(Kind::TryLater, "the name server gives no answer").caused_by(error);
        let tcp = dial(&server.ip().to_string(), server.port(), None, &self.waits)?;
        let mut socket = Socket::new(Line::Tcp(tcp), Some(server.ip()), self.waits.clone()).map_err(failed)?;
        socket.begin(Phase::HttpReply);
        let length = u16::try_from(query.octets.len()).map_err(|_| unusable())?;
        socket.write_all(&length.to_be_bytes()).and_then(|()| socket.write_all(&query.octets)).map_err(failed)?;
        let mut length = [0; 2];
        socket.read_exact(&mut length).map_err(failed)?;
        let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
        socket.read_exact(&mut octets).map_err(failed)?;
        if query.is_answered_by(&octets) { Ok(octets) } else { Err(unusable()) }
    }
}

/// A question, ready to be sent.
struct Query {
    id: u16,
    name: String,
    kind: TYPE,
    octets: Vec<u8>,
}

impl Query {
    fn new(name: &str, kind: TYPE) -> Result<Self> {
        let bad = |_| Error::new(Kind::Usage, "the name of the domain cannot be asked for");
        let mut id = [0; 2];
        random(&mut id)?;
        let id = u16::from_be_bytes(id);
        let mut packet = Packet::new_query(id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        let question = Name::new(name).map_err(bad)?;
        packet.questions.push(Question::new(question, QTYPE::TYPE(kind), CLASS::IN.into(), false));
        let octets = packet.build_bytes_vec().map_err(bad)?;
        Ok(Self { id, name: name.to_ascii_lowercase(), kind, octets })
    }

    /// The number and the question must be ours.
    fn is_answered_by(&self, octets: &[u8]) -> bool {
        let Ok(packet) = Packet::parse(octets) else { return false };
        let is_question =
            |question: &Question<'_>| host(&question.qname) == self.name && question.qtype == QTYPE::TYPE(self.kind);
        packet.id() == self.id
            && packet.has_flags(PacketFlag::RESPONSE)
            && packet.questions.len() == 1
            && packet.questions.iter().all(is_question)
    }

    /// None, if it was cut. No such name is an answer, too: there are none.
    fn answer(&self, octets: &[u8]) -> Result<Option<Vec<RData<'static>>>> {
        let packet = Packet::parse(octets).map_err(|_| unusable())?;
        if packet.has_flags(PacketFlag::TRUNCATION) {
            return Ok(None);
        }
        match packet.rcode() {
            RCODE::NoError => {}
            RCODE::NameError => return Ok(Some(Vec::new())),
            other => {
                return Err(Error::new(Kind::TryLater, format!("the name server answers with an error ({other:?})")));
            }
        }
        let is_kind = |data: &RData<'_>| data.type_code() == self.kind;
        let found = packet.answers.into_iter().map(|answer| answer.rdata).filter(is_kind).take(MOST);
        Ok(Some(found.map(RData::into_owned).collect()))
    }
}

fn unusable() -> Error {
    Error::new(Kind::TryLater, "the name server's answer cannot be used")
}

fn host(name: &Name<'_>) -> String {
    name.to_string().trim_end_matches('.').to_ascii_lowercase()
}

fn servers(resolv_conf: &str) -> Vec<SocketAddr> {
    let lines = resolv_conf.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let addresses = lines.filter_map(|rest| rest.split_whitespace().next()?.split('%').next()?.parse::<IpAddr>().ok());
    let mut servers: Vec<SocketAddr> = addresses.take(MOST_SERVERS).map(|address| (address, PORT).into()).collect();
    if servers.is_empty() {
        servers.push(([127, 0, 0, 1], PORT).into());
    }
    servers
}

const RESOLV_CONF: &str = "/etc/resolv.conf";

const PORT: u16 = 53;

/// As resolv.conf(5) has it.
const MOST_SERVERS: usize = 3;

/// For one datagram. Each server is asked twice.
const PATIENCE: Duration = Duration::from_secs(3);

/// Octets of the largest datagram that is taken.
const DATAGRAM: usize = 4096;

/// Records of an answer that are looked at.
const MOST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_those_of_the_file() {
        let text = "# x\nsearch a\nnameserver 192.0.2.1\n nameserver\tfe80::1%eth0 \nnameserver x\n";
        let found: Vec<String> = servers(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[fe80::1]:53"]);
        assert_eq!(servers("").len(), 1);
    }

    #[test]
    fn only_an_answer_to_the_question_counts() {
        let query = Query::new("_pop3s._tcp.Example.org", TYPE::SRV).unwrap();
        assert!(!query.is_answered_by(&query.octets), "it is a question itself");
        let mut answer = query.octets.clone();
        answer[2] |= 0x80;
        assert!(query.is_answered_by(&answer));
        assert_eq!(query.answer(&answer).unwrap().unwrap().len(), 0);
        let mut other = answer.clone();
        other[0] ^= 1;
        assert!(!query.is_answered_by(&other));
        let mut cut = answer.clone();
        cut[2] |= 2;
        assert!(query.answer(&cut).unwrap().is_none());
        answer[3] = 2; // SERVFAIL
        assert!(query.answer(&answer).is_err());
        assert!(!query.is_answered_by(b"x") && query.answer(b"x").is_err());
    }
}
