//! As process 1: signals, orphans, exit codes, standard input and the terminal are as anywhere else.

use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::*;

/// The same command as process 1 of a namespace of its own, in which `/proc` shows its processes.
pub fn as_process_1(command: &Command) -> Option<Command> {
    let tried = Command::new(UNSHARE[0]).args(&UNSHARE[1..]).arg("true").output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        not_run(&format!("processes cannot have a namespace of their own: {tried:?}"));
        return None;
    }
    Some(under(&UNSHARE, command))
}

const UNSHARE: [&str; 5] = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

/// What `unshare` has started in the namespace.
pub fn process_1(unshare: &Child) -> Pid {
    first_child(Pid::from_child(unshare))
}

/// What process 1 has started.
fn worker(process_1: Pid) -> Pid {
    first_child(process_1)
}

fn first_child(parent: Pid) -> Pid {
    let children = format!("/proc/{parent}/task/{parent}/children");
    let mut found = None;
    wait_until("there is a child", || {
        found = fs::read_to_string(&children).unwrap().split_whitespace().next().map(|pid| pid.parse().unwrap());
        found.is_some()
    });
    Pid::from_raw(found.unwrap()).unwrap()
}

fn one_message() -> Server {
    Server::start(Config::new(&Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])))
}

#[test]
fn its_exit_code_is_that_of_the_program() {
    let (home, server) = (Home::new(), one_message());
    let url = server.url("ann");
    let password = home.path("password");
    let known = ["--tls", "none", "--password-file", password.to_str().unwrap()];
    let wrong = home.write_private("wrong", b"wrong\n");
    let nobody = "pop3://ann@localhost:1";
    for (code, words) in [
        (0, [&["stat", &url], &known[..]].concat()),
        (0, vec!["--version"]),
        (64, vec!["fetch", "--no-such-flag"]),
        (75, [&["stat", nobody], &known[..]].concat()),
        (77, vec!["stat", &url, "--tls", "none", "--password-file", wrong.to_str().unwrap()]),
    ] {
        let Some(mut command) = as_process_1(&home.mailhaul(&words)) else { return };
        let (there, here) = (run(&mut command), run(&mut home.mailhaul(&words)));
        there.code(code);
        assert_eq!((there.code, &there.stdout, &there.stderr), (here.code, &here.stdout, &here.stderr), "{words:?}");
    }
}

/// An orphan becomes the child of process 1, which has to take it off the list when it has ended: the script waits for
/// that, and does not deliver if it does not come.
#[test]
fn orphans_are_taken_off_the_list() {
    let (home, server) = (Home::new(), one_message());
    let double_fork = "sh -c 'sleep 0 & echo $!'";
    let gone = "n=0; while [ -e /proc/$orphan ]; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done";
    let pipe = home.path("pipe.sh");
    fs::write(&pipe, format!("cat > {}\norphan=$({double_fork})\n{gone}\n", home.path("got").display())).unwrap();
    let password = format!("orphan=$({double_fork}); {gone}; echo secret");
    let pipe = format!("/bin/sh {}", pipe.display());
    let words = ["fetch", &server.url("ann"), "--tls", "none", "--password-command", &password, "--pipe", &pipe];
    let Some(mut command) = as_process_1(&home.mailhaul(words)) else { return };
    run(&mut command).code(0).silent();
    assert!(fs::read_to_string(home.path("got")).unwrap().contains("Subject: 1"));
}

/// Ten messages, and then nothing more.
fn silent_server() -> Server {
    let maildrop = Maildrop::generated(20, 5, Sizes::Fixed(2000));
    Server::start(Config::new(&maildrop).fault(Fault::Stall(Phase::RetrBody(11, 500))))
}

fn waits_long(home: &Home, server: &Server) -> Command {
    home.fetch_maildir(&server.url("ann"), &["--tls", "none", "--timeout", "10m"])
}

#[test]
fn signals_end_the_run_cleanly() {
    for (signal, code) in [(Signal::TERM, 75), (Signal::HUP, 75), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let (home, server) = (Home::new(), silent_server());
        let Some(mut command) = as_process_1(&waits_long(&home, &server)) else { return };
        let child = command.spawn().unwrap();
        wait_until("messages are published", || !home.maildir_messages().is_empty());
        kill_process(process_1(&child), signal).unwrap();
        let ran = finish(child, format!("{command:?}"), Duration::from_secs(60));
        ran.code(code);
        // SIGQUIT ends it at once, as anywhere.
        assert_eq!(ran.stderr.contains("stopped by a signal"), signal != Signal::QUIT, "{}", ran.everything());
    }
}

/// What is to be ignored is not passed on either.
#[test]
fn an_ignored_signal_stays_ignored() {
    let (home, server) = (Home::new(), silent_server());
    let ignoring = under(&["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"], &waits_long(&home, &server));
    let Some(mut command) = as_process_1(&ignoring) else { return };
    let child = command.spawn().unwrap();
    wait_until("messages are published", || !home.maildir_messages().is_empty());
    let process_1 = process_1(&child);
    for pid in [process_1, worker(process_1)] {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
        assert_eq!(u64::from_str_radix(mask.trim(), 16).unwrap() & 1, 1, "{status}");
    }
    kill_process(process_1, Signal::TERM).unwrap();
    finish(child, format!("{command:?}"), Duration::from_secs(60)).code(75).says("stopped by a signal");
}

#[test]
fn the_end_of_the_program_is_the_end_however_it_comes() {
    let (home, server) = (Home::new(), silent_server());
    let Some(mut command) = as_process_1(&waits_long(&home, &server)) else { return };
    let child = command.spawn().unwrap();
    wait_until("messages are published", || !home.maildir_messages().is_empty());
    let worker = worker(process_1(&child));
    assert_eq!(fs::read_to_string(format!("/proc/{worker}/comm")).unwrap(), "mailhaul\n");
    kill_process(worker, Signal::KILL).unwrap();
    finish(child, format!("{command:?}"), Duration::from_secs(60)).code(137);
}

#[test]
fn standard_input_is_its_own() {
    let (home, server) = (Home::new(), one_message());
    let words = ["stat", &server.url("ann"), "--tls", "none", "--password-file", "-"];
    let Some(mut command) = as_process_1(&home.mailhaul(words)) else { return };
    run_with_input(command.stdin(Stdio::piped()), b"secret\n").code(0).prints("1 ");
}

/// Ctrl-C reaches both processes; the program hears it once, or it would end without saying goodbye. Process 1 is held up
/// until the program has heard it from the terminal, and is on its way to say QUIT to a server that is silent.
#[test]
fn the_terminal_is_its_own() {
    let (home, server) = (Home::new(), silent_server());
    let maildir = home.maildir();
    let url = server.url("ann");
    let words = ["fetch", &url, "--tls", "none", "--timeout", "10m", "--maildir", maildir.to_str().unwrap()];
    let mut command = home.mailhaul(words);
    command.arg("--delete");
    let Some(command) = as_process_1(&command) else { return };
    let mut terminal = Terminal::run(&command);
    terminal.wait_for("Password for");
    terminal.wait_until_echo_is(false);
    terminal.type_line("secret");
    terminal.wait_for("Go on?");
    terminal.type_line("y");
    wait_until("messages are published", || !home.maildir_messages().is_empty());
    let process_1 = first_child(terminal.process());
    kill_process(process_1, Signal::STOP).unwrap();
    terminal.type_keys(CTRL_C);
    terminal.wait_for("^C");
    wait_until("the program has heard it", || !has_pending_signals(worker(process_1)));
    kill_process(process_1, Signal::CONT).unwrap();
    terminal.finish().code(130).prints("stopped by a signal");
}

fn has_pending_signals(pid: Pid) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let pending = |line: &str| {
        let mask = line.strip_prefix("ShdPnd:").or(line.strip_prefix("SigPnd:"));
        mask.is_some_and(|mask| mask.trim().bytes().any(|digit| digit != b'0'))
    };
    status.lines().any(pending)
}
