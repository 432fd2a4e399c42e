use std::path::Path;

use super::*;

#[test]
fn the_ledger_knows_where_messages_went_and_what_is_missing() {
    let mut home = Home::new();
    home.ledger.record(&home.mailbox, &[], &[staged("a"), staged("b")]).unwrap();
    home.ledger.mark_seen(&home.mailbox, [key("c")].iter().map(Key::parts)).unwrap();
    let [mail] = home.ledger.destinations().unwrap().try_into().unwrap();
    assert_eq!((&mail.target, &mail.identity), (&maildir("/mail"), &None));
    assert_eq!(home.ledger.delivered_into(mail.id).unwrap(), 2);
    let places = ["a", "b", "c"].map(|uid| home.ledger.deliveries(&home.mailbox, &key(uid)).unwrap());
    assert_eq!(places, [vec![mail.id], vec![mail.id], vec![]]);
    let other = home.ledger.mailbox("bob@example.org").unwrap();
    assert!(home.ledger.uses(&home.mailbox, mail.id).unwrap() && !home.ledger.uses(&other, mail.id).unwrap());
    for missing in [true, true, false] {
        home.ledger.note_missing(&home.mailbox, mail.id, missing).unwrap();
        assert_eq!(home.ledger.is_missing(&home.mailbox, mail.id).unwrap(), missing);
        assert!(!home.ledger.is_missing(&other, mail.id).unwrap());
    }
}

#[test]
fn a_place_has_an_identity_of_its_own() {
    let mut home = Home::new();
    let (one, two) = (Identity::from_octets(b"one"), Identity::from_octets(b"two"));
    assert_eq!(home.ledger.place(&maildir("/mail")).unwrap(), None);
    let id = home.ledger.note_place(&home.mailbox, &maildir("/mail"), &one).unwrap();
    let mbox = home.ledger.note_place(&home.mailbox, &Target::Mbox("/mail".into()), &two).unwrap();
    assert_ne!(id, mbox);
    let home = home.again();
    let place = home.ledger.place(&maildir("/mail")).unwrap().unwrap();
    assert_eq!((place.id, place.identity), (id, Some(one)));
    assert!(!place.is_used && !home.ledger.uses(&home.mailbox, id).unwrap());
    assert!(!home.ledger.has_history(&home.mailbox).unwrap());
    let mut home = home;
    home.ledger.record(&home.mailbox, &[staged("a")], &[]).unwrap(); // into this one
    assert!(home.ledger.place(&maildir("/mail")).unwrap().unwrap().is_used);
    assert!(home.ledger.uses(&home.mailbox, id).unwrap() && home.ledger.has_history(&home.mailbox).unwrap());
    let unused = home.ledger.place(&Target::Mbox("/mail".into())).unwrap().unwrap();
    assert_eq!((unused.id, unused.is_used), (mbox, false));
    assert_eq!(home.ledger.note_place(&home.mailbox, &maildir("/mail"), &two).unwrap(), id);
    assert_eq!(home.ledger.place(&maildir("/mail")).unwrap().unwrap().identity, Some(two));
}

#[test]
fn a_place_that_was_moved_takes_its_messages_along() {
    let mut home = Home::new();
    home.ledger.record(&home.mailbox, &[staged("b")], &[staged("a")]).unwrap();
    let identity = Identity::from_octets(b"one");
    home.ledger.move_place(&maildir("/mail"), &maildir("/new"), Some(&identity)).unwrap();
    let mut home = home.again();
    let [place] = home.ledger.destinations().unwrap().try_into().unwrap();
    assert_eq!((&place.target, &place.identity), (&maildir("/new"), &Some(identity.clone())));
    assert_eq!(home.ledger.deliveries(&home.mailbox, &key("a")).unwrap(), [place.id]);
    assert_eq!(home.ledger.staged(&home.mailbox).unwrap(), [staged_at("b", "/new")]);
    // Onto one that is known, with a message that is in both.
    home.ledger.record(&home.mailbox, &[], &[staged_at("a", "/third"), staged_at("c", "/third")]).unwrap();
    home.ledger.move_place(&maildir("/third"), &maildir("/new"), Some(&identity)).unwrap();
    let [place] = home.ledger.destinations().unwrap().try_into().unwrap();
    for uid in ["a", "c"] {
        assert_eq!(home.ledger.deliveries(&home.mailbox, &key(uid)).unwrap(), [place.id], "{uid}");
    }
    assert!(home.ledger.uses(&home.mailbox, place.id).unwrap());
    // And onto itself: a new identity.
    home.ledger.move_place(&maildir("/new"), &maildir("/new"), Some(&Identity::from_octets(b"two"))).unwrap();
    let [place] = home.ledger.destinations().unwrap().try_into().unwrap();
    assert_eq!(place.identity, Some(Identity::from_octets(b"two")));
}

#[test]
fn a_spool_that_was_moved_with_its_mbox_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (old, new) = (dir.path().join("old"), dir.path().join("new"));
    std::fs::create_dir(&new).unwrap();
    let fallback = Path::new("/state/.spool");
    for (spool, is_moved) in [(old.join(".spool"), true), (old.join(".spool"), false), (fallback.into(), true)] {
        if is_moved {
            std::fs::write(new.join(".spool"), "x").unwrap()
        } else {
            std::fs::remove_file(new.join(".spool")).unwrap()
        }
        let mut home = Home::new();
        let mut row = staged_in_mbox("a", &spool);
        if let Placement::Mbox { file, .. } = &mut row.placement {
            *file = old.join("inbox");
        }
        home.ledger.record(&home.mailbox, &[row], &[]).unwrap();
        let [from, to] = [&old, &new].map(|folder| Target::Mbox(folder.join("inbox")));
        home.ledger.move_place(&from, &to, None).unwrap();
        let [row] = home.again().ledger.staged(&Home::new().mailbox).unwrap().try_into().unwrap();
        let Placement::Mbox { file, spool: found, .. } = row.placement else { panic!("no mbox") };
        let expected = if is_moved && spool != fallback { new.join(".spool") } else { spool };
        assert_eq!((file, found), (new.join("inbox"), expected));
    }
}

#[test]
fn what_was_delivered_into_one_place_alone_is_forgotten_with_it() {
    let mut home = Home::new();
    let rows = ["a", "b"].map(staged);
    home.ledger.record(&home.mailbox, &[staged("p")], &rows).unwrap();
    home.ledger.presume(&home.mailbox, &[staged("p")]).unwrap();
    home.ledger.record(&home.mailbox, &[], &[staged_at("b", "/other"), staged_at("c", "/other")]).unwrap();
    home.ledger.mark_seen(&home.mailbox, [key("s")].iter().map(Key::parts)).unwrap();
    home.ledger.note_place(&home.mailbox, &maildir("/mail"), &Identity::from_octets(b"one")).unwrap();
    let mut bob = open(home.dir.path());
    let of_bob = bob.mailbox("bob@example.org").unwrap();
    bob.record(&of_bob, &[], &[staged("x")]).unwrap();
    let mail = home.ledger.place(&maildir("/mail")).unwrap().unwrap();
    home.ledger.forget_delivered_into(&home.mailbox, mail.id).unwrap();
    let left: Vec<Key> = home.known().into_iter().map(|row| row.key).collect();
    assert_eq!(left, ["b", "c", "s"].map(key));
    assert!(home.ledger.staged(&home.mailbox).unwrap().is_empty());
    assert!(known(&bob, &of_bob).is_empty());
    assert!(!home.ledger.uses(&home.mailbox, mail.id).unwrap());
    assert_eq!(home.ledger.place(&maildir("/mail")).unwrap().unwrap().identity, None);
    let error = bob.record(&of_bob, &[], &[staged("y")]).unwrap_err();
    assert_eq!(error.kind(), Kind::TryLater, "its run has read what is not true any more");
    home.ledger.record(&home.mailbox, &[], &[staged("a")]).unwrap();
}

/// The name that it will have is made of the one that is recorded.
#[test]
fn a_message_for_a_folder_of_eml_files_is_recorded() {
    let mut home = Home::new();
    let staged_name = ".mailhaul-0101010101010101-0202020202020202-20261126T100000Z_abababababab_a-b.part";
    let placement = Placement::of_staged_eml("/consume".into(), staged_name.into()).unwrap();
    assert_eq!(placement.published_path().unwrap(), Path::new("/consume/20261126T100000Z_abababababab_a-b.eml"));
    let row = StagedRow { placement, ..staged("a") };
    home.ledger.record(&home.mailbox, std::slice::from_ref(&row), &[]).unwrap();
    assert_eq!(home.ledger.staged(&home.mailbox).unwrap(), std::slice::from_ref(&row));
    home.ledger.record(&home.mailbox, &[], &[row]).unwrap();
    assert!(home.ledger.staged(&home.mailbox).unwrap().is_empty());
    assert_eq!(home.ledger.destinations().unwrap()[0].target, Target::EmlDir("/consume".into()));
}
