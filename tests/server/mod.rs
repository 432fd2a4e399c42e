//! A scripted POP3 server on the loopback, shared by the integration tests, the demonstration and the benchmarks.
//!
//! By default it is a good server (RFC 1939, 2449, 2595, 5034) for one maildrop:
//!
//! ```ignore
//! let maildrop = Maildrop::new([("uid-1", "Subject: one\r\n\r\n.dot\r\n")]);
//! let server = Server::start(Config::new(&maildrop).tls(TlsMode::Implicit));
//! fetch(&server.url("ann"), server.ca_file());
//! assert_eq!(maildrop.bodies_sent("uid-1"), 1);
//! assert_eq!(server.log()[0].ending, Ending::Quit);
//! ```
//!
//! A [`Fault`] makes it a bad one, on all connections or on some; a [`Script`] does what even a bad server does not:
//!
//! ```ignore
//! Config::new(&maildrop).fault_on(0..1, Fault::CutAfter(1000));
//! let script = vec![send("+OK hello"), expect("CAPA"), Step::Send(b"+OK\r\nUIDL\r\n".to_vec()), Step::Stall];
//! let server = Server::start(Config::scripted([script], AfterScripts::Refuse));
//! server.finish().unwrap(); // prints the whole dialogue if the client did not follow it
//! ```
//!
//! One thread serves one connection with blocking writes, so the server stops reading commands while its output is
//! blocked. Dropping the server closes every connection and ends every thread.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub, unused_imports)]

mod certs;
mod config;
mod delay;
mod end;
mod fault;
mod log;
mod maildrop;
mod sasl;
mod scram;
mod script;
mod session;
mod sink;
mod stop;
mod text;
mod transaction;
mod wire;

use std::collections::HashMap;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::ServerConfig;

pub use certs::{Certificates, Identity};
pub use config::{AfterScripts, Config, TlsMode};
pub use fault::{Fault, Phase};
pub use log::{Command, ConnectionLog, Dialogue, Ending};
pub use maildrop::{Maildrop, Message, Sizes};
pub use script::{Script, Step, expect, send};
pub use stop::{Stop, Woken};
pub use text::{Form, Random, stuff, to_lf};

use end::End;
use fault::Faults;
use log::SharedLog;
use session::{Session, TlsSource};
use wire::Wire;

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    port: u16,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    config: Config,
    /// Made when it is first asked for.
    identity: Mutex<Option<Arc<Identity>>>,
    stop: Arc<Stop>,
    door: Mutex<Door>,
    logs: Mutex<Vec<SharedLog>>,
    /// The sockets of the connections by their number.
    sockets: Mutex<HashMap<usize, Arc<TcpStream>>>,
    /// How many connections have not come to their end.
    open: Mutex<usize>,
    ended: Condvar,
}

/// Where connections come in.
#[derive(Debug)]
struct Door {
    listeners: Vec<Arc<TcpListener>>,
    /// One thread for each connection.
    workers: Vec<JoinHandle<()>>,
}

impl Door {
    /// Nobody can connect any more. Closing alone does not do it: a program that another test is just starting holds a
    /// copy of the descriptor until its exec.
    fn close(&mut self) {
        for listener in self.listeners.drain(..) {
            rustix::net::shutdown(&listener, rustix::net::Shutdown::Both).expect("a socket that listens can stop it");
        }
    }
}

impl Server {
    /// Starts to listen; clients may connect when this returns.
    pub fn start(config: Config) -> Self {
        let listeners = config.listen();
        let port = listeners[0].local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared::new(config, listeners));
        if shared.config.tls != TlsMode::None {
            shared.identity(); // not at the expense of the first client
        }
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&shared)
        });
        Self { shared, port, acceptor: Some(acceptor) }
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address of the maildrop for this user.
    pub fn url(&self, user: &str) -> String {
        let scheme = if self.shared.config.tls == TlsMode::Implicit { "pop3s" } else { "pop3" };
        format!("{scheme}://{user}@localhost:{}", self.port)
    }

    /// The trust anchor as a PEM file, which lives as long as the server.
    pub fn ca_file(&self) -> PathBuf {
        self.shared.identity().ca_file()
    }

    /// Its certificate, in DER.
    pub fn certificate(&self) -> Vec<u8> {
        self.shared.identity().certificate().to_vec()
    }

    /// Its public key, as SubjectPublicKeyInfo in DER.
    pub fn public_key(&self) -> Vec<u8> {
        self.shared.identity().public_key().to_vec()
    }

    /// Certificate and key of the client that is welcome, in one private PEM file, if the server demands one.
    pub fn client_file(&self) -> PathBuf {
        self.shared.identity().client_file()
    }

    /// From here on it is another server at the same place: with a key, a certificate and a trust anchor of its own.
    pub fn change_identity(&self) {
        *self.shared.identity.lock().expect("no thread panics with the identity locked") = None;
        self.shared.identity();
    }

    /// Whether a command with this verb has come; does not wait for anything.
    pub fn has_heard(&self, verb: &str) -> bool {
        self.shared.logs().iter().any(|log| log.lock().count(verb) > 0)
    }

    /// Whether a fault or a script has made it fall silent on some connection.
    pub fn is_silent(&self) -> bool {
        self.shared.logs().iter().any(|log| log.lock().is_silent)
    }

    /// The maildrop it serves.
    pub fn maildrop(&self) -> &Maildrop {
        &self.shared.config.maildrop
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        admit(&self.shared); // a client may have come and gone already
        self.shared.logs().len()
    }

    /// What it saw, a log for each connection; gives connections that are about to end a second to do so.
    pub fn log(&self) -> Vec<ConnectionLog> {
        admit(&self.shared); // a client may have come and gone already
        self.shared.wait_ended(Duration::from_secs(1));
        self.shared.logs().iter().map(|log| log.lock().clone()).collect()
    }

    /// Ends the server; the whole dialogue is the error if a client did not follow its script.
    pub fn finish(mut self) -> Result<Vec<ConnectionLog>, Dialogue> {
        self.log(); // waits for clients that are about to end
        self.end();
        let logs = self.log();
        match logs.iter().any(|log| log.mismatch.is_some()) {
            true => Err(Dialogue(logs)),
            false => Ok(logs),
        }
    }

    fn end(&mut self) {
        self.shared.stop.stop();
        let Some(acceptor) = self.acceptor.take() else {
            return;
        };
        acceptor.join().expect("the acceptor does not panic");
        let workers = {
            let mut door = self.shared.door();
            door.close();
            std::mem::take(&mut door.workers)
        };
        for socket in self.shared.sockets().values() {
            socket.shutdown(Shutdown::Both).ok(); // the client may have gone already
        }
        let panicked = workers.into_iter().filter_map(|worker| worker.join().err()).count();
        assert!(panicked == 0 || std::thread::panicking(), "the test server panicked");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Shared {
    fn new(config: Config, listeners: Vec<TcpListener>) -> Self {
        let listeners = listeners.into_iter().map(Arc::new).collect();
        Self {
            config,
            door: Mutex::new(Door { listeners, workers: Vec::new() }),
            identity: Mutex::default(),
            stop: Arc::new(Stop::new()),
            logs: Mutex::default(),
            sockets: Mutex::default(),
            open: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    fn identity(&self) -> Arc<Identity> {
        let mut identity = self.identity.lock().expect("no thread panics with the identity locked");
        Arc::clone(identity.get_or_insert_with(|| Arc::new(Identity::new(&self.config))))
    }

    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().expect("no thread panics at the door")
    }

    fn logs(&self) -> MutexGuard<'_, Vec<SharedLog>> {
        self.logs.lock().expect("no thread panics with the logs locked")
    }

    fn sockets(&self) -> MutexGuard<'_, HashMap<usize, Arc<TcpStream>>> {
        self.sockets.lock().expect("no thread panics with the sockets locked")
    }

    fn open(&self) -> MutexGuard<'_, usize> {
        self.open.lock().expect("no thread panics with the count locked")
    }

    /// Waits until every connection has come to its end, but not for ever.
    fn wait_ended(&self, limit: Duration) {
        let waited = self.ended.wait_timeout_while(self.open(), limit, |open| *open > 0);
        drop(waited.expect("no thread panics with the count locked"));
    }

    /// Serves one connection to its end.
    fn serve(&self, number: usize, socket: Arc<TcpStream>, log: &SharedLog) {
        let faults = self.config.faults_of(number);
        let mut wire = Wire::new(socket, self.config.rtt, &faults, Arc::clone(&self.stop), log.clone());
        let end = self.converse(number, &mut wire, &faults, log);
        log.lock().ending = wire.ending(&end);
        *self.open() -= 1;
        self.ended.notify_all();
        wire.close(end, !faults.any(|fault| matches!(fault, Fault::NoCloseNotify)));
        self.sockets().remove(&number);
    }

    fn converse(&self, number: usize, wire: &mut Wire, faults: &Faults, log: &SharedLog) -> End {
        if faults.any(|fault| matches!(fault, Fault::DropOnAccept)) {
            return End::Because(Ending::Closed);
        }
        let implicit = self.config.tls == TlsMode::Implicit;
        if faults.stalls_at(Phase::Connect) || (implicit && faults.stalls_at(Phase::Handshake)) {
            return wire.stall();
        }
        if implicit && let Err(end) = wire.start_tls(self.server_config()) {
            return end;
        }
        match self.config.script_of(number) {
            Some(script) => script::play(script, wire, self, log),
            None => Session::new(wire, &self.config, faults, log, self).run(),
        }
    }
}

impl TlsSource for Shared {
    fn server_config(&self) -> Arc<ServerConfig> {
        self.identity().config()
    }
}

/// Accepts until the server stops or its last script is taken.
fn accept(shared: &Arc<Shared>) {
    loop {
        let listeners = shared.door().listeners.clone();
        if listeners.is_empty() || !shared.stop.wait_readable(&listeners) {
            return;
        }
        drop(listeners);
        admit(shared);
    }
}

/// Takes in who waits at the door; when the last script is taken, the port is closed before that script begins.
fn admit(shared: &Arc<Shared>) {
    let mut door = shared.door();
    while let Some((socket, _)) = door.listeners.iter().find_map(|listener| listener.accept().ok()) {
        if shared.config.is_last(shared.logs().len()) {
            door.close();
        }
        door.workers.retain(|worker| !worker.is_finished());
        door.workers.push(spawn(shared, socket));
    }
}

fn spawn(shared: &Arc<Shared>, socket: TcpStream) -> JoinHandle<()> {
    socket.set_nonblocking(false).expect("a socket can be blocking");
    let (shared, socket, log) = (Arc::clone(shared), Arc::new(socket), SharedLog::new(shared.config.log_commands));
    let number = {
        let mut logs = shared.logs();
        logs.push(log.clone());
        logs.len() - 1
    };
    shared.sockets().insert(number, Arc::clone(&socket));
    *shared.open() += 1;
    std::thread::spawn(move || shared.serve(number, socket, &log))
}
