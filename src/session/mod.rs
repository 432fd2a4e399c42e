//! From an account to a session that is logged in: connection, TLS, capabilities, login. Every command that talks to
//! a server begins here.

use std::net::IpAddr;
use std::sync::Arc;

use self::login::LoginFindings;
use crate::auth::{Access, Credentials, Secret};
use crate::client::{Client, Secrets, Transcript};
use crate::config::{Account, Source};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Connection, Network, TlsMode, Transport, Trust, Waits};
use crate::until::Until;

mod choose;
mod login;
mod refused;

/// What a session is opened with, beside the account.
pub struct SessionOptions<'a> {
    /// The account.
    pub account: &'a Account,
    /// Where the connection comes from.
    pub network: &'a dyn Network,
    /// Whom to trust; none without TLS.
    pub trust: Option<&'a Trust>,
    /// When the whole run must be over; a stop ends every wait.
    pub until: Until,
    /// Is told the dialogue.
    pub transcript: Arc<dyn Transcript>,
    /// What earlier sessions have shown of the server.
    pub quirks: Quirks,
}

/// What a server was seen not to do as others do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// It hangs up at CAPA, or falls silent: CAPA is not asked for.
    pub lacks_capa: bool,
    /// It refuses SCRAM, and takes another login: SCRAM is not tried.
    pub refuses_scram: bool,
    /// It refuses our channel binding, and takes the same login without one: none is tried.
    pub misbinds: bool,
}

/// A session that is logged in, and what it has shown.
pub struct Opened {
    /// The session.
    pub client: Client<Connection>,
    /// What this session has shown; not what was known before.
    pub quirks: Quirks,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// Opens a session, up to the reply to the login. No credential is sent before TLS and the server's identity are
/// settled.
pub fn open(options: &SessionOptions<'_>, access: &Access) -> Result<Opened> {
    open_by_phases(options, access, &mut |_| {})
}

/// As [`open`]; `after` is told of each phase that is over: `connect`, `greeting`, `capa`, `stls`, `login`.
pub fn open_by_phases(
    options: &SessionOptions<'_>,
    access: &Access,
    after: &mut dyn FnMut(&'static str),
) -> Result<Opened> {
    log_in_by(options, access, after).map_err(|error| at_source(error, options.account))
}

/// With the place; and where there is no such host, an address may have been typed in place of a mailbox.
fn at_source(error: Error, account: &Account) -> Error {
    let source = &account.source;
    let is_address = error.cause() == Cause::NoHost && source.user_may_be_address();
    let hint = error.next_step().filter(|_| is_address).map(|hint| format!("{hint}; {}", source.as_address()));
    hint.into_iter().fold(error, Error::hint).at(source)
}

/// A token that is refused may have ended before its time: another one is tried, once (C-168). A password never is.
fn log_in_by(options: &SessionOptions<'_>, access: &Access, after: &mut dyn FnMut(&'static str)) -> Result<Opened> {
    let credentials = access.credentials()?;
    let mut secrets = Secrets::default();
    match log_in(options, &credentials, &mut secrets, after) {
        Err(error) if is_refused(&error) => match access.instead_of(&credentials)? {
            Some(others) => log_in(options, &others, &mut secrets, after).map_err(|error| refused_again(error, access)),
            None => Err(refused_from_keyring(error, &credentials, options.account)),
        },
        result => result,
    }
}

fn is_refused(error: &Error) -> bool {
    matches!(error.cause(), Cause::LoginRefused | Cause::LoginUnanswered)
}

fn refused_again(error: Error, access: &Access) -> Error {
    match access.next_step().filter(|_| is_refused(&error)) {
        Some(step) => error.hint(step),
        None => error,
    }
}

/// Where the password is, if it is to be replaced.
fn refused_from_keyring(error: Error, credentials: &Credentials, account: &Account) -> Error {
    let is_of_keyring = matches!(credentials, Credentials::Password(secret) if secret.is_of_keyring());
    if !is_of_keyring || error.cause() != Cause::LoginRefused {
        return error;
    }
    let name = account.name.clone().unwrap_or_else(|| account.source.url());
    let before = error.next_step().map_or(String::new(), |step| format!("{step}; "));
    error.hint(format!("{before}`mailhaul login {name}` replaces the password in the keyring"))
}

/// Opens a session without a login: connection, TLS, capabilities.
pub fn open_without_login(options: &SessionOptions<'_>) -> Result<Client<Connection>> {
    let opened =
        with_or_without_capa(options, |quirks| until_capabilities(options, Secrets::default(), quirks, &mut |_| {}));
    opened.map(|(client, _)| client).map_err(|error| at_source(error, options.account))
}

/// `secrets` are those that the server knows from before; the one of these credentials is added.
fn log_in(
    options: &SessionOptions<'_>,
    credentials: &Credentials,
    secrets: &mut Secrets,
    after: &mut dyn FnMut(&'static str),
) -> Result<Opened> {
    secrets.add(login::secret_of(credentials).map_or("", Secret::expose));
    let opened = with_or_without_capa(options, |quirks| {
        let mut client = until_capabilities(options, secrets.clone(), quirks, after)?;
        check_cleartext(&mut client, options.account, credentials)?;
        let mut warnings = Vec::new();
        take_utf8(&mut client, &mut warnings)?;
        let shown = login::log_in(&mut client, options.account, credentials, quirks);
        let LoginFindings { refuses_scram, misbinds } = shown.map_err(|error| client_without_capa(&client, error))?;
        after("login");
        Ok(Opened { client, quirks: Quirks { refuses_scram, misbinds, lacks_capa: false }, warnings })
    });
    opened.map(|(mut opened, lacks_capa)| {
        opened.quirks.lacks_capa = lacks_capa;
        opened
    })
}

/// Does it again without CAPA, on another connection, if CAPA ended the first one (C-373): says then whether that helped.
fn with_or_without_capa<V>(
    options: &SessionOptions<'_>,
    mut open: impl FnMut(Quirks) -> Result<V>,
) -> Result<(V, bool)> {
    let lacks_capa = options.quirks.lacks_capa || options.account.no_capa;
    let quirks = Quirks { lacks_capa, ..options.quirks };
    let first = match open(quirks) {
        Err(error) if error.cause() == Cause::NoCapa => error,
        result => return result.map(|value| (value, false)),
    };
    match open(Quirks { lacks_capa: true, ..quirks }) {
        Ok(value) => Ok((value, true)),
        Err(second) if is_lost(&second) => Err(first.because(Cause::ConnectionLost)),
        Err(second) => Err(second),
    }
}

/// Then the second connection has not told more than the first: the line is bad, or the server hangs up whatever is said.
fn is_lost(error: &Error) -> bool {
    matches!(error.cause(), Cause::ConnectionLost | Cause::NoGreeting | Cause::NoHost | Cause::LoginUnanswered)
}

/// A server that hangs up at the next command after a refused CAPA has hung up at CAPA.
fn client_without_capa<T: Transport>(client: &Client<T>, error: Error) -> Error {
    let is_capa = client.has_refused_capa() && client.has_ended() && error.cause() == Cause::ConnectionLost;
    if is_capa { error.because(Cause::NoCapa) } else { error }
}

/// Asks for UTF-8 where the server has it (RFC 6856): it may otherwise give messages with 8-bit headers in another form
/// than they have (C-372). It must be asked before the login. A refusal changes nothing (C-175).
fn take_utf8(client: &mut Client<Connection>, warnings: &mut Vec<String>) -> Result<()> {
    if !client.capabilities().has("UTF8") {
        return Ok(());
    }
    if let Err(refusal) = client.utf8()? {
        warnings.push(format!(
            "the server lists UTF8 and refuses it ({}): it may send messages with 8-bit headers in another form than they have",
            refusal.text
        ));
    }
    Ok(())
}

fn until_capabilities(
    options: &SessionOptions<'_>,
    secrets: Secrets,
    quirks: Quirks,
    after: &mut dyn FnMut(&'static str),
) -> Result<Client<Connection>> {
    let mut client = greet(options, secrets, after)?;
    if quirks.lacks_capa {
        client.never_ask_capa();
    } else {
        client.capa()?;
        after("capa");
    }
    if options.account.tls() == TlsMode::StartTls {
        let has_refused_capa = client.has_refused_capa();
        client = start_tls(client, options).map_err(|error| match error.cause() {
            Cause::ConnectionLost if has_refused_capa => error.because(Cause::NoCapa),
            _ => error,
        })?;
        client.capa()?;
        after("stls");
    }
    Ok(client)
}

fn greet(
    options: &SessionOptions<'_>,
    secrets: Secrets,
    after: &mut dyn FnMut(&'static str),
) -> Result<Client<Connection>> {
    let Account { source, timeout, min_rate, max_listed, .. } = options.account;
    let waits = Waits { timeout: *timeout, until: options.until.clone(), min_rate: *min_rate };
    let stream = options.network.connect(&options.account.route(), &waits)?;
    after("connect");
    let stream = match source.tls {
        TlsMode::Implicit => {
            let secured = stream.into_tls(required_trust(options.trust)?, &source.host);
            secured.map_err(|error| with_right_scheme(error, source))?
        }
        TlsMode::StartTls | TlsMode::None => stream,
    };
    if stream.is_tls() {
        after("tls");
    }
    let mut client = Client::greet(stream, Arc::clone(&options.transcript), secrets)?;
    client.set_pipelining(options.account.pipelining);
    client.list_at_most(*max_listed);
    after("greeting");
    Ok(client)
}

/// To a server that does not begin with TLS: the URL that fits it.
pub fn with_right_scheme(error: Error, source: &Source) -> Error {
    if error.cause() != Cause::ClearText {
        return error;
    }
    let right = Source { tls: TlsMode::StartTls, ..source.clone() };
    error.hint(format!("use {}", right.url()))
}

/// STLS is asked for even where CAPA hides it: what counts is that nothing goes on without it (C-124, C-125).
fn start_tls(client: Client<Connection>, options: &SessionOptions<'_>) -> Result<Client<Connection>> {
    let trust = required_trust(options.trust)?;
    client.stls(|stream| stream.into_tls(trust, &options.account.source.host))
}

/// Whom TLS is to trust. Without TLS that is nobody, and then nobody asks.
pub fn required_trust(trust: Option<&Trust>) -> Result<&Trust> {
    trust.ok_or_else(|| Error::new(Kind::Bug, "TLS was asked for without anybody to trust"))
}

/// What would be worth something to others goes in clear text to this machine only, unless the user has said otherwise:
/// tokens too (C-165), and the answers of CRAM-MD5, SCRAM and APOP, with which a password can be guessed at leisure.
fn check_cleartext(client: &mut Client<Connection>, account: &Account, credentials: &Credentials) -> Result<()> {
    let stream = client.stream();
    if stream.is_tls() {
        return Ok(());
    }
    let what = match credentials {
        Credentials::Certificate => {
            return Err(Error::new(Kind::Usage, "EXTERNAL logs in by a certificate of TLS, and there is no TLS"));
        }
        Credentials::Password(_) => "password",
        Credentials::Token(_) => "access token",
    };
    if is_here(stream.peer()) || account.cleartext_password {
        Ok(())
    } else {
        Err(Error::new(Kind::Usage, format!("the {what} would go over the network in clear text"))
            .hint("leave --tls none out, or use --allow-cleartext-password if you accept that others can read it"))
    }
}

/// What goes there stays on this machine. Of a peer that is not known, as behind a proxy, that cannot be said.
fn is_here(peer: Option<IpAddr>) -> bool {
    peer.is_some_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_is_the_loopback_of_either_family_and_nothing_else() {
        let is_here = |address: &str| is_here(Some(address.parse().unwrap()));
        for address in ["127.0.0.1", "127.8.9.10", "::1"] {
            assert!(is_here(address), "{address}");
        }
        let elsewhere = ["192.168.0.1", "10.0.0.1", "169.254.0.1", "0.0.0.0", "192.0.2.1"];
        let elsewhere_v6 = ["::", "::2", "fe80::1", "fd00::1", "2001:db8::1", "::ffff:192.0.2.1"];
        for address in elsewhere.into_iter().chain(elsewhere_v6) {
            assert!(!is_here(address), "{address}");
        }
        assert!(!super::is_here(None));
    }
}
