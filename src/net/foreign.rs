/// What a server is that does not speak POP3, to judge by its first words.
#[derive(Debug, PartialEq, Eq)]
pub struct OtherProtocol {
    /// As in `this is an IMAP server`.
    pub text: &'static str,
    /// What to do.
    pub next_step: &'static str,
}

/// Which protocol begins with these octets? The first line counts.
pub fn other_protocol(octets: &[u8]) -> Option<OtherProtocol> {
    let line = octets.split(|octet| matches!(octet, b'\r' | b'\n')).next().unwrap_or_default();
    let upper = line.to_ascii_uppercase();
    let fits = |sign: &&Sign| upper.starts_with(sign.begins) && memchr::memmem::find(&upper, sign.contains).is_some();
    let Sign { name, .. } = SIGNS.iter().find(fits)?;
    Some(OtherProtocol { text: name, next_step: "POP3 is usually port 995 (pop3s://) or port 110 (pop3://)" })
}

/// How a protocol is known: by upper case, as some servers differ in that.
struct Sign {
    begins: &'static [u8],
    contains: &'static [u8],
    name: &'static str,
}

const fn sign(begins: &'static [u8], contains: &'static [u8], name: &'static str) -> Sign {
    Sign { begins, contains, name }
}

/// The first that fits counts.
const SIGNS: &[Sign] = &[
    sign(b"* OK", b"", "this is an IMAP server"),
    sign(b"* PREAUTH", b"", "this is an IMAP server"),
    sign(b"* BYE", b"", "this is an IMAP server"),
    sign(b"220", b"SMTP", "this is an SMTP server"),
    sign(b"421", b"", "this is an SMTP server"),
    sign(b"554", b"", "this is an SMTP server"),
    sign(b"220", b"", "this is an SMTP or FTP server"),
    sign(b"SSH-", b"", "this is an SSH server"),
    sign(b"HTTP/", b"", "this is a web server"),
    sign(b"\"IMPLEMENTATION\"", b"", "this is a ManageSieve server"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_by_their_first_line() {
        let known: [(&[u8], &str); 10] = [
            (b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "this is an IMAP server"),
            (b"* ok ready", "this is an IMAP server"),
            (b"* PREAUTH ready", "this is an IMAP server"),
            (b"* BYE too many connections\r\n", "this is an IMAP server"),
            (b"220 mail.example.org ESMTP Postfix\r\n", "this is an SMTP server"),
            (b"220-mail.example.org\r\n220 ESMTP\r\n", "this is an SMTP or FTP server"),
            (b"554 go away\r\n", "this is an SMTP server"),
            (b"SSH-2.0-OpenSSH\r\n", "this is an SSH server"),
            (b"HTTP/1.1 400 Bad Request\r\n", "this is a web server"),
            (b"\"IMPLEMENTATION\" \"Dovecot\"\r\n", "this is a ManageSieve server"),
        ];
        for (octets, text) in known {
            let other = other_protocol(octets).unwrap();
            assert_eq!(other.text, text);
            assert!(other.next_step.contains("pop3s://"), "{other:?}");
        }
        for unknown in [&b""[..], b"+OK ready", b"-ERR no", b"\x15\x03\x01", b"x* OK", b"\r\n* OK"] {
            assert_eq!(other_protocol(unknown), None);
        }
    }
}
