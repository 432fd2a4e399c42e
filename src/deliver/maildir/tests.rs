use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::deliver::name;
use crate::deliver::written::{KeptOpen, Slots, Written};

fn open(dir: &Path) -> Maildir {
    Maildir::create(dir, &DeliveryContext::for_tests([1; 8])).unwrap()
}

fn stage(maildir: &Maildir, text: &str) -> Staged {
    let mut stager = maildir.stager().unwrap();
    stager.begin().unwrap();
    stager.write(text.as_bytes()).unwrap();
    stager.finish().unwrap()
}

fn name_of(placement: &Placement) -> &str {
    match placement {
        Placement::Maildir { name, .. } => name,
        _ => panic!("no Maildir"),
    }
}

/// Stages messages, makes them durable and places them: recorded, as a ledger would have it.
fn recorded<const N: usize>(maildir: &mut Maildir, texts: [&str; N]) -> Vec<Placement> {
    let mut staged = texts.map(|text| stage(maildir, text));
    maildir.make_durable(&mut staged).unwrap();
    maildir.place(&staged).unwrap()
}

fn done(maildir: &mut Maildir, placements: &[Placement]) -> Vec<usize> {
    match maildir.publish(placements, &[], &mut |_| Ok(())).unwrap() {
        Publication::Done { missing, .. } => missing,
        Publication::PlaceAgain => panic!("a Maildir needs no second placing"),
    }
}

/// The rows of the recovery table: nothing follows from an absence (history 5).
#[test]
fn tells_what_became_of_recorded_messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(&dir.path().join("Mail"));
    let placements = recorded(&mut maildir, ["one", "two", "three", "four"]);
    assert!(done(&mut maildir, &placements[1..3]).is_empty());
    let path = |folder: &str, name: &str| dir.path().join("Mail").join(folder).join(name);
    let read = name_of(&placements[2]);
    fs::rename(path("new", read), path("cur", &format!("{read}:2,S"))).unwrap();
    fs::remove_file(path("tmp", name_of(&placements[3]))).unwrap();
    let found = maildir.inspect(&placements).unwrap();
    assert_eq!(found, [Found::Staged, Found::Published, Found::Published, Found::Nowhere]);
}

/// Wherever a mail reader or a filter may have put it, under whatever flags; and not where only the name begins alike.
#[test]
fn finds_published_messages_where_readers_put_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(&dir.path().join("Mail"));
    let known: [(&str, &str, Found); 13] = [
        ("Mail/new", "", Found::Published),
        ("Mail/new", ":2,", Found::Published),
        ("Mail/cur", "", Found::Published),
        ("Mail/cur", ",S=12,W=13:2,RS", Found::Published),
        ("Mail/cur", ";2,S", Found::Published),
        ("Mail/cur", "!2,S", Found::Published),
        ("Mail/cur", "x:2,S", Found::Nowhere),
        ("Mail/.Archive.2026/cur", ":2,S", Found::Published),
        ("Mail/.Trash/new", "", Found::Published),
        ("Other/cur", ":2,S", Found::Published),
        ("Other/.Sub/new", "", Found::Published),
        ("Other/.Sub/tmp", "", Found::Nowhere),
        ("elsewhere/deep/Mail/cur", "", Found::Nowhere),
    ];
    for (folder, flags, expected) in known {
        let placements = recorded(&mut maildir, ["x"]);
        done(&mut maildir, &placements);
        let name = name_of(&placements[0]);
        let folder = dir.path().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(dir.path().join("Other/cur")).unwrap();
        fs::create_dir_all(dir.path().join("Other/.Sub/cur")).unwrap();
        let new = folder.join(format!("{name}{flags}"));
        fs::rename(dir.path().join("Mail/new").join(name), &new).unwrap();
        assert_eq!(maildir.inspect(&placements).unwrap(), [expected], "{}", new.display());
    }
}

/// A folder beside it that cannot be read leaves a doubt; one of the Maildir itself is an error.
#[test]
fn what_cannot_be_looked_at_is_no_absence() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(&dir.path().join("Mail"));
    let placements = recorded(&mut maildir, ["x"]);
    fs::remove_file(dir.path().join("Mail/tmp").join(name_of(&placements[0]))).unwrap();
    std::os::unix::fs::symlink("circle", dir.path().join("circle")).unwrap();
    assert_eq!(maildir.inspect(&placements).unwrap(), [Found::Nowhere]);
    fs::remove_dir(dir.path().join("Mail/cur")).unwrap();
    std::os::unix::fs::symlink("cur", dir.path().join("Mail/cur")).unwrap();
    assert!(maildir.inspect(&placements).unwrap_err().to_string().contains("Mail/cur"));
}

#[test]
fn sweeps_its_own_files_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    stage(&maildir, "left over");
    let kept = recorded(&mut maildir, ["of a row"]);
    let other = Maildir::open(dir.path(), &DeliveryContext::for_tests([2; 8])).unwrap();
    let others = stage(&other, "of another account");
    fs::write(dir.path().join("tmp/1700000000.M1P1.host"), "of another program").unwrap();
    maildir.sweep(&kept).unwrap();
    let left = name::names_in(&dir.path().join("tmp")).unwrap();
    assert_eq!(left.len(), 3);
    assert!(left.contains(&others.file.to_string_lossy().into_owned()));
    assert!(left.contains(&name_of(&kept[0]).to_owned()));
}

#[test]
fn is_made_private_and_whole_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let new = dir.path().join("a/b");
    let mut maildir = open(&new);
    let placements = recorded(&mut maildir, ["x\r\n"]);
    done(&mut maildir, &placements);
    for part in ["", "cur", "new", "tmp"] {
        assert_eq!(mode(&new.join(part)), 0o700, "{part}");
    }
    assert_eq!(mode(&new.join("new").join(name_of(&placements[0]))), 0o600);
    // One that was being made when something stopped that, and one that has nothing but its mark.
    fs::create_dir_all(dir.path().join("half/cur")).unwrap();
    open(&dir.path().join("half"));
    fs::create_dir_all(dir.path().join("marked")).unwrap();
    fs::write(dir.path().join("marked/mailhaul-place"), "").unwrap();
    open(&dir.path().join("marked"));
    // Something else.
    fs::create_dir(dir.path().join("docs")).unwrap();
    fs::write(dir.path().join("docs/letter"), "").unwrap();
    let refused = |path: &Path| Maildir::create(path, &DeliveryContext::for_tests([1; 8])).err().unwrap();
    assert!(refused(&dir.path().join("docs")).to_string().contains("is not a Maildir"));
    assert_eq!(refused(&dir.path().join("docs/letter")).kind(), Kind::CannotCreate);
    fs::create_dir_all(dir.path().join("linked/cur")).unwrap();
    std::os::unix::fs::symlink("/tmp", dir.path().join("linked/tmp")).unwrap();
    assert_eq!(refused(&dir.path().join("linked")).kind(), Kind::CannotCreate);
}

/// What is not marked is not made either: the disk may not be mounted (history 8).
#[test]
fn opening_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("Mail");
    assert!(Maildir::open(&missing, &DeliveryContext::for_tests([1; 8])).is_err());
    assert!(Maildir::open(dir.path(), &DeliveryContext::for_tests([1; 8])).is_err());
    assert!(name::names_in(dir.path()).unwrap().is_empty());
}

#[test]
fn an_abandoned_or_discarded_message_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    let mut stager = maildir.stager().unwrap();
    stager.begin().unwrap();
    stager.write(&vec![b'x'; 300_000]).unwrap();
    drop(stager);
    let staged = stage(&maildir, "x");
    maildir.discard(staged).unwrap();
    assert!(name::names_in(&dir.path().join("tmp")).unwrap().is_empty());
}

#[test]
fn a_staged_file_that_is_gone_before_publication_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    let placements = recorded(&mut maildir, ["one", "two", "three"]);
    fs::remove_file(dir.path().join("tmp").join(name_of(&placements[1]))).unwrap();
    assert_eq!(done(&mut maildir, &placements), [1]);
    assert_eq!(name::names_in(&dir.path().join("new")).unwrap().len(), 2);
}

/// NFS: the first answer was lost, the second says that the file is not there.
#[test]
fn a_rename_that_had_worked_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    let placements = recorded(&mut maildir, ["one"]);
    let name = name_of(&placements[0]);
    fs::rename(dir.path().join("tmp").join(name), dir.path().join("new").join(name)).unwrap();
    assert!(done(&mut maildir, &placements).is_empty());
}

/// History 2: a rename that was seen to fail is known, for this message and those behind it.
#[test]
fn a_rename_that_fails_says_what_is_not_published() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    let placements = recorded(&mut maildir, ["one", "two", "three", "four"]);
    fs::remove_file(dir.path().join("tmp").join(name_of(&placements[0]))).unwrap();
    fs::create_dir(dir.path().join("new").join(name_of(&placements[2]))).unwrap(); // no file can be moved over it
    let failed = maildir.publish(&placements, &[], &mut |_| Ok(())).unwrap_err();
    assert!(failed.error.to_string().contains("move into new/"), "{}", failed.error);
    assert_eq!(failed.not_published, [0, 2, 3]);
}

/// A sync that fails; of a pipe it always does. What is left may look well the next time, so nothing is left.
#[test]
fn a_message_whose_sync_fails_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    let (_reader, pipe) = std::io::pipe().unwrap();
    let mut staged = [stage(&maildir, "one"), stage(&maildir, "two")];
    let pipe = fs::File::from(OwnedFd::from(pipe));
    staged[1].written = Written::Open(KeptOpen::new(pipe, &maildir.tmp.slots).unwrap());
    let name = staged[1].file.clone();
    assert!(maildir.make_durable(&mut staged).is_err());
    assert!(fs::symlink_metadata(dir.path().join("tmp").join(name)).is_err());
}

/// More messages than descriptors may stay open, in both ways of syncing.
#[test]
fn large_and_small_batches_are_made_durable() {
    let dir = tempfile::tempdir().unwrap();
    for (syncfs, messages, slots) in [(true, 3, 16), (true, 40, 16), (true, 3, 0), (false, 40, 16), (false, 3, 0)] {
        let mut maildir = open(dir.path());
        maildir.tmp.syncfs = syncfs;
        maildir.tmp.slots = Slots::with_limit(slots);
        let mut stager = maildir.stager().unwrap();
        let mut staged = Vec::new();
        for _ in 0..messages {
            stager.begin().unwrap();
            staged.push(stager.finish().unwrap());
        }
        let count = |is: fn(&Written) -> bool| staged.iter().filter(|staged| is(&staged.written)).count();
        let open = messages.min(slots);
        assert_eq!(count(|written| matches!(written, Written::Open(_))), open);
        let rest = if syncfs { count(|written| matches!(written, Written::Closed)) } else { messages - open };
        assert_eq!(rest, messages - open);
        maildir.make_durable(&mut staged).unwrap();
        assert!(staged.iter().all(|staged| matches!(staged.written, Written::Durable)));
    }
}
