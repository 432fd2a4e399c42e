//! What was found and what becomes of it, for people.

use std::time::SystemTime;

use jiff::Timestamp;

use super::account::{MovePlan, MovedAccount};
use super::find::FoundConfig;
use super::history::Histories;
use super::json;
use super::words::{program, shown};
use crate::cli::{GlobalArgs, MigrateArgs, PeerArg};
use crate::output::{Console, Verbosity, count, short_path};
use crate::peers::{OptionFate, Remark};

/// All of it.
pub(super) fn show(
    found: &[FoundConfig],
    moved: &[MovedAccount<'_>],
    histories: &Histories,
    args: &MigrateArgs,
    global: &GlobalArgs,
    console: &Console,
) {
    if global.is_json() {
        found.iter().for_each(|file| json::print_file(file, args.peer, console));
        moved.iter().for_each(|account| json::print(account, args.peer, console));
    } else {
        for file in found {
            of_file(file, moved, global, console);
        }
    }
    for (path, wrong, of_nobody) in histories.remarks() {
        warn_of_history(&short_path(path), wrong, of_nobody, console);
    }
}

fn of_file(file: &FoundConfig, moved: &[MovedAccount<'_>], global: &GlobalArgs, console: &Console) {
    let accounts = count(file.config.accounts.len() as u64, "account");
    console.print(&format!("{}: {accounts}", short_path(&file.path)));
    let all = lines(file.config.remarks.iter(), global.verbose > 0);
    all.iter().for_each(|line| console.print(line));
    for account in moved.iter().filter(|account| account.file == file.path) {
        console.print("");
        of_account(account, global, console);
    }
    console.print("");
}

fn of_account(account: &MovedAccount<'_>, global: &GlobalArgs, console: &Console) {
    let label = crate::escape::text(account.peer.label.as_bytes());
    match &account.plan {
        Err(why) => {
            let why = crate::escape::text(why.as_bytes());
            console.print(&format!("{label} (line {}) is not moved: {why}", account.peer.line));
        }
        Ok(plan) => {
            console.print(&format!("[account.{}]  # {label}, line {}", plan.name, account.peer.line));
            match &plan.is_present {
                Some(name) => {
                    console.print(&format!("  # the account {name} has this mailbox already, and stays as it is"));
                }
                None => {
                    for (setting, raw) in plan.settings.iter() {
                        console.print(&format!("  {} = {}", setting.name, shown(setting, raw)));
                    }
                }
            }
            history_lines(plan).iter().for_each(|line| console.print(line));
        }
    }
    let all = lines(account.remarks(), global.verbose > 0);
    all.iter().for_each(|line| console.print(line));
}

fn history_lines(plan: &MovePlan) -> Vec<String> {
    let seen = &plan.seen;
    if let Some(error) = &seen.error {
        return vec![format!("  # its history cannot be read: {error}")];
    }
    let Some(file) = &seen.file else {
        let place = seen.looked_at.as_ref().map_or(String::new(), |path| format!(" at {}", short_path(path)));
        return vec![
            format!("  # no history was found{place}: a fetch downloads what is on the server."),
            format!(
                "  # `mailhaul state import --from PROGRAM FILE` reads another file, `mailhaul state seen {}` marks all",
                plan.name
            ),
        ];
    };
    let messages = count(seen.messages.len() as u64, "message");
    let times = seen.messages.iter().filter_map(|message| message.at);
    let newest = times.max().and_then(day).map_or(String::new(), |day| format!(", the last on {day}"));
    vec![format!("  # {} has seen {messages}{newest}", short_path(file))]
}

fn day(time: SystemTime) -> Option<String> {
    Some(Timestamp::try_from(time).ok()?.strftime("%Y-%m-%d").to_string())
}

/// What is otherwise, and what is not possible; of the rest, which is as it was, only if it is wanted.
fn lines<'a>(remarks: impl Iterator<Item = &'a Remark>, all: bool) -> Vec<String> {
    let is_shown = |remark: &&Remark| {
        let is_otherwise = matches!(remark.fate, OptionFate::Changed | OptionFate::Impossible);
        is_otherwise || all && remark.text != "see below"
    };
    let mut shown: Vec<&Remark> = remarks.filter(is_shown).collect();
    shown.sort_by_key(|remark| (remark.line, remark.fate));
    shown.into_iter().map(|remark| format!("  # {}", line(remark))).collect()
}

fn line(remark: &Remark) -> String {
    let option = crate::escape::text(remark.option.as_bytes());
    let text = crate::escape::text(remark.text.as_bytes());
    let fate = match remark.fate {
        OptionFate::Kept => "kept",
        OptionFate::Changed => "changed",
        OptionFate::Impossible => "not possible",
        OptionFate::Needless => "not needed",
    };
    format!("line {}: {option}: {fate}: {text}", remark.line)
}

/// For our file: where the account comes from, and what is not as it was.
pub(super) fn comments(account: &MovedAccount<'_>) -> Vec<String> {
    let from = format!("From {}, line {}.", crate::escape::path(account.file), account.peer.line);
    let otherwise =
        account.remarks().filter(|remark| matches!(remark.fate, OptionFate::Changed | OptionFate::Impossible));
    std::iter::once(from).chain(otherwise.map(line)).collect()
}

fn warn_of_history(path: &str, wrong: &[(usize, &str)], of_nobody: usize, console: &Console) {
    for (line, why) in wrong.iter().take(FEW) {
        console.say(Verbosity::Normal, &format!("{path}, line {line}: {why}; it was passed over"));
    }
    if wrong.len() > FEW {
        console.say(Verbosity::Normal, &format!("{path}: {} more such lines", wrong.len() - FEW));
    }
    if of_nobody > 0 {
        let entries = count(of_nobody as u64, "message");
        console
            .say(Verbosity::Normal, &format!("{path}: {entries} of mailboxes that no account above has; passed over"));
    }
}

/// What was done, or would be, and what is next.
pub(super) fn end(moved: &[MovedAccount<'_>], args: &MigrateArgs, global: &GlobalArgs, console: &Console) {
    let plans: Vec<&MovePlan> = moved.iter().filter_map(|account| account.plan.as_ref().ok()).collect();
    if plans.is_empty() || global.is_json() {
        return;
    }
    let kind = if args.as_fetched { "fetched" } else { "seen" };
    if !args.write {
        let new = plans.iter().filter(|plan| plan.is_present.is_none()).count() as u64;
        let messages: usize = plans.iter().map(|plan| plan.seen.new).sum();
        console.print(&format!(
            "Nothing was written. With --write: {} to be added, and {} to be recorded as {kind}.",
            count(new, "account"),
            count(messages as u64, "message"),
        ));
        return;
    }
    let accounts = plans.iter().filter(|plan| plan.written.account).count() as u64;
    let messages: usize = plans.iter().map(|plan| plan.written.messages).sum();
    console.print(&format!(
        "Written: {} added, {} recorded as {kind}.",
        count(accounts, "account"),
        count(messages as u64, "message")
    ));
    next(moved, args.peer).iter().for_each(|line| console.print(line));
}

/// Both programs at once would fetch everything twice.
fn next(moved: &[MovedAccount<'_>], peer: PeerArg) -> Vec<String> {
    let program = program(peer);
    let daemon = if peer == PeerArg::Fetchmail { "`fetchmail -q` ends a daemon; " } else { "" };
    let stays = if moved.iter().any(|account| account.plan.is_err()) {
        " It goes on with the accounts that are not moved: take only the others out of its configuration."
    } else {
        ""
    };
    vec![
        "Next:".into(),
        format!("  1. Stop {program}: {daemon}see `crontab -l` and `systemctl --user list-timers`.{stays}"),
        format!("  2. Run this command once more, for what {program} has fetched meanwhile."),
        "  3. mailhaul fetch --dry-run (shows what is new)".into(),
        "  4. By `crontab -e`, every five minutes: */5 * * * * mailhaul fetch --deadline 4m".into(),
    ]
}

/// Lines of a damaged file.
const FEW: usize = 5;
