//! As much of D-Bus as the harness has to speak: calls with texts and numbers, and empty replies.
//!
//! See "Message Protocol" of the D-Bus specification. A message is a fixed head of 16 octets (octet order, kind, flags,
//! version, length of the body, serial, length of the fields), the fields, zeros up to a multiple of 8, and the body.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// A client of a bus.
pub(super) struct Connection {
    stream: BufReader<UnixStream>,
    serial: u32,
}

/// What is called.
pub(super) struct Call<'a> {
    pub(super) destination: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
    pub(super) member: &'a str,
}

impl Call<'_> {
    /// The bus itself; the member is still to be said.
    pub(super) const BUS: Call<'static> = Call {
        destination: "org.freedesktop.DBus",
        path: "/org/freedesktop/DBus",
        interface: "org.freedesktop.DBus",
        member: "",
    };
}

/// What a call is given.
pub(super) enum Argument<'a> {
    Number(u32),
    Text(&'a str),
}

/// The second octet of a message.
pub(super) struct Kind;

impl Kind {
    pub(super) const CALL: u8 = 1;
    const REPLY: u8 = 2;
    const ERROR: u8 = 3;
}

/// A message that came.
pub(super) struct Message {
    pub(super) kind: u8,
    serial: u32,
    reply_serial: Option<u32>,
    sender: Option<String>,
    body: Vec<u8>,
}

impl Connection {
    /// Connects to a bus and says hello.
    pub(super) fn open(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        let mut connection = Self { stream: BufReader::new(stream), serial: 0 };
        connection.authenticate()?;
        connection.call(&Call { member: "Hello", ..Call::BUS }, &[])?;
        Ok(connection)
    }

    /// Calls a method, and returns the body of its reply; nothing where the reply is an error.
    pub(super) fn call(&mut self, call: &Call<'_>, arguments: &[Argument<'_>]) -> io::Result<Option<Vec<u8>>> {
        self.stream.get_ref().set_read_timeout(Some(PATIENCE))?;
        let signature: String = arguments.iter().map(Argument::signature).collect();
        let mut fields = Marshalled::default();
        fields.field(PATH, 'o', call.path);
        fields.field(INTERFACE, 's', call.interface);
        fields.field(MEMBER, 's', call.member);
        fields.field(DESTINATION, 's', call.destination);
        fields.signature(&signature);
        let mut body = Marshalled::default();
        arguments.iter().for_each(|argument| body.argument(argument));
        let serial = self.send(Kind::CALL, &fields, &body)?;
        loop {
            let message = self.receive()?;
            if message.reply_serial == Some(serial) {
                self.stream.get_ref().set_read_timeout(None)?;
                return Ok((message.kind == Kind::REPLY).then_some(message.body));
            }
        }
    }

    /// Answers a call with nothing.
    pub(super) fn reply(&mut self, to: &Message) -> io::Result<()> {
        let mut fields = Marshalled::default();
        fields.number_field(REPLY_SERIAL, to.serial);
        fields.field(DESTINATION, 's', to.sender.as_deref().unwrap_or_default());
        self.send(Kind::REPLY, &fields, &Marshalled::default()).map(drop)
    }

    /// The next message, of whatever kind.
    pub(super) fn receive(&mut self) -> io::Result<Message> {
        let mut head = [0; 16];
        self.stream.read_exact(&mut head)?;
        assert_eq!(head[0], b'l', "a message in the order of another machine");
        let mut fields = vec![0; aligned(number(&head, 12) as usize, 8)];
        self.stream.read_exact(&mut fields)?;
        let mut body = vec![0; number(&head, 4) as usize];
        self.stream.read_exact(&mut body)?;
        let mut message = Message { kind: head[1], serial: number(&head, 8), reply_serial: None, sender: None, body };
        message.take_fields(&fields[..number(&head, 12) as usize]);
        Ok(message)
    }

    /// A handle by which the connection can be ended.
    pub(super) fn stream(&self) -> UnixStream {
        self.stream.get_ref().try_clone().expect("a socket can be cloned")
    }

    /// By the user that the socket belongs to.
    fn authenticate(&mut self) -> io::Result<()> {
        let user = rustix::process::getuid().as_raw().to_string();
        let hex: String = user.bytes().map(|octet| format!("{octet:02x}")).collect();
        write!(self.stream.get_mut(), "\0AUTH EXTERNAL {hex}\r\n")?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        assert!(line.starts_with("OK "), "the bus said {line:?}");
        self.stream.get_mut().write_all(b"BEGIN\r\n")
    }

    fn send(&mut self, kind: u8, fields: &Marshalled, body: &Marshalled) -> io::Result<u32> {
        self.serial += 1;
        let length = |part: &Marshalled| u32::try_from(part.0.len()).expect("messages are short");
        let mut message = Marshalled(vec![b'l', kind, 0, 1]);
        [length(body), self.serial, length(fields)].into_iter().for_each(|value| message.number(value));
        message.0.extend_from_slice(&fields.0);
        message.align(8);
        message.0.extend_from_slice(&body.0);
        self.stream.get_mut().write_all(&message.0)?;
        Ok(self.serial)
    }
}

impl Argument<'_> {
    fn signature(&self) -> char {
        match self {
            Self::Number(_) => 'u',
            Self::Text(_) => 's',
        }
    }
}

impl Message {
    /// Each field: its code, a signature of one letter, a value.
    fn take_fields(&mut self, fields: &[u8]) {
        let mut at = 0;
        while at < fields.len() {
            let (code, letter) = (fields[at], fields[at + 2]);
            at += 4; // the signature's length, its letter, a zero
            let value = number(fields, at);
            match (code, letter) {
                (REPLY_SERIAL, _) => self.reply_serial = Some(value),
                (SENDER, _) => self.sender = Some(text(fields, at)),
                _ => {}
            }
            at += match letter {
                b'u' => 4,
                b'g' => 2 + usize::from(fields[at]),
                _ => 5 + value as usize, // a text, its length, a zero
            };
            at = aligned(at, 8);
        }
    }
}

/// Values as they are sent; it begins at a multiple of 8.
#[derive(Default)]
struct Marshalled(Vec<u8>);

impl Marshalled {
    fn field(&mut self, code: u8, letter: char, value: &str) {
        self.begin_field(code, letter);
        self.text(value);
    }

    fn number_field(&mut self, code: u8, value: u32) {
        self.begin_field(code, 'u');
        self.number(value);
    }

    /// The types of the body, if there is one.
    fn signature(&mut self, value: &str) {
        if !value.is_empty() {
            self.begin_field(SIGNATURE, 'g');
            self.0.push(u8::try_from(value.len()).expect("few arguments"));
            self.0.extend_from_slice(value.as_bytes());
            self.0.push(0);
        }
    }

    fn argument(&mut self, argument: &Argument<'_>) {
        match argument {
            Argument::Number(value) => self.number(*value),
            Argument::Text(value) => self.text(value),
        }
    }

    fn begin_field(&mut self, code: u8, letter: char) {
        self.align(8);
        self.0.extend_from_slice(&[code, 1, u8::try_from(letter).expect("ASCII"), 0]);
    }

    fn number(&mut self, value: u32) {
        self.align(4);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn text(&mut self, value: &str) {
        self.number(u32::try_from(value.len()).expect("texts are short"));
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(0);
    }

    fn align(&mut self, to: usize) {
        self.0.resize(aligned(self.0.len(), to), 0);
    }
}

fn aligned(length: usize, to: usize) -> usize {
    length.next_multiple_of(to)
}

/// The four octets at `at`; fewer at the end of a field without numbers.
fn number(octets: &[u8], at: usize) -> u32 {
    octets.get(at..at + 4).map_or(0, |four| u32::from_le_bytes(four.try_into().expect("four octets")))
}

fn text(octets: &[u8], at: usize) -> String {
    let (begin, length) = (at + 4, number(octets, at) as usize);
    String::from_utf8_lossy(&octets[begin..begin + length]).into_owned()
}

// The codes of fields.
const PATH: u8 = 1;
const INTERFACE: u8 = 2;
const MEMBER: u8 = 3;
const REPLY_SERIAL: u8 = 5;
const DESTINATION: u8 = 6;
const SENDER: u8 = 7;
const SIGNATURE: u8 = 8;

/// How long the bus may take for an answer.
const PATIENCE: Duration = Duration::from_secs(60);
