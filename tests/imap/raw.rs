//! An IMAP client of a few lines, to look at a folder with eyes that are not those under test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A message as the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) uid: u64,
    /// What stands between the parentheses of FLAGS.
    pub(super) flags: String,
    pub(super) date: String,
    pub(super) content: Vec<u8>,
}

/// A session in clear text. Every unexpected answer is a panic.
pub(super) struct RawImap {
    stream: BufReader<TcpStream>,
}

impl RawImap {
    pub(super) fn login(port: u16, user: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut client = Self { stream: BufReader::new(stream) };
        client.line();
        client.command(&format!("LOGIN {user} secret"));
        client
    }

    /// Sends a command, and gives the lines before its OK.
    pub(super) fn command(&mut self, command: &str) -> Vec<String> {
        self.send(command);
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if let Some(answer) = line.strip_prefix("r ") {
                assert!(answer.starts_with("OK"), "{command}: {answer}");
                return lines;
            }
            lines.push(line);
        }
    }

    /// All messages of a folder, by UID.
    pub(super) fn messages(&mut self, folder: &str) -> Vec<Stored> {
        self.command(&format!("EXAMINE \"{folder}\""));
        self.send("UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])");
        let mut messages = Vec::new();
        loop {
            let line = self.line();
            if line.starts_with("r ") {
                assert!(line.starts_with("r OK"), "{line}");
                return messages;
            }
            let Some(octets) = line.strip_suffix('}').and_then(|line| line.rsplit_once('{')) else { continue };
            let mut content = vec![0; octets.1.parse().unwrap()];
            self.stream.read_exact(&mut content).unwrap();
            assert_eq!(self.line(), ")");
            let between =
                |before: &str, end: char| line.split_once(before).unwrap().1.split(end).next().unwrap().to_owned();
            messages.push(Stored {
                uid: between("UID ", ' ').parse().unwrap(),
                flags: between("FLAGS (", ')'),
                date: between("INTERNALDATE \"", '"'),
                content,
            });
        }
    }

    fn send(&mut self, command: &str) {
        self.stream.get_mut().write_all(format!("r {command}\r\n").as_bytes()).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        assert!(line.ends_with("\r\n"), "the connection was closed: {line:?}");
        line.trim_end().to_owned()
    }
}
