//! How values stand in columns.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Row;

use super::schedule::Refusals;
use crate::deliver::{Receiver, Target, Way};
use crate::error::{Error, Kind, Result};
use crate::fingerprint::Fingerprint;

/// Of `kind` in `staged` and `destination`.
pub(super) const MAILDIR: i64 = 0;
pub(super) const MBOX: i64 = 1;
pub(super) const EML_DIR: i64 = 2;
const PIPE: i64 = 3;
const LMTP: i64 = 4;
const SMTP: i64 = 5;
const IMAP: i64 = 6;

pub(super) fn kind_of(target: &Target) -> i64 {
    match target {
        Target::Maildir(_) => MAILDIR,
        Target::Mbox(_) => MBOX,
        Target::EmlDir(_) => EML_DIR,
        Target::HandOver(receiver) => match receiver.way {
            Way::Pipe => PIPE,
            Way::Lmtp => LMTP,
            Way::Smtp => SMTP,
            Way::Imap => IMAP,
        },
    }
}

/// `name` is a path, or what tells a receiver from every other one.
pub(super) fn target(kind: i64, name: Vec<u8>) -> Result<Target> {
    let way = match kind {
        MAILDIR => return Ok(Target::Maildir(path(name))),
        MBOX => return Ok(Target::Mbox(path(name))),
        EML_DIR => return Ok(Target::EmlDir(path(name))),
        PIPE => Way::Pipe,
        LMTP => Way::Lmtp,
        SMTP => Way::Smtp,
        IMAP => Way::Imap,
        _ => return Err(damaged("a kind of destination")),
    };
    let name = String::from_utf8(name).map_err(|_| damaged("the name of a destination"))?;
    Ok(Target::HandOver(Receiver { way, name }))
}

pub(super) fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

pub(super) fn path(octets: Vec<u8>) -> PathBuf {
    OsString::from_vec(octets).into()
}

/// A fingerprint that was asked for: one octet stands for a message of which TOP cannot tell enough.
pub(super) fn asked(fingerprint: Option<&Fingerprint>) -> &[u8] {
    fingerprint.map_or(&[0], |fingerprint| fingerprint.as_octets())
}

/// Of the columns attempts, days, last_day, next_try, given_up_at and said.
pub(super) fn refusals(row: &Row<'_>) -> rusqlite::Result<Refusals> {
    Ok(Refusals {
        attempts: row.get("attempts")?,
        days: row.get("days")?,
        last_day: row.get("last_day")?,
        next_try: row.get("next_try")?,
        given_up_at: row.get("given_up_at")?,
        is_over: row.get("said")?,
    })
}

pub(super) fn seconds(count: i64) -> Duration {
    Duration::from_secs(count.max(0) as u64)
}

pub(super) fn damaged(what: &str) -> Error {
    Error::new(Kind::LocalIo, format!("the ledger has {what} that mailhaul does not write"))
        .hint("the file is damaged, or was changed by hand: restore it from a copy")
}

/// A row of `staged` that goes where its message goes: nothing in a folder or an mbox is named after it.
pub(super) const MOVES: &str = "(presumed = 1 OR kind >= 3 OR length(file) = 0)";
