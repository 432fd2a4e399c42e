//! The recipes of `docs/scripting.md` run as they stand, and its table has all types and keys.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use super::schema;
use crate::server::{Config, Maildrop, Server};
use crate::util::{Home, Ran, not_run, run};

const PAGE: &str = include_str!("../../docs/scripting.md");

/// A home with the accounts `work` and `home`, each at a server of its own.
struct Desk {
    home: Home,
    servers: [Server; 2],
}

impl Desk {
    fn new() -> Self {
        let large = format!("From: Bob <bob@example.org>\r\nSubject: large\r\n\r\n{}\r\n", "x".repeat(1_000_000));
        let small = "From: Ann <ann@example.org>\r\nSubject: small\r\n\r\nx\r\n".to_owned();
        let other = "From: Ann <ann@example.org>\r\nSubject: an other\r\n\r\nx\r\n".to_owned();
        let work = Maildrop::new([("w1", small.clone()), ("w 2", large), ("w3", other)]);
        let servers = [work, Maildrop::new([("h1", small)])].map(|maildrop| Server::start(Config::new(&maildrop)));
        let home = Home::new();
        let account = |name: &str, server: &Server| {
            let [maildir, password] = [name, "password"].map(|name| home.path(name).display().to_string());
            format!(
                "[account.{name}]\nsource = \"{}\"\ntls = \"none\"\nstate-key = \"{name}\"\nmaildir = \"{maildir}\"\n\
                 password-file = \"{password}\"\n",
                server.url("ann")
            )
        };
        let text = account("work", &servers[0]) + &account("home", &servers[1]);
        fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
        home.write_private(".config/mailhaul/config.toml", text.as_bytes());
        let bin = home.path("bin");
        fs::create_dir(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailhaul"), bin.join("mailhaul")).unwrap();
        Self { home, servers }
    }

    fn runs(&self, script: &str) -> Ran {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(script).env_clear().env("HOME", self.home.path("")).current_dir(self.home.path(""));
        shell.env("PATH", format!("{}:/usr/bin:/bin", self.home.path("bin").display())).env("LC_ALL", "C.UTF-8");
        run(shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    /// What the recipe is to print; before that, what it needs is done.
    fn prepared_for(&self, heading: &str) -> String {
        let octets = |at: usize| self.servers[at].maildrop().octets();
        let large = self.servers[0].maildrop().message(1).octets();
        let [small, other] = [0, 2].map(|at| self.servers[0].maildrop().message(at).octets());
        match heading {
            "New messages of each account" => {
                self.runs("mailhaul fetch home").code(0);
                "work 3\nhome 0\n".into()
            }
            "Octets on all servers" => format!("{}\n", octets(0) + octets(1)),
            "The ten largest messages" => format!("{large} 2 w 2\n{other} 3 w3\n{small} 1 w1\n"),
            "Who sends the most" => "      2 Ann <ann@example.org>\n      1 Bob <bob@example.org>\n".into(),
            "What failed in the last run of each mailbox" => {
                self.runs("mailhaul fetch").code(0);
                self.home.write_private("password", b"wrong\n");
                self.runs("mailhaul fetch home").code(77);
                "home 77 ".into()
            }
            "What failed in this run" => {
                self.home.write_private("wrong", b"wrong\n");
                let config = self.home.path(".config/mailhaul/config.toml");
                let text = fs::read_to_string(&config).unwrap();
                let (work, home) = text.split_at(text.find("[account.home]").unwrap());
                fs::write(&config, format!("{work}{}", home.replace("/password\"", "/wrong\""))).unwrap();
                "home: ".into()
            }
            "Announce new mail" => {
                self.runs("mailhaul fetch home").code(0);
                ["Ann <ann@example.org>: small", "Bob <bob@example.org>: large", "Ann <ann@example.org>: an other", ""]
                    .join("\n")
            }
            "Check files against what was received" => ": OK\n".into(),
            "Join two commands: new messages, and where they will go" => {
                let place = |name: &str| self.home.path(name).display().to_string();
                let mut lines = [("work", 3), ("home", 1)]
                    .map(|(name, count)| format!("{name}: {count} new for {}\n", place(name)));
                if self.servers[0].url("ann") > self.servers[1].url("ann") {
                    lines.reverse();
                }
                lines.concat()
            }
            "One message, as it is on the server" => String::from_utf8(self.servers[0].maildrop().expected(0)).unwrap(),
            "Delete messages over a size" => "\"gone\":1}\n".into(),
            unknown => panic!("this test does not know what {unknown:?} is to print"),
        }
    }
}

/// The recipes with their headings.
fn recipes() -> Vec<(&'static str, &'static str)> {
    let all = PAGE.split("\n## Recipes\n").nth(1).unwrap().split("\n### ").skip(1);
    let recipe = |text: &'static str| {
        let (heading, rest) = text.split_once('\n').unwrap();
        (heading, rest.split("```sh\n").nth(1).unwrap().split("```").next().unwrap())
    };
    all.map(recipe).collect()
}

#[test]
fn the_recipes_run() {
    if Command::new("jq").arg("--version").output().is_err() {
        return not_run("the_recipes_run: no jq");
    }
    let recipes = recipes();
    assert!(recipes.len() > 10);
    for (heading, script) in recipes {
        let desk = Desk::new();
        let expected = desk.prepared_for(heading);
        let ran = desk.runs(script);
        let is_whole = expected.ends_with('\n') && !expected.starts_with([':', '"']);
        let is_as_expected = if is_whole { ran.stdout == expected } else { ran.stdout.contains(&expected) };
        assert!(ran.code == Some(0) && is_as_expected, "{heading}: expected {expected:?}\n{}", ran.everything());
        let lines = if is_whole { expected.lines().count() } else { ran.stdout.lines().count() };
        match heading {
            "Check files against what was received" => assert_eq!(ran.stdout.matches(": OK\n").count(), 4),
            "Delete messages over a size" => {
                let left: Vec<String> = desk.servers[0]
                    .maildrop()
                    .present()
                    .iter()
                    .map(|it| String::from_utf8_lossy(it.uid()).into())
                    .collect();
                assert_eq!(left, ["w1", "w3"]);
            }
            _ => assert_eq!(ran.stdout.lines().count(), lines, "{heading}: {}", ran.stdout),
        }
    }
}

/// The page names every type with every key, and none besides.
#[test]
fn the_table_has_all_types_and_keys() {
    let rows = PAGE.split("\n## ").find(|section| section.starts_with("Types\n")).unwrap();
    let rows: Vec<Vec<&str>> =
        rows.lines().filter(|row| row.starts_with("| `")).map(|row| row.split(" | ").collect()).collect();
    let quoted = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect::<BTreeSet<&str>>();
    let types: Vec<&str> = rows.iter().map(|row| row[0].trim_matches(['|', ' ', '`'])).collect();
    assert_eq!(types, schema::types().collect::<Vec<_>>());
    for (kind, row) in types.into_iter().zip(&rows) {
        let mut keys = schema::keys(kind);
        keys.retain(|key| !["type", "account", "source", "mailbox"].contains(key));
        assert_eq!(quoted(row[2]), keys, "{kind}");
    }
}
