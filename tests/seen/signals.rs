//! Signals mean the same for all commands that talk to a server.

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::server::{Fault, Phase};
use crate::terminal::CTRL_C;
use crate::util::{finish, wait_until};

/// A server that falls silent behind what every command says.
fn silent() -> Server {
    Server::start(Config::new(&Maildrop::generated(2, 1, Sizes::Fixed(2000))).fault(Fault::Stall(Phase::Capa)))
}

fn command(home: &Home, server: &Server, verb: &[&str]) -> Command {
    fetch(home, &[("work", server)], &[]);
    let config = home.path("config.toml");
    home.mailhaul([verb, &["--config", config.to_str().unwrap(), "--timeout", "10m"]].concat())
}

const VERBS: [&[&str]; 11] = [
    &["fetch"],
    &["stat", "work"],
    &["list", "work"],
    &["uidl", "work"],
    &["top", "work", "1"],
    &["retr", "work", "1"],
    &["dump", "work"],
    &["dele", "work", "1", "--yes"],
    &["noop", "work"],
    &["capa", "work"],
    &["state", "seen", "work"],
];

#[test]
fn all_commands_end_cleanly_and_say_by_what() {
    std::thread::scope(|scope| {
        for (verb, signal) in VERBS.into_iter().flat_map(|verb| [(verb, Signal::INT), (verb, Signal::TERM)]) {
            scope.spawn(move || {
                let (home, server) = (Home::new(), silent());
                let mut command = command(&home, &server, verb);
                let child = command.spawn().unwrap();
                wait_until("the server has fallen silent", || server.is_silent());
                kill_process(Pid::from_child(&child), signal).unwrap();
                let ran = finish(child, format!("{command:?}"), std::time::Duration::from_secs(60));
                let expected = if signal == Signal::INT { (None, Some(2)) } else { (Some(75), None) };
                assert_eq!((ran.code, ran.signal), expected, "{signal:?}\n{}", ran.everything());
                ran.says("stopped");
            });
        }
    });
}

#[test]
fn ctrl_c_ends_a_loop_of_the_shell() {
    let (home, server) = (Home::new(), silent());
    let noop = command(&home, &server, &["noop", "work"]);
    let mut shell = Command::new("bash");
    shell.args(["-c", "for i in 1 2 3; do \"$0\" \"$@\"; echo next $i; done"]);
    shell.arg(noop.get_program()).args(noop.get_args());
    shell.envs(noop.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut terminal = Terminal::run(&shell);
    terminal.wait_for("connecting");
    terminal.type_keys(CTRL_C);
    let ran = terminal.finish();
    assert_eq!(ran.signal, Some(2), "{}", ran.everything());
    assert!(!ran.stdout.contains("next") && server.connections() == 1, "{}", ran.everything());
}

#[test]
fn ctrl_c_ends_a_question() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(2000));
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop)));
    let mut terminal = Terminal::run(&command(&home, &server, &["dele", "work", "1"]));
    terminal.wait_for("[y/N]");
    terminal.type_keys(CTRL_C);
    assert_eq!(terminal.finish().signal, Some(2));
    assert_eq!(maildrop.len(), 2);
}

#[test]
fn a_signal_ends_a_console_that_waits_for_its_pipe() {
    let (home, server) = (Home::new(), Server::start(Config::new(&Maildrop::generated(1, 1, Sizes::Fixed(2000)))));
    let mut console = command(&home, &server, &["console", "work"]);
    let mut child = console.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"NOOP\nSTA").unwrap();
    wait_until("NOOP was said", || server.log().iter().any(|log| log.count("NOOP") == 1));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    finish(child, "console".into(), std::time::Duration::from_secs(60)).code(75).says("stopped");
    drop(input);
}
