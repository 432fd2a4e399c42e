//! Proxies: how they are named, and what their failures mean. They are told the server's name, and look it up
//! themselves: a name that only their side knows works, and nobody near us learns of it.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{Phase, stream};
use crate::error::{Error, Kind, Result};

mod environment;

/// A proxy that makes the connection for us.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// What it speaks.
    pub protocol: ProxyProtocol,
    /// A host name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    pub(super) login: Option<ProxyLogin>,
}

/// What was said about a proxy.
#[derive(Clone, Debug, Default)]
pub enum ProxyChoice {
    /// Nothing: the environment is asked for each host.
    #[default]
    Environment,
    /// No proxy.
    Never,
    /// This one, for each host.
    Through(Proxy),
}

/// The languages of proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// SOCKS version 5 (RFC 1928).
    Socks5,
    /// CONNECT of HTTP (RFC 9110 section 9.3.6).
    Http,
}

/// Where a proxy was named: errors say so, and not everywhere is a password in good hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyFrom {
    /// `--proxy`. Other users see it, so a password is refused.
    CommandLine,
    /// The configuration file.
    ConfigurationFile,
    /// This variable.
    Environment(&'static str),
}

/// Who we are to the proxy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ProxyLogin {
    pub(super) user: String,
    pub(super) password: Zeroizing<String>,
}

impl Proxy {
    /// Reads `socks5://[USER[:PASSWORD]@]HOST[:PORT]`, the same with `socks5h` or `http`; `none` and nothing are no
    /// proxy. USER and PASSWORD are percent-encoded; the port is 1080, as curl has it. No error repeats the text.
    pub fn parse(url: &str, from: ProxyFrom) -> Result<Option<Self>> {
        if url.is_empty() || url.eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| from.bad("it must be a URL such as socks5://HOST:PORT"))?;
        let protocol = match scheme.to_ascii_lowercase().as_str() {
            "socks5" | "socks5h" => ProxyProtocol::Socks5,
            "http" => ProxyProtocol::Http,
            _ => return Err(from.bad("its scheme is not socks5, socks5h or http")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(ProxyLogin::parse(login, protocol, from)?), place),
            None => (None, authority),
        };
        let (host, port) = parse_place(place).ok_or_else(|| from.bad("its host or port is invalid"))?;
        Ok(Some(Self { protocol, host, port, login }))
    }

    /// Does it hold a password?
    pub fn has_password(&self) -> bool {
        self.login.as_ref().is_some_and(|login| !login.password.is_empty())
    }

    /// The proxy that `$ALL_PROXY` names, unless `$NO_PROXY` excepts this host, or it is this machine. Both names are
    /// looked for in lower case first, as curl does.
    pub fn from_environment(host: &str) -> Result<Option<Self>> {
        environment::choose(host, &|name| std::env::var_os(name))
    }
}

impl ProxyChoice {
    /// The proxy for this host.
    pub fn to(&self, host: &str) -> Result<Option<Proxy>> {
        match self {
            Self::Environment => Proxy::from_environment(host),
            Self::Never => Ok(None),
            Self::Through(proxy) => Ok(Some(proxy.clone())),
        }
    }
}

impl ProxyLogin {
    fn parse(text: &str, protocol: ProxyProtocol, from: ProxyFrom) -> Result<Self> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        if from == ProxyFrom::CommandLine && text.contains(':') {
            return Err(Error::new(Kind::Usage, "--proxy must not hold a password: other users would see it")
                .hint("put the proxy with its password into $ALL_PROXY or into the configuration file"));
        }
        let decode = |text| -> Result<Zeroizing<String>> {
            let decoded = percent_decode_str(text).decode_utf8().map_err(|_| from.bad("its login is not UTF-8"))?;
            Ok(Zeroizing::new(decoded.into_owned()))
        };
        let (user, password) = (decode(user)?, decode(password)?);
        if user.is_empty() || user.chars().chain(password.chars()).any(char::is_control) {
            return Err(from.bad("its user is empty, or its login has a control character"));
        }
        match protocol {
            ProxyProtocol::Http if user.contains(':') => Err(from.bad("a user name with a colon cannot be sent")),
            ProxyProtocol::Socks5 if user.len().max(password.len()) > u8::MAX.into() => {
                Err(from.bad("its user or its password is longer than 255 octets"))
            }
            _ => Ok(Self { user: user.to_string(), password }),
        }
    }
}

impl ProxyFrom {
    fn bad(self, why: &str) -> Error {
        match self {
            Self::CommandLine => Error::new(Kind::Usage, format!("--proxy cannot be used: {why}")),
            Self::ConfigurationFile => Error::new(Kind::Config, format!("the proxy cannot be used: {why}")),
            Self::Environment(name) => Error::new(Kind::Config, format!("${name} cannot be used: {why}"))
                .hint("--proxy names another one, and --proxy none says to use none"),
        }
    }
}

/// `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`.
fn parse_place(place: &str) -> Option<(String, u16)> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (address.parse::<Ipv6Addr>().ok()?.to_string(), port)
        }
        None => {
            let (host, port) = place.split_at(place.find(':').unwrap_or(place.len()));
            let legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
            (Some(host).filter(|host| !host.is_empty() && host.bytes().all(legal))?.to_ascii_lowercase(), port)
        }
    };
    let port = match port {
        "" => DEFAULT_PORT,
        port => port.strip_prefix(':')?.parse().ok().filter(|&port| port != 0)?,
    };
    Some((host, port))
}

/// What an I/O error means while a proxy is talked to. Whoever shows it says which.
pub(super) fn explain(error: io::Error) -> Error {
    match error.kind() {
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Error::new(Kind::TryLater, "it closed the connection")
        }
        _ => stream::explain(Phase::Proxy, error),
    }
}

/// The error where it wants a login, or refuses ours.
pub(super) fn login_refused(login: Option<&ProxyLogin>) -> Error {
    match login {
        None => Error::new(Kind::Config, "it wants a user name and a password")
            .hint("put them into $ALL_PROXY or the configuration file, as in socks5://USER:PASSWORD@HOST:PORT"),
        Some(ProxyLogin { user, .. }) => {
            let user = crate::escape::text(user.as_bytes());
            Error::new(Kind::Config, format!("it refuses the login of {user}"))
                .hint("check the user name and the password of the proxy")
        }
    }
}

impl fmt::Display for Proxy {
    /// A URL without the login.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.protocol {
            ProxyProtocol::Socks5 => "socks5",
            ProxyProtocol::Http => "http",
        };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self}, login: {:?})", self.login)
    }
}

impl fmt::Debug for ProxyLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} with password ****", self.user)
    }
}

/// curl's, for proxies of every kind.
const DEFAULT_PORT: u16 = 1080;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Option<Proxy>> {
        Proxy::parse(url, ProxyFrom::ConfigurationFile)
    }

    #[test]
    fn reads_urls() {
        let known = [
            ("socks5://proxy.example.org", "socks5://proxy.example.org:1080", None),
            ("SOCKS5H://Proxy:9050/", "socks5://proxy:9050", None),
            ("http://ann@10.0.0.1:3128", "http://10.0.0.1:3128", Some(("ann", ""))),
            ("http://[::1]", "http://[::1]:1080", None),
            ("socks5://a%40b:p%3A:w%2F@[2001:DB8::1]:99", "socks5://[2001:db8::1]:99", Some(("a@b", "p::w/"))),
        ];
        for (url, shown, login) in known {
            let proxy = parse(url).unwrap().unwrap();
            assert_eq!(proxy.to_string(), shown);
            assert_eq!(proxy.login.as_ref().map(|login| (login.user.as_str(), login.password.as_str())), login);
        }
        assert_eq!((parse("").unwrap(), parse("none").unwrap()), (None, None));
    }

    #[test]
    fn refuses_the_rest_without_repeating_it() {
        let long = format!("socks5://{}hunter2@h", "a".repeat(256));
        for url in [
            "hunter2",
            "proxy:1080",
            "https://hunter2",
            "socks4://hunter2",
            "socks5://",
            "socks5://ann:hunter2@",
            "socks5://ann:hunter2@h:0",
            "socks5://ann:hunter2@h:99999",
            "socks5://ann:hunter2@[h]:1",
            "socks5://ann:hunter2@h/path",
            "socks5://ann:hunter2%0d%0a@h",
            "socks5://:hunter2@h",
            "socks5://ann:hunter2%ff@h",
            "http://a%3Ab:hunter2@h",
            &long,
        ] {
            let error = parse(url).unwrap_err();
            assert_eq!(error.kind(), Kind::Config, "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn a_password_on_the_command_line_is_refused() {
        for url in ["socks5://ann:hunter2@h", "http://ann:@h"] {
            let error = Proxy::parse(url, ProxyFrom::CommandLine).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage);
            assert!(error.next_step().unwrap().contains("$ALL_PROXY"));
            assert!(!format!("{error:?}").contains("hunter2"));
        }
        assert!(Proxy::parse("socks5://ann@h", ProxyFrom::CommandLine).is_ok());
    }

    #[test]
    fn shows_no_password() {
        let proxy = parse("socks5://ann:hunter2@h").unwrap();
        assert_eq!(format!("{proxy:?}"), "Some(Proxy(socks5://h:1080, login: Some(\"ann\" with password ****)))");
    }
}
