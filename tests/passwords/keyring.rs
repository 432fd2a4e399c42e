//! The keyring: `login` puts a password there, everything else finds it, and what is said when there is none to use.

use std::process::Command;
use std::time::Duration;

use super::super::dovecot::{PASSWORD as DOVECOTS, dovecot_or_skip, ordinary_messages};
use super::super::keyring::{MuteBus, keyring_or_skip};
use super::super::server::{Config, Maildrop, Server};
use super::super::terminal::Terminal;
use super::super::util::{Home, Ran, finish, run, run_with_input, without_terminal};
use super::{PASSWORD, assert_not_shown, mailhaul, server};

#[test]
fn a_password_is_tried_kept_found_and_removed() {
    let test = "a_password_is_tried_kept_found_and_removed";
    let Some(keyring) = keyring_or_skip(test) else { return };
    let Some(server) = dovecot_or_skip(test, &ordinary_messages(2)) else { return };
    let home = Home::new();
    let (url, maildir) = (server.url_pop3s("ann"), home.maildir());
    let mailhaul = |verb: &str, more: &[&str]| {
        let mut command = home.mailhaul([verb, &url]);
        command.args(more).env("MAILHAUL_CA_FILE", server.ca_file());
        keyring.put_on(&mut command);
        command
    };
    let fetch = || mailhaul("fetch", &["--maildir", maildir.to_str().unwrap()]);
    let typed = |password: &str| {
        let mut terminal = Terminal::run(&mailhaul("login", &[]));
        terminal.wait_for("Password for ann@localhost");
        terminal.wait_until_echo_is(false);
        terminal.type_line(password);
        terminal.finish()
    };
    typed("wrong").code(77).prints("the login was refused");
    run(&mut without_terminal(&fetch())).code(78).says(": no password, and no terminal to ask for it");
    let ran = typed(DOVECOTS);
    ran.code(0).prints("the password is in the keyring");
    assert!(!ran.stdout.contains(DOVECOTS), "{}", ran.everything());

    run(&mut without_terminal(&fetch())).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 2);
    assert!(run(&mut mailhaul("stat", &[])).code(0).stdout.starts_with("2 "));
    run(&mut mailhaul("info", &[])).code(0).prints("\npassword the keyring\n");
    // At a terminal too there is no question.
    Terminal::run(&mailhaul("stat", &[])).finish().code(0);

    // The server has another one now.
    let refuses = Server::start(Config::new(&Maildrop::new([("one", "Subject: x\r\n\r\n")])));
    let mut refused = home.mailhaul(["login", &refuses.url("ann"), "--tls", "none", "--no-check"]);
    run(keyring.put_on(refused.env("MAILHAUL_PASSWORD", "outdated"))).code(0);
    let mut refused = home.mailhaul(["stat", &refuses.url("ann"), "--tls", "none"]);
    let says = format!("`mailhaul login pop3://ann@localhost:{}` replaces the password in the keyring", refuses.port());
    run(&mut without_terminal(keyring.put_on(&mut refused))).code(77).says(&says);

    run(&mut mailhaul("logout", &[])).code(0).says("no password or token is stored any more");
    run(&mut mailhaul("logout", &[])).code(0).says("nothing was kept");
    run(&mut without_terminal(&fetch())).code(78).says(": no password, and no terminal to ask for it");
    let mut terminal = Terminal::run(&fetch());
    terminal.wait_for("Password for ann@localhost");
    terminal.wait_until_echo_is(false);
    terminal.type_line(DOVECOTS);
    terminal.finish().code(0);
}

#[test]
fn login_takes_it_from_wherever_it_is_said_to_be() {
    let Some(keyring) = keyring_or_skip("login_takes_it_from_wherever_it_is_said_to_be") else { return };
    let (home, server) = (Home::new(), server());
    let file = home.write_private("pw", PASSWORD.as_bytes());
    let file = file.to_str().unwrap();
    let login = |more: &[&str]| {
        let mut command = mailhaul(&home, &server, "login", more);
        keyring.put_on(&mut command);
        command
    };
    let logins: [&dyn Fn() -> Ran; 4] = [
        &|| run(&mut login(&["--password-file", file, "-vv"])),
        &|| run(&mut login(&["--password-command", &format!("cat {file}")])),
        &|| run(login(&[]).env("MAILHAUL_PASSWORD", PASSWORD)),
        &|| run_with_input(&mut login(&["--password-file", "-"]), format!("{PASSWORD}\n").as_bytes()),
    ];
    for login in logins {
        let ran = login();
        ran.code(0).says("the password is in the keyring");
        assert_not_shown(&home, &ran);
        for more in [&["-vv"][..], &["--json"], &["-q"]] {
            let ran = run(keyring.put_on(&mut mailhaul(&home, &server, "fetch", more)));
            ran.code(0);
            assert_not_shown(&home, &ran);
        }
        run(keyring.put_on(&mut home.mailhaul(["logout", &server.url("ann")])))
            .code(0)
            .says("no password or token is stored any more");
    }
    // One that the server does not take is not kept, and an older one stays.
    run(&mut login(&["--password-file", file])).code(0);
    run(login(&[]).env("MAILHAUL_PASSWORD", "wrong")).code(77);
    run(keyring.put_on(&mut mailhaul(&home, &server, "stat", &[]))).code(0);
}

/// Nobody answers a question, and nothing is sent, where the answer cannot be kept.
#[test]
fn without_a_keyring_nobody_is_asked() {
    let (home, server) = (Home::new(), server());
    let ran = Terminal::run(&mailhaul(&home, &server, "login", &[])).finish();
    ran.code(78).prints("the keyring cannot be used: ");
    assert!(!ran.stdout.contains("Password for"), "{}", ran.everything());
    assert_eq!(server.connections(), 0);
    if cfg!(not(feature = "keyring")) {
        assert!(ran.stdout.contains("this mailhaul was built without it"), "{}", ran.everything());
    }
}

/// Nothing is there, so nobody has to know that there is no keyring.
#[test]
fn logout_says_where_the_password_is_instead() {
    let home = Home::new();
    let text = "[account.work]\nsource = \"pop3s://ann@localhost\"\npassword-file = \"{home}/pw\"\n";
    home.write_private("config.toml", text.replace("{home}", home.path("").to_str().unwrap()).as_bytes());
    let config = home.path("config.toml");
    let ran = run(&mut home.mailhaul(["logout", "work", "--config", config.to_str().unwrap()]));
    ran.code(0).says("work: nothing was kept; the password comes from password-file ");
}

#[cfg(feature = "keyring")]
#[test]
fn the_words_of_the_bus_are_for_the_curious() {
    let home = Home::new();
    let ran = |more: &[&str]| run(&mut without_terminal(&on_usual_port(&home, "stat", more)));
    let plain = ran(&[]);
    plain
        .code(78)
        .says("mailhaul: ann@localhost: no password, and no terminal to ask for it; the keyring cannot be used");
    assert!(!plain.stderr.contains("unix:path") && !plain.stderr.contains("zbus"), "{}", plain.everything());
    ran(&["-v"]).code(78).says("ann@localhost: the keyring: ");
}

/// It would never be looked for: the account's own comes first.
#[test]
fn an_account_with_a_source_of_its_own_has_nothing_to_keep() {
    let Some(keyring) = keyring_or_skip("an_account_with_a_source_of_its_own_has_nothing_to_keep") else { return };
    let (home, server) = (Home::new(), server());
    let config = |own: &str| {
        let text = format!("{own}\n[account.work]\nsource = \"{}\"\ntls = \"none\"\n", server.url("ann"));
        home.write_private("config.toml", text.as_bytes())
    };
    let login = |more: &[&str]| {
        let mut command = home.mailhaul(["login", "work"]);
        command.args(more).env("MAILHAUL_CONFIG", home.path("config.toml"));
        run(keyring.put_on(&mut command))
    };
    config("[defaults]\npassword-command = [\"pass\", \"show\", \"mail\"]\n");
    let file = home.write_private("pw", PASSWORD.as_bytes());
    for more in [&[][..], &["--password-file", file.to_str().unwrap()]] {
        let ran = login(more);
        ran.code(64).says("work logs in by password-command: there is nothing to store");
        ran.says("remove that from the configuration file first");
    }
    assert_eq!(server.connections(), 0);
    config("");
    login(&["--password-file", file.to_str().unwrap()]).code(0);
}

/// A keyring that nobody can use.
struct Unusable {
    /// What is said of it.
    says: &'static str,
    put_on: Box<dyn Fn(&mut Command)>,
}

impl Unusable {
    fn new(says: &'static str, put_on: impl Fn(&mut Command) + 'static) -> Self {
        Self { says, put_on: Box::new(put_on) }
    }

    /// One of each sort: no bus, a bus on which nobody answers, a locked keyring, and one that asks nobody for its password.
    fn all(test: &str) -> Option<[Self; 4]> {
        let (mut locked, mut asking, mute) = (keyring_or_skip(test)?, keyring_or_skip(test)?, MuteBus::start());
        for keyring in [&mut locked, &mut asking] {
            keyring.store(&[("service", "mailhaul"), ("username", "ann@localhost")], PASSWORD);
            keyring.lock();
        }
        asking.show_prompts_to_nobody();
        Some([
            Self::new("there is none here (no desktop session)", |_| {}),
            Self::new("it gave no answer within 1 s", move |command| {
                mute.put_on(command);
            }),
            Self::new("it is locked, or refuses", move |command| {
                locked.put_on(command);
            }),
            Self::new("it gave no answer within 1 s", move |command| {
                asking.put_on(command);
            }),
        ])
    }
}

/// As under cron: an end within the time limit, with what is wrong and what would work.
fn in_time(command: &Command) -> Ran {
    let mut command = without_terminal(command);
    let shown = format!("{command:?}");
    finish(command.spawn().unwrap(), shown, Duration::from_secs(30))
}

/// The user's port is in the name of what is kept, so that a keyring which is locked has something to unlock for it.
fn on_usual_port(home: &Home, verb: &str, more: &[&str]) -> Command {
    let mut command = home.mailhaul([verb, "pop3://ann@localhost"]);
    command.args(more).env("MAILHAUL_TIMEOUT", "1s").env("MAILHAUL_TLS", "none");
    command
}

#[test]
fn without_a_keyring_the_other_ways_are_named() {
    let Some(unusable) = Unusable::all("without_a_keyring_the_other_ways_are_named") else { return };
    let home = Home::new();
    let maildir = home.maildir();
    for keyring in &unusable {
        let mut fetch = on_usual_port(&home, "fetch", &["--maildir", maildir.to_str().unwrap()]);
        (keyring.put_on)(&mut fetch);
        let ran = in_time(&fetch);
        ran.code(78)
            .says(": no password, and no terminal to ask for it")
            .says("the keyring cannot be used: ")
            .says(keyring.says);
        ran.says("--password-command, --password-file or $MAILHAUL_PASSWORD").says("under cron");
        assert_not_shown(&home, &ran);
    }
}

#[test]
fn login_and_logout_say_why_the_keyring_cannot_be_used() {
    let Some(unusable) = Unusable::all("login_and_logout_say_why_the_keyring_cannot_be_used") else { return };
    let home = Home::new();
    for keyring in &unusable {
        for verb in ["login", "logout"] {
            let mut command = on_usual_port(&home, verb, &[]);
            (keyring.put_on)(&mut command);
            let ran = in_time(&command);
            ran.code(78).says("mailhaul: the keyring cannot be used: ").says(keyring.says);
            ran.says("under cron, use a password-file or a password-command");
        }
    }
}

#[test]
fn a_keyring_that_cannot_be_used_is_no_obstacle() {
    let Some(unusable) = Unusable::all("a_keyring_that_cannot_be_used_is_no_obstacle") else { return };
    let (home, server) = (Home::new(), server());
    home.write_private(".netrc", b"machine localhost login ann password \"Tr0ub\\\\4dor & \xc3\xa93 staple\"\n");
    for keyring in &unusable {
        let mut fetch = mailhaul(&home, &server, "fetch", &["--all", "--timeout", "1s"]);
        (keyring.put_on)(&mut fetch);
        in_time(&fetch).code(0).silent();
    }
}
