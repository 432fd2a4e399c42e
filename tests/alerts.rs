//! Trouble is told once: when it begins, when it is worse, when it is over; by cron's runs, which share what the ledger has.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::json::schema;
use super::server::{Certificates, Config, Fault, Maildrop, Phase, Server, Sizes, TlsMode};
use super::util::{Home, Ran, finish, run, wait_until};

/// A server whose first connections have this fault, and a home.
struct World {
    home: Home,
    server: Server,
}

const CAPABILITIES: [&str; 3] = ["TOP", "UIDL", "USER"];
const REFUSED: &[u8] = b"-ERR [AUTH] no such password\r\n";
const BUSY: &[u8] = b"-ERR [SYS/TEMP] come back later\r\n";

fn reply(raw: &[u8]) -> Fault {
    Fault::Reply { verb: "PASS", raw: raw.to_vec() }
}

impl World {
    fn new(faults: &[(std::ops::Range<usize>, Fault)]) -> Self {
        let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(400));
        // Without SASL, so that PASS is what logs in.
        let config = Config::new(&maildrop).capabilities(CAPABILITIES, CAPABILITIES);
        let config = faults.iter().fold(config, |config, (range, fault)| config.fault_on(range.clone(), fault.clone()));
        Self { home: Home::new(), server: Server::start(config) }
    }

    fn command(&self, more: &[&str]) -> Command {
        self.home.fetch_maildir(&self.server.url("ann"), &[&["--tls", "none"], more].concat())
    }

    fn fetch(&self, more: &[&str]) -> Ran {
        run(&mut self.command(more))
    }

    /// With commands that write down what they are told.
    fn told(&self, more: &[&str]) -> Ran {
        let note = format!("cat >> {}", self.alerts().display());
        self.fetch(&[&["--on-failure", &note, "--on-recovery", &note], more].concat())
    }

    fn alerts(&self) -> PathBuf {
        self.home.path("alerts")
    }

    /// What the commands were told, in order: event, kind and attempts.
    fn alerted(&self) -> Vec<String> {
        let lines = std::fs::read_to_string(self.alerts()).unwrap_or_default();
        let shown = |line: &str| {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(schema::complaints(&object), Vec::<String>::new(), "{line}");
            let text = |key: &str| object[key].as_str().unwrap().to_owned();
            assert!(text("since").ends_with('Z') && text("time").ends_with('Z'), "{line}");
            assert!(object["mailbox"].as_str().is_some_and(|mailbox| mailbox.starts_with("ann@")), "{line}");
            assert_eq!(text("type"), "alert");
            format!("{} {} {}", text("event"), text("kind"), object["attempts"])
        };
        lines.lines().map(shown).collect()
    }

    /// As if the last runs had been so many days ago, with an idle one each day since then.
    fn days_of_runs(&self, days: i64) {
        let db = rusqlite::Connection::open(self.home.state().join("runs.db")).unwrap();
        db.execute("UPDATE run SET started_at = started_at - ?1 * 86400000", [days]).unwrap();
        let before = "INSERT INTO run SELECT mailbox, started_at + ?1 * 86400000, duration, listed, 0, 0, 0, 0, 0, NULL
                      FROM run ORDER BY started_at LIMIT 1";
        (1..days).for_each(|day| assert_eq!(db.execute(before, [day]).unwrap(), 1));
    }

    /// As if a day had passed since messages could not be fetched.
    fn next_day(&self) {
        let db = rusqlite::Connection::open(self.home.state().join("mailhaul.db")).unwrap();
        let update = "UPDATE trouble SET last_day = last_day - 1, next_try = 0, last_at = last_at - 86400";
        db.execute(update, []).unwrap();
    }

    /// As if the incidents had begun so long ago, and had been told then.
    fn let_pass(&self, seconds: i64) {
        let db = rusqlite::Connection::open(self.home.state().join("mailhaul.db")).unwrap();
        let update = "UPDATE incident SET since = since - ?1, seen_at = seen_at - ?1, said_at = said_at - ?1,
                          reported_at = reported_at - ?1";
        db.execute(update, [seconds]).unwrap();
    }
}

#[test]
fn failures_are_silent_until_they_have_lasted() {
    let world = World::new(&[(0..5, reply(BUSY))]);
    let tolerant = ["--tolerate", "1h"];
    world.told(&tolerant).code(0).silent();
    world.told(&tolerant).code(0).silent();
    assert!(world.alerted().is_empty());
    world.told(&[&tolerant[..], &["-v"]].concat()).code(0).says("come back later");
    world.let_pass(3600);
    world.told(&tolerant).code(75).says("come back later").says("no fetch has succeeded for 60 minutes (4 attempts)");
    let again = world.told(&tolerant);
    again.code(75).silent();
    assert_eq!(world.alerted(), ["failure temporary 4"]);
    let over = world.told(&tolerant);
    over.code(0).says("works again after failing for 60 minutes (5 attempts)");
    assert_eq!(over.stderr.lines().count(), 1, "{}", over.everything());
    assert_eq!(world.alerted()[1..], ["recovery temporary 5"]);
    world.told(&tolerant).code(0).silent();
    assert_eq!(world.home.maildir_messages().len(), 2);
}

/// Nobody was told, so nobody is told that it is over.
#[test]
fn what_passes_in_time_is_never_told() {
    let world = World::new(&[(0..2, reply(BUSY))]);
    for _ in 0..4 {
        world.told(&["--tolerate", "1h"]).code(0).silent();
    }
    assert!(world.alerted().is_empty());
}

#[test]
fn without_tolerance_every_run_says_it_and_the_command_is_run_once() {
    let world = World::new(&[(0..3, reply(BUSY))]);
    for _ in 0..3 {
        world.told(&[]).code(75).says("come back later");
    }
    world.told(&[]).code(0).silent();
    world.told(&[]).code(0).silent();
    assert_eq!(world.alerted(), ["failure temporary 1", "recovery temporary 3"]);
}

#[test]
fn what_becomes_worse_is_told_again_and_what_becomes_better_is_not() {
    let world = World::new(&[(0..1, reply(BUSY)), (1..2, reply(REFUSED)), (2..3, reply(BUSY)), (3..4, reply(REFUSED))]);
    for code in [75, 77, 75, 77, 0] {
        world.told(&[]).code(code);
    }
    assert_eq!(world.alerted(), ["failure temporary 1", "failure login 2", "recovery login 4"]);
}

#[test]
fn what_lasts_is_told_again_if_that_is_wanted() {
    let world = World::new(&[(0..9, reply(BUSY))]);
    let reminded = ["--tolerate", "1s", "--remind-every", "1d"];
    world.told(&reminded).code(0);
    world.let_pass(3600);
    world.told(&reminded).code(75).says("come back later");
    world.let_pass(3600);
    world.told(&reminded).code(75).silent();
    world.let_pass(24 * 3600);
    world.told(&reminded).code(75).says("no fetch has succeeded for 26 hours (4 attempts)");
    assert_eq!(world.alerted(), ["failure temporary 2", "failure temporary 4"]);
}

/// It may send a mail over the network that is down.
#[test]
fn a_command_that_fails_is_run_again() {
    let world = World::new(&[(0..3, reply(BUSY))]);
    let first = world.fetch(&["--on-failure", "echo no route >&2; exit 3", "--tolerate", "1s"]);
    first.code(0).silent();
    world.let_pass(60);
    let command = ["--on-failure", "echo no route >&2; exit 3", "--tolerate", "1s"];
    world.fetch(&command).code(75).says("the command of on-failure failed").says("it said: no route");
    world.told(&["--tolerate", "1s"]).code(75).silent();
    assert_eq!(world.alerted(), ["failure temporary 3"]);
    let over = world.fetch(&["--on-recovery", "exit 1", "--on-failure", "true", "--tolerate", "1s"]);
    over.code(0).says("the command of on-recovery failed").says("works again");
    world.told(&["--tolerate", "1s"]).code(0).silent();
    assert_eq!(world.alerted()[1..], ["recovery temporary 3"]);
}

#[test]
fn what_fails_before_a_connection_is_noted_and_told() {
    let world = World::new(&[]);
    let password = ["--password-command", "echo cannot unlock >&2; exit 1"];
    let fetch = |more: &[&str]| {
        let note = format!("cat >> {}", world.alerts().display());
        let (maildir, url) = (world.home.maildir(), world.server.url("ann"));
        let common = ["fetch", &url, "--tls", "none", "--maildir", maildir.to_str().unwrap(), "--on-failure", &note];
        run(&mut world.home.mailhaul([&common, more].concat()))
    };
    fetch(&password).code(78).says("cannot unlock");
    fetch(&password).code(78).says("cannot unlock");
    assert_eq!(world.alerted(), ["failure configuration 1"]);
    let log = run(&mut world.home.mailhaul(["log"]));
    assert_eq!(log.code(0).stdout.matches("cannot unlock").count(), 2, "{}", log.everything());
}

/// They are told once whatever is tolerated, as the next run says nothing of them.
#[test]
fn messages_that_are_given_up_are_told_at_once() {
    let fault = Fault::RetrErr { numbers: vec![1], text: "corrupt" };
    let world = World::new(&[(0..99, fault)]);
    let tolerant = ["--tolerate", "30d"];
    for _ in 0..2 {
        world.told(&tolerant).code(0).silent();
        world.next_day();
    }
    world.told(&tolerant).code(69).says("were given up");
    world.told(&tolerant).code(0).silent();
    assert_eq!(world.alerted(), ["failure messages 1"]);
    // Whoever wants to hear of it again does, though no run fails by it.
    world.let_pass(3 * 24 * 3600);
    let reminded = [&tolerant[..], &["--remind-every", "1d"]].concat();
    world.told(&reminded).code(0).says("1 message given up");
    run(&mut world.home.mailhaul(["state", "forget", &world.server.url("ann"), &world.server.maildrop().uids()[0]]));
    let db = rusqlite::Connection::open(world.home.state().join("mailhaul.db")).unwrap();
    db.execute("DELETE FROM trouble", []).unwrap();
    drop(db);
    world.server.maildrop().message(0).set_deleted(true);
    world.told(&tolerant).code(0);
    assert_eq!(world.alerted().last().unwrap().split(' ').next(), Some("recovery"), "{:?}", world.alerted());
}

/// The command of an end has failed, so for it the trouble has never ended; for whoever reads standard error it has.
#[test]
fn what_comes_back_before_its_end_was_taken_begins_anew() {
    let world = World::new(&[(0..1, reply(BUSY)), (2..3, reply(BUSY))]);
    let commands = |recovery: &str| {
        let note = format!("cat >> {}", world.alerts().display());
        world.fetch(&["--tolerate", "1s", "--on-failure", &note, "--on-recovery", recovery])
    };
    commands("false").code(0).silent();
    let db = rusqlite::Connection::open(world.home.state().join("mailhaul.db")).unwrap();
    db.execute("UPDATE incident SET said_at = since, said_level = 1, reported_at = since, reported_level = 1", [])
        .unwrap();
    drop(db);
    commands("false").code(0).says("works again").says("the command of on-recovery failed");
    commands("false").code(0).silent();
    world.let_pass(60);
    // The third fault is over: nobody was told of it, but the command still waits for the end of the first.
    let note = format!("cat >> {}", world.alerts().display());
    commands(&note).code(0).silent();
    assert_eq!(world.alerted(), ["recovery temporary 1"]);
}

/// Whoever has not read it has not been told.
#[test]
fn what_could_not_be_written_is_said_again() {
    let world = World::new(&[(0..9, reply(BUSY))]);
    let tolerant = ["--tolerate", "1s"];
    world.fetch(&tolerant).code(0).silent();
    world.let_pass(60);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    run(world.command(&tolerant).stderr(full)).code(75);
    world.fetch(&tolerant).code(75).says("come back later");
    world.fetch(&tolerant).code(75).silent();
}

/// It lasts for days, in which the server may be away as well.
#[test]
fn a_message_that_is_refused_hides_no_other_trouble() {
    let refused = Fault::RetrErr { numbers: vec![1], text: "corrupt" };
    let world = World::new(&[(0..1, refused.clone()), (1..2, reply(BUSY)), (2..99, refused)]);
    world.told(&[]).code(75);
    world.told(&[]).code(75).says("come back later");
    world.told(&[]).code(75);
    assert_eq!(world.alerted(), ["failure refused 1", "failure temporary 1", "recovery temporary 1"]);
}

/// It is tried now and then. The runs between are no end of it.
#[test]
fn a_message_that_is_refused_is_told_once() {
    let world = World::new(&[(0..99, Fault::RetrErr { numbers: vec![1], text: "corrupt" })]);
    let silent = ["--tolerate", "1s"];
    world.told(&silent).code(0).silent();
    world.let_pass(60);
    world.told(&silent).code(75).says("1 of the messages could not be fetched");
    for _ in 0..3 {
        world.told(&silent).code(0).silent();
    }
    assert_eq!(world.alerted(), ["failure refused 2"]);
    world.server.maildrop().message(0).set_deleted(true);
    run(&mut world.home.mailhaul(["state", "retry", &world.server.url("ann")])).code(0);
    world.told(&silent).code(0).says("no message is refused any more");
    assert_eq!(world.alerted()[1..], ["recovery refused 2"]);
}

/// A server that hangs is told by the run whose deadline it has passed.
#[test]
fn a_deadline_is_told_although_it_has_passed() {
    let world = World::new(&[(0..9, Fault::Stall(Phase::Uidl))]);
    world.told(&["--deadline", "2s"]).code(75).says("the deadline passed");
    assert_eq!(world.alerted(), ["failure temporary 1"]);
}

/// A run that is ended by hand has not failed, and has not succeeded either.
#[test]
fn a_stop_is_no_failure_and_no_success() {
    let world = World::new(&[(0..9, Fault::Stall(Phase::Uidl))]);
    let child = world.command(&["--tolerate", "1h"]).spawn().unwrap();
    wait_until("the listing is asked for", || world.server.has_heard("UIDL"));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    finish(child, "a stopped run".into(), Duration::from_secs(60)).code(75);
    assert!(world.alerted().is_empty());
}

/// What is named only once is named although the run fails quietly.
#[test]
fn what_is_said_once_is_said_in_a_quiet_run() {
    let world = World::new(&[]);
    let to_nobody = ["--lmtp", "/nowhere/lmtp", "--rcpt", "ann", "--tolerate", "1h", "--max-size", "350"];
    world.server.maildrop().add_generated(9, 300);
    let first = world.fetch(&to_nobody);
    first.code(0).says("--max-size");
    assert!(!first.stderr.contains("lmtp"), "{}", first.everything());
    world.fetch(&to_nobody).code(0).silent();
}

#[test]
fn a_certificate_that_expires_soon_is_told_once() {
    let maildrop = Maildrop::generated(1, 1, Sizes::Fixed(400));
    let server =
        Server::start(Config::new(&maildrop).tls(TlsMode::Implicit).certificates(Certificates::ExpiresInNineDays));
    let home = Home::new();
    let note = format!("cat >> {}", home.path("alerts").display());
    let ca_file = server.ca_file();
    let fetch = || {
        let flags = ["--ca-file", ca_file.to_str().unwrap(), "--on-failure", &note, "--on-recovery", &note];
        run(&mut home.fetch_maildir(&server.url("ann"), &flags))
    };
    fetch().code(0).says("the server's certificate expires in 9 days (");
    fetch().code(0).silent();
    let alerts = std::fs::read_to_string(home.path("alerts")).unwrap();
    assert_eq!(alerts.matches("\"kind\":\"certificate\"").count(), 1, "{alerts}");
}

#[test]
fn a_mailbox_that_gets_no_mail_is_told() {
    let world = World::new(&[]);
    let silent = ["--silent-after", "7d"];
    world.told(&silent).code(0).silent();
    world.days_of_runs(8);
    world.told(&silent).code(0).says("no new message has come for 8 days");
    world.told(&silent).code(0).silent();
    world.server.maildrop().add_generated(7, 300);
    world.told(&silent).code(0).says("new mail has come again");
    assert_eq!(world.alerted(), ["failure no-mail 1", "recovery no-mail 2"]);
}

/// Idle runs are not kept for long, but the first of them counts.
#[test]
fn a_mailbox_that_has_never_had_mail_is_told() {
    let world = World::new(&[]);
    (0..2).for_each(|number| world.server.maildrop().message(number).set_deleted(true));
    let silent = ["--silent-after", "14d"];
    world.told(&silent).code(0).silent();
    world.days_of_runs(20);
    world.told(&silent).code(0).says("no new message has come for 20 days");
    // Who does not want to know any more is not reminded by anything else either.
    world.told(&[]).code(0).silent();
    assert_eq!(world.alerted(), ["failure no-mail 1", "recovery no-mail 1"]);
    let health = run(&mut world.home.mailhaul(["health", &world.server.url("ann")]));
    health.code(0).silent();
}

/// Somebody who watches wants to see what is wrong now.
#[test]
fn a_dry_run_says_everything_and_notes_nothing() {
    let world = World::new(&[(0..2, reply(BUSY))]);
    world.told(&["--tolerate", "1h", "--dry-run"]).code(75).says("come back later");
    world.told(&["--tolerate", "1h"]).code(0).silent();
    assert!(world.alerted().is_empty());
}

/// Another run has the mailbox: that is no failure of the account.
#[test]
fn another_run_is_no_trouble() {
    let world = World::new(&[]);
    let lock = mailhaul::state::MailboxLock::acquire(&world.home.state(), "ann@localhost").unwrap();
    world.told(&[]).code(75).says("is being fetched by process");
    world.told(&["--tolerate", "1h"]).code(0).silent();
    drop(lock);
    world.told(&["--tolerate", "1h"]).code(0).silent();
    assert!(world.alerted().is_empty());
}
