//! `config.d` beside the configuration file, and `--config DIR`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::{mount, table};
use crate::util::{Home, Ran, not_run, run};

/// Names and texts.
type Files<'a> = &'a [(&'a str, &'a str)];

/// A home with these files, each with its folder.
fn home(files: Files<'_>) -> Home {
    let home = Home::new();
    for (name, text) in files {
        fs::create_dir_all(home.path(name).parent().unwrap()).unwrap();
        home.write_private(name, text.as_bytes());
    }
    home
}

fn mailhaul(home: &Home, config: &str, args: &[&str]) -> Command {
    let mut command = home.mailhaul(args);
    command.env("MAILHAUL_CONFIG", home.path(config));
    command
}

fn ran(home: &Home, args: &[&str]) -> Ran {
    run(&mut mailhaul(home, "config.toml", args))
}

fn names(ran: &Ran) -> Vec<&str> {
    ran.code(0).stdout.lines().map(|line| line.split(' ').next().unwrap()).collect()
}

#[test]
fn accounts_come_from_all_files_in_the_order_of_their_names() {
    let two = [table("e"), table("d")].concat();
    let home = home(&[
        ("config.toml", &["[defaults]\ntimeout = \"7s\"\n", &table("z")].concat()),
        ("config.d/20.toml", &two),
        ("config.d/10.toml", &table("x")),
        ("config.d/.hidden.toml", "nonsense"),
        ("config.d/30.toml~", "nonsense"),
        ("config.d/deep/40.toml", "nonsense"),
        ("config.d/folder.toml/50.toml", "nonsense"),
    ]);
    assert_eq!(names(&ran(&home, &["account", "list"])), ["z", "x", "e", "d"]);
    ran(&home, &["account", "show", "d"]).code(0).prints("timeout = \"7s\"  # [defaults]");
    // The main file may be missing, although it is named.
    fs::remove_file(home.path("config.toml")).unwrap();
    assert_eq!(names(&ran(&home, &["account", "list"])), ["x", "e", "d"]);
    // The usual place is looked at in the same way.
    fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
    fs::rename(home.path("config.d"), home.path(".config/mailhaul/config.d")).unwrap();
    assert_eq!(names(&run(&mut home.mailhaul(["account", "list"]))), ["x", "e", "d"]);
    ran(&home, &["account", "list"]).code(78).says("there is no configuration file");
}

#[test]
fn a_folder_can_be_named_instead_of_a_file() {
    let home = home(&[
        ("conf/config.toml", "[defaults]\ntimeout = \"7s\"\n"),
        ("conf/b.toml", &table("b")),
        ("conf/a.toml", &table("a")),
    ]);
    let ran = |args: &[&str]| run(&mut mailhaul(&home, "conf", args));
    assert_eq!(names(&ran(&["account", "list"])), ["a", "b"]);
    ran(&["account", "show", "a"]).code(0).prints("timeout = \"7s\"");
    ran(&["account", "add", "new", "pop3s://c@d", "--disabled"]).code(0).silent();
    assert!(fs::read_to_string(home.path("conf/config.toml")).unwrap().contains("[account.new]"));
    assert_eq!(names(&run(home.mailhaul(["account", "list", "--config"]).arg(home.path("conf")))), ["new", "a", "b"]);
    // The usual folder can be named as well, with its accounts in a folder of their own.
    fs::create_dir(home.path("conf/config.d")).unwrap();
    home.write_private("conf/config.d/c.toml", table("c").as_bytes());
    assert_eq!(names(&ran(&["account", "list"])), ["new", "a", "b", "c"]);
    fs::create_dir(home.path("empty")).unwrap();
    let mut list = mailhaul(&home, "empty", &["account", "list"]);
    run(&mut list).code(78).says("there is no configuration file in ").says("account add");
}

#[test]
fn files_are_found_as_kubernetes_mounts_them() {
    let home = Home::new();
    mount(&home, &[("ann.toml", &table("ann")), ("bob.toml", &table("bob"))]);
    assert_eq!(names(&ran(&home, &["account", "list"])), ["ann", "bob"]);
    symlink("..data/carol.toml", home.path("config.d/carol.toml")).unwrap();
    ran(&home, &["account", "list"]).code(78).says("config.d/carol.toml: it leads to nothing");
}

#[test]
fn what_is_wrong_is_told_with_its_file_and_line() {
    let twice = ["\n", &table("ann")].concat();
    let cases: [(Files<'_>, &str, &str); 4] = [
        (
            &[("config.toml", "[defaults]\n"), ("config.d/a.toml", "\n[defaults]\ntimeout = \"7s\"\n")],
            "config.d/a.toml:2:2: [defaults] cannot be in this file",
            "move it to ",
        ),
        (
            &[("config.toml", &table("ann")), ("config.d/a.toml", &twice)],
            "config.d/a.toml:2:10: [account.ann] is also in ",
            "config.toml, line 1",
        ),
        (
            &[("config.d/b.toml", &table("ann")), ("config.d/a.toml", &twice)],
            "config.d/b.toml:1:10: [account.ann] is also in ",
            "config.d/a.toml, line 2",
        ),
        (&[("config.d/a.toml", "[account.x]\nsource = 1\n")], "config.d/a.toml:2:10: source must be", ""),
    ];
    for (files, says, more) in cases {
        let home = home(files);
        ran(&home, &["account", "list"]).code(78).says(says).says(more);
    }
    let home = home(&[("config.toml", ""), ("config.d", "")]);
    ran(&home, &["account", "list"]).code(78).says("is not a folder, as the configuration wants it");
}

/// What is wrong with an account as a whole is wrong in its own file.
#[test]
fn an_account_that_cannot_be_used_is_blamed_on_its_file() {
    let text = [&table("x"), "maildir = \"/m\"\noauth-provider = \"google\"\n"].concat();
    let home = home(&[("config.toml", ""), ("config.d/a.toml", &text)]);
    ran(&home, &["fetch"]).code(78).says("config.d/a.toml:1:10: [account.x]: ");
}

/// Who can write the folder adds files, and with them commands.
#[test]
fn a_folder_that_others_can_write_is_refused() {
    let home = home(&[("config.toml", ""), ("config.d/a.toml", &table("a"))]);
    let folder = home.path("config.d");
    let mode = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o707);
    ran(&home, &["account", "list"]).code(78).says("config.d can be written by others").says("chmod go-w");
    mode(0o755);
    fs::set_permissions(home.path("config.d/a.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    ran(&home, &["account", "list"]).code(78).says("config.d/a.toml can be written by others");
    let secret = [&table("a"), "password = \"secret\"\n"].concat();
    home.write_private("config.d/a.toml", secret.as_bytes());
    assert_eq!(names(&ran(&home, &["account", "list"])), ["a"]);
    fs::set_permissions(home.path("config.d/a.toml"), fs::Permissions::from_mode(0o644)).unwrap();
    ran(&home, &["account", "list"])
        .code(78)
        .says("password is in a file that others can read")
        .says("config.d/a.toml");
    if !rustix::process::geteuid().is_root() {
        return not_run("a_folder_that_others_can_write_is_refused: needs root to give a folder away");
    }
    std::os::unix::fs::chown(&folder, Some(1), None).unwrap();
    ran(&home, &["account", "list"]).code(78).says("config.d belongs to another user");
}

#[test]
fn accounts_are_changed_in_the_file_in_which_they_stand() {
    let part = ["# ours\n", &table("b"), "\n# hers\n", &table("c")].concat();
    let home = home(&[("config.toml", &table("a")), ("config.d/x.toml", &part)]);
    let main = || fs::read_to_string(home.path("config.toml")).unwrap();
    let other = || fs::read_to_string(home.path("config.d/x.toml")).unwrap();
    ran(&home, &["account", "add", "c", "pop3s://c@d", "--disabled"])
        .code(64)
        .says("config.d/x.toml has an account c already");
    ran(&home, &["account", "rename", "c", "a"]).code(64).says("config.toml has an account a already");
    ran(&home, &["account", "rename", "c", "d"]).code(0).silent();
    assert_eq!((main(), other()), (table("a"), part.replace("account.c", "account.d")));
    ran(&home, &["account", "remove", "b"]).code(0).says("b removed from").says("config.d/x.toml");
    assert_eq!((main(), other()), (table("a"), ["# hers\n", &table("c")].concat().replace("account.c", "account.d")));
    ran(&home, &["account", "add", "e", "pop3s://e@f", "--disabled"]).code(0).silent();
    assert!(main().contains("[account.e]") && !other().contains("account.e"));
    assert_eq!(names(&ran(&home, &["account", "list"])), ["a", "e", "d"]);
    ran(&home, &["stat", "dd"]).code(78).says("is it d?");
    let mut empty = mailhaul(&home, "config.toml", &["setup", "--dry-run"]);
    run(&mut empty).code(64); // the configuration was read, and that was all
}
