//! The part of a session after the login.

use std::fmt::Write as _;
use std::sync::Arc;

use super::config::Config;
use super::end::End;
use super::fault::{Fault, Phase};
use super::log::Ending;
use super::maildrop::{Maildrop, Message};
use super::session::Session;
use super::text::{self, Form};
use super::wire::Wire;

/// The maildrop as one session sees it.
#[derive(Debug)]
pub struct Transaction {
    /// Message 1 is the first.
    messages: Vec<Arc<Message>>,
    /// What DELE has marked.
    marked: Vec<bool>,
    /// What RETR has sent.
    fetched: Vec<bool>,
    /// Held until the end of the session.
    _lock: Option<Lock>,
}

impl Transaction {
    /// Opens the maildrop; none if it is exclusive and in use.
    pub fn open(config: &Config) -> Option<Self> {
        let maildrop = &config.maildrop;
        let lock = match config.exclusive {
            true => Some(maildrop.lock().then(|| Lock(maildrop.clone()))?),
            false => None,
        };
        let mut messages = maildrop.present();
        messages.retain(|message| !message.is_hidden());
        messages.truncate(config.page.unwrap_or(usize::MAX));
        let none = vec![false; messages.len()];
        Some(Self { marked: none.clone(), fetched: none, messages, _lock: lock })
    }

    /// Index and message of a number the client sent, unless there is none or it is marked as deleted.
    fn find(&self, argument: &[u8]) -> Option<(usize, Arc<Message>)> {
        let number: usize = std::str::from_utf8(argument).ok()?.trim_end().parse().ok()?;
        let index = number.checked_sub(1)?;
        let message = self.messages.get(index).filter(|_| !self.marked[index])?;
        Some((index, Arc::clone(message)))
    }

    /// The messages that are not marked, with their numbers.
    fn listed(&self) -> impl Iterator<Item = (usize, &Message)> {
        let numbered = self.messages.iter().enumerate();
        numbered.filter(|(index, _)| !self.marked[*index]).map(|(index, message)| (index + 1, &**message))
    }
}

/// The exclusive lock, given back when dropped.
#[derive(Debug)]
struct Lock(Maildrop);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.unlock();
    }
}

impl Session<'_> {
    /// Obeys one command of the TRANSACTION state.
    pub(super) fn transact(&mut self, verb: &str, argument: &[u8]) -> Result<(), End> {
        let transaction = self.transaction.as_mut().expect("the caller has seen it");
        match verb {
            "DELE" => self.dele(argument),
            "LIST" => self.list(argument),
            "NOOP" => self.say("+OK"),
            "QUIT" => self.update(),
            "RETR" => self.retr(argument),
            "RSET" => {
                transaction.marked.fill(false);
                self.say("+OK")
            }
            "STAT" => {
                let octets: u64 = transaction.listed().map(|(_, message)| message.octets()).sum();
                let count = transaction.listed().count();
                self.say(&format!("+OK {count} {octets}"))
            }
            "TOP" => self.top(argument),
            "UIDL" => self.uidl(argument),
            _ => self.say("-ERR Unknown command."),
        }
    }

    fn list(&mut self, argument: &[u8]) -> Result<(), End> {
        let faults = self.faults;
        let octets = |number, message: &Message| faults.listed_size(number).unwrap_or(message.octets());
        if !argument.is_empty() {
            return match self.opened().find(argument) {
                Some((index, message)) => self.say(&format!("+OK {} {}", index + 1, octets(index + 1, &message))),
                None => self.say(NO_SUCH_MESSAGE),
            };
        }
        let replaced = faults.find(|fault| match fault {
            Fault::ListRaw(lines) => Some(lines.clone()),
            _ => None,
        });
        let lines = replaced.unwrap_or_else(|| {
            let mut lines = String::new();
            for (number, message) in self.opened().listed() {
                write!(lines, "{number} {}\r\n", octets(number, message)).expect("writing to a string cannot fail");
            }
            lines.into_bytes()
        });
        self.listing(&lines)
    }

    fn uidl(&mut self, argument: &[u8]) -> Result<(), End> {
        if !argument.is_empty() {
            return match self.opened().find(argument) {
                Some((index, _)) if self.faults.uidl_of(index + 1).is_some() => {
                    let line = self.faults.uidl_of(index + 1).unwrap_or_default();
                    self.wire.put(&[b"+OK ", line, b"\r\n"].concat())
                }
                Some((index, message)) => {
                    self.wire.put(format!("+OK {} ", index + 1).as_bytes())?;
                    self.wire.put(message.uid())?;
                    self.wire.put(b"\r\n")
                }
                None => self.say(NO_SUCH_MESSAGE),
            };
        }
        let replaced = self.faults.find(|fault| match fault {
            Fault::UidlRaw(lines) => Some(lines.clone()),
            _ => None,
        });
        let lines = replaced.unwrap_or_else(|| {
            let mut lines = Vec::new();
            for (number, message) in self.opened().listed() {
                lines.extend_from_slice(number.to_string().as_bytes());
                lines.push(b' ');
                lines.extend_from_slice(message.uid());
                lines.extend_from_slice(b"\r\n");
            }
            lines
        });
        self.listing(&lines)
    }

    fn listing(&mut self, lines: &[u8]) -> Result<(), End> {
        self.say("+OK")?;
        self.wire.put(lines)?;
        self.wire.put(TERMINATOR)
    }

    fn retr(&mut self, argument: &[u8]) -> Result<(), End> {
        self.refuse_pipelining()?;
        let Some((index, message)) = self.opened().find(argument) else {
            return self.say(NO_SUCH_MESSAGE);
        };
        let number = index + 1;
        self.stall_if(Phase::RetrStatus(number))?;
        if let Some(text) = self.faults.retr_err(number) {
            return self.say(&format!("-ERR {text}"));
        }
        self.say(&format!("+OK {} octets", message.octets()))?;
        if self.faults.any(|fault| matches!(fault, Fault::SplitReplies)) {
            self.wire.flush()?;
        }
        if let Some(after) = self.faults.stall_in_body(number) {
            return Err(stall_in_body(self.wire, &message, after));
        }
        for piece in message.pieces(Form::Wire) {
            self.wire.put(&piece)?;
        }
        if self.faults.any(|fault| matches!(fault, Fault::Endless(of) if *of == number)) {
            return text::pieces(Form::Wire, 0, u64::MAX).try_for_each(|piece| self.wire.put(&piece));
        }
        message.count_body();
        self.opened().fetched[index] = true;
        self.wire.put(TERMINATOR)
    }

    /// Acts as a server which says that it can do pipelining and cannot.
    fn refuse_pipelining(&mut self) -> Result<(), End> {
        for fault in &self.faults.0 {
            match fault {
                Fault::DropPipelined | Fault::UnsolicitedWhenPipelined(_) => self.wire.linger()?,
                _ => continue,
            }
            let waiting = self.wire.waiting();
            match fault {
                Fault::UnsolicitedWhenPipelined(octets) if !waiting.is_empty() => self.wire.put(octets)?,
                Fault::DropPipelined if has_retr(waiting) => {
                    self.wire.flush()?;
                    return Err(End::Because(Ending::Closed));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn top(&mut self, argument: &[u8]) -> Result<(), End> {
        let mut words = argument.split(|octet| *octet == b' ');
        let found = words.next().and_then(|number| self.opened().find(number));
        let lines = words.next().and_then(|lines| std::str::from_utf8(lines).ok()?.parse().ok());
        match (found, lines) {
            (Some((_, message)), Some(lines)) => self.listing(&message.top(lines)),
            (None, _) => self.say(NO_SUCH_MESSAGE),
            (_, None) => self.say("-ERR How many lines?"),
        }
    }

    fn dele(&mut self, argument: &[u8]) -> Result<(), End> {
        let Some((index, _)) = self.opened().find(argument) else {
            return self.say(NO_SUCH_MESSAGE);
        };
        if let Some(text) = self.faults.dele_err(index + 1) {
            return self.say(&format!("-ERR {text}"));
        }
        self.opened().marked[index] = true;
        self.say("+OK Marked to be deleted.")
    }

    /// QUIT: enters the UPDATE state.
    fn update(&mut self) -> Result<(), End> {
        let faults = self.faults;
        let refusal = faults.find(|fault| match fault {
            Fault::QuitErr(text) => Some(*text),
            _ => None,
        });
        if let Some(text) = refusal {
            self.transaction = None;
            self.say(&format!("-ERR {text}"))?;
            self.wire.flush()?;
            return Err(End::Because(Ending::Quit));
        }
        if self.config.persist_deletes && !faults.any(|fault| matches!(fault, Fault::QuitForgets)) {
            let opened = self.opened();
            let marked = opened.messages.iter().zip(&opened.marked).filter(|(_, marked)| **marked);
            marked.for_each(|(message, _)| message.set_deleted(true));
        }
        if self.config.hides_fetched {
            let opened = self.opened();
            let fetched = opened.messages.iter().zip(&opened.fetched).filter(|(_, fetched)| **fetched);
            fetched.for_each(|(message, _)| message.set_hidden(true));
        }
        if faults.any(|fault| matches!(fault, Fault::QuitSilent)) {
            self.wire.flush()?;
            return Err(End::Because(Ending::Quit));
        }
        self.leave()
    }

    fn opened(&mut self) -> &mut Transaction {
        self.transaction.as_mut().expect("only commands of the TRANSACTION state come here")
    }
}

fn stall_in_body(wire: &mut Wire, message: &Message, after: u64) -> End {
    let mut left = usize::try_from(after).unwrap_or(usize::MAX);
    for piece in message.pieces(Form::Wire) {
        let part = piece.len().min(left);
        if let Err(end) = wire.put(&piece[..part]) {
            return end;
        }
        left -= part;
    }
    wire.stall()
}

fn has_retr(waiting: &[u8]) -> bool {
    waiting
        .split(|octet| *octet == b'\n')
        .any(|line| line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"RETR")))
}

const NO_SUCH_MESSAGE: &str = "-ERR There is no such message.";

const TERMINATOR: &[u8] = b".\r\n";
