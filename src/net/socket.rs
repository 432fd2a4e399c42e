use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::Phase;
use super::line::Line;
use super::speed::{Floor, LineSpeed};
use crate::error::Cause;
use crate::until::{Over, Until};

/// How long waits may take, and what ends them early.
#[derive(Clone, Debug)]
pub struct Waits {
    /// For each phase.
    pub timeout: Duration,
    /// For the whole run.
    pub until: Until,
    /// Octets a second that a server must send, on average over five time-outs; 0: any number will do.
    pub min_rate: u64,
}

#[cfg(test)]
impl Waits {
    /// Long ones.
    pub(crate) fn for_tests() -> Self {
        Self { timeout: Duration::from_secs(60), until: Until::default(), min_rate: 0 }
    }
}

/// A connection on which every wait ends: by data, by a deadline, or by a stop.
#[derive(Debug)]
pub struct Socket {
    line: Line,
    peer: Option<IpAddr>,
    waits: Waits,
    phase: Phase,
    phase_ends: Instant,
    /// Octets since the deadline was last put off.
    progress: usize,
    /// Of what comes in transfers.
    speed: LineSpeed,
    /// A stop does not end a wait at once, but sets this deadline.
    grace: Option<Duration>,
    /// Reading ends with `WouldBlock` where nothing has come.
    never_waits: bool,
}

/// Why a wait ended without data. Wrapped into an [`io::Error`], as rustls hands those through.
#[derive(Debug)]
pub(super) enum WaitEnd {
    /// Nothing, or too little, came for this long.
    TimedOut(Phase, Duration),
    /// Fewer octets a second than this came, on average over this long.
    TooSlow(Phase, Floor),
    /// The deadline of the whole run has come.
    Deadline(Phase),
    /// A stop was asked for.
    Stopped,
}

impl Waits {
    fn floor(&self) -> Floor {
        Floor { rate: self.min_rate, over: self.timeout.saturating_mul(MINUTES) }
    }

    /// Why a wait in this phase ended: the deadline is that of the run, or of the phase.
    pub(super) fn end_of(&self, phase: Phase, over: Over) -> WaitEnd {
        match over {
            Over::Stopped => WaitEnd::Stopped,
            Over::Deadline if self.until.over() == Some(Over::Deadline) => WaitEnd::Deadline(phase),
            Over::Deadline => WaitEnd::TimedOut(phase, self.time_for(phase)),
        }
    }

    fn time_for(&self, phase: Phase) -> Duration {
        self.timeout.saturating_mul(phase.time_outs())
    }
}

impl Socket {
    /// Takes over a line that is connected, to `peer` if the server itself is at its other end.
    pub(super) fn new(line: Line, peer: Option<IpAddr>, waits: Waits) -> io::Result<Self> {
        line.prepare()?;
        let phase_ends = Instant::now() + waits.timeout;
        Ok(Self {
            line,
            peer,
            waits,
            phase: Phase::Connect,
            phase_ends,
            progress: 0,
            speed: LineSpeed::default(),
            grace: None,
            never_waits: false,
        })
    }

    /// A new wait begins now.
    pub(super) fn begin(&mut self, phase: Phase) {
        self.phase = phase;
        self.progress = 0;
        self.phase_ends = Instant::now() + self.waits.time_for(phase);
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// From now on a stop does not end a wait at once: it gives all waits together `grace`.
    pub(super) fn give_grace(&mut self, grace: Duration) {
        self.grace = Some(grace);
    }

    /// Does reading end with `WouldBlock` where nothing has come, until the opposite is said?
    pub(super) fn never_wait(&mut self, never: bool) {
        self.never_waits = never;
    }

    /// The session may take this long from now on. Without a deadline it may take any time anyway.
    pub(super) fn give_time(&mut self, time: Duration) {
        let ends = Instant::now() + time;
        self.waits.until.deadline = self.waits.until.deadline.map(|deadline| deadline.max(ends));
    }

    /// The server's address; unknown behind a proxy or a tunnel.
    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    /// Says to the peer that nothing more comes.
    pub(super) fn shutdown(&mut self) -> io::Result<()> {
        self.line.shutdown()
    }

    /// Waits until the socket is ready, or says why it will not be.
    fn wait(&mut self, interest: PollFlags) -> io::Result<()> {
        loop {
            let floor = self.waits.floor();
            if self.speed.is_below(floor) {
                return Err(WaitEnd::TooSlow(self.phase, floor).into());
            }
            let ready = PollFd::from_borrowed_fd(self.line.as_fd(), interest);
            let begun = Instant::now();
            let end = self.until().ready(vec![ready])?;
            if self.phase.is_transfer() {
                self.speed.waited(begun.elapsed());
            }
            match end {
                Ok(()) => return Ok(()),
                Err(over) => self.see_to(over)?,
            }
        }
    }

    fn until(&self) -> Until {
        self.waits.until.by(self.phase_ends)
    }

    /// A stop gives grace, if there is any, and everything else ends the wait.
    fn see_to(&mut self, over: Over) -> io::Result<()> {
        match (over, self.grace) {
            (Over::Stopped, Some(grace)) => {
                self.waits.until = self.waits.until.after_stop(grace);
                Ok(())
            }
            _ => Err(self.waits.end_of(self.phase, over).into()),
        }
    }

    /// A transfer must bring `ENOUGH` octets in each time-out, so that a trickle ends too (C-292). Where octets come so
    /// fast that nothing ever waits, this is what sees a stop or a deadline.
    fn note_progress(&mut self, octets: usize) -> io::Result<()> {
        if self.phase.is_transfer() {
            self.speed.came(octets);
        }
        self.progress += octets;
        if self.progress < ENOUGH {
            return Ok(());
        }
        self.progress = 0;
        if self.phase.is_transfer() {
            self.phase_ends = Instant::now() + self.waits.timeout;
        }
        while let Some(over) = self.until().over() {
            self.see_to(over)?;
        }
        Ok(())
    }
}

impl Read for Socket {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.line.read(buf) {
                Ok(octets) => {
                    self.note_progress(octets)?;
                    return Ok(octets);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && self.never_waits => return Err(error),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.line.acknowledge(); // the server may be waiting for it
                    self.wait(PollFlags::IN)?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        loop {
            match self.line.write(buf) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(PollFlags::OUT)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WaitEnd {
    /// The end of a wait inside an I/O error.
    pub(super) fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::TimedOut(..) | Self::TooSlow(..) => Cause::ConnectionLost,
            Self::Deadline(_) => Cause::Deadline,
            Self::Stopped => Cause::Stopped,
        }
    }
}

impl fmt::Display for WaitEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut(phase, after) => write!(f, "timed out after {after:?} waiting for {phase}"),
            Self::TooSlow(phase, Floor { rate, over }) => {
                write!(f, "fewer than {rate} octets a second came in {over:?} of waiting for {phase}")
            }
            Self::Deadline(phase) => write!(f, "the deadline passed while waiting for {phase}"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

impl std::error::Error for WaitEnd {}

impl From<WaitEnd> for io::Error {
    fn from(end: WaitEnd) -> Self {
        // Not `Interrupted` for a stop: rustls would try again.
        Self::new(ErrorKind::TimedOut, end)
    }
}

/// Time-outs over which the rate is looked at: five minutes, if each is one.
const MINUTES: u32 = 5;

/// Octets that count as progress.
const ENOUGH: usize = 1024;

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// A socket to which a server sends without a pause, for as long as anybody takes it.
    fn flooded(waits: Waits) -> Socket {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        std::thread::spawn(move || while far.write_all(&[b'\n'; 64 * 1024]).is_ok() {});
        Socket::new(Line::Tcp(near), None, waits).unwrap()
    }

    fn end_of(mut socket: Socket) -> String {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            if let Err(end) = socket.read(&mut buffer) {
                return end.to_string();
            }
        }
    }

    #[test]
    fn a_flood_does_not_outlast_its_deadline() {
        for (phase, waits_for) in [(Phase::Greeting, "the greeting"), (Phase::Lines("CAPA", None), "the CAPA reply")] {
            let waits = Waits { timeout: Duration::from_millis(100), until: Until::default(), min_rate: 0 };
            let mut socket = flooded(waits);
            socket.begin(phase);
            let end = end_of(socket);
            assert!(end.contains("timed out") && end.contains(waits_for), "{end}");
        }
    }

    #[test]
    fn time_that_is_given_puts_a_deadline_off_and_makes_none() {
        let waits = |until| Waits { timeout: Duration::from_secs(600), until, min_rate: 0 };
        let mut limited = flooded(waits(Until::default().within(Duration::from_secs(5))));
        limited.give_time(Duration::from_secs(60));
        assert!(limited.waits.until.leaves(Duration::from_secs(50)));
        limited.give_time(Duration::from_secs(1));
        assert!(limited.waits.until.leaves(Duration::from_secs(50)), "it takes none away");
        let mut unlimited = flooded(waits(Until::default()));
        unlimited.give_time(Duration::from_secs(1));
        assert!(unlimited.waits.until.deadline.is_none());
    }

    #[test]
    fn a_flood_does_not_hide_a_stop() {
        for grace in [None, Some(Duration::from_millis(50))] {
            let (asker, stop) = crate::stop::Stop::pair().unwrap();
            let until = Until { deadline: None, stop: Some(stop) };
            let waits = Waits { timeout: Duration::from_secs(600), until, min_rate: 0 };
            let mut socket = flooded(waits);
            socket.begin(Phase::Lines("RETR", Some(1)));
            socket.read_exact(&mut [0; 4096]).unwrap();
            socket.grace = grace;
            asker.ask();
            let end = end_of(socket);
            assert!(end.contains(if grace.is_some() { "the deadline" } else { "stopped" }), "{end}");
        }
    }
}
