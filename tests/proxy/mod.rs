//! Small real proxies on the loopback: SOCKS 5, CONNECT of HTTP, and a mere relay. Whatever name they are asked for,
//! they connect to one server, so a name that nobody else knows works through them. Each connection has threads of
//! its own, which end with it.

#![allow(dead_code)] // not every helper is used by every test

mod http;
mod socks5;

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    Socks5,
    Http,
    /// Nothing: it connects at once.
    Nothing,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Hangs up instead of answering.
    Closes,
    /// Never answers.
    Stalls,
    /// Answers with something else.
    Garbage,
    /// Refuses with this reply of SOCKS.
    Reply(u8),
    /// Refuses with this status line of HTTP.
    Status(&'static str),
    /// Its header has no end.
    EndlessHeader,
    /// Its header comes slowly and has no end.
    SlowHeader,
    /// Its good answer comes octet by octet.
    Trickles,
    /// Its good answer comes in one piece with the server's greeting.
    Glues,
}

/// How a proxy is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub speaks: Speaks,
    /// Where it connects to on the loopback.
    pub server: u16,
    /// Who may use it.
    pub login: Option<(&'static str, &'static str)>,
    pub fault: Option<Fault>,
}

/// What it was asked.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// As `name HOST:PORT` or `address HOST:PORT`.
    pub asked: Vec<String>,
    /// Where the clients came from.
    pub clients: Vec<IpAddr>,
}

/// A proxy that runs as long as the tests do.
pub struct Proxy {
    setting: Setting,
    port: u16,
    heard: Arc<Mutex<Heard>>,
}

/// One client of a proxy.
struct Visit {
    client: TcpStream,
    setting: Setting,
    heard: Arc<Mutex<Heard>>,
}

impl Proxy {
    /// A good one for everybody.
    pub fn start(speaks: Speaks, server: u16) -> Self {
        Self::with(Setting { speaks, server, login: None, fault: None })
    }

    /// A bad one.
    pub fn bad(speaks: Speaks, server: u16, fault: Fault) -> Self {
        Self::with(Setting { speaks, server, login: None, fault: Some(fault) })
    }

    pub fn with(setting: Setting) -> Self {
        Self::listen(setting, Ipv4Addr::LOCALHOST.into()).unwrap()
    }

    /// Listens on this address of the machine.
    pub fn listen(setting: Setting, address: IpAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0))?;
        let port = listener.local_addr()?.port();
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let proxy = Self { setting, port, heard: Arc::clone(&heard) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                heard.lock().unwrap().clients.push(client.peer_addr().unwrap().ip());
                let visit = Visit { client, setting, heard: Arc::clone(&heard) };
                // A client that goes away is no concern of the proxy.
                thread::spawn(move || visit.serve().ok());
            }
        });
        Ok(proxy)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL, with the login given in `login` (as `user:password@`).
    pub fn url(&self, login: &str) -> String {
        let scheme = if self.setting.speaks == Speaks::Http { "http" } else { "socks5" };
        format!("{scheme}://{login}127.0.0.1:{}", self.port)
    }

    pub fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }
}

impl Visit {
    fn serve(mut self) -> io::Result<()> {
        self.client.set_nodelay(true)?;
        if self.setting.fault == Some(Fault::Garbage) {
            self.client.write_all(b"+OK this is no proxy\r\n\r\n")?;
            return self.drain();
        }
        let answer = match self.setting.speaks {
            Speaks::Socks5 => self.socks5()?,
            Speaks::Http => self.http()?,
            Speaks::Nothing => Some(Vec::new()),
        };
        let Some(answer) = answer else {
            return self.drain();
        };
        match self.setting.fault {
            Some(Fault::Closes) => return Ok(()),
            Some(Fault::Stalls) => return self.drain(),
            _ => {}
        }
        let mut server = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, self.setting.server)))?;
        match self.setting.fault {
            Some(Fault::Trickles) => self.trickle(&answer)?,
            Some(Fault::Glues) => {
                let mut greeting = [0; 4096];
                let octets = server.read(&mut greeting)?;
                self.client.write_all(&[&answer, &greeting[..octets]].concat())?;
            }
            _ => self.client.write_all(&answer)?,
        }
        splice(self.client, server);
        Ok(())
    }

    fn note(&self, kind: &str, place: &str) {
        self.heard.lock().unwrap().asked.push(format!("{kind} {place}"));
    }

    /// Each octet in a segment of its own.
    fn trickle(&mut self, octets: &[u8]) -> io::Result<()> {
        for octet in octets {
            self.client.write_all(&[*octet])?;
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Reads until the client goes, so that it gets what was written.
    fn drain(mut self) -> io::Result<()> {
        io::copy(&mut self.client, &mut io::sink()).map(drop)
    }
}

/// Hands octets on, both ways, until both sides have ended.
pub fn splice(one: TcpStream, other: TcpStream) {
    let (from, to) = (one.try_clone().unwrap(), other.try_clone().unwrap());
    thread::spawn(move || pass_on(from, to));
    pass_on(other, one);
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    io::copy(&mut from, &mut to).ok(); // any end will do
    to.shutdown(Shutdown::Write).ok(); // it may have gone first
}
