//! `password-command`: what it is given, what is heard of it, and that it comes to an end.

use std::fs;
use std::path::Path;

use super::super::server::Server;
use super::super::util::{Home, Ran, run, wait_until};
use super::{assert_not_shown, ran, server};

/// `stat` with this as the value of the key in the configuration file.
fn configured(home: &Home, server: &Server, value: &str) -> Ran {
    let text = format!("[account.x]\nsource = \"{}\"\ntls = \"none\"\npassword-command = {value}\n", server.url("ann"));
    let config = home.write_private("config.toml", text.as_bytes());
    run(home.mailhaul(["stat", "x"]).env("MAILHAUL_CONFIG", config))
}

#[test]
fn a_string_is_for_the_shell_and_an_array_for_none() {
    let (home, server) = (Home::new(), server());
    let file = home.write_private("pw $HOME", format!("{}\n", super::PASSWORD).as_bytes());
    let file = file.to_str().unwrap();
    configured(&home, &server, &format!("[\"cat\", '{file}']")).code(0);
    configured(&home, &server, "'cat \"$HOME/pw \\$HOME\"'").code(0);
    let ran = configured(&home, &server, "[\"cat\", '$HOME/pw $HOME']");
    ran.code(78).says("it said: cat: ");
    assert_not_shown(&home, &ran);
}

/// Cron mails whatever is said.
#[test]
fn its_complaints_are_shown_only_when_it_fails() {
    let (home, server) = (Home::new(), server());
    let file = home.write_private("pw", super::PASSWORD.as_bytes());
    let file = file.to_str().unwrap();
    ran(&home, &server, "fetch", &["--password-command", &format!("echo warning >&2; cat {file}")]).code(0).silent();
    let failed = "echo one >&2; printf 'the \\033[2Jagent\\n\\nis gone\\n' >&2; exit 2";
    let ran = ran(&home, &server, "fetch", &["--password-command", failed]);
    ran.code(78).says("password-command failed: exit status: 2; it said: one / the \\x1b[2Jagent / is gone");
    assert_eq!(server.connections(), 1);
}

/// Nobody waits for the other: not for a pipe that is full, nor for one that somebody else keeps open.
#[test]
fn much_and_late_complaints_do_no_harm() {
    let (home, server) = (Home::new(), server());
    let file = home.write_private("pw", super::PASSWORD.as_bytes());
    let file = file.to_str().unwrap();
    let much = format!("head -c 300000 /dev/zero | tr '\\0' x >&2 || exit 3; cat {file}");
    ran(&home, &server, "fetch", &["--password-command", &much]).code(0).silent();
    let much = "head -c 300000 /dev/zero | tr '\\0' x >&2; exit 9";
    let failed = ran(&home, &server, "fetch", &["--password-command", much]);
    failed.code(78).says("exit status: 9; it said: xxx");
    assert!(failed.stderr.len() < 2000, "{}", failed.stderr.len());
    // As ssh, which stays to be used again.
    let stays = home.path("stays");
    let kept = format!("sleep 300 >/dev/null & echo $! >{}; cat {file}", stays.display());
    ran(&home, &server, "fetch", &["--password-command", &kept, "--timeout", "60s"]).code(0).silent();
    end(&stays);
}

#[test]
fn it_has_a_time_limit() {
    let (home, server) = (Home::new(), server());
    let file = home.path("child");
    let child = file.display();
    for hangs in [
        format!("echo $$ >{child}; exec sleep 300"),
        format!("sleep 300 & echo $! >{child}; echo secret"),
        format!("trap '' TERM INT HUP; echo $$ >{child}; sleep 300; sleep 300"),
    ] {
        fs::remove_file(&file).ok(); // of the round before
        let ran = ran(&home, &server, "stat", &["--password-command", &hangs, "--timeout", "5s"]);
        ran.code(78).says("password-command did not end within 5 s");
        assert_gone(&file);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_deadline_of_the_run_ends_it_too() {
    let (home, server) = (Home::new(), server());
    for verb in ["fetch", "stat"] {
        let ran = ran(&home, &server, verb, &["--password-command", "sleep 300; echo x", "--deadline", "1s"]);
        ran.code(75).says("the deadline passed while waiting for a password or a token");
    }
    assert_eq!(server.connections(), 0);
}

/// What was left running goes when nobody waits for it any longer.
fn assert_gone(file: &Path) {
    let pid = fs::read_to_string(file).unwrap();
    let state = || fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // One that nobody has waited for yet is a zombie.
    let is_gone = || matches!(state().rsplit(") ").next().and_then(|rest| rest.chars().next()), None | Some('Z'));
    wait_until("what was left running ends", is_gone);
}

/// Ends what a test has left running.
fn end(file: &Path) {
    let pid: i32 = fs::read_to_string(file).unwrap().trim().parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[test]
fn it_gets_none_of_our_settings() {
    let (home, server) = (Home::new(), server());
    let (file, seen) = (home.write_private("pw", super::PASSWORD.as_bytes()), home.path("seen"));
    let words = format!("env >{}; cat {}", seen.display(), file.display());
    let mut command = super::mailhaul(&home, &server, "stat", &["--password-command", &words]);
    run(command.env("MAILHAUL_PASSWORD", "other").env("MAILHAUL_OAUTH_CLIENT_SECRET", "other").env("MINE", "1"))
        .code(0);
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("MINE=1") && seen.contains("HOME="), "{seen}");
    assert!(!seen.contains("MAILHAUL_") && !seen.contains("other"), "{seen}");
}
