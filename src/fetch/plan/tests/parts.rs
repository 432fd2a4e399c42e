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
