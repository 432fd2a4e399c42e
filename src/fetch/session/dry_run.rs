//! The end of a dry run: the headers of a few messages, QUIT, and what would be done.

use std::cell::Cell;

use super::Session;
use crate::client::{Client, Extent, Part};
use crate::error::{Error, Kind, Result};
use crate::fetch::failure::Failure;
use crate::fetch::plan::Forecast;
use crate::headers::{Headers, MAX_HEADER};
use crate::net::Connection;
use crate::output::{PlannedAction, PlannedMessage};
use crate::proto::MessageNumber;

impl Session<'_, '_> {
    /// Shows what would be fetched and deleted. The session is over by then: a reader may take its time.
    pub(super) fn show_forecast(&mut self, mut client: Client<Connection>, forecast: &Forecast) -> Result<(), Failure> {
        let headers = self.headers(&mut client, forecast.fetch())?;
        self.leave(client)?;
        let fetch = || forecast.fetch().iter().enumerate();
        self.tally.planned.fetch = forecast.fetch().len() as u64;
        let octets = fetch().filter_map(|(_, number)| forecast.octets(*number));
        self.tally.planned.octets = octets.fold(0, u64::saturating_add);
        self.tally.planned.delete = forecast.delete().count() as u64;
        let fetch = fetch().map(|(at, number)| PlannedMessage {
            action: PlannedAction::Fetch,
            number: number.get(),
            uid: forecast.uid(*number),
            octets: forecast.octets(*number),
            headers: headers.as_ref().and_then(|headers| headers.get(at)),
        });
        let delete = forecast.delete().map(|number| PlannedMessage {
            action: PlannedAction::Delete,
            number: number.get(),
            uid: forecast.uid(number),
            octets: None,
            headers: None,
        });
        let job = self.job;
        job.reporter.planned(&mut fetch.chain(delete).take_while(|_| !job.is_stopped()));
        if job.is_stopped() { Err(Error::stopped().into()) } else { Ok(()) }
    }

    /// The headers of messages, in their order; nothing where they are too many, or the server has no TOP. They help, and
    /// what goes wrong with them is no failure.
    fn headers(&mut self, client: &mut Client<Connection>, wanted: &[MessageNumber]) -> Result<Option<Vec<Headers>>> {
        // What QUIT would make such a server forget is not for a dry run to try.
        let expires = client.capabilities().expires_at_once();
        if wanted.is_empty() || wanted.len() > MOST_HEADERS || self.mailbox.no_top || expires {
            return Ok(None);
        }
        let mut headers = TakenHeaders::of(wanted);
        let result = client.may_have("TOP").and_then(|may| if may { headers.take(client).map(Some) } else { Ok(None) });
        match result {
            Ok(None) => Ok(None),
            Err(_) if self.job.is_stopped() => Err(Error::stopped()),
            Ok(Some(())) => Ok(Some(headers.found)),
            Err(error) => {
                self.job.reporter.note(&format!("not all headers could be fetched: {error}"));
                Ok(Some(headers.found))
            }
        }
    }
}

struct TakenHeaders<'a> {
    wanted: &'a [MessageNumber],
    /// Of each of these; empty, while it has not come.
    found: Vec<Headers>,
}

impl<'a> TakenHeaders<'a> {
    fn of(wanted: &'a [MessageNumber]) -> Self {
        Self { wanted, found: vec![Headers::default(); wanted.len()] }
    }

    /// Fetches them by TOP, in the order in which they are wanted.
    fn take(&mut self, client: &mut Client<Connection>) -> Result<()> {
        let Self { wanted, found } = self;
        let (mut octets, mut next, mut left) = (Vec::new(), found.iter_mut(), MOST_OCTETS);
        let in_vain = Cell::new(Some(0));
        let wanted = wanted.iter().map(|number| (*number, USUAL));
        let mut wanted = wanted.take_while(|_| in_vain.get().is_none_or(|refused| refused < TRIES));
        client.download(&mut wanted, Extent::Top(0), LARGEST, &mut |_, part| {
            match part {
                Part::Begin => octets.clear(),
                Part::Octets(more) if octets.len() < MAX_HEADER => octets.extend_from_slice(more),
                Part::Octets(_) => {}
                Part::Refused(_) => {
                    next.next();
                    in_vain.set(in_vain.get().map(|refused| refused + 1));
                }
                Part::End => {
                    let header = Headers::read(&octets);
                    left = left.checked_sub(length(&header)).ok_or_else(too_many_octets)?;
                    in_vain.set(None);
                    next.next().into_iter().for_each(|place| place.clone_from(&header));
                }
            }
            Ok(())
        })
    }
}

fn length(header: &Headers) -> usize {
    let Headers { date, from, subject, message_id } = header;
    date.len() + from.len() + subject.len() + message_id.len()
}

fn too_many_octets() -> Error {
    Error::new(Kind::Protocol, format!("they have more than {MOST_OCTETS} octets"))
}

/// The headers of at most this many messages are fetched: some seconds' work, and more than somebody reads.
const MOST_HEADERS: usize = 1000;

/// A server that refuses the first ones is not asked for the others.
const TRIES: u32 = 3;

/// Octets that they may have together, as they are shown.
const MOST_OCTETS: usize = 4 * 1024 * 1024;

/// Octets that are expected of a header.
const USUAL: u64 = 4096;

/// Some servers answer TOP with the whole message. One that has more octets ends the headers.
const LARGEST: u64 = 16 * 1024 * 1024;
