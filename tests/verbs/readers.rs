//! What others make of a dump: mutt and Python's mailbox module find every message in it, octet for octet.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::dovecot::awkward_messages;
use crate::util::{assert_same_messages, in_an_mbox, not_run};

#[test]
fn python_reads_a_dump_message_for_message() {
    let test = "python_reads_a_dump_message_for_message";
    let Some((dump, expected)) = dump(test, "python3", "--version") else { return };
    let script = "import base64, mailbox, sys\n\
                  box = mailbox.mbox(sys.argv[1], create=False)\n\
                  for key in box.keys(): print(base64.b64encode(box.get_bytes(key)).decode())\n";
    let ran = run(Command::new("python3").args(["-c", script]).arg(dump.path()).stdout(Stdio::piped()));
    let found: Vec<Vec<u8>> = ran.code(0).stdout.lines().map(|line| unquoted(&from_base64(line))).collect();
    assert_same_messages(&found, &expected);
}

#[test]
fn mutt_reads_a_dump_message_for_message() {
    let Some((dump, expected)) = dump("mutt_reads_a_dump_message_for_message", "mutt", "-v") else { return };
    let read = dump.home.path("read");
    fs::create_dir(&read).unwrap();
    let save = dump.home.write_private("save", b"#!/bin/sh\ncd read && cat >\"$(ls | wc -l)\"\n");
    fs::set_permissions(&save, fs::Permissions::from_mode(0o700)).unwrap();
    // Without a folder that exists mutt would ask. Tags everything, and gives each message as it stands there to the script.
    let rc = "set folder=. sort=mailbox-order pipe_split=yes pipe_decode=no wait_key=no quit=yes\n\
              push \"<tag-pattern>~A\\n<tag-prefix><pipe-message>./save\\n<exit>\"\n";
    dump.home.write_private("muttrc", rc.as_bytes());
    // mutt wants a terminal: script(1) makes one.
    let mut mutt = Command::new("script");
    mutt.args(["-qec", "mutt -n -F muttrc -R -f dump", "/dev/null"]).current_dir(dump.home.path(""));
    mutt.env_clear().env("HOME", dump.home.path("")).env("PATH", "/usr/bin:/bin").env("TERM", "vt100");
    let ran = run(mutt.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()));
    ran.code(0);
    let count = fs::read_dir(&read).unwrap().count();
    assert_eq!(count, expected.len());
    // To mutt the fields of a header are C strings, which a NUL ends.
    for (at, expected) in expected.iter().enumerate().filter(|(_, message)| !message.contains(&0)) {
        let found = without_frame(&fs::read(read.join(at.to_string())).unwrap());
        let is_same = found == *expected || !has_good_header(expected) && has_one_more_line(&found, expected);
        assert!(is_same, "message {at}: {}\ninstead of {}", found.escape_ascii(), expected.escape_ascii());
    }
}

/// A dump of a real server's maildrop, in a home.
struct Dump {
    home: Home,
}

impl Dump {
    fn path(&self) -> std::path::PathBuf {
        self.home.path("dump")
    }
}

/// The dump, and the messages that are in it, for a reader that must be here.
fn dump(test: &str, reader: &str, version_flag: &str) -> Option<(Dump, Vec<Vec<u8>>)> {
    if Command::new(reader).arg(version_flag).output().is_err() {
        not_run(&format!("{test}: no {reader}"));
        return None;
    }
    let messages: Vec<Message> = [special_messages(), ordinary_messages(20), awkward_messages()].concat();
    let server = dovecot_or_skip(test, &messages)?;
    let [user, _] = User::both(&server);
    let mut command = user.command("dump", &[]);
    command.stdout(fs::File::create(user.home.path("dump")).unwrap());
    run(&mut command).code(0);
    let expected: Vec<Vec<u8>> = messages.iter().map(|message| in_an_mbox(&message.expected_lf())).collect();
    let dump = Dump { home: user.home };
    assert_same_messages(&split_mbox(&fs::read(dump.path()).unwrap()), &expected);
    Some((dump, expected))
}

/// What has led readers of an mbox astray.
fn special_messages() -> Vec<Message> {
    let message = |label, text: &str| Message::new(label, text);
    vec![
        message("From", "Subject: from\n\nFrom here\n\nFrom ann Mon Jan  5 10:00:00 2026\nSubject: no message\n\nx\n"),
        message("quoted", "Subject: quoted\n\n>From there\n>>From everywhere\n> From not\n"),
        message("no body", "Subject: no body\n\n"),
        message("no empty line", "Subject: no empty line\n"),
        message("no header", "\nbody only\n"),
        message("nothing", ""),
        message("no final newline", "Subject: no final newline\n\nFrom the end"),
        message("empty lines", "Subject: empty lines\n\nx\n\n\n\n"),
        message(
            "a length that is none",
            "Subject: length\nContent-Length: 3\nLines: 1\nStatus: RO\n\nlonger\n\nFrom x\n",
        ),
    ]
}

/// A message without the `From ` line before it and the empty line behind it, which mutt gives out too.
fn without_frame(piped: &[u8]) -> Vec<u8> {
    let first = piped.iter().position(|&octet| octet == b'\n').unwrap();
    assert!(piped.starts_with(b"From "), "{}", piped.escape_ascii());
    unquoted(piped[first + 1..].strip_suffix(b"\n").unwrap())
}

/// Is the header nothing but fields, up to an empty line? Where it is not, mutt may end it with one.
fn has_good_header(message: &[u8]) -> bool {
    let is_field = |line: &[u8]| {
        let name = line.split(|&octet| octet == b':').next().unwrap();
        name.len() < line.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
    };
    let goes_on = |line: &[u8]| line.starts_with(b" ") || line.starts_with(b"\t");
    let mut lines = message.split_inclusive(|&octet| octet == b'\n');
    let end = lines.find(|line| !is_field(line) && !goes_on(line));
    end == Some(b"\n") && !goes_on(message)
}

/// Is `longer` the same with an empty line somewhere in it?
fn has_one_more_line(longer: &[u8], message: &[u8]) -> bool {
    let same = longer.iter().zip(message).take_while(|(one, other)| one == other).count();
    longer.get(same) == Some(&b'\n') && longer[same + 1..] == message[same..]
}

/// Neither of the two takes off the `>` of mboxrd.
fn unquoted(message: &[u8]) -> Vec<u8> {
    split_mbox(&[b"From x\n", message, b"\n"].concat()).remove(0)
}

fn from_base64(line: &str) -> Vec<u8> {
    use base64::prelude::{BASE64_STANDARD, Engine};
    BASE64_STANDARD.decode(line).unwrap()
}
