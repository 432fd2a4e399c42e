use super::*;
use crate::config::Limits;
use crate::error::Kind;
use crate::fingerprint::{Fingerprint, Taker};
use crate::state::Trouble;

mod forecast;
mod parts;

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

/// Of a message with this Message-ID.
fn print(id: &str) -> Fingerprint {
    let mut taker = Taker::default();
    taker.push(format!("Message-ID: {id}\r\n\r\n").as_bytes());
    taker.finish()
}

/// Of a message without one.
fn whole() -> Fingerprint {
    let mut taker = Taker::default();
    taker.push(b"Subject: a note\r\n\r\n");
    taker.finish()
}

/// As a ledger has it today.
fn row(uid: &str, settled: Settled) -> Known<'_> {
    Known {
        uid: uid.as_bytes(),
        occurrence: 0,
        settled,
        octets: Some(100),
        received: Some(100),
        fingerprint: Some(print(uid)),
        is_asked: true,
        settled_for: Duration::from_hours(1),
        vanished_for: None,
        deletes: u32::from(settled == Settled::Deleted),
        form: Default::default(),
    }
}

/// As an older ledger has it.
fn old(uid: &str, settled: Settled) -> Known<'_> {
    Known { fingerprint: None, is_asked: false, ..row(uid, settled) }
}

/// As an older ledger has it, when TOP could not tell.
fn untold(uid: &str, settled: Settled) -> Known<'_> {
    Known { fingerprint: None, ..row(uid, settled) }
}

fn vanished(uid: &str, days: u64) -> Known<'_> {
    let vanished_for = Some(Duration::from_hours(24 * days));
    Known { vanished_for, ..row(uid, Settled::Published) }
}

fn merge_with(
    listing: &Listing,
    rows: &[Known<'_>],
    policy: &Policy,
    brought: &HashSet<Key>,
    circumstances: Circumstances,
) -> Result<Plan> {
    let mut planner = Planner::new(listing, policy, brought);
    rows.iter().for_each(|row| planner.known(row));
    planner.finish(listing.has_no_gap(), circumstances)
}

fn merge(listing: &Listing, rows: &[Known<'_>], policy: &Policy) -> Result<Plan> {
    merge_with(listing, rows, policy, &HashSet::new(), Circumstances::default())
}

fn plan_with(uids: &[&str], octets: &[u64], rows: &[Known<'_>], policy: &Policy, has_top: bool) -> Plan {
    let mut plan = merge(&listing(uids), rows, policy).unwrap();
    plan.settle(&sizes(octets), policy, has_top);
    plan.limit(policy, &[], &Earlier::default());
    plan
}

fn plan(uids: &[&str], octets: &[u64], rows: &[Known<'_>], policy: &Policy) -> Plan {
    plan_with(uids, octets, rows, policy, true)
}

fn numbers(listed: &[ListedMessage]) -> Vec<u32> {
    listed.iter().map(|listed| listed.number.get()).collect()
}

/// Asked for, those in brackets to be deleted.
fn asked(plan: &Plan) -> (Vec<u32>, Vec<u32>) {
    let (delete, keep): (Vec<ListedMessage>, Vec<ListedMessage>) =
        plan.ask.iter().cloned().partition(|listed| listed.delete);
    (numbers(&keep), numbers(&delete))
}

fn fetched(plan: &Plan) -> Vec<u32> {
    numbers(&plan.fetch)
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
    assert!(plan.delete.is_empty() && plan.ask.is_empty() && plan.changes.is_empty());
}

#[test]
fn what_is_to_be_deleted_is_asked_for_and_what_was_only_seen_is_not() {
    let rows = [row("a", Settled::Published), row("b", Settled::Seen), row("c", Settled::Presumed)];
    let asks = plan(&["a", "b", "c"], &[100; 3], &rows, &DELETE());
    assert_eq!((asked(&asks), fetched(&asks), deleted(&asks)), ((vec![], vec![1]), vec![], vec![]));
    // Its size says nothing.
    let other = plan(&["a", "b", "c"], &[3000, 100, 100], &rows, &DELETE());
    assert_eq!((asked(&other), fetched(&other)), ((vec![], vec![1]), vec![]));
    // Without TOP it is fetched and compared; so is what has no header to be known by.
    let fetches = plan_with(&["a", "b", "c"], &[100; 3], &rows, &DELETE(), false);
    assert_eq!((fetched(&fetches), fetches.fetch[0].row.as_ref().unwrap().print), (vec![1], Some(print("a"))));
    let note = [Known { fingerprint: Some(whole()), ..row("a", Settled::Published) }];
    assert_eq!(fetched(&plan(&["a"], &[100], &note, &DELETE())), [1]);
}

#[test]
fn a_unique_id_that_was_freed_is_asked_for_in_a_run_that_keeps_too() {
    let rows = [row("a", Settled::Deleted), row("b", Settled::DeletePending), vanished("c", 3)];
    let keeps = plan(&["a", "b", "c"], &[100, 100, 100], &rows, &Policy::default());
    assert_eq!((asked(&keeps), fetched(&keeps), deleted(&keeps)), ((vec![1, 2, 3], vec![]), vec![], vec![]));
    let deletes = plan(&["a", "b", "c"], &[100, 100, 100], &rows, &DELETE());
    assert_eq!(asked(&deletes), (vec![], vec![1, 2, 3]));
    // What is back with its size is no reason for a download; with another one it is.
    let without = |octets: u64| plan_with(&["a", "b", "c"], &[100, 100, octets], &rows, &Policy::default(), false);
    assert_eq!((fetched(&without(100)), uids(&without(100).changes.returned)), (vec![1, 2], vec!["c"]));
    assert_eq!(fetched(&without(101)), [1, 2, 3]);
}

#[test]
fn a_server_that_keeps_what_it_deleted_is_not_asked_again() {
    let twice = |settled| Known { deletes: 2, ..row("a", settled) };
    assert_eq!(asked(&plan(&["a"], &[100], &[twice(Settled::Deleted)], &DELETE())), (vec![], vec![1]));
    assert!(plan(&["a"], &[100], &[twice(Settled::Published)], &DELETE()).is_idle());
}

#[test]
fn copies_are_asked_for_when_one_is_new() {
    let known = [row("a", Settled::Published), Known { occurrence: 1, ..row("a", Settled::Published) }];
    assert!(plan(&["a", "a"], &[], &known, &Policy::default()).is_idle());
    let third = plan(&["a", "a", "a"], &[], &known, &Policy::default());
    assert_eq!((asked(&third), fetched(&third)), ((vec![1, 2], vec![]), vec![3]));
    assert_eq!(third.fetch[0].key.occurrence, 2);
    let back = Known { vanished_for: Some(Duration::from_hours(1)), ..known[1] };
    let again = plan(&["a", "a"], &[100; 2], &[known[0], back], &Policy::default());
    assert_eq!(asked(&again), (vec![1, 2], vec![]));
}

#[test]
fn rows_of_an_older_ledger_go_by_their_size_and_are_asked_for() {
    let rows = [old("a", Settled::Published), old("b", Settled::Deleted), old("c", Settled::DeletePending)];
    let keeps = plan(&["a", "b", "c"], &[100; 3], &rows, &Policy::default());
    assert_eq!((asked(&keeps), fetched(&keeps)), ((vec![1, 3], vec![]), vec![2]));
    let deletes = plan(&["a", "b", "c"], &[100; 3], &rows, &DELETE());
    assert_eq!((asked(&deletes), fetched(&deletes), deleted(&deletes)), ((vec![], vec![1, 3]), vec![2], vec![]));
    let other = plan(&["a", "b", "c"], &[101; 3], &rows, &DELETE());
    assert_eq!((asked(&other), fetched(&other)), ((vec![], vec![]), vec![1, 2, 3]));
    assert!(other.fetch.iter().all(|listed| listed.row.is_none()));
    let untold = [untold("a", Settled::Published), untold("c", Settled::DeletePending)];
    assert_eq!(deleted(&plan(&["a", "c"], &[100; 2], &untold, &DELETE())), [1, 2]);
    assert!(plan(&["a", "c"], &[100; 2], &untold, &Policy::default()).is_idle());
}

#[test]
fn a_run_asks_for_a_part_of_a_large_old_ledger() {
    let names: Vec<String> = (0..1200).map(|at| format!("u{at:04}")).collect();
    let uids: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Known<'_>> = uids.iter().map(|uid| old(uid, Settled::Published)).collect();
    assert_eq!(plan(&uids, &[], &rows, &Policy::default()).ask.len(), ASKED_A_RUN);
    let deletes = plan(&uids, &[100; 1200], &rows, &DELETE());
    assert_eq!((deletes.ask.len(), deletes.delete.len()), (ASKED_A_RUN, 1200 - ASKED_A_RUN));
}

#[test]
fn after_a_false_listing_only_some_are_asked_for() {
    let names: Vec<String> = (0..1200).map(|at| format!("u{at:04}")).collect();
    let uids: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<Known<'_>> = uids.iter().map(|uid| vanished(uid, 0)).collect();
    let mut octets = vec![100; 1200];
    octets[1100] = 99;
    let plan = plan(&uids, &octets, &rows, &Policy::default());
    assert_eq!((plan.ask.len(), plan.changes.returned.len()), (ASKED_A_RUN + 1, 1200 - ASKED_A_RUN - 1));
}

#[test]
fn notes_what_vanished_and_forgets_what_is_long_gone() {
    let rows = [row("a", Settled::Published), row("b", Settled::Deleted), vanished("c", 29), vanished("d", 31)];
    let plan = plan(&["x"], &[], &rows, &Policy::default());
    assert_eq!(uids(&plan.changes.vanished), ["a", "b"]);
    assert_eq!(uids(&plan.changes.forgotten), ["d"]);
}

#[test]
fn after_a_listing_with_a_gap_nothing_is_forgotten() {
    let mut gap = Listing::default();
    gap.push_line(b"2 x").unwrap();
    gap.finish().unwrap();
    let rows = [row("a", Settled::Published), vanished("b", 31)];
    let plan = merge(&gap, &rows, &Policy::default()).unwrap();
    assert_eq!((uids(&plan.changes.vanished), plan.changes.forgotten.len()), (vec!["a"], 0));
    assert_eq!(fetched(&plan), [2]);
}

fn many(count: usize, name: &str) -> Vec<String> {
    (0..count).map(|at| format!("{name}{at:03}")).collect()
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

#[test]
fn renumbered_messages_are_asked_for_before_they_are_fetched() {
    let (before, after) = (many(50, "old"), many(51, "new"));
    let rows: Vec<Known<'_>> = before.iter().map(|uid| row(uid, Settled::Published)).collect();
    let renumbered = plan(&strs(&after), &[], &rows, &Policy::default());
    assert_eq!((renumbered.ask.len(), renumbered.fetch.len(), renumbered.changes.vanished.len()), (51, 0, 50));
    assert!(renumbered.is_renumbered && renumbered.may_match);
    // One that survives, or a good part, changes nothing.
    for survivors in [1, 30] {
        let listed: Vec<&str> = strs(&after).into_iter().skip(survivors).chain(strs(&before[..survivors])).collect();
        assert_eq!(plan(&listed, &[], &rows, &Policy::default()).ask.len(), 51 - survivors, "{survivors}");
    }
    // Without TOP they are fetched and compared.
    let without = plan_with(&strs(&after), &[], &rows, &Policy::default(), false);
    assert_eq!((without.ask.len(), without.fetch.len(), without.is_renumbered), (0, 51, true));
    // Some went and some came, as every day.
    let mut listed = strs(&before[3..]);
    listed.extend(strs(&after[..3]));
    let usual = plan(&listed, &[], &rows, &Policy::default());
    assert_eq!((usual.ask.len(), usual.fetch.len(), usual.is_renumbered, usual.may_match), (0, 3, false, true));
}

#[test]
fn an_interrupted_renumbering_goes_on() {
    let rows = [row("known", Settled::Published), vanished("old", 2)];
    let was = |was_renumbered| Circumstances { was_renumbered, ..Circumstances::default() };
    let none = HashSet::new();
    let list = listing(&["known", "new"]);
    let mut plan = merge_with(&list, &rows, &Policy::default(), &none, was(true)).unwrap();
    plan.settle(&sizes(&[]), &Policy::default(), true);
    assert_eq!(asked(&plan), (vec![2], vec![]));
    // When nothing is missing any more it is over.
    let mut plan = merge_with(&list, &rows[..1], &Policy::default(), &none, was(true)).unwrap();
    plan.settle(&sizes(&[]), &Policy::default(), true);
    assert_eq!((fetched(&plan), plan.may_match), (vec![2], false));
}

#[test]
fn without_fingerprints_new_unique_ids_stop_at_the_guard() {
    let (before, after) = (many(12, "old"), many(12, "new"));
    let rows: Vec<Known<'_>> = before.iter().map(|uid| old(uid, Settled::Published)).collect();
    let error = merge(&listing(&strs(&after)), &rows, &Policy::default()).unwrap_err();
    assert_eq!(error.kind(), Kind::Protocol);
    assert!(error.next_step().unwrap().contains("state seen"));
    // One survivor does not disarm it.
    let mut survivor = strs(&after);
    survivor.push("old003");
    assert!(merge(&listing(&survivor), &rows, &Policy::default()).is_err());
    // Some of those that are known, few, or the user's wish, and it is no reset.
    let some: Vec<&str> = strs(&after).into_iter().chain(strs(&before[..3])).collect();
    assert!(merge(&listing(&some), &rows, &Policy::default()).is_ok());
    assert!(merge(&listing(&strs(&after[..9])), &rows, &Policy::default()).is_ok());
    assert!(merge(&listing(&strs(&after)), &rows, &Policy { all: true, ..Policy::default() }).is_ok());
    let deleted: Vec<Known<'_>> = before.iter().map(|uid| old(uid, Settled::Deleted)).collect();
    assert!(merge(&listing(&strs(&after)), &deleted, &Policy::default()).is_ok());
    let expires = Circumstances { expires: true, ..Circumstances::default() };
    assert!(merge_with(&listing(&strs(&after)), &rows, &Policy::default(), &HashSet::new(), expires).is_ok());
}

#[test]
fn a_maildrop_that_was_empty_for_a_moment_is_guarded_too() {
    let (before, after) = (many(40, "old"), many(40, "new"));
    let gone: Vec<Known<'_>> =
        before.iter().map(|uid| Known { fingerprint: None, is_asked: false, ..vanished(uid, 0) }).collect();
    assert!(merge(&listing(&strs(&after)), &gone, &Policy::default()).is_err());
    // Emptied by hand, and some new ones.
    assert!(merge(&listing(&strs(&after[..12])), &gone, &Policy::default()).is_ok());
}

#[test]
fn where_unique_ids_are_numbers_the_last_one_is_asked_for() {
    let rows = [row("1", Settled::Published), row("2", Settled::Published)];
    let keeps = plan(&["1", "2", "3"], &[], &rows, &Policy::default());
    assert_eq!((asked(&keeps), fetched(&keeps), keeps.uids_are_numbers), ((vec![2], vec![]), vec![3], true));
    let others = [row("1", Settled::Published), row("7", Settled::Published)];
    let plan = plan(&["1", "7"], &[], &others, &Policy::default());
    assert!(plan.is_idle() && !plan.uids_are_numbers);
}

#[test]
fn what_was_delivered_into_a_missing_place_is_not_deleted() {
    let rows = [row("a", Settled::Published), untold("b", Settled::Published), row("c", Settled::Deleted)];
    let mut plan = plan(&["a", "b", "c"], &[100; 3], &rows, &DELETE());
    let key = |uid: &str| Key { uid: uid.into(), occurrence: 0 };
    assert_eq!(plan.deletions().collect::<HashSet<_>>(), HashSet::from([&key("a"), &key("b"), &key("c")]));
    assert_eq!(plan.spare(&HashSet::from([key("a"), key("b")])), 2);
    assert_eq!((asked(&plan), deleted(&plan)), ((vec![1], vec![3]), vec![]));
}

#[test]
fn keeps_to_the_limits_of_the_run() {
    let takes = |policy: &Policy, done: &Earlier, octets: &[u64]| {
        let mut budget = Budget::new(policy, done);
        octets.iter().filter(|octets| budget.takes(Some(**octets))).count()
    };
    let two = Policy { limits: Limits { max_messages: Some(2), ..Limits::default() }, ..Policy::default() };
    let bytes = |max| Policy { limits: Limits { max_bytes: Some(max), ..Limits::default() }, ..Policy::default() };
    let octets = [50, 60, 500, 10];
    assert_eq!(takes(&Policy::default(), &Earlier::default(), &octets), 4);
    assert_eq!(takes(&two, &Earlier::default(), &octets), 2);
    assert_eq!(takes(&bytes(110), &Earlier::default(), &octets), 2);
    assert_eq!(takes(&bytes(1), &Earlier::default(), &octets), 1);
    // For the run, and not for a session.
    let done = Earlier { messages: 1, octets: 50, ..Earlier::default() };
    assert_eq!(takes(&two, &done, &octets), 1);
    assert_eq!(takes(&bytes(99), &done, &octets), 0);
    let small = Policy { limits: Limits::with_message(Some(60)), ..Policy::default() };
    assert_eq!(fetched(&plan(&["a", "b", "c", "d"], &octets, &[], &small)), [1, 2, 4]);
}

fn troubled(uid: &str, trouble: Trouble, is_due: bool, bound: Option<u64>) -> Troubled {
    let key = Key { uid: uid.into(), occurrence: 0 };
    Troubled { key, trouble, is_due, is_given_up: !is_due, bound, next_try_in: None, text: String::new() }
}

#[test]
fn trouble_is_reported_once_given_up_or_put_last() {
    let troubled = [
        troubled("a", Trouble::Interrupted, true, None),
        troubled("b", Trouble::Refused, true, None),
        troubled("c", Trouble::Refused, false, None),
        troubled("d", Trouble::TooLarge, true, None),
    ];
    let policy = Policy { limits: Limits::with_message(Some(100)), ..Policy::default() };
    let mut plan = merge(&listing(&["a", "b", "c", "d", "e", "f"]), &[], &policy).unwrap();
    plan.settle(&sizes(&[1, 1, 1, 500, 500, 1]), &policy, true);
    plan.limit(&policy, &troubled, &Earlier::default());
    assert_eq!((fetched(&plan), numbers(&plan.too_large)), (vec![2, 6], vec![5]));
    assert!(plan.postponed);
    assert_eq!(plan.skipped, 3);
    assert!(plan.changes.trouble_gone.is_empty());
}

/// LIST said less than what came.
#[test]
fn what_was_larger_than_a_limit_comes_when_that_is_raised() {
    let troubled = [troubled("a", Trouble::TooLarge, true, Some(1000))];
    for (limit, comes) in [(Some(1000), false), (Some(1001), true), (None, true)] {
        let policy = Policy { limits: Limits::with_message(limit), ..Policy::default() };
        let mut plan = merge(&listing(&["a"]), &[], &policy).unwrap();
        plan.settle(&sizes(&[990]), &policy, true);
        plan.limit(&policy, &troubled, &Earlier::default());
        assert_eq!((fetched(&plan).len(), plan.too_large.len()), (usize::from(comes), 0), "{limit:?}");
    }
}

#[test]
fn all_fetches_everything_again_but_what_this_run_has_brought() {
    let rows = [row("a", Settled::Published), row("b", Settled::Deleted), row("c", Settled::Seen)];
    let policy = Policy { all: true, delete: true, ..Policy::default() };
    let plan = plan(&["a", "b", "c"], &[], &rows, &policy);
    assert_eq!((fetched(&plan), deleted(&plan)), (vec![1, 2, 3], vec![]));
    let brought = HashSet::from([Key { uid: b"a".to_vec(), occurrence: 0 }]);
    let list = listing(&["a", "b", "c"]);
    let mut later = merge_with(&list, &rows, &policy, &brought, Circumstances::default()).unwrap();
    later.settle(&sizes(&[100; 3]), &policy, true);
    assert_eq!((fetched(&later), asked(&later)), (vec![2, 3], (vec![], vec![1])));
}

#[test]
fn trouble_is_forgotten_with_its_message() {
    let troubled = ["a", "gone"].map(|uid| troubled(uid, Trouble::Refused, false, None));
    let policy = Policy::default();
    let mut plan = merge(&listing(&["a", "b"]), &[], &policy).unwrap();
    plan.limit(&policy, &troubled, &Earlier::default());
    assert_eq!(uids(&plan.changes.trouble_gone), ["gone"]);
}

#[test]
fn what_broke_a_session_is_fetched_when_there_is_nothing_else() {
    let troubled = [troubled("a", Trouble::Interrupted, true, None)];
    let policy = Policy::default();
    let mut plan = merge(&listing(&["a"]), &[], &policy).unwrap();
    plan.limit(&policy, &troubled, &Earlier::default());
    assert_eq!((fetched(&plan), plan.postponed), (vec![1], false));
    let with_another = |done: &Earlier| {
        let mut plan = merge(&listing(&["a", "b"]), &[], &policy).unwrap();
        plan.limit(&policy, &troubled, done);
        (fetched(&plan), plan.postponed)
    };
    assert_eq!(with_another(&Earlier::default()), (vec![2], true));
    // When a session has gone well without it, its time has come.
    assert_eq!(with_another(&Earlier { postponed: true, ..Earlier::default() }), (vec![2, 1], false));
}

#[test]
fn deletes_what_has_been_safe_for_long_enough() {
    let policy = Policy { delete_after: Some(Duration::from_hours(48)), ..Policy::default() };
    let aged = |uid| Known { settled_for: Duration::from_hours(48), ..row(uid, Settled::Published) };
    let marked = Known { settled_for: Duration::from_hours(480), ..row("c", Settled::Seen) };
    let rows = [aged("a"), row("b", Settled::Published), marked];
    let plan = plan(&["a", "b", "c", "new"], &[100; 4], &rows, &policy);
    assert_eq!((asked(&plan), fetched(&plan)), ((vec![], vec![1]), vec![4]));
    assert!(!plan.fetch[0].delete);
}
