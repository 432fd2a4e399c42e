//! Which server it is: asked, shown, and tried.

use super::Setup;
use super::probe;
use super::words::url_of;
use crate::config::Account;
use crate::discovery::{DiscoveredServer, Discovery, Inquired, Inquiry, LoginName, MailAddress};
use crate::error::{Error, Kind, Result};
use crate::net::{HttpClient, NameServers, ProxyChoice, TrustSettings};
use crate::output::Verbosity;

/// A server that answers, and how it was found.
pub(super) struct FoundServer {
    pub(super) server: DiscoveredServer,
    /// Names to log in as, in the order in which they are tried.
    pub(super) logins: Vec<String>,
    /// Of the address, or of the server.
    pub(super) domain: String,
    /// Who has named it, for people.
    pub(super) by: String,
    /// Who was asked, and what they said.
    pub(super) inquired: Vec<Inquired>,
}

/// The server of an address: the first that answers of those that were named; else of those with the usual names.
pub(super) fn of_address(setup: &Setup<'_>, address: &MailAddress) -> Result<FoundServer> {
    let inquired = ask(setup, address)?;
    inquired.iter().for_each(|one| show(setup, one));
    let named: Vec<(DiscoveredServer, String)> = named(&inquired);
    let (server, by) = match probe::first(setup, &named)? {
        Some(found) => found,
        None => {
            let guesses: Vec<(DiscoveredServer, String)> =
                Discovery::guesses(address).into_iter().map(|server| (server, "its usual name".to_owned())).collect();
            probe::first(setup, &guesses)?.ok_or_else(|| nothing(address, &named, &inquired))?
        }
    };
    if server.is_unproven && !server.is_of(address) {
        confirm(setup, &server, address)?;
    }
    setup.console.say(Verbosity::Normal, &format!("Found {}, by {by}.", url_of(&server)));
    Ok(FoundServer { logins: server.logins(address), domain: address.domain.clone(), server, by, inquired })
}

/// The server of a URL, which is tried all the same.
pub(super) fn of_url(setup: &Setup<'_>, account: &Account) -> Result<FoundServer> {
    let source = &account.source;
    let server = DiscoveredServer {
        host: source.host.clone(),
        port: source.port,
        tls: source.tls,
        login: LoginName::Said(source.user.clone()),
        wants_oauth: false,
        is_unproven: false,
    };
    probe::one(setup, &server)?;
    let (logins, domain) = (vec![source.user.clone()], source.host.clone());
    Ok(FoundServer { server, logins, domain, by: "its URL".into(), inquired: Vec::new() })
}

fn ask(setup: &Setup<'_>, address: &MailAddress) -> Result<Vec<Inquired>> {
    // The proxy, the authorities and the times are those of the account-to-be.
    let account = Account::resolve(None, &format!("pop3s://x@{}", address.domain), setup.flags.clone())?;
    let waits = setup.flags.waits()?;
    let waits = crate::net::Waits { timeout: waits.timeout.min(PATIENCE), until: setup.until.clone(), min_rate: 0 };
    let trust = TrustSettings {
        ca_files: account.trust.ca_files.clone(),
        roots: account.trust.roots,
        ..TrustSettings::default()
    };
    let http = HttpClient::new(&trust, account.proxy_choice.clone(), waits.clone());
    let names = NameServers::of_system(&waits);
    let database = Some(setup.args.database.as_str()).filter(|url| *url != "none");
    let has_proxy = account.proxy.is_some() || matches!(account.proxy_choice, ProxyChoice::Through(_));
    let discovery = Discovery { http: &http, names: (!has_proxy).then_some(&names), database };
    setup.console.say(
        Verbosity::Normal,
        &format!("Looking for the server of {} ..", crate::escape::text(address.domain.as_bytes())),
    );
    Ok(discovery.ask(address))
}

fn show(setup: &Setup<'_>, inquired: &Inquired) {
    let answer = match &inquired.found {
        Ok(found) if found.is_empty() => "nothing".to_owned(),
        Ok(found) => found.iter().map(url_of).collect::<Vec<_>>().join(", "),
        Err(why) => format!("no answer: {}", crate::escape::text(why.as_bytes())),
    };
    setup.console.say(Verbosity::Normal, &format!("  {}: {answer}", inquired.inquiry));
}

/// Each server once, with who named it first.
fn named(inquired: &[Inquired]) -> Vec<(DiscoveredServer, String)> {
    let mut all: Vec<(DiscoveredServer, String)> = Vec::new();
    for one in inquired {
        for server in one.found.iter().flatten() {
            let is_known = |(known, _): &(DiscoveredServer, String)| {
                known.host == server.host && known.port == server.port && known.tls == server.tls
            };
            if !all.iter().any(is_known) {
                all.push((server.clone(), one.inquiry.to_string()));
            }
        }
    }
    all
}

/// Anybody can write into the DNS that a server elsewhere is the one (RFC 6186 section 6).
fn confirm(setup: &Setup<'_>, server: &DiscoveredServer, address: &MailAddress) -> Result<()> {
    if setup.args.yes || setup.args.dry_run {
        return Ok(());
    }
    let question = format!(
        "Only the DNS says that {} is the server of {}. Is that right? The password is sent there.",
        server.host, address.domain
    );
    match setup.console.asks_whether(&question, &setup.until)? {
        Some(true) => Ok(()),
        Some(false) => Err(Error::new(Kind::Usage, "nothing was set up")
            .hint("name the server, as in `mailhaul setup pop3s://USER@HOST`")),
        None => Err(Error::new(
            Kind::Usage,
            format!("only the DNS says that {} is the server of {}", server.host, address.domain),
        )
        .hint("say --yes if that is right, or name the server, as in `mailhaul setup pop3s://USER@HOST`")),
    }
}

fn nothing(address: &MailAddress, named: &[(DiscoveredServer, String)], inquired: &[Inquired]) -> Error {
    let of_dns = |one: &&Inquired| matches!(one.inquiry, Inquiry::Service(_));
    let has_dns = inquired.iter().any(|one| of_dns(&one));
    if inquired.iter().filter(|one| !has_dns || of_dns(one)).all(|one| one.found.is_err()) {
        return Error::new(Kind::TryLater, "nobody who was asked has answered")
            .hint("check that this machine is connected to the network");
    }
    let domain = crate::escape::text(address.domain.as_bytes());
    let text = if named.is_empty() {
        format!("no POP3 server with TLS was found for {domain}")
    } else {
        format!("no POP3 server with TLS answers for {domain}")
    };
    Error::new(Kind::Unavailable, text).hint(
        "ask the provider for the name of the POP3 server, and whether POP3 must be switched on; then `mailhaul setup \
         pop3s://USER@HOST`",
    )
}

/// For each answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
