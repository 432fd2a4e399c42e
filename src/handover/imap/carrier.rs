use std::collections::HashSet;
use std::time::Duration;

use super::look::look_for;
use super::mark::Mark;
use super::parcel::Parcel;
use super::quoted::quoted;
use super::refusal::AppendRefusal;
use super::session::{FolderSession, no_folder};
use super::sought::Sought;
use super::way::ImapWay;
use super::{login, utf7};
use crate::deliver::{Answer, Answers, Carrier, Outgoing, Sight};
use crate::error::{Cause, Error, Kind, Result};
use crate::fingerprint::Fingerprint;
use crate::net::{Route, Transport, is_surely_this_machine};

/// Hands messages over to an IMAP folder.
pub struct ImapCarrier {
    way: ImapWay,
    session: Option<FolderSession>,
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
    fn session(&mut self) -> Result<&mut FolderSession> {
        let session = match self.session.take() {
            Some(session) => session,
            None => {
                let mut client = login::open(&self.way)?;
                // A stop is seen between two commands: what has been sent is answered first, if that does not take long.
                client.stream().give_grace(GRACE);
                let settings = &self.way.settings;
                let folder = quoted(&utf7::encode(&settings.folder));
                let folder = folder.ok_or_else(|| Error::new(Kind::Usage, "no server has a folder of that name"))?;
                FolderSession::new(client, folder, &settings.flags)
            }
        };
        Ok(self.session.insert(session))
    }
}

impl Carrier for ImapCarrier {
    /// Nothing is sent by this, so it is done again if a server has hung up that was not spoken to for long.
    fn mark(&mut self) -> Result<Vec<u8>> {
        let had_session = self.session.is_some();
        let mark = |this: &mut Self| this.within_session(|this| this.session()?.mark());
        let mark = match mark(self) {
            Err(error) if had_session && error.cause() == Cause::ConnectionLost => mark(self),
            result => result,
        }?;
        self.sent.clear();
        Ok(mark.to_octets())
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
                let parcel = Parcel::read(&message.file)?;
                // Without a mark nothing was sent: a mark is remembered before.
                Ok(Sought { parcel, mark: Mark::from_octets(&message.mark) })
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
    group: Vec<(usize, Parcel)>,
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
            let parcel = Parcel::read(&message.file)?;
            match self.why_not(&parcel)? {
                Some(answer) => self.answers.answered(at, answer)?,
                None => self.add(at, parcel)?,
            }
        }
        self.flush()?;
        self.settle_unclear()
    }

    /// The answer to a message that is not even sent.
    fn why_not(&mut self, parcel: &Parcel) -> Result<Option<Answer>> {
        if parcel.has_nul {
            return Ok(Some(Answer::Refused("it has a NUL octet, which IMAP cannot carry".into())));
        }
        let limit = self.carrier.session()?.limit.filter(|&limit| parcel.octets > limit);
        if let Some(limit) = limit {
            let octets = parcel.octets;
            let why = format!("it has {octets} octets, and the server takes {limit} at most");
            return Ok(Some(Answer::Refused(why)));
        }
        // One of two that are the same could not be told from the other one, if no answer came: which of them is there?
        // Whoever asks for marks sees to that; this is for whoever does not.
        if !self.carrier.sent.insert(parcel.fingerprint) {
            let why = "the same message goes just now; this copy goes with the next run";
            return Ok(Some(Answer::Later(why.into())));
        }
        Ok(None)
    }

    fn add(&mut self, at: usize, parcel: Parcel) -> Result<()> {
        let takes_several = self.carrier.session()?.client.capabilities.has("MULTIAPPEND");
        // An empty message makes a server refuse all that come with it.
        if !takes_several || parcel.octets == 0 || parcel.octets > GROUP_OCTETS {
            self.flush()?;
            return self.singly(at, &parcel);
        }
        let octets: u64 = self.group.iter().map(|(_, parcel)| parcel.octets).sum();
        if self.group.len() >= GROUP || octets + parcel.octets > GROUP_OCTETS {
            self.flush()?;
        }
        self.group.push((at, parcel));
        Ok(())
    }

    /// Hands the group over, by one command; if that fails, one by one, as nothing of it was taken then.
    fn flush(&mut self) -> Result<()> {
        let group = std::mem::take(&mut self.group);
        if group.len() > 1 {
            let parcels: Vec<&Parcel> = group.iter().map(|(_, parcel)| parcel).collect();
            match self.append(&parcels)? {
                None => return group.iter().try_for_each(|(at, _)| self.delivered(*at)),
                Some(AppendRefusal::Stops(error)) => return Err(error),
                Some(_) => {}
            }
        }
        group.iter().try_for_each(|(at, parcel)| self.singly(*at, parcel))
    }

    fn singly(&mut self, at: usize, parcel: &Parcel) -> Result<()> {
        let Some(refusal) = self.append(&[parcel])? else { return self.delivered(at) };
        self.carrier.sent.remove(&parcel.fingerprint);
        match refusal {
            AppendRefusal::Stops(error) => Err(error),
            AppendRefusal::NoFolder(why) => Err(no_folder(&why)),
            AppendRefusal::Refused(why) => self.answers.answered(at, Answer::Refused(why)),
            AppendRefusal::Unclear(why) => {
                self.unclear.push((at, why));
                if self.has_delivered { self.settle_unclear() } else { self.unless_all_are_refused() }
            }
        }
    }

    /// One APPEND; once more, if there is no folder and one can be made. None, if all went well.
    fn append(&mut self, parcels: &[&Parcel]) -> Result<Option<AppendRefusal>> {
        match self.append_once(parcels)? {
            Some(AppendRefusal::NoFolder(why)) => {
                self.carrier.session()?.create(&why)?;
                self.append_once(parcels)
            }
            refusal => Ok(refusal),
        }
    }

    fn append_once(&mut self, parcels: &[&Parcel]) -> Result<Option<AppendRefusal>> {
        let ended = self.carrier.session()?.append(parcels)?;
        if !ended.is_usable {
            self.carrier.session = None;
        }
        Ok(if ended.status.is_ok() { None } else { Some(AppendRefusal::of(&ended.status)) })
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
