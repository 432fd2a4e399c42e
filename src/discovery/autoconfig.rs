//! Configurations in the form of Thunderbird's autoconfig (draft-ietf-mailmaint-autoconfig).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use roxmltree::{Document, Node};

use super::{DiscoveredServer, LoginName, MailAddress};
use crate::net::TlsMode;

/// Where a domain publishes one; whoever is asked hears the address.
pub(super) fn of_domain(address: &MailAddress) -> [String; 2] {
    let domain = &address.domain;
    let query = utf8_percent_encode(&address.whole, NON_ALPHANUMERIC);
    [
        format!("https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={query}"),
        format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
    ]
}

/// The same of a provider, who has more domains than its own.
pub(super) fn of_provider(provider: &str, address: &MailAddress) -> [String; 1] {
    let query = utf8_percent_encode(&address.whole, NON_ALPHANUMERIC);
    [format!("https://autoconfig.{provider}/mail/config-v1.1.xml?emailaddress={query}")]
}

/// In the public database, which hears the domain alone.
pub(super) fn of_database(database: &str, domain: &str) -> String {
    format!("{}/{domain}", database.trim_end_matches('/'))
}

/// Its POP3 servers that have TLS, in its order. What is not well-formed is dropped as a whole.
pub(super) fn read(text: &str, address: &MailAddress) -> Result<Vec<DiscoveredServer>, String> {
    let document =
        Document::parse(text).map_err(|_| "what it has is no configuration: the XML is damaged".to_owned())?;
    if !document.root_element().has_tag_name("clientConfig") {
        return Err("what it has is no configuration".into());
    }
    let servers = document.descendants().filter(|node| node.has_tag_name("incomingServer"));
    let pop3 = servers.filter(|node| node.attribute("type") == Some("pop3"));
    Ok(pop3.take(MOST).filter_map(|node| server(&node, address)).collect())
}

fn server(node: &Node<'_, '_>, address: &MailAddress) -> Option<DiscoveredServer> {
    let text = |name: &str| {
        let child = node.children().find(|child| child.has_tag_name(name))?;
        Some(replaced(child.text()?.trim(), address))
    };
    let (tls, usual) = match text("socketType")?.as_str() {
        "SSL" => (TlsMode::Implicit, 995),
        "STARTTLS" => (TlsMode::StartTls, 110),
        _ => return None, // in clear text
    };
    let mechanisms: Vec<&str> =
        node.children().filter(|child| child.has_tag_name("authentication")).filter_map(|child| child.text()).collect();
    let is_oauth = |name: &&str| ["oauth", "oauth2"].contains(&name.trim().to_ascii_lowercase().as_str());
    let login = text("username").filter(|name| !name.is_empty());
    Some(DiscoveredServer {
        host: text("hostname").filter(|host| is_host(host))?.to_ascii_lowercase(),
        port: text("port").map_or(Some(usual), |port| port.parse().ok().filter(|port| *port > 0))?,
        tls,
        login: login.map_or(LoginName::AddressOrLocal, LoginName::Said),
        wants_oauth: !mechanisms.is_empty() && mechanisms.iter().all(is_oauth),
        is_unproven: false,
    })
}

fn replaced(text: &str, address: &MailAddress) -> String {
    let MailAddress { whole, local, domain } = address;
    text.replace("%EMAILADDRESS%", whole).replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)
}

fn is_host(text: &str) -> bool {
    let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.');
    !text.is_empty() && text.len() <= 253 && text.bytes().all(is_legal)
}

/// Servers of a configuration that are looked at.
const MOST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn read_it(servers: &str) -> Result<Vec<DiscoveredServer>, String> {
        let address = MailAddress::parse("ann@example.org").unwrap();
        read(
            &format!(
                "<?xml version=\"1.0\"?><clientConfig version=\"1.1\"><emailProvider id=\"x\">{servers}</emailProvider></clientConfig>"
            ),
            &address,
        )
    }

    fn incoming(kind: &str, rest: &str) -> String {
        format!("<incomingServer type=\"{kind}\"><hostname>pop.%EMAILDOMAIN%</hostname>{rest}</incomingServer>")
    }

    #[test]
    fn servers_come_in_their_order_and_with_tls() {
        let ssl = "<port>1995</port><socketType>SSL</socketType><username>%EMAILLOCALPART%</username>\
                   <authentication>OAuth2</authentication>";
        let starttls = "<socketType> STARTTLS </socketType><authentication>OAuth2</authentication><authentication>password-cleartext</authentication>";
        let plain = "<port>110</port><socketType>plain</socketType>";
        let all = [incoming("imap", ssl), incoming("pop3", plain), incoming("pop3", ssl), incoming("pop3", starttls)];
        let found = read_it(&all.concat()).unwrap();
        let [first, second] = &found[..] else { panic!("{found:?}") };
        assert_eq!((first.host.as_str(), first.port, first.tls), ("pop.example.org", 1995, TlsMode::Implicit));
        assert_eq!((&first.login, first.wants_oauth), (&LoginName::Said("ann".into()), true));
        assert_eq!((second.port, second.tls), (110, TlsMode::StartTls));
        assert_eq!((&second.login, second.wants_oauth), (&LoginName::AddressOrLocal, false));
    }

    #[test]
    fn what_is_damaged_is_dropped() {
        assert!(read_it("<incomingServer").is_err());
        assert_eq!(read_it("").unwrap(), []);
        let address = MailAddress::parse("ann@example.org").unwrap();
        assert!(read("<html></html>", &address).is_err());
        assert!(read("<!DOCTYPE x [<!ENTITY a \"b\">]><clientConfig>&a;</clientConfig>", &address).is_err());
        for rest in [
            "<socketType>SSL</socketType><port>0</port>",
            "<socketType>SSL</socketType><port>x</port>",
            "<port>995</port>",
        ] {
            assert_eq!(read_it(&incoming("pop3", rest)).unwrap(), [], "{rest}");
        }
        let host =
            "<incomingServer type=\"pop3\"><hostname>a b\n</hostname><socketType>SSL</socketType></incomingServer>";
        assert_eq!(read_it(host).unwrap(), []);
    }
}
