//! Errors, and SIGKILL, at the n-th call of each kind. Whatever the first run says, after a good second one every
//! message is there once, and none was deleted that was not here.
//!
//! `strace` counts the calls of each thread by themselves, so one case may disturb two threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::*;
use crate::server::Random;

/// System calls, and what may become of each.
const ERRORS: [(&str, &[&str]); 24] = [
    ("fsync", &["EIO", "ENOSPC"]),
    ("fdatasync", &["EIO"]),
    ("syncfs", &["EIO"]),
    ("close", &["EIO", "EDQUOT"]),
    ("renameat", &["EACCES", "EIO"]),
    ("write", &["ENOSPC", "EIO", "EINTR"]),
    ("pwrite64", &["ENOSPC", "EIO"]),
    ("copy_file_range", &["EIO", "EXDEV"]),
    ("openat", &["EACCES", "EMFILE", "EIO"]),
    ("open", &["EIO"]),
    ("ftruncate", &["EIO"]),
    ("flock", &["ENOLCK"]),
    ("fcntl", &["ENOLCK", "EINTR"]),
    ("fstat", &["EIO"]),
    ("newfstatat", &["EIO", "EACCES"]),
    ("statx", &["EIO", "EACCES"]),
    ("pread64", &["EIO"]),
    ("lseek", &["EIO"]),
    ("getdents64", &["EIO"]),
    ("link", &["EIO", "EPERM"]),
    ("unlink", &["EIO"]),
    ("mkdir", &["ENOSPC"]),
    ("mmap", &["ENOMEM"]),
    ("sendto", &["EPIPE"]),
];

/// Killed there as well.
const ALSO_KILLED: [&str; 4] = ["read", "recvfrom", "fchown", "access"];

const KILL: &str = "KILL";

#[derive(Clone, Debug)]
struct Case {
    to: To,
    call: &'static str,
    /// An error, or `KILL`.
    what: &'static str,
    when: usize,
}

impl Case {
    fn injection(&self) -> String {
        let Self { call, what, when, .. } = self;
        match *what {
            KILL => format!("{call}:signal=KILL:when={when}"),
            error => format!("{call}:error={error}:when={when}"),
        }
    }

    fn play(&self) {
        let (maildrop, home) = (few(), Home::new());
        let server = Server::start(Config::new(&maildrop));
        let calls = Traced::calls(self.call).inject(&self.injection());
        let (ran, _) = calls.run(&home, &self.to.fetch(&home, &server));
        assert!(self.what == KILL || ran.signal.is_none(), "died\n{}", ran.everything());
        assert_deleted_are_here(self.to, &home, &maildrop, &ran);
        completes(self.to, &home, &server, &maildrop);
    }
}

fn few() -> Maildrop {
    small(4)
}

/// A sample of all cases, for some seconds; all of them with `MAILHAUL_TEST_INJECT=all`, one call's by its name.
/// `MAILHAUL_TEST_SEED` repeats a sample.
#[test]
fn whatever_fails_the_next_run_completes() {
    if !strace_works("errors and kills at system calls") {
        return;
    }
    let wish = std::env::var("MAILHAUL_TEST_INJECT").unwrap_or_default();
    let mut cases: Vec<Case> = BOTH.into_iter().flat_map(cases).collect();
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = std::env::var("MAILHAUL_TEST_SEED").map_or(now, |value| value.parse().unwrap());
    let ends = match wish.as_str() {
        "" => {
            shuffle(&mut cases, seed);
            Some(Instant::now() + SAMPLE)
        }
        "all" => None,
        call => {
            cases.retain(|case| case.call == call);
            None
        }
    };
    println!("{} cases, MAILHAUL_TEST_SEED={seed}", cases.len());
    let failed = play(&cases, ends);
    assert!(failed.is_empty(), "{} cases failed, seed {seed}: {failed:#?}", failed.len());
}

/// In a few threads, until all are played or time is up; those that failed.
fn play(cases: &[Case], ends: Option<Instant>) -> Vec<Case> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut failed = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if ends.is_some_and(|ends| Instant::now() > ends) {
                break;
            }
            if std::panic::catch_unwind(|| case.play()).is_err() {
                println!("the one above is of {case:?}");
                failed.push(case.clone());
            }
        }
        failed
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// Each call of an undisturbed run, from the first that has to do with the home on; with two more, as no two runs are
/// the same.
fn cases(to: To) -> Vec<Case> {
    let names: Vec<&str> = ERRORS.iter().map(|(name, _)| *name).chain(ALSO_KILLED).collect();
    let (maildrop, home) = (few(), Home::new());
    let server = Server::start(Config::new(&maildrop));
    let (ran, trace) = Traced::calls(&names.join(",")).run(&home, &to.fetch(&home, &server));
    ran.code(0);
    let home = home.path("").to_str().unwrap().trim_end_matches('/').to_owned();
    let first = trace.calls.iter().position(|call| call.arguments.contains(&home)).expect("no call in the home");
    let mut cases = Vec::new();
    for name in names {
        let mut counts: BTreeMap<u32, (usize, usize)> = BTreeMap::new(); // thread -> calls at its start, and in all
        for (at, call) in trace.calls.iter().enumerate().filter(|(_, call)| call.name == name) {
            let (before, all) = counts.entry(call.thread).or_default();
            *before += usize::from(at < first);
            *all += 1;
        }
        let begin = counts.values().map(|(before, _)| *before).filter(|&before| before > 0).min().unwrap_or(0) + 1;
        let end = counts.values().map(|(_, all)| *all + 2).max().unwrap_or(0);
        let errors = ERRORS.iter().find(|(call, _)| *call == name).map_or(&[][..], |(_, errors)| errors);
        for what in errors.iter().copied().chain([KILL]) {
            cases.extend((begin..=end).map(|when| Case { to, call: name, what, when }));
        }
    }
    cases
}

fn shuffle(cases: &mut [Case], seed: u64) {
    let mut random = Random::new(seed);
    for at in (1..cases.len()).rev() {
        cases.swap(at, (random.bits() % (at as u64 + 1)) as usize);
    }
}

/// How long a sample is played.
const SAMPLE: Duration = Duration::from_secs(10);

/// Much of the time is spent waiting for syncs.
const THREADS: usize = 4;
