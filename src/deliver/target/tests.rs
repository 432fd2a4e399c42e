use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn tag() -> Tag {
    Tag::new([1; 8])
}

fn maildir() -> (tempfile::TempDir, Target) {
    let dir = tempfile::tempdir().unwrap();
    let target = Target::Maildir(dir.path().join("Mail"));
    (dir, target)
}

fn mark(target: &Target, record: Record<'_>, key: &str) -> Identity {
    target.mark(record, Some(key), false).unwrap()
}

fn look(target: &Target, record: Record<'_>) -> Presence {
    target.look(record, &tag()).unwrap()
}

/// History 5 and 8: what is at the path is not what was recorded.
#[test]
fn a_maildir_is_known_by_its_mark() {
    let (dir, target) = maildir();
    assert_eq!(look(&target, Record::New), Presence::Missing);
    assert_eq!(look(&target, Record::Unmarked), Presence::Missing);
    let id = mark(&target, Record::New, "ann@host");
    assert_eq!(id.as_octets().len(), 16);
    for record in [Record::New, Record::Unmarked, Record::Known(&id)] {
        assert_eq!(look(&target, record), Presence::There, "{record:?}");
    }
    let mode = fs::metadata(target.path().unwrap().join(marker::NAME)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    // Another disk, with a Maildir of its own.
    fs::rename(target.path().unwrap(), dir.path().join("away")).unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::Missing);
    fs::create_dir(target.path().unwrap()).unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::Missing);
    let other = mark(&target, Record::New, "ann@host");
    assert_ne!(other, id);
    assert_eq!(look(&target, Record::Known(&id)), Presence::Another);
    assert_eq!(target.mark(Record::Known(&id), Some("ann@host"), false).unwrap_err().kind(), Kind::CannotCreate);
    // Put back, perhaps elsewhere.
    assert_eq!(look(&Target::Maildir(dir.path().join("away")), Record::Known(&id)), Presence::There);
}

#[test]
fn a_maildir_without_its_mark_is_known_by_our_files() {
    let (_dir, target) = maildir();
    let id = mark(&target, Record::New, "ann@host");
    fs::remove_file(target.path().unwrap().join(marker::NAME)).unwrap();
    assert_eq!(look(&target, Record::Unmarked), Presence::There);
    assert_eq!(look(&target, Record::Known(&id)), Presence::Another);
    fs::write(target.path().unwrap().join("cur/1700000000.M1P1.host:2,S"), "of another program").unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::Another);
    let (mut stager, _destination) = target.open(&DeliveryContext::for_tests([1; 8])).unwrap();
    stager.begin().unwrap();
    stager.finish().unwrap();
    let name = name::names_in(&target.path().unwrap().join("tmp")).unwrap().remove(0);
    fs::rename(
        target.path().unwrap().join("tmp").join(&name),
        target.path().unwrap().join("cur").join(format!("{name}:2,S")),
    )
    .unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::There);
    // Marked again with what the ledger knows.
    assert_eq!(mark(&target, Record::Known(&id), "ann@host"), id);
    assert!(target.lists("ann@host").unwrap());
    fs::remove_dir(target.path().unwrap().join("new")).unwrap();
    assert_eq!(look(&target, Record::Unmarked), Presence::Missing);
}

#[test]
fn a_mark_lists_mailboxes_and_keeps_them() {
    let (_dir, target) = maildir();
    assert!(!target.lists("ann@host").unwrap());
    let id = mark(&target, Record::New, "ann@host");
    fs::write(target.path().unwrap().join("mailhaul-place.0123"), "left over").unwrap();
    assert_eq!(mark(&target, Record::New, "bob@host"), id);
    assert!(!target.path().unwrap().join("mailhaul-place.0123").try_exists().unwrap());
    assert_eq!(mark(&target, Record::Known(&id), "ann@host"), id);
    let text = fs::read_to_string(target.path().unwrap().join(marker::NAME)).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("mailbox ")).count(), 2);
    assert!(!text.contains("ann"));
    let new = target.mark(Record::Known(&id), Some("eve@host"), true).unwrap();
    assert_ne!(new, id);
    assert_eq!(look(&target, Record::Known(&new)), Presence::There);
    for (key, listed) in [("ann@host", true), ("bob@host", true), ("eve@host", true), ("dan@host", false)] {
        assert_eq!(target.lists(key).unwrap(), listed, "{key}");
    }
    assert!(!Target::Mbox(target.path().unwrap().join("mbox")).lists("ann@host").unwrap());
}

#[test]
fn accounts_that_mark_one_maildir_at_once_agree() {
    let (_dir, target) = maildir();
    let keys: Vec<String> = (0..8).map(|number| format!("user{number}@host")).collect();
    let target = &target;
    let ids: Vec<Identity> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            keys.iter().map(|key| scope.spawn(move || target.mark(Record::New, Some(key), false).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert!(keys.iter().all(|key| target.lists(key).unwrap()));
    let names = name::names_in(target.path().unwrap()).unwrap();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn a_damaged_mark_is_an_error() {
    let (_dir, target) = maildir();
    let id = mark(&target, Record::New, "ann@host");
    let path = target.path().unwrap().join(marker::NAME);
    let good = fs::read_to_string(&path).unwrap();
    let refused = |what: &str| {
        for error in [
            target.look(Record::Known(&id), &tag()).map(drop).unwrap_err(),
            target.lists("ann@host").map(drop).unwrap_err(),
            target.mark(Record::New, Some("ann@host"), false).map(drop).unwrap_err(),
        ] {
            assert_eq!(error.kind(), Kind::CannotCreate, "{what}: {error}");
            assert!(error.to_string().contains("mailhaul-place"), "{what}: {error}");
        }
    };
    let large = format!("{good}{}", "# x\n".repeat(300_000));
    for bad in ["", "mailhaul-place 2\n", &good[..40], &good.replace("id ", "id x"), &format!("{good}x\n"), &large] {
        fs::write(&path, bad).unwrap();
        refused(&bad[..bad.len().min(60)]);
    }
    fs::write(&path, b"\xff\xfe").unwrap();
    refused("no text");
    fs::remove_file(&path).unwrap();
    symlink("/etc/passwd", &path).unwrap();
    refused("a link");
    fs::remove_file(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    refused("a pipe");
    // A new place whatever is there.
    let new = target.mark(Record::New, Some("ann@host"), true).unwrap();
    assert_eq!(look(&target, Record::Known(&new)), Presence::There);
}

/// That it cannot be looked at is no absence.
#[test]
fn a_path_that_cannot_be_looked_at_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let circle = dir.path().join("circle");
    symlink("circle", &circle).unwrap();
    for target in [Target::Maildir(circle.clone()), Target::Maildir(circle.join("x")), Target::Mbox(circle.join("x"))] {
        for record in [Record::New, Record::Unmarked, Record::Known(&Identity::from_octets(&[0; 16]))] {
            let error = target.look(record, &tag()).unwrap_err();
            assert!(error.to_string().contains("look at"), "{error}");
        }
    }
}

#[test]
fn an_mbox_is_known_by_its_octets_or_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("mail");
    let target = Target::Mbox(folder.join("mbox"));
    assert_eq!(target.mark(Record::New, Some("ann@host"), false).unwrap_err().kind(), Kind::CannotCreate);
    fs::create_dir(&folder).unwrap();
    let id = mark(&target, Record::New, "ann@host");
    assert_eq!(id.as_octets(), fs::metadata(&folder).unwrap().ino().to_be_bytes());
    let other = Identity::from_octets(&1u64.to_be_bytes());
    let looks = || [Record::New, Record::Unmarked, Record::Known(&id), Record::Known(&other)].map(|r| look(&target, r));
    use Presence::{Another, Missing, There};
    assert_eq!(looks(), [Missing, There, There, Another]); // no file
    fs::write(target.path().unwrap(), "").unwrap();
    assert_eq!(looks(), [There, There, There, Another]);
    fs::write(target.path().unwrap(), "From ").unwrap();
    assert_eq!(looks(), [There; 4]);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(looks(), [Missing; 4]);
}

/// By its mark alone: whoever consumes the files leaves none. The mark is hidden from them.
#[test]
fn a_folder_of_eml_files_is_known_by_its_mark() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("consume");
    let target = Target::EmlDir(folder.clone());
    assert!(target.is_vacant().unwrap());
    assert_eq!(look(&target, Record::New), Presence::Missing);
    let id = mark(&target, Record::New, "ann@host");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(name::names_in(&folder).unwrap(), [".mailhaul-place"]);
    let text = fs::read_to_string(folder.join(marker::HIDDEN_NAME)).unwrap();
    assert!(text.contains("recognizes this folder"), "{text}");
    for record in [Record::New, Record::Unmarked, Record::Known(&id)] {
        assert_eq!(look(&target, record), Presence::There, "{record:?}");
    }
    assert!(target.lists("ann@host").unwrap() && !target.lists("bob@host").unwrap() && target.is_marked().unwrap());
    assert!(!target.is_vacant().unwrap());
    // Its disk is not mounted; another one is; and there is nothing at all.
    fs::rename(&folder, dir.path().join("away")).unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::Missing);
    fs::create_dir(&folder).unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::Missing);
    fs::write(folder.join("x.eml"), "").unwrap();
    assert_eq!(look(&target, Record::Known(&id)), Presence::Another);
    assert_ne!(mark(&target, Record::New, "ann@host"), id);
    assert_eq!(look(&target, Record::Known(&id)), Presence::Another);
    let error = target.mark(Record::Known(&id), Some("ann@host"), false).unwrap_err().to_string();
    assert!(error.contains("is not the folder into which"), "{error}");
}

#[test]
fn a_maildir_or_a_file_is_no_folder_of_eml_files() {
    let (_dir, target) = maildir();
    mark(&target, Record::New, "ann@host");
    let path = target.path().unwrap().to_owned();
    let error = Target::EmlDir(path.clone()).check_kind().unwrap_err().to_string();
    assert!(error.contains("is a Maildir"), "{error}");
    assert!(Target::EmlDir(path.join("mailhaul-place")).check_kind().is_err());
    Target::EmlDir(path.join("cur")).check_kind().unwrap();
    Target::EmlDir(path.join("missing")).check_kind().unwrap();
}
