//! `--shard I/N`: a share of the accounts, where none is named.

use sha2::{Digest, Sha256};

use super::table;
use crate::server::{Config, Maildrop, Server, Sizes};
use crate::util::{Home, Ran, run};

const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "work"];

fn home() -> Home {
    let home = Home::new();
    let text: String = NAMES.iter().map(|name| table(name)).collect();
    home.write_private("config.toml", text.as_bytes());
    home
}

fn ran(home: &Home, args: &[&str]) -> Ran {
    run(home.mailhaul(args).env("MAILHAUL_CONFIG", home.path("config.toml")))
}

/// The shard of a name, counted by what the manual says.
fn shard_of(name: &str, count: u64) -> u64 {
    let first: [u8; 8] = Sha256::digest(name)[..8].try_into().unwrap();
    u64::from_be_bytes(first) % count + 1
}

#[test]
fn each_account_is_in_one_shard() {
    let home = home();
    for count in [1, 3] {
        for shard in 1..=count {
            let listed = ran(&home, &["account", "list", "--shard", &format!("{shard}/{count}")]);
            let names: Vec<&str> = listed.code(0).stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
            let expected: Vec<&str> = NAMES.into_iter().filter(|name| shard_of(name, count) == shard).collect();
            assert_eq!(names, expected, "{shard}/{count}");
        }
    }
}

#[test]
fn a_shard_is_of_the_accounts_that_nobody_has_named() {
    let server = Server::start(Config::new(&Maildrop::generated(1, 1, Sizes::Fixed(600))));
    let home = Home::new();
    let account = |name: &str| {
        format!(
            "[account.{name}]\nsource = \"{}\"\ntls = \"none\"\nstate-key = \"{name}\"\npassword-file = \"{}\"\nmaildir = \"{}\"\n",
            server.url("ann"),
            home.path("password").display(),
            home.path(name).display()
        )
    };
    let names = ["ann", "bob", "carol", "dave"];
    let text: String = names.iter().map(|name| account(name)).collect();
    home.write_private("config.toml", text.as_bytes());
    let first = |name: &str| shard_of(name, 2) == 1;
    let in_first = names.iter().filter(|name| first(name)).count();
    assert!(0 < in_first && in_first < 4);
    ran(&home, &["fetch", "--shard", "1/2"]).code(0).silent();
    let there = || names.iter().filter(|name| home.path(name).exists()).copied().collect::<Vec<_>>();
    assert_eq!(there(), names.iter().filter(|name| first(name)).copied().collect::<Vec<_>>());
    // The same by the environment and by the file; a name means its account in any case.
    let other = names.iter().find(|name| !first(name)).unwrap();
    let mut stat = home.mailhaul(["stat"]);
    let stat = stat.env("MAILHAUL_CONFIG", home.path("config.toml")).env("MAILHAUL_SHARD", "1/2");
    assert_eq!(run(stat).code(0).stdout.lines().count(), in_first);
    run(stat.arg(other)).code(0).prints("1 ");
    home.write_private("config.toml", ["[defaults]\nshard = \"2/2\"\n", &text].concat().as_bytes());
    for command in ["stat", "list", "noop"] {
        let stdout = ran(&home, &[command]).code(0).stdout.clone();
        assert!(names.iter().all(|name| stdout.contains(&format!("{name} ")) != first(name)), "{command}: {stdout}");
    }
}

#[test]
fn a_shard_without_an_account_is_no_error() {
    let home = home();
    let count = 1000;
    let free = (1..).find(|shard| NAMES.iter().all(|name| shard_of(name, count) != *shard)).unwrap();
    let shard = format!("{free}/{count}");
    for command in [&["fetch"][..], &["stat"], &["list"], &["noop"], &["info"], &["account", "list"]] {
        ran(&home, &[command, &["--shard", &shard]].concat()).code(0).silent();
    }
    ran(&home, &["fetch", "-v", "--shard", &shard])
        .code(0)
        .says(&format!("shard {shard} has 0 of 12 enabled accounts"));
    let empty = Home::new();
    empty.write_private("config.toml", b"");
    ran(&empty, &["fetch", "--shard", &shard]).code(64).says("has no account");
}

#[test]
fn what_is_wrong_is_told_with_what_is_right() {
    let home = home();
    for (wrong, says) in [
        ("0/3", "the first of 3 shards is 1/3"),
        ("0/3", "spec.ordinals.start: 1"),
        ("4/3", "there is no shard 4 of 3"),
        ("1/0", "N is the number of shards"),
        ("x", "such as 2/8"),
    ] {
        ran(&home, &["fetch", "--shard", wrong]).code(64).says("--shard must be I/N").says(says);
        let mut fetch = home.mailhaul(["fetch"]);
        run(fetch.env("MAILHAUL_SHARD", wrong)).code(78).says("$MAILHAUL_SHARD must be I/N").says(says);
    }
    for command in [&["fetch", "a", "b"][..], &["stat", "a"], &["list", "a"], &["noop", "a"], &["info", "a"]] {
        ran(&home, &[command, &["--shard", "1/3"]].concat()).code(64).says("no SOURCE can be named with it");
    }
    for command in [&["top", "a", "1"][..], &["account", "add", "z", "pop3s://a@b"], &["state", "show"]] {
        ran(&home, &[command, &["--shard", "1/3"]].concat()).code(64);
    }
    let mut fetch = home.mailhaul(["fetch", "--shard", "1/3"]);
    run(fetch.env("MAILHAUL_SOURCE", "a b")).code(64).says("$MAILHAUL_SOURCE names what to fetch");
}
