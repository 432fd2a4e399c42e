//! Runs the program under `strace`, and reads what that wrote.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::process::Command;

use crate::util::{Home, Ran, run, under};

/// How a program is traced.
#[derive(Clone, Debug, Default)]
pub(super) struct Traced {
    arguments: Vec<String>,
}

impl Traced {
    /// Only these system calls, with commas between them.
    pub(super) fn calls(names: &str) -> Self {
        Self { arguments: vec!["-e".into(), format!("trace={names}")] }
    }

    /// Disturbs: `fsync:error=EIO:when=2`. The calls of each thread are counted by themselves.
    pub(super) fn inject(mut self, what: &str) -> Self {
        self.arguments.extend(["-e".into(), format!("inject={what}")]);
        self
    }

    /// Only calls that have to do with this file; also counts, and disturbs, only those.
    pub(super) fn path(mut self, path: &std::path::Path) -> Self {
        self.arguments.extend(["-P".into(), path.to_str().unwrap().into()]);
        self
    }

    /// Runs it to its end.
    pub(super) fn run(&self, home: &Home, command: &Command) -> (Ran, Trace) {
        let file = home.path("trace");
        let output = file.to_str().unwrap();
        let common = ["strace", "-f", "-y", "-qq", "-s", "5000", "-o", output];
        let own = self.arguments.iter().map(String::as_str);
        let program: Vec<&str> = common.into_iter().chain(own).chain(["--"]).collect();
        let ran = run(&mut under(&program, command));
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        std::fs::remove_file(&file).unwrap();
        (ran, Trace::read(&text))
    }
}

/// The system calls of a run, in the order in which they began.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) calls: Vec<Call>,
}

/// A system call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) thread: u32,
    pub(super) name: String,
    pub(super) arguments: String,
    /// As `strace` shows it: `0`, or `-1 EIO (Input/output error) (INJECTED)`. Empty when it never returned.
    pub(super) result: String,
    /// The lines in which it begins and returns.
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl Trace {
    /// With `-f`, a call of one thread may be `<unfinished ...>` while others go on, and is `resumed` later.
    pub(super) fn read(text: &str) -> Self {
        let mut calls: Vec<Call> = Vec::new();
        let mut unfinished: HashMap<u32, usize> = HashMap::new();
        for (line, text) in text.lines().enumerate() {
            let Some((thread, rest)) = text.trim_start().split_once(' ') else { continue };
            let Ok(thread) = thread.parse() else { continue };
            let rest = rest.trim_start();
            if rest.starts_with("+++") || rest.starts_with("---") {
                continue; // an end, a signal
            }
            if let Some(resumed) = rest.strip_prefix("<... ") {
                let Some(call) = unfinished.remove(&thread).and_then(|at| calls.get_mut(at)) else { continue };
                let rest = resumed.split_once(" resumed>").map_or("", |(_, rest)| rest);
                call.finish(rest, line);
                continue;
            }
            let Some((name, rest)) = rest.split_once('(') else { continue };
            let mut call = Call { thread, name: name.into(), begin: line, end: usize::MAX, ..Call::default() };
            match rest.strip_suffix("<unfinished ...>") {
                Some(begun) => {
                    call.arguments.push_str(begun.trim_end());
                    unfinished.insert(thread, calls.len());
                }
                None => call.finish(rest, line),
            }
            calls.push(call);
        }
        Self { calls }
    }

    /// The calls of these names.
    pub(super) fn of<'a>(&'a self, names: &'a [&str]) -> impl DoubleEndedIterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| names.contains(&call.name.as_str()))
    }

    /// Calls of this name that were disturbed.
    pub(super) fn injected<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.name == name && call.result.ends_with("(INJECTED)"))
    }

    /// For a failed assertion: a line a call.
    pub(super) fn show(&self) -> String {
        self.calls.iter().fold(String::new(), |mut text, call| {
            let arguments: String = call.arguments.chars().take(160).collect();
            writeln!(text, "{} {}({arguments}) = {}", call.thread, call.name, call.result).unwrap();
            text
        })
    }
}

impl Call {
    fn finish(&mut self, rest: &str, line: usize) {
        let (arguments, result) = rest.rsplit_once(" = ").unwrap_or((rest, ""));
        self.arguments.push_str(arguments.trim_end().trim_end_matches(')'));
        self.result = result.into();
        self.end = line;
    }

    pub(super) fn succeeded(&self) -> bool {
        !self.result.is_empty() && !self.result.starts_with("-1") && !self.result.starts_with('?')
    }

    /// What it returned.
    pub(super) fn number(&self) -> u64 {
        let digits = self.result.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }

    /// The path behind the n-th descriptor among the arguments, counted from 0, as `-y` tells it.
    pub(super) fn path(&self, number: usize) -> &str {
        let end = self.arguments.find('"').unwrap_or(self.arguments.len());
        let head = if number == 0 { &self.arguments[..end] } else { &self.arguments };
        let descriptor = head.split('<').nth(number + 1);
        descriptor.and_then(|rest| rest.split('>').next()).unwrap_or_default()
    }

    /// It came to its end before the other one began.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        self.end < other.begin
    }
}

#[test]
fn reads_interleaved_calls() {
    let text = "\
10 openat(AT_FDCWD</>, \"/a\", O_RDONLY) = 3</a>
10 fsync(3</a> <unfinished ...>
11 write(4</b = c>, \"x) = 7\\n\", 8) = 8
10 <... fsync resumed>)             = -1 EIO (Input/output error) (INJECTED)
11 --- SIGCHLD {si_signo=SIGCHLD} ---
10 renameat(5</t/tmp>, \"n\", 6</t/new>, \"n\") = 0
11 close(4</b = c> <unfinished ...>
11 +++ killed by SIGKILL +++
";
    let trace = Trace::read(text);
    let names: Vec<&str> = trace.calls.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["openat", "fsync", "write", "renameat", "close"]);
    let [open, fsync, write, rename, close] = &trace.calls[..] else { unreachable!() };
    assert!(open.succeeded() && open.is_before(fsync) && !fsync.is_before(write) && fsync.is_before(rename));
    assert!(!fsync.succeeded() && fsync.path(0) == "/a" && trace.injected("fsync").count() == 1);
    assert_eq!((write.path(0), write.number(), write.result.as_str()), ("/b = c", 8, "8"));
    assert_eq!((rename.path(0), rename.path(1)), ("/t/tmp", "/t/new"));
    assert!(!close.succeeded() && close.end == usize::MAX);
}
