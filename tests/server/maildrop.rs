//! The maildrop: messages that outlive the connections, so that a test can look at them afterwards.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::text::{self, Form, Random};

/// A shared maildrop; a clone is another handle of the same one.
#[derive(Clone, Debug, Default)]
pub struct Maildrop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    messages: Mutex<Vec<Arc<Message>>>,
    locked: AtomicBool,
}

impl Maildrop {
    /// Messages given as unique-id and content (CRLF form, not stuffed); a missing final CRLF is added, as a server must.
    pub fn new<U: Into<Vec<u8>>, B: Into<Vec<u8>>>(messages: impl IntoIterator<Item = (U, B)>) -> Self {
        let maildrop = Self::default();
        for (uid, content) in messages {
            maildrop.add(uid, content);
        }
        maildrop
    }

    /// `count` messages that depend on `seed` only, with unique-ids like Dovecot's; their text is made when it is sent.
    pub fn generated(count: usize, seed: u64, sizes: Sizes) -> Self {
        let maildrop = Self::default();
        let mut random = Random::new(seed);
        let messages = (0..count).map(|index| Arc::new(Message::generated(seed, index, sizes.pick(&mut random))));
        maildrop.messages().extend(messages);
        maildrop
    }

    /// New mail arrives; sessions that are open do not see it.
    pub fn add(&self, uid: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) {
        let message = Message::given(uid.into(), content.into());
        self.messages().push(Arc::new(message));
    }

    /// One more generated message, at the end.
    pub fn add_generated(&self, seed: u64, octets: u64) {
        let index = self.messages().len();
        self.messages().push(Arc::new(Message::generated(seed, index, octets)));
    }

    /// Message `index`, counted from 0 over all messages there ever were.
    pub fn message(&self, index: usize) -> Arc<Message> {
        Arc::clone(&self.messages()[index])
    }

    /// All messages there ever were.
    pub fn all(&self) -> Vec<Arc<Message>> {
        self.messages().clone()
    }

    /// The messages that are not deleted, in order: what a session would list.
    pub fn present(&self) -> Vec<Arc<Message>> {
        self.messages().iter().filter(|message| !message.is_deleted()).cloned().collect()
    }

    /// The unique-ids of the messages that are not deleted, as text.
    pub fn uids(&self) -> Vec<String> {
        self.present().iter().map(|message| String::from_utf8_lossy(&message.uid).into_owned()).collect()
    }

    /// How many messages are not deleted.
    pub fn len(&self) -> usize {
        self.present().len()
    }

    /// Whether every message is deleted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The octets of all messages that are not deleted.
    pub fn octets(&self) -> u64 {
        self.present().iter().map(|message| message.octets).sum()
    }

    /// How often a whole body of this unique-id was sent by RETR.
    pub fn bodies_sent(&self, uid: impl AsRef<[u8]>) -> usize {
        let uid = uid.as_ref();
        self.messages().iter().filter(|message| message.uid == uid).map(|message| message.bodies_sent()).sum()
    }

    /// What a client must have of message `index` (from 0): CRLF form, not stuffed.
    pub fn expected(&self, index: usize) -> Vec<u8> {
        self.message(index).content(Form::Crlf)
    }

    /// What a client must have of message `index` (from 0), with LF for CRLF.
    pub fn expected_lf(&self, index: usize) -> Vec<u8> {
        self.message(index).content(Form::Lf)
    }

    /// Takes the exclusive lock of a session; false when another has it. A test may hold it to get `[IN-USE]`.
    pub fn lock(&self) -> bool {
        !self.0.locked.swap(true, Ordering::AcqRel)
    }

    /// Gives the exclusive lock back.
    pub fn unlock(&self) {
        self.0.locked.store(false, Ordering::Release);
    }

    fn messages(&self) -> MutexGuard<'_, Vec<Arc<Message>>> {
        self.0.messages.lock().expect("no thread panics with the maildrop locked")
    }
}

/// How large generated messages are, in octets of the CRLF form.
#[derive(Clone, Copy, Debug)]
pub enum Sizes {
    /// All the same.
    Fixed(u64),
    /// Log-normal, kept within 400 octets and 2 MiB.
    LogNormal { median: f64, sigma: f64 },
}

impl Sizes {
    /// Like real mail: median 6 kB, mean 14 kB, so that 10,000 messages are about 140 MB.
    pub fn realistic() -> Self {
        Self::LogNormal { median: 6000.0, sigma: 1.31 }
    }

    fn pick(self, random: &mut Random) -> u64 {
        match self {
            Self::Fixed(octets) => octets,
            Self::LogNormal { median, sigma } => {
                let octets = median * (sigma * random.normal()).exp();
                (octets as u64).clamp(400, 2 * 1024 * 1024)
            }
        }
    }
}

/// One message of a maildrop.
#[derive(Debug)]
pub struct Message {
    uid: Vec<u8>,
    octets: u64,
    content: Content,
    deleted: AtomicBool,
    hidden: AtomicBool,
    bodies_sent: AtomicUsize,
}

#[derive(Debug)]
enum Content {
    /// The text as given, and as it goes over the wire.
    Given { crlf: Vec<u8>, wire: Vec<u8> },
    /// A header of its own, then lines of the pool.
    Generated { seed: u64, index: usize },
}

impl Message {
    fn given(uid: Vec<u8>, mut crlf: Vec<u8>) -> Self {
        if !crlf.is_empty() && !crlf.ends_with(b"\r\n") {
            crlf.extend_from_slice(b"\r\n");
        }
        let wire = text::stuff(&crlf);
        Self::new(uid, crlf.len() as u64, Content::Given { crlf, wire })
    }

    fn generated(seed: u64, index: usize, octets: u64) -> Self {
        let header = generated_header(seed, index).len() as u64;
        let octets = match octets.saturating_sub(header) {
            1 => header + 2,
            body => header + body,
        };
        let uid = format!("{:08X}{:08X}", index + 1, seed as u32);
        Self::new(uid.into_bytes(), octets, Content::Generated { seed, index })
    }

    fn new(uid: Vec<u8>, octets: u64, content: Content) -> Self {
        Self {
            uid,
            octets,
            content,
            deleted: AtomicBool::default(),
            hidden: AtomicBool::default(),
            bodies_sent: AtomicUsize::default(),
        }
    }

    /// The unique-id.
    pub fn uid(&self) -> &[u8] {
        &self.uid
    }

    /// The size in octets of the CRLF form, as the scan listing says it.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Whether it was deleted for good, by a session which ended with QUIT or by the test.
    pub fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }

    /// Deletes it for good, or brings it back.
    pub fn set_deleted(&self, deleted: bool) {
        self.deleted.store(deleted, Ordering::Release);
    }

    /// Whether the server hides it from new sessions.
    pub fn is_hidden(&self) -> bool {
        self.hidden.load(Ordering::Acquire)
    }

    /// Hides it, or shows it again.
    pub fn set_hidden(&self, hidden: bool) {
        self.hidden.store(hidden, Ordering::Release);
    }

    /// How often the whole body was sent by RETR.
    pub fn bodies_sent(&self) -> usize {
        self.bodies_sent.load(Ordering::Acquire)
    }

    /// The whole text at once: for messages which fit into memory.
    pub fn content(&self, form: Form) -> Vec<u8> {
        let mut content = Vec::new();
        self.pieces(form).for_each(|piece| content.extend_from_slice(&piece));
        content
    }

    /// The text in pieces; a piece is bounded for a generated message.
    #[expect(clippy::map_identity, reason = "it shortens the lifetime of the pieces of the pool")]
    pub fn pieces(&self, form: Form) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let (head, lines) = match &self.content {
            Content::Given { crlf, wire } => (given_form(crlf, wire, form), None),
            Content::Generated { seed, index } => {
                let header = generated_header(*seed, *index);
                let body = self.octets - header.len() as u64;
                let first = Random::new(seed ^ (*index as u64).rotate_left(32)).below(usize::MAX);
                let head = if form == Form::Lf { text::to_lf(header.as_bytes()) } else { header.into_bytes() };
                (Cow::Owned(head), Some(text::pieces(form, first, body)))
            }
        };
        std::iter::once(head).chain(lines.into_iter().flatten().map(|piece| -> Cow<'_, [u8]> { piece }))
    }

    /// The header, the empty line and the first `lines` lines of the body in wire form, as TOP sends them.
    pub fn top(&self, lines: usize) -> Vec<u8> {
        let (mut top, mut in_body, mut left) = (Vec::new(), false, lines);
        let mut line_start = 0;
        for piece in self.pieces(Form::Wire) {
            let scanned = top.len();
            top.extend_from_slice(&piece);
            for newline in memchr::memchr_iter(b'\n', &piece) {
                let end = scanned + newline + 1;
                match in_body {
                    true => left = left.saturating_sub(1),
                    false => in_body = &top[line_start..end] == b"\r\n",
                }
                line_start = end;
                if in_body && left == 0 {
                    top.truncate(end);
                    return top;
                }
            }
        }
        top
    }

    pub(super) fn count_body(&self) {
        self.bodies_sent.fetch_add(1, Ordering::AcqRel);
    }
}

fn given_form<'a>(crlf: &'a [u8], wire: &'a [u8], form: Form) -> Cow<'a, [u8]> {
    match form {
        Form::Crlf => Cow::Borrowed(crlf),
        Form::Lf => Cow::Owned(text::to_lf(crlf)),
        Form::Wire => Cow::Borrowed(wire),
    }
}

/// The header of a generated message with its empty line; no line of it begins with a dot.
fn generated_header(seed: u64, index: usize) -> String {
    let (hour, minute, second) = (index / 3600 % 24, index / 60 % 60, index % 60);
    let mut header = String::with_capacity(300);
    write!(
        header,
        "Return-Path: <ann@example.org>\r\n\
         Message-ID: <{seed}-{index}@generated>\r\n\
         Date: Mon, 05 Jan 2026 {hour:02}:{minute:02}:{second:02} +0000\r\n\
         From: Ann Example <ann@example.org>\r\n\
         To: Bob Example <bob@example.org>\r\n\
         Subject: Generated message {index}\r\n\
         \r\n"
    )
    .expect("writing to a string cannot fail");
    header
}
