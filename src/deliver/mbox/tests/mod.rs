//! What an mbox must look like; `recovery`: the recovery table, row by row.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

use super::*;

mod recovery;

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
        Mbox::open(&self.path(), &DeliveryContext::for_tests([1; 8])).unwrap()
    }

    fn content(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    fn append(&self, octets: &[u8]) {
        fs::OpenOptions::new().append(true).open(self.path()).unwrap().write_all(octets).unwrap();
    }

    /// Stages messages and places them: recorded, as a ledger would have it, and not published.
    fn recorded(&self, texts: &[&str]) -> Vec<Placement> {
        let mut mbox = self.open();
        let mut stager = mbox.stager();
        let mut stage = |text: &&str| {
            stager.begin().unwrap();
            stager.write(text.as_bytes()).unwrap();
            stager.finish().unwrap()
        };
        let mut staged: Vec<Staged> = texts.iter().map(&mut stage).collect();
        mbox.make_durable(&mut staged).unwrap();
        mbox.place(&staged).unwrap()
    }

    fn two_recorded(&self) -> Vec<Placement> {
        self.recorded(&["Subject: one\r\n\r\nfirst\r\n", "Subject: two\r\n\r\nFrom second\r\n"])
    }

    /// Two messages, placed in an mbox that is still locked.
    fn ready(&self) -> (Mbox, Vec<Placement>) {
        let staged: Vec<Staged> = self.two_recorded().iter().map(Placement::as_staged).collect();
        let mut mbox = self.open();
        let placements = mbox.place(&staged).unwrap();
        (mbox, placements)
    }

    fn spools(&self) -> Vec<PathBuf> {
        spools_in(self.dir.path(), &DeliveryContext::for_tests([1; 8]).tag).unwrap()
    }

    fn remove_spools(&self) {
        self.spools().iter().for_each(|spool| fs::remove_file(spool).unwrap());
    }

    /// What the two messages are in the mbox.
    fn wanted(&self, placements: &[Placement]) -> Vec<u8> {
        let Placement::Mbox { spool, .. } = &placements[0] else { panic!("no mbox") };
        fs::read(spool).unwrap()
    }

    fn inspect(&self, placements: &[Placement]) -> Vec<Found> {
        self.open().inspect(placements).unwrap()
    }

    /// Was the file written between the two?
    fn is_written_by(&self, work: impl FnOnce()) -> bool {
        let long_ago = SystemTime::now() - Duration::from_hours(1);
        File::open(self.path()).unwrap().set_modified(long_ago).unwrap();
        let before = fs::metadata(self.path()).unwrap().mtime();
        work();
        fs::metadata(self.path()).unwrap().mtime() != before
    }

    /// Does what recovery does with those that are still staged.
    fn publish_rest(&self, placements: &[Placement], found: &[Found]) {
        let staged = placements.iter().zip(found).filter(|(_, found)| **found == Found::Staged);
        let staged: Vec<Staged> = staged.map(|(placement, _)| placement.as_staged()).collect();
        let mut mbox = self.open();
        let again = mbox.place(&staged).unwrap();
        assert_eq!(mbox.publish(&again, &[], &mut |_| Ok(())).unwrap(), DONE);
        mbox.release().unwrap();
        mbox.sweep(&[]).unwrap();
        assert_eq!(fs::read_dir(self.dir.path()).unwrap().count(), 1, "something was left");
    }
}

const OLD: &[u8] = b"From a@example.org Tue Nov 14 22:13:20 2023\nSubject: old\n\nold\n\n";
const OTHER: &[u8] = b"From b@example.org Tue Nov 14 22:13:20 2023\nSubject: other\n\nother\n\n";
const DONE: Publication = Publication::Done { missing: Vec::new(), left: Vec::new() };

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
    for (other, may_be_torn) in [(&b"Dear diary"[..], false), (b"\n", false), (b"From", true), (b"\0\0\0\0\0\0", true)]
    {
        let fixture = Fixture::new(other);
        let opened = Mbox::open(&fixture.path(), &DeliveryContext::for_tests([1; 8]));
        assert_eq!(opened.is_ok(), may_be_torn);
        let error = opened.and_then(|mut mbox| mbox.place(&[]).map(drop)).err().unwrap();
        assert!(error.to_string().contains("is not an mbox"), "{error}");
        assert_eq!(fixture.content(), other);
    }
}

#[test]
fn a_spool_that_is_gone_before_publication_is_told() {
    let fixture = Fixture::new(OLD);
    let (mut mbox, placements) = fixture.ready();
    fixture.remove_spools();
    assert_eq!(
        mbox.publish(&placements, &[], &mut |_| Ok(())).unwrap(),
        Publication::Done { missing: vec![0, 1], left: Vec::new() }
    );
    assert_eq!(fixture.content(), OLD);
}

/// History 12: nothing of a program that ignores locks is overwritten.
#[test]
fn a_file_that_grew_is_placed_again() {
    let fixture = Fixture::new(OLD);
    let (mut mbox, placements) = fixture.ready();
    let wanted = fixture.wanted(&placements);
    fixture.append(OTHER);
    assert_eq!(mbox.publish(&placements, &[], &mut |_| Ok(())).unwrap(), Publication::PlaceAgain);
    assert_eq!(fixture.content(), [OLD, OTHER].concat());
    let staged: Vec<Staged> = placements.iter().map(Placement::as_staged).collect();
    let again = mbox.place(&staged).unwrap();
    assert_eq!(mbox.publish(&again, &[], &mut |_| Ok(())).unwrap(), DONE);
    assert_eq!(fixture.content(), [OLD, OTHER, &wanted].concat());
}

/// Appends what another program would, when the first piece has been appended.
struct Intruder {
    path: PathBuf,
}

impl crate::effect::Observer for Intruder {
    fn after(&self, effect: Effect) {
        if effect == Effect::Appended {
            // Not closed, as that would take the lock away from this process.
            let mut file = File::options().append(true).open(&self.path).unwrap();
            file.write_all(OTHER).unwrap();
            std::mem::forget(file);
        }
    }
}

#[test]
fn what_others_write_between_our_pieces_is_neither_overwritten_nor_cut() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    let Placement::Mbox { length, .. } = placements[0] else { panic!("no mbox") };
    let first = &wanted[..length as usize];
    let observer = Arc::new(Intruder { path: fixture.path() });
    let mut mbox =
        Mbox::open(&fixture.path(), &DeliveryContext { observer, ..DeliveryContext::for_tests([1; 8]) }).unwrap();
    let staged: Vec<Staged> = placements.iter().map(Placement::as_staged).collect();
    let again = mbox.place(&staged).unwrap();
    let failed = mbox.publish(&again, &[], &mut |_| Ok(())).unwrap_err();
    assert_eq!((failed.error.kind(), failed.not_published.as_slice()), (Kind::TryLater, &[][..]));
    assert_eq!(fixture.content(), [OLD, first, OTHER].concat());
    drop(mbox);
    // And recovery finds the first and appends the second.
    let found = fixture.inspect(&again);
    assert_eq!(found, [Found::Published, Found::Staged]);
    fixture.publish_rest(&again, &found);
    assert_eq!(fixture.content(), [OLD, first, OTHER, &wanted[length as usize..]].concat());
}

/// An append that fails is taken back, and known not to be published.
#[test]
fn a_failed_append_is_cut_back() {
    let fixture = Fixture::new(OLD);
    let (mut mbox, placements) = fixture.ready();
    let spool = fixture.spools().remove(0);
    let length = fs::metadata(&spool).unwrap().len();
    File::options().write(true).open(&spool).unwrap().set_len(length - 1).unwrap();
    let failed = mbox.publish(&placements, &[], &mut |_| Ok(())).unwrap_err();
    assert!(failed.error.to_string().contains("spool"), "{}", failed.error);
    assert_eq!(failed.not_published, [0, 1]);
    assert_eq!(fixture.content(), OLD);
}

#[test]
fn a_file_that_was_replaced_under_the_lock_is_in_doubt() {
    let fixture = Fixture::new(OLD);
    let (mut mbox, placements) = fixture.ready();
    let wanted = fixture.wanted(&placements);
    let compacted = fixture.dir.path().join("compacted");
    fs::write(&compacted, OTHER).unwrap();
    fs::rename(&compacted, fixture.path()).unwrap();
    let failed = mbox.publish(&placements, &[], &mut |_| Ok(())).unwrap_err();
    assert_eq!((failed.error.kind(), failed.not_published.as_slice()), (Kind::TryLater, &[][..]));
    drop(mbox);
    let found = fixture.inspect(&placements);
    fixture.publish_rest(&placements, &found);
    assert_eq!(fixture.content(), [OTHER, &wanted].concat());
}

/// Puts another file into the place of the mbox when something was written again.
struct Replacer {
    path: PathBuf,
}

impl crate::effect::Observer for Replacer {
    fn after(&self, effect: Effect) {
        if effect == Effect::Rewritten {
            let compacted = self.path.with_file_name("compacted");
            fs::write(&compacted, OTHER).unwrap();
            fs::rename(&compacted, &self.path).unwrap();
        }
    }
}

#[test]
fn a_file_that_is_replaced_during_recovery_is_no_evidence() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    fixture.append(&wanted);
    let observer = Arc::new(Replacer { path: fixture.path() });
    let mut mbox =
        Mbox::open(&fixture.path(), &DeliveryContext { observer, ..DeliveryContext::for_tests([1; 8]) }).unwrap();
    assert_eq!(mbox.inspect(&placements).unwrap_err().kind(), Kind::TryLater);
    drop(mbox);
    let found = fixture.inspect(&placements);
    fixture.publish_rest(&placements, &found);
    assert_eq!(fixture.content(), [OTHER, &wanted].concat());
}

/// A sync that fails; of a pipe it always does.
#[test]
fn a_spool_whose_sync_fails_is_removed() {
    let fixture = Fixture::new(OLD);
    let mut mbox = fixture.open();
    let mut stager = mbox.stager();
    stager.begin().unwrap();
    let mut staged = [stager.finish().unwrap()];
    let (_reader, pipe) = std::io::pipe().unwrap();
    staged[0].written = Written::Spool(Arc::new(File::from(OwnedFd::from(pipe))));
    assert!(mbox.make_durable(&mut staged).is_err());
    assert!(fixture.spools().is_empty());
}

#[test]
fn sweeps_its_own_spools_and_no_others() {
    let fixture = Fixture::new(OLD);
    let kept = fixture.recorded(&["of a row"]);
    let name = |path: &Path| path.file_name().unwrap().to_owned();
    let kept_spool = name(&fixture.spools()[0]);
    fixture.recorded(&["left over"]);
    let other = Mbox::open(&fixture.path(), &DeliveryContext::for_tests([2; 8])).unwrap();
    let mut stager = other.stager();
    stager.begin().unwrap();
    let others = name(&stager.finish().unwrap().file);
    for foreign in [".mailhaul-", ".mailhaul", "0101010101010101", "other"] {
        fs::write(fixture.dir.path().join(foreign), "").unwrap();
    }
    fixture.open().sweep(&kept).unwrap();
    let mut left: Vec<_> = fs::read_dir(fixture.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    let mut expected = [".mailhaul-", ".mailhaul", "0101010101010101", "other", "mbox"].map(Into::into).to_vec();
    expected.extend([kept_spool, others]);
    expected.sort();
    assert_eq!(left, expected);
}

/// A spool goes when all of its messages are published or discarded, and not before.
#[test]
fn spools_go_when_nothing_needs_them() {
    let fixture = Fixture::new(OLD);
    let mut mbox = fixture.open();
    let mut stager = mbox.stager();
    let mut staged = Vec::new();
    for _ in 0..2 {
        stager.begin().unwrap();
        staged.push(stager.finish().unwrap());
    }
    let second = staged.pop().unwrap();
    mbox.make_durable(&mut staged).unwrap();
    let placements = mbox.place(&staged).unwrap();
    assert_eq!(mbox.publish(&placements, &[], &mut |_| Ok(())).unwrap(), DONE);
    drop(stager);
    mbox.release().unwrap();
    assert_eq!(fixture.spools().len(), 1);
    mbox.discard(second).unwrap();
    mbox.release().unwrap();
    assert!(fixture.spools().is_empty());
}
