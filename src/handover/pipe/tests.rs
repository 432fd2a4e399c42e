use std::fs;
use std::path::Path;
use std::time::Instant;

use super::*;
use crate::stop::Stop;

/// A folder with an outbox in it, and whatever the commands of a test write.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn message(&self, name: &str, octets: &[u8]) -> Outgoing {
        let file = self.0.path().join(name);
        fs::write(&file, octets).unwrap();
        Outgoing { file, octets: octets.len() as u64, uid: name.as_bytes().to_vec(), mark: Vec::new() }
    }

    fn messages(&self, count: usize) -> Vec<Outgoing> {
        (0..count).map(|at| self.message(&format!("m{at}"), format!("Subject: {at}\r\n\r\nx\r\n").as_bytes())).collect()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.path().join(name)).unwrap()
    }
}

#[derive(Default)]
struct Told(Vec<(usize, Answer)>);

impl Answers for Told {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        self.0.push((at, answer));
        Ok(())
    }
}

impl Told {
    /// `0d 1r 2l`: delivered, refused, later.
    fn shown(&self) -> String {
        let word = |(at, answer): &(usize, Answer)| match answer {
            Answer::Delivered => format!("{at}d"),
            Answer::Later(_) => format!("{at}l"),
            Answer::Refused(_) => format!("{at}r"),
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    fn reason(&self, at: usize) -> &str {
        match &self.0.iter().find(|(told, _)| *told == at).unwrap().1 {
            Answer::Delivered => "",
            Answer::Later(why) | Answer::Refused(why) => why,
        }
    }
}

fn carrier(line: &str) -> PipeCarrier {
    carrier_until(line, Duration::from_secs(60), Until::default())
}

fn carrier_until(line: &str, timeout: Duration, until: Until) -> PipeCarrier {
    let origin = CommandOrigin { account: "work".into(), source: "pops://ann@mail.example".into() };
    let mut carrier = PipeCarrier::new(CommandLine::Shell(line.into()), timeout, origin, until);
    carrier.runner.patience =
        EndPatience { after_stop: Duration::from_millis(500), after_term: Duration::from_millis(500) };
    carrier
}

fn run(line: &str, messages: &[Outgoing]) -> (Result<()>, Told) {
    let mut told = Told::default();
    (carrier(line).hand_over(messages, &mut told), told)
}

/// Everything that a command may end with, and what becomes of the message, or of the destination.
#[test]
fn the_exit_status_is_the_answer() {
    let place = Place::new();
    let one = place.messages(1);
    for code in 0..=255 {
        let (ended, told) = run(&format!("cat > /dev/null; exit {code}"), &one);
        let expected = match code {
            0 => "0d",
            75 | 129..=159 => "0l",
            126 | 127 => "",
            _ => "0r",
        };
        assert_eq!(told.shown(), expected, "{code}");
        assert_eq!(ended.is_err(), expected.is_empty(), "{code}");
        if let Err(error) = ended {
            assert_eq!(error.kind(), Kind::TryLater);
        }
    }
    let (ended, told) = run("kill -9 $$", &one);
    assert!(ended.is_ok() && told.shown() == "0l" && told.reason(0).contains("signal: 9"), "{}", told.reason(0));
}

#[test]
fn a_command_that_is_not_there_stops_the_destination() {
    let place = Place::new();
    let (ended, told) = run("no-such-command-at-all", &place.messages(2));
    let error = ended.unwrap_err();
    assert!(error.to_string().contains("no-such-command-at-all: not found"), "{error}");
    assert_eq!((error.kind(), told.shown()), (Kind::TryLater, String::new()));
    let mut program = carrier("");
    program.runner.line = CommandLine::Program(vec!["/no/such/program".into(), "x".into()]);
    let error = program.hand_over(&place.messages(1), &mut Told::default()).unwrap_err();
    assert!(error.to_string().contains("cannot be run: No such file"), "{error}");
    assert_eq!(error.kind(), Kind::TryLater);
}

/// The command reads what its answer is: one digit of the subject.
const AS_THE_SUBJECT_SAYS: &str = "read -r word code; echo no $code >&2; exit $code";

fn subjects(place: &Place, codes: &[u8]) -> Vec<Outgoing> {
    let message =
        |(at, code): (usize, &u8)| place.message(&format!("s{at}"), format!("Subject: {code}\r\n\r\n").as_bytes());
    codes.iter().enumerate().map(message).collect()
}

/// One refusal or two are the message's fault; three in a row, without a success between them, the command's.
#[test]
fn three_failures_in_a_row_are_the_commands_fault() {
    let place = Place::new();
    let known: [(&[u8], &str, &str); 9] = [
        (&[65, 0, 0], "0r 1d 2d", ""),
        (&[0, 65, 77], "0d 1r 2r", ""),
        (&[65, 65, 0, 65, 65, 0], "0r 1r 2d 3r 4r 5d", ""),
        (&[0, 65, 1, 99, 0], "0d 1l 2l 3l", "refuses everything"),
        (&[65, 75, 77, 0], "1l 0r 2r 3d", ""),
        (&[65, 75, 77, 65, 0], "1l 0l 2l 3l", "refuses everything"),
        (&[75, 75, 0, 75, 0], "0l 1l 2d 3l 4d", ""),
        (&[75, 65, 75, 75, 0], "0l 2l 3l 1l", "puts everything off"),
        (&[0, 65, 127, 0], "0d 1l", "cannot be run"),
    ];
    for (codes, answers, error) in known {
        let (ended, told) = run(AS_THE_SUBJECT_SAYS, &subjects(&place, codes));
        assert_eq!(told.shown(), answers, "{codes:?}");
        let said = ended.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(error) && said.is_empty() == error.is_empty(), "{codes:?}: {said}");
    }
}

/// The outbox may hand over a few at a time.
#[test]
fn failures_in_a_row_are_counted_over_all_calls() {
    let place = Place::new();
    let mut carrier = carrier(AS_THE_SUBJECT_SAYS);
    let mut call = |codes: &[u8]| {
        let mut told = Told::default();
        let ended = carrier.hand_over(&subjects(&place, codes), &mut told);
        (told.shown(), ended.is_ok())
    };
    assert_eq!(call(&[65]), ("0r".into(), true));
    assert_eq!(call(&[0]), ("0d".into(), true));
    assert_eq!(call(&[65, 65]), ("0r 1r".into(), true));
    assert_eq!(call(&[65, 0]), ("0l".into(), false));
}

#[test]
fn the_answer_has_the_commands_own_words() {
    let place = Place::new();
    let (_, told) = run("echo unseen; seq 100000; echo 'mailbox \x1b[31mfull' >&2; exit 77", &place.messages(1));
    let reason = told.reason(0);
    assert!(reason.starts_with("exit status: 77; it said: "), "{reason}");
    assert!(reason.ends_with("100000 / mailbox \\x1b[31mfull") && reason.len() < 400, "{reason}");
    let (_, told) = run("exit 77", &place.messages(1));
    assert_eq!(told.reason(0), "exit status: 77");
}

/// Octet for octet, but for the line ends.
#[test]
fn the_command_reads_the_message_with_the_line_ends_of_unix() {
    let place = Place::new();
    let mut large = b"Subject: large\r\n\r\n".to_vec();
    (0..100_000).for_each(|line| large.extend_from_slice(format!("line {line}\r\n").as_bytes()));
    let known: [(&[u8], &[u8]); 6] = [
        (b"A: b\r\n\r\nc\r\n", b"A: b\n\nc\n"),
        (b"", b""),
        (b"A: b\r\n\r\n\0\xff\r\n.\r\n..\r\nFrom x\r\nend", b"A: b\n\n\0\xff\n.\n..\nFrom x\nend"),
        (b"bare\nlf, bare\rcr\r\r\n\r", b"bare\nlf, bare\rcr\r\n\r"),
        (b"\r\n", b"\n"),
        (&large, &String::from_utf8(large.clone()).unwrap().replace("\r\n", "\n").into_bytes()),
    ];
    for (at, (over_the_line, read)) in known.into_iter().enumerate() {
        let message = place.message(&format!("in{at}"), over_the_line);
        let (got, octets) = (place.path("got"), place.path("octets"));
        let (ended, told) = run(&format!("cat > {got}; echo $MAILHAUL_OCTETS > {octets}"), &[message]);
        assert!(ended.is_ok() && told.shown() == "0d");
        assert!(place.read("got") == read, "{at}: {}", place.read("got").escape_ascii());
        assert_eq!(place.read("octets"), format!("{}\n", read.len()).into_bytes(), "{at}");
    }
}

#[test]
fn the_environment_says_where_the_message_comes_from() {
    let place = Place::new();
    let known = [
        ("Return-Path: <ann@example.org>\r\nFrom: x@y\r\n\r\n", "ann@example.org"),
        ("Return-Path: <>\r\nFrom: x@y\r\n\r\n", ""),
        ("From: x@y\r\n\r\nReturn-Path: <body@example.org>\r\n", ""),
        ("Return-Path: <a\x07b@example.org>\r\n\r\n", ""),
        ("Return-Path: <-oQ/tmp@example.org>\r\n\r\n", ""),
    ];
    for (text, sender) in known {
        let mut message = place.message("m", text.as_bytes());
        message.uid = b"u\x1b1\xff".to_vec();
        let (ended, _) = run(&format!("env | grep ^MAILHAUL_ | sort > {}", place.path("env")), &[message]);
        ended.unwrap();
        let octets = text.replace("\r\n", "\n").len();
        let safe = if sender.is_empty() { "MAILER-DAEMON" } else { sender };
        let expected = format!(
            "MAILHAUL_ACCOUNT=work\nMAILHAUL_OCTETS={octets}\nMAILHAUL_SAFE_SENDER={safe}\nMAILHAUL_SENDER={sender}\n\
             MAILHAUL_SOURCE=pops://ann@mail.example\nMAILHAUL_UID=u\\x1b1\\xff\n"
        );
        assert_eq!(String::from_utf8(place.read("env")).unwrap(), expected, "{text:?}");
    }
}

/// A command that knows enough, and one that leaves something running that has all of its descriptors.
#[test]
fn a_command_need_not_read_everything() {
    let place = Place::new();
    let large = [place.message("large", &b"0123456789abcdef\r\n".repeat(20_000))];
    let begun = Instant::now();
    for line in ["exit 0", "head -c 10 > /dev/null", "exec 3<&0; sleep 60 <&3 & exit 0"] {
        let (ended, told) = run(line, &large);
        assert!(ended.is_ok() && told.shown() == "0d", "{line}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20));
    // What it leaves running may be what delivers.
    let late = format!("exec 3<&0; (sleep 0.05; cat <&3 > {0}.part; mv {0}.part {0}) & exit 0", place.path("late"));
    assert_eq!(run(&late, &large).1.shown(), "0d");
    wait_for(&place.0.path().join("late"));
    assert_eq!(place.read("late").len(), 17 * 20_000);
}

fn wait_for(file: &Path) {
    let there = Until::default().within(Duration::from_secs(20));
    there.poll(Duration::from_millis(10), || file.exists().then_some(())).unwrap();
}

/// What it leaves running is neither ended nor waited for, whatever it goes on to say.
#[test]
fn a_command_may_leave_something_running() {
    let place = Place::new();
    let (pid, begun) = (place.path("pid"), Instant::now());
    let (ended, told) = run(&format!("sleep 60 & echo $! > {pid}; echo sorry >&2; exit 65"), &place.messages(1));
    assert!(ended.is_ok() && told.reason(0).ends_with("it said: sorry"), "{}", told.reason(0));
    assert!(run("(while echo noise; do :; done) & exit 0", &place.messages(1)).0.is_ok());
    assert!(begun.elapsed() < Duration::from_secs(20));
    let pid = String::from_utf8(place.read("pid")).unwrap();
    assert!(Path::new(&format!("/proc/{}", pid.trim())).exists(), "it was ended");
}

/// All of its process group, one that does not obey TERM included; and none of them takes what it has for the whole message.
#[test]
fn a_command_that_hangs_is_ended_and_stops_the_destination() {
    let place = Place::new();
    let large = [place.message("large", &b"0123456789abcdef\r\n".repeat(200_000)), place.message("next", b"")];
    let (pids, took_it) = (place.path("pids"), place.path("took-it"));
    let known = [
        format!("echo $$ > {pids}; cat > /dev/null; echo bye >&2; exec sleep 60"),
        format!("trap '' TERM; echo $$ > {pids}; (trap '' TERM; echo bye >&2; sleep 60; sleep 60)"),
        format!("echo $$ > {pids}; echo bye; (sleep 60; cat; echo > {took_it}) | (cat; echo > {took_it})"),
        format!("trap 'exit 0' TERM; echo $$ > {pids}; echo bye; sleep 60 & wait"),
    ];
    for line in known {
        let mut told = Told::default();
        let begun = Instant::now();
        let mut carrier = carrier_until(&line, Duration::from_secs(2), Until::default());
        let error = carrier.hand_over(&large, &mut told).unwrap_err();
        assert!(error.to_string().ends_with("was ended; it said: bye"), "{line}: {error}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{line}");
        assert_eq!((error.kind(), told.shown()), (Kind::TryLater, String::new()), "{line}");
        let group = String::from_utf8(place.read("pids")).unwrap().trim().to_owned();
        assert!(!is_running(&group), "{line}");
        assert!(!Path::new(&took_it).exists(), "{line}");
    }
}

/// Has a process of this group not ended?
fn is_running(group: &str) -> bool {
    let stats =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("stat")).ok());
    stats.into_iter().any(|stat| {
        // `pid (name) state parent group ..`
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        fields[2] == group && fields[0] != "Z"
    })
}

/// A message whose file cannot be read to its end is no shorter message.
#[test]
fn a_message_that_cannot_be_read_is_not_delivered() {
    let place = Place::new();
    let mut gone = place.message("gone", b"x");
    fs::remove_file(&gone.file).unwrap();
    assert!(run("cat > /dev/null", std::slice::from_ref(&gone)).0.is_err());
    gone.file = place.0.path().to_owned(); // a folder: it can be opened and not read
    assert!(run("cat > /dev/null", &[gone]).0.is_err());
}

/// After a stop the command that runs may come to its end, but not for long; and no other one begins.
#[test]
fn a_stop_leaves_a_little_time() {
    let place = Place::new();
    let known = [("sleep 0.2; exit 0", "0d"), ("sleep 60", "0l"), ("trap 'exit 0' TERM; sleep 60 & wait", "0l")];
    for (line, answers) in known {
        let (asker, stop) = Stop::pair().unwrap();
        let until = Until { stop: Some(stop), deadline: None };
        let begun = place.path("begun");
        let line = format!("echo >> {begun}; {line}");
        let mut carrier = carrier_until(&line, Duration::from_secs(60), until);
        let messages = place.messages(2);
        let mut told = Told::default();
        let ended = std::thread::scope(|scope| {
            let hands_over = scope.spawn(|| carrier.hand_over(&messages, &mut told));
            wait_for(Path::new(&begun));
            asker.ask();
            hands_over.join().unwrap()
        });
        assert_eq!(ended.unwrap_err().cause(), Cause::Stopped, "{line}");
        assert_eq!(told.shown(), answers, "{line}");
        assert_eq!(place.read("begun"), b"\n", "{line}");
        fs::remove_file(begun).unwrap();
    }
}

#[test]
fn the_deadline_of_the_run_is_no_fault_of_the_command() {
    let place = Place::new();
    let until = Until::default().within(Duration::from_millis(200));
    let mut told = Told::default();
    let ended = carrier_until("sleep 60", Duration::from_secs(60), until).hand_over(&place.messages(2), &mut told);
    assert_eq!((ended.unwrap_err().cause(), told.shown().as_str()), (Cause::Deadline, "0l"));
}

/// None of our descriptors, and signals as in a shell.
#[test]
fn the_command_inherits_nothing() {
    let place = Place::new();
    let (fds, signals) = (place.path("fds"), place.path("signals"));
    let line = format!("ls -l /proc/self/fd > {fds}; grep -E '^Sig(Blk|Ign)' /proc/self/status > {signals}");
    let large = place.message("large", &b"0123456789abcdef\r\n".repeat(20_000));
    run(&line, &[large]).0.unwrap();
    let fds = String::from_utf8(place.read("fds")).unwrap();
    assert!(!fds.contains("large") && !fds.contains("pidfd"), "{fds}");
    let signals = String::from_utf8(place.read("signals")).unwrap();
    let masks: Vec<u64> =
        signals.lines().map(|line| u64::from_str_radix(line.split_whitespace().nth(1).unwrap(), 16).unwrap()).collect();
    const PIPE: u64 = 1 << 12;
    assert_eq!((masks[0], masks[1] & PIPE), (0, 0), "{signals}");
}
