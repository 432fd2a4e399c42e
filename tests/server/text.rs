//! The pool of text lines from which every generated body is copied.
//!
//! The pool exists in three forms, so that serving a body is copying slices: no line is looked at when it is sent.

use std::borrow::Cow;
use std::sync::LazyLock;

/// How the text of a message is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As the sender wrote it: lines end in CRLF.
    Crlf,
    /// As it is stored on Unix: lines end in LF.
    Lf,
    /// As it goes over the wire: CRLF, and a dot before every line that begins with one. No terminator.
    Wire,
}

/// A repeatable sequence of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// A number from the open interval between 0 and 1.
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// A number of the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// `octets` of pool text beginning with line `line`, in pieces; `octets` counts the CRLF form and must not be 1.
pub fn pieces(form: Form, line: usize, octets: u64) -> Pieces {
    Pieces { form, line: line % POOL.lines(), rest: octets }
}

/// The slices which together are one generated text.
#[derive(Debug)]
pub struct Pieces {
    form: Form,
    /// The next line of the pool.
    line: usize,
    /// Octets still to come, in the CRLF form; never 1, because the shortest line is CRLF.
    rest: u64,
}

impl Iterator for Pieces {
    type Item = Cow<'static, [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest == 0 {
            return None;
        }
        let end = POOL.line_after(self.line, self.rest);
        if end == self.line {
            // No whole line fits: a line of the right length closes the text.
            let mut line = vec![b'x'; self.rest as usize - 2];
            line.extend_from_slice(if self.form == Form::Lf { b"\n" } else { b"\r\n" });
            self.rest = 0;
            return Some(Cow::Owned(line));
        }
        let piece = POOL.slice(self.form, self.line, end);
        self.rest -= (POOL.marks[end].crlf - POOL.marks[self.line].crlf) as u64;
        self.line = end % POOL.lines();
        Some(Cow::Borrowed(piece))
    }
}

/// Puts a dot before every line of CRLF text that begins with one.
pub fn stuff(text: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(text.len() + text.len() / 64);
    let mut copied = 0;
    for dot in memchr::memchr_iter(b'.', text) {
        if dot == 0 || text[..dot].ends_with(b"\r\n") {
            wire.extend_from_slice(&text[copied..dot]);
            wire.push(b'.');
            copied = dot;
        }
    }
    wire.extend_from_slice(&text[copied..]);
    wire
}

/// Turns CRLF into LF and leaves a lone CR or LF alone.
pub fn to_lf(text: &[u8]) -> Vec<u8> {
    let mut unix = Vec::with_capacity(text.len());
    let mut copied = 0;
    for newline in memchr::memchr_iter(b'\n', text) {
        if newline > copied && text[newline - 1] == b'\r' {
            unix.extend_from_slice(&text[copied..newline - 1]);
            copied = newline;
        }
    }
    unix.extend_from_slice(&text[copied..]);
    unix
}

/// Where a line of the pool begins in each form.
#[derive(Clone, Copy, Debug)]
struct Mark {
    crlf: usize,
    lf: usize,
    wire: usize,
}

#[derive(Debug)]
struct Pool {
    crlf: Vec<u8>,
    lf: Vec<u8>,
    wire: Vec<u8>,
    /// One mark for each line, and one for the end.
    marks: Vec<Mark>,
}

impl Pool {
    fn new() -> Self {
        let mut random = Random::new(1939);
        let (mut crlf, mut marks) = (Vec::with_capacity(POOL_OCTETS + 128), Vec::new());
        let (mut lf, mut wire) = (crlf.clone(), crlf.clone());
        while crlf.len() < POOL_OCTETS {
            marks.push(Mark { crlf: crlf.len(), lf: lf.len(), wire: wire.len() });
            let line = text_line(&mut random);
            if line.starts_with(b".") {
                wire.push(b'.');
            }
            for (text, end) in [(&mut crlf, &b"\r\n"[..]), (&mut lf, b"\n"), (&mut wire, b"\r\n")] {
                text.extend_from_slice(&line);
                text.extend_from_slice(end);
            }
        }
        marks.push(Mark { crlf: crlf.len(), lf: lf.len(), wire: wire.len() });
        Self { crlf, lf, wire, marks }
    }

    fn lines(&self) -> usize {
        self.marks.len() - 1
    }

    /// The line after the last whole line which fits into `octets` beginning with `line`, and leaves none or more than one octet.
    fn line_after(&self, line: usize, octets: u64) -> usize {
        let start = self.marks[line].crlf as u64;
        let fit = self.marks[line..].partition_point(|mark| mark.crlf as u64 - start <= octets);
        let end = line + fit - 1;
        let left = octets - (self.marks[end].crlf as u64 - start);
        if left == 1 { end - 1 } else { end }
    }

    fn slice(&self, form: Form, line: usize, end: usize) -> &[u8] {
        let (from, to) = (self.marks[line], self.marks[end]);
        match form {
            Form::Crlf => &self.crlf[from.crlf..to.crlf],
            Form::Lf => &self.lf[from.lf..to.lf],
            Form::Wire => &self.wire[from.wire..to.wire],
        }
    }
}

/// Words in a line of 40 to 76 octets; a few lines are the ones that trap a client.
fn text_line(random: &mut Random) -> Vec<u8> {
    let mut line = match random.below(60) {
        0 => b".".to_vec(),
        1 => b"..".to_vec(),
        2 => b".hidden ".to_vec(),
        3 => b"From ".to_vec(),
        4 => b">From ".to_vec(),
        5 => b"+OK ".to_vec(),
        6 => b"-ERR ".to_vec(),
        7 => return b".".to_vec(),
        8 => return Vec::new(),
        _ => Vec::new(),
    };
    let length = 40 + random.below(37) - 2;
    while line.len() < length {
        line.extend_from_slice(WORDS[random.below(WORDS.len())]);
        line.push(b' ');
    }
    line.truncate(length);
    if line.ends_with(b" ") {
        line[length - 1] = b'.';
    }
    line
}

static POOL: LazyLock<Pool> = LazyLock::new(Pool::new);

/// Small enough to stay in the processor's cache.
const POOL_OCTETS: usize = 512 * 1024;

const WORDS: [&[u8]; 24] = [
    b"maildrop",
    b"and",
    b"the",
    b"of",
    b"letter",
    b"octets",
    b"server",
    b"to",
    b"in",
    b"is",
    b"unique",
    b"session",
    b"lock",
    b"listing",
    b"we",
    b"you",
    b"request",
    b"answer",
    b"line",
    b"never",
    b"always",
    b"for",
    b"a",
    b"post",
];
