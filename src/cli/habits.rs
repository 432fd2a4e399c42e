//! What people type from habit, as other programs take it: words, and how it is said here. One table.
//!
//! An answer is one line that stands behind `tip:`. None of them is a command that deletes and could be run as it stands.

/// Words, and how what they mean is said here.
pub(super) struct Habit {
    /// The command inside which they are typed; empty: anywhere.
    pub(super) within: &'static str,
    pub(super) words: &'static [&'static str],
    pub(super) answer: &'static str,
}

const fn anywhere(words: &'static [&'static str], answer: &'static str) -> Habit {
    Habit { within: "", words, answer }
}

const fn within(within: &'static str, words: &'static [&'static str], answer: &'static str) -> Habit {
    Habit { within, words, answer }
}

/// Options of curl, fetchmail, getmail, mpop and wget.
pub(super) static FLAGS: &[Habit] = &[
    within("dump", &["--mbox"], "an mbox goes to standard output: mailhaul dump SOURCE > FILE"),
    anywhere(&["-u", "--user", "--username"], "the user is a part of the SOURCE: pop3s://ann@mail.example.org"),
    anywhere(&["--host", "--hostname", "--server"], "the server is a part of the SOURCE: pop3s://ann@mail.example.org"),
    anywhere(&["-P", "--port"], "the port is a part of the SOURCE: pop3s://ann@mail.example.org:1995"),
    anywhere(
        &["-p"],
        "a port is a part of the SOURCE: pop3s://ann@mail.example.org:1995; a password comes from --password-command CMD or \
         --password-file FILE",
    ),
    anywhere(
        &["--password", "--passwd", "--pass"],
        "other users would see it: use --password-command CMD, --password-file FILE (- is standard input), \
         $MAILHAUL_PASSWORD, or the prompt",
    ),
    anywhere(&["-k"], KEEP_OR_INSECURE),
    anywhere(
        &["--insecure", "--no-check-certificate", "--no-check-cert", "--no-verify", "--nosslcertck", "--no-sslcertck"],
        "certificates are always checked: trust this one with --ca-file FILE or --pin PIN; `mailhaul info SOURCE` shows the pin",
    ),
    anywhere(
        &["-S", "--ssl", "--starttls", "--stls", "--sslproto"],
        "TLS is always used: pop3s://USER@HOST from the start, pop3://USER@HOST by STLS; --tls MODE overrides that",
    ),
    anywhere(&["-d", "--daemon"], "mailhaul runs once and ends: start it from cron or from a systemd timer"),
    anywhere(&["-m", "--mda"], "there is no delivery through a command yet: use --maildir DIR or --mbox FILE"),
    anywhere(
        &["-o", "--output", "--out", "--dest", "--destination"],
        "use --maildir DIR or --mbox FILE; `mailhaul dump SOURCE` writes an mbox to standard output",
    ),
    anywhere(
        &["-K", "-F", "--no-keep", "--nokeep", "--flush", "--purge", "--expunge"],
        "messages stay on the server by default; `mailhaul fetch --help` says how to change that",
    ),
    anywhere(&["--idle"], "POP3 has no IDLE: start mailhaul from cron or from a systemd timer"),
    anywhere(
        &["-r", "--folder", "--folders", "--mailbox"],
        "POP3 gives access to one mailbox, the inbox; other folders need IMAP",
    ),
    anywhere(&["-a"], "--all fetches everything, including messages already fetched"),
    anywhere(&["-s", "--silent"], "-q (--quiet) prints only errors"),
    anywhere(&["-f", "--fetchmailrc", "--rcfile"], "--config FILE names another configuration file"),
    anywhere(
        &["-c", "--check"],
        "`mailhaul stat SOURCE --new` counts new messages; --config FILE names another configuration file",
    ),
    anywhere(&["-t"], "--timeout TIME limits each wait for the server"),
    anywhere(&["-l", "--limit"], "--max-size SIZE leaves larger messages on the server"),
];

/// Commands of other programs, and words for ours.
pub(super) static VERBS: &[Habit] = &[
    within("account", &["ls"], "`mailhaul account list` lists the accounts"),
    within("account", &["new", "create"], "`mailhaul account add NAME SOURCE` adds an account"),
    within("account", &["get", "cat"], "`mailhaul account show NAME` shows the settings of an account"),
    within(
        "account",
        &["edit", "set", "change", "update", "rename"],
        "edit the configuration file; `mailhaul account show NAME` shows the settings of an account",
    ),
    within("account", &["rm", "del", "delete"], "`mailhaul account --help` lists what can be done with an account"),
    within("state", &["ls", "list"], "`mailhaul state show` counts the messages of each mailbox"),
    within(
        "state",
        &["rm", "del", "delete", "clear", "clean"],
        "`mailhaul state --help` lists what can be done with the history",
    ),
    anywhere(
        &["get", "sync", "download", "pull", "receive", "retrieve", "poll", "collect", "run", "fetchmail", "getmail"],
        "`mailhaul fetch` downloads new mail",
    ),
    anywhere(
        &["check", "count", "status"],
        "`mailhaul stat SOURCE` counts messages, with --new those never fetched; `mailhaul noop SOURCE` tries the login",
    ),
    anywhere(
        &["test", "ping", "verify"],
        "`mailhaul noop SOURCE` tries the login; `mailhaul info SOURCE` inspects the server",
    ),
    anywhere(
        &["init", "setup", "configure", "config", "add"],
        "`mailhaul account add NAME SOURCE --maildir DIR` saves an account",
    ),
    anywhere(&["accounts"], "`mailhaul account list` lists the accounts"),
    anywhere(
        &["rename"],
        "to rename an account, change [account.NAME] in the configuration file; after a move of mail, see `mailhaul state moved --help`",
    ),
    anywhere(&["move", "mv"], "move the Maildir or the mbox first, then see `mailhaul state moved --help`"),
    anywhere(
        &["del", "delete", "rm", "remove", "erase", "purge", "expunge"],
        "`mailhaul dele --help` explains how messages are deleted from the server",
    ),
    anywhere(&["ls"], "`mailhaul list SOURCE` lists messages; `mailhaul account list` lists accounts"),
    anywhere(
        &["show", "cat", "view", "read", "print"],
        "`mailhaul retr SOURCE MSG` prints a message, `mailhaul top SOURCE MSG` its header; `mailhaul account show NAME` shows an account",
    ),
    anywhere(
        &["backup", "archive", "save"],
        "`mailhaul dump SOURCE` writes the whole mailbox to standard output as an mbox, or with --maildir DIR into a Maildir",
    ),
    anywhere(&["version"], "`mailhaul --version` prints the version"),
    anywhere(
        &["passwd", "password", "auth"],
        "`mailhaul login ACCOUNT` stores a password in the keyring, or gets OAuth2 tokens",
    ),
    anywhere(&["logs", "history"], "`mailhaul log` lists past runs"),
    anywhere(&["daemon", "watch", "idle"], "mailhaul runs once and ends: start it from cron or from a systemd timer"),
];

/// What deletes or forgets, or does so without a question: no misspelling is answered by it.
pub(super) const DELETES: &[&str] =
    &["dele", "remove", "forget", "reset", "accept", "logout", "--delete", "--delete-after", "--yes"];

/// fetchmail's -k and curl's.
const KEEP_OR_INSECURE: &str = "messages stay on the server by default; certificates are always checked: trust one with --ca-file FILE or --pin PIN";
