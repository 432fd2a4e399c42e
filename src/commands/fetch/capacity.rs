//! How many accounts this process can fetch at the same time: each needs open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::output::{Console, Verbosity};

/// How many of `accounts` are fetched side by side, if `jobs` are wanted. The soft limit on open files is raised as far as
/// that takes; where the hard one does not allow it, there are fewer jobs, and that is said: an account without a file would
/// fail, and perhaps in the middle of a message.
pub(super) fn jobs(jobs: usize, accounts: usize, console: &Console) -> usize {
    let jobs = jobs.min(accounts);
    if jobs <= ALWAYS {
        return jobs;
    }
    let wanted = needed(jobs);
    let limit = open_files(wanted);
    let possible = fitting(limit).max(ALWAYS);
    if possible >= jobs {
        return jobs;
    }
    let text = format!(
        "{possible} accounts are fetched at a time, not {jobs}: those need {wanted} open files, and the limit is {limit} (ulimit -Hn)"
    );
    console.say(Verbosity::Normal, &format!("mailhaul: {text}"));
    possible
}

/// The limit on open files, brought as near to `wanted` as we may.
fn open_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    // No limit is more than all.
    let (soft, hard) = (limit.current.unwrap_or(u64::MAX), limit.maximum.unwrap_or(u64::MAX));
    if soft >= wanted {
        return soft;
    }
    let raised = wanted.min(hard);
    match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => raised,
        Err(_) => soft,
    }
}

fn needed(jobs: usize) -> u64 {
    FOR_ALL + EACH * jobs as u64
}

fn fitting(limit: u64) -> usize {
    usize::try_from(limit.saturating_sub(FOR_ALL) / EACH).unwrap_or(usize::MAX)
}

/// So few are started whatever the limit is.
const ALWAYS: usize = 4;

/// Standard streams, libraries, the configuration.
const FOR_ALL: u64 = 64;

/// The connection, and another one if two addresses are tried; the ledger with its log, the notes, the lock; up to 16 staged files
/// and the folders of the destination; a tunnel or a filter. 400 jobs with new mail were seen to have 4 each at a time, and 7 with
/// three destinations.
const EACH: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_what_is_needed() {
        for jobs in [1, 4, 64, 512] {
            assert_eq!(fitting(needed(jobs)), jobs);
            assert_eq!(fitting(needed(jobs) - 1), jobs - 1);
        }
        assert_eq!(fitting(0), 0);
    }
}
