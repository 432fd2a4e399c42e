//! Destinations from the command line to where the messages arrive: several at once, and the secrets of an IMAP server.

use std::fs;
use std::process::Command;

use super::dovecot::{CYRILLIC_USER, Dovecot, PASSWORD, dovecot_beside_or_skip, free_port};
use super::keyring::keyring_or_skip;
use super::server::{Config, Maildrop, Server};
use super::terminal::Terminal;
use super::util::{Home, run, without_terminal};

fn server(messages: usize) -> (Server, Maildrop) {
    let all: Vec<(String, String)> =
        (0..messages).map(|at| (format!("u{at}"), format!("Subject: {at}\r\n\r\nBody {at}\r\n"))).collect();
    let maildrop = Maildrop::new(all);
    (Server::start(Config::new(&maildrop)), maildrop)
}

/// An account `work` with these lines in a configuration file.
fn configured(home: &Home, server: &Server, lines: &str) {
    let text = format!(
        "[account.work]\nsource = \"{}\"\ntls = \"none\"\npassword-file = \"~/password\"\n{lines}",
        server.url("ann")
    );
    home.write_private("config.toml", text.as_bytes());
}

fn mailhaul(home: &Home, words: &[&str]) -> Command {
    let mut command = home.mailhaul(words);
    command.env("MAILHAUL_CONFIG", home.path("config.toml"));
    command
}

#[test]
fn a_copy_goes_to_each() {
    let (server, _) = server(3);
    let home = Home::new();
    let piped = home.path("piped").display().to_string();
    let lines = format!(
        "maildir = \"~/Mail\"\nmbox = \"~/mbox\"\neml-dir = \"~/eml\"\npipe = \"cat >> {piped}-{{account}}\"\n"
    );
    configured(&home, &server, &lines);
    let ran = run(&mut mailhaul(&home, &["fetch", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&ran.code(0).stdout).unwrap();
    let kinds: Vec<&str> =
        json["destinations"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["maildir", "mbox", "eml-dir", "pipe"]);
    assert_eq!(json["destinations"][3]["name"], format!("cat >> {piped}-work"));
    assert_eq!((json["fetched"].clone(), json["waiting"].clone()), (3.into(), 0.into()));
    assert_eq!((home.maildir_messages().len(), home.mbox_messages().len()), (3, 3));
    let eml = fs::read_dir(home.path("eml")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(eml.filter(|path| path.extension().is_some_and(|end| end == "eml")).count(), 3);
    let piped = fs::read_to_string(format!("{piped}-work")).unwrap();
    assert_eq!(piped.matches("Subject: ").count(), 3, "{piped}");
    // The flags replace all of them.
    let ran = run(&mut mailhaul(&home, &["fetch", "--all", "--json", "--mbox=~/other"]));
    let json: serde_json::Value = serde_json::from_str(&ran.code(0).stdout).unwrap();
    assert_eq!(json["destinations"].as_array().unwrap().len(), 1, "{json}");
}

#[test]
fn what_waits_for_a_command_is_counted() {
    let (server, _) = server(2);
    let home = Home::new();
    configured(&home, &server, "pipe = \"exit 75\"\n");
    let ran = run(&mut mailhaul(&home, &["fetch", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&ran.code(75).stdout).unwrap();
    assert_eq!((json["fetched"].clone(), json["waiting"].clone()), (0.into(), 2.into()));
    let shown = run(&mut mailhaul(&home, &["state", "show", "work", "-v"]));
    shown.code(0).prints(" staged 0 ").prints(" waiting 2 ").prints("  waiting u0 exit 75: ");
    let json = run(&mut mailhaul(&home, &["state", "show", "work", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json.code(0).stdout).unwrap();
    assert_eq!(json["unsettled"][1]["state"], "waiting", "{json}");
    assert_eq!(json["unsettled"][1]["destination"]["name"], "exit 75", "{json}");
    run(&mut mailhaul(&home, &["log", "work"])).code(0).prints("could not be handed over now");
}

#[test]
fn a_receiver_that_misses_something_is_an_error_before_anything_else() {
    let (server, _) = server(1);
    let home = Home::new();
    for (flags, code, answer) in [
        (&["--lmtp=/run/lmtp"][..], 64, "lmtp needs rcpt"),
        (&["--smtp=localhost", "--rcpt=a b"], 64, "has a space"),
        (&["--maildir=Mail", "--rcpt=ann"], 64, "--rcpt needs --lmtp or --smtp"),
        (&["--maildir=Mail", "--imap-password-command=true"], 64, "--imap-password-command needs --imap"),
        (&["--imap=imaps://ann@localhost", "--imap-flags=\\Deleted"], 64, "a keyword of letters and digits"),
        (&["--imap=imaps://ann:hunter2@localhost/x"], 64, "must not hold a password"),
        (&["--pipe=deliver {account}"], 64, "is the name of an account, and a URL has none"),
    ] {
        let url = server.url("ann");
        let ran = run(home.fetch(&url, flags).args(["--tls", "none"]));
        ran.code(code).says(answer);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.everything());
    }
    assert_eq!(server.log().len(), 0);
    let add = ["account", "add", "old", "pop3s://ann@mail.invalid", "--maildir=Mail", "--pipe-timeout=9s"];
    run(&mut home.mailhaul(add)).code(64).says("--pipe-timeout needs --pipe");
}

/// Dovecot with an empty mailbox of another user, and the scripted server with mail.
fn imap_or_skip(test: &str) -> Option<(Dovecot, Server, Home)> {
    let dovecot = dovecot_beside_or_skip(test, &[], "")?;
    Some((dovecot, server(2).0, Home::new()))
}

fn imap_url(dovecot: &Dovecot, user: &str) -> String {
    format!("imaps://{user}@localhost:{}/Box", dovecot.port_imaps())
}

/// Messages in a folder of ann's.
fn in_folder(dovecot: &Dovecot, folder: &str) -> usize {
    let folder = dovecot.maildir_of("ann").join(format!(".{folder}"));
    ["new", "cur"].iter().map(|part| fs::read_dir(folder.join(part)).map_or(0, Iterator::count)).sum()
}

#[test]
fn lmtp_and_imap_get_a_copy_each() {
    let Some((dovecot, server, home)) = imap_or_skip("lmtp_and_imap_get_a_copy_each") else { return };
    home.write_private("imap-password", PASSWORD.as_bytes());
    let lines = format!(
        "lmtp = \"127.0.0.1:{}\"\nrcpt = \"ann\"\nimap = \"{}\"\nimap-password-file = \"~/imap-password\"\n\
         ca-file = \"{}\"\n",
        dovecot.port_lmtp(),
        imap_url(&dovecot, "ann"),
        dovecot.ca_file().display()
    );
    configured(&home, &server, &lines);
    for _ in 0..2 {
        run(&mut mailhaul(&home, &["fetch"])).code(0).silent();
        assert_eq!((in_folder(&dovecot, "Box"), dovecot.messages_on_server()), (2, 2));
    }
}

/// Each source hides those behind it, as those of the mailbox do.
#[test]
fn the_password_of_an_imap_server_has_an_order_of_its_own() {
    let test = "the_password_of_an_imap_server_has_an_order_of_its_own";
    let Some((dovecot, _, _)) = imap_or_skip(test) else { return };
    let asked = |prepare: &dyn Fn(&Home, &mut Command), own: &str, more: &[&str]| {
        let (server, home) = (server(1).0, Home::new());
        let lines =
            format!("imap = \"{}\"\nca-file = \"{}\"\n{own}", imap_url(&dovecot, "ann"), dovecot.ca_file().display());
        configured(&home, &server, &lines);
        let before = in_folder(&dovecot, "Box");
        let mut command = mailhaul(&home, &[&["fetch"], more].concat());
        prepare(&home, &mut command);
        let ran = run(&mut without_terminal(&command));
        assert!(!ran.everything().contains(&format!("\n{PASSWORD}\n")), "{}", ran.everything());
        (ran.code, in_folder(&dovecot, "Box") - before)
    };
    let nothing = |_: &Home, _: &mut Command| {};
    let variable =
        |value: &'static str| move |_: &Home, command: &mut Command| _ = command.env("MAILHAUL_IMAP_PASSWORD", value);
    let wrong = "imap-password = \"wrong\"\n";
    assert_eq!(asked(&nothing, "imap-password = \"secret\"\n", &[]), (Some(0), 1));
    assert_eq!(asked(&nothing, "imap-password-command = \"echo secret\"\n", &[]), (Some(0), 1));
    assert_eq!(asked(&variable("secret"), wrong, &[]), (Some(0), 1));
    assert_eq!(asked(&variable("wrong"), wrong, &["--imap-password-command=echo secret"]), (Some(0), 1));
    // That of the mailbox is not tried.
    let mailbox = |_: &Home, command: &mut Command| _ = command.env("MAILHAUL_PASSWORD", "secret");
    assert_eq!(asked(&mailbox, "", &[]), (Some(78), 0));
    for name in ["work.imap", "imap-password_work", "imap-password"] {
        let credential = |home: &Home, command: &mut Command| {
            fs::create_dir(home.path("credentials")).unwrap();
            home.write_private(&format!("credentials/{name}"), PASSWORD.as_bytes());
            command.env("CREDENTIALS_DIRECTORY", home.path("credentials"));
        };
        assert_eq!(asked(&credential, "", &[]), (Some(0), 1), "{name}");
    }
    let netrc = |home: &Home, _: &mut Command| {
        home.write_private(".netrc", b"machine localhost login ann password secret\n");
    };
    assert_eq!(asked(&netrc, "", &[]), (Some(0), 1));
}

/// A step to take that speaks of POP3 is of no help.
#[test]
fn a_port_that_is_not_one_of_imap_is_explained_in_the_words_of_imap() {
    let (server, home) = (server(1).0, Home::new());
    let nobody = format!("imaps://ann@127.0.0.1:{}/INBOX", free_port());
    let pop3 = |scheme: &str| format!("{scheme}://ann@127.0.0.1:{}/INBOX", server.port());
    for url in [nobody, pop3("imaps"), pop3("imap")] {
        configured(&home, &server, &format!("imap = \"{url}\"\nimap-password = \"secret\"\n"));
        let ran = run(&mut mailhaul(&home, &["fetch"]));
        let words = &ran.stderr;
        assert_ne!(ran.code, Some(0), "{url}");
        assert!(words.contains("imaps:// is usually 993") && !words.contains("pop3://"), "{url}: {words}");
        fs::remove_dir_all(home.path("state")).ok();
    }
}

/// A poll that brings nothing costs nothing.
#[test]
fn a_secret_is_taken_when_there_is_something_to_hand_over() {
    let test = "a_secret_is_taken_when_there_is_something_to_hand_over";
    let Some((dovecot, server, home)) = imap_or_skip(test) else { return };
    let ran = home.path("ran");
    let lines = format!(
        "imap = \"{}\"\nca-file = \"{}\"\nimap-password-command = \"touch {}; echo secret\"\n",
        imap_url(&dovecot, "ann"),
        dovecot.ca_file().display(),
        ran.display()
    );
    configured(&home, &server, &lines);
    run(&mut mailhaul(&home, &["fetch", "--dry-run"])).code(0);
    assert!(!ran.exists());
    run(&mut mailhaul(&home, &["fetch"])).code(0).silent();
    fs::remove_file(&ran).unwrap();
    run(&mut mailhaul(&home, &["fetch"])).code(0).silent();
    assert!(!ran.exists());
}

/// At a terminal a question comes before any connection.
#[test]
fn a_password_that_is_typed_is_asked_for_first() {
    let test = "a_password_that_is_typed_is_asked_for_first";
    let Some((dovecot, server, home)) = imap_or_skip(test) else { return };
    let lines = format!("imap = \"{}\"\nca-file = \"{}\"\n", imap_url(&dovecot, "ann"), dovecot.ca_file().display());
    configured(&home, &server, &lines);
    let mut terminal = Terminal::run(&mailhaul(&home, &["fetch"]));
    terminal.wait_for(&format!("Password for imaps://ann@localhost:{}", dovecot.port_imaps()));
    terminal.wait_until_echo_is(false);
    assert_eq!(server.log().len(), 0);
    terminal.type_line(PASSWORD);
    terminal.finish().code(0);
    assert_eq!(in_folder(&dovecot, "Box"), 2);
}

/// What is to be done next is said of both logins.
#[test]
fn a_new_account_with_an_imap_destination_has_two_logins() {
    let home = Home::new();
    let add = ["account", "add", "work", "pop3s://ann@mail.example.org", "--imap=imaps://ann@imap.example.org/Box"];
    let oauth = ["--imap-oauth-provider=google", "--imap-oauth-client-id=ours", "--password-file=~/password"];
    let added = Terminal::run(&home.mailhaul([&add[..], &oauth].concat())).finish();
    added.code(0).prints("mailhaul login work --imap (gets the tokens for IMAP), then mailhaul fetch work");
    let text = fs::read_to_string(home.path(".config/mailhaul/config.toml")).unwrap();
    for line in ["imap = \"imaps://ann@imap.example.org/Box\"", "imap-oauth-provider = \"google\""] {
        assert!(text.contains(line), "{text}");
    }
    run(&mut home.mailhaul(["account", "show", "work"])).code(0).prints("imap-oauth-client-id = \"ours\"");
}

#[test]
fn the_keyring_has_the_password_of_the_imap_server_apart() {
    let test = "the_keyring_has_the_password_of_the_imap_server_apart";
    let Some(keyring) = keyring_or_skip(test) else { return };
    let Some((dovecot, server, home)) = imap_or_skip(test) else { return };
    let lines = |user: &str| {
        format!("imap = \"{}\"\nca-file = \"{}\"\n", imap_url(&dovecot, user), dovecot.ca_file().display())
    };
    configured(&home, &server, &lines("ann"));
    let command = |words: &[&str]| {
        let mut command = mailhaul(&home, words);
        keyring.put_on(&mut command);
        without_terminal(&command)
    };
    home.write_private("typed", PASSWORD.as_bytes());
    home.write_private("wrong", b"wrong");
    let flag = |name: &str| format!("--password-file={}", home.path(name).display());
    run(&mut command(&["login", "work", "--imap", &flag("wrong")])).code(77).says("refuses the login");
    run(&mut command(&["login", "work", "--imap", &flag("typed")])).code(0).says("the password is in the keyring");
    run(&mut command(&["fetch"])).code(0).silent();
    assert_eq!(in_folder(&dovecot, "Box"), 2);
    run(&mut command(&["logout", "work"])).code(0).says("nothing was kept");
    run(&mut command(&["logout", "work", "--imap"])).code(0).says("no password or token is stored any more");
    run(&mut command(&["logout", "work", "--imap"])).code(0).says("nothing was kept");
    configured(&home, &server, &format!("{}imap-password-command = \"echo x\"\n", lines(CYRILLIC_USER)));
    run(&mut command(&["login", "work", "--imap"])).code(64).says("logs in by imap-password-command");
    configured(&home, &server, "maildir = \"~/Mail\"\n");
    for verb in ["login", "logout"] {
        run(&mut command(&[verb, "work", "--imap"])).code(64).says("work has no IMAP destination");
    }
}

/// The filter sees each new header once, and decides.
#[test]
fn a_filter_decides_what_is_downloaded() {
    let (server, maildrop) = server(6);
    let home = Home::new();
    let seen = home.path("seen").display().to_string();
    let lines = format!(
        "maildir = \"~/Mail\"\ndelete = true\nfilter = 'h=$(cat); echo \"$MAILHAUL_UID\" >> {seen}; case \"$h\" in *\"Subject: 1\"*) \
         exit 100;; *\"Subject: 2\"*) exit 101;; *\"Subject: 3\"*) echo broken >&2; exit 3;; esac; exit 0'\n"
    );
    configured(&home, &server, &lines);
    let ran = run(&mut mailhaul(&home, &["fetch"]));
    ran.code(0).says("is fetched: the filter failed: exit status: 3; it said: broken");
    assert_eq!(home.maildir_messages().len(), 4);
    assert_eq!(fs::read_to_string(&seen).unwrap().lines().count(), 6);
    assert_eq!(maildrop.present().len(), 2, "what is skipped stays on the server");
    // What was skipped for now is asked for again, the other one never.
    fs::write(&seen, "").unwrap();
    run(&mut mailhaul(&home, &["fetch"])).code(0).silent();
    assert_eq!(fs::read_to_string(&seen).unwrap(), "u1\n");
    assert_eq!((home.maildir_messages().len(), maildrop.present().len()), (4, 2));
}

#[test]
fn without_top_a_filter_is_refused_before_anything() {
    let maildrop = Maildrop::new([("u", "Subject: x\r\n\r\nx\r\n")]);
    let (server, home) = (Server::start(Config::new(&maildrop).without("TOP")), Home::new());
    configured(&home, &server, "maildir = \"~/Mail\"\nfilter = \"exit 0\"\n");
    run(&mut mailhaul(&home, &["fetch"])).code(69).says("without it the filter cannot see headers");
    assert!(home.maildir_messages().is_empty());
}
