//! From settings to a session that is logged in: connection, TLS, capabilities, login. No credential before TLS.

use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use super::client::{Asked, ImapClient};
use super::quoted::quoted;
use super::refusal::AppendRefusal;
use super::response::{Condition, ImapStatus};
use super::way::ImapWay;
use crate::auth::{Credentials, Exchange, External, LoginMechanism, OauthBearer, Plain, Secret, Xoauth2};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{Route, TlsMode, Transport};

/// Opens a session. A token that is refused may have ended before its time: another one is tried, once.
pub(super) fn open(way: &ImapWay) -> Result<ImapClient> {
    let credentials = way.access.credentials()?;
    match log_in(way, &credentials) {
        Err(error) if matches!(error.cause(), Cause::LoginRefused | Cause::LoginUnanswered) => {
            match way.access.instead_of(&credentials)? {
                Some(others) => log_in(way, &others).map_err(|error| match way.access.next_step() {
                    Some(step) if error.cause() == Cause::LoginRefused => error.hint(step),
                    _ => error,
                }),
                None => Err(error),
            }
        }
        result => result,
    }
}

fn log_in(way: &ImapWay, credentials: &Credentials) -> Result<ImapClient> {
    let (mut client, is_logged_in) = connect(way).map_err(|error| of_imap(error, &way.route))?;
    if !is_logged_in {
        check_cleartext(&mut client, way, credentials)?;
        ask_capabilities(&mut client)?;
        // Those from before the login end with it. The answer to the login may hold the new ones.
        let before = std::mem::take(&mut client.capabilities);
        ImapLogin { client: &mut client, way, capabilities: before }.by(credentials)?;
    }
    ask_capabilities(&mut client)?;
    Ok(client)
}

/// A connection, in TLS as far as it is to be, and whether the server takes us for logged in already.
fn connect(way: &ImapWay) -> Result<(ImapClient, bool)> {
    let settings = &way.settings;
    let stream = way.network.connect(&way.route, &way.waits)?;
    let stream = match settings.tls {
        TlsMode::Implicit => stream.into_tls(trust(way)?, &settings.host)?,
        TlsMode::StartTls | TlsMode::None => stream,
    };
    let mut client = ImapClient::new(stream);
    let greeting = client.greeting()?;
    let is_logged_in = match greeting.condition {
        Condition::Ok => false,
        Condition::PreAuth => true,
        _ => return Err(Error::new(Kind::TryLater, format!("the server greets with: {}", greeting.shown()))),
    };
    if settings.tls == TlsMode::StartTls {
        // Who is logged in cannot begin TLS; whoever is on the way could say that to keep us from it (CVE-2020-12398).
        if is_logged_in {
            return Err(Error::new(
                Kind::Unavailable,
                "the server says that TLS is not needed (PREAUTH); that is not believed",
            ));
        }
        let status = client.simple("STARTTLS", "")?;
        if !status.is_ok() {
            let text = format!("the server refuses to begin TLS: {}", status.shown());
            return Err(Error::new(Kind::Unavailable, text).hint("use imaps://, if the server has TLS on port 993"));
        }
        client = client.into_tls(trust(way)?, &settings.host)?;
    }
    Ok((client, is_logged_in))
}

fn trust(way: &ImapWay) -> Result<&crate::net::Trust> {
    way.trust.as_ref().ok_or_else(|| Error::new(Kind::Bug, "TLS was asked for without anybody to trust"))
}

/// What is to be done about a port where nobody listens, or that does not speak as it should, in the words of IMAP: `net`
/// takes every server for one of POP3.
fn of_imap(error: Error, route: &Route) -> Error {
    let is_of_pop3 = error.next_step().is_some_and(|step| step.contains("pop3"));
    if !is_of_pop3 && error.cause() != Cause::Nonsense {
        return error;
    }
    error.hint(format!(
        "check that port {} is the right one: imaps:// is usually 993, imap:// is usually 143",
        route.port
    ))
}

fn ask_capabilities(client: &mut ImapClient) -> Result<()> {
    if client.capabilities == super::offers::Offers::default() {
        client.simple("CAPABILITY", "")?; // a refusal leaves us with what every server can
    }
    Ok(())
}

/// What would be worth something to others goes in clear text to this machine only.
fn check_cleartext(client: &mut ImapClient, way: &ImapWay, credentials: &Credentials) -> Result<()> {
    let stream = client.stream();
    let is_here = stream.peer().is_some_and(|address| address.is_loopback());
    let is_safe = stream.is_tls() || is_here || way.settings.cleartext_password;
    let what = match credentials {
        Credentials::Certificate if !stream.is_tls() => {
            return Err(Error::new(Kind::Usage, "a certificate logs in by TLS, and there is no TLS"));
        }
        Credentials::Password(_) if !is_safe => "password",
        Credentials::Token(_) if !is_safe => "access token",
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Usage, format!("the {what} would go over the network in clear text"))
        .hint("write imaps://, or imap:// for STARTTLS"))
}

struct ImapLogin<'a> {
    client: &'a mut ImapClient,
    way: &'a ImapWay,
    /// Those that count before the login.
    capabilities: super::offers::Offers,
}

impl ImapLogin<'_> {
    fn by(&mut self, credentials: &Credentials) -> Result<()> {
        let (settings, route) = (&self.way.settings, &self.way.route);
        let user = settings.user.as_str();
        match credentials {
            Credentials::Password(password) => self.by_password(user, password),
            Credentials::Token(token)
                if self.capabilities.has_sasl("OAUTHBEARER") && !self.capabilities.has_sasl("XOAUTH2") =>
            {
                self.by_sasl(&mut OauthBearer::new(user, &settings.host, route.port, token), Some(token))
            }
            Credentials::Token(token) if self.capabilities.has_sasl("XOAUTH2") => {
                self.by_sasl(&mut Xoauth2::new(user, token), Some(token))
            }
            Credentials::Certificate if self.capabilities.has_sasl("EXTERNAL") => {
                self.by_sasl(&mut External::new(user), None)
            }
            Credentials::Token(_) => Err(self.nothing_offered("an access token")),
            Credentials::Certificate => Err(self.nothing_offered("a certificate")),
        }
    }

    fn by_password(&mut self, user: &str, password: &Secret) -> Result<()> {
        if self.capabilities.has_sasl("PLAIN") {
            self.by_sasl(&mut Plain::new(user, password), Some(password))
        } else if !self.capabilities.has("LOGINDISABLED") {
            let status = self.login_command(user, password).map_err(unanswered)?;
            if status.is_ok() { Ok(()) } else { Err(refused(&status, Some(password))) }
        } else if self.capabilities.has_sasl("LOGIN") {
            self.by_sasl(&mut LoginMechanism::new(user, password), Some(password))
        } else {
            Err(self.nothing_offered("a password"))
        }
    }

    fn nothing_offered(&self, with: &str) -> Error {
        let listed = self.capabilities.logins();
        Error::new(Kind::Unavailable, format!("the server offers no login with {with}; it lists: {listed}"))
    }

    /// LOGIN, with literals for what cannot be quoted.
    fn login_command(&mut self, user: &str, password: &Secret) -> Result<ImapStatus> {
        let tag = self.client.start("LOGIN");
        let mut line = Zeroizing::new(format!("{tag} LOGIN").into_bytes());
        for word in [user, password.expose()] {
            match quoted(word).map(Zeroizing::new) {
                Some(quoted) => {
                    line.push(b' ');
                    line.extend_from_slice(quoted.as_bytes());
                }
                None => {
                    line.extend_from_slice(format!(" {{{}}}\r\n", word.len()).as_bytes());
                    self.client.send(&line)?;
                    if let Asked::Over(status) = self.client.asked(&tag)? {
                        return Ok(status);
                    }
                    line = Zeroizing::new(word.as_bytes().to_vec());
                }
            }
        }
        line.extend_from_slice(b"\r\n");
        self.client.send(&line)?;
        self.client.answer(&tag, &mut |_| Ok(()))
    }

    fn by_sasl(&mut self, exchange: &mut dyn Exchange, secret: Option<&Secret>) -> Result<()> {
        let status = self.authenticate(exchange).map_err(unanswered)?;
        match (status.is_ok(), exchange.failure()) {
            (true, _) => {
                exchange.finish().map_err(|why| Error::new(Kind::Login, format!("the login cannot be right: {why}")))
            }
            (false, Some(failure)) => {
                let text = [failure, b" (", &status.text, b")"].concat();
                Err(refused(&ImapStatus { text, ..status }, secret))
            }
            (false, None) => Err(refused(&status, secret)),
        }
    }

    fn authenticate(&mut self, exchange: &mut dyn Exchange) -> Result<ImapStatus> {
        let tag = self.client.start("AUTHENTICATE");
        let mut initial = exchange.initial().map(|message| encoded(&message));
        let mut line = Zeroizing::new(format!("{tag} AUTHENTICATE {}", exchange.mechanism()));
        if self.capabilities.has("SASL-IR")
            && !exchange.wants_two_lines()
            && let Some(initial) = initial.take()
        {
            line.push(' ');
            // RFC 4959: a first message without octets is said by `=`.
            line.push_str(if initial.is_empty() { "=" } else { &initial });
        }
        line.push_str("\r\n");
        self.client.send(line.as_bytes())?;
        for _ in 0..MOST_CHALLENGES {
            let challenge = match self.client.asked(&tag)? {
                Asked::Over(status) => return Ok(status),
                Asked::More(challenge) => challenge,
            };
            let mut answer = match initial.take() {
                Some(initial) => initial,
                None => match exchange.answer(&decoded(&challenge)) {
                    Ok(answer) => encoded(&answer),
                    Err(_) => Zeroizing::new("*".to_owned()),
                },
            };
            answer.push_str("\r\n");
            self.client.send(answer.as_bytes())?;
        }
        Err(Error::nonsense("the server sends challenges without an end"))
    }
}

fn encoded(message: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(message.len().div_ceil(3) * 4 + 2));
    BASE64_STANDARD.encode_string(message, &mut text);
    text
}

/// A challenge that is no base64 is taken as it is: it is for people, then.
fn decoded(challenge: &[u8]) -> Vec<u8> {
    BASE64_STANDARD.decode(challenge.trim_ascii()).unwrap_or_else(|_| challenge.to_vec())
}

fn unanswered(error: Error) -> Error {
    if error.cause() == Cause::ConnectionLost {
        error.because(Cause::LoginUnanswered).during("the login")
    } else {
        error
    }
}

/// Some servers repeat what they refuse: a text that holds the secret, in any form, is not shown.
fn refused(status: &ImapStatus, secret: Option<&Secret>) -> Error {
    let told = match secret {
        Some(secret) if repeats(&status.text, secret.expose()) => "what it says holds the secret".to_owned(),
        _ => status.shown(),
    };
    let is_for_now = matches!(AppendRefusal::of(status), AppendRefusal::Stops(error) if error.may_pass());
    if is_for_now || status.code() == "LIMIT" {
        return Error::new(Kind::TryLater, format!("the server takes no login for now: {told}"));
    }
    if status.code() == "PRIVACYREQUIRED" {
        let text = format!("the server takes no login without TLS: {told}");
        return Error::new(Kind::Unavailable, text).hint("use imaps://");
    }
    Error::new(Kind::Login, format!("the server refuses the login: {told}"))
        .because(Cause::LoginRefused)
        .hint("check the user name and the password; where two factors are used, an app password or OAuth2 is needed")
}

fn repeats(text: &[u8], secret: &str) -> bool {
    let finds = |needle: &[u8]| memchr::memmem::find(text, needle).is_some();
    // In base64 the same octets have three forms; the middle of each stands alone.
    let shifted = |by: usize| {
        let padded = Zeroizing::new([&b"\0\0"[..by], secret.as_bytes()].concat());
        let text = encoded(&padded);
        let (start, end) = ((by * 8).div_ceil(6), text.trim_end_matches('=').len().saturating_sub(1));
        Zeroizing::new(text.as_bytes().get(start..end).unwrap_or_default().to_vec())
    };
    finds(secret.as_bytes()) || (0..3).map(shifted).any(|form| form.len() >= 4 && finds(&form))
}

const MOST_CHALLENGES: usize = 4;
