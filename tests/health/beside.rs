//! Ledgers that others own, that are read-only, or that a run is at work on.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::*;

/// A run that waits for its server, and holds the mailbox.
#[test]
fn a_run_at_work_is_no_hindrance() {
    let good = server();
    let stalled = Server::start(
        Config::new(&Maildrop::generated(2, 1, Sizes::Fixed(500))).fault(Fault::Stall(Phase::RetrStatus(2))),
    );
    let desk = Desk::new(&[("work", &good.url("ann")), ("slow", &stalled.url("ann"))]);
    desk.runs(&["fetch", "work"]).code(0);
    let mut fetch = desk.command(&["fetch", "slow"]);
    let mut child = fetch.spawn().unwrap();
    wait_until("the second message is asked for", || stalled.log().iter().any(|log| log.count("RETR") == 2));
    for _ in 0..20 {
        desk.runs(&["health", "work"]).code(0).silent();
        assert_eq!(desk.runs(&["health", "slow"]).code(1).stdout, "slow: never fetched\n");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).unwrap();
    child.stdout.take();
    let ended = finish(child, "fetch".to_owned(), Duration::from_secs(60));
    ended.code(75);
    desk.runs(&["health", "slow"]).code(1).prints("slow: no run has succeeded yet: ");
}

/// The monitor of a machine reads the ledger of root, if that lets it.
#[test]
fn another_user_may_read() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    desk.runs(&["fetch"]).code(0);
    let state = desk.home.state();
    let config = desk.home.path("config.toml");
    fs::write(&config, "[account.work]\nsource = \"pop3s://ann@localhost\"\nstate-key = \"work\"\n").unwrap();
    set_mode(&config, 0o644);
    let command = desk.command(&["health", "--config", config.to_str().unwrap()]);
    let Some(mut command) = as_another_user("another_user_may_read", &desk.home, &command) else { return };
    let refused = run(&mut command);
    assert!(refused.code(73).stderr.starts_with("mailhaul: cannot look at "), "{refused:?}");
    for name in ["mailhaul.db", "runs.db"] {
        set_mode(&state.join(name), 0o644);
    }
    set_mode(&state, 0o755);
    run(&mut command).code(0).silent();
    // While a run has it open, its log and the shared memory are there.
    let ledger = mailhaul::state::Ledger::open(&state, &mailhaul::state::Wait::default()).unwrap();
    assert!(state.join("mailhaul.db-shm").exists());
    run(&mut command).code(0).silent();
    ledger.close().unwrap();
    desk.runs(&["health"]).code(0).silent();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// As in a container that has the volume of another one, which it cannot write.
#[test]
fn a_read_only_file_system_is_enough() {
    let server = server();
    let desk = Desk::new(&[("work", &server.url("ann"))]);
    desk.runs(&["fetch"]).code(0);
    let state = desk.home.state();
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let looks = || {
        let ran = read_only(&state, &desk.command(&["health", "-v"]))?;
        ran.code(0).prints("work: fetched ");
        Some(())
    };
    if looks().is_none() {
        return;
    }
    assert_eq!(names(), before);
    // While a run has it open, its log and the shared memory are there.
    let ledger = mailhaul::state::Ledger::open(&state, &mailhaul::state::Wait::default()).unwrap();
    assert!(names().iter().any(|name| name == "mailhaul.db-shm"), "{:?}", names());
    looks().unwrap();
    ledger.close().unwrap();
}

/// Runs a command that sees a folder as read-only.
fn read_only(folder: &Path, command: &Command) -> Option<Ran> {
    let folder = folder.to_str().unwrap();
    let script = format!("mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} && ");
    let tried = Command::new("unshare").args(["-m", "sh", "-c", &format!("{script} ! touch {folder}/x 2>&1")]).output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        not_run(&format!("a folder cannot be made read-only: {tried:?}"));
        return None;
    }
    Some(run(&mut under(&["unshare", "-m", "sh", "-c", &format!("{script} exec \"$@\""), "sh"], command)))
}
