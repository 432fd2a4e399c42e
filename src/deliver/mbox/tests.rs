//! The recovery table, row by row, and what an mbox must look like.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

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
        assert_eq!(mbox.publish(&again).unwrap(), DONE);
        mbox.release().unwrap();
        mbox.sweep(&[]).unwrap();
        assert_eq!(fs::read_dir(self.dir.path()).unwrap().count(), 1, "something was left");
    }
}

const OLD: &[u8] = b"From a@example.org Tue Nov 14 22:13:20 2023\nSubject: old\n\nold\n\n";
const OTHER: &[u8] = b"From b@example.org Tue Nov 14 22:13:20 2023\nSubject: other\n\nother\n\n";
const DONE: Publication = Publication::Done { missing: Vec::new() };

#[test]
fn ends_at_the_offset_so_all_is_written() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    let found = fixture.inspect(&placements);
    fixture.publish_rest(&placements, &found);
    assert_eq!(fixture.content(), [OLD, &wanted].concat());
}

/// History 1: the octets look well, and are perhaps not on the disk since a sync failed. They are written again, with
/// the spool and without it.
#[test]
fn what_stands_at_its_offset_is_written_again() {
    for with_spool in [true, false] {
        let fixture = Fixture::new(OLD);
        let placements = fixture.two_recorded();
        let expected = [OLD, &fixture.wanted(&placements), OTHER].concat();
        fixture.append(&expected[OLD.len()..]);
        if !with_spool {
            fixture.remove_spools();
        }
        assert!(fixture.is_written_by(|| assert_eq!(fixture.inspect(&placements), [Found::Published; 2])));
        assert_eq!(fixture.content(), expected);
    }
}

/// A kill leaves a beginning, a power cut perhaps zeros behind it; at every length.
#[test]
fn a_torn_end_is_written_again() {
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

/// History 22: blocks were written out of order, and others have appended since.
#[test]
fn zeros_before_right_octets_are_filled() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    let mut torn = wanted.clone();
    torn[..40].fill(0);
    torn[60..70].fill(0);
    fixture.append(&torn);
    fixture.append(OTHER);
    assert_eq!(fixture.inspect(&placements), [Found::Published; 2]);
    assert_eq!(fixture.content(), [OLD, &wanted, OTHER].concat());
}

/// Every octet counts: in a large message one alone is somebody else's.
#[test]
fn what_differs_in_one_octet_is_left_alone() {
    let body = "x".repeat(3 * CHUNK);
    for at in [0, 30, CHUNK - 1, CHUNK, 2 * CHUNK + 7, 3 * CHUNK] {
        let fixture = Fixture::new(OLD);
        let placements = fixture.recorded(&[&body]);
        let mut other = fixture.wanted(&placements);
        other[at] ^= 0x20;
        fixture.append(&other);
        assert!(!fixture.is_written_by(|| assert_eq!(fixture.inspect(&placements), [Found::Staged], "{at}")));
        assert_eq!(fixture.content(), [OLD, &other].concat());
        fixture.remove_spools();
        assert_eq!(fixture.inspect(&placements), [Found::Nowhere], "{at}");
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

/// A mail reader has compacted the file, and it does not reach our offset any more.
#[test]
fn a_file_that_is_shorter_gets_it_at_its_end() {
    let fixture = Fixture::new(&[OLD, OTHER].concat());
    let placements = fixture.two_recorded();
    let wanted = fixture.wanted(&placements);
    fs::write(fixture.path(), OTHER).unwrap();
    let found = fixture.inspect(&placements);
    assert_eq!(found, [Found::Staged, Found::Staged]);
    fixture.publish_rest(&placements, &found);
    assert_eq!(fixture.content(), [OTHER, &wanted].concat());
}

/// History 4: that the spool is gone says nothing, and that it cannot be looked at is an error.
#[test]
fn a_spool_that_is_gone_proves_nothing() {
    let fixture = Fixture::new(OLD);
    let mut placements = fixture.two_recorded();
    fixture.remove_spools();
    assert_eq!(fixture.inspect(&placements), [Found::Nowhere, Found::Nowhere]);
    assert_eq!(fixture.content(), OLD);
    let circle = fixture.dir.path().join("circle");
    std::os::unix::fs::symlink("circle", &circle).unwrap();
    for placement in &mut placements {
        let Placement::Mbox { spool, .. } = placement else { panic!("no mbox") };
        *spool = circle.clone();
    }
    let error = fixture.open().inspect(&placements).unwrap_err();
    assert!(error.to_string().contains("circle"), "{error}");
}

/// The state folder was moved, or the recorded path was relative and the working directory is another one.
#[test]
fn a_spool_is_found_where_spools_are() {
    for folder in ["", "state"] {
        let fixture = Fixture::new(OLD);
        let mut placements = fixture.two_recorded();
        let wanted = fixture.wanted(&placements);
        let moved = fixture.dir.path().join(folder);
        fs::create_dir_all(&moved).unwrap();
        for placement in &mut placements {
            let Placement::Mbox { spool, .. } = placement else { panic!("no mbox") };
            let name = spool.file_name().unwrap().to_owned();
            fs::rename(&spool, moved.join(&name)).ok();
            *spool = Path::new("gone/with/the/wind").join(name);
        }
        fixture.append(&wanted[..10]);
        fixture.append(OTHER);
        let context = DeliveryContext { fallback: moved, ..DeliveryContext::for_tests([1; 8]) };
        let mut mbox = Mbox::open(&fixture.path(), &context).unwrap();
        assert_eq!(mbox.inspect(&placements).unwrap(), [Found::Staged; 2]);
        let staged: Vec<Staged> = placements.iter().map(Placement::as_staged).collect();
        let again = mbox.place(&staged).unwrap();
        mbox.sweep(&again).unwrap();
        assert_eq!(mbox.publish(&again).unwrap(), DONE);
        mbox.release().unwrap();
        assert!(fixture.content().ends_with(&wanted));
        mbox.sweep(&[]).unwrap();
        assert!(spools_in(&fixture.dir.path().join(folder), &context.tag).unwrap().is_empty());
    }
}

/// A spool that is not what was recorded is no source.
#[test]
fn a_damaged_spool_is_not_used() {
    let fixture = Fixture::new(OLD);
    let placements = fixture.two_recorded();
    let spool = fixture.spools().remove(0);
    let length = fs::metadata(&spool).unwrap().len();
    File::options().write(true).open(&spool).unwrap().set_len(length - 1).unwrap();
    assert_eq!(fixture.inspect(&placements), [Found::Published, Found::Nowhere]);
    fs::write(&spool, vec![0; length as usize]).unwrap();
    fs::write(fixture.path(), OLD).unwrap();
    assert_eq!(fixture.inspect(&placements), [Found::Nowhere; 2]);
    assert_eq!(fixture.content(), OLD);
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
    for (other, may_be_torn) in [(&b"Dear diary"[..], false), (b"\n", false), (b"From", true), (b"\0\0\0\0\0\0", true)]
    {
        let fixture = Fixture::new(other);
        let opened = Mbox::open(&fixture.path(), &DeliveryContext::for_tests([1; 8]));
        assert_eq!(opened.is_ok(), may_be_torn);
        let error = opened.and_then(|mut mbox| mbox.place(&[]).map(drop)).err().unwrap();
        assert!(error.to_string().contains("is no mbox"), "{error}");
        assert_eq!(fixture.content(), other);
    }
}

#[test]
fn a_spool_that_is_gone_before_publication_is_told() {
    let fixture = Fixture::new(OLD);
    let (mut mbox, placements) = fixture.ready();
    fixture.remove_spools();
    assert_eq!(mbox.publish(&placements).unwrap(), Publication::Done { missing: vec![0, 1] });
    assert_eq!(fixture.content(), OLD);
}

/// History 12: nothing of a program that ignores locks is overwritten.
#[test]
fn a_file_that_grew_is_placed_again() {
    let fixture = Fixture::new(OLD);
    let (mut mbox, placements) = fixture.ready();
    let wanted = fixture.wanted(&placements);
    fixture.append(OTHER);
    assert_eq!(mbox.publish(&placements).unwrap(), Publication::PlaceAgain);
    assert_eq!(fixture.content(), [OLD, OTHER].concat());
    let staged: Vec<Staged> = placements.iter().map(Placement::as_staged).collect();
    let again = mbox.place(&staged).unwrap();
    assert_eq!(mbox.publish(&again).unwrap(), DONE);
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
    let failed = mbox.publish(&again).unwrap_err();
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
    let failed = mbox.publish(&placements).unwrap_err();
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
    let failed = mbox.publish(&placements).unwrap_err();
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
    assert_eq!(mbox.publish(&placements).unwrap(), DONE);
    drop(stager);
    mbox.release().unwrap();
    assert_eq!(fixture.spools().len(), 1);
    mbox.discard(second).unwrap();
    mbox.release().unwrap();
    assert!(fixture.spools().is_empty());
}
