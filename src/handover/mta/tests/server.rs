//! A server in memory, in this thread: it reads what is written to it at once, and says what it is told to say.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, Network, Phase, Route, Transport, Trust, Waits};

/// What a server does instead of what is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Says this, with CRLF behind it.
    Say(String),
    /// Closes the connection.
    Hangup,
    /// Says this, and closes the connection.
    SayAndHangup(String),
    /// Says this again and again.
    Endless(&'static str),
    /// Says nothing any more.
    Silence,
}

/// What is being answered.
pub(super) struct Asked<'a> {
    /// `GREETING`, `LHLO`, `MAIL`, .., `TEXT` for what came behind DATA.
    pub(super) verb: &'a str,
    /// The whole line.
    pub(super) line: &'a str,
    /// The message in work, from 0, as MAIL counts over all connections.
    pub(super) message: usize,
    /// From 0.
    pub(super) connection: usize,
    /// What came behind DATA, unstuffed.
    pub(super) text: &'a [u8],
}

type Rule = Box<dyn FnMut(&Asked<'_>) -> Option<Act> + Send>;

/// A message that the server has taken, for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) to: String,
    pub(super) text: Vec<u8>,
}

/// What servers of one network share.
pub(super) struct World {
    pub(super) lmtp: bool,
    pub(super) offers: Vec<&'static str>,
    pub(super) rule: Rule,
    pub(super) taken: Vec<Taken>,
    pub(super) lines: Vec<String>,
    pub(super) connections: usize,
    pub(super) refuse_connections_from: usize,
    /// How long each reply takes.
    pub(super) pause: Duration,
    mails: usize,
}

/// A network with one server in it.
#[derive(Clone)]
pub(super) struct MemoryNetwork(pub(super) Arc<Mutex<World>>);

impl MemoryNetwork {
    pub(super) fn new(lmtp: bool, offers: &[&'static str]) -> Self {
        Self(Arc::new(Mutex::new(World {
            lmtp,
            offers: offers.to_vec(),
            rule: Box::new(|_| None),
            taken: Vec::new(),
            lines: Vec::new(),
            connections: 0,
            refuse_connections_from: usize::MAX,
            pause: Duration::ZERO,
            mails: 0,
        })))
    }

    /// From now on the server asks this first.
    pub(super) fn with(self, rule: impl FnMut(&Asked<'_>) -> Option<Act> + Send + 'static) -> Self {
        self.0.lock().unwrap().rule = Box::new(rule);
        self
    }

    pub(super) fn world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }
}

impl Network for MemoryNetwork {
    fn connect(&self, _: &Route, _: &Waits) -> Result<Connection> {
        let mut world = self.0.lock().unwrap();
        let connection = world.connections;
        if connection >= world.refuse_connections_from {
            return Err(Error::new(Kind::TryLater, "cannot connect").because(Cause::ConnectionLost));
        }
        world.connections += 1;
        drop(world);
        let mut server = Memory {
            world: Arc::clone(&self.0),
            connection,
            heard: Vec::new(),
            in_text: false,
            transaction: None,
            says: VecDeque::new(),
            endless: None,
            end: None,
        };
        server.answer("GREETING", "", b"");
        Ok(Box::new(server))
    }

    fn connect_to_socket(&self, _: &Path, waits: &Waits) -> Result<Connection> {
        let route = Route { host: String::new(), port: 1, proxy: None, source_address: None, tunnel: None };
        self.connect(&route, waits)
    }
}

/// One connection, with the server at its other end.
struct Memory {
    world: Arc<Mutex<World>>,
    connection: usize,
    heard: Vec<u8>,
    in_text: bool,
    /// Number of the message, and who is to get it.
    transaction: Option<(usize, Vec<String>)>,
    says: VecDeque<u8>,
    endless: Option<&'static str>,
    end: Option<ErrorKind>,
}

impl Memory {
    fn say(&mut self, text: &str) {
        self.says.extend(text.bytes().chain(*b"\r\n"));
    }

    /// Does what the rule says, or what is right.
    fn answer(&mut self, verb: &str, line: &str, text: &[u8]) {
        if self.end.is_some() {
            return;
        }
        let mut world = self.world.lock().unwrap();
        world.lines.extend((!line.is_empty()).then(|| line.to_owned()));
        if verb == "MAIL" {
            world.mails += 1;
        }
        let message = world.mails.saturating_sub(1);
        let asked = Asked { verb, line, message, connection: self.connection, text };
        let act = (world.rule)(&asked);
        let (lmtp, offers) = (world.lmtp, world.offers.clone());
        drop(world);
        match act {
            None => self.do_right(verb, line, text, message, lmtp, &offers),
            Some(Act::Say(words)) => {
                if verb == "TEXT" && words.starts_with("250 ") {
                    self.take(text);
                }
                self.in_text = verb == "DATA" && words.starts_with("354");
                self.say(&words);
                if verb == "TEXT" {
                    self.transaction = None;
                }
            }
            Some(Act::Hangup) => self.end = Some(ErrorKind::UnexpectedEof),
            Some(Act::SayAndHangup(words)) => {
                self.say(&words);
                self.end = Some(ErrorKind::UnexpectedEof);
            }
            Some(Act::Endless(words)) => self.endless = Some(words),
            Some(Act::Silence) => self.end = Some(ErrorKind::TimedOut),
        }
    }

    fn do_right(&mut self, verb: &str, line: &str, text: &[u8], message: usize, lmtp: bool, offers: &[&str]) {
        match (verb, &mut self.transaction) {
            ("GREETING", _) => self.say("220 memory"),
            ("LHLO", _) if !lmtp => self.say("500 5.5.1 unknown"),
            ("EHLO" | "HELO", _) if lmtp => self.say("500 5.5.1 unknown"),
            ("LHLO" | "EHLO", _) => {
                self.say(if offers.is_empty() { "250 memory" } else { "250-memory" });
                for (at, offer) in offers.iter().enumerate() {
                    let mark = if at + 1 == offers.len() { ' ' } else { '-' };
                    self.say(&format!("250{mark}{offer}"));
                }
            }
            ("STARTTLS", _) => self.say("220 go on"),
            ("HELO" | "NOOP", _) => self.say("250 ok"),
            ("RSET", _) => {
                self.transaction = None;
                self.say("250 2.0.0 ok");
            }
            ("MAIL", None) => {
                self.transaction = Some((message, Vec::new()));
                self.say("250 2.1.0 ok");
            }
            ("RCPT", Some((_, to))) => {
                to.push(line["RCPT TO:<".len()..line.len() - 1].to_owned());
                self.say("250 2.1.5 ok");
            }
            ("DATA", Some((_, to))) if !to.is_empty() => {
                self.in_text = true;
                self.say("354 go on");
            }
            ("TEXT", Some((_, to))) => {
                let answers = if lmtp { to.len() } else { 1 };
                (0..answers).for_each(|_| self.say("250 2.0.0 taken"));
                self.take(text);
                self.transaction = None;
            }
            ("QUIT", _) => {
                self.say("221 2.0.0 bye");
                self.end = Some(ErrorKind::UnexpectedEof);
            }
            _ => self.say("503 5.5.1 out of order"),
        }
    }

    fn take(&mut self, text: &[u8]) {
        let to = self.transaction.iter().flat_map(|(_, to)| to.clone());
        self.world.lock().unwrap().taken.extend(to.map(|to| Taken { to, text: text.to_vec() }));
    }

    fn listen(&mut self) {
        loop {
            if self.in_text {
                let end = if self.heard.starts_with(b".\r\n") {
                    Some(0)
                } else {
                    memchr::memmem::find(&self.heard, b"\r\n.\r\n").map(|at| at + 2)
                };
                let Some(end) = end else { return };
                let text: Vec<u8> = self.heard.drain(..end + 3).collect();
                self.in_text = false;
                let text = unstuffed(&text[..end]);
                self.answer("TEXT", "", &text);
            } else {
                let Some(end) = memchr::memchr(b'\n', &self.heard) else { return };
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                let line = String::from_utf8(line).unwrap();
                let line = line.strip_suffix("\r\n").expect("commands end with CRLF").to_owned();
                let verb = line.split(' ').next().unwrap().to_owned();
                self.answer(&verb, &line, b"");
            }
        }
    }
}

fn unstuffed(text: &[u8]) -> Vec<u8> {
    let lines = text.split_inclusive(|&octet| octet == b'\n');
    lines.flat_map(|line| line.strip_prefix(b".").unwrap_or(line)).copied().collect()
}

impl Read for Memory {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let pause = self.world.lock().unwrap().pause;
        std::thread::sleep(pause);
        if self.says.is_empty()
            && let Some(words) = self.endless
        {
            self.say(words);
        }
        match (self.says.read(buf)?, self.end) {
            (0, Some(ErrorKind::UnexpectedEof)) => Ok(0),
            (0, Some(end)) => Err(end.into()),
            (0, None) => panic!("a reply is waited for that nobody will send"),
            (octets, _) => Ok(octets),
        }
    }
}

impl Write for Memory {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if self.end == Some(ErrorKind::UnexpectedEof) {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.heard.extend_from_slice(buf);
        self.listen();
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Transport for Memory {
    fn begin(&mut self, _: Phase) {}

    fn explain(&self, error: io::Error) -> Error {
        Error::new(Kind::TryLater, "lost").because(Cause::ConnectionLost).caused_by(error)
    }

    /// TLS that is none.
    fn into_tls(self: Box<Self>, _: &Trust, _: &str) -> Result<Connection> {
        Ok(self)
    }
}
