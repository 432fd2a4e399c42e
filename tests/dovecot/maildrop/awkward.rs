//! Mail that has broken a client before.

use super::Message;
use super::generator::{headers, huge, ordinary};

/// 320 messages: the awkward ones, scattered among ordinary mail.
pub(crate) fn awkward_messages() -> Vec<Message> {
    let awkward = [dots(), from_lines(), octets(), line_ends(), shapes(), headers_alone(), return_paths(), sizes()];
    let mut awkward = awkward.into_iter().flatten();
    let mut messages = Vec::with_capacity(COUNT);
    for number in 0..COUNT {
        let turn = number % 3 == 0; // one in three, as long as they last
        let next = if turn { awkward.next() } else { None };
        messages.push(next.unwrap_or_else(|| ordinary(number as u64)));
    }
    assert!(awkward.next().is_none(), "no room for all awkward messages");
    messages
}

/// Dots at the start of a line; see the parent module for a dot that starts the whole message.
fn dots() -> Vec<Message> {
    vec![
        with_body("dot alone in the middle", "before\n.\nafter\n"),
        with_body("two dots alone", "before\n..\nafter\n"),
        with_body("three dots alone", "before\n...\nafter\n"),
        with_body("hidden file", ".hidden\n..hidden\n.\n.\n.\n"),
        with_body("dot as the first line of the body", ".\nafter\n"),
        with_body("dot as the last line", "before\n.\n"),
        with_body("dot as the last line, unfinished", "before\n."),
        with_body("dot and space", ". \n.\t\n.\0\n"),
        with_body("dot and lone CR", ".\rx\n..\rx\n"),
        with_body("nothing but dots", ".\n".repeat(2000)),
        Message::new("dot in header position", "Subject: dots\n.X-Dot: yes\n.\n\nbody\n"),
    ]
}

/// What an mbox has to quote.
fn from_lines() -> Vec<Message> {
    vec![
        with_body("From line", "From ann Thu Oct  1 12:00:00 2026\nFrom here on\n"),
        with_body("quoted From line", ">From ann\n>>From ann\n>>>>>>>>From ann\n> From ann\n"),
        with_body(
            "From line after a blank line",
            "end\n\nFrom ann Thu Oct  1 12:00:00 2026\nSubject: no message\n\nx\n",
        ),
        with_body("almost a From line", "from ann\nFROM ann\nFrom\nFrom: ann\n From ann\nFrom\tann\n"),
        with_body("From line without its LF", "x\nFrom "),
        Message::new("From line in front", "From ann Thu Oct  1 12:00:00 2026\nSubject: x\n\nbody\n"),
        Message::new("quoted From line in front", ">From ann Thu Oct  1 12:00:00 2026\nSubject: x\n\nbody\n"),
        Message::new("From line among the headers", "Subject: x\nFrom ann Thu Oct  1 2026\n>From bob\nTo: y\n\nbody\n"),
        Message::new("nothing but a From line", "From ann Thu Oct  1 12:00:00 2026\n"),
    ]
}

/// Octets that are not text.
fn octets() -> Vec<Message> {
    let all: Vec<u8> = (0..=255).collect();
    vec![
        with_body("Latin-1", b"Gr\xfc\xdfe aus K\xf6ln\n"),
        with_body("UTF-8", "Grüße, 日本語, 🦀\n"),
        with_body("invalid UTF-8", b"\xff\xfe\xc0\x80\xed\xa0\x80\xf8 cut: \xe2\x82\n"),
        with_body("every octet", all.repeat(40)),
        with_body("NULs", "a\0b\n\0\n\0\0\0\nend\0\n"),
        with_body("NUL before the terminator", "x\n.\0\n\0.\n"),
        with_body("control characters", "\x07bell \x1b[31mred\x1b[0m \x08\x7f\x0b\x0c\x1a\n"),
        with_body("byte order mark", "\u{feff}text\n"),
        Message::new("8-bit header", b"Subject: Gr\xfc\xdfe \xff\nFrom: K\xc3\xb6ln <a@example.org>\n\nbody\n"),
        Message::new("NUL in a header", "Subject: a\0b\nX\0Y: z\n\nbody\n"),
        Message::new("escape sequence in the subject", "Subject: \x1b]0;title\x07\x1b[2J\n\nbody\n"),
    ]
}

/// CR where it does not belong.
fn line_ends() -> Vec<Message> {
    vec![
        with_body("lone CRs", "a\rb\r\rc\n\rd\n"),
        with_body("CR CR LF", "a\r\r\nb\r\r\r\n\r\r\n"),
        with_body("CRLF as stored", "a\r\nb\r\n\r\nc\n"),
        with_body("ends in CR", "a\r"),
        with_body("ends in CR CR", "a\r\r"),
        with_body("dot between CRs", "\r.\r\n.\r\r\nx\n"),
        with_body("nothing but CRs", "\r".repeat(5000)),
        Message::new("CRLF throughout", "Subject: x\r\nTo: y\r\n\r\nbody\r\n"),
        Message::new("CRs instead of LFs", "Subject: x\rTo: y\r\rbody\r"),
    ]
}

/// Messages that lack a part.
fn shapes() -> Vec<Message> {
    vec![
        Message::new("empty", ""),
        Message::new("one LF", "\n"),
        Message::new("one octet", "x"),
        Message::new("only newlines", "\n".repeat(300)),
        with_body("body of only newlines", "\n".repeat(3000)),
        Message::new("no header", "\nbody\n"),
        Message::new("no colon anywhere", "This is not a header\nnor is this\n"),
        Message::new("header only, no blank line", "Subject: x\nTo: y\n"),
        Message::new("header only, unfinished", "Subject: x\nTo: y"),
        Message::new("header, blank line, no body", "Subject: x\nTo: y\n\n"),
        with_body("no final newline", "line\nunfinished"),
        with_body("blank lines at the end", "line\n\n\n\n"),
        with_body("looks like an answer", "+OK\n-ERR\n+OK 3 messages\n+ \n"),
        with_body("looks like a command", "QUIT\r\nDELE 1\r\nQUIT\n"),
    ]
}

/// Headers of a kind or number that is not usual.
fn headers_alone() -> Vec<Message> {
    let many: String = (0..5000).map(|number| format!("X-Number-{number}: value {number}\n")).collect();
    let long = format!("Subject: long\nX-Long: {}\nTo: y\n\nbody\n", "v".repeat(100 << 10));
    let folded = format!("Subject: folded\nX-Folded: start\n{}\nbody\n", " \tmore\n".repeat(3000));
    let name = format!("{}: long name\n\nbody\n", "N".repeat(5000));
    vec![
        Message::new("very many headers", format!("{many}\nbody\n")),
        Message::new("header line of 100 KiB", long),
        Message::new("header folded 3000 times", folded),
        Message::new("header with a name of 5000 octets", name),
        Message::new("first line folded", " folded\nSubject: x\n\nbody\n"),
        Message::new("blank line of spaces after the headers", "Subject: x\n \n\t\nnot yet the body\n\nbody\n"),
        Message::new("headers of a server's own", "Status: RO\nX-UID: 7\nX-UIDL: abc\nContent-Length: 3\n\nlonger\n"),
    ]
}

/// What the envelope sender of an mbox is made of.
fn return_paths() -> Vec<Message> {
    let with = |label: &str, value: &str| {
        Message::new(&format!("Return-Path {label}"), format!("{value}From: bob@example.org\nSubject: x\n\nbody\n"))
    };
    vec![
        with("absent", ""),
        with("present", "Return-Path: <ann@example.org>\n"),
        with("empty", "Return-Path: <>\n"),
        with("without a value", "Return-Path:\n"),
        with("without angle brackets", "Return-Path: ann@example.org\n"),
        with("with spaces", "Return-Path: <ann smith@example.org Thu Oct  1>\n"),
        with("quoted", "Return-Path: <\"a b\\\"> c\"@example.org> (comment)\n"),
        with("folded", "Return-Path:\n <ann@example.org>\n"),
        with("folded inside", "Return-Path: <ann@\n example.org>\n"),
        with("with controls", "Return-Path: <a\r\x1b[31m\0\tb>\n"),
        with("with 8-bit", "Return-Path: <köln@example.org>\n"),
        with("in small letters", "return-path: <ann@example.org>\n"),
        with("twice", "Return-Path: <first@example.org>\nReturn-Path: <second@example.org>\n"),
        with("endless", &format!("Return-Path: <{}@example.org>\n", "a".repeat(4000))),
        with("from MAILER-DAEMON", "Return-Path: MAILER-DAEMON\nFrom: x\n"),
        Message::new("Return-Path in the body only", "Subject: x\n\nReturn-Path: <ann@example.org>\n"),
    ]
}

/// Sizes at which buffers end.
fn sizes() -> Vec<Message> {
    let mut messages = vec![
        with_body("single line of 1 MiB", [b"x".repeat(1 << 20), b"\n".to_vec()].concat()),
        with_body("unfinished line of 1 MiB", b"y".repeat(1 << 20)),
        Message::new("30 MiB", huge(30 << 20)),
    ];
    // The last line's dot, or the CR of its CRLF, then ends or begins a read of the usual sizes.
    for size in [4096, 8192, 16384, 65536] {
        let body = |length: usize| format!("{}\n.\n", "z".repeat(length));
        messages
            .push(with_body(&format!("dots around {size} octets"), (size - 3..size + 3).map(body).collect::<String>()));
    }
    messages
}

/// A message with usual headers and this body.
fn with_body(label: &str, body: impl AsRef<[u8]>) -> Message {
    Message::new(label, [&headers(label), body.as_ref()].concat())
}

/// The messages of [`awkward_messages`].
const COUNT: usize = 320;
