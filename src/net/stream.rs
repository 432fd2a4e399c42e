use std::io::{self, BufReader, Read, Write};
use std::net::IpAddr;
use std::time::Duration;

use rustls::{ClientConnection, StreamOwned};

use super::socket::WaitEnd;
use super::tls::Offer;
use super::tunnel::TunnelEnd;
use super::{CertificateTerm, Connection, Phase, ShownIdentity, Socket, Transport, Trust, tls};
use crate::error::{Cause, Error, Kind, Result};

/// A connection to a server, in clear text or in TLS.
#[derive(Debug)]
pub struct Stream {
    layer: Layer,
}

#[derive(Debug)]
enum Layer {
    Plain(Box<Socket>),
    Tls(Box<StreamOwned<ClientConnection, Buffered>>),
}

/// The socket under TLS. rustls asks for 4 KiB at a time while its buffer is empty: the reader makes that one
/// system call for many records.
#[derive(Debug)]
struct Buffered {
    socket: BufReader<Socket>,
    /// The first octets that came, at most `ANSWER` of them.
    answer: Vec<u8>,
}

impl Stream {
    /// A connection in clear text.
    pub fn plain(socket: Socket) -> Self {
        Self { layer: Layer::Plain(Box::new(socket)) }
    }

    /// As [`Transport::into_tls`], for those who know that it is a stream.
    pub(super) fn secured(self, trust: &Trust, host: &str) -> Result<Self> {
        self.shake_hands(trust.session(host)?, trust.offer())
    }

    fn shake_hands(self, mut session: ClientConnection, offer: Offer) -> Result<Self> {
        let Layer::Plain(mut socket) = self.layer else {
            return Err(Error::new(Kind::Bug, "TLS was asked for inside TLS"));
        };
        socket.begin(Phase::Handshake);
        let mut buffered = Buffered { socket: BufReader::with_capacity(TLS_READ, *socket), answer: Vec::new() };
        while session.is_handshaking() {
            if let Err(error) = session.complete_io(&mut buffered) {
                return Err(explain_handshake(error, offer, &buffered.answer));
            }
        }
        Ok(Self { layer: Layer::Tls(Box::new(StreamOwned::new(session, buffered))) })
    }

    /// Does the TLS handshake with whoever is there, and tells what it showed: for a look, never for a login.
    pub fn look_into_tls(self, trust: &Trust, host: &str) -> Result<(Self, ShownIdentity)> {
        let (session, recorder) = trust.look(host)?;
        let stream = self.shake_hands(session, trust.offer())?;
        Ok((stream, recorder.shown()))
    }

    fn socket(&self) -> &Socket {
        match &self.layer {
            Layer::Plain(socket) => socket,
            Layer::Tls(tls) => tls.sock.socket.get_ref(),
        }
    }

    fn socket_mut(&mut self) -> &mut Socket {
        match &mut self.layer {
            Layer::Plain(socket) => socket,
            Layer::Tls(tls) => tls.sock.socket.get_mut(),
        }
    }
}

impl Transport for Stream {
    fn begin(&mut self, phase: Phase) {
        self.socket_mut().begin(phase);
    }

    fn explain(&self, error: io::Error) -> Error {
        explain(self.socket().phase(), error)
    }

    fn give_grace(&mut self, grace: Duration) {
        self.socket_mut().give_grace(grace);
    }

    fn give_time(&mut self, time: Duration) {
        self.socket_mut().give_time(time);
    }

    fn read_ready(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        self.socket_mut().never_wait(true);
        let read = self.read(buf);
        self.socket_mut().never_wait(false);
        match read {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            read => read.map(Some),
        }
    }

    /// close_notify in TLS, then the end of our side. The server's own close_notify is not waited for.
    fn close(&mut self) -> io::Result<()> {
        self.socket_mut().begin(Phase::Close);
        if let Layer::Tls(tls) = &mut self.layer {
            tls.conn.send_close_notify();
            tls.conn.complete_io(&mut tls.sock).map(drop)?;
        }
        self.socket_mut().shutdown()
    }

    fn is_tls(&self) -> bool {
        matches!(self.layer, Layer::Tls(_))
    }

    fn tls_description(&self) -> Option<String> {
        match &self.layer {
            Layer::Plain(_) => None,
            Layer::Tls(tls) => Some(tls::describe(&tls.conn)),
        }
    }

    fn channel_binding(&self) -> Option<[u8; 32]> {
        match &self.layer {
            Layer::Plain(_) => None,
            Layer::Tls(tls) => tls::channel_binding(&tls.conn),
        }
    }

    fn certificate_term(&self) -> Option<CertificateTerm> {
        match &self.layer {
            Layer::Plain(_) => None,
            Layer::Tls(tls) => tls::certificate_term(&tls.conn),
        }
    }

    fn peer(&self) -> Option<IpAddr> {
        self.socket().peer()
    }

    fn into_tls(self: Box<Self>, trust: &Trust, host: &str) -> Result<Connection> {
        Ok(Box::new(self.secured(trust, host)?))
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.layer {
            Layer::Plain(socket) => socket.read(buf),
            Layer::Tls(tls) => tls.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.layer {
            Layer::Plain(socket) => socket.write(buf),
            Layer::Tls(tls) => tls.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.layer {
            Layer::Plain(socket) => socket.flush(),
            Layer::Tls(tls) => tls.flush(),
        }
    }
}

impl Read for Buffered {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let octets = self.socket.read(buf)?;
        let missing = ANSWER.saturating_sub(self.answer.len());
        self.answer.extend_from_slice(&buf[..octets.min(missing)]);
        Ok(octets)
    }
}

impl Write for Buffered {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.socket.get_mut().write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.get_mut().flush()
    }
}

/// Says what an I/O error on a connection means. Whoever shows it says which server.
pub(super) fn explain(phase: Phase, error: io::Error) -> Error {
    let error = meaning(phase, error);
    match (phase, error.cause()) {
        (Phase::Greeting, Cause::ConnectionLost) => error.because(Cause::NoGreeting),
        _ => error,
    }
}

/// The same for a TLS handshake, where it matters whether anything was answered to what we offered.
fn explain_handshake(error: io::Error, offer: Offer, answer: &[u8]) -> Error {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls::explain_handshake(tls, offer, answer);
    }
    let error = explain(Phase::Handshake, error);
    match error.next_step() {
        _ if error.cause() != Cause::ConnectionLost || !answer.is_empty() => error,
        Some(step) => {
            let step = offer.or_classic(step);
            error.hint(step)
        }
        None => error.hint(offer.or_classic("check that the port is one for TLS (pop3s:// is usually port 995)")),
    }
}

fn meaning(phase: Phase, error: io::Error) -> Error {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls::explain(phase, tls);
    }
    if let Some(end) = WaitEnd::of(&error) {
        let error = || Error::new(Kind::TryLater, end.to_string()).because(end.cause());
        return match end {
            WaitEnd::TimedOut(Phase::Greeting, _) => error()
                .hint("a port that speaks TLS from the first octet stays silent: is it pop3s:// (--tls implicit)?"),
            WaitEnd::TimedOut(..) => error().hint("a slow server may need a longer --timeout"),
            WaitEnd::TooSlow(..) => error().hint("for a line that is so slow, set a lower --min-rate"),
            WaitEnd::Deadline(_) => error(),
            WaitEnd::Stopped => Error::stopped(),
        };
    }
    if let Some(end) = error.get_ref().and_then(|inner| inner.downcast_ref::<TunnelEnd>()) {
        return end.explain(phase);
    }
    let lost = |text: String| Error::new(Kind::TryLater, text).because(Cause::ConnectionLost);
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            lost(format!("the server closed the connection instead of sending {phase}"))
        }
        _ => lost(format!("the connection broke while waiting for {phase}")).caused_by(error),
    }
}

/// Octets of an answer that tell what protocol it is of.
const ANSWER: usize = 128;

/// Octets read from the socket at a time under TLS: four records.
const TLS_READ: usize = 64 * 1024;
