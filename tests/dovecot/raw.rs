//! A POP3 client of a few lines, to look at a server with eyes that are not those under test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A session in clear text. Every unexpected answer is a panic.
pub(crate) struct RawClient {
    stream: BufReader<TcpStream>,
}

impl RawClient {
    /// Connects to a port of 127.0.0.1 and logs in with USER and PASS.
    pub(crate) fn login(port: u16, user: &str, password: &str) -> Self {
        let mut client = Self::connect(port);
        client.command(&format!("USER {user}"));
        client.command(&format!("PASS {password}"));
        client
    }

    /// Connects to a port of 127.0.0.1 and reads the greeting.
    pub(crate) fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("connect");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit");
        stream.set_nodelay(true).expect("no delay");
        let mut client = Self { stream: BufReader::new(stream) };
        client.line_ok();
        client
    }

    /// Sends a line and returns the rest of its `+OK` line.
    pub(crate) fn command(&mut self, line: &str) -> String {
        let answer = self.ask(line);
        rest_of_ok(&answer)
    }

    /// Sends a line and returns the line that comes, whatever it says.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).expect("send");
        self.line()
    }

    /// The capabilities.
    pub(crate) fn capa(&mut self) -> Vec<String> {
        self.command("CAPA");
        String::from_utf8(self.multi_line()).expect("CAPA is ASCII").lines().map(str::to_owned).collect()
    }

    /// The number of messages, and their octets.
    pub(crate) fn stat(&mut self) -> (usize, u64) {
        let answer = self.command("STAT");
        let (count, octets) = answer.split_once(' ').expect("two numbers");
        (count.parse().expect("a count"), octets.parse().expect("a size"))
    }

    /// The unique-ids, in the order of the messages.
    pub(crate) fn uidl(&mut self) -> Vec<String> {
        self.command("UIDL");
        let lines = String::from_utf8(self.multi_line()).expect("UIDL is ASCII");
        lines.lines().map(|line| line.split_once(' ').expect("number and uid").1.to_owned()).collect()
    }

    /// One message as it came, with CRLF, dots unstuffed.
    pub(crate) fn retr(&mut self, number: usize) -> Vec<u8> {
        self.command(&format!("RETR {number}"));
        self.multi_line()
    }

    /// Marks one message as deleted.
    pub(crate) fn dele(&mut self, number: usize) {
        self.command(&format!("DELE {number}"));
    }

    /// Ends the session: only now the server deletes.
    pub(crate) fn quit(mut self) {
        self.command("QUIT");
    }

    fn multi_line(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let start = all.len();
            self.stream.read_until(b'\n', &mut all).expect("receive");
            let line = &all[start..];
            assert!(line.ends_with(b"\r\n"), "a line of the server ends early");
            if line == b".\r\n" {
                all.truncate(start);
                return all;
            }
            if line[0] == b'.' {
                all.remove(start);
            }
        }
    }

    fn line_ok(&mut self) {
        let line = self.line();
        rest_of_ok(&line);
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("receive");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }
}

fn rest_of_ok(line: &str) -> String {
    let rest = line.strip_prefix("+OK").unwrap_or_else(|| panic!("the server said {line:?}"));
    rest.trim().to_owned()
}
