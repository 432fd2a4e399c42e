//! Which messages other fetchers have seen: the files of their unique-ids.
//!
//! They are read as their own programs read them, in octets; a line that cannot be understood is told, and taken for
//! nothing.

use std::time::SystemTime;

mod fdm;
mod fetchmail;
mod getmail;
mod mpop;
mod thunderbird;

/// What such a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PeerHistory {
    /// In the order of the file.
    pub seen: Vec<SeenUid>,
    /// Lines that say nothing, from 1, and why.
    pub wrong: Vec<(usize, &'static str)>,
}

/// A message that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenUid {
    /// Of the mailbox; empty, if the file is of one mailbox.
    pub user: Vec<u8>,
    /// The same of its server.
    pub server: Vec<u8>,
    /// The unique-id.
    pub uid: Vec<u8>,
    /// When it was seen, if the file says.
    pub at: Option<SystemTime>,
}

/// The kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryFormat {
    /// `.fetchids`
    Fetchmail,
    /// `.mpop_uidls`
    Mpop,
    /// `oldmail-..`
    Getmail,
    /// `popstate.dat`
    Thunderbird,
    /// What `new-only cache` names.
    Fdm,
}

/// Reads such a file; never fails.
pub fn read_history(format: HistoryFormat, octets: &[u8]) -> PeerHistory {
    match format {
        HistoryFormat::Fetchmail => fetchmail::read(octets),
        HistoryFormat::Mpop => mpop::read(octets),
        HistoryFormat::Getmail => getmail::read(octets),
        HistoryFormat::Thunderbird => thunderbird::read(octets),
        HistoryFormat::Fdm => fdm::read(octets),
    }
}

impl PeerHistory {
    fn wrong(&mut self, line: usize, why: &'static str) {
        self.wrong.push((line, why));
    }
}

/// Lines without their ends, and their numbers.
fn lines(octets: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let octets = octets.strip_suffix(b"\n").unwrap_or(octets);
    let lines = if octets.is_empty() { None } else { Some(octets.split(|octet| *octet == b'\n')) };
    lines.into_iter().flatten().enumerate().map(|(at, line)| (at + 1, line.strip_suffix(b"\r").unwrap_or(line)))
}

/// Seconds since 1970.
fn time(digits: &[u8]) -> Option<SystemTime> {
    let seconds: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests;
