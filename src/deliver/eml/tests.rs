use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::deliver::name::names_in;
use crate::deliver::written::{KeptOpen, Slots, Written};

fn open(dir: &Path) -> EmlDir {
    EmlDir::open(dir, &DeliveryContext::for_tests([1; 8])).unwrap()
}

fn stage(eml_dir: &EmlDir, text: &[u8]) -> Staged {
    let mut stager = eml_dir.stager().unwrap();
    stager.begin().unwrap();
    text.chunks(7).for_each(|piece| stager.write(piece).unwrap());
    stager.finish().unwrap()
}

fn message(subject: &str) -> Vec<u8> {
    format!("Date: Thu, 26 Nov 2026 11:00:00 +0100\r\nSubject: {subject}\r\n\r\nx\r\n").into_bytes()
}

/// Stages messages, makes them durable and places them: recorded, as a ledger would have it.
fn recorded<const N: usize>(eml_dir: &mut EmlDir, subjects: [&str; N]) -> Vec<Placement> {
    let mut staged = subjects.map(|subject| stage(eml_dir, &message(subject)));
    eml_dir.make_durable(&mut staged).unwrap();
    eml_dir.place(&staged).unwrap()
}

fn done(eml_dir: &mut EmlDir, placements: &[Placement]) -> Vec<usize> {
    match eml_dir.publish(placements, &[], &mut |_| Ok(())).unwrap() {
        Publication::Done { missing, .. } => missing,
        Publication::PlaceAgain => panic!("no second placing is needed"),
    }
}

fn staged_of(placement: &Placement) -> &str {
    names_of(std::slice::from_ref(placement)).unwrap()[0].0
}

/// The files, without the part of their names that is before the subject.
fn subjects(dir: &Path) -> Vec<String> {
    let names = names_in(dir).unwrap();
    let mut subjects: Vec<String> = names.iter().map(|name| name.splitn(3, '_').last().unwrap().to_owned()).collect();
    subjects.sort();
    subjects
}

/// As it came, whatever its line ends; and readable for whom the umask and the folder let.
#[test]
fn a_file_has_the_octets_of_the_message() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    let texts: [&[u8]; 4] =
        [b"Subject: a\r\n\r\nx\r\n.\r\n", b"Subject: b\n\nbare\rcr\0\xff", b"", &vec![b'x'; 300_000]];
    for text in texts {
        let mut staged = [stage(&eml_dir, text)];
        assert_eq!(staged[0].length(), text.len() as u64);
        eml_dir.make_durable(&mut staged).unwrap();
        let placements = eml_dir.place(&staged).unwrap();
        assert!(done(&mut eml_dir, &placements).is_empty());
        let path = placements[0].published_path().unwrap();
        assert!(fs::read(&path).unwrap() == text, "{}", path.display());
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & !0o644, 0, "{mode:o}");
        assert_eq!(mode & 0o600, 0o600, "{mode:o}");
        fs::remove_file(path).unwrap();
    }
    assert!(names_in(dir.path()).unwrap().is_empty());
}

/// Identical messages, and a name that somebody else has taken.
#[test]
fn nothing_is_written_over() {
    for way in [RenameWay::NoReplace, RenameWay::Link, RenameWay::Look] {
        let dir = tempfile::tempdir().unwrap();
        let mut eml_dir = open(dir.path());
        eml_dir.renamer.way = way;
        let placements = recorded(&mut eml_dir, ["a", "a", "b"]);
        assert!(done(&mut eml_dir, &placements).is_empty());
        assert_eq!(subjects(dir.path()), ["a.eml", "a_2.eml", "b.eml"], "{way:?}");
        placements.iter().for_each(|placement| assert!(placement.published_path().unwrap().exists()));
        let placements = recorded(&mut eml_dir, ["a", "b"]);
        // Between placing and publication.
        fs::write(placements[0].published_path().unwrap(), "foreign").unwrap();
        symlink("/nowhere", placements[1].published_path().unwrap()).unwrap();
        assert!(done(&mut eml_dir, &placements).is_empty());
        assert_eq!(subjects(dir.path()).len(), 7, "{way:?}");
        assert_eq!(fs::read(placements[0].published_path().unwrap()).unwrap(), b"foreign", "{way:?}");
        let next = placements[0].published_path().unwrap().to_string_lossy().replace("_3.eml", "_3_2.eml");
        assert_eq!(fs::read(next).unwrap(), message("a"), "{way:?}");
        assert_eq!(eml_dir.renamer.way, way);
        assert!(names_in(dir.path()).unwrap().iter().all(|name| name.ends_with(".eml")));
    }
}

/// The rows of the recovery table. An .eml file that is gone was consumed.
#[test]
fn tells_what_became_of_recorded_messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    let placements = recorded(&mut eml_dir, ["one", "two", "three", "four"]);
    assert!(done(&mut eml_dir, &placements[1..3]).is_empty());
    fs::remove_file(placements[2].published_path().unwrap()).unwrap();
    // Ended between the two halves of a rename by link.
    fs::hard_link(dir.path().join(staged_of(&placements[3])), placements[3].published_path().unwrap()).unwrap();
    // A backup has links to everything.
    fs::hard_link(dir.path().join(staged_of(&placements[0])), dir.path().join("backup")).unwrap();
    let found = eml_dir.inspect(&placements).unwrap();
    assert_eq!(found, [Found::Staged, Found::Gone, Found::Gone, Found::Published]);
    assert_eq!(fs::metadata(placements[3].published_path().unwrap()).unwrap().nlink(), 1);
    // As the ledger has it, which knows the staged name alone.
    let Placement::Eml { dir: folder, staged, name } = placements[0].clone() else { panic!() };
    assert_eq!(Placement::of_staged_eml(folder.clone(), staged), Some(placements[0].clone()));
    assert!(name.starts_with("20261126T100000Z_") && name.ends_with("_one.eml"), "{name}");
    assert_eq!(Placement::of_staged_eml(folder, "x".into()), None);
    let again = eml_dir.place(&[placements[0].as_staged()]).unwrap();
    assert!(done(&mut eml_dir, &again).is_empty());
    assert_eq!(fs::read(placements[0].published_path().unwrap()).unwrap(), message("one"));
}

#[test]
fn a_staged_file_that_is_gone_before_publication_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    let placements = recorded(&mut eml_dir, ["one", "two", "three"]);
    fs::remove_file(dir.path().join(staged_of(&placements[1]))).unwrap();
    assert_eq!(done(&mut eml_dir, &placements), [1]);
    assert_eq!(subjects(dir.path()), ["one.eml", "three.eml"]);
}

/// A link whose first answer was lost is made again, and the name is then taken: by us.
#[test]
fn a_link_that_had_worked_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    for way in [RenameWay::NoReplace, RenameWay::Link] {
        eml_dir.renamer.way = way;
        let placements = recorded(&mut eml_dir, ["one"]);
        fs::hard_link(dir.path().join(staged_of(&placements[0])), placements[0].published_path().unwrap()).unwrap();
        assert!(done(&mut eml_dir, &placements).is_empty());
        assert!(subjects(dir.path()).iter().all(|name| !name.contains("one_2_2")), "{way:?}");
    }
}

/// History 2: what was seen to fail is known, for this message and those behind it.
#[test]
fn a_rename_that_fails_says_what_is_not_published() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    let mut placements = recorded(&mut eml_dir, ["one", "two", "three", "four"]);
    fs::remove_file(dir.path().join(staged_of(&placements[0]))).unwrap();
    if let Placement::Eml { name, .. } = &mut placements[2] {
        *name = format!("{}.eml", "x".repeat(300)); // no file system has it
    }
    let failed = eml_dir.publish(&placements, &[], &mut |_| Ok(())).unwrap_err();
    assert!(failed.error.to_string().contains("cannot create"), "{}", failed.error);
    assert_eq!(failed.not_published, [0, 2, 3]);
    assert_eq!(eml_dir.inspect(&placements[2..]).unwrap(), [Found::Staged, Found::Staged]);
}

#[test]
fn sweeps_its_own_files_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    stage(&eml_dir, b"left over");
    let kept = recorded(&mut eml_dir, ["kept"]);
    let mut theirs = EmlDir::open(dir.path(), &DeliveryContext::for_tests([2; 8])).unwrap();
    let theirs = recorded(&mut theirs, ["theirs"]);
    let mut stager = eml_dir.stager().unwrap();
    stager.begin().unwrap();
    std::mem::forget(stager);
    fs::write(dir.path().join(".mailhaul-0101010101010101-00.spool"), "").unwrap();
    fs::write(dir.path().join("20261126T100000Z_000000000000_x.eml"), "").unwrap();
    assert_eq!(names_in(dir.path()).unwrap().len(), 6);
    eml_dir.sweep(&kept).unwrap();
    let left = names_in(dir.path()).unwrap();
    assert!(left.len() == 4 && left.iter().any(|name| name == staged_of(&kept[0])), "{left:?}");
    assert!(left.iter().any(|name| name == staged_of(&theirs[0])), "{left:?}");
}

#[test]
fn an_abandoned_or_discarded_message_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    let mut stager = eml_dir.stager().unwrap();
    stager.begin().unwrap();
    stager.write(&vec![b'x'; 300_000]).unwrap();
    drop(stager);
    let staged = stage(&eml_dir, b"x");
    eml_dir.discard(staged).unwrap();
    assert!(names_in(dir.path()).unwrap().is_empty());
}

/// A write, and a sync, that fail; a sync of a pipe always does. What is left may look well the next time, so nothing is left.
#[test]
fn a_message_whose_write_or_sync_fails_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let mut eml_dir = open(dir.path());
    for octets in [1, 300_000] {
        let mut stager = EmlStager::new(&eml_dir).unwrap();
        stager.begin().unwrap();
        stager.write_to_a_full_disk();
        let written = stager.write(&vec![b'x'; octets]).and_then(|()| stager.finish());
        assert!(written.unwrap_err().to_string().contains("cannot write"), "{octets}");
        assert!(names_in(dir.path()).unwrap().is_empty(), "{octets}");
    }
    let (_reader, pipe) = std::io::pipe().unwrap();
    let mut staged = [stage(&eml_dir, b"one"), stage(&eml_dir, b"two")];
    let pipe = fs::File::from(OwnedFd::from(pipe));
    staged[1].written = Written::Open(KeptOpen::new(pipe, &eml_dir.folder.slots).unwrap());
    assert!(eml_dir.make_durable(&mut staged).is_err());
    assert_eq!(names_in(dir.path()).unwrap(), [staged[0].file.to_str().unwrap()]);
    eml_dir.folder.syncfs = false;
    eml_dir.folder.slots = Slots::with_limit(0);
    let mut synced = [stage(&eml_dir, b"three")];
    assert!(matches!(synced[0].written, Written::Durable));
    eml_dir.make_durable(&mut synced).unwrap();
}

/// By way of a link to the folder; never one that is another user's, or none.
#[test]
fn the_folder_is_ours_and_there() {
    let dir = tempfile::tempdir().unwrap();
    let context = DeliveryContext::for_tests([1; 8]);
    assert!(EmlDir::open(&dir.path().join("missing"), &context).is_err());
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(EmlDir::open(&dir.path().join("file"), &context).is_err());
    fs::create_dir(dir.path().join("real")).unwrap();
    symlink("real", dir.path().join("link")).unwrap();
    let mut eml_dir = open(&dir.path().join("link"));
    let placements = recorded(&mut eml_dir, ["x"]);
    done(&mut eml_dir, &placements);
    assert_eq!(placements[0].target(), crate::deliver::Target::EmlDir(dir.path().join("link")));
    assert_eq!(subjects(&dir.path().join("real")), ["x.eml"]);
}
