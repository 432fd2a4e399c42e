//! The model of a POP3 server: a line whose other end answers in memory, at once.

use std::collections::{BTreeSet, VecDeque};
use std::io::{Error as IoError, ErrorKind, Read, Result as IoResult, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use mailhaul::error::{Error, Kind};
use mailhaul::net::{Phase, Transport, Waits};

use super::mail;
use super::world::{Gone, Id, Quit, State, Top, World};

/// The client's end of a connection.
pub struct Line {
    world: World,
    waits: Waits,
    has_grace: bool,
    phase: Option<Phase>,
    /// Commands whose end has not come.
    input: Vec<u8>,
    output: VecDeque<u8>,
    sent: usize,
    received: usize,
    /// The server has hung up; what it has said before can still be read.
    is_closed: bool,
    /// The server says nothing more.
    is_stalled: bool,
    session: Session,
}

/// What the server knows of a session.
#[derive(Default)]
struct Session {
    number: u32,
    user: Option<Vec<u8>>,
    awaits_response: bool,
    maildrop: Option<Vec<Entry>>,
    retrs: u32,
    uidls: u32,
    /// Messages that came whole, and those whose header alone came.
    retrieved: BTreeSet<Id>,
    topped: BTreeSet<Id>,
}

struct Entry {
    id: Id,
    uid: Vec<u8>,
    is_marked: bool,
    /// It is not there any more.
    is_afterimage: bool,
}

impl Line {
    pub fn new(world: World, waits: Waits) -> Self {
        let number = {
            let mut state = world.lock();
            state.sessions += 1;
            state.sessions
        };
        let session = Session { number, ..Session::default() };
        let mut line = Self {
            world,
            waits,
            has_grace: false,
            phase: None,
            input: Vec::new(),
            output: VecDeque::new(),
            sent: 0,
            received: 0,
            is_closed: false,
            is_stalled: false,
            session,
        };
        line.say("+OK ready");
        line
    }

    fn log(&self, text: &str) {
        self.world.lock().dialogue.push(format!("[{}] {text}", self.session.number));
    }

    fn say(&mut self, line: &str) {
        self.log(&format!("S: {line}"));
        self.output.extend(line.as_bytes());
        self.output.extend(b"\r\n");
    }

    fn say_lines<L: AsRef<[u8]>>(&mut self, status: &str, lines: &[L]) {
        self.say(status);
        for line in lines {
            self.log(&format!("S: {}", String::from_utf8_lossy(line.as_ref())));
            self.output.extend(line.as_ref());
            self.output.extend(b"\r\n");
        }
        self.output.extend(b".\r\n");
    }

    /// A body, dot-stuffed.
    fn say_message(&mut self, status: &str, content: &[u8], about: &str) {
        self.log(&format!("S: {status} ({about})"));
        self.output.extend(status.as_bytes());
        self.output.extend(b"\r\n");
        for line in content.split_inclusive(|&octet| octet == b'\n') {
            if line.starts_with(b".") {
                self.output.push_back(b'.');
            }
            self.output.extend(line);
        }
        self.output.extend(b".\r\n");
    }

    /// Is it time for something that happens once?
    fn once(&self, fault: impl FnOnce(&mut State) -> &mut Option<u32>, now: u32) -> bool {
        let mut state = self.world.lock();
        let when = fault(&mut state);
        let is_now = *when == Some(now);
        if is_now {
            *when = None;
        }
        is_now
    }

    /// Takes a command, if its end has come.
    fn work(&mut self) {
        let line = std::mem::take(&mut self.input);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.is_closed || self.is_stalled {
            return;
        }
        self.log(&format!("C: {}", String::from_utf8_lossy(line)));
        // Where CAPA does not list PIPELINING, one command at a time.
        if !self.output.is_empty() && self.world.lock().faults.no_pipelining {
            let text = format!("{:?} came while a reply was not read", String::from_utf8_lossy(line));
            self.world.lock().violations.push(text);
        }
        self.command(line);
    }

    fn command(&mut self, line: &[u8]) {
        if std::mem::take(&mut self.session.awaits_response) {
            return self.log_in();
        }
        let mut words = line.split(|&octet| octet == b' ');
        let verb = String::from_utf8_lossy(words.next().unwrap_or_default()).to_uppercase();
        let words: Vec<&[u8]> = words.collect();
        let number = |at: usize| -> Option<usize> { std::str::from_utf8(words.get(at)?).ok()?.parse().ok() };
        match (verb.as_str(), self.session.maildrop.is_some()) {
            ("CAPA", _) => self.capa(),
            ("USER", false) => {
                self.session.user = words.first().map(|user| user.to_vec());
                self.say("+OK");
            }
            ("PASS", false) => self.log_in(),
            ("AUTH", false) => match words.get(1) {
                Some(_) => self.log_in(),
                None => {
                    self.session.awaits_response = true;
                    self.say("+ ");
                }
            },
            ("QUIT", false) => {
                self.say("+OK");
                self.is_closed = true;
            }
            ("QUIT", true) => self.quit(),
            ("NOOP", true) => self.say("+OK"),
            ("RSET", true) => {
                self.session.maildrop.iter_mut().flatten().for_each(|entry| entry.is_marked = false);
                self.say("+OK");
            }
            ("STAT", true) => {
                let state = self.world.lock();
                let (count, octets) = self
                    .unmarked()
                    .fold((0, 0), |(count, octets), (_, entry)| (count + 1, octets + state.octets_of(entry.id)));
                drop(state);
                self.say(&format!("+OK {count} {octets}"));
            }
            ("LIST" | "UIDL", true) => self.list(&verb, number(0), words.is_empty()),
            ("RETR", true) => self.retr(number(0)),
            ("TOP", true) => self.top(number(0), number(1)),
            ("DELE", true) => self.dele(number(0)),
            _ => self.say("-ERR what?"),
        }
    }

    fn capa(&mut self) {
        let faults = self.world.lock().faults.clone();
        let mut lines = vec!["USER", "UIDL", "SASL PLAIN"];
        lines.extend((faults.top != Top::Unknown).then_some("TOP"));
        lines.extend((!faults.no_pipelining).then_some("PIPELINING"));
        self.log(&format!("S: +OK ({})", lines.join(", ")));
        lines.insert(0, "+OK");
        lines.push(".\r\n");
        self.output.extend(lines.join("\r\n").into_bytes());
    }

    fn log_in(&mut self) {
        let entry = |(id, uid, is_afterimage)| Entry { id, uid, is_marked: false, is_afterimage };
        if self.world.lock().faults.renumbers {
            self.world.renumber_all();
        }
        let listing = self.world.lock().listing();
        self.session.maildrop = Some(listing.into_iter().map(entry).collect());
        self.say("+OK");
    }

    /// Numbers and entries that are not marked.
    fn unmarked(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let entries = self.session.maildrop.iter().flatten().enumerate();
        entries.map(|(index, entry)| (index + 1, entry)).filter(|(_, entry)| !entry.is_marked)
    }

    /// The message of a number, if it is still there.
    fn find(&self, number: Option<usize>) -> Option<(Id, bool)> {
        let (_, entry) = self.unmarked().find(|(of, _)| Some(*of) == number)?;
        let there = entry.is_afterimage || self.world.lock().messages[entry.id].gone.is_none();
        there.then_some((entry.id, entry.is_afterimage))
    }

    fn list(&mut self, verb: &str, number: Option<usize>, all: bool) {
        let line = |(of, entry): (usize, &Entry)| {
            let mut line = format!("{of} ").into_bytes();
            match verb {
                "LIST" => line.extend(self.world.lock().octets_of(entry.id).to_string().into_bytes()),
                _ => line.extend(&entry.uid),
            }
            line
        };
        if all {
            let lines: Vec<Vec<u8>> = self.unmarked().map(line).collect();
            return self.say_lines("+OK", &lines);
        }
        if verb == "UIDL" {
            self.session.uidls += 1;
            let nth = self.session.uidls;
            if self.once(|state| &mut state.faults.mistakes_uidl, nth) {
                return self.say("+OK 1 of-another-message");
            }
        }
        let found = self.unmarked().find(|(of, _)| Some(*of) == number).map(line);
        match found {
            Some(line) => self.say(&format!("+OK {}", String::from_utf8_lossy(&line))),
            None => self.say(NO_SUCH_MESSAGE),
        }
    }

    fn retr(&mut self, number: Option<usize>) {
        self.session.retrs += 1;
        let nth = self.session.retrs;
        self.happen(nth);
        if self.once(|state| &mut state.faults.stalls_at, nth) {
            self.is_stalled = true;
            return self.log("S: (nothing more)");
        }
        if self.once(|state| &mut state.faults.loses_retr, nth) {
            return self.log("S: (no reply)");
        }
        let Some((id, _)) = self.find(number) else {
            return self.say(NO_SUCH_MESSAGE);
        };
        if self.world.lock().faults.refuses_retr.has(id) {
            return self.say("-ERR internal error");
        }
        let content = {
            let mut state = self.world.lock();
            state.messages[id].counts.retr += 1;
            state.messages[id].content.clone()
        };
        self.session.retrieved.insert(id);
        let times = 1 + usize::from(self.once(|state| &mut state.faults.doubles_retr, nth));
        for _ in 0..times {
            self.say_message(&format!("+OK {} octets", content.len()), &content, &format!("message {id}"));
        }
    }

    /// What happens beside, when a RETR comes.
    fn happen(&self, nth: u32) {
        let mut state = self.world.lock();
        state.retrs += 1;
        if state.faults.stops_at.is_some_and(|at| at <= state.retrs) {
            state.faults.stops_at = None;
            state.dialogue.push("(the user asks for a stop)".to_owned());
            if let Some(asker) = state.asker.clone() {
                asker.ask();
            }
        }
        if let Some((at, id)) = state.faults.loses_message
            && at == nth
        {
            state.faults.loses_message = None;
            state.dialogue.push(format!("(another client removes message {id})"));
            state.remove(id, Gone::Others);
        }
    }

    fn top(&mut self, number: Option<usize>, lines: Option<usize>) {
        if self.world.lock().faults.top != Top::Works {
            return self.say("-ERR unknown command");
        }
        let (Some((id, _)), Some(lines)) = (self.find(number), lines) else {
            return self.say(NO_SUCH_MESSAGE);
        };
        let content = {
            let mut state = self.world.lock();
            state.messages[id].counts.top += 1;
            state.messages[id].content.clone()
        };
        self.session.topped.insert(id);
        let all: Vec<&[u8]> = content.split_inclusive(|&octet| octet == b'\n').collect();
        let header = all.iter().position(|line| *line == b"\r\n").map_or(all.len(), |at| at + 1);
        let shown = all[..all.len().min(header + lines)].concat();
        self.say_message("+OK", &shown, &format!("top of message {id}"));
    }

    fn dele(&mut self, number: Option<usize>) {
        let Some((id, _)) = self.find(number) else {
            return self.say(NO_SUCH_MESSAGE);
        };
        let was_seen = self.session.retrieved.contains(&id) || self.session.topped.contains(&id);
        let mut state = self.world.lock();
        let is_enough = self.session.retrieved.contains(&id) || !mail::is_note(&state.messages[id].content);
        if !was_seen || !is_enough {
            state.violations.push(format!("DELE of message {id} without a look at it in this session"));
        }
        state.messages[id].counts.dele += 1;
        let is_refused = state.faults.refuses_dele.has(id);
        drop(state);
        if is_refused {
            return self.say("-ERR not supported");
        }
        if let Some(entry) = self.session.maildrop.as_mut().and_then(|all| all.get_mut(number.unwrap_or(0) - 1)) {
            entry.is_marked = true;
        }
        self.say(&format!("+OK (message {id})"));
    }

    /// The server's update of the maildrop.
    fn quit(&mut self) {
        let quit = self.world.lock().faults.quit;
        let marked = |entry: &&Entry| entry.is_marked && !entry.is_afterimage;
        let marked: Vec<Id> = self.session.maildrop.iter().flatten().filter(marked).map(|entry| entry.id).collect();
        let removes = |index: usize| match quit {
            Quit::Works | Quit::LostAfter => true,
            Quit::LostBefore | Quit::RefusedWhole => false,
            Quit::RefusedHalf => index.is_multiple_of(2),
        };
        let mut state = self.world.lock();
        if quit != Quit::LostBefore {
            self.session.retrieved.iter().for_each(|&id| state.messages[id].was_fetched = true);
        }
        for (index, &id) in marked.iter().enumerate() {
            match removes(index) && !state.faults.dele_without_effect.has(id) {
                true => state.remove(id, Gone::Deleted),
                false => state.messages[id].outlived_dele += u32::from(quit == Quit::Works),
            }
        }
        drop(state);
        match quit {
            Quit::Works => self.say("+OK"),
            Quit::RefusedWhole | Quit::RefusedHalf => self.say("-ERR some messages were not removed"),
            Quit::LostBefore => self.log("(the line ends before the update)"),
            Quit::LostAfter => self.log("(the line ends after the update)"),
        }
        self.is_closed = true;
    }

    /// Have so many octets of this session come that the line ends?
    fn is_cut(&self, fault: impl FnOnce(&mut State) -> &mut Option<usize>, octets: usize) -> bool {
        let mut state = self.world.lock();
        let when = fault(&mut state);
        let is_now = when.is_some_and(|when| octets >= when);
        if is_now {
            *when = None;
        }
        is_now
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        if self.world.lock().is_cut_off {
            return Err(ErrorKind::ConnectionReset.into());
        }
        if !self.has_grace && self.waits.until.is_stopped() {
            return Err(IoError::other(STOPPED));
        }
        if self.waits.until.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(IoError::other("the deadline has come"));
        }
        if self.is_cut(|state| &mut state.faults.cut_received, self.received) {
            self.log("(the line ends)");
            self.is_closed = true;
            self.output.clear();
        }
        if self.output.is_empty() {
            return match self.is_closed {
                true => Ok(0),
                false => Err(IoError::new(ErrorKind::TimedOut, "the server is silent")),
            };
        }
        let cut = self.world.lock().faults.cut_received;
        let room = cut.map_or(usize::MAX, |cut| cut - self.received);
        let count = buffer.len().min(self.output.len()).min(room);
        buffer[..count].iter_mut().zip(self.output.drain(..count)).for_each(|(to, octet)| *to = octet);
        self.received += count;
        Ok(count)
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> IoResult<usize> {
        if self.world.lock().is_cut_off {
            return Err(ErrorKind::BrokenPipe.into());
        }
        for &octet in octets {
            if self.is_cut(|state| &mut state.faults.cut_sent, self.sent) {
                self.log("(the line ends)");
                self.is_closed = true;
            }
            self.sent += 1;
            self.input.push(octet);
            if octet == b'\n' {
                self.work();
            }
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> IoResult<()> {
        Ok(())
    }
}

impl Transport for Line {
    fn begin(&mut self, phase: Phase) {
        self.phase = Some(phase);
    }

    fn explain(&self, error: IoError) -> Error {
        if error.get_ref().is_some_and(|inner| inner.to_string() == STOPPED) {
            return Error::stopped();
        }
        let phase = self.phase.map(|phase| phase.to_string()).unwrap_or_default();
        Error::new(Kind::TryLater, format!("waiting for {phase}")).caused_by(error)
    }

    fn give_grace(&mut self, _: Duration) {
        self.has_grace = true;
    }

    /// Passwords go to this machine only.
    fn peer(&self) -> Option<IpAddr> {
        Some(Ipv4Addr::LOCALHOST.into())
    }
}

const NO_SUCH_MESSAGE: &str = "-ERR no such message";
const STOPPED: &str = "a stop was asked for";
