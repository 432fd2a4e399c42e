//! What is written about the program is so: the manual pages and completions are made from the command line's own
//! definitions, the examples run, the tables are complete.
//!
//! `MAILHAUL_UPDATE=1 cargo test --test tests docs` writes `man/*.1` and `completions/` anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use clap_mangen::Man;
use mailhaul::cli::Cli;
use mailhaul::error::Kind;

use super::server::{Config, Fault, Maildrop, Server, Sizes, TlsMode};
use super::util::{Home, run};

const README: &str = include_str!("../README.md");

/// Each manual page with the hand-written sections that follow what clap knows.
const PAGES: [(&str, &[&str]); 30] = [
    ("mailhaul", &["sources", "passwords", "authentication", "trust", "exit-status", "environment", "files"]),
    ("mailhaul-account", &["account"]),
    ("mailhaul-account-add", &[]),
    ("mailhaul-account-list", &[]),
    ("mailhaul-account-remove", &[]),
    ("mailhaul-account-show", &[]),
    ("mailhaul-capa", &["capa"]),
    ("mailhaul-completions", &[]),
    ("mailhaul-console", &["console"]),
    ("mailhaul-dele", &["dele"]),
    ("mailhaul-dump", &["dump"]),
    (
        "mailhaul-fetch",
        &[
            "fetch",
            "sources",
            "passwords",
            "authentication",
            "trust",
            "exit-status",
            "environment",
            "files",
            "fetch-examples",
        ],
    ),
    ("mailhaul-info", &["info"]),
    ("mailhaul-list", &["list"]),
    ("mailhaul-log", &["log"]),
    ("mailhaul-login", &["login"]),
    ("mailhaul-logout", &[]),
    ("mailhaul-noop", &["noop"]),
    ("mailhaul-retr", &["retr"]),
    ("mailhaul-stat", &["stat"]),
    ("mailhaul-state", &["state"]),
    ("mailhaul-state-accept", &[]),
    ("mailhaul-state-export", &["state-export"]),
    ("mailhaul-state-forget", &[]),
    ("mailhaul-state-import", &["state-export"]),
    ("mailhaul-state-retry", &[]),
    ("mailhaul-state-seen", &[]),
    ("mailhaul-state-show", &[]),
    ("mailhaul-top", &["top"]),
    ("mailhaul-uidl", &["uidl"]),
];

/// A path in the checkout.
fn here(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: impl AsRef<Path>) -> String {
    let path = here(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

mod generated {
    use super::*;

    #[test]
    fn manual_pages_and_completions_are_up_to_date() {
        let update = std::env::var_os("MAILHAUL_UPDATE").is_some();
        let generated = generate();
        let stale: Vec<&String> =
            generated.iter().filter(|(path, text)| !is_current(path, text)).map(|(p, _)| p).collect();
        if update {
            generated.iter().for_each(|(path, text)| fs::write(here(path), text).unwrap());
        } else {
            assert!(stale.is_empty(), "not up to date: {stale:?}; `MAILHAUL_UPDATE=1 cargo test --test tests docs`");
        }
        for folder in ["man", "completions"] {
            for entry in fs::read_dir(here(folder)).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file())
            {
                let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
                assert!(generated.contains_key(&path), "{path} is not generated any more: remove it");
            }
        }
    }

    #[test]
    fn manual_pages_are_good_roff() {
        for (page, _) in PAGES {
            let mut groff = Command::new("groff");
            groff.args(["-man", "-ww", "-z", "-Tutf8", "-K", "utf8"]);
            let path = here(format!("man/{page}.1"));
            let Ok(output) = groff.arg(&path).stdin(Stdio::null()).output() else {
                assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI requires groff");
                return crate::util::not_run("manual_pages_are_good_roff: no groff");
            };
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{}: {said}", path.display());
        }
    }

    fn is_current(path: &str, text: &str) -> bool {
        fs::read_to_string(here(path)).is_ok_and(|found| found == text)
    }

    /// Path and text of everything that is generated.
    fn generate() -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for (name, shell) in [("mailhaul.bash", Shell::Bash), ("_mailhaul", Shell::Zsh), ("mailhaul.fish", Shell::Fish)]
        {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mailhaul", &mut script);
            files.insert(format!("completions/{name}"), String::from_utf8(script).unwrap());
        }
        for command in commands() {
            let name = command.get_display_name().unwrap_or("mailhaul").to_owned();
            files.insert(format!("man/{name}.1"), page(&name, command));
        }
        assert_eq!(files.len(), 3 + PAGES.len(), "a command without a manual page, or the other way round");
        files
    }

    /// A page: what clap knows, but for its examples, and the hand-written sections.
    fn page(name: &str, command: clap::Command) -> String {
        let synopsis = synopsis(&command);
        let has_subcommands = command.has_subcommands();
        let man = Man::new(command.disable_help_subcommand(true));
        let mut roff = Vec::new();
        man.render_name_section(&mut roff).unwrap();
        roff.extend_from_slice(synopsis.as_bytes());
        man.render_description_section(&mut roff).unwrap();
        man.render_options_section(&mut roff).unwrap();
        if has_subcommands {
            man.render_subcommands_section(&mut roff).unwrap();
        }
        let mut text = String::from_utf8(roff).unwrap().replace(APOSTROPHE, "");
        for section in sections(name) {
            text += &read(format!("man/sections/{section}.roff"));
        }
        // Neither version nor date: a page is as old as what it says.
        format!("{APOSTROPHE}.TH {name} 1 \"\" mailhaul \"User Commands\"\n{text}{}", see_also(name))
    }

    /// With this clap begins every section; once is enough.
    const APOSTROPHE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

    /// The usage line, set as manual pages do.
    fn synopsis(command: &clap::Command) -> String {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").trim().replace('-', "\\-");
        let name = command.get_bin_name().unwrap_or("mailhaul");
        let rest = usage.strip_prefix(&name.replace('-', "\\-")).expect("a usage begins with the command");
        // A choice that must be made, `<--one|--other>`, is shown in braces.
        let rest = rest.replace("<\\-", "{\\-").replace(">>", ">}").replace('<', "\\fI").replace('>', "\\fR");
        format!(".SH SYNOPSIS\n\\fB{name}\\fR{rest}\n")
    }

    fn see_also(name: &str) -> String {
        let others = PAGES.iter().map(|(page, _)| *page).filter(|page| *page != name);
        let others = others.map(|page| page.replace('-', "\\-")).chain(["maildir".into(), "mbox".into()]);
        let refer = |page: String| format!(".BR {page} ({})", if page.starts_with("mailhaul") { 1 } else { 5 });
        format!(".SH SEE ALSO\n{}\n", others.map(refer).collect::<Vec<_>>().join(",\n"))
    }
}

mod texts {
    use super::*;

    #[test]
    fn every_flag_has_a_description() {
        for command in commands() {
            assert!(command.get_about().is_some(), "{} has no description", command.get_name());
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.len() > 9, "{}: {} is not described", command.get_name(), argument.get_id());
            }
        }
    }

    /// What is described and does not exist, or the other way round.
    #[test]
    fn the_tables_of_exit_codes_are_complete() {
        let mut codes: Vec<u8> = kinds().into_iter().map(Kind::exit_code).chain([0]).collect();
        codes.sort();
        let readme = section(README, "\n## Exit codes\n", "\n## ");
        let rows = readme.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
        assert_eq!(rows.collect::<Vec<u8>>(), codes, "README.md");
        let manual = read("man/sections/exit-status.roff");
        let terms = manual.lines().filter_map(|line| line.strip_prefix(".B ")?.parse().ok());
        assert_eq!(terms.collect::<Vec<u8>>(), codes, "man/sections/exit-status.roff");
    }

    #[test]
    fn the_flags_of_the_readme_and_the_manual_exist() {
        let mut flags: Vec<String> = commands()
            .iter()
            .flat_map(|command| {
                command
                    .get_arguments()
                    .filter_map(|argument| argument.get_long())
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        // Flags of others, and one that the README says is missing.
        flags.extend(["release", "example", "test", "locked", "path", "open", "now"].map(str::to_owned));
        let mut texts = vec![("README.md".to_owned(), README.to_owned())];
        let sections = PAGES.iter().flat_map(|(_, sections)| *sections);
        texts.extend(
            sections.map(|name| (name.to_string(), read(format!("man/sections/{name}.roff")).replace('\\', ""))),
        );
        for (name, text) in texts {
            for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
                let Some(flag) = word.strip_prefix("--").filter(|flag| flag.starts_with(char::is_alphabetic)) else {
                    continue;
                };
                assert!(flags.iter().any(|known| known == flag), "{name} speaks of --{flag}");
            }
        }
    }

    #[test]
    fn the_changelog_has_this_version() {
        let heading = format!("\n## [{}]", env!("CARGO_PKG_VERSION"));
        assert!(read("CHANGELOG.md").contains(&heading), "CHANGELOG.md has no heading {heading:?}");
    }

    #[test]
    fn the_units_of_the_readme_are_those_of_contrib() {
        let units = blocks("ini");
        assert_eq!(units, [read("contrib/systemd/mailhaul.service"), read("contrib/systemd/mailhaul.timer")]);
    }

    /// A new kind does not compile before it is here.
    fn kinds() -> Vec<Kind> {
        let next = |kind: &Kind| {
            Some(match kind {
                Kind::Usage => Kind::Protocol,
                Kind::Protocol => Kind::NoHost,
                Kind::NoHost => Kind::Unavailable,
                Kind::Unavailable => Kind::Bug,
                Kind::Bug => Kind::CannotCreate,
                Kind::CannotCreate => Kind::LocalIo,
                Kind::LocalIo => Kind::TryLater,
                Kind::TryLater => Kind::Login,
                Kind::Login => Kind::Config,
                Kind::Config => return None,
            })
        };
        std::iter::successors(Some(Kind::Usage), next).collect()
    }
}

mod examples {
    use super::*;

    #[test]
    fn every_example_can_be_parsed() {
        let mut examples = shell_examples();
        examples.extend(cron_examples().into_iter().map(|job| job[job.find("mailhaul fetch").unwrap()..].to_owned()));
        for (_, sections) in PAGES {
            for section in sections {
                let text = read(format!("man/sections/{section}.roff")).replace("\\-", "-");
                let verbatim = text.split("\n.nf\n").skip(1).map(|rest| rest.split("\n.fi\n").next().unwrap());
                examples.extend(verbatim.flat_map(str::lines).map(str::to_owned));
            }
        }
        for command in commands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            examples.extend(
                help.lines().filter_map(|line| line.strip_prefix("  mailhaul ")).map(|rest| format!("mailhaul {rest}")),
            );
        }
        let unit = read("contrib/systemd/mailhaul.service");
        examples
            .extend(unit.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).map(str::to_owned));
        assert!(examples.len() > 15, "{examples:#?}");
        for example in examples {
            Cli::try_parse_from(words(&example)).unwrap_or_else(|error| panic!("{example}\n{error}"));
        }
    }

    /// Runs the shell examples of the README as they stand, but for the names of the servers.
    #[test]
    fn the_examples_of_the_readme_run() {
        let examples = shell_examples();
        assert!(examples.iter().any(|example| example.starts_with("mailhaul fetch")));
        for example in examples {
            let (home, servers) = (home(), Servers::of(&example));
            run(servers.shell(&home, &example).env("MAILHAUL_PASSWORD", "secret")).code(0);
            let delivered = home.maildir_messages().len() + home.mbox_messages().len();
            let expected = match example.contains("--dry-run") || example.contains("mailhaul state") {
                true => 0,
                false => servers.messages(),
            };
            assert_eq!(delivered, expected, "{example}");
        }
    }

    #[test]
    fn the_cron_jobs_of_the_readme_are_silent_when_all_is_well() {
        for job in cron_examples() {
            let (home, servers) = (home(), Servers::of(&job));
            run(&mut servers.shell(&home, &job)).code(0).silent();
            assert_eq!(home.maildir_messages().len(), servers.messages(), "{job}");
        }
    }

    #[test]
    fn the_cron_job_that_tells_less_tells_what_matters() {
        let job = cron_examples().pop().unwrap();
        let (home, servers) = (home(), Servers::of(&job));
        home.write_private(".mail-password", b"wrong\n");
        run(&mut servers.shell(&home, &job)).code(0).prints("the login was refused");
        let (url, _) = &servers.0[0];
        let away = Config::default().tls(TlsMode::Implicit).fault(Fault::DropOnAccept);
        let away = Servers(vec![(url.clone(), Server::start(away))]);
        run(&mut away.shell(&home, &job)).code(0).silent();
    }

    /// A server for each URL of an example.
    struct Servers(Vec<(String, Server)>);

    impl Servers {
        fn of(example: &str) -> Self {
            let is_url = |word: &&str| word.starts_with("pop3s://") || word.starts_with("pop3://");
            let urls = example.split_whitespace().filter(is_url);
            Self(urls.map(|url| (url.to_owned(), server_for(url))).collect())
        }

        fn messages(&self) -> usize {
            self.0.len() * MESSAGES
        }

        /// The example with these servers' addresses, and with trust in them.
        fn command(&self, example: &str) -> String {
            let mut command = example.to_owned();
            for (url, server) in &self.0 {
                let (user, _) = url.rsplit_once('@').unwrap();
                let place = format!("{user}@localhost:{} --ca-file {}", server.port(), server.ca_file().display());
                command = command.replace(url, &place);
            }
            command
        }

        fn shell(&self, home: &Home, example: &str) -> Command {
            shell(home, &self.command(example))
        }
    }

    fn server_for(url: &str) -> Server {
        let (scheme, rest) = url.split_once("://").unwrap();
        let user = rest.rsplit_once('@').unwrap().0.replace("%40", "@");
        let tls = if scheme == "pop3s" { TlsMode::Implicit } else { TlsMode::Starttls };
        let maildrop = Maildrop::generated(MESSAGES, user.len() as u64, Sizes::Fixed(700));
        Server::start(Config::new(&maildrop).login(user, "secret").tls(tls))
    }

    /// A home with what the examples take for granted: the program where cargo puts it, `pass`, a password file.
    fn home() -> Home {
        let home = Home::new();
        home.write_private(".mail-password", b"secret\n");
        let bin = home.path(".cargo/bin");
        fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailhaul"), bin.join("mailhaul")).unwrap();
        let pass = home.write_private(".cargo/bin/pass", b"#!/bin/sh\n[ \"$1\" = mail/ann ] && echo secret\n");
        fs::set_permissions(pass, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        home
    }

    fn shell(home: &Home, command: &str) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command).env_clear().env("HOME", home.path("")).current_dir(home.path(""));
        shell.env("PATH", format!("{}:/usr/bin:/bin", home.path(".cargo/bin").display()));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    /// The commands of the `sh` blocks that begin with `mailhaul`, each on one line.
    fn shell_examples() -> Vec<String> {
        let text = blocks("sh").concat().replace("\\\n", " ");
        text.lines().filter(|line| line.starts_with("mailhaul ")).map(str::to_owned).collect()
    }

    /// What the lines of the `crontab` blocks give to the shell.
    fn cron_examples() -> Vec<String> {
        let text = blocks("crontab").concat();
        let jobs = text.lines().filter_map(|line| line.strip_prefix("*/5 * * * * "));
        jobs.map(|job| job.replace("\\%", "%")).collect()
    }

    /// Messages of each server.
    const MESSAGES: usize = 3;
}

/// All commands that have a page, with the global flags in each.
fn commands() -> Vec<clap::Command> {
    fn collect(command: &clap::Command, found: &mut Vec<clap::Command>) {
        found.push(command.clone());
        let subcommands = command.get_subcommands().filter(|command| command.get_name() != "help");
        subcommands.for_each(|command| collect(command, found));
    }
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut found = Vec::new();
    collect(&root, &mut found);
    found
}

fn sections(page: &str) -> &'static [&'static str] {
    let (_, sections) =
        PAGES.iter().find(|(name, _)| *name == page).unwrap_or_else(|| panic!("{page} is not in PAGES"));
    sections
}

/// The fenced blocks of this kind in the README.
fn blocks(kind: &str) -> Vec<String> {
    let fence = format!("\n```{kind}\n");
    README.split(&fence).skip(1).map(|rest| rest[..rest.find("```").unwrap()].to_owned()).collect()
}

/// What stands between two texts.
fn section<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let rest = &text[text.find(begin).unwrap() + begin.len()..];
    &rest[..rest.find(end).unwrap_or(rest.len())]
}

/// The words of a simple shell command, up to a comment or a pipe: quotes are taken off, nothing is expanded.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        let word = words.last_mut().unwrap();
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, '|' | '>' | '<' | ';' | '&' | '#' | ')') => break,
            (None, c) if c.is_whitespace() => words.push(String::new()),
            (None, c) => word.push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    // `2>&1` leaves its number behind.
    words.pop_if(|word| word == "2");
    words
}

#[test]
fn words_of_a_command() {
    let expected = ["mailhaul", "fetch", "--password-command", "pass mail/ann"];
    assert_eq!(words("mailhaul fetch  --password-command 'pass mail/ann' | wc -l"), expected);
    assert_eq!(words("mailhaul fetch --password-command \"pass mail/ann\" 2>&1)"), expected);
}
