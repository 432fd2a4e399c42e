//! What recovery finds, and what it makes of it.

use super::*;

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
        assert_eq!(mbox.publish(&again, &[], &mut |_| Ok(())).unwrap(), DONE);
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
