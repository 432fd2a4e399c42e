//! From a SOURCE and flags to a session that is logged in, for commands that talk to one mailbox.

use std::sync::Arc;

use super::access::{InputPassword, SecretContext};
use super::entries::Entries;
use super::signals;
use crate::auth::Access;
use crate::cli::{GlobalArgs, ServerArgs};
use crate::client::{Answer, Client, Refusal};
use crate::commands::shared::sources::{account, trust};
use crate::config::{Account, Selection};
use crate::error::{Error, Kind, Result};
use crate::net::{Connection, Sockets, Trust};
use crate::output::{AccountReporter, Console, Reporter};
use crate::proto::{Listing, Pipelining, Sizes, limits};
use crate::session::{self, Opened, Quirks, SessionOptions};
use crate::until::Until;

/// A session with one mailbox.
pub(in crate::commands) struct MailboxSession {
    pub(in crate::commands) account: Account,
    pub(in crate::commands) label: String,
    pub(in crate::commands) client: Client<Connection>,
    pub(in crate::commands) reporter: AccountReporter,
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
        Self::open_beside(source, args, global, console, &InputPassword::default(), after)
    }

    /// The same for one of several sources of a command.
    pub(in crate::commands) fn open_beside(
        source: &str,
        args: &ServerArgs,
        global: &GlobalArgs,
        console: &Arc<Console>,
        input: &InputPassword,
        after: &mut dyn FnMut(&'static str),
    ) -> Result<Self> {
        let account = account(source, args, global, console)?;
        let until = until_end_of(&account, global)?;
        let trust = trust(&account, &until)?;
        let label = account.label();
        let access = SecretContext { global, console, until: until.clone(), asks_nobody: false }
            .access_beside(&account, input)?;
        let reporter = AccountReporter::new(label.clone(), Arc::clone(console)).of_host(&account.source.host);
        let opening = opening(&account, trust.as_ref(), until, &reporter);
        after("start");
        let Opened { client, warnings, .. } = session::open_by_phases(&opening, &access, after)?;
        warnings.iter().for_each(|warning| reporter.warn(warning));
        Ok(Self { account, label, client, reporter })
    }

    /// Connects, up to TLS and the capabilities, without a login.
    pub(in crate::commands) fn greet(
        source: &str,
        args: &ServerArgs,
        global: &GlobalArgs,
        console: &Arc<Console>,
    ) -> Result<Self> {
        let account = account(source, args, global, console)?;
        let until = until_end_of(&account, global)?;
        let trust = trust(&account, &until)?;
        let label = account.label();
        let reporter = AccountReporter::new(label.clone(), Arc::clone(console)).of_host(&account.source.host);
        let opening = opening(&account, trust.as_ref(), until, &reporter);
        let client = session::open_without_login(&opening)?;
        Ok(Self { account, label, client, reporter })
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
        let is_open = self.account.pipelining == Pipelining::Auto && !self.client.capabilities().is_empty();
        if is_open && commands >= MANY {
            self.client.may_have("PIPELINING")?;
        }
        Ok(())
    }

    /// Octets that a message may have.
    pub(in crate::commands) fn largest_message(&self) -> u64 {
        self.account.limits.of_a_message().unwrap_or(limits::MESSAGE)
    }

    /// The messages that are selected, as [`Entries::choose`] does.
    pub(in crate::commands) fn select(&mut self, selections: &[Selection], uids: Uids) -> Result<Entries> {
        self.entries(uids.for_selections(selections))?.choose(selections)
    }

    /// Every message, in the order of numbers: by the scan listing and, if it is wanted, the unique-id listing. Sizes are
    /// hints here: a line that tells the number alone is enough.
    pub(in crate::commands) fn entries(&mut self, uids: Uids) -> Result<Entries> {
        let sizes = self.sizes()?;
        if let Some(bad) = sizes.first_without_number() {
            return Err(bad.clone().into());
        }
        self.with_sizes(sizes, uids)
    }

    /// The same, where the sizes are what is asked for.
    pub(in crate::commands) fn entries_with_sizes(&mut self, uids: Uids) -> Result<Entries> {
        let sizes = self.sizes()?;
        if let Some(bad) = sizes.first_bad_line() {
            return Err(bad.clone().into());
        }
        self.with_sizes(sizes, uids)
    }

    fn sizes(&mut self) -> Result<Sizes> {
        let sizes = self.client.list()?;
        let sizes = self.client.or_empty(sizes);
        self.value("LIST", sizes)
    }

    fn with_sizes(&mut self, sizes: Sizes, uids: Uids) -> Result<Entries> {
        let uids = match uids {
            Uids::Unused => None,
            Uids::Shown | Uids::Needed => self.uids(uids)?,
        };
        Ok(Entries::new(sizes, uids.map(Listing::by_number)))
    }

    /// Every message of the unique-id listing, in the order of numbers, without sizes.
    pub(in crate::commands) fn with_uids(&mut self) -> Result<Entries> {
        let uids = self.uids(Uids::Needed)?;
        Ok(Entries::new(Sizes::default(), uids.map(Listing::by_number)))
    }

    /// The unique-id listing, if the server has one.
    pub(in crate::commands) fn uids(&mut self, uids: Uids) -> Result<Option<Listing>> {
        match self.client.uidl()? {
            Ok(listing) => Ok(Some(listing)),
            Err(refusal) if uids == Uids::Needed => {
                let empty = self.client.or_empty::<Listing>(Err(refusal));
                self.value("UIDL", empty).map(Some)
            }
            Err(_) => Ok(None),
        }
    }

    /// QUIT, where nothing depends on the answer.
    pub(in crate::commands) fn leave(mut self) {
        // Everything that was asked for has come; a server that cannot say goodbye is no error.
        self.client.leave().ok();
    }
}

/// The error for a command that the server refuses.
pub(in crate::commands) fn refused(what: &str, refusal: &Refusal) -> Error {
    let kind = if refusal.temporary { Kind::TryLater } else { Kind::Unavailable };
    Error::new(kind, format!("the server refuses {what}: {}", refusal.text))
}

/// When an account's run must be over. From now on a signal asks for that, too.
pub(in crate::commands) fn until_end_of(account: &Account, global: &GlobalArgs) -> Result<Until> {
    Ok(Until { deadline: account.ends(global.begun), stop: Some(signals::catch()?) })
}

/// A session that only begins: the login is what counts.
pub(in crate::commands) fn try_login(
    account: &Account,
    access: &Access,
    until: Until,
    console: &Arc<Console>,
) -> Result<()> {
    let reporter = AccountReporter::new(account.label(), Arc::clone(console));
    let trust = trust(account, &until)?;
    let mut client = session::open(&opening(account, trust.as_ref(), until, &reporter), access)?.client;
    client.leave().ok();
    Ok(())
}

/// What a session is opened with.
pub(in crate::commands) fn opening<'a>(
    account: &'a Account,
    trust: Option<&'a Trust>,
    until: Until,
    reporter: &AccountReporter,
) -> SessionOptions<'a> {
    SessionOptions {
        account,
        network: &Sockets,
        trust,
        until,
        transcript: reporter.transcript(),
        quirks: Quirks::default(),
    }
}

/// Commands from which on one more round trip pays, where it may save all but one of theirs.
const MANY: usize = 3;
