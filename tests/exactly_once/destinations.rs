//! The program killed at random moments while it hands messages over, or delivers to several destinations at once, with real
//! commands and a real Dovecot at the other end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::expected;
use crate::dovecot::{Dovecot, PASSWORD, dovecot_beside_or_skip};
use crate::server::{self, Config, Maildrop, Server, Sizes};
use crate::util::{Home, run};

/// How often a message may be where it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Promise {
    Once,
    AtLeastOnce,
}

/// Where messages go.
struct Ways<'a> {
    flags: Vec<String>,
    /// What is there, by the destination.
    places: Vec<Place<'a>>,
}

struct Place<'a> {
    promise: Promise,
    found: Box<dyn Fn() -> Vec<Vec<u8>> + 'a>,
}

impl<'a> Place<'a> {
    fn once(found: impl Fn() -> Vec<Vec<u8>> + 'a) -> Self {
        Self { promise: Promise::Once, found: Box::new(found) }
    }
}

#[test]
fn killed_while_messages_go_to_a_command() {
    kill("pipe", None, |home, _| {
        let out = home.path("out");
        fs::create_dir_all(&out).unwrap();
        let out = out.display().to_string();
        let command =
            format!("read -r id </proc/sys/kernel/random/uuid && cat > {out}/.$id && mv {out}/.$id {out}/$id.mail");
        let found = move || files(Path::new(&out), |name| name.ends_with(".mail"));
        let place = Place { promise: Promise::AtLeastOnce, found: Box::new(found) };
        Ways { flags: vec!["--pipe".into(), command], places: vec![place] }
    });
}

#[test]
fn killed_while_messages_go_over_lmtp() {
    let Some(dovecot) = dovecot_beside_or_skip("killed_while_messages_go_over_lmtp", &[], "") else { return };
    kill("lmtp", Some(&dovecot), |_, dovecot| {
        let dovecot = dovecot.unwrap();
        let flags = ["--lmtp", &format!("127.0.0.1:{}", dovecot.port_lmtp()), "--rcpt", "ann"].map(str::to_owned);
        let place = Place { promise: Promise::AtLeastOnce, found: Box::new(|| mailbox(dovecot, "")) };
        Ways { flags: flags.into(), places: vec![place] }
    });
}

#[test]
fn killed_while_messages_go_over_imap() {
    let Some(dovecot) = dovecot_beside_or_skip("killed_while_messages_go_over_imap", &[], "") else { return };
    kill("imap", Some(&dovecot), |home, dovecot| {
        let (flags, place) = imap(home, dovecot.unwrap());
        Ways { flags, places: vec![place] }
    });
}

#[test]
fn killed_while_messages_go_to_four_destinations() {
    let Some(dovecot) = dovecot_beside_or_skip("killed_while_messages_go_to_four_destinations", &[], "") else {
        return;
    };
    kill("all", Some(&dovecot), |home, dovecot| {
        let (mut flags, place) = imap(home, dovecot.unwrap());
        let eml = home.path("eml");
        flags.push(format!("--eml-dir={}", eml.display()));
        flags.push(format!("--maildir={}", home.maildir().display()));
        flags.push(format!("--mbox={}", home.mbox().display()));
        let unix = |text: Vec<u8>| -> Vec<u8> { String::from_utf8(text).unwrap().replace("\r\n", "\n").into_bytes() };
        let emls = move || files(&eml, |name| name.ends_with(".eml")).into_iter().map(unix).collect();
        let places = vec![
            place,
            Place::once(emls),
            Place::once(|| home.maildir_messages()),
            Place::once(|| home.mbox_messages()),
        ];
        Ways { flags, places }
    });
}

fn imap<'a>(home: &'a Home, dovecot: &'a Dovecot) -> (Vec<String>, Place<'a>) {
    home.write_private("imap-password", PASSWORD.as_bytes());
    let flags = vec![
        format!("--imap=imaps://ann@localhost:{}/INBOX", dovecot.port_imaps()),
        format!("--imap-password-file={}", home.path("imap-password").display()),
        format!("--ca-file={}", dovecot.ca_file().display()),
    ];
    (flags, Place { promise: Promise::Once, found: Box::new(|| mailbox(dovecot, "")) })
}

/// What Dovecot has in a folder of ann's.
fn mailbox(dovecot: &Dovecot, folder: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = dovecot.maildir_of("ann").join(folder);
    ["new", "cur"].iter().flat_map(|part| files(&folder.join(part), |_| true)).collect()
}

fn files(folder: &Path, choice: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let chosen = paths.filter(|path| choice(&path.file_name().unwrap().to_string_lossy()));
    chosen.map(|path| fs::read(path).unwrap()).collect()
}

/// Kills the program with SIGKILL, several times in one fetch, and lets it finish. `MAILHAUL_TEST_KILLS` says how often in
/// all, `MAILHAUL_TEST_SEED` repeats a run.
fn kill<'a>(
    what: &str,
    dovecot: Option<&'a Dovecot>,
    ways: impl for<'h> Fn(&'h Home, Option<&'h Dovecot>) -> Ways<'h>,
) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let kills = number("MAILHAUL_TEST_KILLS", 4);
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = number("MAILHAUL_TEST_SEED", now);
    println!("{what}: {kills} kills, MAILHAUL_TEST_SEED={seed}");
    let mut random = server::Random::new(seed);
    let (mut killed, mut usual, mut doubled) = (0, Duration::ZERO, 0);
    while killed < kills {
        let maildrop = Maildrop::generated(MESSAGES, random.bits(), Sizes::LogNormal { median: 2000.0, sigma: 1.0 });
        maildrop.add("same", "Subject: twice\r\n\r\nFrom here\r\n.\r\n");
        maildrop.add("same", "Subject: twice\r\n\r\nFrom here\r\n.\r\n");
        let expected = expected(&maildrop);
        let server = Server::start(Config::new(&maildrop));
        let home = Home::new();
        if let Some(dovecot) = dovecot {
            empty(dovecot);
        }
        let ways = ways(&home, dovecot);
        let begun = Instant::now();
        let fetch = || home.fetch(&server.url("ann"), &[&["--tls", "none", "--delete"][..], &flags(&ways)].concat());
        for _ in 0..if usual.is_zero() { 0 } else { KILLS_A_FETCH } {
            let mut child = fetch().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(usual.mul_f64(random.unit()));
            child.kill().unwrap();
            killed += u64::from(!child.wait().unwrap().success());
        }
        // A command that was left alone may still be at work.
        std::thread::sleep(Duration::from_millis(if usual.is_zero() { 0 } else { 300 }));
        for _ in 0..2 {
            run(&mut fetch()).code(0).silent();
            doubled += check(&ways, &expected, seed);
        }
        assert!(maildrop.present().is_empty(), "not deleted; MAILHAUL_TEST_SEED={seed}");
        let left = fs::read_dir(home.state().join("outbox")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "left in the outbox; MAILHAUL_TEST_SEED={seed}");
        if usual.is_zero() {
            usual = begun.elapsed() / 2;
        }
    }
    println!("{what}: {killed} kills; {doubled} messages came twice, where that may be");
}

fn flags<'w>(ways: &'w Ways<'_>) -> Vec<&'w str> {
    ways.flags.iter().map(String::as_str).collect()
}

/// Each message is where it should be; returns how many came once too often, where that may be.
fn check(ways: &Ways<'_>, expected: &[Vec<u8>], seed: u64) -> usize {
    let mut doubled = 0;
    for (at, place) in ways.places.iter().enumerate() {
        let found = (place.found)();
        for message in expected {
            // A server may put lines in front.
            let count = found.iter().filter(|file| file.ends_with(message)).count();
            let wanted = expected.iter().filter(|other| *other == message).count();
            assert!(count >= wanted, "destination {at}: a message is lost; MAILHAUL_TEST_SEED={seed}");
            doubled += count - wanted;
        }
        if place.promise == Promise::Once {
            assert_eq!(found.len(), expected.len(), "destination {at}: doubled; MAILHAUL_TEST_SEED={seed}");
        } else {
            assert!(found.len() >= expected.len());
        }
    }
    doubled
}

/// Ann's mailbox has nothing any more.
fn empty(dovecot: &Dovecot) {
    for part in ["new", "cur"] {
        let folder = dovecot.maildir_of("ann").join(part);
        for entry in fs::read_dir(folder).into_iter().flatten() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
}

/// Messages of a fetch that is killed, but for two that are the same.
const MESSAGES: usize = 120;

/// How often one fetch is killed before it may finish.
const KILLS_A_FETCH: u32 = 4;
