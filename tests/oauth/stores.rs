//! Where tokens are kept, and that `logout` takes them away.

use std::os::unix::fs::PermissionsExt;

use rustix::process::geteuid;

use super::super::keyring::{Keyring, keyring_or_skip};
use super::super::util::{names, without_chown};
use super::*;

const WORDS: [&str; 6] = ["login", "work", "--oauth-flow", "browser", "--json", "--no-check"];

/// A person whose account says nothing of a store, or this.
fn person(store: Option<&str>) -> Person {
    let person = Person::new(brief());
    let text = fs::read_to_string(person.home.path("config.toml")).unwrap();
    let line = store.map_or(String::new(), |store| format!("token-store = \"{store}\"\n"));
    person.home.write_private("config.toml", text.replace("token-store = \"file\"\n", &line).as_bytes());
    person
}

/// `login` with this keyring, or without one.
fn log_in(person: &Person, keyring: Option<&Keyring>) -> Ran {
    let mut command = person.command(&WORDS);
    let login = Login::begin(match keyring {
        Some(keyring) => keyring.put_on(&mut command),
        None => &mut command,
    });
    browse(&login.url, Visit::Approve);
    login.finish()
}

fn ran_on(keyring: &Keyring, person: &Person, args: &[&str]) -> Ran {
    run(keyring.put_on(&mut person.command(args)))
}

fn files(person: &Person) -> usize {
    names(&person.home.state().join("tokens")).len()
}

/// What the keyring has, if it has anything.
fn in_keyring(keyring: &Keyring) -> Option<Value> {
    let found = keyring.lookup(&[("service", "mailhaul oauth2"), ("username", "ann@localhost:1")])?;
    Some(serde_json::from_str(&found).unwrap())
}

/// Both logins of an account have tokens of their own.
#[test]
fn the_tokens_of_an_imap_destination_are_apart() {
    let person = person(Some("file"));
    let text = fs::read_to_string(person.home.path("config.toml")).unwrap();
    let mut own = String::from("imap = \"imaps://ann@localhost:1/Box\"\n");
    for line in text.lines().filter(|line| line.starts_with("oauth-")) {
        own += &format!("imap-{line}\n");
    }
    person
        .home
        .write_private("config.toml", format!("{}\n{own}imap-oauth-flow = \"browser\"\n", text.trim_end()).as_bytes());
    run(&mut person.command(&["logout", "work", "--imap"])).code(0).says("nothing was kept");
    for words in [&WORDS[..], &["login", "work", "--imap", "--json", "--no-check"]] {
        let login = Login::begin(&mut person.command(words));
        browse(&login.url, Visit::Approve);
        login.finish().code(0);
    }
    assert_eq!(files(&person), 2);
    run(&mut person.command(&["logout", "work", "--imap"])).code(0).says("no password or token is stored any more");
    assert_eq!(files(&person), 1);
    person.ran(&["stat", "work"]).code(75).says("cannot connect"); // its own tokens are still there
}

#[test]
fn a_file_is_its_owners_alone() {
    let person = person(Some("file"));
    log_in(&person, None).code(0).says("the tokens are in a file");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = person.token_file();
    assert_eq!((mode(&file), mode(file.parent().unwrap()), mode(&person.home.state())), (0o600, 0o700, 0o700));
    let before = person.kept();
    person.ran(&["stat", "work"]).code(75).says("cannot connect"); // behind the refresh
    assert_eq!((mode(&file), files(&person), person.refreshes()), (0o600, 1, 1));
    assert_ne!(person.kept()["access_token"], before["access_token"]);

    for mode in [0o640, 0o604] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        person.ran(&["stat", "work"]).code(78).says("holds tokens and can be read by others").says("chmod 600 ");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let good = fs::read(&file).unwrap();
    fs::write(&file, vec![b' '; 100_000]).unwrap();
    person.ran(&["stat", "work"]).code(78).says("longer than 64 KiB");
    fs::write(&file, good).unwrap();

    // What a run that was killed has left goes, too.
    fs::write(file.with_extension("json.new12345"), "hunter2").unwrap();
    person.ran(&["logout", "work"]).code(0).says("work: no password or token is stored any more");
    assert_eq!(files(&person), 0);
    person.ran(&["logout", "work"]).code(0).says("work: nothing was kept");
    person.ran(&["fetch"]).code(78).says("no tokens are kept").says("run `mailhaul login`");
}

/// What stands in the place of tokens or of their lock, if it is none of ours, is neither read nor written.
#[test]
fn what_stands_in_the_way_of_tokens_is_not_followed() {
    let person = person(Some("file"));
    log_in(&person, None).code(0);
    let (file, elsewhere) = (person.token_file(), person.home.path("elsewhere"));
    fs::rename(&file, &elsewhere).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    person.ran(&["stat", "work"]).code(74).says("cannot read the tokens in");
    fs::remove_file(&file).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    person.ran(&["stat", "work"]).code(78).says("is not a regular file").says("run `mailhaul login`");
    fs::rename(&elsewhere, &file).unwrap();
    let lock = names(&person.home.state().join("locks")).remove(0);
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &lock).unwrap();
    person.ran(&["stat", "work"]).code(74).says("it is a symbolic link");
    fs::remove_file(&lock).unwrap();
    assert!(!elsewhere.exists());
    assert_eq!(fs::read(&file).unwrap(), before);
    for folder in ["state", "state/tokens", "state/locks"] {
        let path = person.home.path(folder);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o770)).unwrap();
        person.ran(&["stat", "work"]).code(78).says("can be changed by other users");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    }
    person.ran(&["stat", "work"]).code(75).says("cannot connect");
}

/// A token that is used up for one that is not kept would be another consent.
#[test]
fn new_tokens_are_kept_though_their_owner_cannot_be() {
    let person = Person::new(brief().rotate());
    person.log_in();
    let before = person.kept();
    std::os::unix::fs::chown(person.token_file(), geteuid().is_root().then_some(1), None).unwrap();
    let stat = person.command(&["stat", "work"]);
    let Some(mut stat) = without_chown("new_tokens_are_kept_though_their_owner_cannot_be", &stat) else { return };
    // What fails is the mail server, which nobody has started.
    run(&mut stat).code(75).says("cannot connect");
    assert_eq!(person.refreshes(), 1);
    assert_ne!(person.kept(), before);
}

/// They may be there all the same.
#[test]
fn what_cannot_be_looked_for_is_not_called_gone() {
    let person = person(Some("file"));
    fs::create_dir_all(person.home.state()).unwrap();
    fs::write(person.home.state().join("tokens"), "no folder").unwrap(); // as unreadable as one can be to root
    person.ran(&["logout", "work"]).code(73).says("cannot look for tokens in");
}

#[test]
fn the_keyring_is_preferred() {
    let Some(mut keyring) = keyring_or_skip("the_keyring_is_preferred") else { return };
    let person = person(None);
    // An older file would be found first.
    log_in(&person, None).code(0).says("the tokens are in a file");
    log_in(&person, Some(&keyring)).code(0).says("work: the tokens are in the keyring");
    assert_eq!(files(&person), 0);
    let before = in_keyring(&keyring).unwrap();
    person.authority.expire_access_tokens();
    ran_on(&keyring, &person, &["stat", "work"]).code(75).says("cannot connect");
    assert_eq!((files(&person), in_keyring(&keyring).unwrap()), (0, before));

    // As under cron, and as before somebody has unlocked it.
    person.ran(&["fetch"]).code(78).says("no tokens are kept in a file").says("token-store = \"file\"");
    keyring.lock();
    ran_on(&keyring, &person, &["fetch"]).code(78).says("the keyring cannot be used").says("token-store = \"file\"");
    ran_on(&keyring, &person, &["logout", "work"]).code(78).says("the keyring cannot be used");
}

#[test]
fn new_tokens_take_the_old_ones_place_in_the_keyring() {
    let Some(keyring) = keyring_or_skip("new_tokens_take_the_old_ones_place_in_the_keyring") else { return };
    let person = person(Some("keyring"));
    log_in(&person, Some(&keyring)).code(0).says("work: the tokens are in the keyring");
    let before = in_keyring(&keyring).unwrap();
    for _ in 0..2 {
        ran_on(&keyring, &person, &["stat", "work"]).code(75).says("cannot connect");
        assert_eq!((files(&person), person.refreshes()), (0, 1));
    }
    let after = in_keyring(&keyring).unwrap();
    assert!(before["access_token"] != after["access_token"] && before["refresh_token"] == after["refresh_token"]);
    person.ran(&["logout", "work"]).code(78).says("the keyring cannot be used");
    ran_on(&keyring, &person, &["logout", "work"]).code(0).says("no password or token is stored any more");
    assert_eq!(in_keyring(&keyring), None);
    ran_on(&keyring, &person, &["fetch"]).code(78).says("no tokens are kept").says("run `mailhaul login`");
}

#[test]
fn a_keyring_that_cannot_be_used_makes_way_for_a_file() {
    let Some(mut keyring) = keyring_or_skip("a_keyring_that_cannot_be_used_makes_way_for_a_file") else { return };
    keyring.lock();
    let person = person(None);
    for keyring in [Some(&keyring), None] {
        log_in(&person, keyring).code(0).says("work: the tokens are in a file");
        assert_eq!(files(&person), 1);
    }
    person.ran(&["fetch"]).code(75).says("cannot connect");
    ran_on(&keyring, &person, &["logout", "work"]).code(0).says("no password or token is stored any more");
    assert_eq!(files(&person), 0);
}

/// Nobody is asked for a consent that could not be kept.
#[test]
fn a_keyring_that_must_be_used_must_be_there() {
    let person = person(Some("keyring"));
    person.ran(&WORDS).code(78).says("work: the keyring cannot be used");
    assert_eq!((person.authority.requests().len(), files(&person)), (0, 0));
    person.ran(&["fetch"]).code(78).says("the keyring");
}
