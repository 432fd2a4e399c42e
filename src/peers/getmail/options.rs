//! The options of `[retriever]` and `[options]`, and the sections that have no like here.

use super::ini::{IniFile, IniOption, IniSection};
use super::{number, tuple};
use crate::config::Raw;
use crate::peers::command::{in_shell, of_password};
use crate::peers::draft::Draft;
use crate::peers::server::in_file;

/// Says what becomes of one option of `[retriever]`.
pub(super) fn of_retriever(option: &IniOption, draft: &mut Draft) {
    let (line, shown, value) = (option.line, option.shown(), option.value.as_str());
    let shown = shown.as_str();
    let is_on = ["true", "yes", "on", "1"].contains(&value.to_lowercase().as_str());
    match option.name.as_str() {
        "server" | "port" | "username" => draft.note(line, shown, "source"),
        "password" => draft.note(line, shown, "see below"),
        "password_command" => match tuple::words(value) {
            Some(words) if words.len() > 1 => draft.keep(line, shown, "password-command", password_command(words)),
            Some(words) => {
                let command = of_password(words.first().map_or("", String::as_str));
                draft.keep(line, shown, "password-command", Raw::text(command));
            }
            None => draft.refuse(line, shown, "it is no tuple of strings"),
        },
        "use_apop" if is_on => draft.keep(line, shown, "auth", Raw::text("apop")),
        "use_xoauth2" if is_on => draft.change(line, shown, "auth", Raw::text("xoauth2"), "the command prints a token"),
        "use_apop" | "use_xoauth2" | "use_peek" | "use_kerberos" | "use_cram_md5" => {
            draft.pass(line, shown, "it is off, or of IMAP")
        }
        "timeout" => match number::number(value) {
            Some(seconds) => draft.keep(line, shown, "timeout", Raw::text(format!("{seconds}s"))),
            None => draft.refuse(line, shown, "it is no number of seconds"),
        },
        "ca_certs" => draft.set_authorities(line, shown, value),
        "ssl_cert_hostname" => draft.keep(line, shown, "server-name", Raw::text(value)),
        "ssl_fingerprints" => fingerprints(line, shown, value, draft),
        "certfile" => draft.keep(line, shown, "client-cert", Raw::text(in_file(value))),
        "keyfile" => draft.keep(line, shown, "client-key", Raw::text(in_file(value))),
        "ssl_version" => draft.pass(line, shown, "TLS 1.2 or newer is what is spoken"),
        "ssl_ciphers" => draft.refuse(line, shown, "the ciphers are not chosen; tls-min and key-exchange can be"),
        "delete_dup_msgids" => draft.refuse(line, shown, "nothing is deleted for its Message-ID alone"),
        "envelope_recipient" => draft.refuse(line, shown, "mail is not spread over several users by its headers"),
        "mailboxes" | "move_on_delete" | "imap_search" | "imap_on_delete" | "record_mailbox" => {
            draft.pass(line, shown, "it is of IMAP");
        }
        // A misspelt one may hold a password.
        name => draft.refuse(line, name, "it is not known"),
    }
}

fn password_command(words: Vec<String>) -> Raw {
    let words_in_shell: Vec<String> = words.iter().map(|word| in_shell(word)).collect();
    let line = words_in_shell.join(" ");
    let cut = of_password(&line);
    if cut == line { Raw::List(words) } else { Raw::text(cut) }
}

/// Of the certificate; each of them may be the one.
fn fingerprints(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    let digits = |word: &String| word.chars().filter(char::is_ascii_hexdigit).collect::<String>();
    let pins: Vec<String> = tuple::words(value).unwrap_or_default().iter().map(digits).collect();
    if !pins.is_empty() && pins.iter().all(|pin| pin.len() == 64) {
        draft.keep(line, shown, "pin", Raw::List(pins));
        draft.change(
            line,
            "ssl_fingerprints alone",
            "roots",
            Raw::text("none"),
            "the fingerprints count alone, as with getmail",
        );
    } else {
        draft.refuse(line, shown, "it is no SHA-256; `mailhaul info` shows the pin of the server's key, for pin");
    }
}

/// Says what becomes of `[options]`; some of them count where they are not said, too.
pub(super) fn of_the_run(file: &IniFile, draft: &mut Draft) {
    let Some(section) = file.section("options") else {
        draft.differ(1, "read_all", "each message is fetched once, not again in each run");
        return;
    };
    removal(section, draft);
    for option in &section.options {
        let (line, shown, value) = (option.line, option.shown(), option.value.as_str());
        let shown = shown.as_str();
        match option.name.as_str() {
            "delete" | "delete_after" => {} // said by `removal`
            "read_all" if section.is_on("read_all") && !section.is_on("delete") => {
                draft.differ(line, shown, "each message is fetched once, not again in each run");
            }
            "read_all" => draft.pass(line, shown, "whatever is not known is fetched"),
            "delete_bigger_than" => draft.refuse(line, shown, "no message is deleted sooner for its size"),
            "max_message_size" => limit(line, shown, value, "max-size", draft),
            "max_messages_per_session" => limit(line, shown, value, "max-messages", draft),
            "max_bytes_per_session" => limit(line, shown, value, "max-bytes", draft),
            "delivered_to" | "received" if !section.is_on(&option.name) => {
                draft.pass(line, shown, "no header is added")
            }
            "delivered_to" | "received" => draft.refuse(line, shown, "no header is added"),
            "verbose" => draft.pass(line, shown, "-q and -v are flags"),
            "message_log" | "message_log_verbose" | "message_log_syslog" | "logfile" => {
                draft.differ(line, shown, "`mailhaul log` shows the past runs");
            }
            "use_netrc" => draft.pass(line, shown, "~/.netrc is looked at anyway"),
            "netrc_file" => draft.refuse(line, shown, "only ~/.netrc is looked at"),
            "to_oldmail_on_each_mail" | "only_oldmail_file" => {
                draft.pass(line, shown, "each message is recorded when it is there")
            }
            "fingerprint" => draft.differ(line, shown, "`mailhaul info` shows the fingerprints of the server"),
            "mark_read" | "skip_imap_fetch_size" => draft.pass(line, shown, "it is of IMAP"),
            name => draft.refuse(line, name, "it is not known"),
        }
    }
}

/// `delete` at once, `delete_after` in days; without both, everything stays.
fn removal(section: &IniSection, draft: &mut Draft) {
    let after = section.get("delete_after");
    let days = after.and_then(|option| option.value.parse::<u64>().ok()).filter(|days| *days > 0);
    match (section.get("delete"), after) {
        (Some(delete), _) if section.is_on("delete") => {
            draft.keep(delete.line, &delete.shown(), "delete", Raw::Flag(true))
        }
        (Some(delete), _) => draft.pass(delete.line, &delete.shown(), "messages stay on the server anyway"),
        (None, _) => {}
    }
    match (after, days) {
        (Some(after), _) if section.is_on("delete") => {
            draft.pass(after.line, &after.shown(), "messages are deleted at once")
        }
        (Some(after), Some(days)) => {
            draft.keep(after.line, &after.shown(), "delete-after", Raw::text(format!("{days}d")))
        }
        (Some(after), None) => draft.pass(after.line, &after.shown(), "it is off"),
        (None, _) => {}
    }
}

/// 0 is no limit.
fn limit(line: usize, shown: &str, value: &str, key: &'static str, draft: &mut Draft) {
    match value.parse::<u64>() {
        Ok(0) => draft.pass(line, shown, "no limit"),
        Ok(number) => draft.keep(line, shown, key, Raw::Number(number)),
        Err(_) => draft.refuse(line, shown, "it is no number"),
    }
}

/// Says what becomes of sections that are neither `[retriever]` nor `[options]` nor a destination.
pub(super) fn of_others(section: &IniSection, draft: &mut Draft) {
    if section.name.starts_with("filter") {
        let why = "messages are not filtered after the download; a command behind pipe can do it, and filter asks one about each header \
                   before";
        draft.refuse(section.line, &format!("[{}]", section.name), why);
    } else if !["retriever", "options", "destination", "DEFAULT"].contains(&section.name.as_str())
        && !is_destination(section)
    {
        draft.refuse(section.line, &format!("[{}]", section.name), "it is not known");
    } else {
        return;
    }
    for option in &section.options {
        draft.refuse(option.line, &option.name, "it is a part of this section");
    }
}

/// A destination of its own, for MultiDestination and its like.
pub(super) fn is_destination(section: &IniSection) -> bool {
    section.value("type").is_some_and(|kind| {
        ["Maildir", "Mboxrd", "MultiDestination", "MultiSorter", "MultiGuesser"].contains(&kind)
            || kind.starts_with("MDA_")
    })
}
