//! The server's end of a connection: TCP, TLS when it is on, the delay line, and the faults that live there.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{RecvFlags, sockopt};
use rustls::{ServerConfig, ServerConnection};

use super::end::End;
use super::fault::{Fault, Faults};
use super::log::{Ending, SharedLog};
use super::sink::{Sink, Source};
use super::stop::{Stop, Woken};

/// A connection; replies are gathered and sent when the server would wait, or when there is much.
#[derive(Debug)]
pub struct Wire {
    socket: Arc<TcpStream>,
    sink: Sink,
    tls: Option<Box<ServerConnection>>,
    input: Vec<u8>,
    /// How much of `input` is used up.
    used: usize,
    output: Vec<u8>,
    /// How many octets of plain text may still be sent, and whether a reset follows.
    cut: Option<(u64, bool)>,
    pace: Option<Duration>,
    stop: Arc<Stop>,
    log: SharedLog,
}

impl Wire {
    /// A connection that was just accepted.
    pub fn new(socket: Arc<TcpStream>, rtt: Duration, faults: &Faults, stop: Arc<Stop>, log: SharedLog) -> Self {
        let is_nagle = faults.any(|fault| matches!(fault, Fault::SplitReplies));
        socket.set_nodelay(!is_nagle).ok(); // the client may have gone already
        for fault in &faults.0 {
            match fault {
                Fault::SendBuffer(octets) => sockopt::set_socket_send_buffer_size(&socket, *octets),
                Fault::ReceiveBuffer(octets) => sockopt::set_socket_recv_buffer_size(&socket, *octets),
                _ => Ok(()),
            }
            .ok(); // the client may have gone already
        }
        Self {
            sink: Sink::new(&socket, rtt),
            socket,
            tls: None,
            input: Vec::new(),
            used: 0,
            output: Vec::with_capacity(2 * OUTPUT),
            cut: faults.cut(),
            pace: faults.pace(),
            stop,
            log,
        }
    }

    /// Whether TLS is on.
    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// What binds a login to the TLS session (RFC 9266).
    pub fn channel_binding(&self) -> Option<[u8; 32]> {
        let tls = self.tls.as_ref()?;
        tls.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b"")).ok()
    }

    /// Does the TLS handshake; what came in clear before it is thrown away, as RFC 2595 wants it.
    pub fn start_tls(&mut self, config: Arc<ServerConfig>) -> Result<(), End> {
        self.log.lock().clear_octets_after_stls = self.input.len() - self.used;
        self.input.clear();
        self.used = 0;
        let mut tls = ServerConnection::new(config)?;
        tls.set_buffer_limit(None);
        while tls.is_handshaking() {
            exchange(&mut tls, &mut self.sink, &self.socket, RecvFlags::empty())?;
        }
        self.tls = Some(Box::new(tls));
        Ok(())
    }

    /// The next line without its end. Sends what is gathered before it waits.
    pub fn line(&mut self) -> Result<Vec<u8>, End> {
        if self.waiting().len() < INPUT && !self.waiting().is_empty() {
            self.fill(RecvFlags::DONTWAIT)?;
        }
        loop {
            if let Some(end) = memchr::memchr(b'\n', self.waiting()) {
                let line = &self.waiting()[..end];
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.used += end + 1;
                return Ok(line);
            }
            if self.waiting().len() > LONGEST_LINE {
                return Err(End::Because(Ending::Failed("a command line has no end".into())));
            }
            self.flush()?;
            self.fill(RecvFlags::empty())?;
        }
    }

    /// Waits a moment for more commands, so that pipelining in several segments is noticed too.
    pub fn linger(&mut self) -> Result<(), End> {
        self.stop.sleep(Duration::from_millis(30));
        self.fill(RecvFlags::DONTWAIT)
    }

    /// The commands which came in and are not yet read.
    pub fn waiting(&self) -> &[u8] {
        &self.input[self.used..]
    }

    /// Gathers plain text to be sent.
    pub fn put(&mut self, text: &[u8]) -> Result<(), End> {
        if let Some((left, reset)) = &mut self.cut {
            let reset = *reset;
            let allowed = text.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
            *left -= allowed as u64;
            let cut = *left == 0;
            self.output.extend_from_slice(&text[..allowed]);
            if !cut && self.output.len() < OUTPUT {
                return Ok(());
            }
            self.flush()?;
            let end = if reset { End::ByReset } else { End::Because(Ending::Closed) };
            return if cut { Err(end) } else { Ok(()) };
        }
        if text.len() >= OUTPUT && self.pace.is_none() {
            self.flush()?;
            return text.chunks(2 * OUTPUT).try_for_each(|chunk| self.transmit(chunk));
        }
        self.output.extend_from_slice(text);
        if self.output.len() >= OUTPUT { self.flush() } else { Ok(()) }
    }

    /// Sends what is gathered.
    pub fn flush(&mut self) -> Result<(), End> {
        let mut output = std::mem::take(&mut self.output);
        let sent = match self.pace {
            None => self.transmit(&output),
            Some(pause) => self.trickle(&output, pause),
        };
        output.clear();
        self.output = output;
        sent
    }

    /// Sends what is gathered and then does nothing until the client hangs up or the server stops.
    pub fn stall(&mut self) -> End {
        if let Err(end) = self.flush() {
            return end;
        }
        self.log.lock().is_silent = true;
        End::Because(match self.stop.stall(&*self.socket) {
            Woken::Stopped => Ending::Stopped,
            _ => Ending::Eof,
        })
    }

    /// Sends what is gathered, then waits.
    pub fn sleep(&mut self, time: Duration) -> Result<(), End> {
        self.flush()?;
        match self.stop.sleep(time) {
            Woken::Stopped => Err(End::Because(Ending::Stopped)),
            _ => Ok(()),
        }
    }

    /// What the log says of this end.
    pub fn ending(&self, end: &End) -> Ending {
        match end {
            _ if self.stop.is_stopped() => Ending::Stopped,
            End::Because(ending) => ending.clone(),
            End::ByReset => Ending::Closed,
        }
    }

    /// Closes the connection and waits until the client has closed it too. `notify`: say so in TLS first.
    pub fn close(mut self, end: End, notify: bool) {
        let reset = matches!(end, End::ByReset);
        if let Some(tls) = self.tls.as_mut().filter(|_| notify) {
            tls.send_close_notify();
            tls.write_tls(&mut self.sink).ok(); // the client may have gone already
        }
        if reset {
            sockopt::set_socket_linger(&self.socket, Some(Duration::ZERO)).ok(); // then it closes mildly
        }
        self.sink.finish(reset);
        match end {
            End::Because(Ending::Closed | Ending::Quit) => {
                self.drain();
                let state = self.tls.as_mut().and_then(|tls| tls.process_new_packets().ok());
                self.log.lock().close_notify = state.is_some_and(|state| state.peer_has_closed());
            }
            End::Because(Ending::Tls(_)) => {
                io::copy(&mut Source(&self.socket, RecvFlags::empty()), &mut io::sink()).ok(); // any end will do
            }
            _ => {}
        }
    }

    /// Reads until the client closes: closing with octets unread would reset the connection, and what was sent be lost.
    fn drain(&mut self) {
        loop {
            self.log.lock().unread.extend_from_slice(&self.input[self.used..]);
            self.input.clear();
            self.used = 0;
            if self.log.lock().unread.len() > MOST_UNREAD || self.fill(RecvFlags::empty()).is_err() {
                return;
            }
        }
    }

    /// Takes what has come in; waits for it unless `flags` say otherwise.
    fn fill(&mut self, flags: RecvFlags) -> Result<(), End> {
        let mut buffer = [0; INPUT];
        let received = match &mut self.tls {
            None => Source(&self.socket, flags).read(&mut buffer),
            Some(tls) => loop {
                match tls.reader().read(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    received => break received,
                }
                if !exchange(tls, &mut self.sink, &self.socket, flags)? {
                    return Ok(());
                }
            },
        };
        match received {
            Ok(0) => return Err(End::Because(Ending::Eof)),
            Ok(octets) => {
                self.sink.answer();
                if self.tls.is_none() {
                    self.log.lock().clear_octets += octets as u64;
                }
                self.input.drain(..self.used);
                self.used = 0;
                self.input.extend_from_slice(&buffer[..octets]);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        self.log.outstanding(self.waiting());
        Ok(())
    }

    fn transmit(&mut self, text: &[u8]) -> Result<(), End> {
        let Some(tls) = &mut self.tls else {
            return Ok(self.sink.write_all(text)?);
        };
        tls.writer().write_all(text)?;
        while tls.wants_write() {
            tls.write_tls(&mut self.sink)?;
        }
        Ok(())
    }

    fn trickle(&mut self, text: &[u8], pause: Duration) -> Result<(), End> {
        for octet in text {
            if !pause.is_zero() && self.stop.sleep(pause) == Woken::Stopped {
                return Err(End::Because(Ending::Stopped));
            }
            self.transmit(std::slice::from_ref(octet))?;
        }
        Ok(())
    }
}

/// Lets TLS write what it wants and reads once; false if that would wait and must not.
fn exchange(tls: &mut ServerConnection, sink: &mut Sink, socket: &TcpStream, flags: RecvFlags) -> Result<bool, End> {
    match tls.read_tls(&mut Source(socket, flags)) {
        Ok(0) => return Err(End::Because(Ending::Eof)),
        Ok(_) => sink.answer(),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let processed = tls.process_new_packets();
    while tls.wants_write() {
        tls.write_tls(sink)?;
    }
    processed?;
    Ok(true)
}

/// Gathered octets are sent when there are this many.
const OUTPUT: usize = 64 * 1024;

/// Commands are read ahead up to this, as a server with a fixed buffer does.
const INPUT: usize = 4096;

const LONGEST_LINE: usize = 64 * 1024;

const MOST_UNREAD: usize = 64 * 1024;
