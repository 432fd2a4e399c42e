//! CONNECT of HTTP/1.1 (RFC 9110 section 9.3.6), with the Basic scheme (RFC 7617).

use std::io::{Read, Write};

use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use super::proxy::{ProxyLogin, explain, login_refused};
use crate::error::{Error, Kind, Result};

/// Asks the proxy at the other end of `stream` to connect to `host`. Reads not one octet of what follows.
pub(super) fn open<S: Read + Write>(stream: &mut S, login: Option<&ProxyLogin>, host: &str, port: u16) -> Result<()> {
    stream.write_all(request(login, host, port).as_bytes()).map_err(explain)?;
    let header = read_header(stream)?;
    let line = first_line(&header);
    // Of what it says only the number is shown: the rest may repeat the login.
    match status(line) {
        Some(200..300) => Ok(()),
        Some(407) => Err(login_refused(login)),
        Some(status) => {
            let kind = if (500..600).contains(&status) { Kind::TryLater } else { Kind::Unavailable };
            Err(Error::new(kind, format!("it does not connect to the server: its answer is {status}")))
        }
        None => Err(nonsense()),
    }
}

fn request(login: Option<&ProxyLogin>, host: &str, port: u16) -> Zeroizing<String> {
    let place = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let login = login.map(|ProxyLogin { user, password }| {
        let login = Zeroizing::new(format!("{user}:{}", password.as_str()));
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(login.as_bytes()));
        Zeroizing::new(format!("Proxy-Authorization: Basic {}\r\n", encoded.as_str()))
    });
    let login = login.as_ref().map_or("", |line| line.as_str());
    Zeroizing::new(format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login}\r\n"))
}

/// Everything up to the empty line. An octet at a time, because what comes behind it is the server's.
fn read_header(stream: &mut impl Read) -> Result<Vec<u8>> {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") && !header.ends_with(b"\n\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).map_err(explain)?;
        header.push(octet[0]);
        let begins_well = header.iter().zip(b"HTTP/1.").all(|(found, expected)| found == expected);
        if !begins_well {
            return Err(nonsense());
        }
        if header.len() > MAX_HEADER {
            return Err(Error::new(Kind::Unavailable, "its answer has more than 16 KiB of headers"));
        }
    }
    Ok(header)
}

fn first_line(header: &[u8]) -> &[u8] {
    let line = header.split(|&octet| octet == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The number in `HTTP/1.1 200 OK`.
fn status(line: &[u8]) -> Option<u16> {
    let code = line.split(|&octet| octet == b' ').nth(1)?;
    std::str::from_utf8(code).ok()?.parse().ok().filter(|code| (100..600).contains(code))
}

fn nonsense() -> Error {
    Error::new(Kind::Unavailable, "it does not answer as HTTP does").hint("is it a socks5:// proxy?")
}

/// Octets of a header.
const MAX_HEADER: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_stands_in_brackets() {
        assert_eq!(request(None, "::1", 995).as_str(), "CONNECT [::1]:995 HTTP/1.1\r\nHost: [::1]:995\r\n\r\n");
    }

    /// The example of RFC 7617 section 2.
    #[test]
    fn a_login_is_basic() {
        let login = ProxyLogin { user: "Aladdin".into(), password: Zeroizing::new("open sesame".into()) };
        let request = request(Some(&login), "h", 1);
        assert!(request.contains("\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"));
    }

    /// A proxy that has its say, after it was told a login.
    struct Says(&'static [u8]);

    impl Read for Says {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            self.0.read(buf)
        }
    }

    impl Write for Says {
        fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
            Ok(buf.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_proxy_repeats_is_not_shown() {
        let login = ProxyLogin { user: "Aladdin".into(), password: Zeroizing::new("open sesame".into()) };
        let mut proxy = Says(b"HTTP/1.1 403 QWxhZGRpbjpvcGVuIHNlc2FtZQ== open sesame\r\n\r\n");
        let error = open(&mut proxy, Some(&login), "h", 1).unwrap_err();
        assert_eq!(error.to_string(), "it does not connect to the server: its answer is 403");
    }

    #[test]
    fn what_follows_the_header_stays() {
        for header in ["HTTP/1.1 200 OK\r\nA: b\r\n\r\n", "HTTP/1.0 200\n\n"] {
            let text = format!("{header}+OK hello");
            let mut rest = text.as_bytes();
            let header = read_header(&mut rest).unwrap();
            assert_eq!((status(first_line(&header)), rest), (Some(200), &b"+OK hello"[..]));
        }
    }
}
