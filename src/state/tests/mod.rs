use super::*;
use crate::deliver::{Identity, Placement, Target};
use crate::fingerprint::{Fingerprint, Taker};

mod incidents;
mod opening;
mod places;
mod reader;
mod rows;
mod runs;
mod together;

/// A ledger in a folder that goes with it.
struct Home {
    dir: tempfile::TempDir,
    ledger: Ledger,
    mailbox: Mailbox,
}

impl Home {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = open(dir.path());
        let mailbox = ledger.mailbox(ANN).unwrap();
        Self { dir, ledger, mailbox }
    }

    /// The same ledger in the next run.
    fn again(mut self) -> Self {
        self.ledger.close().unwrap();
        self.ledger = open(self.dir.path());
        self.mailbox = self.ledger.mailbox(ANN).unwrap();
        self
    }

    /// The rows, as they come.
    fn known(&self) -> Vec<Row> {
        known(&self.ledger, &self.mailbox)
    }

    fn row(&self, uid: &str) -> Option<Row> {
        self.known().into_iter().find(|row| row.key == key(uid))
    }
}

/// What [`Known`] says, to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    key: Key,
    settled: Settled,
    octets: Option<u64>,
    received: Option<u64>,
    fingerprint: Option<Fingerprint>,
    is_asked: bool,
    is_vanished: bool,
    deletes: u32,
}

const ANN: &str = "ann@example.org";

fn open(folder: &Path) -> Ledger {
    Ledger::open(folder, &Wait::default()).unwrap()
}

/// What a machine says of itself whose clock shows this, in seconds since 1970.
fn surroundings(wall: i64) -> Surroundings {
    Surroundings { wall: clock::system_time(wall), network: None }
}

fn open_at(folder: &Path, wall: i64) -> Ledger {
    let folder = open::made_folder(folder).unwrap();
    Ledger::open_in(&folder, &Wait::default(), &surroundings(wall)).unwrap()
}

fn known(ledger: &Ledger, mailbox: &Mailbox) -> Vec<Row> {
    let mut rows = Vec::new();
    let note = |of: Known<'_>| {
        rows.push(Row {
            key: Key { uid: of.uid.to_vec(), occurrence: of.occurrence },
            settled: of.settled,
            octets: of.octets,
            received: of.received,
            fingerprint: of.fingerprint,
            is_asked: of.is_asked,
            is_vanished: of.vanished_for.is_some(),
            deletes: of.deletes,
        });
    };
    ledger.each_known(mailbox, note).unwrap();
    rows
}

fn key(uid: &str) -> Key {
    Key { uid: uid.into(), occurrence: 0 }
}

/// The fingerprint of a message with this id.
fn print(id: &str) -> Fingerprint {
    let mut taker = Taker::default();
    taker.push(format!("Message-ID: <{id}>\r\n\r\n").as_bytes());
    taker.finish()
}

/// Into one Maildir; its fingerprint is that of its unique-id.
fn staged(uid: &str) -> StagedRow {
    staged_at(uid, "/mail")
}

fn staged_at(uid: &str, dir: &str) -> StagedRow {
    StagedRow {
        key: key(uid),
        octets: Some(12),
        received: Some(14),
        fingerprint: Some(print(uid)),
        placement: Placement::Maildir { dir: dir.into(), name: format!("1.{uid}") },
        failed: false,
        presumed: false,
        waiting: None,
    }
}

fn staged_in_mbox(uid: &str, spool: &Path) -> StagedRow {
    let placement = Placement::Mbox {
        file: "/mail/inbox".into(),
        spool: spool.into(),
        spool_offset: 7,
        offset: 5_000_000_000,
        length: 3,
        hash: [9; 32],
    };
    StagedRow { placement, ..staged(uid) }
}

fn maildir(dir: &str) -> Target {
    Target::Maildir(dir.into())
}

fn refused_for(key: &Key) -> NewTrouble<'_> {
    NewTrouble { key, trouble: Trouble::Refused, text: "-ERR", bound: None }
}
