//! Servers that list another part of the mailbox than before, and hide what was fetched.

use super::*;

#[test]
fn a_sample_is_asked_for_where_much_is_new() {
    let (before, after) = (many(100, "old"), many(300, "new"));
    let rows: Vec<Known<'_>> = before.iter().map(|uid| row(uid, Settled::Published)).collect();
    let plan_of = |after: &[&str], has_top| plan_with(after, &[], &rows, &Policy::default(), has_top);
    let sampled = plan_of(&strs(&after), true);
    let asked = numbers(&sampled.ask);
    assert!((SAMPLE..=2 * SAMPLE).contains(&asked.len()), "{asked:?}");
    assert_eq!((asked.len() + sampled.unsampled.len(), sampled.fetch.len()), (300, 0));
    // From all over the listing.
    assert!(asked[0] < 20 && asked[asked.len() - 1] > 280, "{asked:?}");
    // Few are all asked for; without TOP all are fetched.
    assert_eq!(plan_of(&strs(&after[..2 * SAMPLE]), true).ask.len(), 2 * SAMPLE);
    assert_eq!(plan_of(&strs(&after), false).fetch.len(), 300);
    // What the server says that it removes has not gone because it was renumbered.
    let expires = Circumstances { expires: true, ..Circumstances::default() };
    let plan = merge_with(&listing(&strs(&after)), &rows, &Policy::default(), &HashSet::new(), expires).unwrap();
    assert!(!plan.is_renumbered && plan.may_match);
}

#[test]
fn what_a_server_should_have_removed_is_fetched_once_more() {
    let rows = [row("a", Settled::Published), vanished("b", 1), vanished("c", 2), row("d", Settled::Seen)];
    let fetches = |listed: &[&str], policy: &Policy, expires| {
        let circumstances = Circumstances { expires, ..Circumstances::default() };
        let mut plan = merge_with(&listing(listed), &rows, policy, &HashSet::new(), circumstances).unwrap();
        plan.settle(&sizes(&[]), policy, true);
        (plan.fetch.iter().filter(|listed| listed.row.is_some()).count(), plan.new_messages())
    };
    assert_eq!(fetches(&["a", "x"], &Policy::default(), true), (1, 1));
    // It does not say that it removes anything; or it keeps what it says it removes; or all is fetched anyway.
    assert_eq!(fetches(&["a", "x"], &Policy::default(), false), (0, 1));
    assert_eq!(fetches(&["a", "d", "x"], &Policy::default(), true), (0, 1));
    assert_eq!(fetches(&["a"], &Policy { all: true, ..Policy::default() }, true), (0, 1));
}

/// Once: after that the server keeps it, whatever it says. And after what is new.
#[test]
fn what_a_server_keeps_is_not_fetched_again_and_again() {
    let again = Known { deletes: 1, ..row("b", Settled::Published) };
    let mut rows = vec![row("a", Settled::Published), again];
    rows.extend(["c", "d", "e", "f"].map(|uid| vanished(uid, 1)));
    let circumstances = Circumstances { expires: true, ..Circumstances::default() };
    let (listing, policy) = (listing(&["a", "b", "x"]), Policy::default());
    let mut plan = merge_with(&listing, &rows, &policy, &HashSet::new(), circumstances).unwrap();
    plan.settle(&sizes(&[]), &policy, true);
    plan.limit(&policy, &[], &Earlier::default());
    assert_eq!(fetched(&plan), [3, 1]);
    assert!(plan.fetch.iter().all(ListedMessage::is_counted) && plan.open.is_empty() && !plan.has_questions());
    let limited = Policy { limits: Limits { max_messages: Some(3), ..Limits::default() }, ..Policy::default() };
    let mut budget = Budget::new(&limited, &Earlier { messages: 1, stuck: (1, 100), ..Earlier::default() });
    assert_eq!([budget.takes(None), budget.takes(None)], [true, false]);
}

/// If nothing is left of a sample, another one is taken of the rest.
#[test]
fn a_sample_is_of_what_may_be_fetched() {
    let (before, after) = (many(100, "old"), many(400, "new"));
    let rows: Vec<Known<'_>> = before.iter().map(|uid| row(uid, Settled::Published)).collect();
    // Where a sample is every 12th message.
    let octets: Vec<u64> = (0..400).map(|at| if at % 12 == 0 { 9_000 } else { 100 }).collect();
    let policy = Policy { limits: Limits { max_size: Some(1_000), ..Limits::default() }, ..Policy::default() };
    let mut plan = plan_with(&strs(&after), &octets, &rows, &policy, true);
    assert_eq!((plan.skipped, plan.ask.len() + plan.unsampled.len()), (34, 366));
    assert!((SAMPLE..=2 * SAMPLE).contains(&plan.ask.len()), "{}", plan.ask.len());
    // What nobody is asked for is still something to do.
    plan.ask.clear();
    assert!(!plan.is_idle() && plan.has_questions());
    plan.sample_again();
    assert!((SAMPLE..=2 * SAMPLE).contains(&plan.ask.len()), "{}", plan.ask.len());
}

/// TOP recognises no message without the fields that tell it; half of those that have gone must have them.
#[test]
fn a_sample_says_nothing_of_what_only_whole_messages_tell() {
    let names = many(20, "old");
    for (notes, tells) in [(0, true), (10, true), (11, false), (20, false)] {
        let print = |at, uid: &str| if at < notes { whole() } else { print(uid) };
        let old = |(at, uid)| Known { fingerprint: Some(print(at, uid)), ..row(uid, Settled::Published) };
        let rows: Vec<Known<'_>> = strs(&names).into_iter().enumerate().map(old).collect();
        let plan = plan(&strs(&many(20, "new")), &[], &rows, &Policy::default());
        assert!(plan.is_renumbered && plan.sample_tells == tells, "{notes}");
    }
}
