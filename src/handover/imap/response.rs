//! What a response means. Nothing in it is an error: what is odd is read as far as it goes.

use super::reader::{Response, Segment};

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ImapReply {
    /// `+`: the server wants more; what it says with it.
    Continue(Vec<u8>),
    /// The answer to the command with this tag.
    Tagged(Vec<u8>, ImapStatus),
    /// `* OK`, `* NO`, `* BAD`, `* BYE`, `* PREAUTH`.
    Status(ImapStatus),
    /// Anything else behind a `*`.
    Data(Vec<Datum>),
}

/// How it went, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ImapStatus {
    pub(super) condition: Condition,
    pub(super) code: Option<Code>,
    /// For people; as it came.
    pub(super) text: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Ok,
    No,
    Bad,
    Bye,
    PreAuth,
}

/// `[NAME arguments]` before the text (RFC 3501 section 7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// In upper case.
    pub(super) name: String,
    pub(super) arguments: Vec<u8>,
}

/// A piece of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Datum {
    /// An atom, a quoted string or a literal.
    Text(Vec<u8>),
    /// What stands in parentheses.
    List(Vec<Datum>),
}

impl ImapReply {
    pub(super) fn of(response: &Response) -> Self {
        let line = match response.parts.first() {
            Some(Segment::Text(text)) => text.as_slice(),
            _ => &[],
        };
        if let Some(rest) = line.strip_prefix(b"+") {
            return Self::Continue(rest.strip_prefix(b" ").unwrap_or(rest).to_vec());
        }
        let (tag, rest) = word(line);
        match ImapStatus::of(rest) {
            Some(status) if tag == b"*" => Self::Status(status),
            Some(status) => Self::Tagged(tag.to_vec(), status),
            None if tag == b"*" => Self::Data(values(response)),
            // No server has a reason to say this. The tag fits no command, or what it says is none of OK, NO and BAD.
            None => Self::Tagged(Vec::new(), ImapStatus { condition: Condition::Bad, code: None, text: line.to_vec() }),
        }
    }
}

impl ImapStatus {
    fn of(line: &[u8]) -> Option<Self> {
        let (condition, rest) = word(line);
        let condition = match condition.to_ascii_uppercase().as_slice() {
            b"OK" => Condition::Ok,
            b"NO" => Condition::No,
            b"BAD" => Condition::Bad,
            b"BYE" => Condition::Bye,
            b"PREAUTH" => Condition::PreAuth,
            _ => return None,
        };
        let (code, text) = Code::before(rest);
        Some(Self { condition, code, text: text.to_vec() })
    }

    pub(super) fn is_ok(&self) -> bool {
        self.condition == Condition::Ok
    }

    /// The name of its code; empty without one.
    pub(super) fn code(&self) -> &str {
        self.code.as_ref().map_or("", |code| &code.name)
    }

    /// For people: code and text, bounded and escaped.
    pub(super) fn shown(&self) -> String {
        let code = self.code.as_ref().map_or(String::new(), |code| format!("[{}] ", code.name));
        let said = [code.as_bytes(), &self.text].concat();
        match crate::escape::text(said.trim_ascii()) {
            nothing if nothing.is_empty() => "nothing more".to_owned(),
            said => said,
        }
    }
}

impl Code {
    fn before(text: &[u8]) -> (Option<Self>, &[u8]) {
        let Some(inner) = text.strip_prefix(b"[") else { return (None, text) };
        let Some(end) = memchr::memchr(b']', inner) else { return (None, text) };
        let (name, arguments) = word(&inner[..end]);
        let name = std::str::from_utf8(name).ok().filter(|name| name.bytes().all(|octet| octet.is_ascii_graphic()));
        let Some(name) = name else { return (None, text) };
        let (name, arguments) = (name.to_ascii_uppercase(), arguments.to_vec());
        (Some(Self { name, arguments }), inner[end + 1..].trim_ascii_start())
    }
}

impl Datum {
    pub(super) fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(_) => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::Text(_) => None,
            Self::List(list) => Some(list),
        }
    }

    pub(super) fn number(&self) -> Option<u64> {
        number(self.text()?)
    }

    /// Is it this word, in any case?
    pub(super) fn is(&self, word: &str) -> bool {
        self.text().is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
    }
}

impl From<&str> for Datum {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// A number in digits alone.
pub(super) fn number(text: &[u8]) -> Option<u64> {
    let digits = Some(text).filter(|text| !text.is_empty() && text.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The value behind this name, in a list of names and values.
pub(super) fn named<'a>(list: &'a [Datum], name: &str) -> Option<&'a Datum> {
    list.chunks_exact(2).find(|pair| pair[0].is(name)).map(|pair| &pair[1])
}

/// The first word, and what stands behind it.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', line) {
        Some(blank) => (&line[..blank], line[blank + 1..].trim_ascii_start()),
        None => (line, &[]),
    }
}

/// The values of a response, without its `*`.
fn values(response: &Response) -> Vec<Datum> {
    let mut open = vec![Vec::new()];
    for (at, part) in response.parts.iter().enumerate() {
        match part {
            Segment::Literal(octets) => add(&mut open, Datum::Text(octets.clone())),
            Segment::Text(text) => read_text(if at == 0 { &text[1.min(text.len())..] } else { text }, &mut open),
        }
    }
    while open.len() > 1 {
        close(&mut open);
    }
    open.pop().unwrap_or_default()
}

fn read_text(mut text: &[u8], open: &mut Vec<Vec<Datum>>) {
    while let Some(&first) = text.first() {
        match first {
            b' ' => text = &text[1..],
            b'(' => {
                if open.len() < DEEPEST {
                    open.push(Vec::new());
                }
                text = &text[1..];
            }
            b')' => {
                close(open);
                text = &text[1..];
            }
            b'"' => {
                let (string, rest) = quoted(&text[1..]);
                add(open, Datum::Text(string));
                text = rest;
            }
            _ => {
                let (atom, rest) = text.split_at(atom_end(text));
                add(open, Datum::Text(atom.to_vec()));
                text = rest;
            }
        }
    }
}

fn add(open: &mut [Vec<Datum>], value: Datum) {
    if let Some(list) = open.last_mut() {
        list.push(value);
    }
}

fn close(open: &mut Vec<Vec<Datum>>) {
    if open.len() > 1
        && let Some(list) = open.pop()
    {
        add(open, Datum::List(list));
    }
}

/// The string up to its quote, and what stands behind that.
fn quoted(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let (mut string, mut at) = (Vec::new(), 0);
    while let Some(&octet) = text.get(at) {
        match (octet, text.get(at + 1)) {
            (b'"', _) => return (string, &text[at + 1..]),
            (b'\\', Some(&escaped)) => {
                string.push(escaped);
                at += 2;
            }
            _ => {
                string.push(octet);
                at += 1;
            }
        }
    }
    (string, &[])
}

/// An atom ends with a blank, a parenthesis or a quote, but for what stands in brackets, as in `BODY[HEADER.FIELDS (DATE)]`.
/// It has one octet at least.
fn atom_end(text: &[u8]) -> usize {
    let mut in_brackets = false;
    for (at, octet) in text.iter().enumerate() {
        match octet {
            b'[' => in_brackets = true,
            b']' => in_brackets = false,
            b' ' | b'(' | b')' | b'"' if !in_brackets => return at.max(1),
            _ => {}
        }
    }
    text.len()
}

/// Lists in lists that are read as such.
const DEEPEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(line: &str) -> ImapReply {
        ImapReply::of(&Response { parts: vec![Segment::Text(line.into())] })
    }

    fn status(line: &str) -> (Condition, String, String, String) {
        let (ImapReply::Tagged(_, status) | ImapReply::Status(status)) = reply(line) else { panic!("{line}") };
        let arguments = status.code.as_ref().map(|code| code.arguments.clone()).unwrap_or_default();
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        (status.condition, status.code().to_owned(), text(arguments), text(status.text.clone()))
    }

    #[test]
    fn statuses_as_servers_send_them() {
        use Condition::*;
        for (line, condition, code, arguments, text) in [
            ("a1 OK", Ok, "", "", ""),
            ("a1 ok done", Ok, "", "", "done"),
            (
                "a1 NO [TRYCREATE] Mailbox doesn't exist: Entw\u{fc}rfe",
                No,
                "TRYCREATE",
                "",
                "Mailbox doesn't exist: Entw\u{fc}rfe",
            ),
            ("a1 OK [appenduid 7 3:5] x", Ok, "APPENDUID", "7 3:5", "x"),
            ("a1 NO [BROKEN", No, "", "", "[BROKEN"),
            ("* BYE [UNAVAILABLE]", Bye, "UNAVAILABLE", "", ""),
            ("* PREAUTH x", PreAuth, "", "", "x"),
            ("nonsense", Bad, "", "", "nonsense"),
        ] {
            assert_eq!(status(line), (condition, code.into(), arguments.into(), text.into()), "{line}");
        }
        assert_eq!(
            reply("a1 FINE"),
            ImapReply::Tagged(Vec::new(), ImapStatus { condition: Bad, code: None, text: b"a1 FINE".to_vec() })
        );
        assert_eq!(reply("+"), ImapReply::Continue(Vec::new()));
        assert_eq!(reply("+ dGVzdA=="), ImapReply::Continue(b"dGVzdA==".to_vec()));
    }

    #[test]
    fn data_as_servers_send_it() {
        let text = |text: &str| Datum::Text(text.into());
        let ImapReply::Data(values) = reply(r#"* LIST (\HasNoChildren \All) "/" "a \"b\\""#) else { panic!() };
        assert_eq!(
            values,
            [text("LIST"), Datum::List(vec![text("\\HasNoChildren"), text("\\All")]), text("/"), text("a \"b\\")]
        );
        let ImapReply::Data(values) = reply("* 3 FETCH (UID 9 BODY[HEADER.FIELDS (DATE)]<0> x RFC822.SIZE 12") else {
            panic!()
        };
        let list = values[2].list().unwrap();
        assert_eq!(named(list, "uid").and_then(Datum::number), Some(9));
        assert_eq!(named(list, "BODY[HEADER.FIELDS (DATE)]<0>").and_then(Datum::text), Some(&b"x"[..]));
        assert_eq!(named(list, "RFC822.SIZE").and_then(Datum::number), Some(12));
        let ImapReply::Data(values) = reply(&format!("* X {}y{}", "(".repeat(100), ")".repeat(200))) else { panic!() };
        assert_eq!(values.len(), 2);
    }

    #[test]
    fn what_a_server_says_is_shown_escaped() {
        for (line, shown) in
            [("a NO [x] a\x07b", "[X] a\\x07b"), ("a NO [X\x1b] y", "[X\\x1b] y"), ("a NO", "nothing more")]
        {
            let ImapReply::Tagged(_, status) = reply(line) else { panic!() };
            assert_eq!(status.shown(), shown);
        }
    }
}
