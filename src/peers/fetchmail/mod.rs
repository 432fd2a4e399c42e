//! fetchmail: `.fetchmailrc` and `.fetchids`.

use std::path::{Path, PathBuf};

use super::{OptionFate, PeerConfig, Remark};

use self::file::FetchmailFile;
use self::poll::Poll;

mod account;
mod delivery;
mod file;
mod grammar;
mod options;
mod poll;
mod words;

/// Reads the text of a fetchmailrc. `runner` is the login of whoever runs fetchmail: mail for nobody is for them.
pub fn read(text: &str, runner: Option<&str>) -> PeerConfig {
    let file = FetchmailFile::parse(text);
    let mut config = PeerConfig::default();
    for option in &file.globals {
        let (fate, text) = of_all(option.name, option.is_denied);
        config.remarks.push(Remark {
            line: option.line,
            option: format!("set {}", option.shown()),
            fate,
            text: text.into(),
        });
    }
    let idfile =
        file.globals.iter().rev().find(|option| option.name == "idfile").map(|option| PathBuf::from(option.value()));
    for server in &file.servers {
        let polls = Poll::of(&file.defaults, server);
        config.accounts.extend(polls.into_iter().map(|poll| poll.account(runner, idfile.as_deref())));
    }
    // The word may be a part of a password.
    let unknown = file.unknown.first().map(|(line, _)| (*line, "a word here is none of fetchmail's"));
    let open = file.open_quote.map(|line| (line, "a quote begins here and does not end"));
    config.broken = [unknown, open].into_iter().flatten().min();
    config.remarks.sort_by_key(|remark| remark.line);
    config
}

/// Where fetchmail looks for its configuration: the first that is there.
pub fn configurations(variable: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    match (variable("FETCHMAILHOME"), variable("HOME_ETC"), variable("HOME")) {
        (Some(folder), _, _) => vec![folder.join("fetchmailrc")],
        (None, Some(folder), _) | (None, None, Some(folder)) => vec![folder.join(".fetchmailrc")],
        (None, None, None) => Vec::new(),
    }
}

/// The file of the unique-ids, if the configuration names none.
pub fn history(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let folder = ["FETCHMAILHOME", "HOME_ETC", "HOME"].into_iter().find_map(variable)?;
    Some(folder.join(Path::new(".fetchids")))
}

/// What `set` says.
fn of_all(name: &str, is_denied: bool) -> (OptionFate, &'static str) {
    match name {
        "daemon" => (
            OptionFate::Changed,
            "`mailhaul fetch --every TIME` stays, in the foreground; or let cron or a systemd timer start it as often",
        ),
        "idfile" => (OptionFate::Kept, "the unique-ids are read from this file"),
        "logfile" | "syslog" => {
            (OptionFate::Changed, "`mailhaul log` shows the past runs; what goes wrong is on standard error")
        }
        "pidfile" => (OptionFate::Needless, "a lock of its own keeps two runs from one mailbox"),
        "postmaster" => (OptionFate::Needless, "a message that cannot be delivered stays on the server"),
        "bouncemail" | "spambounce" | "softbounce" if is_denied => (OptionFate::Needless, "nothing is bounced"),
        "bouncemail" | "spambounce" | "softbounce" => {
            (OptionFate::Changed, "nothing is bounced: a message that is refused stays on the server, and is told")
        }
        "properties" => (OptionFate::Needless, "it is for scripts"),
        _ => (OptionFate::Needless, "nothing like it is needed"),
    }
}
