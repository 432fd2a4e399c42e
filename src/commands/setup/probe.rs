//! Whether a POP3 server that is to be trusted answers: connection, TLS, greeting.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::Setup;
use super::words::url_of;
use crate::commands::shared::mailbox::opening;
use crate::commands::shared::sources::trust;
use crate::config::{Account, Raw, Settings, Source};
use crate::discovery::{DiscoveredServer, LoginName};
use crate::error::{Cause, Error, Kind, Result};
use crate::net::TlsMode;
use crate::output::{AccountReporter, Verbosity};
use crate::session;

/// The first of them that answers; all are tried at the same time.
pub(super) fn first(
    setup: &Setup<'_>,
    servers: &[(DiscoveredServer, String)],
) -> Result<Option<(DiscoveredServer, String)>> {
    let tried: Vec<Result<()>> = thread::scope(|scope| {
        let tried: Vec<_> = servers.iter().map(|(server, _)| scope.spawn(move || one(setup, server))).collect();
        tried
            .into_iter()
            .map(|one| one.join().unwrap_or_else(|_| Err(Error::new(Kind::Bug, "a trial ended early"))))
            .collect()
    });
    if let Some(over) = setup.until.over() {
        return Err(over.error("the servers"));
    }
    for ((server, _), result) in servers.iter().zip(&tried) {
        // Names that are only guessed are seldom there.
        match result {
            Err(error) if error.cause() == Cause::NoHost => {
                setup.console.say(Verbosity::Verbose, &format!("  {}: no such host", url_of(server)));
            }
            Err(error) => setup.console.say(Verbosity::Normal, &format!("  {}: {error}", url_of(server))),
            Ok(()) => {}
        }
    }
    Ok(servers.iter().zip(tried).find(|(_, result)| result.is_ok()).map(|(found, _)| found.clone()))
}

/// One of them, without a login.
pub(super) fn one(setup: &Setup<'_>, server: &DiscoveredServer) -> Result<()> {
    // Nobody logs in; but an error may speak of who was named.
    let user = if let LoginName::Said(user) = &server.login { user } else { "x" };
    let account = account(None, user, server, setup.flags.clone(), Some(PATIENCE))?;
    let until = setup.until.clone();
    let trust = trust(&account, &until)?;
    let reporter = AccountReporter::new(account.label(), Arc::clone(setup.console));
    let options = opening(&account, trust.as_ref(), until, &reporter);
    // Where it is, is said by whoever shows it.
    let mut client = session::open_without_login(&options).map_err(Error::without_place)?;
    client.leave().ok(); // nothing depends on it
    Ok(())
}

/// An account at this server. What was said of a time-out counts, but no trial takes longer than `patience`.
pub(super) fn account(
    name: Option<&str>,
    user: &str,
    server: &DiscoveredServer,
    settings: Settings,
    patience: Option<Duration>,
) -> Result<Account> {
    let DiscoveredServer { host, port, tls, .. } = server.clone();
    let usual = if tls == TlsMode::Implicit { 995 } else { 110 };
    let source = Source { user: user.to_owned(), host, port, has_usual_port: port == usual, tls };
    let mut account = Account::resolve(name, &source.url(), settings)?;
    account.timeout = patience.map_or(account.timeout, |patience| account.timeout.min(patience));
    Ok(account)
}

/// The source as it is written into the file.
pub(super) fn source(account: &Account) -> Raw {
    let url = account.source.url();
    let usual = if account.source.tls == TlsMode::Implicit { ":995" } else { ":110" };
    Raw::text(url.strip_suffix(usual).unwrap_or(&url))
}

/// Servers that are not there often say nothing.
const PATIENCE: Duration = Duration::from_secs(10);
