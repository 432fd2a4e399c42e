//! Messages: letters, which their headers tell apart, and notes, which have nothing of that kind.

/// A letter as servers hand it out: Message-ID, Date and Received tell it from every other one.
pub fn letter(n: usize) -> Vec<u8> {
    letter_with(n, &format!("This is letter {n}.\r\n{}", ".dots\r\nFrom here\r\n\r\n".repeat(n % 4)))
}

/// A letter of few octets.
pub fn short(n: usize) -> Vec<u8> {
    format!("Received: by a\r\nMessage-ID: <{n}@a>\r\nSubject: {n}\r\n\r\n.dot\r\nFrom {n}\r\n").into_bytes()
}

/// A letter of exactly this many octets in CRLF form.
pub fn letter_of(n: usize, octets: usize) -> Vec<u8> {
    padded(letter_with(n, ""), octets)
}

fn letter_with(n: usize, body: &str) -> Vec<u8> {
    let (hour, minute) = (n / 60 % 24, n % 60);
    format!(
        "Received: from sender.example by mail.example with ESMTP id q{n:06};\r\n\
         \tMon, 2 Nov 2026 {hour:02}:{minute:02}:00 +0000\r\n\
         Message-ID: <{n}@sender.example>\r\n\
         Date: Mon, 2 Nov 2026 {hour:02}:{minute:02}:00 +0000\r\n\
         From: bob{}@sender.example\r\n\
         To: ann@mail.example\r\n\
         Subject: letter {n}\r\n\r\n{body}",
        n % 5
    )
    .into_bytes()
}

/// A note from a machine: neither Message-ID nor Received, so that only the whole of it is its own.
pub fn note(text: &str) -> Vec<u8> {
    format!("From: cron@mail.example\r\nSubject: note\r\n\r\n{text}\r\n").into_bytes()
}

/// A note of exactly this many octets in CRLF form.
pub fn note_of(text: &str, octets: usize) -> Vec<u8> {
    padded(note(text), octets)
}

/// Without its Message-ID and Received a message is a note.
pub fn is_note(content: &[u8]) -> bool {
    !content.starts_with(b"Received:")
}

fn padded(mut content: Vec<u8>, octets: usize) -> Vec<u8> {
    let missing = octets.checked_sub(content.len() + 2).expect("a message cannot be so short");
    content.extend((0..missing).map(|at| if at % 70 == 69 { b'\n' } else { b'x' }));
    // No bare line feeds: CRLF takes the place of two letters.
    for at in 1..content.len() {
        if content[at] == b'\n' && content[at - 1] == b'x' {
            content[at - 1] = b'\r';
        }
    }
    content.extend_from_slice(b"\r\n");
    content
}

/// As it is stored: with the line ends of Unix.
pub fn stored(content: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(content).replace("\r\n", "\n").into_bytes()
}
