use std::path::Path;

use super::*;

#[test]
fn what_is_on_its_way_is_remembered_until_it_is_published() {
    let mut home = Home::new();
    let rows = [staged("a b\u{ff}"), staged_in_mbox("c", Path::new("/mail/.spool"))];
    home.ledger.record(&home.mailbox, &rows, &[]).unwrap();
    let mut home = home.again();
    assert_eq!(home.ledger.staged(&home.mailbox).unwrap(), rows);
    assert!(home.known().is_empty());
    home.ledger.record(&home.mailbox, &[], &rows).unwrap();
    assert!(home.ledger.staged(&home.mailbox).unwrap().is_empty());
    let row = home.row("c").unwrap();
    assert_eq!((row.settled, row.octets, row.received), (Settled::Published, Some(12), Some(14)));
    assert_eq!((row.fingerprint, row.is_asked, row.deletes), (Some(print("c")), true, 0));
    assert_eq!(home.ledger.deliveries(&home.mailbox, &key("c")).unwrap().len(), 1);
}

#[test]
fn messages_come_in_the_order_of_octets() {
    let mut home = Home::new();
    let mut rows = ["b", "", "a", "ab"].map(staged);
    rows[1].key.uid = b"\xff".to_vec();
    home.ledger.record(&home.mailbox, &[], &rows).unwrap();
    let uids: Vec<Vec<u8>> = home.known().into_iter().map(|row| row.key.uid).collect();
    assert_eq!(uids, [&b"a"[..], b"ab", b"b", b"\xff"]);
}

#[test]
fn a_failed_rename_is_remembered_until_the_message_is_staged_anew() {
    let mut home = Home::new();
    let rows = [staged("a"), staged("b")];
    home.ledger.record(&home.mailbox, &rows, &[]).unwrap();
    home.ledger.note_failed(&home.mailbox, &rows[..1]).unwrap();
    let failed =
        |home: &Home| home.ledger.staged(&home.mailbox).unwrap().iter().map(|row| row.failed).collect::<Vec<_>>();
    assert_eq!(failed(&home), [true, false]);
    home.ledger.record(&home.mailbox, &rows, &[]).unwrap();
    assert_eq!(failed(&home), [false, false]);
    home.ledger.forget_staged(&home.mailbox, &rows).unwrap();
    assert!(home.ledger.staged(&home.mailbox).unwrap().is_empty() && home.known().is_empty());
}

#[test]
fn what_is_presumed_waits_for_its_place_or_for_the_user() {
    for end in ["settled", "confirmed", "retried", "staged again, then forgotten", "delivered elsewhere"] {
        let mut home = Home::new();
        let rows = [staged("a"), staged("b")];
        home.ledger.record(&home.mailbox, &rows, &[]).unwrap();
        home.ledger.presume(&home.mailbox, &rows[..1]).unwrap();
        let mut home = home.again();
        let kept: Vec<bool> = home.ledger.staged(&home.mailbox).unwrap().iter().map(|row| row.presumed).collect();
        assert_eq!(kept, [true, false], "{end}");
        assert_eq!(home.row("a").unwrap().settled, Settled::Presumed);
        assert_eq!(home.row("a").unwrap().fingerprint, Some(print("a")));
        let presumed = home.ledger.presumed(&home.mailbox).unwrap();
        assert_eq!(presumed, [Presumed { key: key("a"), target: Some(maildir("/mail")) }]);
        let settled = match end {
            "settled" => {
                home.ledger.record(&home.mailbox, &[], &rows[..1]).unwrap();
                Some(Settled::Published)
            }
            "confirmed" => {
                assert_eq!(home.ledger.confirm_presumed(&home.mailbox).unwrap(), 1);
                assert_eq!(home.ledger.deliveries(&home.mailbox, &key("a")).unwrap().len(), 1);
                Some(Settled::Published)
            }
            "retried" => {
                assert_eq!(home.ledger.retry_presumed(&home.mailbox).unwrap(), 1);
                None
            }
            "delivered elsewhere" => {
                let row = [staged_at("a", "/other")];
                home.ledger.record_over(&home.mailbox, &row, &[], &[key("a")], &[]).unwrap();
                home.ledger.record(&home.mailbox, &[], &row).unwrap();
                Some(Settled::Published)
            }
            _ => {
                home.ledger.record(&home.mailbox, &rows[..1], &[]).unwrap();
                home.ledger.forget_staged(&home.mailbox, &rows[..1]).unwrap();
                None
            }
        };
        assert_eq!(home.row("a").map(|row| row.settled), settled, "{end}");
        assert!(home.ledger.presumed(&home.mailbox).unwrap().is_empty(), "{end}");
        let left: Vec<Key> = home.ledger.staged(&home.mailbox).unwrap().into_iter().map(|row| row.key).collect();
        assert_eq!(left, [key("b")], "{end}");
    }
}

/// A message is complete when the last of its destinations has it, and is fetched again for one that has lost it.
#[test]
fn a_message_waits_for_the_last_of_its_destinations() {
    let mut home = Home::new();
    let (one, other) = (staged_at("a", "/one"), staged_at("a", "/other"));
    home.ledger.record(&home.mailbox, &[one.clone(), other.clone()], &[]).unwrap();
    home.ledger.record(&home.mailbox, &[], std::slice::from_ref(&one)).unwrap();
    assert_eq!(home.row("a").unwrap().settled, Settled::Waiting);
    home.ledger.forget_staged(&home.mailbox, std::slice::from_ref(&other)).unwrap();
    let left = home.ledger.staged(&home.mailbox).unwrap();
    assert_eq!(left[0].placement, Placement::Owed(maildir("/other")));
    home.ledger.record(&home.mailbox, std::slice::from_ref(&other), &[]).unwrap();
    home.ledger.presume(&home.mailbox, std::slice::from_ref(&other)).unwrap();
    assert_eq!(home.row("a").unwrap().settled, Settled::Presumed);
    assert_eq!(home.ledger.retry_presumed(&home.mailbox).unwrap(), 1);
    assert_eq!(home.row("a").unwrap().settled, Settled::Waiting);
    home.ledger.record(&home.mailbox, &[], std::slice::from_ref(&other)).unwrap();
    assert_eq!(home.row("a").unwrap().settled, Settled::Published);
    assert_eq!(home.ledger.deliveries(&home.mailbox, &key("a")).unwrap().len(), 2);
    assert!(home.ledger.staged(&home.mailbox).unwrap().is_empty());
}

#[test]
fn a_deletion_without_effect_is_counted() {
    let mut home = Home::new();
    let keys = ["a", "b", "c"].map(key);
    home.ledger.record(&home.mailbox, &[], &["a", "b", "c"].map(staged)).unwrap();
    home.ledger.set(&home.mailbox, keys[..2].iter(), Settled::DeletePending).unwrap();
    home.ledger.set(&home.mailbox, keys[..1].iter(), Settled::Deleted).unwrap();
    let states = |home: &Home| home.known().iter().map(|row| (row.settled, row.deletes)).collect::<Vec<_>>();
    let (pending, deleted) = (Settled::DeletePending, Settled::Deleted);
    assert_eq!(states(&home), [(deleted, 1), (pending, 0), (Settled::Published, 0)]);
    let vanished = ListingChanges { vanished: keys.to_vec(), ..ListingChanges::default() };
    home.ledger.note_listing(&home.mailbox, &vanished).unwrap();
    let found = [(keys[0].clone(), Some(99)), (keys[1].clone(), None), (keys[2].clone(), None)];
    home.ledger.still_there(&home.mailbox, &found).unwrap();
    assert_eq!(states(&home), [(Settled::Published, 1), (Settled::Published, 0), (Settled::Published, 0)]);
    let rows = home.known();
    assert_eq!(
        rows.iter().map(|row| (row.octets, row.is_vanished)).collect::<Vec<_>>(),
        [(Some(99), false), (Some(12), false), (Some(12), false)]
    );
    home.ledger.set(&home.mailbox, keys[..1].iter(), Settled::Deleted).unwrap();
    assert_eq!(home.row("a").unwrap().deletes, 2);
    home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
    assert_eq!((home.row("a").unwrap().settled, home.row("a").unwrap().deletes), (Settled::Published, 0));
}

fn wanted(of: &str, key_now: &str, received: Option<u64>) -> Wanted {
    Wanted { key: key(key_now), octets: Some(50), received, fingerprint: print(of) }
}

#[test]
fn a_vanished_message_is_found_by_its_fingerprint_once() {
    let mut home = Home::new();
    home.ledger.record(&home.mailbox, &[], &["a", "b", "c", "d"].map(staged)).unwrap();
    let look =
        |home: &mut Home, of: &str, now: &str| home.ledger.rebind(&home.mailbox, &[wanted(of, now, None)]).unwrap()[0];
    let find = |home: &mut Home, of: &str| look(home, of, &format!("{of}2"));
    assert_eq!(find(&mut home, "a"), None, "it is there");
    let all = ListingChanges { vanished: ["a", "b", "c"].map(key).to_vec(), ..ListingChanges::default() };
    home.ledger.set(&home.mailbox, [key("b")].iter(), Settled::DeletePending).unwrap();
    home.ledger.set(&home.mailbox, [key("c")].iter(), Settled::Deleted).unwrap();
    home.ledger.note_listing(&home.mailbox, &all).unwrap();
    let other = home.ledger.mailbox("bob@example.org").unwrap();
    assert_eq!(home.ledger.rebind(&other, &[wanted("a", "a", None)]).unwrap(), [None]);
    let found = ["a", "b", "c", "d", "e"].map(|uid| find(&mut home, uid));
    let rebound = |settled| Some(Rebound { settled });
    assert_eq!(found[..2], [Settled::Published, Settled::DeletePending].map(rebound));
    assert_eq!(found[2..], [None, None, None], "what was deleted, is there, or was never there");
    assert_eq!(["a", "b"].map(|uid| find(&mut home, uid)), [None; 2], "each is one message");
    let is_back = |uid: &str| home.row(uid).is_some_and(|row| row.settled == Settled::Published && !row.is_vanished);
    assert!(is_back("a2") && is_back("b2") && !is_back("c"));
    // Under its old unique-id it is what we deleted.
    assert_eq!(look(&mut home, "c", "c"), rebound(Settled::Deleted));
}

#[test]
fn a_renumbered_message_takes_all_that_is_known_of_it_along() {
    let mut home = Home::new();
    home.ledger.record(&home.mailbox, &[staged("b")], &[staged("a")]).unwrap();
    home.ledger.presume(&home.mailbox, &[staged("b")]).unwrap();
    let gone = ListingChanges { vanished: vec![key("a"), key("b")], ..ListingChanges::default() };
    home.ledger.note_listing(&home.mailbox, &gone).unwrap();
    let found = home.ledger.rebind(&home.mailbox, &[wanted("a", "1", None), wanted("b", "2", Some(60))]).unwrap();
    assert!(found.iter().all(Option::is_some));
    let rows = home.known();
    assert_eq!(rows.iter().map(|row| &row.key).collect::<Vec<_>>(), [&key("1"), &key("2")]);
    assert_eq!((rows[0].octets, rows[0].received, rows[0].is_vanished), (Some(50), Some(14), false));
    assert_eq!((rows[1].received, rows[1].settled), (Some(60), Settled::Presumed));
    assert_eq!(home.ledger.deliveries(&home.mailbox, &key("1")).unwrap().len(), 1);
    assert!(home.ledger.deliveries(&home.mailbox, &key("a")).unwrap().is_empty());
    assert_eq!(
        home.ledger.presumed(&home.mailbox).unwrap()[0],
        Presumed { key: key("2"), target: Some(maildir("/mail")) }
    );
}

/// As where unique-ids are numbers and the first message went: each moves onto its neighbour's.
#[test]
fn messages_change_places() {
    let mut home = Home::new();
    home.ledger.record(&home.mailbox, &[], &["1", "2", "3"].map(staged)).unwrap();
    home.ledger.displace(&home.mailbox, &["1", "2", "3"].map(key)).unwrap();
    let moves = [wanted("2", "1", None), wanted("3", "2", None), wanted("1", "3", None)];
    assert!(home.ledger.rebind(&home.mailbox, &moves).unwrap().iter().all(Option::is_some));
    let rows: Vec<_> = home.known().into_iter().map(|row| (row.key, row.fingerprint, row.is_vanished)).collect();
    assert_eq!(
        rows,
        [(key("1"), Some(print("2")), false), (key("2"), Some(print("3")), false), (key("3"), Some(print("1")), false)]
    );
}

#[test]
fn what_loses_its_unique_id_is_kept_as_vanished() {
    let mut home = Home::new();
    let displaced = |occurrence| Key { uid: b"a".to_vec(), occurrence };
    for expected in [1_000_000, 1_000_001] {
        home.ledger.record(&home.mailbox, &[], &[staged("a"), staged("d")]).unwrap();
        home.ledger.displace(&home.mailbox, &[key("a"), key("nobody")]).unwrap();
        let row = home.known().into_iter().find(|row| row.key == displaced(expected)).unwrap();
        assert!(row.is_vanished && row.fingerprint == Some(print("a")));
        assert_eq!(home.ledger.deliveries(&home.mailbox, &row.key).unwrap().len(), 1);
        assert_eq!(home.row("a"), None);
    }
    // A gap is filled.
    let forgotten = ListingChanges { forgotten: vec![displaced(1_000_000)], ..ListingChanges::default() };
    home.ledger.note_listing(&home.mailbox, &forgotten).unwrap();
    home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
    home.ledger.displace(&home.mailbox, &[key("a")]).unwrap();
    let occurrences: Vec<u32> = home.known().iter().map(|row| row.key.occurrence).collect();
    assert_eq!(occurrences, [1_000_000, 1_000_001, 0]);
    // So is what we deleted: where unique-ids are numbers, or copies change places, it may be listed under another one.
    home.ledger.set(&home.mailbox, [key("d")].iter(), Settled::Deleted).unwrap();
    home.ledger.displace(&home.mailbox, &[key("d")]).unwrap();
    let found = home.ledger.rebind(&home.mailbox, &[wanted("d", "e", None)]).unwrap();
    assert_eq!(found, [Some(Rebound { settled: Settled::Deleted })]);
    assert_eq!(home.row("e").unwrap().settled, Settled::Published);
}

#[test]
fn fingerprints_are_noted_later() {
    let mut home = Home::new();
    home.ledger.mark_seen(&home.mailbox, ["a", "b", "c"].map(key).iter().map(Key::parts)).unwrap();
    home.ledger.note_fingerprints(&home.mailbox, &[(key("a"), Some(print("x"))), (key("b"), None)]).unwrap();
    let found: Vec<_> = home.known().iter().map(|row| (row.fingerprint, row.is_asked)).collect();
    assert_eq!(found, [(Some(print("x")), true), (None, true), (None, false)]);
}

#[test]
fn what_was_imported_is_what_was_exported() {
    let home = Home::new();
    let mut other = Home::new();
    let mut ledger = home.ledger;
    let now = ledger.clock.now();
    let imported = Imported {
        key: key("a"),
        settled: Settled::Deleted,
        octets: Some(5),
        received: Some(6),
        fingerprint: Some(print("a")),
        is_asked: true,
        settled_at: Some(clock::system_time(now - 5000)),
        vanished_at: Some(clock::system_time(now + 5000)),
        deletes: 3,
        form: UidForm::Whole,
        deliveries: Vec::new(),
    };
    let old =
        Imported { key: key("b"), settled_at: Some(SystemTime::UNIX_EPOCH), fingerprint: None, ..imported.clone() };
    assert_eq!(ledger.import(&home.mailbox, &[imported.clone(), old, imported.clone()]).unwrap(), 2);
    let mut ages = Vec::new();
    ledger.each_known(&home.mailbox, |known| ages.push((known.settled_for.as_secs(), known.vanished_for))).unwrap();
    assert!((5000..5060).contains(&ages[0].0) && ages[1].0 < 60, "{ages:?}");
    assert!(ages[0].1.unwrap() < Duration::from_secs(60), "a time to come is now");
    let rows = known(&ledger, &home.mailbox);
    assert_eq!((rows[0].settled, rows[0].deletes, rows[0].received), (Settled::Deleted, 3, Some(6)));
    assert_eq!((rows[1].fingerprint, rows[1].is_asked), (None, true));
    // What is known already stays.
    other.ledger.record(&other.mailbox, &[], &[staged("a")]).unwrap();
    assert_eq!(other.ledger.import(&other.mailbox, &[imported]).unwrap(), 0);
    assert_eq!(other.row("a").unwrap().settled, Settled::Published);
}

#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let mut home = Home::new();
    assert!(!home.ledger.has_history(&home.mailbox).unwrap());
    home.ledger.record(&home.mailbox, &[staged("c")], &[staged("a"), staged("b")]).unwrap();
    home.ledger.presume(&home.mailbox, &[staged("c")]).unwrap();
    home.ledger.note_troubles(&home.mailbox, &[refused_for(&key("a"))]).unwrap();
    assert_eq!(home.ledger.forget(&home.mailbox, [&b"a"[..], b"nobody"].into_iter()).unwrap(), 1);
    assert!(home.ledger.troubled(&home.mailbox).unwrap().is_empty());
    assert_eq!(home.ledger.forget_all(&home.mailbox).unwrap(), 2);
    assert!(home.known().is_empty() && home.ledger.staged(&home.mailbox).unwrap().is_empty());
    let left: i64 = home.ledger.db.query_row("SELECT count(*) FROM delivery", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    assert!(home.ledger.has_history(&home.mailbox).unwrap(), "it has delivered");
}

#[test]
fn trouble_keeps_what_is_known_of_the_size() {
    let mut home = Home::new();
    let key = key("a");
    let mut note = |trouble, bound| {
        let failure = NewTrouble { key: &key, trouble, text: "why", bound };
        home.ledger.note_troubles(&home.mailbox, &[failure]).unwrap().remove(0)
    };
    assert!(note(Trouble::TooLarge, Some(1000)).first);
    assert!(!note(Trouble::TooLarge, Some(500)).first);
    assert!(note(Trouble::Refused, None).first);
    let [troubled] = home.ledger.troubled(&home.mailbox).unwrap().try_into().unwrap();
    assert_eq!((troubled.bound, troubled.trouble, troubled.text.as_str()), (Some(1000), Trouble::Refused, "why"));
    assert!(troubled.is_due && !troubled.is_given_up);
    home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
    assert!(home.ledger.troubled(&home.mailbox).unwrap().is_empty());
}
