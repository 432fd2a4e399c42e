//! The private keyring is what the tests take it for.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::keyring::{Keyring, MuteBus, keyring_or_skip};
use super::util::{finish, run};

const ANN: [(&str, &str); 2] = [("service", "mailhaul-test"), ("username", "ann@mail.test")];
const BOB: [(&str, &str); 2] = [("service", "mailhaul-test"), ("username", "bob@mail.test")];
const SECRET: &str = "Tr0ub\\4dor & \u{e9}3";

/// Every process whose environment has this socket, by its command line.
fn processes_on(keyring: &str) -> Vec<String> {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let on_it = pids.filter(|path| {
        let environment = fs::read(path.join("environ")).unwrap_or_default(); // gone, or somebody else's
        String::from_utf8_lossy(&environment).contains(keyring)
    });
    on_it
        .map(|path| String::from_utf8_lossy(&fs::read(path.join("cmdline")).unwrap_or_default()).into_owned())
        .collect()
}

#[test]
fn a_secret_that_was_stored_is_found() {
    let Some(keyring) = keyring_or_skip("a_secret_that_was_stored_is_found") else { return };
    assert_eq!(keyring.lookup(&ANN), None);
    keyring.store(&ANN, SECRET);
    assert_eq!(keyring.lookup(&ANN).as_deref(), Some(SECRET));
    assert_eq!(keyring.lookup(&BOB), None);
    keyring.search(&ANN).code(0).prints(SECRET);
}

#[test]
fn a_locked_keyring_keeps_its_secrets() {
    let Some(mut keyring) = keyring_or_skip("a_locked_keyring_keeps_its_secrets") else { return };
    keyring.store(&ANN, SECRET);
    keyring.lock();
    assert_eq!(keyring.lookup(&ANN), None);
    run(&mut keyring.secret_tool(&["store", "--label=test"], &BOB)).code(1).says("locked collection");
    // It is there: only the secret cannot be had, and its attributes are hashes as long as nobody unlocks them.
    let ran = keyring.search(&ANN);
    ran.prints("[/1]").says("locked object");
    assert!(!ran.everything().contains(SECRET), "{}", ran.everything());
}

#[test]
fn keyrings_know_nothing_of_each_other() {
    let test = "keyrings_know_nothing_of_each_other";
    let (Some(one), Some(other)) = (keyring_or_skip(test), keyring_or_skip(test)) else { return };
    one.store(&ANN, SECRET);
    assert_eq!(other.lookup(&ANN), None);
}

#[test]
fn a_prompt_without_a_user_is_waited_for() {
    let Some(mut keyring) = keyring_or_skip("a_prompt_without_a_user_is_waited_for") else { return };
    keyring.store(&ANN, SECRET);
    keyring.lock();
    keyring.show_prompts_to_nobody();
    let mut command = keyring.secret_tool(&["lookup"], &ANN);
    let mut child = command.spawn().unwrap();
    keyring.wait_for_prompt();
    // The keyring answers in turn: when it has answered another program, a refusal would have come too.
    assert_eq!(keyring.lookup(&BOB), None);
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    child.kill().unwrap();
    let ran = finish(child, format!("{command:?}"), Duration::from_secs(20));
    assert!(ran.signal.is_some() && ran.stdout.is_empty(), "{}", ran.everything());
}

#[test]
fn a_mute_bus_is_waited_for() {
    if keyring_or_skip("a_mute_bus_is_waited_for").is_none() {
        return;
    }
    let bus = MuteBus::start();
    let mut command = Command::new("/usr/bin/secret-tool");
    command.args(["lookup", "service", "mailhaul-test"]).env_clear();
    let mut child = bus.put_on(&mut command).spawn().unwrap();
    bus.wait_for_caller();
    assert!(child.try_wait().unwrap().is_none(), "it did not wait");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn nothing_is_left_behind() {
    let Some(mut keyring) = keyring_or_skip("nothing_is_left_behind") else { return };
    keyring.lock();
    keyring.show_prompts_to_nobody();
    let socket = keyring.address();
    let name = socket.to_str().unwrap();
    let running = processes_on(name);
    assert_eq!(running.len(), 2, "{running:?}");
    drop(keyring);
    assert_eq!(processes_on(name), Vec::<String>::new());
    assert!(!socket.exists());
    drop(Keyring::locked());
}
