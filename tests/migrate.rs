//! Moving here from other fetchers: their files come to accounts and history, and nothing is downloaded again.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::util::{Home, Ran, run};

mod real;

/// Configurations in the forms that people publish; those called broken are refused by the programs themselves.
fn configurations(program: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/migrate").join(program);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 30, "{program}");
    files
}

fn migrate(program: &str, file: &Path, flags: &[&str]) -> Ran {
    let home = Home::new();
    let copy = home.write_private("copy.rc", &fs::read(file).unwrap());
    let ran = run(home.mailhaul([&["migrate", program, copy.to_str().unwrap()], flags].concat()).env("USER", "ann"));
    assert!(matches!(ran.code, Some(0 | 78)), "{}: {}", file.display(), ran.everything());
    ran
}

/// One an account.
fn accounts(ran: &Ran) -> Vec<serde_json::Value> {
    super::json::objects(ran).into_iter().filter(|object| object["type"] == "migrated").collect()
}

/// Lines that say something: no comments, and nothing that is empty.
fn telling_lines(program: &str, text: &str) -> BTreeSet<u64> {
    let is_comment = |line: &str| line.starts_with('#') || program == "getmail" && line.starts_with(';');
    let lines = text.lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty() && !is_comment(line)).map(|(at, _)| at as u64 + 1).collect()
}

/// A line goes on in the next one, or says only who is meant.
fn needs_no_word(program: &str, lines: &[&str], number: u64) -> bool {
    let line = lines[number as usize - 1].trim_end();
    let before = lines[..number as usize - 1].iter().rev().map(|line| line.trim_end());
    match program {
        "getmail" => line.starts_with([' ', '\t']) || line.starts_with('[') || line.starts_with("type"),
        "mpop" => line.trim() == "defaults" || line.trim_start().starts_with("account"),
        _ => {
            let is_filler = |word: &str| FILLERS.contains(&word.trim_end_matches([':', ',', ';']));
            line.split_whitespace().all(is_filler)
                || before.take(1).any(|line| line.ends_with('\\') || has_open_quote(line))
        }
    }
}

fn has_open_quote(line: &str) -> bool {
    line.matches('"').count() % 2 == 1
}

/// An option stands in one line and its value in another.
const BROKEN_OVER_LINES: &[&str] = &["fetchmail/09-comments-everywhere.rc", "fetchmail/29-keywords-as-names.rc"];

const FILLERS: &[&str] = &["and", "with", "has", "wants", "options", "here", "there", "defaults", "", ":", ",", ";"];

#[test]
fn every_line_of_every_configuration_comes_to_something() {
    for program in ["fetchmail", "getmail", "mpop"] {
        for file in configurations(program) {
            let is_broken = file.to_string_lossy().contains("broken");
            let refusal = migrate(program, &file, &[]);
            assert_eq!(
                refusal.stderr.contains("refuses this file"),
                is_broken,
                "{}: {}",
                file.display(),
                refusal.stderr
            );
            if is_broken || BROKEN_OVER_LINES.iter().any(|name| file.ends_with(name)) {
                continue;
            }
            let octets = fs::read(&file).unwrap();
            let text = String::from_utf8_lossy(&octets);
            let ran = migrate(program, &file, &["--json"]);
            let shown = migrate(program, &file, &["-v"]);
            let mut told: BTreeSet<u64> = BTreeSet::new();
            let accounts = accounts(&ran);
            let begins = |account: &serde_json::Value| account["line"].as_u64().unwrap();
            for account in &accounts {
                let remarks = account["remarks"].as_array().into_iter().flatten();
                told.extend(remarks.map(begins));
                told.insert(begins(account));
                // What is not moved is not told line by line.
                let next = accounts.iter().map(begins).filter(|line| *line > begins(account)).min();
                if account["reason"].is_string() && program == "getmail" {
                    told.extend(1..=text.lines().count() as u64); // a file is an account
                } else if account["reason"].is_string() {
                    told.extend(begins(account)..next.unwrap_or(text.lines().count() as u64 + 1));
                }
            }
            // What is of no account alone is for people.
            let numbers = shown.stdout.split("line ").skip(1);
            told.extend(
                numbers.filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()),
            );
            let lines: Vec<&str> = text.lines().collect();
            let untold: Vec<u64> = telling_lines(program, &text)
                .into_iter()
                .filter(|number| !told.contains(number) && !needs_no_word(program, &lines, *number))
                .collect();
            let name = file.display();
            assert!(untold.is_empty(), "{name}: nothing is said of the lines {untold:?}\n{}", shown.everything());
        }
    }
}

/// Commands that print it are shown as they are.
#[test]
fn no_password_of_a_configuration_is_shown() {
    for program in ["fetchmail", "getmail", "mpop"] {
        for file in configurations(program) {
            for flags in [&["--json"][..], &["-v"], &["--write", "-v"]] {
                let ran = migrate(program, &file, flags);
                let everything = ran.everything();
                let shown: Vec<&str> = everything.lines().filter(|line| shows_a_password(line)).collect();
                assert!(shown.is_empty(), "{} {flags:?}: {shown:?}", file.display());
            }
        }
    }
}

/// A command of the configuration may print it.
fn shows_a_password(line: &str) -> bool {
    let is_printed =
        |before: &str| ["echo", "printf"].iter().any(|word| before[before.len().saturating_sub(20)..].contains(word));
    line.match_indices("hunter2").any(|(at, _)| !is_printed(&line[..at]))
}

/// Into the history alone: of Thunderbird, which says whose messages they are, and of fdm, which does not.
#[test]
fn the_history_of_other_programs_is_read() {
    let home = Home::new();
    let popstate = "# POP3 State File\r\n*Mail.example.org ann smith\r\nk U1 1700000000\r\nb U2 1700000000\r\nx\r\n";
    let popstate = home.write_private("popstate.dat", popstate.as_bytes());
    let import = |words: &[&str]| run(&mut home.mailhaul([&["state", "import"], words].concat()));
    let known = |mailbox: &str| {
        let ran = run(&mut home.mailhaul(["state", "export"]));
        let of = |line: &&str| line.contains(&format!("\"mailbox\":\"{mailbox}\""));
        let is_message = |line: &&str| line.contains("\"type\":\"known\"");
        ran.stdout.lines().filter(of).filter(is_message).map(str::to_owned).collect::<Vec<_>>()
    };
    let popstate = popstate.to_str().unwrap();
    for _ in 0..2 {
        import(&["--from", "thunderbird", popstate]).code(0).says("line 5");
        let [row] = &known("ann smith@mail.example.org")[..] else { panic!("one message") };
        assert!(row.contains("\"uid\":\"U1\"") && row.contains("\"state\":\"seen\""), "{row}");
        assert!(row.contains("\"settled_at\":\"2023-11-14T"), "{row}");
    }
    let cache = home.write_private("cache", b"2 U1\n3 U 2\n");
    let cache = cache.to_str().unwrap();
    import(&["--from", "fdm", cache]).code(64).says("does not say of which mailbox");
    let mailbox = ["--mailbox", "pop3s://ann@pop.example.org", "--as-fetched"];
    import(&[&["--from", "fdm", cache], &mailbox[..]].concat()).code(0);
    let rows = known("ann@pop.example.org");
    assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("\"state\":\"published\"")), "{rows:?}");
    // A file of another kind.
    import(&["--from", "mpop", cache]).code(64).says("names no message that was seen");
    import(&["--mailbox", "work"]).code(64).says("--from");
    import(&["--from", "fdm", "/nowhere"]).code(74);
}

#[test]
fn what_is_not_there_is_told() {
    let home = Home::new();
    for program in ["fetchmail", "getmail", "mpop"] {
        let ran = run(&mut home.mailhaul(["migrate", program]));
        ran.code(78).says(&format!("no configuration of {program} is at"));
        run(&mut home.mailhaul(["migrate", program, "no-such-file"])).code(78).says("there is no file");
        assert!(!home.state().exists());
    }
}

/// It would become another password.
#[test]
fn what_is_not_utf8_is_told_by_its_line() {
    let home = Home::new();
    let migrate = |text: &[u8]| {
        let file = home.write_private("rc", text);
        run(&mut home.mailhaul(["migrate", "mpop", file.to_str().unwrap(), "--write"]))
    };
    let account = "account a\nhost a.example\nuser ann\ntls on\ndelivery maildir ~/M\n";
    migrate(&[account.as_bytes(), b"password p\xe4ss\n"].concat()).code(78).says(":6: it is not UTF-8");
    assert!(!home.path(".config").exists());
    migrate(&[b"# sch\xf6n\n", account.as_bytes()].concat()).code(0).prints("1 account added");
}
