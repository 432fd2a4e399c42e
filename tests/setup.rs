//! From an address to an account: the server is found in each way, with real name, web and mail servers; where anything is
//! wrong, that is told and nothing is written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use self::world::{Setting, World};
use super::keyring::keyring_or_skip;
use super::terminal::Terminal;
use super::util::{Home, Ran};

mod world;

const PLAIN: Setting<'_> = Setting { names: &[], pages: &[], protocols: "pop3", has_tls: true };

const ADDRESS: &str = "ann@example.test";

fn autoconfig(servers: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"x\">{servers}</emailProvider></clientConfig>\n"
    )
}

fn pop3(host: &str, user: &str) -> String {
    let user = if user.is_empty() { String::new() } else { format!("<username>{user}</username>") };
    format!(
        "<incomingServer type=\"pop3\"><hostname>{host}</hostname><port>995</port><socketType>SSL</socketType>{user}</incomingServer>"
    )
}

fn setup(world: &World, home: &Home, words: &[&str]) -> Ran {
    let ca_file = world.path("cert.pem").display().to_string();
    let mut command = home.mailhaul([&["setup"], words].concat());
    command.env("MAILHAUL_CA_FILE", ca_file);
    world.run(&command)
}

/// With the password in a file.
fn with_password(world: &World, home: &Home, words: &[&str]) -> Ran {
    let file = home.path("password").display().to_string();
    setup(world, home, &[words, &["--password-file", &file, "--database", "https://database.test/v1"]].concat())
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.path(".config/mailhaul/config.toml")).unwrap_or_default()
}

#[track_caller]
fn nothing_was_written(home: &Home) {
    assert_eq!(config(home), "");
    assert!(!home.path(".config/mailhaul/passwords").exists() && !home.path("Mail").exists() && !home.state().exists());
}

/// Sets up an account, fetches with it, and gives its source and who found it.
#[track_caller]
fn found(test: &str, setting: &Setting<'_>) -> Option<(String, String)> {
    let world = World::new_or_skip(test, setting)?;
    let home = Home::new();
    let ran = with_password(&world, &home, &[ADDRESS, "--name", "work"]);
    ran.code(0);
    let text = config(&home);
    assert!(text.contains("[account.work]") && text.contains("maildir = \"~/Mail/work\""), "{text}");
    let mut fetch = home.mailhaul(["fetch"]);
    fetch.env("MAILHAUL_CA_FILE", world.path("cert.pem"));
    world.run(&fetch).code(0);
    assert!(home.path("Mail/work/new").is_dir() || !home.path("Mail").exists());
    let source = text.lines().find_map(|line| line.strip_prefix("source = ")).unwrap().trim_matches('"').to_owned();
    let by = ran.stderr.lines().find_map(|line| line.strip_prefix("Found ")).unwrap();
    let by = by.split(", by ").nth(1).unwrap().trim_end_matches('.').to_owned();
    Some((source, by))
}

#[test]
fn the_own_word_of_the_domain_counts_first() {
    let pages = [
        ("autoconfig.example.test/mail/config-v1.1.xml", autoconfig(&pop3("pop.example.test", "%EMAILADDRESS%"))),
        ("database.test/v1/example.test", autoconfig(&pop3("pop.provider.test", ""))),
    ];
    let names = ["srv-host=_pop3s._tcp.example.test,mail.example.test,995"];
    let setting = Setting { pages: &pages, names: &names, ..PLAIN };
    let Some((source, by)) = found("the_own_word_of_the_domain", &setting) else { return };
    assert_eq!(source, "pop3s://ann@example.test@pop.example.test");
    assert_eq!(by, "https://autoconfig.example.test/mail/config-v1.1.xml");
}

#[test]
fn the_domain_itself_may_publish_it_and_lead_elsewhere() {
    let pages = [
        (
            "example.test/.well-known/autoconfig/mail/config-v1.1.xml",
            "-> https://autoconfig.provider.test/x.xml".to_owned(),
        ),
        ("autoconfig.provider.test/x.xml", autoconfig(&pop3("mail.example.test", "%EMAILADDRESS%"))),
    ];
    let Some((source, by)) = found("the_domain_itself", &Setting { pages: &pages, ..PLAIN }) else { return };
    assert_eq!(source, "pop3s://ann@example.test@mail.example.test");
    assert_eq!(by, "https://example.test/.well-known/autoconfig/mail/config-v1.1.xml");
}

#[test]
fn the_database_is_asked() {
    let pages = [("database.test/v1/example.test", autoconfig(&pop3("pop.provider.test", "")))];
    let Some((source, by)) = found("the_database_is_asked", &Setting { pages: &pages, ..PLAIN }) else { return };
    assert_eq!(
        (source.as_str(), by.as_str()),
        ("pop3s://ann@example.test@pop.provider.test", "https://database.test/v1/example.test")
    );
}

/// The DNS has the digest of what is published.
#[test]
fn a_configuration_that_the_dns_vouches_for_is_taken() {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use sha2::{Digest, Sha256};
    let text = r#"{"protocols":{"pop3":{"host":"mail.example.test"}},"authentication":{"password":true}}"#;
    let pages = [("ua-auto-config.example.test/.well-known/user-agent-configuration.json", text.to_owned())];
    let record = format!(
        "txt-record=_ua-auto-config.example.test,v=UAAC1; a=sha256; d={}",
        BASE64_STANDARD.encode(Sha256::digest(text))
    );
    let setting = Setting { names: &[&record], pages: &pages, ..PLAIN };
    let Some((source, by)) = found("a_configuration_that_the_dns_vouches_for", &setting) else { return };
    assert_eq!(source, "pop3s://ann@example.test@mail.example.test");
    assert_eq!(by, "https://ua-auto-config.example.test/.well-known/user-agent-configuration.json");
}

#[test]
fn the_dns_names_a_server() {
    let names = [
        "srv-host=_pop3s._tcp.example.test,mail.example.test,995,10",
        "srv-host=_pop3s._tcp.example.test,gone.example.test,995,5",
    ];
    let Some((source, by)) = found("the_dns_names_a_server", &Setting { names: &names, ..PLAIN }) else { return };
    assert_eq!(
        (source.as_str(), by.as_str()),
        ("pop3s://ann@example.test@mail.example.test", "_pop3s._tcp.example.test (SRV)")
    );
    let names = ["srv-host=_pop3s._tcp.example.test", "srv-host=_pop3._tcp.example.test,mail.example.test,110"];
    let Some((source, _)) = found("the_dns_names_a_server", &Setting { names: &names, ..PLAIN }) else { return };
    assert_eq!(source, "pop3://ann@example.test@mail.example.test");
}

/// Too long for a datagram: it comes by TCP.
#[test]
fn a_long_answer_of_the_dns_is_taken_whole() {
    let others = (10..60)
        .map(|number| format!("srv-host=_pop3s._tcp.example.test,some-long-name-{number}.example.test,995,{number}"));
    let names: Vec<String> =
        others.chain(["srv-host=_pop3s._tcp.example.test,mail.example.test,995,5".into()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some((source, _)) = found("a_long_answer_of_the_dns", &Setting { names: &names, ..PLAIN }) else { return };
    assert_eq!(source, "pop3s://ann@example.test@mail.example.test");
}

#[test]
fn the_provider_of_the_mail_exchanger_is_asked() {
    let pages =
        [("autoconfig.provider.test/mail/config-v1.1.xml", autoconfig(&pop3("pop.provider.test", "%EMAILADDRESS%")))];
    let names = ["mx-host=example.test,mx.provider.test,10", "mx-host=example.test,mx2.example.test,20"];
    let setting = Setting { names: &names, pages: &pages, ..PLAIN };
    let Some((source, by)) = found("the_provider_of_the_mail_exchanger", &setting) else { return };
    assert_eq!(source, "pop3s://ann@example.test@pop.provider.test");
    assert!(by.contains("the mail of example.test goes to mx.provider.test"), "{by}");
}

#[test]
fn the_usual_names_are_tried() {
    let Some((source, by)) = found("the_usual_names_are_tried", &PLAIN) else { return };
    assert_eq!((source.as_str(), by.as_str()), ("pop3s://ann@example.test@pop.example.test", "its usual name"));
}

/// Where nobody says what the user is called.
#[test]
fn the_part_before_the_at_is_tried_second() {
    let Some(world) = World::new_or_skip("the_part_before_the_at", &PLAIN) else { return };
    let home = Home::new();
    with_password(&world, &home, &["local@example.test"]).code(0);
    assert!(config(&home).contains("source = \"pop3s://local@pop.example.test\""), "{}", config(&home));
    assert!(config(&home).contains("[account.example]"), "{}", config(&home));
}

#[test]
fn a_server_that_only_the_dns_names_is_confirmed() {
    let names = ["srv-host=_pop3s._tcp.example.test,far.provider.test,995"];
    let Some(world) = World::new_or_skip("a_server_that_only_the_dns_names", &Setting { names: &names, ..PLAIN })
    else {
        return;
    };
    let home = Home::new();
    with_password(&world, &home, &[ADDRESS]).code(64).says("only the DNS says that far.provider.test");
    nothing_was_written(&home);
    with_password(&world, &home, &[ADDRESS, "--dry-run"]).code(0).says("Found pop3s://far.provider.test");
    nothing_was_written(&home);
    with_password(&world, &home, &[ADDRESS, "--yes"]).code(0);
    assert!(config(&home).contains("far.provider.test"));
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_written() {
    let Some(world) = World::new_or_skip("what_is_wrong_is_told", &PLAIN) else { return };
    let home = Home::new();
    home.write_private("password", b"wrong\n");
    let ran = with_password(&world, &home, &[ADDRESS]);
    ran.code(77).says("the login was refused").says("tried as ann@example.test and as ann").says("Nothing was written");
    nothing_was_written(&home);
    setup(&world, &home, &[ADDRESS]).code(78).says("no terminal to ask for it");
    nothing_was_written(&home);
    for words in [&[][..], &["ann"], &["pop3s://ann:secret@pop.example.test"], &[ADDRESS, "--name", "a/b"]] {
        let ran = with_password(&world, &home, words);
        assert!(ran.code == Some(64) && !ran.stderr.contains("secret@"), "{}", ran.everything());
        nothing_was_written(&home);
    }
    let ran = with_password(&world, &home, &["pop3s://ann@elsewhere.test"]);
    ran.code(68).says("no such host").says("if ann@elsewhere.test is the user name");
    nothing_was_written(&home);
    with_password(&world, &home, &["ann@elsewhere.test"])
        .code(69)
        .says("no POP3 server with TLS was found for elsewhere.test");
    nothing_was_written(&home);
    // Nobody else may sign for it.
    let mut untrusted = home.mailhaul(["setup", ADDRESS]);
    untrusted.env("MAILHAUL_PASSWORD", "secret");
    world.run(&untrusted).code(69);
    nothing_was_written(&home);
}

#[test]
fn pop_that_is_switched_off_is_told() {
    let pages = [("autoconfig.example.test/mail/config-v1.1.xml", autoconfig(&pop3("pop.example.test", "")))];
    let Some(world) =
        World::new_or_skip("pop_that_is_switched_off", &Setting { protocols: "imap", pages: &pages, ..PLAIN })
    else {
        return;
    };
    let home = Home::new();
    let ran = with_password(&world, &home, &[ADDRESS]);
    ran.code(69).says("no POP3 server with TLS answers for example.test").says("whether POP3 must be switched on");
    nothing_was_written(&home);
}

#[test]
fn a_server_without_tls_is_not_used() {
    let Some(world) = World::new_or_skip("a_server_without_tls", &Setting { has_tls: false, ..PLAIN }) else { return };
    let home = Home::new();
    with_password(&world, &home, &[ADDRESS]).code(69).says("TLS");
    nothing_was_written(&home);
}

#[test]
fn without_a_network_it_is_tried_later() {
    if !rustix::process::geteuid().is_root() {
        return super::util::not_run("without_a_network: needs root");
    }
    let home = Home::new();
    let mut command = home.mailhaul(["setup", ADDRESS]);
    command.env("MAILHAUL_PASSWORD", "secret");
    let ran = super::util::run(&mut super::util::under(&["unshare", "--net", "--"], &command));
    ran.code(75).says("check that this machine is connected to the network");
    nothing_was_written(&home);
}

/// What another run would not have is kept: here there is no keyring.
#[test]
fn a_password_of_the_run_alone_is_kept() {
    let Some(world) = World::new_or_skip("a_password_of_the_run_alone", &PLAIN) else { return };
    let home = Home::new();
    let mut command = home.mailhaul(["setup", "pop3s://local@pop.example.test", "--name", "work", "--json"]);
    command.env("MAILHAUL_PASSWORD", "secret").env("MAILHAUL_CA_FILE", world.path("cert.pem"));
    let ran = world.run(&command);
    ran.code(0);
    let [object] = &super::json::objects(&ran)[..] else { panic!("{}", ran.everything()) };
    assert_eq!((&object["password_stored"], &object["account"]), (&"file".into(), &"work".into()));
    let file = home.path(".config/mailhaul/passwords/work.password");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!config(&home).contains("ca-file"), "what the environment says is of the run: {}", config(&home));
    let mut again = home.mailhaul(["setup", "pop3s://local@pop.example.test", "--name", "work"]);
    again.env("MAILHAUL_PASSWORD", "secret").env("MAILHAUL_CA_FILE", world.path("cert.pem"));
    world.run(&again).code(64).says("has an account work already");
}

/// The defaults of the file hold for the new account, and that is said.
#[test]
fn what_becomes_of_the_messages_on_the_server_is_said() {
    let Some(world) = World::new_or_skip("what_becomes_of_the_messages", &PLAIN) else { return };
    for (defaults, said) in [
        ("", "Messages stay on the server."),
        ("[defaults]\ndelete = true\n", "Messages are deleted from the server once they are safe here."),
        ("[defaults]\ndelete-after = \"30d\"\n", "Messages stay on the server for 30"),
    ] {
        let home = Home::new();
        fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
        home.write_private(".config/mailhaul/config.toml", defaults.as_bytes());
        with_password(&world, &home, &["pop3s://local@pop.example.test"]).code(0).says(said);
    }
}

/// Where there is a keyring, it has the password; the account works with it alone.
#[test]
fn the_keyring_is_given_the_password() {
    let test = "the_keyring_is_given_the_password";
    let Some(keyring) = keyring_or_skip(test) else { return };
    let Some(world) = World::new_or_skip(test, &PLAIN) else { return };
    let home = Home::new();
    let run = |words: &[&str], password: Option<&str>| {
        let mut command = home.mailhaul(words);
        command.env("MAILHAUL_CA_FILE", world.path("cert.pem"));
        if let Some(password) = password {
            command.env("MAILHAUL_PASSWORD", password);
        }
        keyring.put_on(&mut command);
        world.run(&command)
    };
    let new = ["setup", "pop3s://local@pop.example.test", "--name", "work"];
    run(&new, Some("wrong")).code(77).says("Nothing was written");
    nothing_was_written(&home);
    run(&["logout", new[1]], None).code(0).says("nothing was kept");
    run(&new, Some("secret")).code(0).says("the password is in the keyring");
    assert!(!config(&home).contains("password") && !home.path(".config/mailhaul/passwords").exists());
    run(&["fetch", "work"], None).code(0);
    run(&["logout", "work"], None).code(0).says("no password or token is stored any more");
    run(&["fetch", "work"], None).code(78);
}

#[test]
fn on_a_terminal_it_asks_for_what_is_missing() {
    let Some(world) = World::new_or_skip("on_a_terminal_it_asks", &PLAIN) else { return };
    let home = Home::new();
    let mut command = home.mailhaul(["setup", "--database", "none"]);
    command.env("MAILHAUL_CA_FILE", world.path("cert.pem"));
    let mut terminal = Terminal::run(&world.inside(&command));
    terminal.wait_for("Address:");
    terminal.type_line(ADDRESS);
    terminal.wait_for("Maildir for the messages [~/Mail/example]:");
    terminal.type_line("");
    terminal.wait_for("Password for");
    terminal.wait_until_echo_is(false);
    terminal.type_line("secret");
    let ran = terminal.finish();
    ran.code(0).prints("Found pop3s://pop.example.test, by its usual name").prints("mailhaul fetch example");
    assert!(config(&home).contains("maildir = \"~/Mail/example\""), "{}", config(&home));
    let file = home.path(".config/mailhaul/passwords/example.password");
    assert_eq!(fs::read_to_string(file).unwrap(), "secret\n");
}

/// systemd itself is not here.
#[test]
fn a_timer_is_installed_for_the_user() {
    let Some(world) = World::new_or_skip("a_timer_is_installed", &PLAIN) else { return };
    let home = Home::new();
    let install = |name: &str, exit: u8| {
        fs::create_dir_all(home.path("bin")).unwrap();
        let script =
            format!("#!/bin/sh\necho \"$@\" >> {}\necho trouble >&2\nexit {exit}\n", home.path("told").display());
        let path = home.write_private("bin/systemctl", script.as_bytes());
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
        let mut command = home.mailhaul(["setup", "pop3s://local@pop.example.test", "--name", name, "--timer"]);
        command.env("MAILHAUL_PASSWORD", "secret").env("MAILHAUL_CA_FILE", world.path("cert.pem"));
        command.env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
        world.run(&command)
    };
    install("one", 0).code(0).says("The timer runs");
    let told = fs::read_to_string(home.path("told")).unwrap();
    assert_eq!(told, "--user daemon-reload\n--user enable --now mailhaul.timer\n");
    let unit = |name: &str| fs::read_to_string(home.path(".config/systemd/user").join(name)).unwrap();
    let contrib = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/systemd/user");
        fs::read_to_string(folder.join(name)).unwrap()
    };
    let service = contrib("mailhaul.service");
    let (before, after) = service.split_once("=/usr/local/bin/mailhaul ").unwrap();
    let written = format!("{before}=\"{}\" {after}", env!("CARGO_BIN_EXE_mailhaul"));
    assert_eq!(unit("mailhaul.service"), written);
    assert_eq!(unit("mailhaul.timer"), contrib("mailhaul.timer"));
    home.write_private(".config/systemd/user/mailhaul.timer", b"# mine\n");
    install("two", 1).code(69).says("stays as it is").says("it said: trouble").says("run the command yourself");
    assert_eq!(unit("mailhaul.timer"), "# mine\n");
    assert!(config(&home).contains("[account.two]"));
}
