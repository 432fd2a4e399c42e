//! From an account to a session that is logged in: connection, TLS, capabilities, login. Every command that talks to
//! a server begins here.

use std::sync::Arc;
use std::time::Instant;

use crate::auth::{Secret, plain_response};
use crate::client::{Answer, Client, Refusal, Transcript};
use crate::config::{Account, Mechanism};
use crate::error::{Error, Kind, Result};
use crate::net::{self, Stream, TlsMode, Trust, Waits};
use crate::proto::ResponseCode;
use crate::stop::Stop;

/// What a session is opened with, beside the account.
pub struct Opening<'a> {
    /// The account.
    pub account: &'a Account,
    /// Whom to trust; none without TLS.
    pub trust: Option<&'a Trust>,
    /// When the whole run must be over.
    pub deadline: Option<Instant>,
    /// Ends waits when asked.
    pub stop: Option<Stop>,
    /// Is told the dialogue.
    pub transcript: Arc<dyn Transcript>,
}

/// Opens a session, up to the reply to the login. No credential is sent before TLS and the server's identity are
/// settled.
pub fn open(opening: &Opening<'_>, password: &Secret) -> Result<Client<Stream>> {
    open_by_phases(opening, password, &mut |_| {})
}

/// As [`open`]; `after` is told of each phase that is over: `connect`, `greeting`, `capa`, `stls`, `login`.
pub fn open_by_phases(
    opening: &Opening<'_>,
    password: &Secret,
    after: &mut dyn FnMut(&'static str),
) -> Result<Client<Stream>> {
    let source = &opening.account.source;
    log_in(opening, password, after).map_err(|error| error.at(source))
}

/// Opens a session without a login: connection, TLS, capabilities.
pub fn open_without_login(opening: &Opening<'_>) -> Result<Client<Stream>> {
    until_capabilities(opening, &mut |_| {}).map_err(|error| error.at(&opening.account.source))
}

fn log_in(opening: &Opening<'_>, password: &Secret, after: &mut dyn FnMut(&'static str)) -> Result<Client<Stream>> {
    let mut client = until_capabilities(opening, after)?;
    check_cleartext(&mut client, opening.account)?;
    let answer = send_credentials(&mut client, opening.account, password)?;
    answer.map_err(|refusal| login_refused(&refusal))?;
    after("login");
    Ok(client)
}

fn until_capabilities(opening: &Opening<'_>, after: &mut dyn FnMut(&'static str)) -> Result<Client<Stream>> {
    let mut client = greet(opening, after)?;
    client.capa()?;
    after("capa");
    if opening.account.tls() == TlsMode::StartTls {
        client = start_tls(client, opening)?;
        client.capa()?;
        after("stls");
    }
    Ok(client)
}

fn greet(opening: &Opening<'_>, after: &mut dyn FnMut(&'static str)) -> Result<Client<Stream>> {
    let Account { source, timeout, .. } = opening.account;
    let waits = Waits { timeout: *timeout, deadline: opening.deadline, stop: opening.stop.clone() };
    let socket = net::connect(&opening.account.way(), &waits)?;
    after("connect");
    let stream = Stream::plain(socket);
    let stream = match source.tls {
        TlsMode::Implicit => stream.into_tls(trust(opening)?, &source.host)?,
        TlsMode::StartTls | TlsMode::None => stream,
    };
    if stream.is_tls() {
        after("tls");
    }
    let client = Client::greet(stream, Arc::clone(&opening.transcript))?;
    after("greeting");
    Ok(client)
}

/// STLS is asked for even where CAPA hides it: what counts is that nothing goes on without it (C-124, C-125).
fn start_tls(client: Client<Stream>, opening: &Opening<'_>) -> Result<Client<Stream>> {
    let trust = trust(opening)?;
    client.stls(|stream| stream.into_tls(trust, &opening.account.source.host))
}

fn trust<'a>(opening: &Opening<'a>) -> Result<&'a Trust> {
    opening.trust.ok_or_else(|| Error::new(Kind::Bug, "TLS was asked for without anybody to trust"))
}

/// A password goes in clear text to this machine only, unless the user has said otherwise.
fn check_cleartext(client: &mut Client<Stream>, account: &Account) -> Result<()> {
    let stream = client.stream();
    if stream.is_tls() || account.cleartext_password {
        return Ok(());
    }
    let here = stream.peer().is_some_and(|address| address.is_loopback());
    match here {
        true => Ok(()),
        false => Err(Error::new(Kind::Usage, "the password would go over the network in clear text")
            .hint("leave --tls none out; or say --allow-cleartext-password if you accept that others can read it")),
    }
}

/// PLAIN where SASL lists it, else USER and PASS (C-143, C-144). One attempt only: repeated ones lock accounts.
fn send_credentials(client: &mut Client<Stream>, account: &Account, password: &Secret) -> Result<Answer<()>> {
    let user = account.source.user.as_str();
    let best = match client.capabilities().has_sasl("PLAIN") {
        true => Mechanism::Plain,
        false => Mechanism::User,
    };
    match account.mechanism.unwrap_or(best) {
        Mechanism::Plain => {
            client.hide(password.expose()); // beside the response that holds it
            client.auth_plain(&plain_response(user, password))
        }
        Mechanism::User => client.user_pass(user, password.expose()),
    }
}

fn login_refused(refusal: &Refusal) -> Error {
    let said = format!("the server says: {}", refusal.text);
    match refusal.code {
        Some(ResponseCode::InUse) => Error::new(Kind::TryLater, format!("the mailbox is in use; {said}"))
            .hint("another program has it open, or the last session was cut off; try again in some minutes"),
        Some(ResponseCode::LoginDelay) => {
            Error::new(Kind::TryLater, format!("too soon after the last login; {said}")).hint("fetch less often")
        }
        Some(ResponseCode::SysPerm) => Error::new(Kind::Unavailable, format!("the server refuses the login; {said}"))
            .hint("ask the server's operator"),
        _ if refusal.temporary => Error::new(Kind::TryLater, format!("the server cannot log in now; {said}")),
        _ => Error::new(Kind::Login, format!("the login was refused; {said}")).hint(
            "check the user name and the password; some providers want an app password, or POP3 switched on first",
        ),
    }
}
