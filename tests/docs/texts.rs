//! What is described exists, and the other way round.

use std::collections::BTreeSet;

use mailhaul::config::SETTINGS;

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
    codes.insert(1, 1); // of no error: what --exit-code asks for
    let page = read("docs/troubleshooting.md");
    let table = section(&page, "\n## By exit code\n", "\n## ");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok());
    assert_eq!(rows.collect::<Vec<u8>>(), codes, "docs/troubleshooting.md");
    let manual = read("man/sections/exit-status.roff");
    let terms = manual.lines().filter_map(|line| line.strip_prefix(".B ")?.parse().ok());
    assert_eq!(terms.collect::<Vec<u8>>(), codes, "man/sections/exit-status.roff");
}

#[test]
fn the_flags_of_the_documents_and_the_manual_exist() {
    let mut flags: Vec<String> = commands()
        .iter()
        .flat_map(|command| {
            command.get_arguments().filter_map(|argument| argument.get_long()).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    // Flags of others.
    flags.extend(
        ["no-default-features", "release", "example", "test", "locked", "path", "now", "failed", "mime", "exec"]
            .map(str::to_owned),
    );
    flags.extend(["kill-who", "user"].map(str::to_owned)); // of systemctl
    let mut texts = documents();
    let sections = PAGES.iter().flat_map(|(_, sections)| *sections);
    texts.extend(sections.map(|name| (name.to_string(), read(format!("man/sections/{name}.roff")).replace('\\', ""))));
    for (name, text) in texts {
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            let Some(flag) = word.strip_prefix("--").filter(|flag| flag.starts_with(char::is_alphabetic)) else {
                continue;
            };
            let is_of_others = name == "docs/containers.md" && OF_CONTAINERS.contains(&flag);
            assert!(is_of_others || flags.iter().any(|known| known == flag), "{name} speaks of --{flag}");
        }
    }
}

/// Flags of container engines and of cargo.
const OF_CONTAINERS: &[&str] = &[
    "bins",
    "cap-drop",
    "detach",
    "env",
    "examples",
    "file",
    "format",
    "init",
    "interactive",
    "name",
    "profile",
    "read-only",
    "restart",
    "rm",
    "security-opt",
    "signal",
    "tag",
    "tty",
    "user",
    "userns",
    "volume",
];

/// Each error that a heading of the troubleshooting quotes is one of the program's.
#[test]
fn the_errors_of_the_troubleshooting_are_the_programs() {
    let page = read("docs/troubleshooting.md");
    let headings = section(&page, "\n## By symptom\n", "\n## ").lines().filter(|line| line.starts_with("### "));
    let errors: Vec<&str> = headings.flat_map(|heading| heading.split('`').skip(1).step_by(2)).collect();
    assert!(errors.len() > 20, "{errors:?}");
    let sources = sources();
    let strange: Vec<&&str> = errors.iter().filter(|error| !sources.contains(**error)).collect();
    assert!(strange.is_empty(), "docs/troubleshooting.md quotes what the program does not say: {strange:?}");
}

/// All sources, with texts that go over several lines in one.
fn sources() -> String {
    fn collect(folder: &Path, text: &mut String) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => collect(&path, text),
                false => *text += &fs::read_to_string(&path).unwrap(),
            }
        }
    }
    let mut text = String::new();
    collect(&here("src"), &mut text);
    let mut pieces = text.split("\\\n");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |joined, piece| joined + piece.trim_start())
}

/// Links from document to document lead to a file and, where they name one, to a heading in it.
#[test]
fn the_links_of_the_documents_lead_somewhere() {
    let others = ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/pop3-rules.md"];
    let others = others.into_iter().map(|path| (path.to_owned(), read(path)));
    let mut links = 0;
    for (path, text) in documents().into_iter().chain(others) {
        for link in text.split("](").skip(1).map(|rest| &rest[..rest.find(')').unwrap()]) {
            if link.starts_with("https://") {
                continue;
            }
            let (target, heading) =
                link.split_once('#').map_or((link, None), |(target, heading)| (target, Some(heading)));
            let target = match target {
                "" => here(&path),
                target => here(&path).parent().unwrap().join(target),
            };
            if TO_COME.iter().any(|page| target == here(page)) && !target.exists() {
                continue;
            }
            assert!(target.exists(), "{path}: {link}");
            let has = |heading| fs::read_to_string(&target).unwrap().lines().any(|line| anchor(line) == heading);
            assert!(heading.is_none_or(|heading| has(Some(heading.to_owned()))), "{path}: no heading of {link}");
            links += 1;
        }
    }
    assert!(links > 20, "{links}");
}

/// Pages that are linked to before they are written.
const TO_COME: [&str; 1] = ["docs/scripting.md"];

/// What GitHub makes of a heading.
fn anchor(line: &str) -> Option<String> {
    let heading = line.strip_prefix('#')?.trim_start_matches('#').trim();
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    Some(kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect())
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines < 200, "README.md has {lines} lines: move something to docs/");
}

#[test]
fn the_changelog_has_this_version() {
    let heading = format!("\n## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(read("CHANGELOG.md").contains(&heading), "CHANGELOG.md has no heading {heading:?}");
}

/// Each block is a file of `contrib/systemd`, or whole lines of one.
#[test]
fn the_units_of_the_documents_are_those_of_contrib() {
    let folders = ["contrib/systemd", "contrib/systemd/drop-ins", "contrib/systemd/user"];
    let files =
        folders.iter().flat_map(|folder| fs::read_dir(here(folder)).unwrap()).map(|entry| entry.unwrap().path());
    let units: Vec<String> = files.filter(|path| path.is_file()).map(|path| read(path.to_str().unwrap())).collect();
    let blocks: Vec<String> = blocks("ini").into_iter().map(|(_, block)| block).collect();
    assert!(blocks.len() > 3, "{blocks:?}");
    for block in blocks {
        let is_there = |unit: &String| format!("\n{unit}").contains(&format!("\n{block}"));
        assert!(units.iter().any(is_there), "no unit of contrib/systemd has these lines:\n{block}");
    }
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

/// Whatever can be said in the configuration file can be said by a flag, and the other way round; but for secrets, which
/// others would see, and for what makes sense in only one of them.
#[test]
fn every_key_is_a_flag_and_every_flag_a_key() {
    const ONLY_KEYS: [&str; 6] =
        ["source", "enabled", "password", "oauth-client-secret", "imap-password", "imap-oauth-client-secret"];
    const ONLY_FLAGS: [&str; 12] = [
        "all",
        "color",
        "config",
        "dry-run",
        "help",
        "jobs",
        "json",
        "keep",
        "quiet",
        "state-dir",
        "verbose",
        "version",
    ];
    let fetch = commands().into_iter().find(|command| command.get_name() == "fetch").unwrap();
    let flags: Vec<&str> = fetch.get_arguments().filter_map(clap::Arg::get_long).collect();
    for key in SETTINGS.iter().filter(|key| !ONLY_KEYS.contains(&key.name)) {
        assert!(flags.contains(&key.name), "{} is no flag", key.name);
    }
    for flag in flags.iter().filter(|flag| !ONLY_FLAGS.contains(flag)) {
        assert!(SETTINGS.iter().any(|key| key.name == *flag), "--{flag} is no key");
    }
}

/// The code knows no setting that is not in the table, and does something with each.
#[test]
fn the_table_of_settings_is_complete() {
    let said = |file: &str, calls: &[&str]| {
        let source = read(format!("src/config/{file}.rs"));
        let named = calls.iter().flat_map(|call| source.split(call).skip(1));
        named.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<BTreeSet<String>>()
    };
    let mut named = BTreeSet::new();
    for file in ["account", "polling", "receivers", "secrets"] {
        named.append(&mut said(file, &["get(\"", "flag(\"", "text(\"", "line(\""]));
    }
    // One of the mailbox, and one of the IMAP destination.
    for name in said("secrets", &["key(\""]) {
        named.extend([format!("imap-{name}"), name]);
    }
    let table: BTreeSet<String> = SETTINGS.iter().map(|setting| setting.name.to_owned()).collect();
    assert_eq!(named, table);
}

/// Each key and each file of the manual's examples is taken by the program.
#[test]
fn the_configuration_of_the_manual_is_one() {
    let text = read("man/sections/config-examples.roff").replace("\\-", "-");
    let files: Vec<&str> = text.split("\n.nf\n").skip(1).map(|rest| rest.split("\n.fi\n").next().unwrap()).collect();
    assert!(files.len() > 1, "{files:?}");
    let files = files.into_iter().map(str::to_owned).chain(blocks("toml").into_iter().map(|(_, block)| block));
    for file in files {
        let home = Home::new();
        home.write_private("config.toml", file.as_bytes());
        let config = home.path("config.toml");
        let ran = run(&mut home.mailhaul(["account", "list", "--config", config.to_str().unwrap()]));
        ran.code(0);
        assert!(!ran.stdout.is_empty() || !file.contains("[account."), "{file}");
        for line in ran.stdout.lines() {
            let name = line.split(' ').next().unwrap();
            run(&mut home.mailhaul(["account", "show", name, "--config", config.to_str().unwrap()])).code(0);
        }
    }
}
