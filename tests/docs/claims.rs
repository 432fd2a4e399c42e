//! What the manual claims about limits and output, next to a run that shows it.

use mailhaul::config::{check_name, parse_duration, parse_size};

use std::time::Duration;

use super::super::dovecot::{dovecot_or_skip, ordinary_messages};
use super::super::server::Phase;
use super::super::util::{finish, run_with_input, wait_until};
use super::*;

/// A section of the manual, in one line and without markup.
fn manual(section: &str) -> String {
    let text = read(format!("man/sections/{section}.roff"));
    let line = |line: &str| match line.strip_prefix('.').map(|request| request.split_once(' ').unwrap_or((request, "")))
    {
        Some(("B" | "I" | "SH", words)) => words.to_owned(),
        // Fonts that alternate: the words are one.
        Some((_, words)) => words.replace(' ', "").replace('"', " ").replace("  ", " ").trim().to_owned(),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join(" ").replace('\\', "")
}

#[track_caller]
fn says(section: &str, words: &str) {
    let text = manual(section);
    assert!(text.contains(words), "man/sections/{section}.roff does not say {words:?}:\n{text}");
}

fn server(messages: usize) -> Server {
    Server::start(Config::new(&Maildrop::generated(messages, 7, Sizes::Fixed(3000))))
}

/// The example of the page, with the shell's own grep.
#[test]
fn the_example_of_capa_prints_what_dovecot_lists() {
    let test = "the_example_of_capa_prints_what_dovecot_lists";
    let Some(dovecot) = dovecot_or_skip(test, &ordinary_messages(1)) else { return };
    let page = read("man/sections/capa.roff");
    let example = page.lines().find(|line| line.contains(" | grep ")).unwrap();
    let home = Home::new();
    let bin = home.path("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mailhaul"), bin.join("mailhaul")).unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(example.replace("pop3s://ann@mail.example.org", &dovecot.url_pop3s("ann")).replace('\\', ""));
    shell.env_clear().env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("HOME", home.path(""));
    shell.env("MAILHAUL_CA_FILE", dovecot.ca_file()).env("MAILHAUL_PASSWORD_FILE", home.path("password"));
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    run(&mut shell).code(0).prints("SASL PLAIN");
}

#[test]
fn sizes_durations_and_names_are_as_the_manual_says() {
    says(
        "config",
        "A size is a whole number with k, M, G or T behind it, each 1,024 of the one before, or a number of octets",
    );
    let sizes = ["7", "1k", "1M", "1G", "1T"].map(|size| parse_size(size).unwrap());
    assert_eq!(sizes, [7, 1 << 10, 1 << 20, 1 << 30, 1 << 40]);
    says("config", "from one second to 3650 days");
    for (text, is_one) in [("1s", true), ("3650d", true), ("3651d", false), ("0s", false), ("60", false), ("1w", false)]
    {
        assert_eq!(parse_duration(text).is_ok(), is_one, "{text}");
    }
    says("config", "NAME has up to 64 octets of letters, digits and . _ @ + -, and does not begin with . or -");
    let longest = "n".repeat(64);
    for (name, is_one) in [("a@b.c_d+e-1", true), (&longest, true), (".a", false), ("-a", false), ("a b", false)] {
        assert_eq!(check_name(name).is_ok(), is_one, "{name}");
    }
    assert!(check_name(&"n".repeat(65)).is_err());
    assert!(check_name(&"я".repeat(32)).is_ok() && check_name(&"я".repeat(33)).is_err());
}

#[test]
fn a_relative_path_is_for_flags_and_variables() {
    says("config", "In the file a path is absolute, or begins with");
    says("config", "a relative path in a flag or a variable is taken from the current folder");
    let (home, server) = (Home::new(), server(2));
    fs::create_dir(home.path("here")).unwrap();
    let mut fetch = home.fetch(&server.url("ann"), &["--tls", "none"]);
    run(fetch.env("MAILHAUL_MAILDIR", "Mail").current_dir(home.path("here"))).code(0);
    assert!(home.path("here/Mail/new").exists());
    home.write_private("config.toml", b"[defaults]\nmaildir = \"Mail\"\n");
    let config = home.path("config.toml");
    run(&mut home.mailhaul(["account", "list", "--config", config.to_str().unwrap()])).code(78);
}

#[test]
fn a_password_in_the_environment_replaces_oauth() {
    says("config", "MAILHAUL_PASSWORD replaces the oauth-provider or token-command of an account too");
    let (home, server) = (Home::new(), server(2));
    let url = server.url("ann");
    let account = format!(
        "[account.office]\nsource = \"{url}\"\ntls = \"none\"\nmaildir = \"{}\"\noauth-provider = \"google\"\n\
         oauth-client-id = \"x\"\n",
        home.maildir().display()
    );
    home.write_private("config.toml", account.as_bytes());
    let config = home.path("config.toml");
    let fetch = || home.mailhaul(["fetch", "office", "--config", config.to_str().unwrap()]);
    run(&mut fetch()).code(78);
    run(fetch().env("MAILHAUL_PASSWORD", "secret")).code(0);
    assert_eq!(home.maildir_messages().len(), 2);
}

#[test]
fn two_secrets_in_one_account_are_refused() {
    says("config", "Only one of password-command, password-file, password, token-command and oauth-provider");
    const SECRETS: [&str; 5] = [
        "password-command = \"x\"",
        "password-file = \"/x\"",
        "password = \"x\"",
        "token-command = \"x\"",
        "oauth-provider = \"google\"",
    ];
    for (at, one) in SECRETS.iter().enumerate() {
        for other in &SECRETS[at + 1..] {
            let home = Home::new();
            let account = format!("[account.a]\nsource = \"pop3s://a@b\"\n{one}\n{other}\n");
            home.write_private("config.toml", account.as_bytes());
            let config = home.path("config.toml");
            let ran = run(&mut home.mailhaul(["account", "list", "--config", config.to_str().unwrap()]));
            ran.code(78).says("conflicts with");
        }
    }
}

#[test]
fn a_second_dump_into_a_maildir_doubles_it() {
    says("dump", "does not look at what the Maildir has: a second dump into it doubles each message");
    says("dump", "those that this run copied");
    let (home, server) = (Home::new(), server(3));
    let (url, maildir, password) = (server.url("ann"), home.maildir(), home.path("password"));
    let words = ["dump", &url, "--tls", "none", "--json"];
    let more = ["--maildir", maildir.to_str().unwrap(), "--password-file", password.to_str().unwrap()];
    for count in [3, 6] {
        run(&mut home.mailhaul(words.iter().chain(&more))).code(0).prints("\"copied\":3}");
        assert_eq!(home.maildir_messages().len(), count);
    }
}

#[test]
fn what_is_too_large_is_named_once() {
    says("fetch", "A message that max-size leaves on the server is named in the first run that sees it");
    let (home, server) = (Home::new(), server(2));
    let more = ["--tls", "none", "--max-size", "1k"];
    run(&mut home.fetch_maildir(&server.url("ann"), &more)).code(0).says("is larger than --max-size and was skipped");
    run(&mut home.fetch_maildir(&server.url("ann"), &more)).code(0).silent();
}

#[test]
fn an_import_needs_the_keys_that_the_manual_names() {
    says("state-export", "mailbox, uid (or uid_base64) and state are required; the others may be missing");
    let home = Home::new();
    let import = |line: &str| {
        run(&mut home.mailhaul(["state", "import", home.write_private("in", line.as_bytes()).to_str().unwrap()]))
    };
    import(r#"{"mailbox": "ann@mail.example.org", "uid": "1", "state": "seen"}"#).code(0);
    import(r#"{"mailbox": "ann@mail.example.org", "uid_base64": "/w==", "state": "seen"}"#).code(0);
    run(&mut home.mailhaul(["state", "show"])).code(0).prints(" seen 2 ");
    for missing in [
        r#"{"uid": "1", "state": "seen"}"#,
        r#"{"mailbox": "ann@mail.example.org", "state": "seen"}"#,
        r#"{"mailbox": "ann@mail.example.org", "uid": "1"}"#,
    ] {
        import(missing).code(64);
    }
}

#[test]
fn signals_end_commands_as_the_manual_says() {
    says("exit-status", "After SIGTERM or SIGHUP the exit status is 75.");
    let fault = || Server::start(Config::default().fault(Fault::Stall(Phase::Greeting)));
    for (verb, more) in
        [(&["fetch"][..], &["--maildir", "Mail"][..]), (&["state", "seen"], &[]), (&["list"], &[]), (&["stat"], &[])]
    {
        let (home, server) = (Home::new(), fault());
        let (url, password) = (server.url("ann"), home.path("password"));
        let common = [&url, "--tls", "none", "--password-file", password.to_str().unwrap()];
        let mut command = home.mailhaul([verb, &common, more].concat());
        let child = command.current_dir(home.path("")).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        wait_until("it has connected", || server.connections() > 0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        let ran = finish(child, verb.join(" "), Duration::from_secs(60));
        assert_eq!((ran.code, ran.signal), (Some(75), None), "{}", ran.everything());
    }
}

#[test]
fn standard_input_is_one_password_for_a_command() {
    says("passwords", "is standard input, one password for all sources of a command");
    let (home, ann) = (Home::new(), server(2));
    let bob = Server::start(Config::new(&Maildrop::generated(3, 8, Sizes::Fixed(500))).login("bob", "secret"));
    let (one, other) = (ann.url("ann"), bob.url("bob"));
    let words = [&one, &other, "--tls", "none", "--password-file", "-"];
    let maildir = home.maildir();
    let mut fetch = home.mailhaul([&["fetch", "--maildir", maildir.to_str().unwrap()][..], &words].concat());
    run_with_input(&mut fetch, b"secret\n").code(0);
    assert_eq!(home.maildir_messages().len(), 5);
    run_with_input(&mut home.mailhaul([&["stat"][..], &words].concat()), b"secret\n")
        .code(0)
        .prints(" 2 ")
        .prints(" 3 ");
}

#[test]
fn a_dry_run_leaves_a_ledger_and_nothing_else() {
    says("fetch", "but it logs in, creates a missing ledger, and takes the lock on the mailbox");
    let (home, server) = (Home::new(), server(2));
    run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--dry-run"])).code(0);
    assert!(home.state().join("mailhaul.db").exists() && !home.maildir().exists());
    assert_eq!(server.maildrop().len(), 2);
    run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none"])).code(0);
    assert_eq!(home.maildir_messages().len(), 2, "it remembers nothing");
}

/// Figures that no test can wait for are those of the sources.
#[test]
fn times_that_the_manual_names_are_those_of_the_program() {
    says("log", "are kept for 400 days, other runs for 7");
    let runs = read("src/state/runs.rs");
    assert!(runs.contains("const KEEP: i64 = 400 * 24 * 3600 * 1000;"));
    assert!(runs.contains("const KEEP_IDLE: i64 = 7 * 24 * 3600 * 1000;"));
    says("files", "waits up to 60 seconds for it, whatever --timeout says");
    assert!(read("src/deliver/mbox/mod.rs").contains("const LOCK_WAIT: Duration = Duration::from_secs(60);"));
    says("files", "older than 5 minutes");
    assert!(read("src/deliver/lock.rs").contains("const STALE_AFTER: Duration = Duration::from_mins(5);"));
}

#[test]
fn every_variable_of_the_folders_is_in_the_manual() {
    let text = manual("environment");
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME", "MAILHAUL_CONFIG", "MAILHAUL_STATE_DIR", "ALL_PROXY"]
    {
        assert!(text.split([' ', ',']).any(|word| word.trim_end_matches('.') == variable), "{variable}");
    }
}
