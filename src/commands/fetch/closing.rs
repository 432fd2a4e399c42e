//! The line that closes the fetch of an account: what is new, where it is, and what the server still has.

use crate::config::{Account, Removal};
use crate::deliver::Target;
use crate::fetch::{PlannedTally, Tally};
use crate::output::{count, duration, short_path, size};

/// `work: 40 new messages (336 KiB) in ~/Mail; kept on the server`
pub(super) fn closing_line(account: &Account, tally: &Tally) -> String {
    let mut parts = vec![what_is_new(account, tally)];
    parts.extend(on_the_server(account.removal, tally));
    if tally.skipped > 0 {
        parts.push(format!("{} skipped", tally.skipped));
    }
    if tally.waiting > 0 {
        parts.push(format!("{} waiting to be handed over", tally.waiting));
    }
    if tally.failed > 0 {
        parts.push(format!("{} failed", tally.failed));
    }
    format!("{}: {}", account.label(), parts.join("; "))
}

/// `work: would fetch 12 messages (3.4 MiB) into ~/Mail; delete none`
pub(super) fn total_line(account: &Account, planned: PlannedTally) -> String {
    let messages = match planned.fetch {
        0 => "nothing".to_owned(),
        some => format!("{} ({})", count(some, "message"), size(planned.octets)),
    };
    let place = places(&account.targets, "into");
    let deletions = if planned.delete == 0 { "none".to_owned() } else { planned.delete.to_string() };
    format!("{}: would fetch {messages}{place}; delete {deletions}", account.label())
}

fn what_is_new(account: &Account, tally: &Tally) -> String {
    if tally.fetched == 0 {
        return "no new messages".to_owned();
    }
    let messages = count(tally.fetched, "new message");
    format!("{messages} ({}){}", size(tally.octets), places(&account.targets, "in"))
}

/// Where messages go, in a line that begins with a blank: ` in ~/Mail, ~/mbox, and to maildrop`; nothing, if they go
/// nowhere. `inside` is the word before files and folders.
fn places(targets: &[Target], inside: &str) -> String {
    let (files, others): (Vec<&Target>, Vec<&Target>) = targets.iter().partition(|target| target.path().is_some());
    let files: Vec<String> = files.into_iter().filter_map(Target::path).map(short_path).collect();
    let others: Vec<String> = others.into_iter().map(receiver).collect();
    let parts = [(inside, files), ("to", others)].into_iter().filter(|(_, names)| !names.is_empty());
    let parts: Vec<String> = parts.map(|(word, names)| format!(" {word} {}", names.join(", "))).collect();
    parts.join(" and")
}

/// The name; with the protocol where that does not show.
fn receiver(target: &Target) -> String {
    match target.kind() {
        kind @ ("lmtp" | "smtp") => format!("{target} ({})", kind.to_uppercase()),
        _ => target.to_string(),
    }
}

/// What becomes of the messages there; nothing, if nothing was new and nothing deleted.
fn on_the_server(removal: Removal, tally: &Tally) -> Option<String> {
    let deleted = || format!("{} deleted from the server", tally.deleted);
    let kept = match removal {
        _ if tally.fetched == 0 => return (tally.deleted > 0).then(deleted),
        Removal::Delete if tally.deleted == 0 => return Some("not deleted from the server yet".to_owned()),
        Removal::Delete => return Some(deleted()),
        Removal::Keep => "kept on the server".to_owned(),
        Removal::After(time) => format!("kept on the server for {}", duration(time)),
    };
    Some(if tally.deleted > 0 { format!("{kept}, {} older ones deleted", tally.deleted) } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Raw, Settings};

    fn line(removal: Option<(&'static str, Raw)>, tally: Tally) -> String {
        let mut settings = Settings::default();
        settings.set("mbox", Raw::text("/var/mail/ann")).unwrap();
        if let Some((key, value)) = removal {
            settings.set(key, value).unwrap();
        }
        let account = Account::resolve(Some("work"), "pop3s://ann@mail.example.org", settings).unwrap();
        closing_line(&account, &tally)
    }

    #[test]
    fn says_where_all_copies_are() {
        let shown = |keys: &[(&str, &str)]| {
            let mut settings = Settings::default();
            keys.iter().for_each(|(key, value)| settings.set(key, Raw::text(*value)).unwrap());
            let account = Account::resolve(Some("work"), "pop3s://ann@mail.example.org", settings).unwrap();
            places(&account.targets, "in")
        };
        assert_eq!(shown(&[]), "");
        assert_eq!(shown(&[("maildir", "/m"), ("mbox", "/b")]), " in /m, /b");
        assert_eq!(shown(&[("pipe", "maildrop")]), " to maildrop");
        let all = [("maildir", "/m"), ("lmtp", "/run/l"), ("rcpt", "ann"), ("imap", "imaps://ann@i.example/Box")];
        assert_eq!(shown(&all), " in /m and to /run/l for ann (LMTP), imaps://ann@i.example/Box");
    }

    #[test]
    fn says_what_the_server_still_has() {
        let delete = || Some(("delete", Raw::Flag(true)));
        let after = || Some(("delete-after", Raw::text("30d")));
        let new = |fetched, deleted| Tally { fetched, octets: 344_064, deleted, ..Tally::default() };
        for (shown, expected) in [
            (line(None, new(40, 0)), "work: 40 new messages (336 KiB) in /var/mail/ann; kept on the server"),
            (line(None, new(1, 0)), "work: 1 new message (336 KiB) in /var/mail/ann; kept on the server"),
            (line(None, new(0, 0)), "work: no new messages"),
            (
                line(delete(), new(40, 40)),
                "work: 40 new messages (336 KiB) in /var/mail/ann; 40 deleted from the server",
            ),
            (
                line(delete(), new(2, 0)),
                "work: 2 new messages (336 KiB) in /var/mail/ann; not deleted from the server yet",
            ),
            (line(delete(), new(0, 3)), "work: no new messages; 3 deleted from the server"),
            (
                line(after(), new(2, 0)),
                "work: 2 new messages (336 KiB) in /var/mail/ann; kept on the server for 30 days",
            ),
            (
                line(after(), new(2, 7)),
                "work: 2 new messages (336 KiB) in /var/mail/ann; kept on the server for 30 days, 7 older ones deleted",
            ),
            (line(after(), new(0, 7)), "work: no new messages; 7 deleted from the server"),
            (
                line(None, Tally { skipped: 2, failed: 1, ..Tally::default() }),
                "work: no new messages; 2 skipped; 1 failed",
            ),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
