//! What one account shows while it is being fetched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::bar::TransferBar;
use super::delivered::PublishedJson;
use super::waiting::{WaitingLine, WatchedDialogue};
use super::{Console, DeliveredMessage, FewLines, MailboxJson, PlannedMessage, Reporter, Topic, Verbosity, print_json};
use crate::client::Transcript;
use crate::error::Result;
use crate::until::Until;

/// Reports on one account: lines that begin with its name, a bar, and what is waited for.
pub struct AccountReporter {
    label: String,
    host: String,
    console: Arc<Console>,
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
        let (host, waiting, of_messages) = (String::new(), OnceLock::new(), Mutex::default());
        Self { label, host, console, bar: Mutex::default(), waiting, of_messages, json: None, plan: None }
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
        let line = self.waiting.get_or_init(|| WaitingLine::new(&self.label, &self.console).map(Arc::new));
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
        self.console.say(Verbosity::Normal, &format!("mailhaul: {}: {text}", self.label));
    }

    fn warn_of(&self, topic: Topic, text: &str) {
        let mut of_messages = self.of_messages.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("mailhaul: {}: {text}", self.label);
        of_messages.entry(topic).or_default().say(&self.console, topic, &line);
    }

    fn sum_up(&self) {
        let mut of_messages = self.of_messages.lock().unwrap_or_else(PoisonError::into_inner);
        of_messages.iter_mut().for_each(|(topic, lines)| lines.end(&self.console, *topic, &self.label));
    }

    fn tell(&self, text: &str) {
        self.console.tell(&format!("{}: {text}", self.label));
    }

    fn confirm(&self, question: &str, until: &Until) -> Result<bool> {
        self.console.confirm(&format!("{}: {question}", self.label), until)
    }

    fn note(&self, text: &str) {
        self.console.say(Verbosity::Verbose, &format!("{}: {text}", self.label));
    }

    fn begin(&self, messages: u64, octets: u64) {
        self.waiting_line().iter().for_each(|line| line.clear());
        *self.bar() = Some(TransferBar::show(&self.label, messages, octets, &self.console));
    }

    fn octets(&self, octets: u64) {
        self.bar().iter().for_each(|bar| bar.octets(octets));
    }

    fn message(&self) {
        self.bar().iter().for_each(TransferBar::message);
    }

    fn end(&self) {
        if let Some(bar) = self.bar().take() {
            bar.remove(&self.console);
        }
    }

    fn wants_messages(&self) -> bool {
        self.json.is_some()
    }

    fn published(&self, message: &DeliveredMessage) {
        if let Some(of) = &self.json {
            print_json(&self.console, &PublishedJson::of(of, message));
        }
    }

    fn planned(&self, messages: &mut dyn Iterator<Item = PlannedMessage<'_>>) {
        self.waiting_line().iter().for_each(|line| line.clear());
        self.plan.iter().for_each(|view| view(messages));
    }

    fn transcript(&self) -> Arc<dyn Transcript> {
        match self.console.verbosity() {
            Verbosity::Dialogue => {
                Arc::new(ShownDialogue { label: self.label.clone(), console: Arc::clone(&self.console) })
            }
            _ => self.watched_dialogue(),
        }
    }
}

struct ShownDialogue {
    label: String,
    console: Arc<Console>,
}

impl Transcript for ShownDialogue {
    fn sent(&self, line: &str) {
        self.console.say(Verbosity::Dialogue, &format!("{}: > {line}", self.label));
    }

    fn received(&self, line: &str) {
        self.console.say(Verbosity::Dialogue, &format!("{}: < {line}", self.label));
    }
}

struct NoDialogue;

impl Transcript for NoDialogue {
    fn sent(&self, _: &str) {}
    fn received(&self, _: &str) {}
}
