//! What lies on the server: a Maildir, written file by file, and the messages that go into it.
//!
//! What Dovecot 2.3.19 makes of the files was found out by asking it:
//!
//! - LF becomes CRLF; a CRLF in the file stays one; a CR anywhere else passes unchanged.
//! - NULs pass unchanged (`outlook-no-nuls` is not set), as does every octet above 127.
//! - What does not end in LF gets a CRLF at the end, an empty file too: it is listed with 0 octets, RETR sends CRLF.
//!   The sizes of STAT and LIST do not count that CRLF.
//! - A dot that is the very first octet of a message is *not* doubled, which loses the dot, and ends the answer early if
//!   the line holds nothing else. No client can make that good, so no message here starts with a dot.

mod awkward;
mod generator;

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use super::config::Owner;

pub(crate) use awkward::awkward_messages;
pub(crate) use generator::ordinary_messages;

/// A message of the maildrop.
#[derive(Clone)]
pub(crate) struct Message {
    /// What is special about it.
    pub(crate) label: String,
    /// The file's octets, lines ending in LF.
    pub(crate) content: Vec<u8>,
}

impl Message {
    /// A message to be stored exactly so.
    pub(crate) fn new(label: &str, content: impl Into<Vec<u8>>) -> Self {
        Self { label: label.to_owned(), content: content.into() }
    }

    /// What a faultless client writes where lines end in LF.
    ///
    /// CRLF turns into LF, and the CRLF that Dovecot puts behind an unfinished last line is there.
    pub(crate) fn expected_lf(&self) -> Vec<u8> {
        let mut expected = Vec::with_capacity(self.content.len() + 1);
        for line in self.content.split_inclusive(|&octet| octet == b'\n') {
            match line.strip_suffix(b"\r\n") {
                Some(text) => expected.extend_from_slice(text),
                None => expected.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line)),
            }
            expected.push(b'\n');
        }
        if expected.is_empty() {
            expected.push(b'\n');
        }
        expected
    }
}

/// The maildrop's folder. File names grow, so that the order of the messages is that in which they were added.
pub(super) struct Maildir {
    folder: PathBuf,
    owner: Owner,
    added: Cell<u32>,
}

impl Maildir {
    /// Makes an empty Maildir at `folder`, for `owner`'s mail processes.
    pub(super) fn create(folder: &Path, owner: &Owner) -> Self {
        for sub in ["tmp", "new", "cur"] {
            fs::create_dir_all(folder.join(sub)).expect("create the Maildir");
            owner.give(&folder.join(sub));
        }
        owner.give(folder);
        owner.give(folder.parent().expect("a folder above"));
        Self { folder: folder.to_owned(), owner: owner.clone(), added: Cell::new(0) }
    }

    /// Adds a message behind all others.
    pub(super) fn add(&self, content: &[u8]) {
        let number = self.added.replace(self.added.get() + 1);
        // The time comes first in Dovecot's order; the size in the name would be trusted, so there is none.
        let name = format!("{}.M0P{number}.localhost", FIRST_TIME + number);
        let temporary = self.folder.join("tmp").join(&name);
        fs::write(&temporary, content).expect("write a message");
        self.owner.give(&temporary);
        fs::rename(temporary, self.folder.join("new").join(name)).expect("deliver a message");
    }

    /// Removes the message that POP3 knows as `number`.
    pub(super) fn remove(&self, number: usize) {
        let files = self.files();
        let file = number.checked_sub(1).and_then(|index| files.get(index));
        fs::remove_file(file.expect("a message of that number")).expect("remove a message");
    }

    /// The messages' files, in order.
    fn files(&self) -> Vec<PathBuf> {
        let folders = ["new", "cur"].map(|sub| fs::read_dir(self.folder.join(sub)).expect("read the Maildir"));
        let mut files: Vec<_> = folders.into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect();
        files.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
        files
    }
}

/// The delivery time in the first file's name; the next ones count seconds.
const FIRST_TIME: u32 = 1_700_000_000;
