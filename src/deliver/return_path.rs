//! The sender of the envelope, as the server that took the message in has noted it (RFC 5321 section 4.4).

/// The address of the Return-Path of a header, whose lines end with LF or CRLF. Nothing where there is none, where it is
/// empty, as a bounce has it, and where it is no address in plain ASCII.
pub fn return_path(header: &[u8]) -> Option<&str> {
    let is_end = |line: &&[u8]| matches!(**line, [] | [b'\r']);
    let mut lines = header.split(|&octet| octet == b'\n').take_while(|line| !is_end(line));
    let value = lines.find_map(|line| {
        let name = line.get(..RETURN_PATH.len())?;
        name.eq_ignore_ascii_case(RETURN_PATH).then(|| &line[RETURN_PATH.len()..])
    })?;
    // A folded value stands on the next line.
    let value = if value.trim_ascii().is_empty() {
        lines.next().filter(|line| line.starts_with(b" ") || line.starts_with(b"\t"))?
    } else {
        value
    };
    let value = value.trim_ascii();
    let address = value.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">")).unwrap_or(value);
    let is_plain = !address.is_empty() && address.len() <= MAX_ADDRESS && address.iter().all(u8::is_ascii_graphic);
    std::str::from_utf8(address).ok().filter(|_| is_plain)
}

const RETURN_PATH: &[u8] = b"Return-Path:";

/// Octets of an address (RFC 5321 section 4.5.3.1, with room).
const MAX_ADDRESS: usize = 320;

#[cfg(test)]
mod tests {
    use super::return_path;

    #[test]
    fn reads_both_kinds_of_line_ends() {
        for header in ["A: b\r\nreturn-path: <ann@example.org>\r\n\r\nx", "Return-Path:\r\n\t<ann@example.org>\r\n"] {
            assert_eq!(return_path(header.as_bytes()), Some("ann@example.org"), "{header:?}");
        }
        for header in
            ["A: b\r\n\r\nReturn-Path: <body@example.org>\r\n", "Return-Path: <>\r\n", "Return-Path:\r\n\r\n<a>"]
        {
            assert_eq!(return_path(header.as_bytes()), None, "{header:?}");
        }
    }
}
