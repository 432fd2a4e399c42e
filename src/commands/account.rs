//! From the flags of a command that talks to a server to accounts.

use std::time::Duration;

use crate::auth::PasswordSource;
use crate::cli::{KeyExchangeArg, MechanismArg, RootsArg, ServerArgs, TlsArg, TlsMinArg, TrustArgs, WayArgs};
use crate::config::{Account, Mechanism, Source};
use crate::error::{Error, Kind, Result};
use crate::net::{Pin, Proxy, ProxyFrom, Roots, TlsMode, TlsVersion, Trust, TrustSettings, Tunnel};

/// The account of a SOURCE with these flags.
pub(super) fn account(source: &str, args: &ServerArgs) -> Result<Account> {
    let tls = args.tls.map(|tls| match tls {
        TlsArg::Implicit => TlsMode::Implicit,
        TlsArg::Starttls => TlsMode::StartTls,
        TlsArg::None => TlsMode::None,
    });
    let mechanism = args.auth.map(|mechanism| match mechanism {
        MechanismArg::User => Mechanism::User,
        MechanismArg::Plain => Mechanism::Plain,
    });
    let source = Source::parse(source, tls)?;
    let tunnel = args.way.tunnel_command.clone().map(Tunnel::Shell);
    let account = Account {
        cleartext_password: args.allow_cleartext_password,
        trust: trust_settings(&args.trust)?,
        proxy: proxy(&args.way, &source.host)?,
        source_address: args.way.source_address,
        tunnel,
        mechanism,
        password: PasswordSource::choose(args.password_command.as_deref(), args.password_file.as_ref()),
        timeout: args.timeout.unwrap_or(TIMEOUT),
        deadline: args.deadline,
        source,
    };
    account.way().check()?;
    Ok(account)
}

/// Whom the account trusts, if it uses TLS.
pub(super) fn trust(account: &Account) -> Result<Option<Trust>> {
    let uses_tls = account.tls() != TlsMode::None;
    uses_tls.then(|| Trust::new(&account.trust)).transpose()
}

fn trust_settings(args: &TrustArgs) -> Result<TrustSettings> {
    let pin = |text: &String| {
        let shown = || crate::escape::text(text.as_bytes());
        text.parse::<Pin>().map_err(|why| Error::new(Kind::Usage, format!("--pin {}: {why}", shown())))
    };
    Ok(TrustSettings {
        roots: args.roots.map_or(Roots::default(), |roots| match roots {
            RootsArg::Webpki => Roots::Webpki,
            RootsArg::System => Roots::System,
            RootsArg::None => Roots::None,
        }),
        ca_files: args.ca_file.clone(),
        pins: args.pin.iter().map(pin).collect::<Result<_>>()?,
        client: args.client_cert.clone().map(|certificate| {
            let key = args.client_key.clone().unwrap_or_else(|| certificate.clone());
            (certificate, key)
        }),
        tls_min: match args.tls_min {
            Some(TlsMinArg::V13) => TlsVersion::V13,
            Some(TlsMinArg::V12) | None => TlsVersion::V12,
        },
        classic_key_exchange: matches!(args.key_exchange, Some(KeyExchangeArg::Classic)),
        server_name: args.server_name.clone(),
    })
}

/// The proxy of the flag, or else that of the environment, which a tunnel makes idle.
fn proxy(args: &WayArgs, host: &str) -> Result<Option<Proxy>> {
    match (&args.proxy, &args.tunnel_command) {
        (Some(url), _) => Proxy::parse(url, ProxyFrom::CommandLine),
        (None, Some(_)) => Ok(None),
        (None, None) => Proxy::from_environment(host),
    }
}

/// Of each wait, if nothing is said.
const TIMEOUT: Duration = Duration::from_secs(60);
