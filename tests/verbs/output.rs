//! What is said, and what is left, where the output or the connection ends too soon; and what is drawn beside it.

use std::time::Duration;

use super::*;
use crate::terminal::{CTRL_C, Terminal};

/// `sh -c` with the command as `"$@"`, as whoever redirects its output has it.
fn in_shell(command: &Command, script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(command.get_program()).args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

#[test]
fn what_could_not_be_written_is_not_complete() {
    let server = Server::start(Config::new(&Maildrop::generated(5, 1, Sizes::Fixed(900))));
    let user = User::clear(&server);
    for verb in [&["dump"][..], &["retr", "1-"]] {
        let ran = run(&mut in_shell(&user.command(verb[0], &verb[1..]), "exec \"$@\" > /dev/full"));
        ran.code(74).says("0 of 5 messages are complete; the output is incomplete").says("free some space");
    }
}

/// It ends in the middle of a message, and of what is written at once.
#[test]
fn a_file_that_becomes_too_large_keeps_complete_messages() {
    let server = Server::start(Config::new(&Maildrop::generated(60, 1, Sizes::Fixed(50_000))));
    let user = User::clear(&server);
    let script = format!("ulimit -f 1000; exec \"$@\" > {}", user.home.path("all.mbox").display());
    let ran = run(&mut in_shell(&user.command("dump", &[]), &script));
    ran.code(74).says(" of 60 messages are complete; the output was cut back to these");
    let messages = split_mbox(&std::fs::read(user.home.path("all.mbox")).unwrap());
    assert!((1..60).contains(&messages.len()) && messages.iter().all(|message| message.len() > 40_000));
    ran.says(&format!("{} of 60", messages.len()));
}

#[test]
fn one_message_that_breaks_is_cut_off_a_file_and_announced_in_a_pipe() {
    let maildrop = Maildrop::generated(1, 1, Sizes::Fixed(500_000));
    let start = || Server::start(Config::new(&maildrop).fault(Fault::CutAfter(300_000)));
    let server = start();
    let user = User::clear(&server);
    let file = user.home.write_private("one", b"before\n");
    let ran = run(&mut in_shell(&user.command("retr", &["1"]), &format!("exec \"$@\" >> {}", file.display())));
    ran.code(75).says("0 of 1 messages are complete; the output was cut back to these");
    assert_eq!(std::fs::read(file).unwrap(), b"before\n");
    let server = start();
    User::clear(&server).run("retr", &["1"]).code(75).says("0 of 1 messages are complete; the output is incomplete");
}

/// The next run into the same folder would double what is there.
#[test]
fn a_maildir_that_is_cut_off_is_not_to_be_copied_into_again() {
    let maildrop = Maildrop::generated(60, 1, Sizes::Fixed(50_000));
    let server = Server::start(Config::new(&maildrop).fault(Fault::CutAfter(1_020_000)));
    let user = User::clear(&server);
    let maildir = user.home.maildir();
    let ran = user.run("dump", &["--maildir", maildir.to_str().unwrap()]);
    ran.code(75).says("20 of 60 messages are complete").says("the next run into the same one would copy");
    assert_eq!(user.home.maildir_messages().len(), 20);
}

/// A server that takes its time, so that a bar would be drawn.
fn slow() -> Server {
    let maildrop = Maildrop::generated(20, 3, Sizes::Fixed(30_000));
    Server::start(Config::new(&maildrop).without("PIPELINING").rtt(Duration::from_millis(30)))
}

#[test]
fn a_bar_is_not_drawn_into_what_another_program_shows() {
    let server = slow();
    let user = User::clear(&server);
    let bar = "/20 messages";
    let shown = Terminal::run(&in_shell(&user.command("retr", &["1-"]), "\"$@\" | wc -c")).finish();
    assert!(!shown.code(0).stdout.contains(bar), "{}", shown.everything());
    let shown = Terminal::run(&in_shell(&user.command("retr", &["1-"]), "\"$@\" > \"$HOME/file\""));
    assert!({ shown }.finish().code(0).stdout.contains(bar));
    let shown = Terminal::run(&user.command("dump", &["--maildir", user.home.maildir().to_str().unwrap()])).finish();
    assert!(shown.code(0).stdout.contains(bar), "{}", shown.everything());
    shown.prints("20 messages copied into ");
}

#[test]
fn a_stop_says_how_many_are_complete() {
    let server = slow();
    let user = User::clear(&server);
    let mut terminal = Terminal::run(&in_shell(&user.command("dump", &[]), "exec \"$@\" > /dev/null"));
    terminal.wait_for("/20 messages");
    terminal.type_keys(CTRL_C);
    let ran = terminal.finish();
    ran.prints("stopped; ").prints(" of 20 messages are complete");
}
