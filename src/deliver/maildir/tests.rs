use std::fs;

use super::*;

fn open(dir: &Path) -> Maildir {
    Maildir::open(dir, &Setting::for_tests([1; 8])).unwrap()
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
        Placement::Mbox { .. } => panic!("no Maildir"),
    }
}

/// The rows of the recovery table: in `tmp/`, gone from it lately, gone from it long ago.
#[test]
fn tells_what_became_of_recorded_messages() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(&dir.path().join("Mail"));
    let staged = ["one", "two", "three", "four"].map(|text| stage(&maildir, text));
    maildir.make_durable(&staged).unwrap();
    let placements = maildir.place(&staged).unwrap();
    maildir.publish(&placements[1..3]).unwrap();
    let path = |folder: &str, name: &str| dir.path().join("Mail").join(folder).join(name);
    let read = name_of(&placements[2]);
    fs::rename(path("new", read), path("cur", &format!("{read}:2,S"))).unwrap();
    fs::remove_file(path("tmp", name_of(&placements[3]))).unwrap();
    let lately = maildir.inspect(&placements, Duration::from_hours(35)).unwrap();
    assert_eq!(lately, [Found::Staged, Found::Published, Found::Published, Found::Published]);
    let long_ago = maildir.inspect(&placements, Duration::from_hours(37)).unwrap();
    assert_eq!(long_ago, [Found::Staged, Found::Published, Found::Published, Found::Lost]);
}

#[test]
fn sweeps_its_own_files_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    stage(&maildir, "left over");
    let other = Maildir::open(dir.path(), &Setting::for_tests([2; 8])).unwrap();
    let others = stage(&other, "of another account");
    fs::write(dir.path().join("tmp/1700000000.M1P1.host"), "of another program").unwrap();
    maildir.sweep().unwrap();
    let left = names_in(&dir.path().join("tmp")).unwrap();
    assert_eq!(left.len(), 2);
    assert!(left.contains(&others.file.to_string_lossy().into_owned()));
}

#[test]
fn is_made_private_and_whole_or_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let new = dir.path().join("a/b");
    let mut maildir = open(&new);
    let staged = [stage(&maildir, "x\r\n")];
    let placements = maildir.place(&staged).unwrap();
    maildir.publish(&placements).unwrap();
    for part in ["", "cur", "new", "tmp"] {
        assert_eq!(mode(&new.join(part)), 0o700, "{part}");
    }
    assert_eq!(mode(&new.join("new").join(name_of(&placements[0]))), 0o600);
    // One that was being made when something stopped that.
    fs::create_dir_all(dir.path().join("half/cur")).unwrap();
    open(&dir.path().join("half"));
    // Something else.
    fs::create_dir(dir.path().join("docs")).unwrap();
    fs::write(dir.path().join("docs/letter"), "").unwrap();
    let refused = |path: &Path| Maildir::open(path, &Setting::for_tests([1; 8])).err().unwrap();
    assert!(refused(&dir.path().join("docs")).to_string().contains("is no Maildir"));
    assert_eq!(refused(&dir.path().join("docs/letter")).kind(), Kind::CannotCreate);
    fs::create_dir_all(dir.path().join("linked/cur")).unwrap();
    std::os::unix::fs::symlink("/tmp", dir.path().join("linked/tmp")).unwrap();
    assert_eq!(refused(&dir.path().join("linked")).kind(), Kind::CannotCreate);
}

#[test]
fn an_abandoned_message_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let maildir = open(dir.path());
    let mut stager = maildir.stager().unwrap();
    stager.begin().unwrap();
    stager.write(&vec![b'x'; 300_000]).unwrap();
    drop(stager);
    assert!(names_in(&dir.path().join("tmp")).unwrap().is_empty());
}

#[test]
fn a_staged_file_that_is_gone_before_publication_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut maildir = open(dir.path());
    let staged = ["one", "two", "three"].map(|text| stage(&maildir, text));
    maildir.make_durable(&staged).unwrap();
    let placements = maildir.place(&staged).unwrap();
    fs::remove_file(dir.path().join("tmp").join(name_of(&placements[1]))).unwrap();
    assert_eq!(maildir.publish(&placements).unwrap(), [1]);
    assert_eq!(names_in(&dir.path().join("new")).unwrap().len(), 2);
}
