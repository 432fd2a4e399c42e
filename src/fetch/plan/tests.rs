use super::*;

fn listing(uids: &[&str]) -> Listing {
    let mut listing = Listing::default();
    for (at, uid) in uids.iter().enumerate() {
        listing.push_line(format!("{} {uid}", at + 1).as_bytes()).unwrap();
    }
    listing.finish().unwrap();
    listing
}

fn sizes(octets: &[u64]) -> Sizes {
    let mut sizes = Sizes::default();
    for (at, octets) in octets.iter().enumerate() {
        sizes.push_line(format!("{} {octets}", at + 1).as_bytes()).unwrap();
    }
    sizes
}

fn row(uid: &str, settled: Settled) -> Known<'_> {
    Known {
        uid: uid.as_bytes(),
        occurrence: 0,
        settled,
        octets: Some(100),
        settled_for: Duration::from_hours(1),
        vanished_for: None,
        destination: None,
    }
}

fn vanished(uid: &str, days: u64) -> Known<'_> {
    let vanished_for = Some(Duration::from_hours(24 * days));
    Known { vanished_for, ..row(uid, Settled::Published) }
}

#[test]
fn what_was_delivered_into_a_missing_place_is_not_deleted() {
    let (trial, mail) = (DestinationId::for_tests(1), DestinationId::for_tests(2));
    let rows = [
        Known { destination: Some(trial), ..row("a", Settled::Published) },
        Known { destination: Some(trial), ..row("b", Settled::DeletePending) },
        Known { destination: Some(trial), ..row("c", Settled::Deleted) },
        Known { destination: Some(mail), ..row("d", Settled::Published) },
        row("e", Settled::Published),
    ];
    let plan = |policy: &Policy| plan(&["a", "b", "c", "d", "e"], &[100; 5], &rows, policy);
    let mut without_delete = plan(&Policy::default());
    assert_eq!((deleted(&without_delete), without_delete.spare(trial)), (vec![2, 3], 2));
    assert!(deleted(&without_delete).is_empty());
    let mut with_delete = plan(&Policy { delete: true, ..Policy::default() });
    assert_eq!(with_delete.places(), HashSet::from([trial, mail]));
    assert_eq!((with_delete.spare(trial), deleted(&with_delete)), (3, vec![4, 5]));
    assert!(plan(&Policy { delete: true, all: true, ..Policy::default() }).places().is_empty());
}

fn merge(listing: &Listing, rows: &[Known<'_>], policy: &Policy) -> Result<Plan> {
    let mut planner = Planner::new(listing, policy);
    rows.iter().for_each(|row| planner.known(row));
    planner.finish(listing.has_no_gap(), false)
}

fn plan(uids: &[&str], octets: &[u64], rows: &[Known<'_>], policy: &Policy) -> Plan {
    let mut plan = merge(&listing(uids), rows, policy).unwrap();
    plan.settle(&sizes(octets), policy);
    plan.limit(policy, &[], &Done::default());
    plan
}

fn fetched(plan: &Plan) -> Vec<u32> {
    plan.fetch.iter().map(|listed| listed.number.get()).collect()
}

fn deleted(plan: &Plan) -> Vec<u32> {
    plan.delete.iter().map(|published| published.number().get()).collect()
}

fn uids(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| std::str::from_utf8(&key.uid).unwrap()).collect()
}

const DELETE: fn() -> Policy = || Policy { delete: true, ..Policy::default() };

#[test]
fn fetches_what_has_no_row_in_the_order_of_numbers() {
    let rows = [row("b", Settled::Published), row("d", Settled::Seen)];
    let plan = plan(&["z", "d", "b", "a"], &[], &rows, &Policy::default());
    assert_eq!(fetched(&plan), [1, 4]);
    assert!(plan.delete.is_empty() && plan.changes.is_empty());
}

#[test]
fn a_second_copy_of_a_known_unique_id_is_new() {
    let plan = plan(&["a", "a", "a"], &[], &[row("a", Settled::Published)], &Policy::default());
    assert_eq!(fetched(&plan), [2, 3]);
    assert_eq!(plan.fetch[1].key.occurrence, 2);
}

#[test]
fn deletes_what_was_published_and_never_what_was_only_seen() {
    let rows = [row("a", Settled::Published), row("b", Settled::Seen)];
    assert_eq!(deleted(&plan(&["a", "b"], &[100, 100], &rows, &DELETE())), [1]);
    // Under its unique-id there may be another message by now.
    let other = plan(&["a", "b"], &[3000, 100], &rows, &DELETE());
    assert_eq!((fetched(&other), deleted(&other)), (vec![1], vec![]));
}

#[test]
fn deletes_again_what_is_listed_after_a_delete() {
    let rows = [row("a", Settled::Deleted), row("b", Settled::DeletePending)];
    let plan = plan(&["a", "b"], &[100, 100], &rows, &Policy::default());
    assert_eq!((fetched(&plan), deleted(&plan)), (vec![], vec![1, 2]));
}

#[test]
fn another_size_under_a_freed_unique_id_is_a_new_message() {
    let rows = [row("a", Settled::Deleted), vanished("b", 3), vanished("c", 3)];
    let plan = plan(&["a", "b", "c"], &[101, 99, 100], &rows, &DELETE());
    assert_eq!((fetched(&plan), deleted(&plan)), (vec![1, 2], vec![3]));
    assert_eq!(uids(&plan.changes.returned), ["c"]);
}

#[test]
fn notes_what_vanished_and_forgets_what_was_deleted_or_is_long_gone() {
    let rows = [row("a", Settled::Published), row("b", Settled::Deleted), vanished("c", 29), vanished("d", 31)];
    let plan = plan(&["x"], &[], &rows, &Policy::default());
    assert_eq!(uids(&plan.changes.vanished), ["a"]);
    assert_eq!(uids(&plan.changes.forgotten), ["b", "d"]);
}

#[test]
fn a_listing_with_a_gap_proves_no_absence() {
    let mut gap = Listing::default();
    gap.push_line(b"2 x").unwrap();
    gap.finish().unwrap();
    let rows = [row("a", Settled::Published), row("b", Settled::Deleted)];
    let plan = merge(&gap, &rows, &Policy::default()).unwrap();
    assert!(plan.changes.is_empty());
    assert_eq!(fetched(&plan), [2]);
}

#[test]
fn an_empty_listing_costs_nothing_later() {
    let rows = [row("a", Settled::Published), row("b", Settled::Published)];
    let empty = plan(&[], &[], &rows, &Policy::default());
    assert_eq!(uids(&empty.changes.vanished), ["a", "b"]);
    let back = plan(&["a", "b"], &[100, 100], &[vanished("a", 1), vanished("b", 1)], &Policy::default());
    assert!(back.fetch.is_empty());
}

#[test]
fn all_new_unique_ids_stop_at_the_guard() {
    let old: Vec<String> = (0..GUARDED).map(|n| format!("old{n}")).collect();
    let new: Vec<String> = (0..GUARDED).map(|n| format!("new{n}")).collect();
    let rows: Vec<Known<'_>> = old.iter().map(|uid| row(uid, Settled::Published)).collect();
    let uids: Vec<&str> = new.iter().map(String::as_str).collect();
    let error = merge(&listing(&uids), &rows, &Policy::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(error.next_step().unwrap().contains("state seen"));
    // One that is known, few, or the user's wish, and it is no reset.
    let mut one_known = uids.clone();
    one_known.push("old3");
    assert!(merge(&listing(&one_known), &rows, &Policy::default()).is_ok());
    assert!(merge(&listing(&uids[1..]), &rows, &Policy::default()).is_ok());
    assert!(merge(&listing(&uids), &rows, &Policy { all: true, ..Policy::default() }).is_ok());
    let deleted: Vec<Known<'_>> = old.iter().map(|uid| row(uid, Settled::Deleted)).collect();
    assert!(merge(&listing(&uids), &deleted, &Policy::default()).is_ok());
}

#[test]
fn keeps_to_the_limits_of_the_run() {
    let uids = ["a", "b", "c", "d"];
    let octets = [50, 60, 500, 10];
    let with = |policy: Policy| fetched(&plan(&uids, &octets, &[], &policy));
    assert_eq!(with(Policy { max_messages: Some(2), ..Policy::default() }), [1, 2]);
    assert_eq!(with(Policy { max_bytes: Some(110), ..Policy::default() }), [1, 2]);
    assert_eq!(with(Policy { max_bytes: Some(1), ..Policy::default() }), [1]);
    assert_eq!(with(Policy { max_size: Some(60), ..Policy::default() }), [1, 2, 4]);
}

#[test]
fn trouble_is_reported_once_given_up_or_put_last() {
    let key = |uid: &str| Key { uid: uid.into(), occurrence: 0 };
    let troubled = [
        Troubled { key: key("a"), trouble: Trouble::Interrupted, attempts: 9 },
        Troubled { key: key("b"), trouble: Trouble::Refused, attempts: 2 },
        Troubled { key: key("c"), trouble: Trouble::Refused, attempts: 3 },
        Troubled { key: key("d"), trouble: Trouble::TooLarge, attempts: 1 },
    ];
    let policy = Policy { max_size: Some(100), ..Policy::default() };
    let mut plan = merge(&listing(&["a", "b", "c", "d", "e", "f"]), &[], &policy).unwrap();
    plan.settle(&sizes(&[1, 1, 1, 500, 500, 1]), &policy);
    plan.limit(&policy, &troubled, &Done::default());
    assert_eq!(fetched(&plan), [2, 6]);
    assert!(plan.postponed);
    assert_eq!(plan.skipped, 3);
    assert!(plan.changes.trouble_gone.is_empty());
    let reported: Vec<u32> = plan.too_large.iter().map(|listed| listed.number.get()).collect();
    assert_eq!(reported, [5]);
}

#[test]
fn all_fetches_everything_again() {
    let rows = [row("a", Settled::Published), row("b", Settled::Deleted), row("c", Settled::Seen)];
    let policy = Policy { all: true, delete: true, ..Policy::default() };
    let plan = plan(&["a", "b", "c"], &[], &rows, &policy);
    assert_eq!((fetched(&plan), deleted(&plan)), (vec![1, 2, 3], vec![]));
}

#[test]
fn trouble_is_forgotten_with_its_message() {
    let key = |uid: &str| Key { uid: uid.into(), occurrence: 0 };
    let troubled = ["a", "gone"].map(|uid| Troubled { key: key(uid), trouble: Trouble::Refused, attempts: 3 });
    let policy = Policy::default();
    let mut plan = merge(&listing(&["a", "b"]), &[], &policy).unwrap();
    plan.limit(&policy, &troubled, &Done::default());
    assert_eq!(uids(&plan.changes.trouble_gone), ["gone"]);
}

#[test]
fn a_confirmed_deletion_of_unknown_size_is_fetched_rather_than_deleted() {
    let rows = [row("a", Settled::Deleted), row("b", Settled::DeletePending)];
    let plan = plan(&["a", "b"], &[], &rows, &Policy::default());
    assert_eq!((fetched(&plan), deleted(&plan)), (vec![1], vec![2]));
}

#[test]
fn a_deletion_in_doubt_survives_an_empty_listing() {
    let empty = plan(&[], &[], &[row("a", Settled::DeletePending)], &Policy::default());
    assert_eq!(uids(&empty.changes.vanished), ["a"]);
    let vanished = Known { vanished_for: Some(Duration::from_hours(1)), ..row("a", Settled::DeletePending) };
    let back = plan(&["a"], &[100], &[vanished], &Policy::default());
    assert_eq!((fetched(&back), deleted(&back)), (vec![], vec![1]));
}

#[test]
fn a_maildrop_that_was_empty_for_a_moment_is_guarded_too() {
    let old: Vec<String> = (0..40).map(|n| format!("old{n}")).collect();
    let gone: Vec<Known<'_>> = old.iter().map(|uid| vanished(uid, 0)).collect();
    let new: Vec<String> = (0..40).map(|n| format!("new{n}")).collect();
    let uids: Vec<&str> = new.iter().map(String::as_str).collect();
    assert!(merge(&listing(&uids), &gone, &Policy::default()).is_err());
    // Emptied by hand, and some new ones.
    assert!(merge(&listing(&uids[..12]), &gone, &Policy::default()).is_ok());
}

#[test]
fn limits_hold_for_the_run_and_not_for_a_session() {
    let policy = Policy { max_messages: Some(3), ..Policy::default() };
    let mut plan = merge(&listing(&["a", "b", "c"]), &[], &policy).unwrap();
    plan.limit(&policy, &[], &Done { messages: 2, ..Done::default() });
    assert_eq!(fetched(&plan), [1]);
}

#[test]
fn what_broke_a_session_is_fetched_when_there_is_nothing_else() {
    let key = Key { uid: b"a".to_vec(), occurrence: 0 };
    let troubled = [Troubled { key, trouble: Trouble::Interrupted, attempts: 1 }];
    let policy = Policy::default();
    let mut plan = merge(&listing(&["a"]), &[], &policy).unwrap();
    plan.limit(&policy, &troubled, &Done::default());
    assert_eq!((fetched(&plan), plan.postponed), (vec![1], false));
}

#[test]
fn deletes_what_has_been_safe_for_long_enough() {
    let policy = Policy { delete_after: Some(Duration::from_hours(48)), ..Policy::default() };
    let old = |uid| Known { settled_for: Duration::from_hours(48), ..row(uid, Settled::Published) };
    let marked = Known { settled_for: Duration::from_hours(480), ..row("e", Settled::Seen) };
    let rows = [old("a"), row("b", Settled::Published), old("c"), row("d", Settled::DeletePending), marked];
    let plan = plan(&["a", "b", "c", "d", "e", "new"], &[100, 100, 333, 100, 100, 100], &rows, &policy);
    assert_eq!(deleted(&plan), [1, 4]);
    // Another size under the old unique-id is another message.
    assert_eq!(fetched(&plan), [3, 6]);
}
