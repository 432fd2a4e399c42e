//! Configurations in the form of PACC (draft-ietf-mailmaint-pacc): JSON over TLS, whose digest is in the DNS.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{DiscoveredServer, LoginName};
use crate::net::TlsMode;

/// Where a domain publishes it.
pub(super) fn of_domain(domain: &str) -> String {
    format!("https://ua-auto-config.{domain}/.well-known/user-agent-configuration.json")
}

/// The TXT record that has the digest.
pub(super) fn record(domain: &str) -> String {
    format!("_ua-auto-config.{domain}")
}

/// Its POP3 server. One of the records must have the digest of the text: while it changes there may be several.
pub(super) fn read(text: &[u8], records: &[Vec<u8>]) -> Result<Vec<DiscoveredServer>, String> {
    if !records.iter().any(|record| has_digest(record, text)) {
        return Err("the DNS does not have the digest of what is there".into());
    }
    let config: Value = serde_json::from_slice(text).map_err(|_| "what it has is no JSON".to_owned())?;
    let Some(host) = config["protocols"]["pop3"]["host"].as_str() else { return Ok(Vec::new()) };
    let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.');
    if host.is_empty() || host.len() > 253 || !host.bytes().all(is_legal) {
        return Err("what it has as the POP3 server is no host".into());
    }
    let login = &config["authentication"];
    Ok(vec![DiscoveredServer {
        host: host.to_ascii_lowercase(),
        port: 995,
        tls: TlsMode::Implicit,
        login: LoginName::AddressOrLocal,
        wants_oauth: login["password"] != Value::Bool(true) && login["oauth-public"].is_object(),
        is_unproven: false,
    }])
}

/// `v=UAAC1; a=sha256; d=BASE64`
fn has_digest(record: &[u8], text: &[u8]) -> bool {
    let Ok(record) = std::str::from_utf8(record) else { return false };
    let fields: Vec<(&str, &str)> = record
        .split(';')
        .filter_map(|field| field.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let is =
        |wanted: &str, value: &str| fields.iter().any(|(name, is)| *name == wanted && is.eq_ignore_ascii_case(value));
    let digest = BASE64_STANDARD.encode(Sha256::digest(text));
    is("v", "UAAC1") && is("a", "sha256") && fields.iter().any(|(name, value)| *name == "d" && *value == digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(text: &[u8]) -> Vec<u8> {
        format!("v=UAAC1; a=sha256; d={}", BASE64_STANDARD.encode(Sha256::digest(text))).into_bytes()
    }

    #[test]
    fn only_what_the_dns_vouches_for_counts() {
        let text = br#"{"protocols":{"pop3":{"host":"Pop.example.org"}},"authentication":{"password":true}}"#;
        let found = read(text, &[b"x".to_vec(), record_of(text)]).unwrap();
        assert_eq!((found[0].host.as_str(), found[0].port, found[0].wants_oauth), ("pop.example.org", 995, false));
        assert!(read(text, &[record_of(b"other")]).is_err() && read(text, &[]).is_err());
        let oauth = br#"{"protocols":{"pop3":{"host":"a"}},"authentication":{"oauth-public":{"issuer":"x"}}}"#;
        assert!(read(oauth, &[record_of(oauth)]).unwrap()[0].wants_oauth);
        for (text, is_error) in [("x", true), ("{}", false), (r#"{"protocols":{"pop3":{"host":"a b"}}}"#, true)] {
            assert_eq!(read(text.as_bytes(), &[record_of(text.as_bytes())]).is_err(), is_error, "{text}");
        }
    }
}
