//! Commands that people type from habit, as other programs have them, and how it is said here. The options of other
//! programs are in a table of `config`, which answers keys of the configuration file too.
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

/// Commands of other programs, and words for ours.
pub(super) static VERBS: &[Habit] = &[
    within("account", &["ls"], "`mailhaul account list` lists the accounts"),
    within("account", &["new", "create"], "`mailhaul account add NAME SOURCE` adds an account"),
    within("account", &["get", "cat"], "`mailhaul account show NAME` shows the settings of an account"),
    within(
        "account",
        &["edit", "set", "change", "update"],
        "edit the configuration file; `mailhaul account show NAME` shows the settings of an account",
    ),
    within("account", &["mv", "move"], "`mailhaul account rename OLD NEW` renames an account"),
    within("state", &["save", "backup", "dump"], "`mailhaul state export` writes the history as JSON lines"),
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
    anywhere(&["fetchall"], "`mailhaul fetch --all` fetches everything, including messages already fetched"),
    anywhere(
        &["check", "count", "status"],
        "`mailhaul stat SOURCE` counts messages, with --new those never fetched, with --exit-code for scripts; `mailhaul noop \
         SOURCE` tries the login; `mailhaul health` says which accounts were not fetched in time",
    ),
    anywhere(
        &["test", "ping", "verify"],
        "`mailhaul noop SOURCE` tries the login; `mailhaul info SOURCE` inspects the server",
    ),
    anywhere(
        &["init", "configure", "add"],
        "`mailhaul setup ADDRESS` finds the server and adds an account, `mailhaul account add NAME SOURCE --maildir DIR` adds one \
         whose server you know",
    ),
    anywhere(
        &["config", "settings"],
        "`mailhaul account list` lists the accounts, `mailhaul account add NAME SOURCE --maildir DIR` saves one; the file is \
         ~/.config/mailhaul/config.toml, and `mailhaul help config` lists its keys",
    ),
    anywhere(&["serverinfo", "probe"], "`mailhaul info SOURCE` inspects the server"),
    anywhere(
        &["import", "convert"],
        "`mailhaul migrate PROGRAM` takes over the accounts and the history of fetchmail, getmail or mpop; `mailhaul state import` \
         reads a history alone",
    ),
    anywhere(&["export"], "`mailhaul state export` writes the fetch history as JSON lines"),
    anywhere(
        &["quit", "exit"],
        "each command ends its session by itself; `mailhaul console SOURCE` opens one in which QUIT can be typed",
    ),
    anywhere(&["man", "manual", "docs"], "`mailhaul help` lists the commands, `mailhaul help fetch` describes one"),
    anywhere(&["accounts"], "`mailhaul account list` lists the accounts"),
    anywhere(
        &["rename"],
        "`mailhaul account rename OLD NEW` renames an account; after a move of mail, see `mailhaul state moved --help`",
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
    anywhere(&["daemon", "watch", "idle"], "`mailhaul fetch --every 5m` stays, and fetches again every five minutes"),
];

/// What deletes or forgets, or does so without a question: no misspelling is answered by it.
pub(super) const DELETES: &[&str] =
    &["dele", "remove", "forget", "reset", "accept", "logout", "--delete", "--delete-after", "--yes"];
