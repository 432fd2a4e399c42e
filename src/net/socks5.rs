//! SOCKS version 5, as far as a client of TCP needs it (RFC 1928), with user name and password (RFC 1929).

use std::io::{Read, Write};
use std::net::IpAddr;

use zeroize::Zeroizing;

use super::proxy::{ProxyLogin, explain, login_refused};
use crate::error::{Error, Kind, Result};

/// Asks the proxy at the other end of `stream` to connect to `host`. Reads not one octet of what follows.
pub(super) fn open<S: Read + Write>(stream: &mut S, login: Option<&ProxyLogin>, host: &str, port: u16) -> Result<()> {
    let methods: &[u8] = if login.is_some() { &[VERSION, 2, NO_LOGIN, PASSWORD] } else { &[VERSION, 1, NO_LOGIN] };
    stream.write_all(methods).map_err(explain)?;
    let [version, method] = read(stream)?;
    match (version, method, login) {
        (VERSION, NO_LOGIN, _) => {}
        (VERSION, PASSWORD, Some(login)) => log_in(stream, login)?,
        (VERSION, NONE_OF_THEM, _) => return Err(login_refused(login)),
        _ => return Err(nonsense()),
    }
    stream.write_all(&request(host, port)?).map_err(explain)?;
    let [version, reply, _, kind] = read(stream)?;
    match (version, reply) {
        (VERSION, 0) => {}
        (VERSION, reply) => return Err(refused(reply)),
        _ => return Err(nonsense()),
    }
    // The address that the proxy connects from: of no use, but in the way.
    match kind {
        IPV4 => read::<6>(stream).map(drop),
        IPV6 => read::<18>(stream).map(drop),
        NAME => {
            let [length] = read(stream)?;
            let mut rest = vec![0; usize::from(length) + 2];
            stream.read_exact(&mut rest).map_err(explain)
        }
        _ => Err(nonsense()),
    }
}

fn log_in<S: Read + Write>(stream: &mut S, login: &ProxyLogin) -> Result<()> {
    let field = |text: &str| Some([&[u8::try_from(text.len()).ok()?], text.as_bytes()].concat());
    let (user, password) = (field(&login.user), field(&login.password).map(Zeroizing::new));
    let (user, password) = user.zip(password).ok_or_else(|| Error::new(Kind::Config, "its login is too long"))?;
    let message = Zeroizing::new([&[LOGIN_VERSION], &user[..], &password[..]].concat());
    stream.write_all(&message).map_err(explain)?;
    match read(stream)? {
        [LOGIN_VERSION, 0] => Ok(()),
        [LOGIN_VERSION, _] => Err(login_refused(Some(login))),
        _ => Err(nonsense()),
    }
}

/// CONNECT, with the name as it is: the proxy looks it up.
fn request(host: &str, port: u16) -> Result<Vec<u8>> {
    let mut request = vec![VERSION, CONNECT, 0];
    match host.parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(IPV4);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(IPV6);
            request.extend(address.octets());
        }
        Err(_) => {
            let length = u8::try_from(host.len())
                .map_err(|_| Error::new(Kind::Usage, "the name of the server is longer than SOCKS can carry"))?;
            request.extend([NAME, length]);
            request.extend(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    Ok(request)
}

fn read<const N: usize>(stream: &mut impl Read) -> Result<[u8; N]> {
    let mut octets = [0; N];
    stream.read_exact(&mut octets).map_err(explain)?;
    Ok(octets)
}

/// The replies of RFC 1928 section 6.
fn refused(reply: u8) -> Error {
    let (kind, why) = match reply {
        1 => (Kind::TryLater, "general failure"),
        2 => (Kind::Unavailable, "its rules do not allow this connection"),
        3 => (Kind::TryLater, "the server's network cannot be reached"),
        4 => (Kind::TryLater, "the server cannot be reached, or its name is not known"),
        5 => (Kind::TryLater, "the server refused the connection"),
        6 => (Kind::TryLater, "the route to the server is too long (TTL expired)"),
        7 => (Kind::Unavailable, "it does not know the command CONNECT"),
        8 => (Kind::Unavailable, "it does not know this kind of address"),
        _ => (Kind::TryLater, "it does not say why"),
    };
    Error::new(kind, format!("it cannot connect to the server: {why} (reply {reply})"))
}

fn nonsense() -> Error {
    Error::new(Kind::Unavailable, "it does not answer as SOCKS 5 does").hint("is it an http:// proxy?")
}

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NONE_OF_THEM: u8 = 0xff;
const LOGIN_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_as_a_name_and_an_address_as_an_address() {
        assert_eq!(request("h.example", 995).unwrap(), b"\x05\x01\x00\x03\x09h.example\x03\xe3");
        assert_eq!(request("127.0.0.1", 110).unwrap(), b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x6e");
        assert_eq!(request("::1", 1).unwrap()[..4], [5, 1, 0, IPV6]);
        assert_eq!(request("::1", 1).unwrap().len(), 22);
        assert!(request(&"a".repeat(256), 1).is_err());
    }
}
