//! `pop3s://user@host:port`, as RFC 2384 and curl write it.

use std::fmt;
use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::{Error, Kind, Result};
use crate::net::TlsMode;

/// Where a mailbox is and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The user name, decoded.
    pub user: String,
    /// A host name in lower case, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Is that the port of the URL's scheme? It is not said, then.
    pub has_usual_port: bool,
    /// When TLS begins.
    pub tls: TlsMode,
}

impl Source {
    /// Reads a URL. `tls` overrides when the scheme begins TLS; the port remains the scheme's.
    pub fn parse(url: &str, tls: Option<TlsMode>) -> Result<Self> {
        Self::read(url, tls, without_user)
    }

    /// The same of a URL that may lack its user, who is empty then: of a server that is only looked at.
    pub fn parse_server(url: &str, tls: Option<TlsMode>) -> Result<Self> {
        Self::read(url, tls, |_, _, place| Ok(("", place)))
    }

    fn read<'a>(
        url: &'a str,
        tls: Option<TlsMode>,
        without_user: fn(&str, &str, &'a str) -> Result<(&'a str, &'a str)>,
    ) -> Result<Self> {
        let Some((scheme, rest)) = url.split_once("://") else {
            let hint = hint_for_host(url).unwrap_or_else(|| "write it as pop3s://ann@mail.example.org".into());
            return Err(bad(url, "it is not a URL").hint(hint));
        };
        let by_scheme = match scheme.to_ascii_lowercase().as_str() {
            "pop3s" | "pops" => TlsMode::Implicit,
            "pop3" | "pop" => TlsMode::StartTls,
            other => return Err(of_another_protocol(url, other)),
        };
        let tls = tls.unwrap_or(by_scheme);
        let authority = authority(rest);
        if authority.len() < rest.len() && rest[authority.len()..] != *"/" {
            return Err(bad(url, "something follows the host")
                .hint("a URL ends with the host and its port; in a user name / is %2F, ? is %3F and # is %23"));
        }
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (user_name(user, url)?, place),
            None => without_user(url, scheme, authority).map(|(user, place)| (user.to_owned(), place))?,
        };
        let (host, port) = split_port(place).ok_or_else(|| bad(url, "its port is not a number from 1 to 65535"))?;
        let usual = if by_scheme == TlsMode::Implicit { 995 } else { 110 };
        let port = port.unwrap_or(usual);
        Ok(Self { user, host: host_name(host, url)?, port, has_usual_port: port == usual, tls })
    }
}

impl Source {
    /// The name of the mailbox in the ledger: `user@host`, whatever the port or the TLS mode.
    pub fn mailbox_key(&self) -> String {
        format!("{}@{}", self.user, self.host)
    }

    /// Does it name a mailbox, or only a server?
    pub fn has_user(&self) -> bool {
        !self.user.is_empty()
    }

    /// The one URL that is the same however the source was written: with its port, in lower case, the user name
    /// percent-encoded but for @; the scheme says whether TLS begins with the first octet. It can be given as a SOURCE.
    pub fn url(&self) -> String {
        let scheme = if self.tls == TlsMode::Implicit { "pop3s" } else { "pop3" };
        let user = utf8_percent_encode(&self.user, NOT_IN_A_USER);
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let at = if self.has_user() { "@" } else { "" };
        format!("{scheme}://{user}{at}{host}:{}", self.port)
    }
}

impl Source {
    /// Can USER@HOST be an address that is the user name, as most providers have it?
    pub fn user_may_be_address(&self) -> bool {
        self.has_user() && !self.user.contains('@') && !self.host.contains(':')
    }

    /// How the mailbox of such an address is written.
    pub fn as_address(&self) -> String {
        let [user, host] = [&self.user, &self.host].map(|text| crate::escape::text(text.as_bytes()));
        format!("if {user}@{host} is the user name: {user}@{host}@pop.{host}")
    }
}

/// All but the unreserved characters of RFC 3986, and @: the last one ends the user name.
const NOT_IN_A_USER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

impl fmt::Display for Source {
    /// `user@host`, with the port if it is not the scheme's own; of a server alone `host`. Escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = crate::escape::text(self.user.as_bytes());
        let host = crate::escape::text(self.host.as_bytes());
        let at = if self.has_user() { "@" } else { "" };
        if self.has_usual_port { write!(f, "{user}{at}{host}") } else { write!(f, "{user}{at}{host}:{}", self.port) }
    }
}

/// The user and the place. A slash before the first @ belongs to the user, as in `ann/shared@host`.
fn authority(rest: &str) -> &str {
    let user = rest.find('@').unwrap_or(0);
    let end = rest[user..].find('/').map_or(rest.len(), |at| user + at);
    let end = rest[..end].find(['?', '#']).unwrap_or(end);
    &rest[..end]
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn split_port(place: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match place.rfind(']') {
        Some(end) => {
            (&place[..=end], place[end + 1..].strip_prefix(':').or(Some("").filter(|_| end + 1 == place.len()))?)
        }
        None => place.split_once(':').unwrap_or((place, "")),
    };
    match port {
        "" => Some((host, None)),
        port => port.parse().ok().filter(|&port| port != 0).map(|port| (host, Some(port))),
    }
}

/// For a URL, or what was meant to be one.
pub(super) fn must_not_hold_a_password() -> Error {
    Error::new(Kind::Usage, "a URL must not hold a password: other users and logs would see it").hint(
        "use --password-command CMD, --password-file FILE (- is standard input), $MAILHAUL_PASSWORD, or the prompt; a : in \
         the user name is %3A",
    )
}

fn user_name(encoded: &str, url: &str) -> Result<String> {
    // Gmail gives the last 30 days to recent:USER. A password is no address.
    let without_mode = encoded.strip_prefix("recent:").filter(|user| user.contains('@')).unwrap_or(encoded);
    if without_mode.contains(':') {
        return Err(must_not_hold_a_password());
    }
    // RFC 2384 allows ;AUTH=.. behind the user; a mechanism is named by --auth.
    if encoded.contains(';') {
        return Err(bad(url, "it names a mechanism").hint("use --auth for it; a ; in the user name is %3B"));
    }
    let user = percent_decode_str(encoded).decode_utf8().map_err(|_| bad(url, "its user name is not UTF-8"))?;
    if user.is_empty() {
        return Err(bad(url, "its user name is empty"));
    }
    if user.chars().any(char::is_control) {
        return Err(bad(url, "its user name has a control character, which POP3 cannot carry"));
    }
    Ok(user.into_owned())
}

fn host_name(host: &str, url: &str) -> Result<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr =
            address.parse().map_err(|_| bad(url, "the address in brackets is not an IPv6 address"))?;
        return Ok(address.to_string());
    }
    if host.is_empty() {
        return Err(bad(url, "its host is empty"));
    }
    let legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    let host = if host.is_ascii() {
        host.to_ascii_lowercase()
    } else {
        // UTS 46, as browsers do; names in ASCII are left alone, as DNS takes more than that.
        let ascii = percent_decode_str(host).decode_utf8().ok().and_then(|host| idna::domain_to_ascii(&host).ok());
        ascii.ok_or_else(|| bad(url, "its host is not a valid international name"))?
    };
    if !host.bytes().all(legal) {
        return Err(bad(url, "its host has a character that no host name has"));
    }
    Ok(host)
}

fn of_another_protocol(url: &str, scheme: &str) -> Error {
    let error = bad(url, "its scheme is not pop3s or pop3");
    match scheme {
        "imap" | "imaps" => error.hint(
            "mailhaul speaks POP3, not IMAP; most IMAP servers speak it too: write pop3s://USER@HOST, and \
             `mailhaul info` shows whether it answers",
        ),
        "smtp" | "smtps" | "submission" => error
            .hint("SMTP is for sending mail; to fetch it, write pop3s://USER@HOST with the name of the POP3 server"),
        "http" | "https" => {
            error.hint("a web address leads to no mailbox: write pop3s://USER@HOST with the name of the POP3 server")
        }
        _ => error.hint("write pop3s://USER@HOST for TLS from the start, pop3://USER@HOST for STLS"),
    }
}

fn without_user<'a>(url: &str, scheme: &str, place: &'a str) -> Result<(&'a str, &'a str)> {
    let place = if is_place(place) { crate::escape::text(place.as_bytes()) } else { "HOST".into() };
    let scheme = crate::escape::text(scheme.as_bytes());
    Err(bad(url, "it names no user").hint(format!("write it as {scheme}://USER@{place}")))
}

/// How to write what is a host, and no account: `mail.example.org` lacks its user.
pub(super) fn hint_for_host(text: &str) -> Option<String> {
    if text.starts_with("mailto:") {
        return Some("mailto: is for sending; a mailbox is written as USER@HOST".into());
    }
    is_host(text).then(|| format!("to name a mailbox on a server, write USER@{}", crate::escape::text(text.as_bytes())))
}

/// Is it a host without a user, as in `mail.example.org` or `localhost:1995`?
pub fn is_host(text: &str) -> bool {
    let is_local = |host: &str| host.eq_ignore_ascii_case("localhost");
    let place = split_port(text).map(|(host, _)| host).filter(|_| !text.contains(['@', '/']) && is_place(text));
    place.is_some_and(|host| host.contains('.') || host.starts_with('[') || is_local(host))
}

fn bad(url: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("{} cannot be used: {why}", crate::escape::text(without_password(url).as_bytes())))
}

/// A URL, or what was meant to be one, for an error: a password that was put into it must not end up in a log as well.
/// It could be behind any colon but the scheme's.
pub fn without_password(url: &str) -> String {
    let (scheme, rest) = url.find("://").map_or(("", url), |colon| url.split_at(colon + 3));
    let before_colon = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    match rest.rfind('@').map(|at| rest.split_at(at)) {
        Some((user, place)) if is_place(&place[1..]) => format!("{scheme}{}{place}", before_colon(user)),
        // A port that is too large is shown: it is what is wrong.
        Some((user, place)) if !user.contains(':') && has_long_port(place) => format!("{scheme}{user}{place}"),
        Some((user, place)) => format!("{scheme}{}{}", before_colon(user), before_colon(place)),
        None if !scheme.is_empty() && is_place(rest) => url.to_owned(),
        None => format!("{scheme}{}", before_colon(rest)),
    }
}

/// `@host:99999`
fn has_long_port(place: &str) -> bool {
    let port = place.rsplit_once(':').filter(|(host, _)| !host.contains(':')).map(|(_, port)| port);
    port.is_some_and(|port| port.len() == 5 && port.bytes().all(|octet| octet.is_ascii_digit()))
}

/// Is it a mailbox without a scheme, as in `ann@mail.example.org`? What may hold a password is none.
pub fn is_user_at_host(text: &str) -> bool {
    let is_host = |place: &str| place.contains(['.', ':']) || place.eq_ignore_ascii_case("localhost");
    let place = text.rsplit_once('@').filter(|(user, _)| !user.is_empty()).map(|(_, place)| place);
    place.is_some_and(is_host) && !may_hold_a_password(text)
}

/// The URL that is meant: a mailbox without a scheme is one of a server that speaks TLS from the start.
pub fn with_scheme(source: &str) -> String {
    if is_user_at_host(source) { format!("pop3s://{source}") } else { source.to_owned() }
}

/// Is it no URL, but could have been meant as one with a password?
pub(super) fn may_hold_a_password(name: &str) -> bool {
    name.rsplit_once('@').is_some_and(|(user, place)| user.contains(':') || !is_place(place))
}

/// A host, with nothing behind its colon but a port; a path may follow.
fn is_place(text: &str) -> bool {
    let place = text.split('/').next().unwrap_or_default();
    let is_host = |host: &str| match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.contains(':'),
    };
    split_port(place).is_some_and(|(host, _)| is_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Source> {
        Source::parse(url, None)
    }

    #[test]
    fn reads_the_forms_of_the_manual() {
        let source = |user: &str, host: &str, port, tls| {
            let has_usual_port = port == 110 || port == 995;
            Source { user: user.into(), host: host.into(), port, has_usual_port, tls }
        };
        let known = [
            ("pop3s://ann@mail.example.org", source("ann", "mail.example.org", 995, TlsMode::Implicit)),
            ("POP3://ann@Mail.Example.Org/", source("ann", "mail.example.org", 110, TlsMode::StartTls)),
            ("pop://ann@mail.example.org", source("ann", "mail.example.org", 110, TlsMode::StartTls)),
            ("pop3s://ann%40example.org@h:1995", source("ann@example.org", "h", 1995, TlsMode::Implicit)),
            ("pop3s://ann@example.org@h", source("ann@example.org", "h", 995, TlsMode::Implicit)),
            ("pop3s://ann@[::1]:1995", source("ann", "::1", 1995, TlsMode::Implicit)),
            ("pop3s://ann/shared@h", source("ann/shared", "h", 995, TlsMode::Implicit)),
            ("pop3s://ann%2Fshared%3A@h/", source("ann/shared:", "h", 995, TlsMode::Implicit)),
            ("pop3s://recent:ann@example.org@h", source("recent:ann@example.org", "h", 995, TlsMode::Implicit)),
            ("pop3s://ann@почта.пример", source("ann", "xn--80a1acny.xn--e1afmkfd", 995, TlsMode::Implicit)),
            ("pop3s://ann@BÜCHER.example:1995", source("ann", "xn--bcher-kva.example", 1995, TlsMode::Implicit)),
            ("pop3s://ann@mail。example.org", source("ann", "mail.example.org", 995, TlsMode::Implicit)),
            ("pop3s://ann@[::1]", source("ann", "::1", 995, TlsMode::Implicit)),
        ];
        for (url, expected) in known {
            assert_eq!(parse(url).unwrap(), expected, "{url}");
        }
        let none = Source::parse("pop3://ann@localhost", Some(TlsMode::None)).unwrap();
        assert_eq!((none.port, none.tls), (110, TlsMode::None));
    }

    /// A password that was kept is found again, however TLS begins.
    #[test]
    fn a_label_has_the_port_only_if_the_url_must_have_it() {
        for tls in [None, Some(TlsMode::Implicit), Some(TlsMode::StartTls), Some(TlsMode::None)] {
            for (url, label) in [
                ("pop3s://ann@h", "ann@h"),
                ("pop3s://ann@h:995", "ann@h"),
                ("pop3s://ann@h:110", "ann@h:110"),
                ("pop3://ann@h", "ann@h"),
                ("pop3://ann@h:995", "ann@h:995"),
            ] {
                let source = Source::parse(url, tls).unwrap();
                assert_eq!((source.to_string(), source.mailbox_key()), (label.to_owned(), "ann@h".to_owned()), "{url}");
            }
        }
    }

    #[test]
    fn a_source_has_one_url_which_means_the_same() {
        for (written, url) in [
            ("pop3s://ann@Mail.Example.org", "pop3s://ann@mail.example.org:995"),
            ("POP3S://ann@mail.example.org:995/", "pop3s://ann@mail.example.org:995"),
            ("pop://ann@h", "pop3://ann@h:110"),
            ("pop3s://ann@example.org@h:1995", "pop3s://ann@example.org@h:1995"),
            ("pop3s://recent:ann@example.org@h", "pop3s://recent%3Aann@example.org@h:995"),
            ("pop3s://ann%2Fshared@[0:0::1]", "pop3s://ann%2Fshared@[::1]:995"),
            ("pop3s://\u{444}@h", "pop3s://%D1%84@h:995"),
        ] {
            let source = parse(written).unwrap();
            assert_eq!(source.url(), url);
            assert_eq!(parse(url).unwrap(), source, "{url}");
        }
        let by_stls = Source::parse("pop3s://ann@h", Some(TlsMode::StartTls)).unwrap();
        assert_eq!(by_stls.url(), "pop3://ann@h:995");
        let again = parse(&by_stls.url()).unwrap();
        assert_eq!((again.port, again.tls), (by_stls.port, by_stls.tls));
    }

    #[test]
    fn refuses_the_rest_with_a_reason() {
        for url in [
            "imap://a@h",
            "pop3s://h",
            "pop3s://@h",
            "pop3s://a@",
            "pop3s://a@h:0",
            "pop3s://a@h:99999",
            "pop3s://a@h:x",
            "pop3s://a%0d%0aDELE%201@h",
            "pop3s://a@h/INBOX",
            "pop3s://a@[::1",
            "pop3s://a@[x]",
            "pop3s://a@h h",
            "pop3s://a;AUTH=PLAIN@h",
            "pop3s://%ff@h",
            "pop3s://a@[::1]x",
            "pop3s://a@h/x@y",
            "pop3s://a?b@h",
            "pop3s://a@\u{200d}.example",
            "pop3s://recent:hunter2@h",
        ] {
            let error = parse(url).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{url}: {error}");
        }
        assert_eq!(parse("work").unwrap_err().kind(), Kind::Usage);
        let error = parse("pop3s://bob@localhost:99999").unwrap_err().to_string();
        assert!(error.starts_with("pop3s://bob@localhost:99999 cannot be used: its port"), "{error}");
    }

    #[test]
    fn a_mailbox_without_a_scheme_is_known() {
        for text in
            ["ann@mail.example.org", "ann@example.org@h.example:1995", "ann@localhost", "ann@[::1]", "a@192.0.2.1"]
        {
            assert!(is_user_at_host(text), "{text}");
        }
        for text in
            ["work", "ann@work", "ann:hunter2@mail.example.org", "@h.example", "ann@", "ann@h.example:hunter2", ""]
        {
            assert!(!is_user_at_host(text), "{text}");
        }
    }

    #[test]
    fn what_holds_no_password_is_shown_whole() {
        for url in
            ["pop3s://[::1]:995", "pop3s://mail.example.org:995", "pop3x://ann@[::1]:995", "pop3s://a@h:995/INBOX"]
        {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{url} cannot be used")), "{error}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_repeated() {
        let error = parse("pop3s://ann:hunter2@h").unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        assert!(error.next_step().unwrap().contains("--password-command"));
        for url in [
            "pop3s://ann:hunter2@h",
            "pop3x://ann:hunter2@h",
            "pop3s://ann:hunter2@h:x",
            "pop3s://ann:hunter2",
            "pop3s://ann@example.org:hunter2",
            "pop3s://[::1]:hunter2",
            "pop3s:/ann:hunter2@h",
            "ann:hunter2@h",
            "ann:hunter2",
        ] {
            assert!(!format!("{:?}", parse(url).unwrap_err()).contains("hunter2"), "{url}");
        }
    }
}
