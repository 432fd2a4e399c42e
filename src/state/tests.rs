use super::*;
use crate::deliver::Placement;

fn ledger() -> (tempfile::TempDir, Ledger, Mailbox) {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let mailbox = ledger.mailbox("ann@example.org").unwrap();
    (dir, ledger, mailbox)
}

fn row(uid: &[u8], placement: Placement) -> StagedRow {
    StagedRow { key: Key { uid: uid.to_vec(), occurrence: 0 }, octets: Some(12), placement, age: Duration::ZERO }
}

fn in_maildir(uid: &[u8]) -> StagedRow {
    row(uid, Placement::Maildir { dir: "/mail".into(), name: "1.M1".into() })
}

fn known(ledger: &Ledger, mailbox: &Mailbox) -> Vec<(Vec<u8>, u32, Settled)> {
    let mut rows = Vec::new();
    ledger.each_known(mailbox, |known| rows.push((known.uid.to_vec(), known.occurrence, known.settled))).unwrap();
    rows
}

#[test]
fn remembers_what_is_on_its_way_until_it_is_published() {
    let (dir, mut ledger, mailbox) = ledger();
    let mbox = Placement::Mbox {
        file: "/mail/inbox".into(),
        spool: "/mail/.spool".into(),
        spool_offset: 7,
        offset: 5_000_000_000,
        length: 3,
        hash: [9; 32],
    };
    let rows = [in_maildir(b"a b\xff"), row(b"c", mbox)];
    ledger.record(&mailbox, &rows, &[]).unwrap();
    drop(ledger);
    let mut ledger = Ledger::open(dir.path()).unwrap();
    let found = ledger.staged(&mailbox).unwrap();
    assert_eq!(
        found.iter().map(|row| (&row.key, &row.placement)).collect::<Vec<_>>(),
        rows.iter().map(|row| (&row.key, &row.placement)).collect::<Vec<_>>()
    );
    assert!(known(&ledger, &mailbox).is_empty());
    ledger.record(&mailbox, &[], &rows).unwrap();
    assert!(ledger.staged(&mailbox).unwrap().is_empty());
    assert_eq!(known(&ledger, &mailbox).len(), 2);
}

#[test]
fn gives_messages_in_the_order_of_octets() {
    let (_dir, mut ledger, mailbox) = ledger();
    let rows: Vec<StagedRow> = [&b"b"[..], b"\xff", b"a", b"ab"].into_iter().map(in_maildir).collect();
    ledger.record(&mailbox, &[], &rows).unwrap();
    let uids: Vec<Vec<u8>> = known(&ledger, &mailbox).into_iter().map(|(uid, ..)| uid).collect();
    assert_eq!(uids, [&b"a"[..], b"ab", b"b", b"\xff"]);
}

#[test]
fn knows_where_messages_went_and_what_is_missing() {
    let (_dir, mut ledger, mailbox) = ledger();
    ledger.record(&mailbox, &[], &[in_maildir(b"a"), in_maildir(b"b")]).unwrap();
    ledger.mark_seen(&mailbox, [Key { uid: b"c".to_vec(), occurrence: 0 }].iter()).unwrap();
    let [mail] = ledger.destinations().unwrap().try_into().unwrap();
    assert_eq!(mail.target, crate::deliver::Target::Maildir("/mail".into()));
    assert_eq!(ledger.delivered_into(mail.id).unwrap(), 2);
    let mut places = Vec::new();
    ledger.each_known(&mailbox, |known| places.push(known.destination)).unwrap();
    assert_eq!(places, [Some(mail.id), Some(mail.id), None]);
    let other = ledger.mailbox("bob@example.org").unwrap();
    for missing in [true, true, false] {
        ledger.note_missing(&mailbox, mail.id, missing).unwrap();
        assert_eq!(ledger.is_missing(&mailbox, mail.id).unwrap(), missing);
        assert!(!ledger.is_missing(&other, mail.id).unwrap());
    }
}

#[test]
fn gives_up_a_refused_message_after_three_runs_until_retry() {
    let (_dir, mut ledger, mailbox) = ledger();
    let key = Key { uid: b"bad".to_vec(), occurrence: 0 };
    for attempt in 1..=GIVE_UP_AFTER {
        assert_eq!(ledger.note_trouble(&mailbox, &key, Trouble::Refused, "-ERR").unwrap(), attempt);
        assert_eq!(ledger.troubled(&mailbox).unwrap()[0].is_given_up(), attempt == GIVE_UP_AFTER);
    }
    assert_eq!(ledger.retry_troubled(&mailbox).unwrap(), 1);
    assert!(ledger.troubled(&mailbox).unwrap().is_empty());
}

#[test]
fn a_second_lock_names_the_first_ones_process() {
    let dir = tempfile::tempdir().unwrap();
    let held = MailboxLock::acquire(dir.path(), "ann@example.org").unwrap();
    let error = MailboxLock::acquire(dir.path(), "ann@example.org").unwrap_err();
    assert_eq!(error.kind(), Kind::TryLater);
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    MailboxLock::acquire(dir.path(), "bob@example.org").unwrap();
    drop(held);
    MailboxLock::acquire(dir.path(), "ann@example.org").unwrap();
}

#[test]
fn refuses_a_file_that_is_no_ledger() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), "this is no database, but a text of some length").unwrap();
    let error = Ledger::open(dir.path()).unwrap_err();
    assert!(error.to_string().contains(FILE), "{error}");
    let other = tempfile::tempdir().unwrap();
    Connection::open(other.path().join(FILE)).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(Ledger::open(other.path()).unwrap_err().to_string().contains("another program"));
    let newer = tempfile::tempdir().unwrap();
    drop(Ledger::open(newer.path()).unwrap());
    Connection::open(newer.path().join(FILE)).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(Ledger::open(newer.path()).unwrap_err().to_string().contains("version 99"));
}

#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    let mut ledger = Ledger::open(&folder).unwrap();
    ledger.mailbox("ann@example.org").unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
