//! Where fetchmail puts the messages, and what becomes of them on the server.

use super::poll::Poll;
use crate::config::Raw;
use crate::net::is_surely_this_machine;
use crate::peers::command::{in_shell, with_sender};
use crate::peers::draft::Draft;
use crate::peers::options::PeerOption;

/// Sets the destination and whether messages are deleted. Where no local user is named, `local` is meant.
pub(super) fn convert(poll: &Poll<'_>, local: &str, draft: &mut Draft) {
    let locals = poll.get("is").map_or(&[][..], |option| &option.values);
    let local = locals.first().map_or(local, String::as_str);
    let is_multidrop = locals.len() > 1 || locals.iter().any(|name| name == "*");
    if let Some(is) = poll.get("is") {
        let shown = is.shown();
        if is_multidrop {
            let why = "one mailbox for several users: this account is switched off, because all of its mail would go to one place; a \
                       command behind pipe can spread it";
            draft.change(is.line, &shown, "enabled", Raw::Flag(false), why);
        } else {
            draft.note(is.line, &shown, "rcpt, or a part of pipe");
        }
    }
    if let Some(option) = poll.get("bsmtp").filter(|_| poll.value("mda").is_none()) {
        draft.refuse(option.line, &option.shown(), "no file in the form of BSMTP is written");
    } else if let Some(mda) = poll.get("mda").filter(|mda| !mda.is_denied) {
        let command = command(mda.value(), local);
        draft.keep(mda.line, &mda.shown(), "pipe", Raw::text(command));
        for name in ["smtphost", "smtpaddress", "smtpname", "lmtp"] {
            if let Some(option) = poll.get(name) {
                draft.pass(option.line, &option.shown(), "messages go to the command of mda");
            }
        }
    } else {
        to_a_server(poll, local, draft);
    }
    removal(poll, draft);
}

/// By SMTP or LMTP: as fetchmail does, to the server on this machine, if nothing is said.
fn to_a_server(poll: &Poll<'_>, local: &str, draft: &mut Draft) {
    let is_lmtp = poll.is_on("lmtp");
    let key = if is_lmtp { "lmtp" } else { "smtp" };
    let host = poll.get("smtphost");
    let address = host.map_or("localhost", PeerOption::value);
    let is_socket = address.starts_with('/');
    // fetchmail writes HOST/PORT.
    let address = if is_socket { address.to_owned() } else { address.replacen('/', ":", 1) };
    let line = host.map_or(poll.server.line, |option| option.line);
    let shown = host.map_or_else(|| "no mda".to_owned(), PeerOption::shown);
    let machine = address.split(':').next().unwrap_or_default();
    match host {
        Some(option) if option.values.len() > 1 => {
            draft.change(line, &shown, key, Raw::text(&*address), "the first of them alone is asked");
        }
        Some(_) if !is_socket && !is_surely_this_machine(machine) => {
            draft.change(line, &shown, key, Raw::text(&*address), "off this machine it must have STARTTLS");
        }
        _ => draft.keep(line, &shown, key, Raw::text(&*address)),
    }
    if let Some(option) = poll.get("lmtp").filter(|option| !option.is_denied) {
        draft.note(option.line, &option.shown(), "lmtp");
    }
    let recipient = recipient(poll, local, is_lmtp, machine, is_socket);
    let naming = ["smtpname", "smtpaddress"].iter().find_map(|name| poll.get(name));
    match naming {
        Some(option) => draft.keep(option.line, &option.shown(), "rcpt", Raw::text(recipient)),
        None => draft.keep(line, &format!("for {local}"), "rcpt", Raw::text(recipient)),
    }
}

/// As fetchmail names it in RCPT TO.
fn recipient(poll: &Poll<'_>, local: &str, is_lmtp: bool, host: &str, is_socket: bool) -> String {
    if let Some(name) = poll.value("smtpname") {
        return name.to_owned();
    }
    if local.contains('@') {
        return local.to_owned();
    }
    match poll.value("smtpaddress") {
        Some(domain) => format!("{local}@{domain}"),
        None if is_lmtp && is_socket => format!("{local}@localhost"),
        None => format!("{local}@{}", if host.is_empty() { "localhost" } else { host }),
    }
}

/// %T is the local user, %F the sender; fetchmail puts both in single quotes.
fn command(template: &str, local: &str) -> String {
    let mut command = template.to_owned();
    for quote in ["'", "\""] {
        for sign in ["%T", "%s"] {
            command = command.replace(&format!("{quote}{sign}{quote}"), sign);
        }
    }
    let local = in_shell(local);
    with_sender(&command.replace("%T", &local).replace("%s", &local), "%F")
}

/// Without `keep`, what was delivered is deleted.
fn removal(poll: &Poll<'_>, draft: &mut Draft) {
    if !poll.is_on("keep") && !poll.tries_imap() {
        let (line, shown) = poll
            .get("keep")
            .map_or_else(|| (poll.server.line, "without keep".to_owned()), |keep| (keep.line, keep.shown()));
        draft.keep(line, &shown, "delete", Raw::Flag(true));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_gets_the_user_and_the_sender() {
        assert_eq!(command("/usr/bin/procmail -d %T", "ann"), "/usr/bin/procmail -d ann");
        assert_eq!(
            command("deliver -f '%F' -a \"%T\"", "o'hara"),
            r#"deliver -f ''"$MAILHAUL_SAFE_SENDER"'' -a 'o'\''hara'"#
        );
        assert_eq!(command("maildrop -d %s -f %F", "a b"), "maildrop -d 'a b' -f ${MAILHAUL_SAFE_SENDER}");
    }
}
