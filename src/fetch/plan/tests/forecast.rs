//! A dry run shows what a run would do, though of new messages it keeps the numbers only.

use super::*;
use crate::config::Limits;

/// What a dry run shows: messages to fetch, with their sizes; and messages to delete.
type Shown = (Vec<(u32, Option<u64>, String)>, Vec<u32>);

/// The second run knows `rows` and `troubled`.
struct Past<'a> {
    rows: &'a [Known<'a>],
    troubled: &'a [Troubled],
}

/// The plan of a run that asks nothing.
fn planned(listing: &Listing, sizes: &Sizes, past: &Past<'_>, policy: &Policy, only_counts: bool) -> Plan {
    let none = HashSet::new();
    let mut planner = Planner::new(listing, policy, &none).only_counting(only_counts);
    past.rows.iter().for_each(|row| planner.known(row));
    let mut plan = planner.finish(listing.has_no_gap(), Circumstances::default()).unwrap();
    let mut resized = Resized::new(listing, sizes, &plan.copies);
    past.rows.iter().filter(|_| !policy.all).for_each(|row| resized.known(row));
    let resized = resized.finish();
    plan.doubt(resized);
    plan.settle(sizes, policy, false);
    plan.limit_counted(listing, sizes, policy, past.troubled);
    plan.limit(policy, past.troubled, &Earlier::default());
    plan
}

/// By the plan in which all is kept.
fn expected(plan: Plan, policy: &Policy) -> Shown {
    let known = plan.fetch.iter().chain(&plan.ask).filter(|listed| listed.row.is_some() && listed.delete);
    let mut delete: Vec<u32> = known.map(|listed| listed.number.get()).chain(deleted(&plan)).collect();
    delete.sort_unstable();
    let mut budget = Budget::new(policy, &Earlier::default());
    let new = plan.fetch.iter().filter(|listed| listed.row.is_none());
    let new: Vec<&ListedMessage> = new.take_while(|listed| budget.takes(listed.octets)).collect();
    delete.extend(new.iter().filter(|listed| listed.delete).map(|listed| listed.number.get()));
    let shown = |listed: &&ListedMessage| {
        (listed.number.get(), listed.octets, String::from_utf8(listed.key.uid.clone()).unwrap())
    };
    (new.iter().map(shown).collect(), delete)
}

fn shown(forecast: &Forecast) -> Shown {
    let of = |number: &MessageNumber| {
        (number.get(), forecast.octets(*number), String::from_utf8_lossy(forecast.uid(*number)).into_owned())
    };
    (forecast.fetch().iter().map(of).collect(), forecast.delete().map(MessageNumber::get).collect())
}

/// What a dry run shows, after a comparison with what it shows when all is kept.
fn forecast(listing: &Listing, sizes: &Sizes, past: &Past<'_>, policy: &Policy) -> Shown {
    let whole = planned(listing, sizes, past, policy, false);
    let plan = planned(listing, sizes, past, policy, true);
    assert_eq!((plan.new_messages(), plan.skipped), (whole.new_messages(), whole.skipped), "{policy:?}");
    let forecast = Forecast::new(plan, listing.clone(), sizes.clone(), policy, &Earlier::default());
    let shown = shown(&forecast);
    assert_eq!(shown, expected(whole, policy), "{policy:?}");
    shown
}

fn policies() -> Vec<Policy> {
    let limits = [
        Limits::default(),
        Limits { max_messages: Some(2), ..Limits::default() },
        Limits { max_messages: Some(0), ..Limits::default() },
        Limits { max_bytes: Some(300), ..Limits::default() },
        Limits { max_size: Some(250), ..Limits::default() },
    ];
    let mut policies = Vec::new();
    for limits in limits {
        for (all, delete, delete_after) in [
            (false, false, None),
            (true, false, None),
            (false, true, None),
            (true, true, None),
            (false, false, Some(Duration::from_secs(1))),
        ] {
            policies.push(Policy { all, delete, delete_after, limits, dry_run: true, ..Policy::default() });
        }
    }
    policies
}

#[test]
fn numbers_are_enough() {
    let listing = listing(&["n1", "known", "n2", "twice", "n3", "twice", "refused", "large", "gone", "old", "n4"]);
    let sizes = sizes(&[100, 100, 200, 100, 300, 100, 100, 400, 100, 777, 100]);
    let rows = [
        row("gone", Settled::Deleted),
        row("known", Settled::Published),
        untold("old", Settled::Published),
        row("twice", Settled::Published),
    ];
    let troubles = [
        vec![],
        vec![
            troubled("large", Trouble::TooLarge, true, Some(1 << 40)),
            troubled("refused", Trouble::Refused, false, None),
            troubled("no", Trouble::Refused, false, None),
        ],
        vec![troubled("n2", Trouble::Interrupted, false, None), troubled("n4", Trouble::Interrupted, false, None)],
        vec![troubled("known", Trouble::Undeletable, false, None)],
    ];
    for troubled in &troubles {
        for policy in policies() {
            forecast(&listing, &sizes, &Past { rows: &rows, troubled }, &policy);
            forecast(&listing, &Sizes::default(), &Past { rows: &[], troubled }, &policy);
        }
    }
    let past = Past { rows: &rows, troubled: &troubles[1] };
    let (fetch, delete) = forecast(&listing, &sizes, &past, &DELETE());
    let numbers: Vec<u32> = fetch.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, [1, 3, 5, 6, 10, 11], "without the known, the refused and the large one");
    assert_eq!(delete, [2, 4, 9, 1, 3, 5, 6, 10, 11]);
    assert_eq!(fetch[1], (3, Some(200), "n2".to_owned()));
}

/// What broke a session before comes last, if there is nothing else.
#[test]
fn what_broke_a_session_is_shown_alone() {
    let (listing, sizes) = (listing(&["a", "b"]), sizes(&[100, 100]));
    let troubled = [troubled("a", Trouble::Interrupted, false, None)];
    let rows = [row("b", Settled::Published)];
    let fetch = |rows| forecast(&listing, &sizes, &Past { rows, troubled: &troubled }, &Policy::default()).0;
    assert_eq!(fetch(&[]).len(), 1);
    assert_eq!(fetch(&rows), [(1, Some(100), "a".to_owned())]);
}

/// Of a million new messages nothing is kept but the numbers.
#[test]
fn new_messages_are_numbers() {
    let listing = listing(&["a", "b", "c"]);
    for all in [false, true] {
        let policy = Policy { all, ..Policy::default() };
        let past = Past { rows: &[row("b", Settled::Published)], troubled: &[] };
        let plan = planned(&listing, &sizes(&[100; 3]), &past, &policy, true);
        assert_eq!((plan.counted.len(), plan.fetch.len()), (if all { 3 } else { 2 }, 0));
    }
}
