//! What each command prints, for people and as JSON, as a contract: the same over TLS and by STLS, unless it speaks of
//! the connection. What differs from run to run (ports, unique-ids, times, keys) is masked.
//!
//! A change of the output is seen in the difference of `tests/snapshots/*.snap`. To renew them, and then to read what
//! has changed:
//!
//! ```sh
//! INSTA_UPDATE=always cargo test --test tests snapshots
//! git diff tests/snapshots
//! ```
//!
//! Otherwise a snapshot that is missing or stale fails its test, and one that no test takes fails the last test here.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mailhaul::config::SETTINGS;

use super::dovecot::{Dovecot, Message, dovecot_or_skip};
use super::util::{Home, Ran, not_run, run, run_with_input};

/// Somebody with a password, at a server.
struct User {
    home: Home,
    url: String,
    flags: Vec<String>,
}

impl User {
    /// Over TLS from the first octet, and by STLS.
    fn both(server: &Dovecot) -> [Self; 2] {
        [server.url_pop3s("ann"), server.url_pop3("ann")].map(|url| {
            let home = Home::new();
            let path = |path: PathBuf| path.to_str().unwrap().to_owned();
            let ca_file = path(server.ca_file());
            let flags = vec!["--ca-file".into(), ca_file, "--password-file".into(), path(home.path("password"))];
            Self { home, url, flags }
        })
    }

    /// `mailhaul VERB SOURCE ..` at the server.
    fn command(&self, verb: &str, more: &[&str]) -> Command {
        let flags = self.flags.iter().map(String::as_str);
        self.home.mailhaul([verb, &self.url].into_iter().chain(more.iter().copied()).chain(flags))
    }

    /// What the command prints, for people and with `--json`.
    #[track_caller]
    fn prints(&self, name: &str, verb: &str, more: &[&str]) {
        shot(name, &run(&mut self.command(verb, more)));
        shot(&format!("{name}{JSON}"), &run(&mut self.command(verb, &[more, &["--json"]].concat())));
    }

    /// As [`Self::prints`], for a command that needs no server.
    #[track_caller]
    fn prints_of_ledger(&self, name: &str, words: &[&str]) {
        shot(name, &run(&mut self.home.mailhaul(words)));
        shot(&format!("{name}{JSON}"), &run(&mut self.home.mailhaul([words, &["--json"]].concat())));
    }

    /// Two of three messages fetched.
    fn fetch(&self) {
        let maildir = self.home.maildir();
        run(&mut self.command("fetch", &["--maildir", maildir.to_str().unwrap(), "--max-messages", "2"])).code(0);
    }
}

#[test]
fn listings() {
    each_way("listings", |user, _| {
        user.prints("stat", "stat", &[]);
        user.prints("stat_of_two_sources", "stat", &[&user.url]);
        user.prints("list", "list", &[]);
        user.prints("list_with_headers", "list", &["--headers"]);
        user.prints("list_of_some", "list", &["2-"]);
        user.prints("list_of_none", "list", &["9"]);
        user.prints("uidl", "uidl", &[]);
    });
}

#[test]
fn messages() {
    each_way("messages", |user, _| {
        user.prints("top", "top", &["1", "1"]);
        user.prints("retr_of_one", "retr", &["1"]);
        user.prints("retr_of_a_range", "retr", &["2-3"]);
        user.prints("dump", "dump", &[]);
        let maildir = user.home.maildir();
        user.prints("dump_into_a_maildir", "dump", &["--maildir", maildir.to_str().unwrap()]);
    });
}

#[test]
fn deletions() {
    each_way("deletions", |user, _| {
        user.prints("dele_without_consent", "dele", &["1"]);
        user.prints("dele_as_a_dry_run", "dele", &["1-2", "--dry-run"]);
        shot("dele", &run(&mut user.command("dele", &["1", "--yes", "--verify"])));
        shot("dele_json", &run(&mut user.command("dele", &["1", "--yes", "--json"])));
        user.prints("dele_of_an_open_range", "dele", &["9-", "--yes"]);
    });
}

#[test]
fn connections() {
    each_way("connections", |user, way| {
        user.prints(&format!("noop_{way}"), "noop", &[]); // it names the phases
        user.prints("capa", "capa", &[]);
        user.prints("info", "info", &[]);
    });
}

#[test]
fn consoles() {
    each_way("consoles", |user, _| {
        let input = b"STAT\nLIST\nLIST 2\nTOP 1 0\nDELE 9\nRSET\n";
        shot("console", &run_with_input(&mut user.command("console", &[]), input));
        let input = b"CAPA\nUSER ann\nPASS secret\nSTAT\nQUIT\n";
        shot("console_without_login", &run_with_input(&mut user.command("console", &["--no-login"]), input));
        shot("console_json", &run(&mut user.command("console", &["--json"])));
    });
}

#[test]
fn fetches() {
    each_way("fetches", |user, _| {
        let maildir = user.home.maildir();
        let into = ["--maildir", maildir.to_str().unwrap()];
        user.prints("fetch_as_a_dry_run", "fetch", &[&into[..], &["--dry-run", "--delete"]].concat());
        shot("fetch", &run(&mut user.command("fetch", &[&into[..], &["--max-messages", "1"]].concat())));
        shot("fetch_verbose", &run(&mut user.command("fetch", &[&into[..], &["-v", "--max-messages", "1"]].concat())));
        shot("fetch_json", &run(&mut user.command("fetch", &[&into[..], &["--delete", "--json"]].concat())));
        shot("fetch_of_nothing", &run(&mut user.command("fetch", &into)));
    });
}

#[test]
fn accounts() {
    let home = Home::new();
    let user = User { home, url: "pop3s://ann@mail.example.org".into(), flags: Vec::new() };
    user.prints_of_ledger("account_list_of_nothing", &["account", "list"]);
    let add = ["account", "add", "work", &user.url, "--mbox", "/var/mail/ann", "--delete-after", "30d"];
    shot("account_add", &run(&mut user.home.mailhaul(add)));
    user.prints_of_ledger("account_list", &["account", "list"]);
    user.prints_of_ledger("account_show", &["account", "show", "work"]);
    shot("account_remove", &run(&mut user.home.mailhaul(["account", "remove", "wrok"])));
}

#[test]
fn ledgers() {
    each_way("ledgers", |user, _| {
        user.prints_of_ledger("state_show_of_nothing", &["state", "show"]);
        user.prints_of_ledger("log_of_nothing", &["log"]);
        user.prints_of_ledger("health_of_nothing", &["health", &user.url]);
        user.fetch();
        user.prints("stat_of_what_is_new", "stat", &["--new"]);
        user.prints_of_ledger("state_show", &["state", "show"]);
        user.prints_of_ledger("state_export", &["state", "export"]);
        user.prints_of_ledger("log", &["log"]);
        user.prints_of_ledger("health", &["health", "-v", &user.url]);
        for (name, format) in [("health_nagios", "nagios"), ("health_prometheus", "prometheus")] {
            shot(name, &run(&mut user.home.mailhaul(["health", &user.url, "--format", format])));
        }
        shot("stat_nagios", &run(&mut user.command("stat", &["--format", "nagios", "--warn", "2", "--crit", "5"])));
    });
}

/// Aligned under a heading, and cut to the width.
#[test]
fn terminals() {
    if Command::new("script").arg("--version").output().is_err() {
        return not_run("terminals: no script, of bsdutils");
    }
    each_way("terminals", |user, _| {
        for (name, verb, more) in [
            ("list_on_a_terminal", "list", &[][..]),
            ("list_with_headers_on_a_terminal", "list", &["--headers"]),
            ("uidl_on_a_terminal", "uidl", &[]),
            ("stat_on_a_terminal", "stat", &[]),
        ] {
            shot(name, &on_a_terminal(&user.command(verb, more)));
        }
        user.fetch();
        shot("log_on_a_terminal", &on_a_terminal(&user.home.mailhaul(["log"])));
    });
}

/// A snapshot that no test takes any more says nothing: it is to be removed.
#[test]
fn every_snapshot_is_taken() {
    for name in snapshots() {
        let of_people = name.strip_suffix(JSON).filter(|_| !is_taken(&name)).unwrap_or(&name);
        let of_a_way = WAYS.iter().find_map(|way| of_people.strip_suffix(way)).map(|name| format!("{name}{{way}}"));
        let is_taken = is_taken(of_people) || of_a_way.is_some_and(|name| is_taken(&name));
        assert!(is_taken, "tests/snapshots/{name}.snap is not taken");
    }
}

/// The schema of the JSON stands in the manual.
#[test]
fn every_key_is_in_the_manual() {
    for name in snapshots().filter(|name| name.ends_with(JSON)) {
        let words: Vec<&str> = name.split('_').collect();
        let page = if words[0] == "state" { words[..2].join("-") } else { words[0].to_owned() };
        let manual = read(&format!("man/sections/{page}.roff")) + &read("man/sections/json.roff");
        let snapshot = read(&format!("tests/snapshots/{name}.snap"));
        let mut before_colons: Vec<&str> = snapshot.split("\":").collect();
        before_colons.pop();
        for key in before_colons.iter().map(|text| text.rsplit('"').next().unwrap()) {
            let is_told = manual.contains(&format!("\"{key}\"")) || manual.contains(&format!("\n.B {key}\n"));
            let is_told = is_told || SETTINGS.iter().any(|known| known.name == key); // account show tells of these
            assert!(is_told, "man/sections/{page}.roff does not tell of {key:?}");
        }
    }
}

/// The names of all snapshots. What a failed test has put beside them is none.
fn snapshots() -> impl Iterator<Item = String> {
    let folder = std::fs::read_dir(here("tests/snapshots")).unwrap();
    let files = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    files.filter(|file| !file.ends_with(".snap.new")).map(|file| file.strip_suffix(".snap").unwrap().to_owned())
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(here(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_taken(name: &str) -> bool {
    include_str!("snapshots.rs").contains(&format!("\"{name}\""))
}

/// Runs `act` at a fresh server for each of the ways; what is taken must be the same.
fn each_way(test: &str, act: impl Fn(&User, &str)) {
    for (at, way) in WAYS.into_iter().enumerate() {
        let Some(server) = dovecot_or_skip(test, &maildrop()) else { return };
        act(&User::both(&server)[at], way);
    }
}

fn maildrop() -> [Message; 3] {
    let message = |label, text: &[u8]| Message::new(label, text);
    [
        message(
            "encoded",
            b"Return-Path: <anna@example.org>\nFrom: =?utf-8?B?0JDQvdC90LA=?= <anna@example.org>\n\
              Date: Mon, 5 Jan 2026 10:00:00 +0100\nSubject: =?iso-8859-1?Q?caf=E9?=\n\nfirst\n.second\nFrom third\n",
        ),
        message(
            "hostile",
            b"From: \"\x1b]0;owned\x07\" <a@example.org>\nDate: yesterday\nSubject: \x1b[2J long, and longer, and so long \
              that no terminal has room for it\n\n>From here\n",
        ),
        message("bare", b"\nbody only\n"),
    ]
}

/// The command with a terminal of 72 columns for its output, of which script(1) writes down what it gets.
fn on_a_terminal(command: &Command) -> Ran {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut script = Command::new("script");
    script.args(["-qec", &format!("stty cols 72; exec {}", words.join(" ")), "/dev/null"]).env_clear();
    script.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    run(script.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// Compares what was printed with the snapshot `name`.
#[track_caller]
fn shot(name: &str, ran: &Ran) {
    let Ran { code, stdout, stderr, .. } = ran;
    let text = format!("exit code {}\n--- standard output\n{stdout}--- standard error\n{stderr}", code.unwrap());
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    for (pattern, instead) in MASKS {
        settings.add_filter(pattern, instead);
    }
    if name.starts_with("noop") {
        settings.add_filter(r"([a-z] )\d+\.\d\b", "$1[milliseconds]");
        settings.add_filter(r#""duration_ms":\d+"#, r#""duration_ms":[milliseconds]"#);
    }
    if name.starts_with("fetch") {
        settings.add_filter(r#""time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ""#, r#""time":"[time]""#);
        settings.add_filter(r"; \d+\.\d s\n", "; [seconds] s\n");
        settings.add_filter(r#""duration_ms":\d+"#, r#""duration_ms":[milliseconds]"#);
    }
    if name.starts_with("log") {
        settings.add_filter(r"(?m)^( *)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+\.\d ", "$1[time] [seconds] ");
        // On a terminal it is shorter, and the seconds come later.
        settings.add_filter(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\dZ", "[time]");
        settings.add_filter(r" \d+\.\d  ", " [seconds]  ");
        settings.add_filter(r#""time":"[^"]*""#, r#""time":"[time]""#);
        settings.add_filter(r#""duration_ms":\d+"#, r#""duration_ms":[milliseconds]"#);
    }
    if name.starts_with("health") {
        settings.add_filter(r"\d+ seconds? ago", "[time] ago");
        settings.add_filter(r"=\d+s;", "=[seconds]s;");
        settings.add_filter(r#""(last_success|last_run|certificate_expires)":"[^"]*""#, r#""$1":"[time]""#);
        settings.add_filter(r#""duration_ms":\d+"#, r#""duration_ms":[milliseconds]"#);
        settings.add_filter(r"(timestamp_seconds|duration_seconds)(\{[^}]*\}) [0-9.]+", "$1$2 [seconds]");
    }
    if name.starts_with("state_export") {
        settings.add_filter(r#""(settled|delivered)_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ""#, r#""${1}_at":"[time]""#);
        settings.add_filter(r#""identity":"[0-9a-f]{32}""#, r#""identity":"[identity]""#);
    }
    settings.bind(|| insta::assert_snapshot!(name, visible(&text)));
}

/// Control characters by their pictures: a CR would be lost in a snapshot, and an escape sequence would be obeyed.
fn visible(text: &str) -> String {
    let picture = |c: char| match c {
        '\0'..='\x1f' if c != '\n' => char::from_u32(0x2400 + u32::from(c)).unwrap(),
        c => c,
    };
    text.chars().map(picture).collect()
}

/// What differs from run to run, and from machine to machine.
const MASKS: [(&str, &str); 10] = [
    (r#"/[^\s"]*?mailhaul-test\w+"#, "[home]"),
    (r"pop3s?://ann@localhost:\d+", "[URL]"),
    (r"ann@localhost:\d+", "ann@[host]"),
    // Dovecot's unique-id: that of the message, and that of the folder, which is the time of its making.
    (r"\b(0000000\d)[0-9a-f]{8}\b", "$1[validity]"),
    (r"\b(From \S+) [A-Z]\w\w [A-Z]\w\w [ \d]\d \d\d:\d\d:\d\d \d{4}", "$1 [time]"),
    (r"sha256//[0-9A-Za-z+/]{43}=", "sha256//[pin]"),
    (r"valid \S+ to \S+ \(\d+ days left\)", "valid [times]"),
    (
        r#""not_before":"[^"]*","not_after":"[^"]*","days_left":\d+"#,
        r#""not_before":"[time]","not_after":"[time]","days_left":[days]"#,
    ),
    (r"TLSv1_3 \w+", "TLSv1_3 [cipher]"),
    (r#"[^\s"]+ ready <[^>]*>"#, "[greeting]"),
];

const JSON: &str = "_json";
const WAYS: [&str; 2] = ["pop3s", "stls"];
