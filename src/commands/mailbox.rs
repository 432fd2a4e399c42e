//! From a SOURCE and flags to a session that is logged in, for commands that talk to one mailbox.

use std::sync::Arc;

use super::access::simple_access;
use super::sources::{account, trust};
use crate::cli::{GlobalArgs, ServerArgs};
use crate::client::{Answer, Client, Refusal};
use crate::config::{Account, Selection, uids_by_number};
use crate::error::{Error, Kind, Result};
use crate::net::{Stream, Trust};
use crate::output::{AccountReporter, Console, Reporter};
use crate::proto::{MessageNumber, Sizes};
use crate::session::{self, Opening};

/// A session with one mailbox.
pub(super) struct Mailbox {
    pub(super) account: Account,
    pub(super) label: String,
    pub(super) client: Client<Stream>,
}

/// A message of the listing.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) number: MessageNumber,
    /// If LIST told it.
    pub(super) octets: Option<u64>,
    /// If the server has unique-ids.
    pub(super) uid: Option<Vec<u8>>,
}

impl Mailbox {
    /// Connects and logs in. `after` is told each phase that is over.
    pub(super) fn open(
        source: &str,
        args: &ServerArgs,
        global: &GlobalArgs,
        console: &Arc<Console>,
        after: &mut dyn FnMut(&'static str),
    ) -> Result<Self> {
        let account = account(source, args, global)?;
        let trust = trust(&account)?;
        let label = account.label();
        let access = simple_access(&account, global, None)?;
        let opening = opening(&account, trust.as_ref(), &label, console);
        after("start");
        let client = session::open_by_phases(&opening, &access, after)?;
        Ok(Self { account, label, client })
    }

    /// Connects, up to TLS and the capabilities, without a login.
    pub(super) fn greet(source: &str, args: &ServerArgs, global: &GlobalArgs, console: &Arc<Console>) -> Result<Self> {
        let account = account(source, args, global)?;
        let trust = trust(&account)?;
        let label = account.label();
        let client = session::open_without_login(&opening(&account, trust.as_ref(), &label, console))?;
        Ok(Self { account, label, client })
    }

    /// As [`Self::open`], for commands that do not care for phases.
    pub(super) fn log_in(source: &str, args: &ServerArgs, global: &GlobalArgs, console: &Arc<Console>) -> Result<Self> {
        Self::open(source, args, global, console, &mut |_| {})
    }

    /// The value of an answer; a refusal is an error here.
    pub(super) fn value<V>(&self, what: &str, answer: Result<Answer<V>>) -> Result<V> {
        answer.map_err(|error| error.at(&self.label))?.map_err(|refusal| self.refused(what, &refusal))
    }

    /// The error for a command that the server refuses.
    pub(super) fn refused(&self, what: &str, refusal: &Refusal) -> Error {
        let kind = if refusal.temporary { Kind::TryLater } else { Kind::Unavailable };
        Error::new(kind, format!("{}: the server refuses {what}: {}", self.label, refusal.text))
    }

    /// The messages that are selected, in the order of their numbers; all, when nothing is. An error names what is
    /// not there.
    pub(super) fn select(&mut self, selections: &[Selection]) -> Result<Vec<Entry>> {
        let entries = self.entries(selections.iter().any(|selection| !selection.is_by_number()))?;
        if selections.is_empty() {
            return Ok(entries);
        }
        let is = |selection: &Selection, entry: &Entry| selection.has(entry.number, entry.uid.as_deref());
        for selection in selections {
            if !entries.iter().any(|entry| is(selection, entry)) {
                let text = format!("{}: there is no message {}", self.label, selection.shown());
                return Err(Error::new(Kind::Unavailable, text).hint("mailhaul list SOURCE shows what is there"));
            }
        }
        let selected = |entry: &Entry| selections.iter().any(|selection| is(selection, entry));
        Ok(entries.into_iter().filter(selected).collect())
    }

    /// Every message, by the scan listing and, if the server has one, the unique-id listing.
    fn entries(&mut self, uids_needed: bool) -> Result<Vec<Entry>> {
        let sizes = self.client.list();
        let sizes: Sizes = self.value("LIST", sizes)?;
        if let Some(bad) = sizes.first_bad_line() {
            return Err(Error::from(bad.clone()).at(&self.label));
        }
        let uids = self.client.uidl().map_err(|error| error.at(&self.label))?;
        let mut uids = match uids {
            Ok(listing) => uids_by_number(&listing),
            Err(refusal) if uids_needed => return Err(self.refused("UIDL", &refusal)),
            Err(_) => Default::default(),
        };
        let entry = |(number, octets)| Entry { number, octets: Some(octets), uid: uids.remove(&number) };
        Ok(sizes.in_order().into_iter().map(entry).collect())
    }

    /// QUIT, where nothing depends on the answer.
    pub(super) fn leave(mut self) {
        // Everything that was asked for has come; a server that cannot say goodbye is no error.
        if self.client.quit().is_ok() {
            self.client.into_stream().close().ok();
        }
    }
}

/// What a session is opened with. A signal may end these commands at once: they keep no state.
fn opening<'a>(account: &'a Account, trust: Option<&'a Trust>, label: &str, console: &Arc<Console>) -> Opening<'a> {
    let reporter = AccountReporter::new(label.to_owned(), Arc::clone(console));
    Opening { account, trust, deadline: account.ends(), stop: None, transcript: reporter.transcript() }
}

impl Entry {
    /// The unique-id as it is shown: `-` without one.
    pub(super) fn shown_uid(&self) -> String {
        self.uid.as_deref().map_or("-".into(), crate::escape::text)
    }

    /// What a download needs.
    pub(super) fn wanted(entries: &[Self]) -> Vec<(MessageNumber, u64)> {
        entries.iter().map(|entry| (entry.number, entry.octets.unwrap_or(0))).collect()
    }
}
