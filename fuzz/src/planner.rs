//! The planner: any listing, any sizes, any rows of the ledger, any policy.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use mailhaul::config::Limits;
use mailhaul::fetch::Policy;
use mailhaul::fetch::plan::{Circumstances, Earlier, Plan, Planner};
use mailhaul::fingerprint::Fingerprint;
use mailhaul::proto::{Listing, Sizes};
use mailhaul::state::{Key, Known, Settled};

/// Parts of the input, with 0xff between them: lines of UIDL, lines of LIST, rows of four octets each, a policy.
pub(super) fn planner(input: &[u8]) {
    let mut parts = input.splitn(4, |octet| *octet == 0xff);
    let mut part = || parts.next().unwrap_or_default();
    let mut listing = Listing::default();
    let listed = part().split(|octet| *octet == b'\n').try_for_each(|line| listing.push_line(line));
    if listed.and_then(|()| listing.finish()).is_err() {
        return;
    }
    let mut sizes = Sizes::default();
    part().split(|octet| *octet == b'\n').for_each(|line| drop(sizes.push_line(line)));
    let rows = rows(part());
    let choices = part();
    let (policy, has_top) = (policy(choices), choices.get(1).is_some_and(|octet| octet & 1 > 0));

    let brought = HashSet::new();
    let mut planner = Planner::new(&listing, &policy, &brought);
    rows.iter().for_each(|(key, row)| planner.known(&row.known(key)));
    let circumstances = Circumstances { expires: has_top, was_renumbered: policy.all };
    let Ok(mut plan) = planner.finish(listing.has_no_gap(), circumstances) else { return };
    plan.settle(&sizes, &policy, has_top);
    check(&plan, &listing, &rows, &policy);
    plan.limit(&policy, &[], &Earlier::default());
    check(&plan, &listing, &rows, &policy);
}

/// What no plan may do.
fn check(plan: &Plan, listing: &Listing, rows: &BTreeMap<(Vec<u8>, u32), KnownRow>, policy: &Policy) {
    let there: HashSet<_> = listing.iter().map(|listed| listed.number).collect();
    let to_come: Vec<_> = plan.fetch.iter().chain(&plan.ask).map(|listed| listed.number).collect();
    assert!(to_come.iter().all(|number| there.contains(number)), "a message that is not listed");
    assert_eq!(to_come.iter().collect::<HashSet<_>>().len(), to_come.len(), "a message is to come twice");
    for Key { uid, occurrence } in plan.deletions() {
        let row = rows.get(&(uid.clone(), *occurrence));
        let settled = row.map(|row| row.settled);
        let was_delivered = matches!(settled, Some(Settled::Published | Settled::DeletePending | Settled::Deleted));
        assert!(was_delivered, "{settled:?} is to be deleted");
        assert!(policy.delete || policy.delete_after.is_some(), "nothing was to be deleted");
    }
    if policy.limits == Limits::default() && plan.skipped == 0 && !plan.postponed {
        let come: HashSet<_> = to_come.into_iter().collect();
        let new = listing.iter().filter(|listed| !rows.contains_key(&(listed.uid.to_vec(), listed.occurrence)));
        new.for_each(|listed| assert!(come.contains(&listed.number), "a new message is forgotten"));
    }
}

struct KnownRow {
    settled: Settled,
    octets: Option<u64>,
    fingerprint: Option<Fingerprint>,
    is_asked: bool,
    vanished: bool,
    deletes: u32,
}

impl KnownRow {
    fn known<'a>(&self, (uid, occurrence): &'a (Vec<u8>, u32)) -> Known<'a> {
        Known {
            uid,
            occurrence: *occurrence,
            settled: self.settled,
            octets: self.octets,
            received: None,
            fingerprint: self.fingerprint,
            is_asked: self.is_asked,
            settled_for: Duration::from_secs(self.octets.unwrap_or(0) * 1000),
            vanished_for: self.vanished.then_some(Duration::from_hours(u64::from(self.deletes) * 1000)),
            form: Default::default(),
            deletes: self.deletes,
        }
    }
}

/// In the order of the ledger, each key once.
fn rows(octets: &[u8]) -> BTreeMap<(Vec<u8>, u32), KnownRow> {
    let row = |octets: &[u8]| {
        let [uid, kind, size, flags] = octets else { return None };
        let settled = match kind % 5 {
            0 => Settled::Published,
            1 => Settled::DeletePending,
            2 => Settled::Deleted,
            3 => Settled::Seen,
            _ => Settled::Presumed,
        };
        let print: Vec<u8> = [1].into_iter().chain(std::iter::repeat_n(*uid, 15)).collect();
        let row = KnownRow {
            settled,
            octets: (*size > 0).then_some(u64::from(*size)),
            fingerprint: (flags & 1 > 0).then(|| Fingerprint::from_octets(&print)).flatten(),
            is_asked: flags & 2 > 0,
            vanished: flags & 4 > 0,
            deletes: u32::from(flags >> 6),
        };
        Some(((format!("u{}", uid % 16).into_bytes(), u32::from(uid >> 7)), row))
    };
    octets.chunks(4).filter_map(row).collect()
}

fn policy(octets: &[u8]) -> Policy {
    let flags = octets.first().copied().unwrap_or_default();
    let is = |bit: u8| flags & (1 << bit) > 0;
    Policy {
        delete: is(0),
        delete_after: is(1).then(|| Duration::from_hours(24)),
        all: is(2),
        limits: if is(3) {
            Limits { max_messages: Some(2), max_bytes: Some(500), ..Limits::default() }
        } else {
            Limits::default()
        },
        dry_run: is(4),
        ..Policy::default()
    }
}
