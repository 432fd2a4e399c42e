//! The carrier against servers whose words are known beforehand: for what a real one never does.

mod hand_over;
mod login;
mod look;
mod script;

use std::path::Path;
use std::sync::Arc;

use self::script::{Scripts, Step};
use super::{ImapCarrier, ImapSettings, ImapWay};
use crate::auth::{Access, Credentials, Secret};
use crate::deliver::{Answer, Answers, Carrier, Outgoing};
use crate::error::{Error, Result};
use crate::net::{Route, TlsMode, Waits};

/// A server that offers these capabilities, up to the login.
fn logged_in(capabilities: &str, steps: &[Step]) -> Vec<Step> {
    let mut all = vec![
        ("", format!("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN {capabilities}] hello\r\n").leak() as &str),
        (
            "m1 AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=\r\n",
            format!("m1 OK [CAPABILITY IMAP4rev1 {capabilities}] in\r\n").leak(),
        ),
    ];
    all.extend_from_slice(steps);
    all
}

fn way(scripts: &Scripts) -> ImapWay {
    let settings = ImapSettings::parse("imap://ann@h/INBOX", Some(TlsMode::None)).unwrap();
    let route = Route { host: "h".into(), port: 143, proxy: None, source_address: None, tunnel: None };
    let secret = Secret::from_octets(b"secret", "the test").unwrap();
    ImapWay {
        settings,
        route,
        network: Arc::new(scripts.clone()),
        trust: None,
        waits: Waits::for_tests(),
        access: Access::Fixed(Credentials::Password(secret)),
    }
}

/// Takes the answers down, in their order.
#[derive(Default)]
struct Told(Vec<(usize, Answer)>);

impl Answers for Told {
    fn answered(&mut self, at: usize, answer: Answer) -> Result<()> {
        self.0.push((at, answer));
        Ok(())
    }
}

/// What came of a hand-over.
struct Outcome {
    answers: Vec<(usize, Answer)>,
    error: Option<Error>,
}

impl Outcome {
    fn delivered(&self) -> Vec<usize> {
        self.answers.iter().filter(|(_, answer)| *answer == Answer::Delivered).map(|(at, _)| *at).collect()
    }

    fn refused(&self) -> Vec<usize> {
        self.answers.iter().filter(|(_, answer)| matches!(answer, Answer::Refused(_))).map(|(at, _)| *at).collect()
    }

    fn error(&self) -> String {
        self.error.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

fn outbox(folder: &Path, contents: &[&str]) -> Vec<Outgoing> {
    let put = |(at, content): (usize, &&str)| {
        let file = folder.join(format!("m{at}"));
        std::fs::write(&file, content).unwrap();
        Outgoing { file, octets: content.len() as u64, uid: vec![], mark: b"7 5".to_vec() }
    };
    contents.iter().enumerate().map(put).collect()
}

/// Hands these over to servers that say this, one connection after another.
fn hand_over(scripts: &Scripts, contents: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let messages = outbox(folder.path(), contents);
    let mut told = Told::default();
    let error = ImapCarrier::new(way(scripts)).hand_over(&messages, &mut told).err();
    Outcome { answers: told.0, error }
}
