//! Many polls of many accounts, with servers that fail, hang, throttle and recover.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use super::{CAPABILITIES, Staying, descriptors, memory};
use crate::server::{Config, Fault, Maildrop, Phase, Server, Sizes};
use crate::util::{Home, wait_until};

/// Accounts, each with a server of its own; all of one kind have the same trouble.
const ACCOUNTS: usize = 50;

/// Polls of all accounts together; for a figure, `MAILHAUL_TEST_POLLS=N`.
fn polls() -> usize {
    std::env::var("MAILHAUL_TEST_POLLS").map_or(1000, |count| count.parse().unwrap())
}

/// What goes wrong, from which connection on, and whether it is worth an alert: one for a beginning, one for an end.
fn troubles(number: usize) -> Vec<(std::ops::Range<usize>, Fault)> {
    let reply = |raw: &[u8]| Fault::Reply { verb: "PASS", raw: raw.to_vec() };
    match number % 5 {
        0 => vec![(3..6, reply(b"-ERR [SYS/TEMP] too many sessions\r\n"))],
        1 => vec![(2..4, Fault::DropOnAccept), (8..9, Fault::DropOnAccept)],
        2 => vec![(4..5, Fault::Stall(Phase::Uidl))],
        3 => vec![(5..7, reply(b"-ERR [IN-USE] another session has it\r\n"))],
        _ => Vec::new(),
    }
}

#[test]
fn every_message_comes_once_and_every_change_is_told_once() {
    let home = Home::new();
    let servers: Vec<Server> = (0..ACCOUNTS)
        .map(|number| {
            let maildrop = Maildrop::generated(2, number as u64, Sizes::Fixed(400));
            let config = Config::new(&maildrop).capabilities(CAPABILITIES, CAPABILITIES).without_commands_in_log();
            Server::start(
                troubles(number).into_iter().fold(config, |config, (range, fault)| config.fault_on(range, fault)),
            )
        })
        .collect();
    let alerts = home.path("alerts");
    fs::create_dir(&alerts).unwrap();
    let note = format!("cat >> {}/{{account}}", alerts.display());
    let mut text = format!(
        "[defaults]\ntls = \"none\"\nevery = \"1s\"\nmax-backoff = \"1s\"\ntimeout = \"2s\"\njobs = 16\npassword-file = {:?}\n\
         on-failure = {note:?}\non-recovery = {note:?}\nmaildir = {:?}\n",
        home.path("password"),
        home.path("Mail/{account}")
    );
    fs::create_dir(home.path("Mail")).unwrap();
    for (number, server) in servers.iter().enumerate() {
        text += &format!("[account.a{number}]\nsource = {:?}\nstate-key = \"a{number}\"\n", server.url("ann"));
    }
    let config = home.write_private("config.toml", text.as_bytes());
    let staying = Staying::run(&home, &mut home.mailhaul(["fetch", "--config", config.to_str().unwrap()]));
    let connections = || servers.iter().map(Server::connections).sum::<usize>();
    let mail = |seed: u64| servers.iter().for_each(|server| server.maildrop().add_generated(seed, 300));
    let reached = |count: usize| {
        let ends = std::time::Instant::now() + Duration::from_secs(60 + count as u64 / 4);
        while connections() < count {
            assert!(std::time::Instant::now() < ends, "{} of {count} polls; {}", connections(), staying.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let wanted = polls();
    reached(wanted / 4);
    mail(1);
    reached(wanted / 2);
    mail(2);
    let (early, open) = (memory(staying.pid()), descriptors(staying.pid()));
    reached(wanted);
    mail(3);
    let count = |number: usize| ["new", "cur"].map(|part| count_in(&home, number, part)).iter().sum::<usize>();
    wait_until("all mail", || (0..ACCOUNTS).all(|number| count(number) == 5));
    // Let the last trouble pass, and be told.
    wait_until("twelve polls each", || servers.iter().all(|server| server.connections() >= 12));
    let (late, open_late) = (memory(staying.pid()), descriptors(staying.pid()));
    let log = staying.log();
    assert_eq!(staying.end(Signal::TERM), Some(0));
    assert!((0..ACCOUNTS).all(|number| count(number) == 5), "a message came twice");
    for number in 0..ACCOUNTS {
        let told = fs::read_to_string(alerts.join(format!("a{number}"))).unwrap_or_default();
        let told: Vec<&str> = told.lines().map(|line| if line.contains("\"failure\"") { "-" } else { "+" }).collect();
        assert_eq!(told.concat(), "-+".repeat(troubles(number).len()), "account {number}: {log}");
    }
    println!("{} polls; RSS {early} -> {late} KiB; descriptors {open} -> {open_late}", connections());
    assert!(late <= early + 2048, "{early} KiB, then {late} KiB");
    // At each moment some connections, commands and files of the ledger are open.
    assert!(open_late <= open + 16 * 8, "{open}, then {open_late}");
}

fn count_in(home: &Home, number: usize, part: &str) -> usize {
    fs::read_dir(home.path(&format!("Mail/a{number}/{part}"))).map_or(0, Iterator::count)
}
