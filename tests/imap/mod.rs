//! Hand-over by IMAP to a real Dovecot.

mod cut;
mod hand_over;
mod raw;
mod wire;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mailhaul::auth::{Access, Credentials, Secret};
use mailhaul::deliver::{Answer, Answers, Outgoing};
use mailhaul::error::Result;
use mailhaul::handover::imap::{ImapCarrier, ImapSettings, ImapWay};
use mailhaul::net::{Network, Roots, Route, Sockets, TlsMode, Trust, TrustSettings, Waits};
use mailhaul::until::Until;

use super::dovecot::{Dovecot, PASSWORD};

/// The answers, by message.
#[derive(Debug, Default)]
struct Told(Vec<Option<Answer>>);

impl Answers for Told {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        assert_eq!(self.0[at].replace(answer), None, "message {at} was answered twice");
        Ok(())
    }
}

impl Told {
    fn of(messages: &[Outgoing]) -> Self {
        Self(vec![None; messages.len()])
    }

    fn are_all_delivered(&self) -> bool {
        self.0.iter().all(|answer| *answer == Some(Answer::Delivered))
    }
}

/// A folder of `ann` on this server.
fn settings(server: &Dovecot, folder: &str, tls: TlsMode) -> ImapSettings {
    let (scheme, port) = match tls {
        TlsMode::Implicit => ("imaps", server.port_imaps()),
        TlsMode::StartTls | TlsMode::None => ("imap", server.port_imap()),
    };
    ImapSettings::parse(&format!("{scheme}://ann@localhost:{port}/{folder}"), Some(tls)).unwrap()
}

fn carrier(server: &Dovecot, settings: ImapSettings, network: Arc<dyn Network>) -> ImapCarrier {
    let waits = Waits { timeout: Duration::from_secs(60), until: Until::default(), min_rate: 0 };
    let trust = TrustSettings { roots: Roots::None, ca_files: vec![server.ca_file()], ..TrustSettings::default() };
    let trust = (settings.tls != TlsMode::None).then(|| Trust::for_imap(&trust, &waits).unwrap());
    let route =
        Route { host: settings.host.clone(), port: settings.port, proxy: None, source_address: None, tunnel: None };
    let password = Secret::from_octets(PASSWORD.as_bytes(), "the test").unwrap();
    let access = Access::Fixed(Credentials::Password(password));
    ImapCarrier::new(ImapWay { settings, route, network, trust, waits, access })
}

fn simple_carrier(server: &Dovecot, folder: &str) -> ImapCarrier {
    carrier(server, settings(server, folder, TlsMode::None), Arc::new(Sockets))
}

/// Messages in an outbox.
fn outbox(folder: &Path, contents: &[Vec<u8>]) -> Vec<Outgoing> {
    let put = |(at, content): (usize, &Vec<u8>)| {
        let file = folder.join(format!("m{at}"));
        fs::write(&file, content).unwrap();
        Outgoing { file, octets: content.len() as u64, uid: format!("u{at}").into_bytes(), mark: Vec::new() }
    };
    contents.iter().enumerate().map(put).collect()
}

/// What is sent of a message.
fn with_crlf(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in content.split_inclusive(|&octet| octet == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(text) => out.extend_from_slice(&[text.strip_suffix(b"\r").unwrap_or(text), b"\r\n"].concat()),
            None => out.extend_from_slice(line),
        }
    }
    out
}
