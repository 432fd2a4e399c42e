//! The carrier against a server in memory that does whatever servers do.

mod answers;
mod losses;
mod secrecy;
mod server;

use std::sync::Arc;

use tempfile::TempDir;

use self::server::MemoryNetwork;
use super::{Dialect, MtaAddress, MtaCarrier, MtaSettings};
use crate::deliver::{Answer, Answers, Carrier, Outgoing};
use crate::error::Result;
use crate::net::{Trust, TrustSettings, Waits};

/// Everything that a good server offers.
const ALL: &[&str] = &["PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"];

#[derive(Debug, Default)]
struct Heard(Vec<(usize, Answer)>);

impl Answers for Heard {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        self.0.push((at, answer));
        Ok(())
    }
}

impl Heard {
    fn in_order(&self) -> Vec<Answer> {
        let mut all = self.0.clone();
        all.sort_by_key(|(at, _)| *at);
        assert!(all.windows(2).all(|two| two[0].0 != two[1].0), "answered twice: {all:?}");
        all.into_iter().map(|(_, answer)| answer).collect()
    }
}

fn carrier(address: &str, network: &MemoryNetwork, to: &[&str], waits: Waits) -> MtaCarrier {
    let dialect = if network.world(|world| world.lmtp) { Dialect::Lmtp } else { Dialect::Smtp };
    let address = MtaAddress::parse(address, dialect).unwrap();
    let to = to.iter().map(|&to| to.to_owned()).collect();
    let settings = MtaSettings::new(dialect, address, to).unwrap();
    let trust = settings.needs_tls().then(|| Trust::for_mta(&TrustSettings::default(), &waits).unwrap());
    MtaCarrier::new(settings, waits, trust, Arc::new(network.clone()))
}

/// Messages in files, and a carrier for them.
struct Stage {
    _folder: TempDir,
    network: MemoryNetwork,
    carrier: MtaCarrier,
    messages: Vec<Outgoing>,
}

impl Stage {
    fn new(network: MemoryNetwork, to: &[&str], contents: &[&[u8]]) -> Self {
        Self::at("localhost", network, to, contents)
    }

    fn at(address: &str, network: MemoryNetwork, to: &[&str], contents: &[&[u8]]) -> Self {
        let carrier = carrier(address, &network, to, Waits::for_tests());
        let folder = tempfile::tempdir().unwrap();
        let message = |(at, content): (usize, &&[u8])| {
            let file = folder.path().join(at.to_string());
            std::fs::write(&file, content).unwrap();
            Outgoing { file, octets: content.len() as u64, uid: at.to_string().into(), mark: Vec::new() }
        };
        let messages = contents.iter().enumerate().map(message).collect();
        Self { _folder: folder, network, carrier, messages }
    }

    /// So many messages, numbered.
    fn numbered(network: MemoryNetwork, to: &[&str], count: usize) -> Self {
        let contents: Vec<Vec<u8>> = (0..count).map(|at| format!("N: {at}\r\n\r\nx\r\n").into()).collect();
        let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
        Self::new(network, to, &contents)
    }

    fn hand_over(&mut self) -> (Heard, Result<()>) {
        let mut heard = Heard::default();
        let result = self.carrier.hand_over(&self.messages, &mut heard);
        (heard, result)
    }

    /// All answers, where there is no error.
    fn answers(&mut self) -> Vec<Answer> {
        let (heard, result) = self.hand_over();
        result.unwrap();
        let answers = heard.in_order();
        assert_eq!(answers.len(), self.messages.len());
        answers
    }

    /// How often somebody has got the message with this number.
    fn times(&self, number: usize, to: &str) -> usize {
        let start = format!("N: {number}\r\n");
        self.network.world(|world| {
            world.taken.iter().filter(|taken| taken.to == to && taken.text.starts_with(start.as_bytes())).count()
        })
    }

    fn lines(&self) -> Vec<String> {
        self.network.world(|world| world.lines.clone())
    }
}

fn later(answer: &Answer) -> &str {
    match answer {
        Answer::Later(text) => text,
        other => panic!("{other:?}"),
    }
}

fn refused(answer: &Answer) -> &str {
    match answer {
        Answer::Refused(text) => text,
        other => panic!("{other:?}"),
    }
}
