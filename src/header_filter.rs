//! A command of the user's that looks at the header of each message before it is downloaded, and may skip it. A core module.

use std::time::Duration;

use crate::command_line::CommandLine;
use crate::deliver::{ToLf, return_path};
use crate::error::Result;
use crate::process::{CommandOrigin, EndPatience, RunEnd, Runner, shown, with_words};
use crate::until::Until;

/// Asks the command.
pub struct HeaderFilter {
    runner: Runner,
    origin: CommandOrigin,
    /// It did not answer in time. It would not for the next messages either, so it is not asked any more.
    has_hung: bool,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterVerdict {
    /// It is fetched.
    Fetch,
    /// Not in this run.
    SkipNow,
    /// Never.
    SkipForEver,
    /// It is fetched, as the command has not answered the question: this is why.
    FetchWithWarning(String),
}

impl HeaderFilter {
    /// `timeout` is for one header.
    pub fn new(line: CommandLine, timeout: Duration, origin: CommandOrigin, until: Until) -> Self {
        let runner = Runner { what: "filter", line, timeout, until, patience: EndPatience::default() };
        Self { runner, origin, has_hung: false }
    }

    /// Asks what becomes of a message. `header` is what TOP brought, `octets` the size of the whole message as the server
    /// lists it. The command reads the header with the line ends of Unix, and the empty line behind it.
    ///
    /// # Errors
    ///
    /// The run is to stop, or its deadline has come: nothing is known of this message.
    pub fn ask(&mut self, header: &[u8], uid: &[u8], octets: Option<u64>) -> Result<FilterVerdict> {
        if self.has_hung {
            return Ok(FilterVerdict::Fetch);
        }
        let header = as_unix(header);
        let environment = self.origin.environment(uid, return_path(&header), octets);
        let end = match self.runner.run(&environment, &mut header.as_slice()) {
            Ok(end) => end,
            Err(error) => {
                self.runner.check()?;
                return Ok(FilterVerdict::FetchWithWarning(error.to_string()));
            }
        };
        match end {
            RunEnd::Exited { status, said } => Ok(match status.code() {
                Some(FETCH) => FilterVerdict::Fetch,
                Some(SKIP_NOW) => FilterVerdict::SkipNow,
                Some(SKIP_FOR_EVER) => FilterVerdict::SkipForEver,
                _ => FilterVerdict::FetchWithWarning(format!("the filter failed: {}", shown(status, &said))),
            }),
            RunEnd::TimedOut { said } => {
                self.has_hung = true;
                let seconds = self.runner.timeout.as_secs();
                let text = format!("the filter did not end within {seconds} s and is not asked any more in this run");
                Ok(FilterVerdict::FetchWithWarning(with_words(&text, &said)))
            }
            RunEnd::Stopped(over) => Err(over.error("the filter")),
        }
    }
}

/// Up to and with its empty line, which is added where it is missing. Some servers send some of the body as well.
fn as_unix(header: &[u8]) -> Vec<u8> {
    let mut unix = Vec::with_capacity(header.len() + 2);
    let (mut lf, mut sink) = (ToLf::default(), |octets: &[u8]| unix.extend_from_slice(octets));
    lf.push(header, &mut sink);
    lf.finish(&mut sink);
    if unix.starts_with(b"\n") {
        unix.truncate(1);
    } else if let Some(end) = memchr::memmem::find(&unix, b"\n\n") {
        unix.truncate(end + 2);
    } else {
        let missing: &[u8] = if unix.is_empty() || unix.ends_with(b"\n") { b"\n" } else { b"\n\n" };
        unix.extend_from_slice(missing);
    }
    unix
}

const FETCH: i32 = 0;
const SKIP_NOW: i32 = 100;
const SKIP_FOR_EVER: i32 = 101;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::error::Cause;
    use crate::stop::Stop;

    const HEADER: &[u8] = b"Return-Path: <ann@example.org>\r\nSubject: x\r\n\r\n";

    fn filter(line: &str) -> HeaderFilter {
        filter_until(line, Duration::from_secs(60), Until::default())
    }

    fn filter_until(line: &str, timeout: Duration, until: Until) -> HeaderFilter {
        let origin = CommandOrigin { account: "work".into(), source: "pops://ann@mail.example".into() };
        let mut filter = HeaderFilter::new(CommandLine::Shell(line.into()), timeout, origin, until);
        let moment = Duration::from_millis(100);
        filter.runner.patience = EndPatience { after_stop: moment, after_term: moment };
        filter
    }

    fn ask(line: &str) -> FilterVerdict {
        filter(line).ask(HEADER, b"u1", Some(1234)).unwrap()
    }

    #[track_caller]
    fn warned(verdict: &FilterVerdict, words: &str) {
        assert!(matches!(verdict, FilterVerdict::FetchWithWarning(why) if why.contains(words)), "{verdict:?}");
    }

    /// What is no clear answer skips nothing.
    #[test]
    fn the_exit_status_is_the_verdict() {
        for code in 0..=255 {
            let verdict = ask(&format!("cat > /dev/null; exit {code}"));
            match code {
                0 => assert_eq!(verdict, FilterVerdict::Fetch),
                100 => assert_eq!(verdict, FilterVerdict::SkipNow),
                101 => assert_eq!(verdict, FilterVerdict::SkipForEver),
                _ => warned(&verdict, &format!("exit status: {code}")),
            }
        }
        warned(&ask("kill -9 $$"), "signal: 9");
        warned(&ask("echo 'no rules' >&2; exit 2"), "the filter failed: exit status: 2; it said: no rules");
        warned(&ask("no-such-command-at-all"), "not found");
        let mut program = filter("");
        program.runner.line = CommandLine::Program(vec!["/no/such/program".into()]);
        warned(&program.ask(HEADER, b"u1", None).unwrap(), "filter cannot be run: No such file");
    }

    #[test]
    fn the_command_reads_the_header_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let read = dir.path().join("read");
        let known: [(&[u8], &str); 7] = [
            (b"A: b\r\nC: d\r\n\r\n", "A: b\nC: d\n\n"),
            (b"A: b\r\n\r\nbody\r\n\r\nmore\r\n", "A: b\n\n"),
            (b"A: b\r\n", "A: b\n\n"),
            (b"A: b", "A: b\n\n"),
            (b"", "\n"),
            (b"\r\nbody\r\n\r\n", "\n"),
            (b"A: b\n\nbody", "A: b\n\n"),
        ];
        for (header, expected) in known {
            let verdict = filter(&format!("cat > {}", read.display())).ask(header, b"u1", None).unwrap();
            assert_eq!(verdict, FilterVerdict::Fetch);
            assert_eq!(std::fs::read_to_string(&read).unwrap(), expected, "{}", header.escape_ascii());
        }
    }

    #[test]
    fn the_environment_says_which_message_it_is() {
        let expected = "work u1 ann@example.org 1234 pops://ann@mail.example";
        let variables = "$MAILHAUL_ACCOUNT $MAILHAUL_UID $MAILHAUL_SENDER $MAILHAUL_OCTETS $MAILHAUL_SOURCE";
        assert_eq!(ask(&format!("test \"{variables}\" = '{expected}' && exit 100")), FilterVerdict::SkipNow);
    }

    /// Nobody is to wait for each message of a full mailbox.
    #[test]
    fn a_filter_that_hangs_is_not_asked_again() {
        let begun = Instant::now();
        let mut filter = filter_until("echo busy; exec sleep 60", Duration::from_millis(200), Until::default());
        warned(&filter.ask(HEADER, b"u1", None).unwrap(), "is not asked any more in this run; it said: busy");
        assert_eq!(filter.ask(HEADER, b"u2", None).unwrap(), FilterVerdict::Fetch);
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    /// A stop says nothing about the message.
    #[test]
    fn a_stop_is_no_verdict() {
        let (asker, stop) = Stop::pair().unwrap();
        let until = Until { stop: Some(stop), deadline: None };
        let mut stopped = filter_until("sleep 60", Duration::from_secs(60), until);
        let error = std::thread::scope(|scope| {
            let asks = scope.spawn(|| stopped.ask(HEADER, b"u1", None));
            std::thread::sleep(Duration::from_millis(100));
            asker.ask();
            asks.join().unwrap().unwrap_err()
        });
        assert_eq!(error.cause(), Cause::Stopped);
        assert_eq!(stopped.ask(HEADER, b"u1", None).unwrap_err().cause(), Cause::Stopped);
        let late = Until::default().within(Duration::ZERO);
        let error = filter_until("exit 101", Duration::from_secs(60), late).ask(HEADER, b"u1", None).unwrap_err();
        assert_eq!(error.cause(), Cause::Deadline);
    }
}
