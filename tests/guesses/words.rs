//! Options and commands of other programs, misspellings, SOURCEs that are none.

use super::*;

#[test]
fn an_option_of_another_program_is_answered_by_ours() {
    for (words, answer) in [
        (&["fetch", "-u", "ann"][..], "pop3s://ann@mail.example.org"),
        (&["fetch", "-uann"], "pop3s://ann@mail.example.org"),
        (&["fetch", "--user", "ann"], "the user is a part of the SOURCE"),
        (&["fetch", "--username=ann"], "the user is a part of the SOURCE"),
        (&["stat", "--host", "mail.example.org"], "the server is a part of the SOURCE"),
        (&["stat", "--server", "mail.example.org"], "the server is a part of the SOURCE"),
        (&["fetch", "--port", "1995"], "pop3s://ann@mail.example.org:1995"),
        (&["fetch", "-p", "1995"], "--password-file FILE"),
        (&["fetch", "--password", "hunter2"], "--password-command CMD, --password-file FILE"),
        (&["fetch", "--password=hunter2"], "$MAILHAUL_PASSWORD"),
        (&["fetch", "--insecure"], "`mailhaul info SOURCE` shows the pin"),
        (&["fetch", "-k"], "--ca-file FILE or --pin PIN"),
        (&["fetch", "--no-check-certificate"], "--ca-file FILE or --pin PIN"),
        (&["fetch", "--ssl"], "pop3s://USER@HOST from the start"),
        (&["fetch", "--daemon", "300"], "makes fetch stay"),
        (&["-d", "300"], "makes fetch stay"),
        (&["fetch", "--mda", "procmail"], "--pipe CMD hands each message to a command"),
        (&["fetch", "-m", "procmail"], "--pipe CMD hands each message to a command"),
        (&["fetch", "-o", "x"], "mailhaul dump SOURCE"),
        (&["fetch", "--output", "x"], "--maildir DIR, --mbox FILE, --pipe CMD"),
        (&["fetch", "--no-keep"], "`mailhaul fetch --help` says how to change that"),
        (&["fetch", "--flush"], "messages stay on the server by default"),
        (&["fetch", "--idle"], "POP3 has no IDLE"),
        (&["fetch", "--to", "x"], "--maildir DIR, --mbox FILE, --pipe CMD"),
        (&["fetch", "--auth-only"], "`mailhaul noop SOURCE` logs in and does nothing else"),
        (&["fetch", "-A"], "`mailhaul noop SOURCE`"),
        (&["fetch", "--serverinfo"], "`mailhaul info SOURCE` inspects the server"),
        (&["fetch", "--logfile", "x"], "`mailhaul log` lists past runs"),
        (&["fetch", "--log", "x"], "2>> FILE"),
        (&["fetch", "--idfile", "x"], "--state-dir DIR"),
        (&["fetch", "--no-tls"], "--allow-cleartext-password"),
        (&["fetch", "--delivery", "x"], "for a command it is --pipe CMD"),
        (&["fetch", "--proto", "pop3"], "mailhaul speaks POP3 only"),
        (&["fetch", "-f", "x"], "--config FILE"),
        (&["-f", "x"], "--config FILE"),
        (&["fetch", "--fetchmailrc", "x"], "--config FILE"),
        (&["fetch", "--file=x"], "--config FILE"),
        (&["-C", "x"], "--config FILE"),
        (&["fetch", "--pretend"], "`mailhaul fetch --dry-run`"),
        (&["fetch", "--debug"], "-vv shows the conversation"),
        (&["fetch", "--fetchall"], "`mailhaul fetch --all`"),
        (&["-c"], "--new --exit-code"),
        (&["fetch", "--fetchlimit=7"], "--max-messages N"),
        (&["fetch", "--sslproto", "tls1.2"], "--tls-min VERSION"),
        (&["fetch", "-u", "ann", "-p", "hunter2", "mail.example.org"], "a password comes from --password-command CMD"),
        (&["fetch", "--user=ann", "--password=hunter2", "x"], "a password comes from --password-command CMD"),
        (&["fetch", "--folder", "Spam"], "other folders need IMAP"),
        (&["dump", "work", "--mbox", "x"], "mailhaul dump SOURCE > FILE"),
    ] {
        let ran = mailhaul(words);
        ran.code(64).says("error: unexpected argument").says(&format!("tip: {}", tip_of(&ran))).says(answer);
        assert_eq!(ran.stderr.matches("tip:").count(), 1, "{}", ran.everything());
        does_not_say(&ran, "hunter2");
    }
}

/// The line behind `tip:`.
fn tip_of(ran: &Ran) -> String {
    let line = ran.stderr.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    line.unwrap_or_else(|| panic!("there is no tip\n{}", ran.everything())).to_owned()
}

#[test]
fn a_command_of_another_program_is_answered_by_ours() {
    for (words, answer) in [
        (&["get", "work"][..], "`mailhaul fetch` downloads new mail"),
        (&["sync"], "`mailhaul fetch` downloads new mail"),
        (&["download"], "`mailhaul fetch` downloads new mail"),
        (&["pull"], "`mailhaul fetch` downloads new mail"),
        (&["receive"], "`mailhaul fetch` downloads new mail"),
        (&["poll"], "`mailhaul fetch` downloads new mail"),
        (&["check"], "`mailhaul stat SOURCE` counts messages"),
        (&["count"], "`mailhaul stat SOURCE` counts messages"),
        (&["init"], "`mailhaul setup ADDRESS`"),
        (&["configure"], "`mailhaul account add NAME SOURCE --maildir DIR`"),
        (&["rename", "a", "b"], "`mailhaul account rename OLD NEW`"),
        (&["serverinfo", "x"], "`mailhaul info SOURCE`"),
        (&["import"], "`mailhaul migrate PROGRAM`"),
        (&["import"], "`mailhaul state import`"),
        (&["export"], "`mailhaul state export`"),
        (&["quit"], "ends its session by itself"),
        (&["man"], "`mailhaul help`"),
        (&["config"], "~/.config/mailhaul/config.toml"),
        (&["fetchall"], "`mailhaul fetch --all`"),
        (&["check"], "--exit-code"),
        (&["move", "a", "b"], "`mailhaul state moved --help`"),
        (&["delete", "work", "1"], "`mailhaul dele --help` explains"),
        (&["rm", "work"], "`mailhaul dele --help` explains"),
        (&["ls", "work"], "`mailhaul list SOURCE`"),
        (&["show", "work"], "`mailhaul retr SOURCE MSG`"),
        (&["cat", "work", "1"], "`mailhaul retr SOURCE MSG`"),
        (&["backup", "work"], "`mailhaul dump SOURCE`"),
        (&["test", "work"], "`mailhaul noop SOURCE`"),
        (&["version"], "`mailhaul --version`"),
        (&["passwd", "work"], "`mailhaul login ACCOUNT`"),
        (&["account", "ls"], "`mailhaul account list`"),
        (&["account", "edit"], "edit the configuration file"),
        (&["state", "ls"], "`mailhaul state show`"),
    ] {
        let ran = mailhaul(words);
        ran.code(64).says("error: unrecognized subcommand").says(answer);
        assert_eq!(ran.stderr.matches("tip:").count(), 1, "{}", ran.everything());
    }
}

/// What deletes or forgets is spelled out by whoever wants it.
#[test]
fn no_misspelling_is_answered_by_what_deletes() {
    for words in [
        &["del"][..],
        &["delet"],
        &["delee", "work", "1"],
        &["deel", "work", "1"],
        &["fetch", "--delte"],
        &["fetch", "--delet"],
        &["fetch", "--delete-aftr", "30d"],
        &["fetch", "--deleteafter", "30d"],
        &["--delete"],
        &["dele", "work", "1", "--yse"],
        &["account", "remov", "work"],
        &["account", "rm", "work"],
        &["account", "delete", "work"],
        &["state", "rese", "work"],
        &["state", "accep", "work"],
        &["state", "forge", "work", "1"],
        &["state", "delete", "work"],
        &["logou", "work"],
        &["log-out", "work"],
    ] {
        let ran = mailhaul(words);
        ran.code(64).says("error: ");
        let said = ran.stderr.split_once('\n').unwrap().1.replace(" --help`", "--help`");
        for name in ["dele", "--delete", "--delete-after", "--yes", "remove", "reset", "accept", "forget", "logout"] {
            let is_said = said.split(|c: char| c.is_whitespace() || "'`,.<>[]".contains(c)).any(|word| word == name);
            // The usage of a command says its name.
            assert!(!is_said || words.first() == Some(&name), "{name} is suggested\n{}", ran.everything());
        }
    }
}

#[test]
fn other_misspellings_are_answered_as_ever() {
    mailhaul(&["fetsch"]).code(64).says("'fetch'");
    mailhaul(&["fetch", "--mailder", "x"]).code(64).says("'--maildir'");
    mailhaul(&["state", "retri"]).code(64).says("'retry'");
}

/// No tip is better than one that leads elsewhere, and than one about values.
#[test]
fn what_is_like_nothing_gets_no_tip() {
    for words in [
        &["fetch", "--xyzzy"][..],
        &["fetch", "--rooftops"],
        &["stat", "--locale"],
        &["list", "work", "-3"],
        &["xyzzy"],
    ] {
        let ran = mailhaul(words);
        ran.code(64).says("error: ");
        does_not_say(&ran, "tip:");
    }
    let ran = run(Home::new().mailhaul(["account", "list"]).env("MAILHAUL_POLL", "x"));
    ran.code(0).says("MAILHAUL_POLL is unknown").says("`mailhaul help config`");
    does_not_say(&ran, "MAILHAUL_JOBS");
}

#[test]
fn a_missing_command_is_named_by_an_example() {
    for (words, example) in [
        (&["-v"][..], "`mailhaul fetch -v`"),
        (&["--json", "-q"], "`mailhaul fetch --json -q`"),
        (&["account", "-v"], "`mailhaul account list -v`"),
        (&["-v", "--config", "x"], "`mailhaul fetch`"),
    ] {
        let ran = mailhaul(words);
        ran.code(64).says(&format!("a command is missing, for example {example}"));
        does_not_say(&ran, "subcommand");
    }
}

#[test]
fn a_source_comes_before_the_message_numbers() {
    let said = "a SOURCE must come before the message numbers";
    mailhaul(&["list", "3-7"]).code(78).says(&format!("{said}, as in `mailhaul list SOURCE 3-7`"));
    mailhaul(&["uidl", "3"]).code(78).says(said);
    mailhaul(&["retr", "3-"]).code(64).says(said);
    mailhaul(&["dele", "uid:x"]).code(64).says(said);
    does_not_say(&mailhaul(&["retr", "work"]), said);
}

#[test]
fn a_pin_is_shown_whole_and_told_what_it_is() {
    let sha1 = ["ab"; 20].join(":");
    let said = "this is SHA-1; a SHA-256 is needed";
    mailhaul(&["info", "ann@localhost", "--pin", &sha1]).code(64).says(&sha1).says(said);
    mailhaul(&["info", "ann@localhost", "--pin", &sha1.replace(':', "")]).code(64).says(said);
    mailhaul(&["info", "ann@localhost", "--pin", "md5:00:11"]).code(64).says("md5:00:11").says("a pin is sha256//");
}

#[test]
fn a_command_comes_before_the_source() {
    mailhaul(&["ann@mail.example.org"]).code(64).says("a command comes first, as in mailhaul fetch SOURCE");
    for words in [
        &["pop3s://ann:hunter2@mail.example.org"][..],
        &["ann:hunter2@mail.example.org"],
        &["log", "work", "pop3s://ann:hunter2@mail.example.org"],
        &["list", "work", "pop3s://ann:hunter2@mail.example.org"],
        &["top", "work", "ann:hunter2@mail.example.org"],
    ] {
        let ran = mailhaul(words);
        ran.code(64).says("error: ");
        does_not_say(&ran, "hunter2");
    }
}

#[test]
fn what_is_no_source_is_told_what_is_one() {
    for (source, answer) in [
        ("mail.example.org", "write USER@mail.example.org"),
        ("mail.example.org:1995", "write USER@mail.example.org:1995"),
        ("localhost", "write USER@localhost"),
        ("pop3s://mail.example.org:1995", "write it as pop3s://USER@mail.example.org:1995"),
        ("pop3://mail.example.org/", "write it as pop3://USER@mail.example.org"),
        ("imap://ann@mail.example.org", "mailhaul speaks POP3, not IMAP"),
        ("imaps://ann@mail.example.org", "mailhaul speaks POP3, not IMAP"),
        ("https://mail.example.org", "a web address leads to no mailbox"),
        ("smtp://ann@mail.example.org", "SMTP is for sending mail"),
        ("ftp://ann@mail.example.org", "write pop3s://USER@HOST"),
        ("mailto:ann@mail.example.org", "a mailbox is written as USER@HOST"),
        ("nobody", "`mailhaul account add` adds one"),
    ] {
        let ran = mailhaul(&["stat", source]);
        assert!(matches!(ran.code, Some(64 | 78)), "{}", ran.everything());
        ran.says(answer);
    }
}

#[test]
fn an_unknown_account_is_answered_by_the_nearest_and_by_how_to_add_it() {
    let home = Home::new();
    configure(&home, "[account.work]\nsource = 'pop3s://ann@mail.invalid'\nmaildir = '~/Mail'\n");
    run(&mut home.mailhaul(["stat", "wrok"]))
        .code(78)
        .says("is it work?")
        .says("`mailhaul account add` adds an account");
    run(&mut home.mailhaul(["fetch", "home"])).code(78).says("`mailhaul account add` adds one");
}

#[test]
fn a_user_and_a_host_are_a_source() {
    let home = Home::new();
    let ran = run(&mut home.fetch("ann@localhost:1", &["--maildir", home.maildir().to_str().unwrap()]));
    ran.code(75).says("ann@localhost:1: cannot connect to localhost port 1");
    let ran = run(&mut home.fetch("ann@example.org@localhost", &["--maildir", home.maildir().to_str().unwrap()]));
    ran.says("ann@example.org@localhost: cannot connect to localhost port 995");
}

/// Users are written as they are: the last @ ends the name.
#[test]
fn no_document_writes_percent_40() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> = ["README.md", "CHANGELOG.md"].iter().map(|name| root.join(name)).collect();
    for folder in ["man", "man/sections", "completions", "contrib", "contrib/systemd", "examples", "docs"] {
        files.extend(names(&root.join(folder)).into_iter().filter(|path| path.is_file()));
    }
    assert!(files.len() > 60, "{}", files.len());
    for file in files {
        assert!(!fs::read_to_string(&file).unwrap().contains("%40"), "{}", file.display());
    }
}
