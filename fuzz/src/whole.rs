//! A whole fetch, with a ledger and a Maildir, from servers that say anything.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use mailhaul::auth::{Access, Credentials, Secret};
use mailhaul::config::{Account, Raw, Settings};
use mailhaul::deliver::Target;
use mailhaul::effect::Silent;
use mailhaul::fetch::{Job, Policy};
use mailhaul::output::{Reporter, Topic};
use mailhaul::until::Until;

use super::{Lines, Nobody, Transcript};

/// The sessions are what stands between octets of 0xff. What a run has delivered is there, whole, whatever the next says.
pub(super) fn fetch(input: &[u8]) {
    let sessions: Vec<Vec<u8>> = input.split(|&octet| octet == 0xff).take(4).map(<[u8]>::to_vec).collect();
    let Ok(home) = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()) else { return };
    let mut settings = Settings::default();
    settings.set("tls", Raw::text("none")).expect("a setting");
    let account = Account::resolve(None, "pop3://ann@mail.example.org", settings).expect("an account");
    let secret = Secret::from_text(b"secret".to_vec().into(), "the target").expect("a secret");
    let job = |policy: &Policy, sessions: &[Vec<u8>]| {
        let job = Job {
            account: &account,
            access: &Access::Fixed(Credentials::Password(secret.clone())),
            network: &Lines(Mutex::new(sessions.iter().cloned().collect())),
            trust: None,
            targets: &[Target::Maildir(home.path().join("Mail"))],
            carriers: &mailhaul::fetch::NoCarriers,
            filter: None,
            policy,
            state_folder: &home.path().join("state"),
            started: SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            until: Until::default(),
            observer: Arc::new(Silent),
            reporter: Arc::new(Nobody),
        };
        job.run().tally
    };
    let tally = job(&Policy { delete: true, ..Policy::default() }, &sessions);
    assert!(tally.deleted <= tally.fetched, "{tally:?}");
    let delivered = || std::fs::read_dir(home.path().join("Mail/new")).map_or(0, Iterator::count);
    assert_eq!(delivered() as u64, tally.fetched);
    let again = job(&Policy::default(), &sessions);
    assert_eq!(again.deleted, 0);
    assert!(delivered() as u64 >= tally.fetched);
}

impl Reporter for Nobody {
    fn warn(&self, text: &str) {
        self.note(text);
    }

    fn warn_of(&self, _: Topic, text: &str) {
        self.note(text);
    }

    fn sum_up(&self) {}

    fn tell(&self, text: &str) {
        self.note(text);
    }

    fn note(&self, text: &str) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }

    fn begin(&self, _: u64, _: u64) {}

    fn octets(&self, _: u64) {}

    fn message(&self) {}

    fn end(&self) {}

    fn transcript(&self) -> Arc<dyn Transcript> {
        Arc::new(Nobody)
    }
}
