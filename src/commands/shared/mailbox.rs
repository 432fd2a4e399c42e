//! From a SOURCE and flags to a session that is logged in, for commands that talk to one mailbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::access::SecretContext;
use crate::cli::{GlobalArgs, ServerArgs};
use crate::client::{Answer, Client, Refusal};
use crate::commands::shared::sources::{account, trust};
use crate::config::{Account, Selection, uids_by_number};
use crate::error::{Error, Kind, Result};
use crate::net::{Connection, Sockets, Transport, Trust};
use crate::output::{AccountReporter, Console, Reporter};
use crate::proto::{MessageNumber, Sizes, limits};
use crate::session::{self, SessionOptions};
use crate::until::Until;

/// A session with one mailbox.
pub(in crate::commands) struct MailboxSession {
    pub(in crate::commands) account: Account,
    pub(in crate::commands) label: String,
    pub(in crate::commands) client: Client<Connection>,
}

/// A message of the listing.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Entry {
    pub(in crate::commands) number: MessageNumber,
    /// If LIST told it.
    pub(in crate::commands) octets: Option<u64>,
    /// If the server has unique-ids.
    pub(in crate::commands) uid: Option<Vec<u8>>,
}

/// What a command does with unique-ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::commands) enum Uids {
    /// Nothing: they need not be asked for.
    Unused,
    /// It shows those that there are.
    Shown,
    /// It cannot work without.
    Needed,
}

impl Uids {
    /// Needed, where a message is named by its unique-id.
    pub(in crate::commands) fn for_selections(self, selections: &[Selection]) -> Self {
        let is_named = selections.iter().any(|selection| !selection.is_by_number());
        if is_named { Self::Needed } else { self }
    }
}

impl MailboxSession {
    /// Connects and logs in. `after` is told each phase that is over.
    pub(in crate::commands) fn open(
        source: &str,
        args: &ServerArgs,
        global: &GlobalArgs,
        console: &Arc<Console>,
        after: &mut dyn FnMut(&'static str),
    ) -> Result<Self> {
        let account = account(source, args, global)?;
        let trust = trust(&account)?;
        let label = account.label();
        let until = until_end_of(&account);
        let access = SecretContext { global, console, until: until.clone() }.access(&account)?;
        let opening = SessionOptions { until, ..opening(&account, trust.as_ref(), &label, console) };
        after("start");
        let client = session::open_by_phases(&opening, &access, after)?.client;
        Ok(Self { account, label, client })
    }

    /// Connects, up to TLS and the capabilities, without a login.
    pub(in crate::commands) fn greet(
        source: &str,
        args: &ServerArgs,
        global: &GlobalArgs,
        console: &Arc<Console>,
    ) -> Result<Self> {
        let account = account(source, args, global)?;
        let trust = trust(&account)?;
        let label = account.label();
        let client = session::open_without_login(&opening(&account, trust.as_ref(), &label, console))?;
        Ok(Self { account, label, client })
    }

    /// As [`Self::open`], for commands that do not care for phases.
    pub(in crate::commands) fn log_in(
        source: &str,
        args: &ServerArgs,
        global: &GlobalArgs,
        console: &Arc<Console>,
    ) -> Result<Self> {
        Self::open(source, args, global, console, &mut |_| {})
    }

    /// Does the work of a command: an error of it says which mailbox.
    pub(in crate::commands) fn serve<V>(self, work: impl FnOnce(Self) -> Result<V>) -> Result<V> {
        let label = self.label.clone();
        work(self).map_err(|error| error.at(label))
    }

    /// The value of an answer; a refusal is an error here.
    pub(in crate::commands) fn value<V>(&self, what: &str, answer: Result<Answer<V>>) -> Result<V> {
        answer?.map_err(|refusal| refused(what, &refusal))
    }

    /// Before many commands: some servers take commands in a row only after login, and say so only then (C-096).
    pub(in crate::commands) fn expect_many(&mut self, commands: usize) -> Result<()> {
        let capabilities = self.client.capabilities();
        if commands < MANY || capabilities.is_empty() || capabilities.has("PIPELINING") {
            return Ok(());
        }
        self.client.capa()
    }

    /// Octets that a message may have.
    pub(in crate::commands) fn largest_message(&self) -> u64 {
        self.account.limits.max_size.unwrap_or(limits::MESSAGE)
    }

    /// The messages that are selected, as [`Self::choose`] does.
    pub(in crate::commands) fn select(&mut self, selections: &[Selection], uids: Uids) -> Result<Vec<Entry>> {
        let entries = self.entries(uids.for_selections(selections))?;
        self.choose(entries, selections)
    }

    /// Of all messages those that are selected; all, when nothing is. An error names what is not there.
    pub(in crate::commands) fn choose(&self, entries: Vec<Entry>, selections: &[Selection]) -> Result<Vec<Entry>> {
        if selections.is_empty() {
            return Ok(entries);
        }
        let is = |selection: &Selection, entry: &Entry| selection.has(entry.number, entry.uid.as_deref());
        for selection in selections.iter().filter(|selection| !selection.may_be_empty()) {
            if !entries.iter().any(|entry| is(selection, entry)) {
                let text = format!("there is no message {}", selection.shown());
                return Err(Error::new(Kind::Unavailable, text).hint("mailhaul list SOURCE shows what is there"));
            }
        }
        let selected = |entry: &Entry| selections.iter().any(|selection| is(selection, entry));
        Ok(entries.into_iter().filter(selected).collect())
    }

    /// Every message, in the order of numbers: by the scan listing and, if it is wanted, the unique-id listing. Sizes are
    /// hints here: a line that tells the number alone is enough.
    pub(in crate::commands) fn entries(&mut self, uids: Uids) -> Result<Vec<Entry>> {
        let sizes = self.sizes()?;
        if let Some(bad) = sizes.first_without_number() {
            return Err(bad.clone().into());
        }
        self.with_sizes(&sizes, uids)
    }

    /// The same, where the sizes are what is asked for.
    pub(in crate::commands) fn entries_with_sizes(&mut self, uids: Uids) -> Result<Vec<Entry>> {
        let sizes = self.sizes()?;
        if let Some(bad) = sizes.first_bad_line() {
            return Err(bad.clone().into());
        }
        self.with_sizes(&sizes, uids)
    }

    fn sizes(&mut self) -> Result<Sizes> {
        let sizes = self.client.list();
        self.value("LIST", sizes)
    }

    fn with_sizes(&mut self, sizes: &Sizes, uids: Uids) -> Result<Vec<Entry>> {
        let entry = |(number, octets)| (number, Entry { number, octets, uid: None });
        let mut entries: BTreeMap<MessageNumber, Entry> = sizes.in_order().into_iter().map(entry).collect();
        if uids != Uids::Unused {
            // A message may come between the two listings: it has no size then.
            for (number, uid) in self.uids(uids)? {
                entries.entry(number).or_insert(Entry { number, octets: None, uid: None }).uid = uid;
            }
        }
        Ok(entries.into_values().collect())
    }

    /// Every message of the unique-id listing, in the order of numbers, without sizes.
    pub(in crate::commands) fn with_uids(&mut self) -> Result<Vec<Entry>> {
        let entry = |(number, uid)| Entry { number, octets: None, uid };
        Ok(self.uids(Uids::Needed)?.into_iter().map(entry).collect())
    }

    /// The unique-ids by number.
    fn uids(&mut self, uids: Uids) -> Result<BTreeMap<MessageNumber, Option<Vec<u8>>>> {
        match self.client.uidl()? {
            Ok(listing) => Ok(uids_by_number(&listing)),
            Err(refusal) if uids == Uids::Needed => Err(refused("UIDL", &refusal)),
            Err(_) => Ok(BTreeMap::new()),
        }
    }

    /// QUIT, where nothing depends on the answer.
    pub(in crate::commands) fn leave(mut self) {
        // Everything that was asked for has come; a server that cannot say goodbye is no error.
        if self.client.quit().is_ok() {
            self.client.into_stream().close().ok();
        }
    }
}

/// The error for a command that the server refuses.
pub(in crate::commands) fn refused(what: &str, refusal: &Refusal) -> Error {
    let kind = if refusal.temporary { Kind::TryLater } else { Kind::Unavailable };
    Error::new(kind, format!("the server refuses {what}: {}", refusal.text))
}

/// When an account's run must be over. No stop: signals are not caught.
pub(in crate::commands) fn until_end_of(account: &Account) -> Until {
    Until { deadline: account.ends(), stop: None }
}

/// What a session is opened with. A signal may end these commands at once: they keep no state.
fn opening<'a>(
    account: &'a Account,
    trust: Option<&'a Trust>,
    label: &str,
    console: &Arc<Console>,
) -> SessionOptions<'a> {
    let reporter = AccountReporter::new(label.to_owned(), Arc::clone(console));
    SessionOptions {
        account,
        network: &Sockets,
        trust,
        until: until_end_of(account),
        transcript: reporter.transcript(),
        refuses_scram: false,
    }
}

impl Entry {
    /// The unique-id as it is shown: `-` without one.
    pub(in crate::commands) fn shown_uid(&self) -> String {
        self.uid.as_deref().map_or("-".into(), crate::escape::text)
    }

    /// The unique-id as JSON has it.
    pub(in crate::commands) fn json_uid(&self) -> Option<String> {
        self.uid.as_deref().map(crate::escape::text)
    }

    /// All octets together, as far as LIST told them.
    pub(in crate::commands) fn octets_of(entries: &[Self]) -> u64 {
        entries.iter().filter_map(|entry| entry.octets).fold(0, u64::saturating_add)
    }

    /// What a download needs.
    pub(in crate::commands) fn wanted(entries: &[Self]) -> Vec<(MessageNumber, u64)> {
        entries.iter().map(|entry| (entry.number, entry.octets.unwrap_or(0))).collect()
    }
}

/// Commands from which on one more round trip pays, where it may save all but one of theirs.
const MANY: usize = 3;
