//! What people write from habit, as other programs take it, and how it is said here: one table for flags and for keys of
//! the configuration file. Commands have a table of their own, in `cli`.
//!
//! An answer is one line. `{name}` in it is a setting with a value: `--max-size SIZE` for somebody who typed a flag,
//! `max-size = "20M"` for somebody who wrote a key. `<name>` is its name alone. No answer is something that deletes and
//! could be taken as it stands.

use super::Setting;

/// Names of options, and how what they mean is said here.
struct OptionHabit {
    /// The command inside which the flag is typed; empty: any.
    within: &'static str,
    /// Names without `--`, words joined by `-`; `-x` is a short flag, and no key.
    names: &'static [&'static str],
    /// For a flag.
    flag: &'static str,
    /// For a key.
    key: &'static str,
}

const fn both(names: &'static [&'static str], answer: &'static str) -> OptionHabit {
    each(names, answer, answer)
}

const fn each(names: &'static [&'static str], flag: &'static str, key: &'static str) -> OptionHabit {
    OptionHabit { within: "", names, flag, key }
}

/// The answer to a flag, as it was typed, behind these words.
pub fn answer_to_flag(typed: &str, before: &[&str]) -> Option<String> {
    let name = match typed.strip_prefix("--") {
        Some(long) => normal(long),
        None => typed.to_owned(),
    };
    let is_here = |habit: &&OptionHabit| habit.within.is_empty() || before.contains(&habit.within);
    let found = HABITS.iter().filter(is_here).find(|habit| habit.names.contains(&name.as_str()))?;
    Some(rendered(found.flag, as_flag))
}

/// The answer to a key of the configuration file.
pub(super) fn answer_to_key(name: &str) -> Option<String> {
    let name = normal(name);
    let is_here = |habit: &&OptionHabit| habit.within.is_empty() && !name.starts_with('-');
    let found = HABITS.iter().filter(is_here).find(|habit| habit.names.contains(&name.as_str()))?;
    Some(rendered(found.key, as_key))
}

fn normal(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The answer with its settings written out.
fn rendered(answer: &str, shown: fn(&Setting) -> [String; 2]) -> String {
    SETTING_MARKS.iter().enumerate().fold(answer.to_owned(), |text, (which, (open, close))| {
        let mut parts = text.split(*open);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |done, part| {
            let (name, rest) = part.split_once(*close).unwrap_or((part, ""));
            match Setting::find(name) {
                Some(setting) => [done, shown(setting)[which].clone(), rest.to_owned()].concat(),
                None => format!("{done}{open}{part}"),
            }
        })
    })
}

/// Around a setting with a value, and around its name alone.
const SETTING_MARKS: [(char, char); 2] = [('{', '}'), ('<', '>')];

fn as_flag(setting: &Setting) -> [String; 2] {
    let name = format!("--{}", setting.name);
    let value = setting.flag.as_ref().map_or("", |flag| flag.value_name);
    [format!("{name} {value}").trim_end().to_owned(), name]
}

fn as_key(setting: &Setting) -> [String; 2] {
    [format!("{} = {}", setting.name, setting.example), setting.name.to_owned()]
}

/// Options of curl, fetchmail, getmail, mpop and wget.
static HABITS: &[OptionHabit] = &[
    OptionHabit {
        within: "dump",
        names: &["mbox"],
        flag: "an mbox goes to standard output: mailhaul dump SOURCE > FILE",
        key: "",
    },
    // The mailbox
    each(&["url", "uri", "address"], SOURCE_FIRST, "it is source = \"pop3s://USER@HOST\""),
    each(
        &["-u", "user", "username", "login"],
        "the user is a part of the SOURCE: pop3s://ann@mail.example.org",
        ONE_SOURCE,
    ),
    each(
        &["host", "hostname", "server", "via", "poll"],
        "the server is a part of the SOURCE: pop3s://ann@mail.example.org",
        ONE_SOURCE,
    ),
    each(&["-P", "port", "service"], "the port is a part of the SOURCE: pop3s://ann@mail.example.org:1995", ONE_SOURCE),
    both(
        &["-p"],
        "a port is a part of the SOURCE: pop3s://ann@mail.example.org:1995; a password comes from {password-command} or \
         {password-file}",
    ),
    each(
        &["password", "passwd", "pass", "passwordeval", "passcmd"],
        "other users would see it: use {password-command}, {password-file} (- is standard input), $MAILHAUL_PASSWORD, or the \
         prompt",
        "it is password-command or password-file; password is the password itself",
    ),
    both(&["use-netrc", "netrc"], "leave it out: ~/.netrc is looked at when nothing else names a password"),
    both(
        &["proto", "protocol", "retriever"],
        "leave it out: mailhaul speaks POP3 only; pop3s:// in the source is TLS from the start, pop3:// is TLS by STLS",
    ),
    both(&["type"], "leave it out: mailhaul speaks POP3 only, and {maildir} or {mbox} says where mail goes"),
    // TLS and trust
    each(
        &["-S", "ssl", "starttls", "stls", "tls-starttls", "use-ssl"],
        "TLS is always used: pop3s://USER@HOST from the start, pop3://USER@HOST by STLS; {tls} overrides that",
        "pop3s:// in the source is TLS from the start, pop3:// is TLS by STLS; tls = \"implicit\" or \"starttls\" overrides that",
    ),
    both(
        &["no-tls", "no-ssl", "nossl"],
        "TLS is always used, unless tls is none; a password then needs <allow-cleartext-password>, but for a server on this machine",
    ),
    both(&["sslproto", "tls-version"], "{tls-min} names the oldest TLS that is accepted; 1.2 is the default"),
    both(
        &["insecure", "no-check-certificate", "no-check-cert", "no-verify", "nosslcertck", "no-sslcertck"],
        "certificates are always checked: trust this one with {ca-file} or {pin}; `mailhaul info SOURCE` shows the pin",
    ),
    each(&["-k"], KEEP_OR_INSECURE, KEEP_OR_INSECURE),
    both(
        &["sslcertck", "tls-certcheck", "check-certificate"],
        "leave it out: certificates are always checked; trust another one with {ca-file} or {pin}",
    ),
    both(
        &["sslfingerprint", "tls-fingerprint", "fingerprint", "ssl-fingerprints"],
        "<pin> names the fingerprint, which is a SHA-256; `mailhaul info SOURCE` shows it ready to paste",
    ),
    both(
        &["ca-certs", "tls-trust-file", "sslcertfile", "cacert", "cafile", "sslcertpath"],
        "{ca-file} trusts the certificates of a file; {roots} those of this machine",
    ),
    both(&["certfile", "sslcert", "tls-cert-file", "cert"], "{client-cert} logs in with a certificate of yours"),
    both(&["keyfile", "sslkey", "tls-key-file"], "{client-key} is the key of {client-cert}"),
    both(&["proxy-host", "proxy-port", "socks-proxy"], "{proxy} names the proxy, with its port"),
    // Where to
    both(&["-m", "mda", "mda-external", "command", "bsmtp"], COMMAND),
    both(
        &["delivery"],
        "where mail goes is {maildir} or {mbox}; for a command it is {pipe}, for a server {smtp} or {lmtp}",
    ),
    both(
        &["postconnect", "preconnect", "plugin", "plugout"],
        "no command is run before or after a session: put it around `mailhaul fetch` in a script; {tunnel-command} is a \
         connection through a command",
    ),
    both(&["smtphost", "smtp-host"], "{smtp} names the relay, {rcpt} the recipient; for LMTP it is {lmtp}"),
    both(&["lmtphost", "mda-lmtp"], "{lmtp} names the socket or the server, {rcpt} the recipient"),
    both(
        &["smtpaddress", "smtpname", "override", "fallback", "recipient", "recipients"],
        "{rcpt} names the recipient of {lmtp} or {smtp}",
    ),
    each(
        &["-o", "output", "out", "to", "dest", "destination", "path"],
        "fetch delivers by {maildir}, {mbox}, {pipe} and others; `mailhaul dump SOURCE > FILE` writes an mbox",
        "it is {maildir}, {mbox}, {pipe} or another; several get a copy each",
    ),
    each(
        &["-r", "folder", "folders", "mailbox", "mailboxes"],
        "POP3 gives access to one mailbox, the inbox; other folders need IMAP",
        "POP3 gives access to one mailbox, the inbox; where mail goes is {maildir} or {mbox}",
    ),
    both(
        &["delivered-to", "received-header", "received", "received-from", "unixfrom"],
        "leave it out: messages are stored as the server sends them, with no header added",
    ),
    both(
        &["filters", "filter-external", "filter-classifier", "filter-tmda"],
        "{filter} asks a command about each header before the download; a command that changes or sorts messages is {pipe}",
    ),
    // What, and how much
    each(
        &["-a", "all", "fetchall", "read-all"],
        "for all accounts leave the SOURCE out; `mailhaul fetch --all` fetches everything, including messages already fetched",
        "leave it out: what was not fetched yet is fetched, read or not; `mailhaul fetch --all` fetches everything once more",
    ),
    both(
        &["only-new", "uidl", "new"],
        "leave it out: messages are known by their unique-ids, and each is fetched once",
    ),
    each(&["keep"], KEEP, "leave it out: messages stay on the server unless delete or delete-after says otherwise"),
    each(
        &["flush"],
        "messages stay on the server by default; flush of fetchmail deletes what was fetched before, and so does delete: \
         `mailhaul fetch --help` describes it",
        "messages stay on the server by default; flush of fetchmail deletes what was fetched before, and so does delete: \
         `mailhaul help config` describes it",
    ),
    each(
        &["-K", "-F", "no-keep", "nokeep", "purge"],
        KEEP,
        "messages stay on the server unless delete or delete-after says otherwise; `mailhaul help config` describes them",
    ),
    both(
        &["expunge", "batchlimit"],
        "leave it out: messages are deleted, if that is asked for, at the end of the session, when they are safe here",
    ),
    both(&["-l", "limit", "skipsize", "max-message-size"], "{max-size} leaves larger messages on the server"),
    both(
        &["killsize"],
        "nothing is deleted without having been fetched; {max-size} leaves larger messages on the server",
    ),
    both(&["fetchlimit", "max-messages-per-session", "-B"], "{max-messages} limits the messages of a run"),
    both(&["max-bytes-per-session", "fetchsizelimit"], "{max-bytes} limits the octets of a run"),
    each(
        &["pretend", "preview", "simulate"],
        "`mailhaul fetch --dry-run` shows what would be fetched and deleted",
        "it is no key: `mailhaul fetch --dry-run` shows what would be fetched and deleted",
    ),
    // A run
    both(
        &["-d", "daemon", "interval", "poll-interval", "watch"],
        "{every} makes fetch stay, and fetch again in that interval",
    ),
    both(&["idle"], "POP3 has no IDLE: {every} makes fetch stay, and fetch again in that interval"),
    each(&["-t"], "{timeout} limits each wait for the server", ""),
    each(
        &["-A", "auth-only", "authonly"],
        "`mailhaul noop SOURCE` logs in and does nothing else",
        "it is no key: `mailhaul noop SOURCE` logs in and does nothing else",
    ),
    each(
        &["serverinfo", "server-info"],
        "`mailhaul info SOURCE` inspects the server",
        "it is no key: `mailhaul info SOURCE` inspects the server",
    ),
    each(&["-c", "check"], COUNT, COUNT),
    // What is said and remembered
    each(&["-s", "silent"], "-q (--quiet) prints only errors", VERBOSITY),
    each(&["debug", "trace"], "-vv shows the conversation with the server, secrets masked", VERBOSITY),
    each(&["verbose", "quiet"], "-v prints details, -q only errors", VERBOSITY),
    both(
        &["logfile", "log", "log-file", "syslog", "message-log", "message-log-syslog", "nosyslog", "no-syslog"],
        "`mailhaul log` lists past runs; what a run says goes to standard error: mailhaul fetch -v 2>> FILE",
    ),
    both(
        &["idfile", "uidls-file", "statefile", "oldmail"],
        "what was fetched is recorded in ~/.local/state/mailhaul; --state-dir DIR keeps it elsewhere, and `mailhaul state show` \
         counts it",
    ),
    each(
        &["-f", "-C", "fetchmailrc", "rcfile", "file", "getmaildir"],
        "--config FILE names another configuration file, which is written as `mailhaul help config` says",
        "it is no key: --config FILE names another configuration file",
    ),
];

const SOURCE_FIRST: &str = "the SOURCE needs no flag: mailhaul fetch pop3s://ann@mail.example.org";

const ONE_SOURCE: &str = "server, user and port are written as one: source = \"pop3s://USER@HOST:PORT\"";

const COMMAND: &str = "{pipe} hands each message to a command";

const KEEP: &str = "messages stay on the server by default; `mailhaul fetch --help` says how to change that";

const VERBOSITY: &str = "it is no key: -q prints only errors, -v details, -vv the conversation with the server";

const COUNT: &str = "`mailhaul stat SOURCE --new --exit-code` counts new messages, and exits with 1 if there are none; --config FILE \
                     names another configuration file";

/// fetchmail's -k and curl's.
const KEEP_OR_INSECURE: &str =
    "messages stay on the server by default; certificates are always checked: trust one with {ca-file} or {pin}";

/// Every answer, for the tests: of flags and of keys.
#[cfg(test)]
pub(crate) fn all_answers() -> Vec<String> {
    let flags = HABITS.iter().map(|habit| rendered(habit.flag, as_flag));
    flags.chain(HABITS.iter().map(|habit| rendered(habit.key, as_key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_shown_as_it_is_written_there() {
        assert_eq!(answer_to_flag("--fetchlimit", &[]).unwrap(), "--max-messages N limits the messages of a run");
        assert_eq!(answer_to_key("fetchlimit").unwrap(), "max-messages = 500 limits the messages of a run");
        assert!(answer_to_key("tls_fingerprint").unwrap().starts_with("pin names the fingerprint"));
    }

    #[test]
    fn the_table_names_what_exists_and_each_word_once() {
        for answer in all_answers() {
            assert!(!answer.contains(['{', '}', '<']), "{answer}");
            let is_ready = |line: &str| answer.contains(line);
            assert!(!["delete = ", "delete-after = ", "--delete"].into_iter().any(is_ready), "{answer}");
        }
        let mut names: Vec<&str> = HABITS.iter().flat_map(|habit| habit.names).copied().collect();
        for name in &names {
            assert!(name.starts_with('-') || normal(name) == *name, "{name} would never be found");
        }
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "a name stands there twice");
    }

    #[test]
    fn a_short_flag_is_no_key() {
        assert!(answer_to_key("-k").is_none() && answer_to_flag("-k", &[]).is_some());
    }

    /// `mbox` is a key; only `dump` has no such flag.
    #[test]
    fn a_habit_of_one_command_is_of_no_other() {
        assert!(answer_to_flag("--mbox", &["fetch"]).is_none() && answer_to_key("mbox").is_none());
        assert!(answer_to_flag("--mbox", &["dump"]).is_some());
    }
}
