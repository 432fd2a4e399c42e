use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::letter::Letter;
use super::look::{Wanted, look_for};
use super::mark::Mark;
use super::quoted::quoted;
use super::session::{Session, no_folder};
use super::verdict::Verdict;
use super::{ImapSettings, login, utf7};
use crate::auth::Access;
use crate::deliver::{Answer, Answers, Carrier, Outgoing, Sight};
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;
use crate::net::{Network, Route, Transport, Trust, Waits, is_surely_this_machine};

/// The way into a folder: all that a session is made of.
pub struct ImapWay {
    /// The folder.
    pub settings: ImapSettings,
    /// The server, and how to come there: its host and port are those of the settings.
    pub route: Route,
    /// Where the connection comes from.
    pub network: Arc<dyn Network>,
    /// Whom to trust; none without TLS.
    pub trust: Option<Trust>,
    /// How long waits may take, and what ends them.
    pub waits: Waits,
    /// The way to the password or the token.
    pub access: Access,
}

/// Hands messages over to an IMAP folder.
pub struct ImapCarrier {
    way: ImapWay,
    session: Option<Session>,
    /// What was sent since the last mark.
    sent: HashSet<Fingerprint>,
}

impl ImapCarrier {
    /// A carrier that has not connected yet.
    pub fn new(way: ImapWay) -> Self {
        Self { way, session: None, sent: HashSet::new() }
    }

    /// An error ends the session: what has not been answered is in doubt, and nothing is tried again here.
    fn within_session<V>(&mut self, act: impl FnOnce(&mut Self) -> Result<V>) -> Result<V> {
        let result = act(self);
        if result.is_err() {
            self.session = None;
        }
        result.map_err(|error| error.at(&self.way.settings))
    }

    /// The session; a new one, if there is none.
    fn session(&mut self) -> Result<&mut Session> {
        let session = match self.session.take() {
            Some(session) => session,
            None => {
                let mut dialogue = login::open(&self.way)?;
                // A stop is seen between two commands: what has been sent is answered first, if that does not take long.
                dialogue.stream().give_grace(GRACE);
                let settings = &self.way.settings;
                let folder = quoted(&utf7::encode(&settings.folder));
                let folder = folder.ok_or_else(|| Error::new(Kind::Usage, "no server has a folder of that name"))?;
                Session::new(dialogue, folder, &settings.flags)
            }
        };
        Ok(self.session.insert(session))
    }
}

impl Carrier for ImapCarrier {
    fn mark(&mut self) -> Result<Vec<u8>> {
        self.within_session(|this| {
            let mark = this.session()?.mark()?;
            this.sent.clear();
            Ok(mark.to_octets())
        })
    }

    fn hand_over(&mut self, messages: &[Outgoing], answers: &mut dyn Answers) -> Result<()> {
        self.within_session(|this| {
            HandOver { carrier: this, answers, group: Vec::new(), unclear: Vec::new(), has_delivered: false }
                .all(messages)
        })
    }

    fn look_for(&mut self, messages: &[Outgoing]) -> Result<Vec<Sight>> {
        self.within_session(|this| {
            let wanted = messages.iter().map(|message| {
                let letter = Letter::read(&message.file)?;
                // Without a mark nothing was sent: a mark is remembered before.
                Ok(Wanted { letter, mark: Mark::from_octets(&message.mark) })
            });
            let wanted = wanted.collect::<Result<Vec<_>>>()?;
            look_for(this.session()?, &wanted)
        })
    }

    /// Octets of a client that was killed are still on their way, and the server may get to them late.
    fn settle_time(&self) -> Duration {
        let Route { host, proxy, tunnel, .. } = &self.way.route;
        let is_here = is_surely_this_machine(host) && proxy.is_none() && tunnel.is_none();
        if is_here { SETTLED_HERE } else { SETTLED_ELSEWHERE }
    }

    fn close(&mut self) {
        if let Some(session) = self.session.take() {
            session.log_out();
        }
    }
}

/// One call of [`Carrier::hand_over`].
struct HandOver<'a> {
    carrier: &'a mut ImapCarrier,
    answers: &'a mut dyn Answers,
    /// What goes by one command.
    group: Vec<(usize, Letter)>,
    /// What was refused without a word on whether it is the message; and why.
    unclear: Vec<(usize, String)>,
    has_delivered: bool,
}

impl HandOver<'_> {
    fn all(mut self, messages: &[Outgoing]) -> Result<()> {
        for (at, message) in messages.iter().enumerate() {
            if let Some(over) = self.carrier.way.waits.until.over() {
                return Err(over.error("messages to be handed over"));
            }
            let letter = Letter::read(&message.file)?;
            match self.why_not(&letter)? {
                Some(answer) => self.answers.answered(at, answer)?,
                None => self.add(at, letter)?,
            }
        }
        self.flush()?;
        self.settle_unclear()
    }

    /// The answer to a message that is not even sent.
    fn why_not(&mut self, letter: &Letter) -> Result<Option<Answer>> {
        if letter.has_nul {
            return Ok(Some(Answer::Refused("it has a NUL octet, which IMAP cannot carry".into())));
        }
        let limit = self.carrier.session()?.limit.filter(|&limit| letter.octets > limit);
        if let Some(limit) = limit {
            let octets = letter.octets;
            let why = format!("it has {octets} octets, and the server takes {limit} at most");
            return Ok(Some(Answer::Refused(why)));
        }
        // One of two that are the same could not be told from the other one, if no answer came: which of them is there?
        if !self.carrier.sent.insert(letter.fingerprint) {
            let why = "the same message has just been handed over; this copy goes with the next run";
            return Ok(Some(Answer::Later(why.into())));
        }
        Ok(None)
    }

    fn add(&mut self, at: usize, letter: Letter) -> Result<()> {
        let takes_several = self.carrier.session()?.dialogue.capabilities.has("MULTIAPPEND");
        // An empty message makes a server refuse all that come with it.
        if !takes_several || letter.octets == 0 || letter.octets > GROUP_OCTETS {
            self.flush()?;
            return self.singly(at, &letter);
        }
        let octets: u64 = self.group.iter().map(|(_, letter)| letter.octets).sum();
        if self.group.len() >= GROUP || octets + letter.octets > GROUP_OCTETS {
            self.flush()?;
        }
        self.group.push((at, letter));
        Ok(())
    }

    /// Hands the group over, by one command; if that fails, one by one, as nothing of it was taken then.
    fn flush(&mut self) -> Result<()> {
        let group = std::mem::take(&mut self.group);
        if group.len() > 1 {
            let letters: Vec<&Letter> = group.iter().map(|(_, letter)| letter).collect();
            match self.append(&letters)? {
                None => return group.iter().try_for_each(|(at, _)| self.delivered(*at)),
                Some(Verdict::Stops(error)) => return Err(error),
                Some(_) => {}
            }
        }
        group.iter().try_for_each(|(at, letter)| self.singly(*at, letter))
    }

    fn singly(&mut self, at: usize, letter: &Letter) -> Result<()> {
        let Some(verdict) = self.append(&[letter])? else { return self.delivered(at) };
        self.carrier.sent.remove(&letter.fingerprint);
        match verdict {
            Verdict::Stops(error) => Err(error),
            Verdict::NoFolder(why) => Err(no_folder(&why)),
            Verdict::Refused(why) => self.answers.answered(at, Answer::Refused(why)),
            Verdict::Unclear(why) => {
                self.unclear.push((at, why));
                if self.has_delivered { self.settle_unclear() } else { self.unless_all_are_refused() }
            }
        }
    }

    /// One APPEND; once more, if there is no folder and one can be made. None, if all went well.
    fn append(&mut self, letters: &[&Letter]) -> Result<Option<Verdict>> {
        match self.append_once(letters)? {
            Some(Verdict::NoFolder(why)) => {
                self.carrier.session()?.create(&why)?;
                self.append_once(letters)
            }
            verdict => Ok(verdict),
        }
    }

    fn append_once(&mut self, letters: &[&Letter]) -> Result<Option<Verdict>> {
        let ended = self.carrier.session()?.append(letters)?;
        if !ended.is_usable {
            self.carrier.session = None;
        }
        Ok(if ended.status.is_ok() { None } else { Some(Verdict::of(&ended.status)) })
    }

    fn delivered(&mut self, at: usize) -> Result<()> {
        self.has_delivered = true;
        self.answers.answered(at, Answer::Delivered)?;
        self.settle_unclear()
    }

    /// Others pass, or there were too few to tell: it is the message.
    fn settle_unclear(&mut self) -> Result<()> {
        let unclear = std::mem::take(&mut self.unclear);
        unclear.into_iter().try_for_each(|(at, why)| self.answers.answered(at, Answer::Refused(why)))
    }

    fn unless_all_are_refused(&self) -> Result<()> {
        match self.unclear.last() {
            Some((_, why)) if self.unclear.len() >= ENOUGH_REFUSALS => {
                Err(Error::new(Kind::TryLater, format!("the server refuses one message after another: {why}")))
            }
            _ => Ok(()),
        }
    }
}

/// Messages that go by one command.
const GROUP: usize = 64;

/// Their octets.
const GROUP_OCTETS: u64 = 4 * 1024 * 1024;

/// Refusals that say nothing of the message, before it must be something else.
const ENOUGH_REFUSALS: usize = 3;

/// How long what was sent may still be answered after a stop.
const GRACE: Duration = Duration::from_secs(10);

const SETTLED_HERE: Duration = Duration::from_secs(2);
const SETTLED_ELSEWHERE: Duration = Duration::from_secs(600);
