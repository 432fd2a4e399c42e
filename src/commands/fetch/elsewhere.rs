//! The trap of a trial: what was delivered into one place is not delivered into another one, and nothing comes.

use super::FetchRun;
use crate::fetch::{Elsewhere, Tally};
use crate::output::{AccountLog, Event, Verbosity, count};

/// Says where the messages are that this run did not bring, as they were delivered before. On a terminal whenever the
/// destination has had none of the mailbox; elsewhere once, as it may be meant so.
pub(super) fn show(run: &FetchRun, log: &AccountLog, tally: &Tally) {
    if tally.elsewhere.is_empty() {
        return;
    }
    let is_news = tally.elsewhere_is_news || run.console.on_terminal();
    let wanted = if is_news { Verbosity::Normal } else { Verbosity::Verbose };
    let places: Vec<String> =
        tally.elsewhere.iter().map(|place| format!("{} {place}", place.were_delivered())).collect();
    let listed = tally.listed.unwrap_or_default();
    let delivered: u64 = tally.elsewhere.iter().map(Elsewhere::messages).sum();
    let overlap = match places.len() {
        _ if delivered <= listed => "",
        2 => "; some of them to both",
        _ => "; some of them to several of these",
    };
    let text = format!("{} listed; {}{overlap}", count(listed, "message"), places.join(", "));
    let hint = "--all fetches them again; for a trial use --state-dir DIR, which has a history of its own";
    log.log_with_hint(wanted, Event::Detail, &text, Some(hint));
}
