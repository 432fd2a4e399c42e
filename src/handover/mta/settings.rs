use std::fmt;
use std::net::Ipv6Addr;
use std::path::PathBuf;

use crate::error::{Error, Kind, Result};
use crate::net::is_surely_this_machine;

/// How a server that takes messages is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// LMTP: an answer for each recipient. The server is the last one.
    Lmtp,
    /// SMTP: one answer for all of them.
    Smtp,
}

/// Where such a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MtaAddress {
    /// The path of a socket.
    Socket(PathBuf),
    /// Over TCP.
    Host {
        /// A host name, or an IP address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

/// A server that takes messages, and for whom they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MtaSettings {
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Where it is.
    pub address: MtaAddress,
    /// Sorted, each once.
    recipients: Vec<String>,
}

impl Dialect {
    /// Its flag, without dashes.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lmtp => "lmtp",
            Self::Smtp => "smtp",
        }
    }

    /// The port where nothing is said: for LMTP there is no registered one, and 24 is what everybody uses.
    fn port(self) -> u16 {
        match self {
            Self::Lmtp => 24,
            Self::Smtp => 25,
        }
    }
}

impl MtaAddress {
    /// Reads the path of a socket, which has a slash, or `HOST[:PORT]`. An IPv6 address is in brackets.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self> {
        if text.contains('/') {
            return path(text, dialect);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') && !host.ends_with(']') && !text.ends_with(']') => {
                return Err(bad(text, "has more than one colon").hint("write an IPv6 address in brackets: [::1]:24"));
            }
            Some((host, port)) if !text.ends_with(']') => (host, port_of(port, text)?),
            _ => (text, dialect.port()),
        };
        Ok(Self::Host { host: host_name(host, text)?, port })
    }
}

fn path(text: &str, dialect: Dialect) -> Result<MtaAddress> {
    if text.contains("://") {
        let hint = format!("write the path of a socket, or HOST:PORT, behind --{}", dialect.word());
        return Err(bad(text, "is a URL").hint(hint));
    }
    if text.contains('\0') || text.len() > MAX_SOCKET_PATH {
        return Err(bad(text, "cannot be the path of a socket"));
    }
    Ok(MtaAddress::Socket(text.into()))
}

fn port_of(port: &str, text: &str) -> Result<u16> {
    match port.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(bad(text, "has no port from 1 to 65535 behind its colon")),
    }
}

fn host_name(host: &str, text: &str) -> Result<String> {
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        let address: Ipv6Addr = address.parse().map_err(|_| bad(text, "has no IPv6 address in its brackets"))?;
        return Ok(address.to_string());
    }
    let host = if host.is_ascii() {
        host.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(host).map_err(|_| bad(text, "is not a valid international name"))?
    };
    let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
    if host.is_empty() || !host.bytes().all(is_legal) {
        return Err(bad(text, "is neither a host nor the path of a socket")
            .hint("a host is written as HOST or HOST:PORT, a path with a slash"));
    }
    Ok(host)
}

fn bad(text: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("\"{}\" {why}", crate::escape::text(text.as_bytes())))
}

impl MtaSettings {
    /// Checks the recipients: addresses, or names that the server knows without a domain.
    pub fn new(dialect: Dialect, address: MtaAddress, mut recipients: Vec<String>) -> Result<Self> {
        recipients.sort();
        recipients.dedup();
        let word = dialect.word();
        match recipients.len() {
            0 => {
                return Err(Error::new(Kind::Usage, format!("--{word} needs to know for whom messages are"))
                    .hint("name the recipient, as in --rcpt ann or --rcpt ann@example.org"));
            }
            1..=MAX_RECIPIENTS => {}
            _ => return Err(Error::new(Kind::Usage, format!("more than {MAX_RECIPIENTS} recipients"))),
        }
        recipients.iter().try_for_each(|recipient| check_recipient(recipient))?;
        Ok(Self { dialect, address, recipients })
    }

    /// For whom messages are: sorted, each once.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }

    /// Must the connection be in TLS? On this machine nobody listens, and its certificates are seldom valid.
    pub fn needs_tls(&self) -> bool {
        match &self.address {
            MtaAddress::Socket(_) => false,
            MtaAddress::Host { host, .. } => !is_surely_this_machine(host),
        }
    }

    /// The server, for people: `lmtp:/run/dovecot/lmtp`.
    pub fn server(&self) -> String {
        format!("{}:{}", self.dialect.word(), self.address)
    }
}

/// Refuses what would not be one argument of one command.
fn check_recipient(recipient: &str) -> Result<()> {
    let bad = |why: &str| {
        let shown = crate::escape::text(recipient.as_bytes());
        Error::new(Kind::Usage, format!("the recipient \"{shown}\" {why}"))
    };
    match recipient {
        "" => Err(bad("is empty")),
        _ if recipient.len() > MAX_ADDRESS => Err(bad("is too long")),
        _ if recipient.contains(|c: char| c.is_control()) => Err(bad("has a control character")),
        _ if recipient.contains(|c: char| c.is_whitespace()) => {
            Err(bad("has a space").hint("write only the address; several recipients are named one by one"))
        }
        _ if recipient.contains(['<', '>']) => Err(bad("has angle brackets").hint("write only what is between them")),
        _ if recipient.contains([',', ';']) && !recipient.contains('"') => {
            Err(bad("has a comma or a semicolon").hint("several recipients are named one by one: --rcpt A --rcpt B"))
        }
        _ => Ok(()),
    }
}

impl fmt::Display for MtaAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(path) => f.write_str(&crate::escape::path(path)),
            Self::Host { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Host { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// The same settings give the same words, and other ones give other words: `lmtp:/run/dovecot/lmtp for ann`,
/// `smtp:mail.example.org:25 for ann, bob`.
impl fmt::Display for MtaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.server(), crate::escape::text(self.recipients.join(", ").as_bytes()))
    }
}

/// What every server has to take in one transaction (RFC 5321 section 4.5.3.1.8).
const MAX_RECIPIENTS: usize = 100;

/// Octets of an address: 64 before the @, 255 behind it (RFC 5321 section 4.5.3.1).
const MAX_ADDRESS: usize = 320;

/// Octets of the path of a socket, on Linux.
const MAX_SOCKET_PATH: usize = 107;

#[cfg(test)]
mod tests {
    use super::*;

    fn host(host: &str, port: u16) -> MtaAddress {
        MtaAddress::Host { host: host.into(), port }
    }

    #[test]
    fn reads_addresses() {
        let known = [
            ("mail.Example.org", host("mail.example.org", 24)),
            ("localhost:10024", host("localhost", 10024)),
            ("127.0.0.1", host("127.0.0.1", 24)),
            ("[::1]", host("::1", 24)),
            ("[::1]:2525", host("::1", 2525)),
            ("b\u{fc}cher.example:26", host("xn--bcher-kva.example", 26)),
            ("/run/dovecot/lmtp", MtaAddress::Socket("/run/dovecot/lmtp".into())),
            ("./lmtp", MtaAddress::Socket("./lmtp".into())),
            ("/run/a:24", MtaAddress::Socket("/run/a:24".into())),
        ];
        for (text, address) in known {
            assert_eq!(MtaAddress::parse(text, Dialect::Lmtp).unwrap(), address, "{text}");
        }
        assert_eq!(MtaAddress::parse("relay", Dialect::Smtp).unwrap(), host("relay", 25));
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        let long = format!("/{}", "x".repeat(107));
        for (text, why) in [
            ("", "neither a host"),
            ("a b", "neither a host"),
            (":24", "neither a host"),
            ("host:", "no port"),
            ("host:0", "no port"),
            ("host:65536", "no port"),
            ("host:x", "no port"),
            ("::1", "more than one colon"),
            ("fe80::1:24", "more than one colon"),
            ("[::1", "more than one colon"),
            ("[1.2.3.4]", "no IPv6"),
            ("[::1]x:24", "more than one colon"),
            ("lmtp://host", "is a URL"),
            ("ann@host", "neither a host"),
            (&long, "cannot be the path"),
        ] {
            let error = MtaAddress::parse(text, Dialect::Lmtp).unwrap_err();
            assert!(error.to_string().contains(why), "{text}: {error}");
        }
    }

    fn settings(address: &str, recipients: &[&str]) -> Result<MtaSettings> {
        let address = MtaAddress::parse(address, Dialect::Lmtp).unwrap();
        MtaSettings::new(Dialect::Lmtp, address, recipients.iter().map(|&to| to.to_owned()).collect())
    }

    #[test]
    fn recipients_are_one_argument_each() {
        let good = ["ann", "ann@example.org", "a+b@[::1]", "\"a,b\"@x", "\u{fc}@example.org", "o'hara", "-x"];
        assert!(settings("/s", &good).is_ok());
        for bad in
            ["", " ", "a b", "a\u{a0}b", "<ann>", "a>", "a\r\nDATA", "a\0", "a\x7f", "a,b", "\u{85}", &"a".repeat(321)]
        {
            assert!(settings("/s", &["ann", bad]).is_err(), "{bad:?}");
        }
        assert!(settings("/s", &[]).unwrap_err().next_step().unwrap().contains("--rcpt ann"));
        let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
        assert!(settings("/s", &many.iter().map(String::as_str).collect::<Vec<_>>()).is_err());
    }

    #[test]
    fn a_name_is_the_same_for_the_same_place() {
        let name = |address, recipients: &[&str]| settings(address, recipients).unwrap().to_string();
        assert_eq!(name("/run/dovecot/lmtp", &["ann"]), "lmtp:/run/dovecot/lmtp for ann");
        assert_eq!(name("Host", &["bob", "ann", "bob"]), "lmtp:host:24 for ann, bob");
        assert_eq!(name("[::1]:26", &["ann"]), "lmtp:[::1]:26 for ann");
    }

    #[test]
    fn tls_is_for_other_machines() {
        for (address, needs_tls) in [
            ("/run/lmtp", false),
            ("localhost", false),
            ("127.0.0.9:24", false),
            ("[::1]:24", false),
            ("10.0.0.1", true),
            ("mail.example.org", true),
            ("a.localhost", true),
        ] {
            assert_eq!(settings(address, &["ann"]).unwrap().needs_tls(), needs_tls, "{address}");
        }
    }
}
