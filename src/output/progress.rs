//! What one account shows while it is being fetched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::bar::TransferBar;
use super::delivered::PublishedJson;
use super::waiting::{WaitingLine, WatchedDialogue};
use super::{
    AccountLog, Console, DeliveredMessage, Event, FewLines, MailboxJson, PlannedMessage, Reporter, Topic, Verbosity,
    print_json,
};
use crate::client::Transcript;
use crate::error::Result;
use crate::until::Until;

/// Reports on one account: lines that begin with its name, a bar, and what is waited for.
pub struct AccountReporter {
    log: Arc<AccountLog>,
    host: String,
    bar: Mutex<Option<TransferBar>>,
    waiting: OnceLock<Option<Arc<WaitingLine>>>,
    of_messages: Mutex<BTreeMap<Topic, FewLines>>,
    /// With what the objects of published messages begin, if they are printed.
    json: Option<MailboxJson>,
    /// Shows a dry run.
    plan: Option<PlanView>,
}

/// What shows the messages of a dry run.
pub type PlanView = Box<dyn Fn(&mut dyn Iterator<Item = PlannedMessage<'_>>) + Send + Sync>;

impl AccountReporter {
    /// A reporter of the account `label`.
    pub fn new(label: String, console: Arc<Console>) -> Self {
        Self::of(Arc::new(AccountLog::new(label, console)))
    }

    /// A reporter that writes its lines there.
    pub fn of(log: Arc<AccountLog>) -> Self {
        let (host, waiting, of_messages) = (String::new(), OnceLock::new(), Mutex::default());
        Self { log, host, bar: Mutex::default(), waiting, of_messages, json: None, plan: None }
    }

    /// It also prints an object for each message that was published.
    pub fn with_messages(self, of: MailboxJson) -> Self {
        Self { json: Some(of), ..self }
    }

    /// It shows a dry run by this.
    pub fn with_plan(self, view: PlanView) -> Self {
        Self { plan: Some(view), ..self }
    }

    /// The same, which can say the name of the server.
    pub fn of_host(self, host: &str) -> Self {
        Self { host: format!(" to {}", crate::escape::text(host.as_bytes())), ..self }
    }

    /// From now on nothing that is waited for is shown: a person types.
    pub fn never_wait(&self) {
        self.waiting_line().iter().for_each(|line| line.end());
    }

    fn waiting_line(&self) -> Option<&Arc<WaitingLine>> {
        self.waiting.get()?.as_ref()
    }

    /// On a terminal it shows what is waited for, beginning with the connection.
    fn watched_dialogue(&self) -> Arc<dyn Transcript> {
        let line = self.waiting.get_or_init(|| WaitingLine::new(self.log.label(), self.log.console()).map(Arc::new));
        match line {
            Some(line) => {
                line.wait_for(&format!("connecting{}", self.host));
                Arc::new(WatchedDialogue::new(Arc::clone(line)))
            }
            None => Arc::new(NoDialogue),
        }
    }

    fn bar(&self) -> MutexGuard<'_, Option<TransferBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for AccountReporter {
    fn warn(&self, text: &str) {
        self.log.log(Verbosity::Normal, Event::Warning, text);
    }

    fn warn_of(&self, topic: Topic, text: &str) {
        let mut of_messages = self.of_messages.lock().unwrap_or_else(PoisonError::into_inner);
        of_messages.entry(topic).or_default().log(&self.log, topic, text);
    }

    fn sum_up(&self) {
        let mut of_messages = self.of_messages.lock().unwrap_or_else(PoisonError::into_inner);
        of_messages.iter_mut().for_each(|(topic, lines)| lines.end_log(&self.log, *topic));
    }

    fn tell(&self, text: &str) {
        self.log.log(self.log.console().for_watchers(), Event::Detail, text);
    }

    fn confirm(&self, question: &str, until: &Until) -> Result<bool> {
        self.log.console().confirm(&format!("{}: {question}", self.log.label()), until)
    }

    fn note(&self, text: &str) {
        self.log.log(Verbosity::Verbose, Event::Detail, text);
    }

    fn begin(&self, messages: u64, octets: u64) {
        self.waiting_line().iter().for_each(|line| line.clear());
        *self.bar() = Some(TransferBar::show(self.log.label(), messages, octets, self.log.console()));
    }

    fn octets(&self, octets: u64) {
        self.bar().iter().for_each(|bar| bar.octets(octets));
    }

    fn message(&self) {
        self.bar().iter().for_each(TransferBar::message);
    }

    fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.remove(self.log.console());
        }
    }

    fn wants_messages(&self) -> bool {
        self.json.is_some()
    }

    fn published(&self, message: &DeliveredMessage) {
        if let Some(of) = &self.json {
            print_json(self.log.console(), &PublishedJson::of(of, message));
        }
    }

    fn planned(&self, messages: &mut dyn Iterator<Item = PlannedMessage<'_>>) {
        self.waiting_line().iter().for_each(|line| line.clear());
        self.plan.iter().for_each(|view| view(messages));
    }

    fn transcript(&self) -> Arc<dyn Transcript> {
        match self.log.console().verbosity() {
            Verbosity::Dialogue => Arc::new(ShownDialogue(Arc::clone(&self.log))),
            _ => self.watched_dialogue(),
        }
    }
}

struct ShownDialogue(Arc<AccountLog>);

impl Transcript for ShownDialogue {
    fn sent(&self, line: &str) {
        self.0.log(Verbosity::Dialogue, Event::Dialogue, &format!("> {line}"));
    }

    fn received(&self, line: &str) {
        self.0.log(Verbosity::Dialogue, Event::Dialogue, &format!("< {line}"));
    }
}

struct NoDialogue;

impl Transcript for NoDialogue {
    fn sent(&self, _: &str) {}
    fn received(&self, _: &str) {}
}
