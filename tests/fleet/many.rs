//! Many accounts side by side in one process.

use crate::server::{Config, Maildrop, Server, Sizes};
use crate::util::{Home, Ran, not_run, run, under};

const ACCOUNTS: usize = 40;

/// Forty accounts of one server, each with a Maildir of its own.
fn home(server: &Server) -> Home {
    let home = Home::new();
    let path = home.path("");
    let path = path.display();
    let mut text =
        format!("[defaults]\ntls = \"none\"\npassword-file = \"{path}password\"\nmaildir = \"{path}{{account}}\"\n");
    for at in 0..ACCOUNTS {
        text += &format!("[account.a{at}]\nsource = \"{}\"\nstate-key = \"a{at}\"\n", server.url("ann"));
    }
    home.write_private("config.toml", text.as_bytes());
    home
}

/// A fetch with these limits on open files.
fn fetch(home: &Home, limits: &str) -> Option<Ran> {
    let limits = format!("--nofile={limits}");
    if !std::process::Command::new("prlimit").args([&limits, "true"]).status().is_ok_and(|status| status.success()) {
        not_run("a limit on open files: needs prlimit");
        return None;
    }
    let mut fetch = home.mailhaul(["fetch", "--jobs", "512"]);
    fetch.env("MAILHAUL_CONFIG", home.path("config.toml"));
    Some(run(&mut under(&["prlimit", &limits], &fetch)))
}

fn all_are_there(home: &Home, messages: usize) {
    for at in 0..ACCOUNTS {
        let count = std::fs::read_dir(home.path(&format!("a{at}/new"))).unwrap().count();
        assert_eq!(count, messages, "a{at}");
    }
}

#[test]
fn the_soft_limit_on_open_files_is_raised() {
    let server = Server::start(Config::new(&Maildrop::generated(3, 1, Sizes::Fixed(600))));
    let home = home(&server);
    let Some(ran) = fetch(&home, "256:8192") else { return };
    ran.code(0).silent();
    all_are_there(&home, 3);
}

#[test]
fn where_the_hard_limit_is_too_low_there_are_fewer_jobs() {
    let server = Server::start(Config::new(&Maildrop::generated(3, 1, Sizes::Fixed(600))));
    let home = home(&server);
    let Some(ran) = fetch(&home, "400:400") else { return };
    ran.code(0).says(
        "10 accounts are fetched at a time, not 40: those need 1344 open files, and the limit is 400 (ulimit -Hn)",
    );
    all_are_there(&home, 3);
}

#[test]
fn more_jobs_than_512_are_refused() {
    let home = Home::new();
    run(&mut home.mailhaul(["fetch", "--jobs", "512"])).code(64).says("has no account");
    run(&mut home.mailhaul(["fetch", "--jobs", "513"])).code(64).says("--jobs must be a number from 1 to 512");
}
