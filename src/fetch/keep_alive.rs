//! A wait for the publisher, in which the server is not left without a word.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::client::Client;
use crate::error::Result;
use crate::net::Transport;

/// What the publisher says next; nothing, if it has ended. Whoever takes messages over may need long for each: the server is
/// told meanwhile that somebody is there.
pub(super) fn patiently<W>(client: &mut Client<impl Transport>, words: &Receiver<W>) -> Result<Option<W>> {
    wait(client, words, KEPT_ALIVE_EVERY)
}

fn wait<W>(client: &mut Client<impl Transport>, words: &Receiver<W>, every: Duration) -> Result<Option<W>> {
    loop {
        match words.recv_timeout(every) {
            Ok(word) => return Ok(Some(word)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => drop(client.noop()?), // a refusal is a sign of life, too
        }
    }
}

/// Servers hang up on who says nothing for some minutes; ten, by RFC 1939 section 3, but some do it earlier.
const KEPT_ALIVE_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use std::io::{Error as IoError, Read, Result as IoResult, Write};
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;
    use crate::client::{LoginOutcome, Secrets, Transcript};
    use crate::error::{Error, Kind};
    use crate::net::Phase;

    /// After the login it says the same to every line, and this many times; then it hangs up.
    struct Server {
        says: &'static [u8],
        times: usize,
        /// Of the greeting and the login: lines that are still to be said.
        before: usize,
        heard: Vec<u8>,
    }

    impl Read for Server {
        fn read(&mut self, buf: &mut [u8]) -> IoResult<usize> {
            let (left, says) =
                if self.before > 0 { (&mut self.before, &b"+OK\r\n"[..]) } else { (&mut self.times, self.says) };
            let says = if *left > 0 { says } else { b"" };
            *left = left.saturating_sub(1);
            buf[..says.len()].copy_from_slice(says);
            Ok(says.len())
        }
    }

    impl Write for Server {
        fn write(&mut self, buf: &[u8]) -> IoResult<usize> {
            self.heard.extend_from_slice(buf);
            Ok(buf.len())
        }

        fn flush(&mut self) -> IoResult<()> {
            Ok(())
        }
    }

    impl Transport for Server {
        fn begin(&mut self, _: Phase) {}

        fn explain(&self, error: IoError) -> Error {
            Error::new(Kind::TryLater, "the connection").caused_by(error)
        }
    }

    fn client(says: &'static [u8], times: usize) -> Client<Server> {
        let server = Server { says, times, before: 3, heard: Vec::new() };
        let mut client = Client::greet(server, Arc::new(Mute), Secrets::default()).unwrap();
        assert_eq!(client.user_pass("ann", "secret").unwrap(), LoginOutcome::Done);
        client.stream().heard.clear();
        client
    }

    struct Mute;

    impl Transcript for Mute {
        fn sent(&self, _: &str) {}
        fn received(&self, _: &str) {}
    }

    const SOON: Duration = Duration::from_millis(1);

    /// A refusal does not end it; a server that has gone does.
    #[test]
    fn the_server_hears_something_until_there_is_a_word() {
        for says in [&b"+OK\r\n"[..], b"-ERR not now\r\n"] {
            let mut client = client(says, usize::MAX);
            let (sender, words) = channel();
            let later = thread::spawn(move || {
                thread::sleep(Duration::from_millis(50));
                sender.send("done").unwrap();
            });
            assert_eq!(wait(&mut client, &words, SOON).unwrap(), Some("done"));
            later.join().unwrap();
            let heard = String::from_utf8(std::mem::take(&mut client.stream().heard)).unwrap();
            assert!(heard.starts_with("NOOP\r\n") && heard.lines().all(|line| line == "NOOP"), "{heard}");
        }
        let (_sender, words) = channel::<()>();
        assert!(wait(&mut client(b"+OK\r\n", 3), &words, SOON).is_err());
    }

    #[test]
    fn a_word_that_is_there_is_not_waited_for() {
        let mut client = client(b"", 1);
        let (sender, words) = channel();
        sender.send(1).unwrap();
        assert_eq!(wait(&mut client, &words, Duration::MAX).unwrap(), Some(1));
        drop(sender);
        assert_eq!(wait(&mut client, &words, Duration::MAX).unwrap(), None);
        assert!(client.stream().heard.is_empty());
    }
}
