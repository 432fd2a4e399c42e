/// The timestamp of a greeting, which APOP answers, brackets included (RFC 1939 section 7): the first `<..>`, if it is
/// a message-id of printable ASCII. Others were used to learn passwords (C-091, CVE-2007-1558). Each octet is looked
/// at a bounded number of times (C-094).
pub fn timestamp(greeting: &[u8]) -> Option<&str> {
    let start = memchr::memchr(b'<', greeting)?;
    let length = memchr::memchr(b'>', &greeting[start..])? + 1;
    let timestamp = std::str::from_utf8(&greeting[start..start + length]).ok()?;
    let (left, right) = timestamp[1..length - 1].split_once('@')?;
    let legal = |part: &str| !part.is_empty() && part.bytes().all(is_legal);
    (legal(left) && legal(right)).then_some(timestamp)
}

/// Blanks, quotes, comments and lists are legal in a message-id or near one, but no timestamp needs them.
fn is_legal(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"()<>@,;\\\"".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::timestamp;

    #[test]
    fn is_the_first_message_id() {
        let known = [
            ("POP3 ready <1896.697170952@dbc.mtview.ca.us>", "<1896.697170952@dbc.mtview.ca.us>"),
            ("<a=/+@[192.0.2.1]> <b@c>", "<a=/+@[192.0.2.1]>"),
            ("[x] ready<a@b>.", "<a@b>"),
        ];
        for (greeting, expected) in known {
            assert_eq!(timestamp(greeting.as_bytes()), Some(expected));
        }
    }

    #[test]
    fn must_be_a_message_id_of_printable_ascii() {
        for greeting in
            ["", "ready", "<", "<>", "<a>", "<@>", "<a@>", "<@b>", "<a@b", "a@b>", "<a@b@c>", "<<a@b>", "> <"]
        {
            assert_eq!(timestamp(greeting.as_bytes()), None, "{greeting}");
        }
        for greeting in ["<a b@c>", "<a\t@c>", "<\u{e9}@c>", "<a\\@c>", "<\"a\"@c>", "<a> <b@c>"] {
            assert_eq!(timestamp(greeting.as_bytes()), None, "{greeting}");
        }
        assert_eq!(timestamp(b"<\xff@c>"), None);
    }

    #[test]
    fn a_flood_of_brackets_costs_little() {
        let flood = [vec![b'<'; 1_000_000], b"a@b>".to_vec()].concat();
        assert_eq!(timestamp(&flood), None);
    }
}
