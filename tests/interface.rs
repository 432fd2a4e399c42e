//! The command line as its users see it: exit codes, what is printed where, `--json`, `--dry-run`.

use std::fs;
use std::os::unix::fs::chown;
use std::process::{Command, Stdio};

use clap::CommandFactory;
use mailhaul::cli::Cli;
use serde_json::Value;

use super::json::objects;
use super::server::{Config, Fault, Maildrop, Server, Sizes, TlsMode};
use super::terminal::Terminal;
use super::util::{Home, Ran, copy_program, names, not_run, run, run_with_input, under};

mod dry_run;

fn mailhaul(args: &[&str]) -> Ran {
    run(&mut Home::new().mailhaul(args))
}

/// A server without TLS with a few small messages.
fn server(messages: usize) -> Server {
    Server::start(Config::new(&Maildrop::generated(messages, 7, Sizes::Fixed(1000))))
}

/// Standard output is a pipe that nobody reads.
fn into_a_closed_pipe(command: &mut Command) -> Ran {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run(command.stdout(writer))
}

mod without_a_server {
    use super::*;

    #[test]
    fn version_and_help_are_no_errors() {
        let version = mailhaul(&["--version"]);
        assert_eq!(version.code(0).stdout, format!("mailhaul {}\n", env!("CARGO_PKG_VERSION")));
        assert!(version.stderr.is_empty());
        for args in [
            &["--help"][..],
            &["-h"],
            &["help"],
            &["help", "fetch"],
            &["fetch", "--help"],
            &["state", "--help"],
            &["state", "seen", "--help"],
            &["state", "reset", "-h"],
        ] {
            let help = mailhaul(args);
            help.code(0).prints("Usage: mailhaul");
            assert!(help.stderr.is_empty(), "{}", help.everything());
        }
    }

    #[test]
    fn without_arguments_the_help_goes_to_standard_error() {
        for args in [&[][..], &["state"]] {
            let help = mailhaul(args);
            help.code(64).says("Usage: mailhaul");
            assert!(help.stdout.is_empty(), "{}", help.everything());
        }
    }

    #[test]
    fn what_cannot_be_parsed_is_a_usage_error() {
        let source = "pop3s://ann@mail.invalid";
        for args in [
            &["--nonsense"][..],
            &["fetsch"],
            &["fetch", source, "--maildir", "Mail", "--keep", "--delete"],
            &["fetch", source, "--maildir", "Mail", "-q", "-v"],
            &["fetch", source, "--maildir", "Mail", "--max-size", "1.5M"],
            &["fetch", source, "--maildir", "Mail", "--timeout", "0"],
            &["fetch", source, "--maildir", "Mail", "--jobs", "0"],
            &["fetch", source, "--maildir", "Mail", "--tls", "maybe"],
            &["fetch", source, "--maildir", "Mail", "--password-command", "true", "--password-file", "x"],
            &["state", "accept"],
        ] {
            let ran = mailhaul(args);
            ran.code(64).says("error: ");
            assert!(ran.stdout.is_empty(), "{}", ran.everything());
        }
    }

    #[test]
    fn a_missing_destination_is_named() {
        mailhaul(&["fetch", "pop3s://ann@mail.invalid"])
            .code(64)
            .says("no destination: where should the messages go?")
            .says("--maildir");
        mailhaul(&["fetch", "--maildir", "Mail"]).code(64).says("no SOURCE is named").says("account add");
    }

    #[test]
    fn a_url_that_cannot_be_used_says_why() {
        for (url, why) in [
            ("imap://ann@mail.invalid", "not pop3s or pop3"),
            ("pop3s://mail.invalid", "names no user"),
            ("pop3s://ann@mail.invalid:0", "port"),
            ("pop3s://ann@mail.invalid/INBOX", "follows the host"),
            ("pop3s://ann%0aDELE@mail.invalid", "control character"),
        ] {
            mailhaul(&["fetch", url, "--maildir", "Mail"]).code(64).says(why);
            mailhaul(&["state", "accept", url]).code(64).says(why);
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_echoed() {
        for url in ["pop3s://ann:hunter2@mail.invalid", "imap://ann:hunter2@mail.invalid"] {
            let ran = mailhaul(&["fetch", url, "--maildir", "Mail"]);
            ran.code(64);
            assert!(!ran.stderr.contains("hunter2") && !ran.stdout.contains("hunter2"), "{}", ran.stderr);
        }
        let ran = mailhaul(&["fetch", "pop3s://ann:hunter2@mail.invalid", "--maildir", "Mail"]);
        ran.says("--password-command").says("--password-file").says("$MAILHAUL_PASSWORD");
    }

    /// What people type first.
    #[test]
    fn a_mailbox_without_a_scheme_is_a_source() {
        let (maildrop, home) = (Maildrop::generated(3, 1, Sizes::Fixed(500)), Home::new());
        let server = Server::start(Config::new(&maildrop).login("ann@example.org", "secret").tls(TlsMode::Implicit));
        let source = format!("ann@example.org@localhost:{}", server.port());
        let ca_file = server.ca_file();
        let ran = run(home.mailhaul(["stat", &source, "--ca-file"]).arg(&ca_file).env("MAILHAUL_PASSWORD", "secret"));
        ran.code(0).prints("3 ");
        let added = run(home.mailhaul(["account", "add", "work", &source, "--maildir"]).arg(home.path("Mail")));
        added.code(0);
        let fetched =
            run(home.mailhaul(["fetch", "work", "--ca-file"]).arg(&ca_file).env("MAILHAUL_PASSWORD", "secret"));
        fetched.code(0);
        assert_eq!(home.maildir_messages().len(), 3);
        // A slip of the name of an account is no mailbox.
        let slip = source.replace("ann@", "anm@");
        run(&mut home.mailhaul(["account", "add", &source.replace(':', "-"), &source, "--mbox", "/x"])).code(0);
        run(&mut home.mailhaul(["stat", &slip.replace(':', "-")])).code(78).says("is it ann@example.org@localhost-");
    }

    #[test]
    fn an_account_that_nobody_knows_is_a_configuration_error() {
        mailhaul(&["fetch", "work", "--maildir", "Mail"]).code(78).says("no account is called work").says("pop3s://");
        mailhaul(&["state", "accept", "work"]).code(78).says("no account is called work");
    }

    #[test]
    fn nobody_is_asked_for_a_password_where_there_is_no_terminal() {
        let home = Home::new();
        // A session of its own has no terminal, even when the tests run on one.
        let mut command = Command::new("setsid");
        let program = home.mailhaul([""; 0]);
        command.arg("--wait").arg(program.get_program());
        command.args(["fetch", "pop3s://ann@mail.invalid", "--maildir", "Mail"]);
        command.env("MAILHAUL_STATE_DIR", home.state()).current_dir(home.path(""));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run(&mut command).code(78).says("no terminal to ask for it").says("--password-file");
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        for args in [&["--help"][..], &["fetch", "--help"], &["--version"]] {
            into_a_closed_pipe(&mut Home::new().mailhaul(args)).code(0).silent();
        }
    }
}

mod passwords {
    use super::*;

    #[test]
    fn come_from_a_command_a_file_standard_input_or_the_environment() {
        let server = server(1);
        let url = server.url("ann");
        let fetch = |home: &Home, more: &[&str]| {
            let maildir = home.maildir();
            let args = ["fetch", &url, "--tls", "none", "--maildir", maildir.to_str().unwrap()];
            home.mailhaul([&args, more].concat())
        };
        let home = Home::new();
        run(&mut fetch(&home, &["--password-command", "echo secret"])).code(0);
        run(&mut fetch(&home, &["--password-file", home.path("password").to_str().unwrap()])).code(0);
        run_with_input(&mut fetch(&home, &["--password-file", "-"]), b"secret\n").code(0);
        run(fetch(&home, &[]).env("MAILHAUL_PASSWORD", "secret")).code(0);
        // The flag comes before the environment.
        run(fetch(&home, &["--password-command", "echo wrong"]).env("MAILHAUL_PASSWORD", "secret")).code(77);
        run(&mut fetch(&home, &["--password-command", "exit 3"])).code(78).says("exit status: 3");
    }

    #[test]
    fn are_nowhere_in_the_output_nor_in_the_environment_of_the_command() {
        let server = server(1);
        let home = Home::new();
        let seen = home.path("environment");
        let command = format!("env > {}; echo hunter2", seen.display());
        let mut fetch = home.mailhaul(["fetch", &server.url("ann"), "--tls", "none", "-vv", "--json", "--maildir"]);
        fetch.arg(home.maildir()).args(["--password-command", &command]).env("MAILHAUL_PASSWORD", "hunter3");
        let ran = run(&mut fetch);
        ran.code(77).says("AUTH PLAIN");
        let output = ran.stdout.clone() + &ran.stderr;
        assert!(!output.contains("hunter2") && !output.contains("AGFubgBodW50ZXIy"), "{}", ran.everything());
        assert!(!fs::read_to_string(seen).unwrap().contains("hunter3"));
    }
}

mod output {
    use super::*;

    #[test]
    fn without_a_terminal_success_is_silent_and_v_says_what_was_done() {
        let server = server(3);
        let home = Home::new();
        let fetch = |home: &Home, more: &[&str]| run(&mut home.fetch_maildir(&server.url("ann"), &with_no_tls(more)));
        fetch(&home, &[]).code(0).silent();
        fetch(&home, &["-q"]).code(0).silent();
        let verbose = fetch(&home, &["-v"]);
        verbose.code(0).says("no new messages");
        assert!(!verbose.stderr.contains("UIDL") && verbose.stdout.is_empty(), "{}", verbose.everything());
        let home = Home::new();
        fetch(&home, &["-v"]).code(0).says("3 new messages");
        let home = Home::new();
        let dialogue = fetch(&home, &["-vv"]);
        dialogue.code(0).says("> UIDL").says("> RETR 1").says("< +OK").says("3 new messages");
        assert!(!dialogue.stderr.contains("c2VjcmV0") && dialogue.stdout.is_empty(), "{}", dialogue.everything());
    }

    #[test]
    fn quiet_leaves_errors() {
        let server = server(1);
        let home = Home::new();
        home.write_private("password", b"wrong\n");
        let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "-q"]));
        ran.code(77).says("mailhaul: ann@localhost").says("refused");
        assert!(ran.stdout.is_empty());
    }

    #[test]
    fn json_is_one_object_an_account() {
        let server = server(3);
        let home = Home::new();
        let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--json"]));
        assert!(ran.code(0).stderr.is_empty());
        let [object] = &objects(&ran)[..] else { panic!("{}", ran.everything()) };
        assert_eq!(object["type"], "fetch");
        assert_eq!(object["source"], server.url("ann"));
        assert_eq!((&object["mailbox"], &object["account"]), (&"ann@localhost".into(), &Value::Null));
        let maildir = serde_json::json!({ "kind": "maildir", "path": home.maildir(), "name": null });
        assert_eq!(object["destinations"], serde_json::json!([maildir]));
        for (key, value) in [("exit_code", 0), ("listed", 3), ("new", 3), ("fetched", 3), ("deleted", 0), ("failed", 0)]
        {
            assert_eq!(object[key], value, "{key}");
        }
        assert_eq!(object["octets"], home.maildir_messages().iter().map(Vec::len).sum::<usize>());
        assert!(object["duration_ms"].is_u64());
        assert_eq!((&object["error"], &object["hint"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn json_tells_errors_too() {
        let server = server(1);
        let home = Home::new();
        home.write_private("password", b"wrong\n");
        let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--json"]));
        let [object] = &objects(ran.code(77))[..] else { panic!("{}", ran.everything()) };
        assert_eq!(object["type"], "fetch");
        assert_eq!((&object["exit_code"], &object["listed"]), (&77.into(), &Value::Null));
        assert!(object["error"].as_str().unwrap().contains("refused"));
        assert!(object["hint"].is_string());
    }

    #[test]
    fn a_closed_pipe_costs_no_mail() {
        let server = server(30);
        let home = Home::new();
        let dry = &["--tls", "none", "--json", "--dry-run"];
        into_a_closed_pipe(&mut home.fetch_maildir(&server.url("ann"), dry)).code(0).silent();
        let fetch = &["--tls", "none", "--json"];
        into_a_closed_pipe(&mut home.fetch_maildir(&server.url("ann"), fetch)).code(0).silent();
        assert_eq!(home.maildir_messages().len(), 30);
    }

    #[test]
    fn a_full_disk_behind_standard_output_is_an_error() {
        let server = server(1);
        let home = Home::new();
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = run(home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--json"]).stdout(full));
        ran.code(74).says("standard output");
        assert_eq!(home.maildir_messages().len(), 1);
    }
}

mod several_sources {
    use super::*;

    #[test]
    fn one_that_fails_does_not_stop_the_other() {
        for jobs in ["1", "2"] {
            let good = server(5);
            let bad = Server::start(Config::new(&Maildrop::default()).login("bob", "another"));
            let home = Home::new();
            let urls = [bad.url("bob"), good.url("ann")];
            let ran = run(home.fetch_maildir(&urls[0], &["--tls", "none", "--jobs", jobs, "--json"]).arg(&urls[1]));
            ran.code(77).says("bob@localhost").says("refused");
            assert_eq!(home.maildir_messages().len(), 5);
            let codes: Vec<u64> = objects(&ran).iter().map(|object| object["exit_code"].as_u64().unwrap()).collect();
            assert_eq!(codes.iter().sum::<u64>(), 77);
            assert_eq!(codes.len(), 2);
        }
    }

    /// What needs a person outweighs what passes by itself, in whatever order the sources stand.
    #[test]
    fn the_exit_code_is_the_gravest() {
        let refused = Server::start(Config::new(&Maildrop::default()).login("bob", "another"));
        let gone = Server::start(Config::new(&Maildrop::default()).fault(Fault::DropOnAccept));
        let mut urls = [gone.url("ann"), refused.url("bob")];
        for _ in 0..2 {
            let ran = run(Home::new().fetch_maildir(&urls[0], &["--tls", "none"]).arg(&urls[1]));
            ran.code(77).says("ann@localhost").says("bob@localhost");
            urls.reverse();
        }
        run(&mut Home::new().fetch_maildir(&gone.url("ann"), &["--tls", "none"])).code(75);
    }

    #[test]
    fn a_source_that_cannot_be_used_ends_it_before_anything_is_done() {
        let server = server(1);
        let home = Home::new();
        run(home.fetch_maildir(&server.url("ann"), &["--tls", "none"]).arg("imap://x@y")).code(64);
        assert_eq!(server.connections(), 0);
        assert!(!home.maildir().exists());
    }
}

mod state {
    use super::*;

    #[test]
    fn seen_and_accept_and_retry() {
        let server = Server::start(Config::new(&Maildrop::generated(12, 7, Sizes::Fixed(500))).tls(TlsMode::Implicit));
        let (home, ca_file, url) = (Home::new(), server.ca_file(), server.url("ann"));
        let tls = ["--ca-file", ca_file.to_str().unwrap()];
        let state =
            |action: &str, more: &[&str]| run(&mut home.mailhaul([&["state", action, &url, "-v"], more].concat()));
        let password = home.path("password");
        let login = ["--password-file", password.to_str().unwrap(), tls[0], tls[1]];

        state("seen", &login).code(0).says("12 messages marked as fetched");
        run(&mut home.fetch_maildir(&url, &tls)).code(0).silent();
        assert!(home.maildir_messages().is_empty());
        run(&mut home.fetch_maildir(&url, &[&tls[..], &["--delete"]].concat())).code(0);
        assert_eq!(server.maildrop().len(), 12, "what was only marked is never deleted");

        state("accept", &[]).code(0).says("12 messages forgotten");
        run(&mut home.fetch_maildir(&url, &tls)).code(0).silent();
        assert_eq!(home.maildir_messages().len(), 12);
        state("retry", &[]).code(0).says("0 messages");
    }

    #[test]
    fn the_folder_is_private_and_the_flag_comes_before_the_environment() {
        use std::os::unix::fs::PermissionsExt;
        let server = server(1);
        let home = Home::new();
        let folder = home.path("elsewhere");
        let flags = ["--tls", "none", "--state-dir", folder.to_str().unwrap()];
        run(&mut home.fetch_maildir(&server.url("ann"), &flags)).code(0);
        assert!(!home.state().exists());
        for path in names(&folder).iter().chain([&folder]) {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} has mode {mode:o}", path.display());
        }
    }

    #[test]
    fn without_flag_and_environment_it_is_in_the_state_home() {
        let server = server(1);
        let home = Home::new();
        run(home.fetch_maildir(&server.url("ann"), &["--tls", "none"]).env_remove("MAILHAUL_STATE_DIR")).code(0);
        assert!(home.path(".local/state/mailhaul/mailhaul.db").exists());
        let state_home = home.path("xdg");
        // Another ledger knows nothing of what is in the Maildir of the first.
        let mut command = home.fetch_mbox(&server.url("ann"), &["--tls", "none"]);
        run(command.env_remove("MAILHAUL_STATE_DIR").env("XDG_STATE_HOME", &state_home)).code(0);
        assert!(state_home.join("mailhaul/mailhaul.db").exists());
    }
}

fn with_no_tls<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--tls", "none"], more].concat()
}

/// Colour on a terminal, and where it is asked for; nowhere else.
#[test]
fn colour_is_for_terminals() {
    let home = Home::new();
    let mailhaul = |more: &[&str]| run(&mut home.mailhaul([&["stat", "nobody"], more].concat()));
    assert!(mailhaul(&["--color", "always"]).code(78).stderr.starts_with("\x1b[1;31mmailhaul:\x1b[0m "));
    for plain in [&[][..], &["--color", "auto"], &["--color", "never"]] {
        assert!(mailhaul(plain).code(78).stderr.starts_with("mailhaul: "));
    }
    mailhaul(&["--color", "green"]).code(64);
    let on_terminal = |variables: &[(&str, &str)]| {
        let mut command = home.mailhaul(["stat", "nobody"]);
        command.env("TERM", "xterm").envs(variables.iter().copied());
        Terminal::run(&command).finish().stdout
    };
    assert!(on_terminal(&[]).contains("\x1b[1;31mmailhaul:"));
    assert!(!on_terminal(&[("NO_COLOR", "1")]).contains('\x1b'));
    assert!(!on_terminal(&[("TERM", "dumb")]).contains('\x1b'));
}

/// A verb's own options fit on a screen; what all verbs have stands once.
#[test]
fn help_is_short() {
    let home = Home::new();
    let lines = |args: &[&str]| run(&mut home.mailhaul(args)).code(0).stdout.lines().count();
    assert!(lines(&["stat", "-h"]) <= 24);
    let mut root = Cli::command();
    root.build();
    for command in root.get_subcommands() {
        let name = command.get_name();
        let of = |args: &[&str]| {
            let has_destinations = ["fetch", "add", "setup"].iter().any(|name| args.contains(name));
            let most = if has_destinations { 140 } else { 80 }; // they are many, and so are those of staying
            assert!(lines(args) <= most, "{args:?}: {} lines", lines(args));
        };
        of(&[name, "--help"]);
        command.get_subcommands().for_each(|below| of(&[name, below.get_name(), "--help"]));
    }
}

#[test]
fn help_has_topics() {
    let home = Home::new();
    let connection = run(&mut home.mailhaul(["help", "connection"]));
    for option in ["--tls <MODE>", "--allow-cleartext-password", "--pin <PIN>", "--proxy <URL>", "--oauth-provider"] {
        connection.code(0).prints(option);
    }
    let imap = run(&mut home.mailhaul(["help", "imap"]));
    for option in ["--imap-flags <FLAG>", "--imap-pin <PIN>", "--imap-oauth-provider", "ACCOUNT.imap"] {
        imap.code(0).prints(option);
    }
    let help = |args: &[&str]| run(&mut home.mailhaul(args)).code(0).stdout.clone();
    assert_eq!(help(&["help", "account", "add"]), help(&["account", "add", "--help"]));
    assert_eq!(help(&["help"]), help(&["--help"]));
    run(&mut home.mailhaul(["help", "weather"])).code(64).says("there is no help on weather").says("`mailhaul help`");
    run(&mut home.mailhaul(["stat", "--help"])).code(0).prints("`mailhaul help connection`");
}

/// A panic is a bug, and ends with the exit code of one. Here the system refuses the thread that asks the keyring: the limit counts
/// all processes and threads of the user, but not those of root. A connection that gets no thread is only tried later.
#[test]
fn a_panic_ends_with_the_exit_code_of_a_bug() {
    let (home, server) = (Home::new(), server(1));
    let (url, program) = (server.url("ann"), home.path("program"));
    let fetch = home.fetch_maildir(&url, &["--tls", "none"]);
    let mut stat = home.mailhaul(["stat", &url, "--tls", "none"]);
    stat.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
    // Another user may not be allowed into the folder that it was built in.
    copy_program(&fetch, &program);
    let mut limited = vec!["prlimit", "--nproc=1"];
    if rustix::process::geteuid().is_root() {
        limited.splice(0..0, ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"]);
        ["", "password"].iter().for_each(|name| chown(home.path(name), Some(1), Some(1)).unwrap());
    }
    if !Command::new(limited[0]).args(&limited[1..]).arg("true").status().is_ok_and(|status| status.success()) {
        return not_run("a_panic_ends_with_the_exit_code_of_a_bug: needs setpriv and prlimit");
    }
    let ran = |of: &Command| {
        let mut command = Command::new(&program);
        command.args(of.get_args()).envs(of.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run(&mut under(&limited, &command))
    };
    ran(&fetch).code(75).says("cannot start a thread");
    ran(&stat).code(70).says("mailhaul: a bug in mailhaul ended it: failed to spawn thread").says("please report it");
}
