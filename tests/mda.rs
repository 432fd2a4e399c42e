//! Commands that people have behind their fetcher: maildrop, procmail and dovecot-lda, as `--pipe` runs them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mailhaul::command_line::CommandLine;
use mailhaul::deliver::{Answer, Answers, Carrier, Outgoing};
use mailhaul::error::Result;
use mailhaul::handover::PipeCarrier;
use mailhaul::process::CommandOrigin;
use mailhaul::until::Until;
use tempfile::TempDir;

use crate::dovecot::dovecot_with_or_skip;
use crate::util::not_run;

/// An outbox, and a Maildir into which a command delivers.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        ["cur", "new", "tmp"].iter().for_each(|part| fs::create_dir_all(place.maildir().join(part)).unwrap());
        place
    }

    fn maildir(&self) -> PathBuf {
        self.0.path().join("Mail")
    }

    /// A file that the command is told of. Nobody else may write it, or maildrop does not use it.
    fn file(&self, name: &str, text: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn outbox(&self, messages: &[String]) -> Vec<Outgoing> {
        let outgoing = |(at, text): (usize, &String)| {
            let file = self.0.path().join(format!("outgoing{at}"));
            let text = text.replace('\n', "\r\n");
            fs::write(&file, &text).unwrap();
            Outgoing { file, octets: text.len() as u64, uid: format!("u{at}").into_bytes(), mark: Vec::new() }
        };
        messages.iter().enumerate().map(outgoing).collect()
    }

    /// Runs a command for each message, and gives the answers.
    fn pipe(&self, line: &str, messages: &[String]) -> Result<Vec<Answer>> {
        let origin = CommandOrigin { account: "work".into(), source: "pops://ann@mail.example".into() };
        let line = CommandLine::Shell(line.into());
        let mut told = Told(vec![None; messages.len()]);
        PipeCarrier::new(line, Duration::from_secs(60), origin, Until::default())
            .hand_over(&self.outbox(messages), &mut told)?;
        Ok(told.0.into_iter().map(Option::unwrap).collect())
    }

    /// The answer for one message.
    fn pipe_one(&self, line: &str) -> Answer {
        self.pipe(line, &messages()[..1]).unwrap().remove(0)
    }
}

struct Told(Vec<Option<Answer>>);

impl Answers for Told {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        assert!(self.0[at].replace(answer).is_none(), "{at} was answered twice");
        Ok(())
    }
}

/// Twenty messages with what goes wrong on the way into a mailbox.
fn messages() -> Vec<String> {
    let bodies = [
        "plain\n".to_owned(),
        String::new(),
        "From the first line\n>From quoted\n>>From twice\n".to_owned(),
        ".\n..\n.dot\n".to_owned(),
        "no end of line".to_owned(),
        "caf\u{e9} \u{4f60}\u{597d}\n".to_owned(),
        format!("{}\n", "long ".repeat(2000)),
        "a line of it\n".repeat(20_000), // more than a pipe holds
        "trailing blanks  \n\t\n\n\n".to_owned(),
        "bare\rcr\n".to_owned(),
    ];
    let message = |at: usize| {
        let sender = if at.is_multiple_of(2) { "<ann@example.org>" } else { "<>" };
        let body = &bodies[at % bodies.len()];
        format!("Return-Path: {sender}\nFrom: ann@example.org\nSubject: {at}\nX-Folded: a\n\tb\n\n{body}")
    };
    (0..20).map(message).collect()
}

/// What is in a Maildir. Whether the last line has an end is up to the command: maildrop gives it one.
fn texts_in(maildir: &Path) -> BTreeSet<String> {
    let text = |entry: std::io::Result<fs::DirEntry>| {
        let octets = fs::read(entry.unwrap().path()).unwrap();
        String::from_utf8(octets).unwrap().trim_end_matches('\n').to_owned()
    };
    fs::read_dir(maildir.join("new")).unwrap().map(text).collect()
}

#[track_caller]
fn all_arrived(answers: &[Answer], maildir: &Path) {
    assert!(answers.iter().all(|answer| *answer == Answer::Delivered), "{answers:?}");
    let sent: BTreeSet<String> = messages().iter().map(|text| text.trim_end_matches('\n').to_owned()).collect();
    let arrived = texts_in(maildir);
    let wrong: Vec<&String> = arrived.symmetric_difference(&sent).collect();
    assert!(wrong.is_empty(), "{wrong:.300?}");
    assert_eq!(fs::read_dir(maildir.join("new")).unwrap().count(), 20);
}

fn is_there(test: &str, program: &str) -> bool {
    let is_there = Path::new(program).exists();
    if !is_there {
        not_run(&format!("{test}: no {program}"));
    }
    is_there
}

#[track_caller]
fn refused(answer: &Answer, words: &str) {
    assert!(matches!(answer, Answer::Refused(why) if why.contains(words)), "{answer:?}");
}

#[track_caller]
fn later(answer: &Answer, words: &str) {
    assert!(matches!(answer, Answer::Later(why) if why.contains(words)), "{answer:?}");
}

#[test]
fn maildrop_delivers_and_says_why_not() {
    if !is_there("maildrop_delivers_and_says_why_not", "/usr/bin/maildrop") {
        return;
    }
    let place = Place::new();
    let run = |name: &str, filter: &str| format!("maildrop {}", place.file(name, filter));
    let answers = place.pipe(&run("good", &format!("to \"{}/\"\n", place.maildir().display())), &messages());
    all_arrived(&answers.unwrap(), &place.maildir());
    refused(&place.pipe_one(&run("refuses", "EXITCODE=77\nexit\n")), "exit status: 77");
    later(&place.pipe_one(&run("away", "to \"/dev/null/Mail/\"\n")), "exit status: 75; it said: ");
    later(&place.pipe_one(&run("wrong", "if (\n")), "exit status: 75; it said: ");
}

#[test]
fn procmail_delivers_and_says_why_not() {
    if !is_there("procmail_delivers_and_says_why_not", "/usr/bin/procmail") {
        return;
    }
    let place = Place::new();
    // ORGMAIL: nothing is to go into the mailbox of whoever runs the tests. A full disk, as procmail waits for ever for the
    // lock of an mbox whose folder is missing.
    let nowhere = "ORGMAIL=/dev/full\nDEFAULT=/dev/full\n";
    let rc = |name: &str, text: &str| place.file(name, &format!("{nowhere}{text}"));
    let good = rc("good", &format!(":0\n{}/\n", place.maildir().display()));
    all_arrived(&place.pipe(&format!("procmail {good}"), &messages()).unwrap(), &place.maildir());
    refused(&place.pipe_one(&format!("procmail {}", rc("refuses", "EXITCODE=67\nHOST\n"))), "exit status: 67");
    let away = rc("away", "");
    refused(&place.pipe_one(&format!("procmail {away}")), "exit status: 73");
    later(&place.pipe_one(&format!("procmail -t {away}")), "exit status: 75");
}

#[test]
fn dovecot_lda_delivers_and_says_why_not() {
    let test = "dovecot_lda_delivers_and_says_why_not";
    let place = Place::new();
    // dovecot-lda asks without a mechanism, so that the other passdb is skipped.
    let users = place.file("passwd", "ann:{PLAIN}secret::::::\n");
    let passdb = format!("passdb {{\n  driver = passwd-file\n  args = {users}\n}}\n");
    let Some(server) = dovecot_with_or_skip(test, &[], &passdb) else { return };
    if !is_there(test, LDA) {
        return;
    }
    let lda = format!("{LDA} -c {}/dovecot.conf -o log_path=/dev/stderr", server.folder().display());
    let maildir = server.folder().join("mail/ann");
    all_arrived(&place.pipe(&format!("{lda} -d ann"), &messages()).unwrap(), &maildir);
    refused(&place.pipe_one(&format!("{lda} -d nobody-there")), "exit status: 67");
    let away = format!("{lda} -o mail_location=maildir:/dev/null/x -d ann");
    later(&place.pipe_one(&away), "exit status: 75; it said: ");
    let error = place.pipe(&away, &messages()).unwrap_err();
    assert!(error.to_string().contains("puts everything off") && error.may_pass(), "{error}");
}

const LDA: &str = "/usr/lib/dovecot/dovecot-lda";
