//! The configuration file: accounts, layers, errors, and the command that edits it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::json::objects;
use super::server::{Config, Fault, Maildrop, Server, Sizes};
use super::util::{Home, Ran, not_run, run, without_chown};

/// A server with this many messages, for ann.
fn server(messages: usize) -> Server {
    Server::start(Config::new(&Maildrop::generated(messages, messages as u64, Sizes::Fixed(600))))
}

/// A home whose configuration file has this text; `{home}` stands for the home.
fn home(config: &str) -> Home {
    let home = Home::new();
    let text = config.replace("{home}", home.path("").to_str().unwrap().trim_end_matches('/'));
    home.write_private("config.toml", text.as_bytes());
    home
}

/// `mailhaul` with this configuration.
fn mailhaul(home: &Home, args: &[&str]) -> Command {
    let mut command = home.mailhaul(args);
    command.env("MAILHAUL_CONFIG", home.path("config.toml"));
    command
}

fn ran(home: &Home, args: &[&str]) -> Ran {
    run(&mut mailhaul(home, args))
}

/// A table for a server, in clear text.
fn account(name: &str, server: &Server, more: &str) -> String {
    format!("[account.{name}]\nsource = \"pop3://ann@localhost:{}\"\ntls = \"none\"\n{more}\n", server.port())
}

fn count(home: &Home, folder: &str) -> usize {
    super::util::names(&home.path(folder).join("new")).len()
}

#[test]
fn all_enabled_accounts_are_fetched_each_with_its_own_settings() {
    let (one, two, off) = (server(3), server(2), server(1));
    let text = [
        "[defaults]\nmaildir = \"{home}/Mail\"\npassword-file = \"{home}/password\"\n".to_owned(),
        account("one", &one, "state-key = \"one\"\n"),
        account(
            "two",
            &two,
            "state-key = \"two\"\nmbox = \"{home}/mbox\"\ndelete = true\npassword-command = [\"echo\", \"secret\"]\n",
        ),
        account("off", &off, "state-key = \"off\"\nenabled = false\nmaildir = \"{home}/Off\"\n"),
    ];
    let home = home(&text.concat());
    ran(&home, &["fetch"]).code(0).silent();
    assert_eq!((count(&home, "Mail"), home.mbox_messages().len(), count(&home, "Off")), (3, 2, 0));
    assert_eq!((one.maildrop().len(), two.maildrop().len(), off.connections()), (3, 0, 0));
    ran(&home, &["fetch", "off"]).code(0).silent();
    assert_eq!(count(&home, "Off"), 1);
    // By its name everywhere.
    assert_eq!(ran(&home, &["stat", "one"]).code(0).stdout.split(' ').next(), Some("3"));
    assert_eq!(ran(&home, &["stat", "one", "--new"]).code(0).stdout, "0 0\n");
    ran(&home, &["state", "show", "one"]).code(0).prints("one published 3 ");
    ran(&home, &["log", "two"]).code(0).prints(" two 2 ");
    let said = ran(&home, &["fetch", "--json"]);
    assert_eq!(said.code(0).stdout.matches("\"exit_code\":0").count(), 2);
    assert!(
        said.stdout.contains("\"account\":\"one\"") && said.stdout.contains("\"account\":\"two\""),
        "{}",
        said.stdout
    );
}

/// The exit code is the gravest.
#[test]
fn one_failing_account_never_stops_the_others() {
    let (bad, good) = (server(1), server(4));
    let away = Server::start(Config::default().fault(Fault::DropOnAccept));
    let text = [
        "[defaults]\nmaildir = \"{home}/Mail\"\npassword = \"secret\"\n".to_owned(),
        account("bad", &bad, "state-key = \"v\"\npassword = \"wrong\"\n"),
        account("away", &away, "state-key = \"w\"\n"),
        account("unreadable", &good, "state-key = \"x\"\npassword-file = \"{home}/missing\"\n"),
        account("distrusted", &good, "state-key = \"y\"\ntls = \"starttls\"\nca-file = \"{home}/missing.pem\"\n")
            .replacen("tls = \"none\"\n", "", 1),
        account("good", &good, "state-key = \"z\"\n"),
    ];
    let home = home(&text.concat());
    for jobs in ["1", "4"] {
        let ran = ran(&home, &["fetch", "--jobs", jobs]);
        ran.code(78).says("bad: ").says("the login was refused").says("away: ");
        ran.says("unreadable: cannot read password-file").says("distrusted: --ca-file");
    }
    assert_eq!(count(&home, "Mail"), 4);
}

/// For the ledger they would be one mailbox, and each would miss what the other one has fetched.
#[test]
fn two_accounts_of_one_mailbox_are_told() {
    let (one, two) = (server(3), server(2));
    let text = |state_key: &str| {
        let defaults = "[defaults]\nmaildir = \"{home}/Mail\"\npassword = \"secret\"\n";
        [defaults.to_owned(), account("one", &one, ""), account("two", &two, state_key)].concat()
    };
    let home = home(&text(""));
    for jobs in ["1", "4"] {
        let said = ran(&home, &["fetch", "--jobs", jobs]);
        said.code(78).says("two: this is the same mailbox as one (ann@localhost)").says("state-key");
        assert_eq!((count(&home, "Mail"), two.connections()), (3, 0));
    }
    let text = text("state-key = \"two\"\n").replace("{home}", home.path("").to_str().unwrap());
    home.write_private("config.toml", text.as_bytes());
    ran(&home, &["fetch", "--jobs", "1"]).code(0).silent();
    assert_eq!(count(&home, "Mail"), 5);
}

#[test]
fn flags_are_over_the_environment_over_the_account_over_the_defaults() {
    let server = server(2);
    let text = [
        "[defaults]\nmaildir = \"{home}/Defaults\"\npassword = \"wrong\"\n".to_owned(),
        account("one", &server, "password = \"secret\"\n"),
    ];
    let home = home(&text.concat());
    let maildir = |name: &str| home.path(name).to_str().unwrap().to_owned();
    ran(&home, &["fetch", "one", "--all"]).code(0);
    run(mailhaul(&home, &["fetch", "one", "--all"]).env("MAILHAUL_MAILDIR", maildir("Environment"))).code(0);
    let (environment, flag) = (maildir("Environment"), maildir("Flag"));
    run(mailhaul(&home, &["fetch", "one", "--all", "--maildir", &flag]).env("MAILHAUL_MBOX", environment)).code(0);
    assert_eq!(["Defaults", "Environment", "Flag"].map(|name| count(&home, name)), [2, 2, 2]);
    run(mailhaul(&home, &["fetch", "one"]).env("MAILHAUL_PASSWORD", "bad")).code(77);
    run(mailhaul(&home, &["fetch", "one"]).env("MAILHAUL_TIMEOUT", "soon")).code(78).says("$MAILHAUL_TIMEOUT");
    // The defaults hold for a URL, too.
    let url = server.url("ann");
    run(&mut mailhaul(&home, &["fetch", &url, "--tls", "none"])).code(77);
}

/// As in a container: no file, everything in the environment.
#[test]
fn the_environment_is_enough() {
    let (one, two) = (server(3), server(2));
    let home = Home::new();
    let mut command = home.mailhaul(["fetch"]);
    command
        .env("MAILHAUL_SOURCE", format!("{} {}", one.url("ann"), two.url("ann").replace("localhost", "127.0.0.1")))
        .env("MAILHAUL_TLS", "none");
    command.env("MAILHAUL_MAILDIR", home.maildir()).env("MAILHAUL_PASSWORD_FILE", home.path("password"));
    command.env("MAILHAUL_JOBS", "1").env("MAILHAUL_DELETE", "true");
    run(&mut command).code(0).silent();
    assert_eq!(home.maildir_messages().len(), 5);
    assert_eq!((one.maildrop().len(), two.maildrop().len()), (0, 0));
    command.env("MAILHAUL_PASSWORD", "secret");
    run(&mut command).code(78).says("$MAILHAUL_PASSWORD conflicts with password-file");
}

/// Taken for nothing, it would mean every account of the file.
#[test]
fn a_source_in_the_environment_must_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let server = server(1);
    let home = home(&account("one", &server, "maildir = \"{home}/Mail\"\npassword = \"secret\"\n"));
    let mut command = mailhaul(&home, &["fetch"]);
    run(command.env("MAILHAUL_SOURCE", std::ffi::OsStr::from_bytes(b"on\xe9"))).code(78).says("$MAILHAUL_SOURCE");
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_is_wrong_in_the_file_is_named_with_its_place() {
    let cases = [
        ("[account.x]\nsuorce = \"pop3s://a@b\"\n", ":2:1: [account.x] has an unknown key suorce", "is it source?"),
        (
            "[account.x]\nsource = \"pop3s://ann:secret@b\"\n",
            ":2:10: source: a URL must not hold a password",
            "password-file",
        ),
        ("[account.x]\nsource = \"ftp://a@b\"\n", ":2:10: source: ftp://a@b cannot be used", ""),
        (
            "# x\n\n[account.x]\nsource = \"pop3s://a@b\"\noauth-provider = \"google\"\npassword = \"x\"\n",
            ":6:12: password conflicts with oauth-provider: only one of them can be given",
            "",
        ),
        ("[defaults]\nmaildir = 3\n", ":2:11: maildir must be a string", ""),
        ("", "has no account", "mailhaul account add"),
    ];
    for (text, says, hint) in cases {
        let home = home(text);
        let ran = ran(&home, &["fetch"]);
        assert!(matches!(ran.code, Some(64 | 78)), "{}", ran.everything());
        ran.says(says).says(hint).says("config.toml");
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
    let home = home("[account.work]\nsource = \"pop3s://a@b\"\n");
    ran(&home, &["fetch", "wrok"]).code(78).says("no account is called wrok").says("is it work?");
    ran(&home, &["fetch", "work"]).code(64).says("no destination: where should the messages go?");
    run(home.mailhaul(["fetch"]).arg("--config").arg(home.path("none.toml"))).code(78).says("none.toml");
    // What cannot be read may say whom not to trust, so it is not passed over.
    fs::create_dir_all(home.path("odd/config.toml")).unwrap();
    let folder = home.path("odd").to_str().unwrap().to_owned();
    let url = "pop3://ann@localhost:1";
    run(&mut home.mailhaul(["stat", url, "--config", &folder])).code(78).says("--config /dev/null goes without");
    run(home.mailhaul(["stat", url, "--config", "/dev/null"]).env("MAILHAUL_PASSWORD", "x")).code(75);
    // Without a file a name can only be wrong.
    run(&mut home.mailhaul(["stat", "work"])).code(78).says("no account is called work");
}

#[test]
fn a_file_with_a_secret_must_be_private() {
    let server = server(1);
    let home = home(&account("one", &server, "password = \"secret\"\nmaildir = \"{home}/Mail\"\n"));
    fs::set_permissions(home.path("config.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    ran(&home, &["fetch"]).code(78).says("others can read").says("chmod 600");
    assert_eq!(server.connections(), 0);
}

/// Who can write the file has its commands run as us.
#[test]
fn a_file_that_others_can_write_is_refused() {
    let home = home("[account.one]\nsource = \"pop3s://ann@localhost:1\"\npassword-command = \"touch {home}/ran\"\n");
    let path = home.path("config.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o606)).unwrap();
    ran(&home, &["stat", "one"]).code(78).says("can be written by others").says("chmod go-w");
    assert!(!home.path("ran").exists());
    if !rustix::process::geteuid().is_root() {
        return not_run("a_file_that_others_can_write_is_refused: needs root to give a file away");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::chown(&path, Some(1), None).unwrap();
    ran(&home, &["stat", "one"]).code(78).says("belongs to another user").says("as its owner");
    assert!(!home.path("ran").exists());
}

#[test]
fn accounts_are_added_shown_and_removed() {
    let server = server(2);
    let home = home("# mine\n");
    let (url, maildir, password) = (server.url("ann"), home.maildir(), home.path("password"));
    let common = ["--tls", "none", "--password-file", password.to_str().unwrap()];
    let add = |name: &str, more: &[&str]| ran(&home, &[&["account", "add", name, &url], &common[..], more].concat());
    add("work", &["--maildir", maildir.to_str().unwrap(), "--delete-after", "30d"]).code(0).silent();
    add("off", &["--disabled", "--state-key", "other", "-v"]).code(0).says("off added to");
    add("work", &[]).code(64).says("has an account work already");
    add("a b", &[]).code(64).says("cannot be the name of an account");
    for words in [&["remove", "foo"][..], &["add", "b d", &url]] {
        let nowhere = home.path("nx/y/c.toml");
        let words = [&["account"], words, &["--config", nowhere.to_str().unwrap()]].concat();
        ran(&home, &words).code(if words[1] == "add" { 64 } else { 78 });
        assert!(!home.path("nx").exists(), "{words:?} leaves a folder");
    }
    ran(&home, &["account", "add", "x", "ftp://a@b"]).code(64);
    assert_eq!(ran(&home, &["account", "list"]).code(0).stdout, format!("work {url}\noff {url} disabled\n"));
    let listed = ran(&home, &["account", "list", "--json"]);
    let [work, off] = &objects(listed.code(0))[..] else { panic!("{}", listed.everything()) };
    assert_eq!(
        (&work["account"], &work["source"], &work["enabled"]),
        (&"work".into(), &url.clone().into(), &true.into())
    );
    assert_eq!((&off["account"], &off["mailbox"], &off["enabled"]), (&"off".into(), &"other".into(), &false.into()));
    assert_eq!(work["settings"]["delete-after"], "30d");
    assert_eq!(objects(ran(&home, &["account", "show", "work", "--json"]).code(0)).first(), Some(work));
    ran(&home, &["account", "show", "work"]).code(0).prints("delete-after = \"30d\"\n").prints("tls = \"none\"\n");
    ran(&home, &["fetch"]).code(0).silent();
    assert_eq!((home.maildir_messages().len(), server.connections()), (2, 1));
    ran(&home, &["account", "remove", "off", "-q"]).code(0).silent();
    ran(&home, &["account", "remove", "off"]).code(78).says("no account is called off");
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    assert!(
        text.starts_with("# mine\n") && text.contains("[account.work]") && !text.contains("[account.off]"),
        "{text}"
    );
}

/// What was fetched belongs to the user and the server: under a new name nothing is fetched again.
#[test]
fn an_account_is_renamed_and_keeps_its_history() {
    let server = server(2);
    let text = format!(
        "# mine\n[account.work] # here\nsource = \"{}\"\ntls = \"none\"\nmaildir = \"~/Mail\"\npassword-file = \"~/password\"\n",
        server.url("ann")
    );
    let home = home(&text);
    ran(&home, &["fetch"]).code(0);
    ran(&home, &["account", "rename", "wrok", "office"]).code(78).says("no account is called wrok");
    ran(&home, &["account", "rename", "work", "work"]).code(64).says("has an account work already");
    ran(&home, &["account", "rename", "work", "a b"]).code(64).says("cannot be the name of an account");
    ran(&home, &["account", "rename", "work", "office"]).code(0).silent();
    let renamed = fs::read_to_string(home.path("config.toml")).unwrap();
    assert_eq!(renamed, text.replace("[account.work]", "[account.office]"));
    ran(&home, &["fetch", "office", "-v"]).code(0).says("office: no new messages");
    assert_eq!(home.maildir_messages().len(), 2);
}

#[test]
fn an_account_without_a_destination_is_refused_unless_it_is_disabled() {
    let url = "pop3s://ann@mail.example.org";
    let home = Home::new();
    let config = home.path(".config/mailhaul/config.toml");
    run(&mut home.mailhaul(["account", "add", "work", url])).code(64).says("has no destination").says("--maildir");
    assert!(!home.path(".config").exists());
    run(&mut home.mailhaul(["account", "add", "look", url, "--disabled"])).code(0).silent();
    fs::write(&config, "[defaults]\nmaildir = \"~/Mail\"\n").unwrap();
    run(&mut home.mailhaul(["account", "add", "work", url])).code(0).silent();
    let added = crate::terminal::Terminal::run(&home.mailhaul(["account", "add", "two", url])).finish();
    added.code(0).prints("two added to ~/.config/mailhaul/config.toml\n");
    let login = "Next: mailhaul login two (stores the password in the keyring), then mailhaul fetch two";
    let noop = "Next: mailhaul noop two (does the login work?), then mailhaul fetch two";
    added.prints(if cfg!(feature = "keyring") { login } else { noop });
    let other = home.path("other file.toml");
    let more = ["--password-file", "~/password", "--config", other.to_str().unwrap()];
    let add = ["account", "add", "three", url, "--maildir", "~/Mail"];
    let added = crate::terminal::Terminal::run(&home.mailhaul([&add[..], &more].concat())).finish();
    let config = format!("--config '{}'", other.display());
    added.code(0).prints(&format!(
        "Next: mailhaul noop three {config} (does the login work?), then mailhaul fetch three {config}"
    ));
}

/// Both commands find what is left without the account.
#[test]
fn a_removed_account_leaves_commands_that_work() {
    let server = server(2);
    let defaults = "[defaults]\nmaildir = \"{home}/Mail\"\npassword-file = \"{home}/password\"\n";
    let home = home(&[defaults.to_owned(), account("work", &server, "")].concat());
    ran(&home, &["fetch"]).code(0);
    let removed = ran(&home, &["account", "remove", "work"]);
    removed.code(0).says("work removed from ");
    let url = format!("pop3://ann@localhost:{}", server.port());
    removed.says(&format!("a stored password or token stays until `mailhaul logout {url}`"));
    removed.says(&format!("its fetch history stays until `mailhaul state reset {url}`"));
    assert!(!ran(&home, &["state", "export"]).code(0).stdout.is_empty());
    for command in removed.stderr.split('`').skip(1).step_by(2) {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        ran(&home, &words).code(0);
    }
    assert!(!ran(&home, &["state", "export"]).code(0).stdout.contains("\"known\""));
}

/// The history follows at once, the file does not.
#[test]
fn an_account_that_names_the_place_before_a_move_is_named() {
    let server = server(2);
    let defaults = "[defaults]\nmaildir = \"{home}/Mail\"\npassword-file = \"{home}/password\"\n";
    let home = home(&[defaults.to_owned(), account("work", &server, "")].concat());
    ran(&home, &["fetch"]).code(0);
    let (old, new) = (home.path("Mail"), home.path("New"));
    fs::rename(&old, &new).unwrap();
    let moved = ran(&home, &["state", "moved", old.to_str().unwrap(), new.to_str().unwrap()]);
    let text = format!("now change the destination of work in the configuration file to {}", new.display());
    moved.code(0).says(&text);
}

#[test]
fn accounts_that_are_added_at_once_are_all_there() {
    let home = Home::new();
    let add = |at: usize| {
        home.mailhaul(["account", "add", &format!("a{at}"), "pop3s://ann@mail.example.org", "--mbox", "/x"])
    };
    let children: Vec<_> = (0..8).map(|at| add(at).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(run(&mut home.mailhaul(["account", "list"])).stdout.lines().count(), 8);
}

#[test]
fn errors_of_account_add_name_the_file_and_change_nothing() {
    let text = "[defaults]\nclient-key = \"/k\"\nsource = 3\n";
    let home = home(text);
    let url = "pop3s://ann@mail.example.org";
    ran(&home, &["account", "add", "x", url, "--disabled"]).code(78).says("config.toml:3:1: source cannot be");
    ran(&home, &["account", "add", "x", url, "--password-file", "-"]).code(64).says("is standard input");
    assert_eq!(fs::read_to_string(home.path("config.toml")).unwrap(), text);
    let inline = "account = { a = { source = \"pop3s://a@b\" } }\n";
    home.write_private("config.toml", inline.as_bytes());
    ran(&home, &["account", "add", "x", url, "--disabled"]).code(78).says("config.toml: its accounts").says("by hand");
    assert_eq!(fs::read_to_string(home.path("config.toml")).unwrap(), inline);
    ran(&home, &["account", "add", "x", url, "--disabled", "--config", "/dev/null"])
        .code(78)
        .says("is not a regular file");
}

/// The file's group may be one that the user is not in.
#[test]
fn a_group_that_may_nothing_is_not_kept_at_all_costs() {
    let home = home("# mine\n");
    let path = home.path("config.toml");
    for (mode, code) in [(0o640, 73), (0o600, 0)] {
        let add = mailhaul(&home, &["account", "add", "x", "pop3s://ann@mail.example.org", "--disabled"]);
        let Some(mut add) = without_chown("a_group_that_may_nothing_is_not_kept_at_all_costs", &add) else { return };
        std::os::unix::fs::chown(&path, None, Some(1)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        run(&mut add).code(code).says(if code == 0 { "" } else { "cannot keep owner and group" });
    }
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

/// The link of somebody who keeps such files elsewhere, though that one is not there yet.
#[test]
fn an_account_is_added_behind_a_link() {
    let home = Home::new();
    std::os::unix::fs::symlink("dotfiles/mailhaul.toml", home.path("config.toml")).unwrap();
    ran(&home, &["account", "add", "x", "pop3s://ann@mail.example.org", "--disabled"]).code(0).silent();
    assert!(home.path("config.toml").is_symlink());
    assert!(fs::read_to_string(home.path("dotfiles/mailhaul.toml")).unwrap().starts_with("[account.x]"));
}

/// A missing file is made, its owner's alone.
#[test]
fn the_first_account_makes_the_file() {
    let home = Home::new();
    run(&mut home.mailhaul(["account", "add", "work", "pop3s://ann@mail.example.org", "--mbox", "/x"]))
        .code(0)
        .silent();
    let path = home.path(".config/mailhaul/config.toml");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run(&mut home.mailhaul(["account", "list"])).stdout, "work pop3s://ann@mail.example.org\n");
}

/// What is old enough goes, whatever was fetched when; the clock is the ledger's.
#[test]
fn messages_are_deleted_when_they_have_been_safe_for_long_enough() {
    let server = server(3);
    let home =
        home(&account("one", &server, "maildir = \"{home}/Mail\"\npassword = \"secret\"\ndelete-after = \"30d\"\n"));
    ran(&home, &["fetch"]).code(0).silent();
    ran(&home, &["fetch"]).code(0).silent();
    assert_eq!(server.maildrop().len(), 3);
    let ledger = rusqlite::Connection::open(home.state().join("mailhaul.db")).unwrap();
    let older =
        "UPDATE message SET settled_at = settled_at - 30 * 24 * 3600 WHERE uid = (SELECT min(uid) FROM message)";
    assert_eq!(ledger.execute(older, []).unwrap(), 1);
    drop(ledger);
    ran(&home, &["fetch", "--dry-run"]).code(0).says("would fetch nothing into ~/Mail; delete 1");
    ran(&home, &["fetch"]).code(0).silent();
    assert_eq!((server.maildrop().len(), count(&home, "Mail")), (2, 3));
}
