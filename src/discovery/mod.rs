//! Which POP3 server an address belongs to: asked of the address's own domain, of a public database, of its name servers,
//! and guessed. A core module.
//!
//! Only servers with TLS are found. Nothing here connects to a mail server: whoever uses a server from here checks its
//! certificate, and asks a person where nothing but the DNS names it.

use std::thread;

pub use self::address::MailAddress;
pub use self::server::{DiscoveredServer, Inquired, Inquiry, LoginName};
use crate::error::Cause;
use crate::net::{HttpClient, NameServers};

mod address;
mod autoconfig;
mod guess;
mod pacc;
mod server;

/// Whom to ask.
pub struct Discovery<'a> {
    /// For published configurations.
    pub http: &'a HttpClient,
    /// For SRV and MX; none where names are looked up elsewhere, as behind a proxy.
    pub names: Option<&'a NameServers>,
    /// The URL of the public database, to which a domain is appended; none: it is not asked.
    pub database: Option<&'a str>,
}

impl Discovery<'_> {
    /// Asks all of them at the same time. What they say comes in the order of its weight: the domain's own word first.
    pub fn ask(&self, address: &MailAddress) -> Vec<Inquired> {
        let own = autoconfig::of_domain(address);
        thread::scope(|scope| {
            let mut asked = Vec::new();
            for url in own {
                asked.push(scope.spawn(move || self.published(url, address)));
            }
            asked.extend(self.database.map(|database| {
                let url = autoconfig::of_database(database, &address.domain);
                scope.spawn(move || self.published(url, address))
            }));
            if let Some(names) = self.names {
                asked.push(scope.spawn(move || self.vouched(names, address)));
                asked.push(scope.spawn(move || services(names, address, "_pop3s")));
                asked.push(scope.spawn(move || services(names, address, "_pop3")));
                asked.push(scope.spawn(move || self.of_mail_exchanger(names, address)));
            }
            let found = asked.into_iter().flat_map(|one| one.join()).flatten();
            found.collect()
        })
    }

    /// Servers that have the usual names; whether they are there is for whoever connects to find out.
    pub fn guesses(address: &MailAddress) -> Vec<DiscoveredServer> {
        guess::of(&address.domain)
    }

    fn published(&self, url: String, address: &MailAddress) -> Vec<Inquired> {
        let inquiry = Inquiry::Published(without_query(&url));
        vec![Inquired::of(inquiry, self.get(&url, address))]
    }

    /// Published, with its digest in the DNS. Hardly any domain has it: nothing is asked without the digest.
    fn vouched(&self, names: &NameServers, address: &MailAddress) -> Vec<Inquired> {
        let url = pacc::of_domain(&address.domain);
        let found = match names.texts(&pacc::record(&address.domain)) {
            Ok(records) if records.is_empty() => Ok(Vec::new()),
            Ok(records) => match self.http.get(&url) {
                Ok(reply) if reply.status == 200 => pacc::read(&reply.body, &records),
                Ok(reply) => Err(format!("it answers with the status {}", reply.status)),
                Err(error) => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        };
        vec![Inquired::of(Inquiry::Published(url), found)]
    }

    fn get(&self, url: &str, address: &MailAddress) -> Result<Vec<DiscoveredServer>, String> {
        let reply = match self.http.get(url) {
            Ok(reply) => reply,
            Err(error) if error.cause() == Cause::NoHost => return Err("no such host".into()),
            Err(error) => return Err(error.to_string()),
        };
        match reply.status {
            200 => autoconfig::read(&String::from_utf8_lossy(&reply.body), address),
            404 | 410 => Ok(Vec::new()),
            status => Err(format!("it answers with the status {status}")),
        }
    }

    /// Who takes the mail of the domain may publish where it is fetched.
    fn of_mail_exchanger(&self, names: &NameServers, address: &MailAddress) -> Vec<Inquired> {
        let hosts = match names.mail_exchangers(&address.domain) {
            Ok(hosts) => hosts,
            Err(error) => return vec![Inquired::of(Inquiry::MailExchanger(String::new()), Err(error.to_string()))],
        };
        let Some(host) = hosts.first() else { return Vec::new() };
        let domains = guess::providers_of(host, &address.domain);
        let mut inquired = Vec::new();
        for domain in domains {
            let urls = autoconfig::of_provider(&domain, address).into_iter();
            let urls = urls.chain(self.database.map(|database| autoconfig::of_database(database, &domain)));
            for url in urls {
                let found = self.get(&url, address);
                let is_enough = found.as_ref().is_ok_and(|found| !found.is_empty());
                let place = without_query(&url);
                inquired.push(Inquired::of(
                    Inquiry::MailExchanger(format!("{place} (the mail of {} goes to {host})", address.domain)),
                    found,
                ));
                if is_enough {
                    return inquired;
                }
            }
        }
        inquired
    }
}

fn services(names: &NameServers, address: &MailAddress, service: &str) -> Vec<Inquired> {
    let name = format!("{service}._tcp.{}", address.domain);
    let found = names
        .services(&name)
        .map_err(|error| error.to_string())
        .map(|found| found.into_iter().map(|named| DiscoveredServer::of_service(named, service == "_pop3s")).collect());
    vec![Inquired::of(Inquiry::Service(name), found)]
}

/// The address may be in it.
fn without_query(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}
