//! What one account shows while it is being fetched.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use super::delivered::PublishedJson;
use super::{Console, DeliveredMessage, FewLines, MailboxJson, Reporter, Topic, Verbosity, print_json};
use crate::client::Transcript;
use crate::error::Result;
use crate::until::Until;

/// Reports on one account: lines that begin with its name, and a bar.
pub struct AccountReporter {
    label: String,
    console: Arc<Console>,
    bar: Mutex<Bar>,
    of_messages: Mutex<BTreeMap<Topic, FewLines>>,
    /// With what the objects of published messages begin, if they are printed.
    json: Option<MailboxJson>,
}

struct Bar {
    bar: ProgressBar,
    done: u64,
    messages: u64,
}

impl AccountReporter {
    /// A reporter of the account `label`.
    pub fn new(label: String, console: Arc<Console>) -> Self {
        let bar = Mutex::new(Bar { bar: ProgressBar::hidden(), done: 0, messages: 0 });
        Self { label, console, bar, of_messages: Mutex::default(), json: None }
    }

    /// It also prints an object for each message that was published.
    pub fn with_messages(self, of: MailboxJson) -> Self {
        Self { json: Some(of), ..self }
    }

    fn with_bar(&self, act: impl FnOnce(&mut Bar)) {
        act(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
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
        let bar = self.console.bars().add(ProgressBar::new(octets).with_style(style()).with_prefix(self.label.clone()));
        bar.set_message(format!("0/{messages}"));
        self.with_bar(|shown| *shown = Bar { bar, done: 0, messages });
    }

    fn octets(&self, octets: u64) {
        self.with_bar(|shown| shown.bar.inc(octets));
    }

    fn message(&self) {
        self.with_bar(|shown| {
            shown.done += 1;
            if !shown.bar.is_hidden() {
                shown.bar.set_message(format!("{}/{}", shown.done, shown.messages));
            }
        });
    }

    fn end(&self) {
        self.with_bar(|shown| {
            shown.bar.finish_and_clear();
            self.console.bars().remove(&shown.bar);
        });
    }

    fn wants_messages(&self) -> bool {
        self.json.is_some()
    }

    fn published(&self, message: &DeliveredMessage) {
        if let Some(of) = &self.json {
            print_json(&self.console, &PublishedJson::of(of, message));
        }
    }

    fn transcript(&self) -> Arc<dyn Transcript> {
        match self.console.verbosity() {
            Verbosity::Dialogue => {
                Arc::new(ShownDialogue { label: self.label.clone(), console: Arc::clone(&self.console) })
            }
            _ => Arc::new(NoDialogue),
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template(
        "{prefix} [{wide_bar}] {msg} messages  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .progress_chars("=> ")
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
