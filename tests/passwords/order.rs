//! Each source hides the ones behind it, and `mailhaul info` names the one that is used.

use std::fs;
use std::process::Command;

use super::super::keyring::keyring_or_skip;
use super::super::server::{Config, Server};
use super::super::util::{Home, run, run_with_input, without_terminal};

/// A home in which every source but the flags has a password of its own, which is its name.
struct Sources {
    home: Home,
    server: Server,
}

impl Sources {
    fn new() -> Self {
        let (home, server) = (Home::new(), Server::start(Config::default().login("ann", "from .netrc")));
        let sources = Self { home, server };
        sources.configure("password-command = \"echo from the account\"\n");
        fs::create_dir(sources.home.path("credentials")).unwrap();
        for name in ["work", "password_work", "password"] {
            let path = sources.home.write_private(&format!("credentials/{name}"), format!("from {name}").as_bytes());
            // As systemd has them where it cannot use an access list; the folder is the service's alone.
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o444)).unwrap();
        }
        sources.home.write_private("flag", b"from the file");
        sources.home.write_private(".netrc", b"machine localhost login ann password \"from .netrc\"\n");
        sources
    }

    fn configure(&self, own: &str) {
        let text =
            format!("[account.work]\nsource = \"{}\"\ntls = \"none\"\nauth = \"user\"\n", self.server.url("ann"));
        self.home.write_private("config.toml", format!("{text}{own}").as_bytes());
    }

    fn mailhaul(&self, verb: &str, more: &[&str]) -> Command {
        let mut command = self.home.mailhaul([verb, "work", "--timeout", "10s"]);
        command.args(more).env("MAILHAUL_CONFIG", self.home.path("config.toml"));
        command.env("CREDENTIALS_DIRECTORY", self.home.path("credentials"));
        command
    }

    /// `info` says that the password comes from here, and the server is told this one.
    #[track_caller]
    fn uses(&self, source: &str, password: &str, change: &dyn Fn(&mut Command), more: &[&str]) {
        let command = |verb: &str| {
            let mut command = self.mailhaul(verb, more);
            change(&mut command);
            run(&mut without_terminal(&command))
        };
        command("info").code(0).prints(&format!("\npassword {source}\n"));
        let code = if password == "from .netrc" { 0 } else { 77 };
        command("stat").code(code);
        let heard = self.server.log().last().unwrap().lines();
        assert!(heard.contains(&format!("PASS {password}")), "{heard:?}");
    }
}

#[test]
fn each_source_hides_those_behind_it() {
    let Some(keyring) = keyring_or_skip("each_source_hides_those_behind_it") else { return };
    let sources = Sources::new();
    let path = |name: &str| sources.home.path(name).to_str().unwrap().to_owned();
    // Into the keyring, while the account does not say where its password is.
    sources.configure("");
    let mut login = sources.mailhaul("login", &["--password-file", "-", "--no-check"]);
    run_with_input(keyring.put_on(&mut login), b"from the keyring").code(0);
    sources.configure("password-command = \"echo from the account\"\n");

    let all = |command: &mut Command| {
        keyring.put_on(command).env("MAILHAUL_PASSWORD", "from the environment");
    };
    let flag = path("flag");
    sources.uses("password-command", "from the command", &all, &["--password-command", "echo from the command"]);
    sources.uses(&format!("password-file {flag}"), "from the file", &all, &["--password-file", &flag]);
    sources.uses("$MAILHAUL_PASSWORD", "from the environment", &all, &[]);
    let unset = |command: &mut Command| {
        keyring.put_on(command);
    };
    sources.uses("password-command", "from the account", &unset, &[]);
    sources.configure("");
    sources.uses("systemd's credential work", "from work", &unset, &[]);
    fs::remove_file(path("credentials/work")).unwrap();
    sources.uses("systemd's credential password_work", "from password_work", &unset, &[]);
    fs::remove_file(path("credentials/password_work")).unwrap();
    sources.uses("systemd's credential password", "from password", &unset, &[]);
    fs::remove_file(path("credentials/password")).unwrap();
    sources.uses("the keyring", "from the keyring", &unset, &[]);
    let mut logout = sources.home.mailhaul(["logout", "work"]);
    logout.env("MAILHAUL_CONFIG", sources.home.path("config.toml"));
    run(keyring.put_on(&mut logout)).code(0);
    sources.uses("~/.netrc", "from .netrc", &unset, &[]);
    fs::remove_file(path(".netrc")).unwrap();
    let info = run(&mut without_terminal(keyring.put_on(&mut sources.mailhaul("info", &[]))));
    info.code(0).prints("\npassword none, and no terminal to ask for it\n");
    let connections = sources.server.connections();
    run(&mut without_terminal(keyring.put_on(&mut sources.mailhaul("stat", &[])))).code(78).says("no terminal");
    assert_eq!(sources.server.connections(), connections);
}

/// Which of two flags is meant, nobody can say.
#[test]
fn one_place_names_one_source() {
    let sources = Sources::new();
    let flag = sources.home.path("flag");
    let both = ["--password-command", "echo x", "--password-file", flag.to_str().unwrap()];
    run(&mut sources.mailhaul("stat", &both)).code(64);
    assert_eq!(sources.server.connections(), 0);
}

#[test]
fn a_credential_can_be_named_wherever_it_is() {
    let sources = Sources::new();
    let file = sources.home.path("credentials/work");
    let ran = run(&mut sources.mailhaul("stat", &["--password-file", file.to_str().unwrap()]));
    ran.code(77).says("refused"); // it was read, though others may
    // The same file is a password-file as any other where it is nobody's credential.
    let mut elsewhere = sources.mailhaul("stat", &["--password-file", file.to_str().unwrap()]);
    run(elsewhere.env_remove("CREDENTIALS_DIRECTORY")).code(78).says("can be read by others");
}
