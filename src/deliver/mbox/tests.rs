//! The recovery table, row by row, and what an mbox must look like.

use std::io::Write;

use super::*;

struct Fixture {
    dir: tempfile::TempDir,
}

impl Fixture {
    fn new(mbox: &[u8]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("mbox"), mbox).unwrap();
        Self { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("mbox")
    }

    fn open(&self) -> Mbox {
        Mbox::open(&self.path(), &Setting::for_tests([1; 8])).unwrap()
    }

    fn content(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn append(&self, octets: &[u8]) {
        fs::OpenOptions::new().append(true).open(self.path()).unwrap().write_all(octets).unwrap();
    }

    /// Stages two messages and places them: recorded, as a ledger would have it, and not published.
    fn two_recorded(&self) -> Vec<Placement> {
        let mut mbox = self.open();
        let mut stager = mbox.stager();
        let mut stage = |text: &str| {
            stager.begin().unwrap();
            stager.write(text.as_bytes()).unwrap();
            stager.finish().unwrap()
        };
        let staged = [stage("Subject: one\r\n\r\nfirst\r\n"), stage("Subject: two\r\n\r\nFrom second\r\n")];
        mbox.make_durable(&staged).unwrap();
        mbox.place(&staged).unwrap()
    }

    /// What the two messages are in the mbox.
    fn wanted(&self, placements: &[Placement]) -> Vec<u8> {
        let Placement::Mbox { spool, .. } = &placements[0] else { panic!("no mbox") };
        fs::read(spool).unwrap()
    }

    fn inspect(&self, placements: &[Placement]) -> Vec<Found> {
        self.open().inspect(placements, Duration::ZERO).unwrap()
    }

    /// Does what recovery does with those that are still staged.
    fn publish_rest(&self, placements: &[Placement], found: &[Found]) {
        let staged = placements.iter().zip(found).filter(|(_, found)| **found == Found::Staged);
        let staged: Vec<Staged> = staged.map(|(placement, _)| placement.as_staged()).collect();
        let mut mbox = self.open();
        let again = mbox.place(&staged).unwrap();
        assert!(mbox.publish(&again).unwrap().is_empty());
        mbox.release().unwrap();
        mbox.sweep().unwrap();
        assert_eq!(fs::read_dir(self.dir.path()).unwrap().count(), 1, "something was left");
    }
}

const OLD: &[u8] = b"From a@example.org Tue Nov 14 22:13:20 2023\nSubject: old\n\nold\n\n";
const OTHER: &[u8] = b"From b@example.org Tue Nov 14 22:13:20 2023\nSubject: other\n\nother\n\n";

#[test]
fn ends_at_the_offset_so_all_is_appended_again() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    let found = fixture.inspect(&placements);
    assert_eq!(found, [Found::Staged, Found::Staged]);
    fixture.publish_rest(&placements, &found);
    assert_eq!(fixture.content(), [OLD, &wanted].concat());
}

#[test]
fn stands_at_its_offset_so_it_was_published() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    fixture.append(&fixture.wanted(&placements));
    fixture.append(OTHER);
    assert_eq!(fixture.inspect(&placements), [Found::Published, Found::Published]);
    assert!(fixture.content().ends_with(OTHER));
}

/// A kill leaves a beginning, a power cut perhaps zeros behind it; at every length.
#[test]
fn a_torn_end_is_cut_off_and_appended_again() {
    let probe = Fixture::new(OLD);
    let all = probe.wanted(&probe.two_recorded());
    for whole in 0..all.len() {
        for zeros in [0, 1, all.len() - whole] {
            let fixture = Fixture::new(OLD);
            let placements = fixture.two_recorded();
            let wanted = fixture.wanted(&placements);
            fixture.append(&wanted[..whole]);
            fixture.append(&vec![0; zeros.min(wanted.len() - whole)]);
            let found = fixture.inspect(&placements);
            fixture.publish_rest(&placements, &found);
            assert_eq!(fixture.content(), [OLD, &wanted].concat(), "{whole} whole octets, {zeros} zeros");
        }
    }
}

#[test]
fn what_others_appended_behind_a_torn_end_stays() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    fixture.append(&wanted[..40]);
    fixture.append(OTHER);
    let found = fixture.inspect(&placements);
    assert_eq!(found, [Found::Staged, Found::Staged]);
    fixture.publish_rest(&placements, &found);
    assert_eq!(fixture.content(), [OLD, &wanted[..40], OTHER, &wanted].concat());
}

#[test]
fn a_spool_that_is_gone_says_published() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    fixture.open().sweep().unwrap();
    assert_eq!(fixture.inspect(&placements), [Found::Published, Found::Published]);
}

#[test]
fn the_last_message_is_ended_before_ours() {
    for (old, missing) in [(&OLD[..OLD.len() - 1], "\n"), (&OLD[..OLD.len() - 2], "\n\n"), (OLD, "")] {
        let fixture = Fixture::new(old);
        let placements = fixture.two_recorded();
        let wanted = fixture.wanted(&placements);
        let found = fixture.inspect(&placements);
        fixture.publish_rest(&placements, &found);
        assert_eq!(fixture.content(), [old, missing.as_bytes(), &wanted].concat());
    }
}

#[test]
fn another_format_is_refused_and_left_alone() {
    for other in [&b"Dear diary"[..], b"From", b"\n", b"\0\0\0\0\0\0"] {
        let fixture = Fixture::new(other);
        let opened = Mbox::open(&fixture.path(), &Setting::for_tests([1; 8]));
        let error = opened.err().unwrap();
        assert!(error.to_string().contains("is no mbox"), "{error}");
        assert_eq!(fixture.content(), other);
    }
}

#[test]
fn a_spool_that_is_gone_before_publication_is_told() {
    let fixture = Fixture::new(OLD);
    let mut mbox = fixture.open();
    let mut stager = mbox.stager();
    stager.begin().unwrap();
    let staged = [stager.finish().unwrap()];
    mbox.make_durable(&staged).unwrap();
    let placements = mbox.place(&staged).unwrap();
    fixture_sweep(&fixture);
    assert_eq!(mbox.publish(&placements).unwrap(), [0]);
    assert_eq!(fixture.content(), OLD);
}

fn fixture_sweep(fixture: &Fixture) {
    for entry in fs::read_dir(fixture.dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".spool") {
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_file_that_was_replaced_under_the_lock_counts_as_not_published() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    let mut mbox = fixture.open();
    let staged: Vec<Staged> = placements.iter().map(Placement::as_staged).collect();
    let again = mbox.place(&staged).unwrap();
    let compacted = fixture.dir.path().join("compacted");
    fs::write(&compacted, OTHER).unwrap();
    fs::rename(&compacted, fixture.path()).unwrap();
    assert_eq!(mbox.publish(&again).unwrap_err().kind(), Kind::TryLater);
    drop(mbox);
    let found = fixture.inspect(&again);
    fixture.publish_rest(&again, &found);
    assert_eq!(fixture.content(), [OTHER, &wanted].concat());
}
