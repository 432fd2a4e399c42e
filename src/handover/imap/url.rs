//! `imaps://user@host:port/folder`, in the spirit of RFC 5092.

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::ImapSettings;
use crate::error::{Error, Kind, Result};
use crate::net::TlsMode;

pub(super) fn parse(url: &str, tls: Option<TlsMode>) -> Result<ImapSettings> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| bad("it is not a URL").hint(FORM))?;
    let by_scheme = match scheme.to_ascii_lowercase().as_str() {
        "imaps" => TlsMode::Implicit,
        "imap" => TlsMode::StartTls,
        _ => return Err(bad("its scheme is not imaps or imap").hint(FORM)),
    };
    let (authority, folder) = split_folder(rest);
    let (user, place) = authority.rsplit_once('@').ok_or_else(|| bad("it names no user").hint(FORM))?;
    let (host, port) = split_port(place).ok_or_else(|| bad("its port is not a number from 1 to 65535"))?;
    Ok(ImapSettings {
        user: user_name(user)?,
        host: host_name(host)?,
        port: port.unwrap_or(if by_scheme == TlsMode::Implicit { IMAPS } else { IMAP }),
        tls: tls.unwrap_or(by_scheme),
        folder: folder_name(folder)?,
        flags: Vec::new(),
        cleartext_password: false,
    })
}

pub(super) fn is_usual(port: u16) -> bool {
    matches!(port, IMAP | IMAPS)
}

/// A slash before the first @ belongs to the user, as in `ann/shared@host`.
fn split_folder(rest: &str) -> (&str, &str) {
    let user = rest.find('@').unwrap_or(0);
    rest[user..].find('/').map_or((rest, ""), |at| (&rest[..user + at], &rest[user + at + 1..]))
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn split_port(place: &str) -> Option<(&str, Option<u16>)> {
    let end = place.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match place[end..].find(':') {
        Some(colon) => (&place[..end + colon], &place[end + colon + 1..]),
        None => return Some((place, None)),
    };
    port.parse().ok().filter(|&port| port != 0).map(|port| (host, Some(port)))
}

fn user_name(encoded: &str) -> Result<String> {
    if encoded.contains(':') {
        return Err(Error::new(Kind::Usage, "a URL must not hold a password: other users and logs would see it").hint(
            "use imap-password-command, imap-password-file or $MAILHAUL_IMAP_PASSWORD; a : in the user name is %3A",
        ));
    }
    if encoded.contains(';') {
        return Err(bad("it names a mechanism").hint("a ; in the user name is %3B"));
    }
    let user = percent_decode_str(encoded).decode_utf8().map_err(|_| bad("its user name is not UTF-8"))?;
    if user.is_empty() {
        return Err(bad("its user name is empty").hint(FORM));
    }
    if user.chars().any(char::is_control) {
        return Err(bad("its user name has a control character"));
    }
    Ok(user.into_owned())
}

fn host_name(host: &str) -> Result<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address = address.parse::<Ipv6Addr>();
        return address
            .map(|address| address.to_string())
            .map_err(|_| bad("the address in brackets is not one of IPv6"));
    }
    let decoded = percent_decode_str(host).decode_utf8().ok();
    let ascii = match decoded {
        Some(host) if host.is_ascii() => Some(host.to_ascii_lowercase()),
        Some(host) => idna::domain_to_ascii(&host).ok(),
        None => None,
    };
    let legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    let is_host = |host: &String| !host.is_empty() && host.bytes().all(legal);
    ascii.filter(is_host).ok_or_else(|| bad("its host is not the name of one").hint(FORM))
}

fn folder_name(encoded: &str) -> Result<String> {
    let folder = percent_decode_str(encoded).decode_utf8().map_err(|_| bad("the name of its folder is not UTF-8"))?;
    if folder.chars().any(char::is_control) {
        return Err(bad("the name of its folder has a control character"));
    }
    Ok(if folder.is_empty() || folder.eq_ignore_ascii_case(INBOX) { INBOX.to_owned() } else { folder.into_owned() })
}

/// What was written is not repeated: it may hold a password in any place.
fn bad(why: &str) -> Error {
    Error::new(Kind::Usage, format!("the URL of the IMAP folder cannot be used: {why}"))
}

/// The folder that every mailbox has (RFC 3501 section 5.1).
const INBOX: &str = "INBOX";

const FORM: &str = "write it as imaps://USER@HOST/FOLDER, or with imap:// for STARTTLS";

const IMAP: u16 = 143;
const IMAPS: u16 = 993;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_of_the_manual() {
        for (url, user, host, port, tls, folder, name) in [
            ("imaps://ann@h", "ann", "h", 993, TlsMode::Implicit, "INBOX", "imaps://ann@h/INBOX"),
            (
                "IMAPS://ann@Mail.Example.Org/",
                "ann",
                "mail.example.org",
                993,
                TlsMode::Implicit,
                "INBOX",
                "imaps://ann@mail.example.org/INBOX",
            ),
            ("imap://ann@h/inbox", "ann", "h", 143, TlsMode::StartTls, "INBOX", "imaps://ann@h/INBOX"),
            (
                "imaps://ann%40example.org@h:1993/Old/2026",
                "ann@example.org",
                "h",
                1993,
                TlsMode::Implicit,
                "Old/2026",
                "imaps://ann@example.org@h:1993/Old/2026",
            ),
            (
                "imaps://ann@example.org@h/a@b",
                "ann@example.org",
                "h",
                993,
                TlsMode::Implicit,
                "a@b",
                "imaps://ann@example.org@h/a@b",
            ),
            (
                "imaps://a/b@[0:0::1]:1993/Entw%C3%BCrfe",
                "a/b",
                "::1",
                1993,
                TlsMode::Implicit,
                "Entw\u{fc}rfe",
                "imaps://a%2Fb@[::1]:1993/Entw%C3%BCrfe",
            ),
            (
                "imaps://a@h/[Gmail]/All Mail",
                "a",
                "h",
                993,
                TlsMode::Implicit,
                "[Gmail]/All Mail",
                "imaps://a@h/%5BGmail%5D/All%20Mail",
            ),
            (
                "imaps://a@b\u{fc}cher.example/C#",
                "a",
                "xn--bcher-kva.example",
                993,
                TlsMode::Implicit,
                "C#",
                "imaps://a@xn--bcher-kva.example/C%23",
            ),
        ] {
            let read = parse(url, None).unwrap();
            let expected = ImapSettings {
                user: user.into(),
                host: host.into(),
                port,
                tls,
                folder: folder.into(),
                flags: Vec::new(),
                cleartext_password: false,
            };
            assert_eq!(read, expected, "{url}");
            assert_eq!(read.url(), name);
            let again = parse(name, None).unwrap();
            assert_eq!(
                again,
                ImapSettings { port: if port == 143 { 993 } else { port }, tls: TlsMode::Implicit, ..read }
            );
        }
        assert_eq!(parse("imap://a@h", Some(TlsMode::None)).unwrap().tls, TlsMode::None);
    }

    #[test]
    fn refuses_the_rest_and_repeats_no_password() {
        for url in [
            "pop3s://ann@h",
            "ann@h",
            "imaps://h/INBOX",
            "imaps://@h",
            "imaps://a@",
            "imaps://a@h:0",
            "imaps://a@h:",
            "imaps://a@h:99999",
            "imaps://a@[x]",
            "imaps://a@h h",
            "imaps://a%0D%0A@h",
            "imaps://a@h/x%0D%0Ay",
            "imaps://a@h/%ff",
            "imaps://ann:hunter2@h",
            "imaps://ann:hunter2@example.org@h/x",
            "imaps://ann@h:hunter2",
            "imaps://ann;AUTH=PLAIN@h",
        ] {
            let error = parse(url, None).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{url}: {error:?}");
        }
        assert!(parse("imaps://ann:hunter2@h", None).unwrap_err().next_step().unwrap().contains("%3A"));
    }
}
