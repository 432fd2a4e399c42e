//! `~/`, `{account}`, and destinations that are something else.

use super::*;

#[test]
fn a_tilde_in_a_flag_is_the_home_folder() {
    let (server, maildrop) = server(2);
    let home = Home::new();
    for (place, file) in [("--maildir=~/A", "A/new"), ("--mbox=~/b.mbox", "b.mbox")] {
        let state = format!("--state-dir=~/state{}", file.len());
        let words = ["fetch", &server.url("ann"), "--tls=none", "--password-file=~/password", place, &state];
        run(&mut home.mailhaul(words)).code(0).silent();
        assert!(home.path(file).exists() && home.path(&state["--state-dir=~/".len()..]).exists());
    }
    assert_eq!((delivered(&home, "A"), maildrop.len()), (2, 2));
    let words = ["dump", &server.url("ann"), "--tls=none", "--password-file=~/password", "--maildir=~/Copy"];
    run(&mut home.mailhaul(words)).code(0);
    assert_eq!(delivered(&home, "Copy"), 2);
}

#[test]
fn a_tilde_in_other_flags_too() {
    let home = Home::new();
    let shown = home.path("no-such-file").display().to_string();
    for flag in ["--ca-file", "--client-cert", "--config"] {
        let flag = format!("{flag}=~/no-such-file");
        let words = ["stat", "pop3s://ann@localhost:1", "--password-file=~/password", &flag];
        run(&mut home.mailhaul(words)).says(&shown);
    }
    let words = ["fetch", "ann@localhost:1", "--maildir=~bob/Mail"];
    run(&mut home.mailhaul(words)).code(64).says("your own home folder").says("./~");
    assert!(!std::path::Path::new("~bob").exists());
}

#[test]
fn a_tilde_in_a_variable_is_the_home_folder() {
    let (server, _) = server(1);
    let home = Home::new();
    let words = ["fetch", &server.url("ann"), "--tls=none"];
    let variables =
        [("MAILHAUL_MAILDIR", "~/A"), ("MAILHAUL_PASSWORD_FILE", "~/password"), ("MAILHAUL_STATE_DIR", "~/s")];
    run(home.mailhaul(words).envs(variables)).code(0).silent();
    assert!(delivered(&home, "A") == 1 && home.path("s/mailhaul.db").exists());
    configure(&home, "");
    let words = ["account", "list"];
    run(home.mailhaul(words).env("MAILHAUL_CONFIG", "~/.config/mailhaul/config.toml")).code(0).silent();
}

#[test]
fn an_account_keeps_its_tilde() {
    let home = Home::new();
    let words = ["account", "add", "work", "ann@mail.invalid", "--maildir=~/Mail$x", "--ca-file=~/ca.pem"];
    run(&mut home.mailhaul(words)).code(0);
    let file = fs::read_to_string(home.path(".config/mailhaul/config.toml")).unwrap();
    assert!(file.contains("maildir = \"~/Mail$$x\"") && file.contains("ca-file = \"~/ca.pem\""), "{file}");
    run(&mut home.mailhaul(["account", "show", "work"])).code(0).prints("~/Mail");
}

#[test]
fn a_place_that_is_something_else_is_told_its_flag() {
    let home = Home::new();
    fs::write(home.path("file"), "From ann\n").unwrap();
    fs::create_dir(home.path("folder")).unwrap();
    ["cur", "new", "tmp"].iter().for_each(|part| fs::create_dir_all(home.path("Maildir").join(part)).unwrap());
    for (place, code, answer) in [
        ("--mbox=-", 64, "mailhaul dump SOURCE"),
        ("--maildir=-", 64, "mailhaul dump SOURCE"),
        ("--mbox=| procmail", 64, "use pipe, which hands each message to a command"),
        ("--maildir=~/file", 73, "is a file, not a Maildir\n  if it is an mbox, use --mbox"),
        ("--mbox=~/folder", 73, "is a folder, not an mbox\n  use --maildir"),
        ("--mbox=~/Maildir", 73, "is a Maildir, not an mbox\n  use --maildir"),
    ] {
        // No password is asked for before.
        run(&mut home.mailhaul(["fetch", "ann@localhost:1", place])).code(code).says(answer);
    }
    run(&mut home.mailhaul(["dump", "ann@localhost:1", "--maildir=~/file"])).code(73).says("is a file, not a Maildir");
    run(&mut home.mailhaul(["dump", "ann@localhost:1", "--maildir=-"]))
        .code(64)
        .says("an mbox goes to standard output");
    configure(&home, "[account.work]\nsource = 'pop3s://ann@localhost'\nmbox = '|procmail'\n");
    run(&mut home.mailhaul(["stat", "work"])).code(78).says("config.toml:3:8: mbox cannot be a command");
    assert!(!home.path("-").exists());
}

#[test]
fn an_account_stands_for_its_name() {
    let (server, _) = server(2);
    let home = Home::new();
    home.write_private("pw-work", b"secret\n");
    let file = format!(
        "[defaults]\ntls = 'none'\nmaildir = '~/Mail/{{account}}'\npassword-file = '~/pw-{{account}}'\n\
         [account.work]\nsource = '{}'\n",
        server.url("ann")
    );
    configure(&home, &file);
    run(&mut home.mailhaul(["fetch"])).code(0).silent();
    assert_eq!(delivered(&home, "Mail/work"), 2);
    run(&mut home.mailhaul(["fetch", "--all", "--mbox=~/{account}.{account}"])).code(0).silent();
    assert!(home.path("work.work").exists());
    run(&mut home.mailhaul(["dump", "work", "--maildir=~/Copy-{account}"])).code(0);
    assert_eq!(delivered(&home, "Copy-work"), 2);
    // A URL has no name; what does not need one works.
    let url = server.url("ann");
    let needs = "in maildir is the name of an account, and a URL has none";
    run(&mut home.mailhaul(["fetch", &url, "--password-file=~/password"])).code(64).says(needs);
    let needs = "in password-file is the name of an account";
    run(&mut home.mailhaul(["stat", &url])).code(64).says(needs);
    run(&mut home.mailhaul(["stat", &url, "--password-file=~/password"])).code(0);
    run(&mut home.mailhaul(["info", &url])).code(0);
    assert!(!home.path("Mail/{account}").exists());
}

#[test]
fn the_name_of_an_account_cannot_leave_the_folder() {
    for name in ["..", "../x", "a/b", "."] {
        let home = Home::new();
        configure(
            &home,
            &format!("[account.{name:?}]\nsource = 'pop3s://ann@localhost:1'\nmaildir = '~/m/{{account}}'\n"),
        );
        run(&mut home.mailhaul(["fetch"])).code(78).says("cannot be the name of an account");
    }
}

/// The same words in another folder mean another place; and the ledger knows either by where it is.
#[test]
fn a_relative_place_is_where_it_was_named() {
    let (server, _) = server(2);
    let home = Home::new();
    ["x", "y"].iter().for_each(|folder| fs::create_dir(home.path(folder)).unwrap());
    let fetch_in = |folder: &str, place: &str| run(fetch(&home, &server, &[place], &[]).current_dir(home.path(folder)));
    fetch_in("x", "--maildir=Mail").code(0).silent();
    let ran = fetch_in("y", "--maildir=Mail");
    ran.code(0).says(&format!("delivered before to {}", home.path("x/Mail").display()));
    fetch_in("y", "--maildir=../x/Mail").code(0).silent();
    fetch_in("x", "--maildir=Mail").code(0).silent();
}
