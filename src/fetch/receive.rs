//! The octets of one reply: a message into its staged file, or the header that TOP shows.

use super::Job;
use super::destination_set::DestinationSet;
use super::failure::{FailedMessage, Failure, name_of};
use super::identify::Told;
use super::life::{ListedMessage, StagedMessage};
use super::plan::RAISED;
use super::summary::SummaryTaker;
use super::tee::Tee;
use crate::client::{Body, Client};
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Taker;
use crate::net::Connection;
use crate::proto::limits;
use crate::state::Trouble;

/// What is known of a reply before it comes.
pub(super) struct Receipt<'a, 'j> {
    job: &'a Job<'j>,
    listed: ListedMessage,
    limit: u64,
    /// What the run may still receive.
    allowed: u64,
    /// Other commands are outstanding: their replies may come in its place.
    in_a_row: bool,
}

/// A reply whose end did not come, and why.
pub(super) enum BrokenReply {
    /// It is longer than this many octets.
    TooLong(u64),
    /// LIST has announced less, and --max-bytes leaves nothing for the rest.
    OverBudget,
    /// It looks like the reply to another command.
    OutOfStep,
    /// It could not be stored.
    Local(Error),
    /// The line is the reason.
    Line(Error),
}

impl<'a, 'j> Receipt<'a, 'j> {
    pub(super) fn new(job: &'a Job<'j>, listed: &ListedMessage, in_a_row: bool) -> Self {
        let limit = limit_of(listed, job.policy.limits.of_a_message());
        Self { job, listed: listed.clone(), limit, allowed: u64::MAX, in_a_row }
    }

    /// The same, where the run may receive no more than this.
    pub(super) fn within(self, allowed: u64) -> Self {
        Self { allowed, ..self }
    }

    /// Stages a message.
    pub(super) fn message(
        self,
        client: &mut Client<Connection>,
        body: Body,
        wanted: DestinationSet,
        stagers: &mut Tee,
    ) -> Result<StagedMessage, BrokenReply> {
        let mut taker = Taker::default();
        let mut summary = self.job.reporter.wants_messages().then(SummaryTaker::default);
        stagers.begin(wanted).map_err(BrokenReply::Local)?;
        let received = self.octets(client, body, |octets| {
            self.job.reporter.octets(octets.len() as u64);
            taker.push(octets);
            summary.iter_mut().for_each(|summary| summary.push(octets));
            stagers.write(octets)
        });
        match received {
            Ok(received) => {
                let staged = stagers.finish().inspect_err(|_| stagers.abandon()).map_err(BrokenReply::Local)?;
                let message = StagedMessage::new(self.listed, staged, received, taker.finish());
                Ok(message.with_summary(summary.map(SummaryTaker::finish)))
            }
            Err(broken) => {
                stagers.abandon();
                Err(broken)
            }
        }
    }

    /// Takes the fingerprint of a header. Some servers send more than that.
    pub(super) fn header(mut self, client: &mut Client<Connection>, body: Body) -> Result<Told, Failure> {
        let mut taker = Taker::default();
        self.limit = limit_of(&self.listed, None);
        let received = self.octets(client, body, |octets| {
            taker.push(octets);
            Ok(())
        });
        match received {
            Ok(_) => Ok(taker.finish_header().map_or(Told::NotEnough, Told::Print)),
            Err(broken) => Err(broken.explain(self.listed, self.job).1),
        }
    }

    /// Gives the octets of a reply to `sink`; returns how many came.
    fn octets(
        &self,
        client: &mut Client<Connection>,
        body: Body,
        mut sink: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64, BrokenReply> {
        let mut received: u64 = 0;
        let mut first = FirstOctets::default();
        client.body(body, |octets| {
            received += octets.len() as u64;
            if received > self.limit {
                Err(BrokenReply::TooLong(self.limit))
            } else if received > self.allowed {
                Err(BrokenReply::OverBudget)
            } else if self.in_a_row && first.look_like_a_reply(octets) {
                Err(BrokenReply::OutOfStep)
            } else {
                sink(octets).map_err(BrokenReply::Local)
            }
        })?;
        Ok(received)
    }
}

/// What the client itself says is of the line.
impl From<Error> for BrokenReply {
    fn from(error: Error) -> Self {
        Self::Line(error)
    }
}

impl BrokenReply {
    /// What it means for the message, for the session and for the next run.
    pub(super) fn explain(self, listed: ListedMessage, job: &Job<'_>) -> (Option<FailedMessage>, Failure) {
        match self {
            Self::Local(error) => (None, error.into()),
            Self::OutOfStep => {
                let text = "a message begins like a reply: the server's replies are out of step with the commands";
                (None, Error::nonsense(text).into())
            }
            Self::OverBudget => {
                let text =
                    format!("{} is larger than LIST said, and --max-bytes leaves no room for it", name_of(&listed));
                let error = Error::new(Kind::TryLater, text).hint("the next run goes on with it");
                (None, error.into())
            }
            Self::TooLong(limit) => {
                let text = format!("it does not end within {limit} octets; {RAISED}");
                let error = Error::new(Kind::Protocol, format!("{}: {text}", name_of(&listed)));
                let is_final = job.policy.limits.of_a_message().is_some() || limit >= limits::MESSAGE;
                let trouble = if is_final { Trouble::TooLarge } else { Trouble::Refused };
                (Some(FailedMessage { listed, trouble, text, bound: Some(limit) }), Failure::Message(error))
            }
            Self::Line(error) if job.is_stopped() => (None, error.into()),
            Self::Line(error) => {
                let text = format!("its rest did not come: {error}");
                let failed = FailedMessage { listed, trouble: Trouble::Interrupted, text, bound: None };
                (Some(failed), error.into())
            }
        }
    }
}

/// A server that says `+OK` once too often makes the next reply look like a message. No mail begins so; one that does
/// all the same is fetched when no other command is outstanding, where nothing can be mistaken.
#[derive(Default)]
struct FirstOctets(Vec<u8>);

impl FirstOctets {
    fn look_like_a_reply(&mut self, octets: &[u8]) -> bool {
        let missing = 5 - self.0.len();
        if missing == 0 {
            return false;
        }
        self.0.extend_from_slice(&octets[..missing.min(octets.len())]);
        self.0.starts_with(b"+OK ") || self.0.starts_with(b"+OK\r") || self.0.starts_with(b"-ERR ")
    }
}

pub(super) fn no_answer(error: &Error) -> String {
    format!("it did not come: {error}")
}

/// Octets that a message may have: what the user says; else a good deal more than what LIST said, but not as much as it likes.
fn limit_of(listed: &ListedMessage, said: Option<u64>) -> u64 {
    match (said, listed.octets) {
        (Some(max), _) => max,
        (None, Some(octets)) => octets.saturating_mul(8).saturating_add(64 << 20).min(limits::MESSAGE),
        (None, None) => limits::MESSAGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::MessageNumber;
    use crate::state::Key;

    /// What comes counts, not what was said: a disk fills by what comes.
    #[test]
    fn list_does_not_lift_its_own_limit() {
        let listed = |octets| ListedMessage {
            number: MessageNumber::new(1).unwrap(),
            key: Key { uid: b"u".to_vec(), occurrence: 0 },
            octets,
            row: None,
            delete: false,
            again: false,
        };
        assert_eq!(limit_of(&listed(Some(1000)), None), 8000 + (64 << 20));
        for octets in [None, Some(3 << 30), Some(i64::MAX as u64), Some(u64::MAX)] {
            assert_eq!(limit_of(&listed(octets), None), 2 << 30, "{octets:?}");
            assert_eq!(limit_of(&listed(octets), Some(9 << 30)), 9 << 30, "the user may want more");
        }
    }
}
