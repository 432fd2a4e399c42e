//! `mailhaul info`: what a server is, without a login.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Serialize;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use super::shared::access::SecretContext;
use super::shared::json::mailbox_json;
use super::shared::mailbox::until_end_of;
use super::shared::several::Several;
use super::shared::sources::{account_or_server, trust};
use crate::cli::{GlobalArgs, InfoArgs};
use crate::client::{Client, Secrets};
use crate::config::{Account, SecretSource};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::{self, Pin, ShownIdentity, Stream, TlsMode, Transport, Trust, Waits};
use crate::output::{AccountReporter, Console, MailboxJson, Reporter, print_json};
use crate::session::{required_trust, with_right_scheme};
use crate::until::Until;

/// What was found out.
#[derive(Default, Serialize)]
#[serde(tag = "type", rename = "info")]
struct Info {
    #[serde(flatten)]
    of: MailboxJson,
    /// The account's name, if it has one.
    #[serde(skip)]
    name: Option<String>,
    /// `USER@HOST`.
    #[serde(skip)]
    server: String,
    greeting: String,
    tls: Option<String>,
    certificates: Vec<CertificateInfo>,
    trusted: Option<bool>,
    distrust: Option<String>,
    /// What can be done about it.
    hint: Option<String>,
    /// The pin that makes up for it.
    #[serde(skip)]
    pin_alone: Option<String>,
    capabilities: Vec<String>,
    mechanisms: Vec<String>,
    password_source: String,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct CertificateInfo {
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    /// Days until it expires; negative when it has.
    days_left: i64,
    /// SHA-256 of its public key, as a pin. Of the server's own certificate only: no other can be pinned.
    pin: Option<String>,
}

/// Shows it; the exit code is 69 when a server is not to be trusted.
pub(super) fn run(args: &InfoArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let several = Several::of(args.source.as_slice(), &args.server, &args.choice, global, console)?;
    let mut is_first = true;
    let gravest = several.each(console, |source| {
        let info = of_source(source, args, global, console)?;
        if global.is_json() {
            print_json(console, &info)
        } else {
            if !std::mem::take(&mut is_first) {
                console.print("");
            }
            info.lines().iter().for_each(|line| console.print(line))
        }
        Ok((info.trusted == Some(false)).then_some(Kind::Unavailable))
    });
    Ok(gravest.map_or(0, Kind::exit_code))
}

fn of_source(source: &str, args: &InfoArgs, global: &GlobalArgs, console: &Arc<Console>) -> Result<Info> {
    let account = account_or_server(source, &args.server, global, console)?;
    let until = until_end_of(&account, global)?;
    let trust = trust(&account, &until)?;
    let context = SecretContext { global, console, until, asks_nobody: false };
    look(&account, trust.as_ref(), context).map_err(|error| error.at(account.label()))
}

/// With CAPA; or without, where that ends the session.
fn look(account: &Account, trust: Option<&Trust>, context: SecretContext<'_>) -> Result<Info> {
    match look_once(account, trust, &context, !account.no_capa) {
        Err(error) if error.cause() == Cause::NoCapa => {
            let mut info = look_once(account, trust, &context, false)?;
            info.warnings.push("the server hangs up or falls silent at CAPA: --no-capa saves a connection".to_owned());
            Ok(info)
        }
        result => result,
    }
}

fn look_once(account: &Account, trust: Option<&Trust>, context: &SecretContext<'_>, asks_capa: bool) -> Result<Info> {
    let source = &account.source;
    let transcript =
        AccountReporter::new(account.label(), Arc::clone(context.console)).of_host(&source.host).transcript();
    let mut info =
        Info { of: mailbox_json(account), name: account.name.clone(), server: source.to_string(), ..Info::default() };
    info.password_source = secret_source(account, context);
    let mut stream = connect(account, &context.until)?;
    if account.tls() == TlsMode::Implicit {
        let seen = stream.look_into_tls(required_trust(trust)?, &source.host);
        let (inside, shown) = seen.map_err(|error| with_right_scheme(error, source))?;
        stream = inside;
        info.note_tls(&stream, &shown)?;
    }
    let mut client = match Client::greet(stream, Arc::clone(&transcript), Secrets::default()) {
        Ok(client) => client,
        Err(error) => return Err(silent_or(account, trust, &context.until, error)),
    };
    info.greeting = client.greeting().to_owned();
    if !asks_capa {
        client.never_ask_capa();
    }
    client.capa()?;
    if account.tls() == TlsMode::StartTls {
        let mut shown = None;
        client = client.stls(|stream| {
            let (inside, seen) = stream.look_into_tls(required_trust(trust)?, &source.host)?;
            shown = Some(seen);
            Ok(inside)
        })?;
        info.note_tls(client.stream(), &shown.unwrap_or_default())?;
        client.capa()?;
    }
    info.capabilities = client.capabilities().lines();
    info.mechanisms = client.capabilities().mechanisms().map(str::to_owned).collect();
    info.warn(account, &client);
    // Nothing depends on a goodbye.
    client.leave().ok();
    Ok(info)
}

fn connect(account: &Account, until: &Until) -> Result<Stream> {
    Ok(Stream::plain(net::connect(&account.route(), &waits(account, until))?))
}

fn waits(account: &Account, until: &Until) -> Waits {
    Waits { timeout: account.timeout.min(PATIENCE), until: until.clone(), min_rate: account.min_rate }
}

/// A server that says nothing in clear text may be waiting for TLS: that is tried.
fn silent_or(account: &Account, trust: Option<&Trust>, until: &Until, error: Error) -> Error {
    let speaks_tls = || -> Result<()> {
        let trust = trust.cloned().map_or_else(|| Trust::new(&account.trust, &waits(account, until)), Ok)?;
        connect(account, until)?.look_into_tls(&trust, &account.source.host).map(drop)
    };
    if account.tls() == TlsMode::Implicit || error.cause() != Cause::NoGreeting || speaks_tls().is_err() {
        return error;
    }
    Error::new(Kind::Unavailable, format!("port {} speaks TLS from the first octet", account.source.port))
        .hint("use pop3s:// (--tls implicit)")
}

fn secret_source(account: &Account, context: &SecretContext<'_>) -> String {
    match &account.secret {
        _ if !account.source.has_user() => "not needed: the SOURCE names no user".into(),
        SecretSource::Password(source) => source.describe(&account.whose(), &context.patience(account)),
        SecretSource::TokenCommand(_) => "token-command".into(),
        SecretSource::OAuth(_) => "OAuth2 tokens".into(),
        SecretSource::Certificate => "the client certificate".into(),
    }
}

impl Info {
    fn note_tls(&mut self, stream: &Stream, shown: &ShownIdentity) -> Result<()> {
        self.tls = stream.tls_description();
        self.trusted = Some(shown.distrust.is_none());
        self.distrust = shown.distrust.as_ref().map(|distrust| distrust.why.clone());
        self.hint = shown.distrust.as_ref().and_then(|distrust| distrust.next_step.clone());
        self.certificates = CertificateInfo::chain(&shown.chain)?;
        let can_be_pinned = shown.distrust.as_ref().is_some_and(|distrust| distrust.can_be_pinned);
        self.pin_alone = self.certificates.first().filter(|_| can_be_pinned).and_then(|leaf| leaf.pin.clone());
        Ok(())
    }

    fn warn(&mut self, account: &Account, client: &Client<Stream>) {
        let capabilities = client.capabilities();
        let mut warn = |text: &str| self.warnings.push(text.to_owned());
        if account.tls() == TlsMode::None {
            warn("without TLS, mail and password can be read by others on the network");
        }
        if !capabilities.is_empty() && !capabilities.has("UIDL") {
            warn("the server does not list UIDL, without which mailhaul cannot fetch");
        }
        if !capabilities.has("PIPELINING") {
            warn("the server takes one command at a time: each message costs a round trip");
        }
        if capabilities.expires_at_once() {
            warn("EXPIRE 0: the server may remove messages by itself once they were fetched");
        }
        let soon = self.certificates.first().filter(|leaf| (0..14).contains(&leaf.days_left));
        if let Some(leaf) = soon {
            self.warnings.push(format!("the server's certificate expires in {} days", leaf.days_left));
        }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.name.iter().map(|name| format!("account {name}")).collect();
        lines.push(format!("server {}", self.server));
        lines.push(format!("greeting {}", self.greeting));
        lines.extend(self.tls.iter().map(|tls| format!("tls {tls}")));
        for certificate in &self.certificates {
            let CertificateInfo { subject, issuer, not_before, not_after, days_left, pin } = certificate;
            lines.push(format!("certificate {subject}"));
            lines.push(format!("  issuer {issuer}"));
            lines.push(format!("  valid {not_before} to {not_after} ({days_left} days left)"));
            lines.extend(pin.iter().map(|pin| format!("  pin {pin}")));
        }
        lines.extend(self.trusted.map(|trusted| format!("trusted {}", if trusted { "yes" } else { "no" })));
        lines.extend(self.distrust.iter().map(|why| format!("  {why}")));
        lines.extend(self.hint.iter().map(|hint| format!("  hint: {hint}")));
        lines.extend(self.pin_alone.iter().map(|pin| format!("  trust its key alone: --roots none --pin {pin}")));
        lines.extend(self.capabilities.iter().map(|line| format!("capability {line}")));
        lines.push(format!("mechanisms {}", self.mechanisms.join(" ")).trim_end().to_owned());
        lines.push(format!("password {}", self.password_source));
        lines.extend(self.warnings.iter().map(|text| format!("warning {text}")));
        lines
    }
}

impl CertificateInfo {
    /// The server's own first, which is the only one that a pin can be of.
    fn chain(chain: &[Vec<u8>]) -> Result<Vec<Self>> {
        let mut read: Vec<Self> = chain.iter().map(|der| Self::read(der)).collect::<Result<_>>()?;
        read.iter_mut().skip(1).for_each(|signer| signer.pin = None);
        Ok(read)
    }

    fn read(der: &[u8]) -> Result<Self> {
        let bad = |error: x509_cert::der::Error| {
            Error::new(Kind::Unavailable, "the server's certificate cannot be read").caused_by(error)
        };
        let certificate = Certificate::from_der(der).map_err(bad)?;
        let about = certificate.tbs_certificate();
        let key = about.subject_public_key_info().to_der().map_err(bad)?;
        let end = about.validity().not_after.to_system_time();
        let left = match end.duration_since(SystemTime::now()) {
            Ok(left) => left.as_secs() as i64,
            Err(over) => -(over.duration().as_secs() as i64),
        };
        let time = |time| Timestamp::try_from(time).map(|time| format!("{time:.0}")).unwrap_or_default();
        let safe = |name: String| crate::escape::text(name.as_bytes());
        Ok(Self {
            subject: safe(about.subject().to_string()),
            issuer: safe(about.issuer().to_string()),
            not_before: time(about.validity().not_before.to_system_time()),
            not_after: time(end),
            days_left: left.div_euclid(24 * 3600),
            pin: Some(Pin::of_key(&key).to_string()),
        })
    }
}

/// How long a look may take where a fetch would wait longer.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_certificate_has_a_pin() {
        let certificate = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.der().to_vec();
        let certificates = CertificateInfo::chain(&[certificate(), certificate()]).unwrap();
        assert!(certificates[0].pin.is_some() && certificates[1].pin.is_none());
        let info = Info { certificates, ..Info::default() };
        assert_eq!(info.lines().iter().filter(|line| line.starts_with("  pin sha256//")).count(), 1);
    }
}
