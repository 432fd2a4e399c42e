//! Exactly once: the engine ended after every single effect, and the program killed at random moments. Whatever
//! happened, the next run must leave each message in its place once: none lost, none doubled, none torn.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mailhaul::auth::{Access, Credentials, Patience};
use mailhaul::client::Transcript;
use mailhaul::config::{Account, Raw, SecretSource, Settings};
use mailhaul::deliver::Target;
use mailhaul::effect::{Effect, Observer};
use mailhaul::fetch::{BatchLimits, Job, Policy};
use mailhaul::output::{DeliveredMessage, Reporter, Topic};

use super::server::{self, Config, Maildrop, Server, Sizes};
use super::util::{Home, assert_same_messages, run, wait_until};

mod destinations;

/// Which way a test goes.
#[derive(Clone, Copy, Debug)]
struct Way {
    mbox: bool,
    delete: bool,
}

const WAYS: [Way; 4] = [
    Way { mbox: false, delete: false },
    Way { mbox: false, delete: true },
    Way { mbox: true, delete: false },
    Way { mbox: true, delete: true },
];

#[test]
fn ended_after_every_effect_maildir_keep() {
    end_after_every_effect(WAYS[0]);
}

#[test]
fn ended_after_every_effect_maildir_delete() {
    end_after_every_effect(WAYS[1]);
}

#[test]
fn ended_after_every_effect_mbox_keep() {
    end_after_every_effect(WAYS[2]);
}

#[test]
fn ended_after_every_effect_mbox_delete() {
    end_after_every_effect(WAYS[3]);
}

/// Ends a first run after its k-th effect, a second one, which finds what the first left, after one of its own, and
/// lets a third finish; for every third k, as `histories::evidence` has all of them in one process.
fn end_after_every_effect(way: Way) {
    let mut ended_second_runs = 0;
    for k in (1..).step_by(3) {
        let (maildrop, expected) = varied_maildrop(k);
        let server = Server::start(Config::new(&maildrop));
        let home = Home::new();
        if !engine(&server, &home, way, k).was_ended {
            assert!(k > 40, "{way:?}: only {k} effects");
            break;
        }
        // The second run sees fewer effects than the first: its end is spread over all of them as k grows.
        ended_second_runs += u32::from(engine(&server, &home, way, 1 + k * 7 % 29).was_ended);
        finish_and_check(&server, &home, way, &maildrop, &expected);
    }
    assert!(ended_second_runs > 8, "{way:?}: only {ended_second_runs} second runs were ended");
}

/// Twelve messages, of which some are written in several pieces; in the mbox, two spools.
fn varied_maildrop(seed: u64) -> (Maildrop, Vec<Vec<u8>>) {
    let maildrop = Maildrop::generated(9, seed, Sizes::Fixed(1500));
    maildrop.add_generated(seed, 300_000);
    maildrop.add("same", "Subject: twice\r\n\r\nFrom here\r\n.\r\n");
    maildrop.add("same", "Subject: twice\r\n\r\nFrom here\r\n.\r\n");
    let expected = expected(&maildrop);
    (maildrop, expected)
}

fn expected(maildrop: &Maildrop) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = (0..maildrop.len()).map(|index| maildrop.expected_lf(index)).collect();
    messages.sort();
    messages
}

/// Lets the program finish, and looks at everything. Then once more: nothing may happen.
fn finish_and_check(server: &Server, home: &Home, way: Way, maildrop: &Maildrop, expected: &[Vec<u8>]) {
    for _ in 0..2 {
        run(&mut fetch(server, home, way)).code(0).silent();
        let found = if way.mbox { home.mbox_messages() } else { home.maildir_messages() };
        assert_same_messages(&found, expected);
        let left = home.leftovers();
        assert!(left.is_empty(), "{way:?} left {} files, such as {:?}", left.len(), left.first());
        assert!(maildrop.present().is_empty() || !way.delete, "{way:?}: not deleted");
    }
}

/// The engine in a process of its own, ended after its `end_after`-th effect, as suddenly as by SIGKILL.
struct Ended {
    was_ended: bool,
    effects: Vec<String>,
}

fn engine(server: &Server, home: &Home, way: Way, end_after: u64) -> Ended {
    start_engine(server, home, way, end_after, &[])
}

/// The same, where the program that runs it wants to hear of each message.
fn engine_that_tells(server: &Server, home: &Home, way: Way, end_after: u64) -> Ended {
    start_engine(server, home, way, end_after, &[("TEST_TELLS", "1")])
}

fn start_engine(server: &Server, home: &Home, way: Way, end_after: u64, more: &[(&str, &str)]) -> Ended {
    let log = home.path("effects");
    std::fs::remove_file(&log).ok();
    let output = Command::new("/proc/self/exe") // also when a newer build has replaced the file
        .args(["--exact", "exactly_once::engine_in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env("TEST_PORT", server.port().to_string())
        .env("TEST_HOME", home.path(""))
        .env("TEST_MBOX", way.mbox.to_string())
        .env("TEST_DELETE", way.delete.to_string())
        .env("TEST_END_AFTER", end_after.to_string())
        .envs(more.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let aborted = output.status.signal() == Some(rustix::process::Signal::ABORT.as_raw());
    assert!(
        aborted || output.status.success(),
        "the engine failed: {:?}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let effects = std::fs::read_to_string(&log).unwrap_or_default();
    Ended { was_ended: aborted, effects: effects.lines().map(str::to_owned).collect() }
}

#[test]
#[ignore = "is no test by itself: the others run it as a process that may end"]
fn engine_in_a_process_of_its_own() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let home = PathBuf::from(variable("TEST_HOME"));
    let mut settings = Settings::default();
    settings.set("tls", Raw::text("none")).unwrap();
    settings.set("password-file", Raw::Paths(vec![home.join("password")])).unwrap();
    let url = format!("pop3://ann@localhost:{}", variable("TEST_PORT"));
    let account = Account::resolve(None, &url, settings).unwrap();
    let SecretSource::Password(source) = &account.secret else { unreachable!() };
    let secret =
        source.password(&account.whose(), &Patience { limit: Duration::from_secs(60), ..Patience::default() }).unwrap();
    let target = match variable("TEST_MBOX").as_str() {
        "true" => Target::Mbox(home.join("mbox")),
        _ => Target::Maildir(home.join("Mail")),
    };
    let batch = BatchLimits { messages: 4, octets: 200_000, age: Duration::from_secs(5) };
    let policy = Policy { delete: variable("TEST_DELETE") == "true", batch, ..Policy::default() };
    let counter = Counter {
        left: AtomicU64::new(variable("TEST_END_AFTER").parse().unwrap()),
        log: append(&home.join("effects")),
    };
    let job = Job {
        account: &account,
        access: &Access::Fixed(Credentials::Password(secret)),
        network: &mailhaul::net::Sockets,
        trust: None,
        targets: std::slice::from_ref(&target),
        carriers: &mailhaul::fetch::NoCarriers,
        filter: None,
        policy: &policy,
        state_folder: &home.join("state"),
        started: std::time::SystemTime::now(),
        until: mailhaul::until::Until::default(),
        observer: Arc::new(counter),
        reporter: Arc::new(Teller(append(&home.join("effects")))),
    };
    let outcome = job.run();
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
}

/// Writes each effect down, and ends the process after the last that is granted.
struct Counter {
    left: AtomicU64,
    log: std::fs::File,
}

impl Observer for Counter {
    fn after(&self, effect: Effect) {
        use std::io::Write;
        writeln!(&self.log, "{effect:?}").unwrap();
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            std::process::abort();
        }
    }
}

fn append(path: &Path) -> std::fs::File {
    std::fs::File::options().create(true).append(true).open(path).unwrap()
}

/// Writes down of which messages it is told.
struct Teller(std::fs::File);

impl Reporter for Teller {
    fn warn(&self, _: &str) {}
    fn warn_of(&self, _: Topic, _: &str) {}
    fn sum_up(&self) {}
    fn tell(&self, _: &str) {}
    fn note(&self, _: &str) {}
    fn begin(&self, _: u64, _: u64) {}
    fn octets(&self, _: u64) {}
    fn message(&self) {}
    fn end(&self) {}
    fn wants_messages(&self) -> bool {
        std::env::var_os("TEST_TELLS").is_some()
    }
    fn published(&self, message: &DeliveredMessage) {
        use std::io::Write;
        let uid = String::from_utf8(message.uid.clone()).unwrap();
        writeln!(&self.0, "Told {uid} {}", message.summary.is_some()).unwrap();
    }
    fn transcript(&self) -> Arc<dyn Transcript> {
        Arc::new(Mute)
    }
}

struct Mute;

impl Transcript for Mute {
    fn sent(&self, _: &str) {}
    fn received(&self, _: &str) {}
}

/// Nobody hears of a message before it is where it belongs, durably; nor while an mbox is locked. What a run that was
/// ended has left is told of by the next one.
#[test]
fn a_message_is_told_of_when_it_is_published() {
    for (way, last) in [(WAYS[0], "Synced"), (WAYS[2], "Unlocked")] {
        let generated = Maildrop::generated(3, 1, Sizes::Fixed(500));
        let maildrop = Maildrop::new((0..3).map(|index| (format!("uid{index}"), generated.expected(index))));
        let server = Server::start(Config::new(&maildrop));
        let effects = engine_that_tells(&server, &Home::new(), way, u64::MAX).effects;
        let told = |effects: &[String]| -> Vec<String> {
            effects.iter().filter(|effect| effect.starts_with("Told")).cloned().collect()
        };
        let published = effects.iter().position(|effect| effect == last).unwrap();
        assert_eq!(told(&effects[..published]), Vec::<String>::new(), "{effects:?}");
        assert_eq!(told(&effects), ["Told uid0 true", "Told uid1 true", "Told uid2 true"]);
        let recorded = effects.iter().position(|effect| effect == "Recorded").unwrap();
        let before = |at: usize| effects[..at].iter().filter(|effect| !effect.starts_with("Told")).count() as u64;
        for end_after in [before(recorded) + 1, before(published) + 1] {
            let home = Home::new();
            let ended = engine_that_tells(&server, &home, way, end_after);
            assert!(ended.was_ended && told(&ended.effects).is_empty(), "{:?}", ended.effects);
            let next = engine_that_tells(&server, &home, way, u64::MAX).effects;
            let is_settled = ended.effects.iter().any(|effect| effect == "Published");
            let expected: &[&str] =
                if is_settled { &[] } else { &["Told uid0 false", "Told uid1 false", "Told uid2 false"] };
            assert_eq!(told(&next), expected, "{next:?}");
        }
    }
}

/// One batch of three messages, deleted: data, ledger, publication, DELE, QUIT. When the ledger hears of publication
/// is left to the publishing thread, so that is asserted apart.
#[test]
fn effects_come_in_their_order() {
    let three = Maildrop::generated(3, 1, Sizes::Fixed(500));
    for (way, publication) in [
        (WAYS[1], &["Renamed", "Renamed", "Renamed", "Synced"][..]),
        (WAYS[3], &["Appended", "Appended", "Appended", "Synced", "Unlocked"][..]),
    ] {
        let maildrop = Maildrop::new((0..3).map(|index| (format!("uid{index}"), three.expected(index))));
        let server = Server::start(Config::new(&maildrop));
        let mut effects = engine(&server, &Home::new(), way, u64::MAX).effects;
        let published = effects.iter().position(|effect| effect == "Published").expect("never settled");
        let synced = effects.iter().position(|effect| effect == "Synced").expect("never synced");
        assert!(synced < published, "{effects:?}");
        effects.remove(published);
        let staging = match way.mbox {
            true => ["SpoolCreated SpoolWritten Staged", "SpoolWritten Staged", "SpoolWritten Staged"],
            false => ["SpoolCreated SpoolWritten Staged"; 3],
        };
        let staging = staging.iter().flat_map(|words| words.split(' '));
        let recording: &[&str] =
            if way.mbox { &["SpoolSynced", "Locked", "Recorded"] } else { &["SpoolSynced", "Recorded"] };
        let rest = ["DeleSent", "DeleSent", "DeleSent", "DeletePending", "QuitAnswered", "Deleted"];
        let removed = effects.iter().position(|effect| effect == "SpoolRemoved");
        if let Some(removed) = removed {
            assert!(synced < removed, "{effects:?}");
            effects.remove(removed);
        }
        let expected: Vec<&str> =
            staging.chain(recording.iter().copied()).chain(publication.iter().copied()).chain(rest).collect();
        assert_eq!(effects, expected, "{way:?}");
    }
}

#[test]
fn killed_at_random_moments_maildir_keep() {
    kill_at_random_moments(WAYS[0]);
}

#[test]
fn killed_at_random_moments_maildir_delete() {
    kill_at_random_moments(WAYS[1]);
}

#[test]
fn killed_at_random_moments_mbox_keep() {
    kill_at_random_moments(WAYS[2]);
}

#[test]
fn killed_at_random_moments_mbox_delete() {
    kill_at_random_moments(WAYS[3]);
}

/// Kills the real program with SIGKILL, several times in one fetch, and lets it finish. `MAILHAUL_TEST_KILLS` says how
/// often in all, `MAILHAUL_TEST_SEED` repeats a run.
fn kill_at_random_moments(way: Way) {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |value| value.parse().unwrap());
    let kills = number("MAILHAUL_TEST_KILLS", 12);
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = number("MAILHAUL_TEST_SEED", now);
    println!("{way:?}: {kills} kills, MAILHAUL_TEST_SEED={seed}");
    let mut random = server::Random::new(seed);
    let mut killed = 0;
    let mut usual = Duration::ZERO;
    while killed < kills {
        let maildrop = Maildrop::generated(MESSAGES, random.bits(), Sizes::LogNormal { median: 3000.0, sigma: 1.3 });
        let expected = expected(&maildrop);
        let server = Server::start(Config::new(&maildrop));
        let home = Home::new();
        if usual == Duration::ZERO {
            let begun = Instant::now();
            finish_and_check(&server, &home, way, &maildrop, &expected);
            usual = begun.elapsed();
            continue;
        }
        for _ in 0..KILLS_A_FETCH {
            killed += u64::from(kill_one(&server, &home, way, usual.mul_f64(random.unit())));
        }
        finish_and_check(&server, &home, way, &maildrop, &expected);
    }
}

#[test]
fn killed_in_a_later_session_maildir_keep() {
    kill_in_a_later_session(WAYS[0]);
}

#[test]
fn killed_in_a_later_session_maildir_delete() {
    kill_in_a_later_session(WAYS[1]);
}

#[test]
fn killed_in_a_later_session_mbox_keep() {
    kill_in_a_later_session(WAYS[2]);
}

/// The same, of a server that lists its messages in parts and hides what was fetched: once the second session has begun.
fn kill_in_a_later_session(way: Way) {
    let kills = std::env::var("MAILHAUL_TEST_KILLS").map_or(5, |kills| kills.parse().unwrap());
    let mut random = server::Random::new(std::process::id().into());
    for _ in 0..kills {
        let maildrop = Maildrop::generated(MESSAGES, random.bits(), Sizes::LogNormal { median: 3000.0, sigma: 1.3 });
        let expected = expected(&maildrop);
        let server = Server::start(Config::new(&maildrop).page(120).hides_fetched());
        let home = Home::new();
        let mut child = fetch(&server, &home, way).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("the second session", || server.connections() > 1 || child.try_wait().unwrap().is_some());
        std::thread::sleep(Duration::from_secs_f64(random.unit() * 0.05));
        child.kill().unwrap();
        child.wait().unwrap();
        run(&mut fetch(&server, &home, way)).code(0).silent();
        // What was fetched without QUIT is not hidden, and may be all that such a server lists.
        drop(server);
        maildrop.all().iter().for_each(|message| message.set_hidden(false));
        finish_and_check(&Server::start(Config::new(&maildrop)), &home, way, &maildrop, &expected);
    }
}

fn fetch(server: &Server, home: &Home, way: Way) -> Command {
    let mut more = vec!["--tls", "none"];
    more.extend(way.delete.then_some("--delete"));
    match way.mbox {
        true => home.fetch_mbox(&server.url("ann"), &more),
        false => home.fetch_maildir(&server.url("ann"), &more),
    }
}

/// Starts a fetch and kills it after a while. `false` when it was faster.
fn kill_one(server: &Server, home: &Home, way: Way, after: Duration) -> bool {
    let mut child = fetch(server, home, way).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(status.signal() == Some(9) || status.success(), "{status:?}");
    status.signal() == Some(9)
}

/// Messages of a fetch that is killed.
const MESSAGES: usize = 400;

/// How often one fetch is killed before it may finish.
const KILLS_A_FETCH: u32 = 4;
