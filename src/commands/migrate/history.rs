//! Which messages a peer has seen, by mailbox.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::find::{FoundConfig, octets_of, variable};
use crate::cli::PeerArg;
use crate::config::{Account, expand_home};
use crate::error::{Error, Result};
use crate::peers::{HistoryFormat, PeerAccount, PeerHistory, SeenUid, fetchmail, getmail, mpop, read_history};
use crate::private::{Links, OpenedFile, absence_as_none};

/// The files that were read.
pub(super) struct Histories {
    peer: PeerArg,
    files: HashMap<PathBuf, Option<HistoryFile>>,
}

/// One of them.
pub(super) struct HistoryFile {
    history: PeerHistory,
    /// When it was written: what has no time of its own was seen before.
    written: Option<SystemTime>,
    /// Entries that belonged to an account.
    used: usize,
}

/// What is known of the messages of an account.
#[derive(Debug, Default)]
pub(super) struct SeenMessages {
    /// Where that is said; none, if there is no such file.
    pub(super) file: Option<PathBuf>,
    /// Where it was looked for.
    pub(super) looked_at: Option<PathBuf>,
    /// How many of them our history does not know as such.
    pub(super) new: usize,
    pub(super) messages: Vec<SeenUid>,
    /// Why the file cannot be read.
    pub(super) error: Option<String>,
}

impl Histories {
    pub(super) fn new(peer: PeerArg) -> Self {
        Self { peer, files: HashMap::new() }
    }

    /// What the peer has seen of an account, which is `resolved` here.
    pub(super) fn of(&mut self, config: &FoundConfig, account: &PeerAccount, resolved: &Account) -> SeenMessages {
        let Some(path) = self.path(config, account, resolved) else { return SeenMessages::default() };
        let peer = self.peer;
        let file = match self.file(&path) {
            Ok(Some(file)) => file,
            Ok(None) => return SeenMessages { looked_at: Some(path), ..SeenMessages::default() },
            Err(error) => return SeenMessages { error: Some(error.to_string()), ..SeenMessages::default() },
        };
        let is_of = |seen: &&SeenUid| match peer {
            PeerArg::Fetchmail => {
                seen.user.eq_ignore_ascii_case(account.user.as_bytes())
                    && seen.server.eq_ignore_ascii_case(account.server.as_bytes())
            }
            PeerArg::Mpop => seen.user == account.user.as_bytes() && seen.server == account.server.as_bytes(),
            PeerArg::Getmail => true,
        };
        let written = file.written;
        let dated = |seen: &SeenUid| SeenUid { at: seen.at.or(written), ..seen.clone() };
        let messages: Vec<SeenUid> = file.history.seen.iter().filter(is_of).map(dated).collect();
        file.used += messages.len();
        SeenMessages { file: Some(path), messages, ..SeenMessages::default() }
    }

    /// Each file with its lines that say nothing, and the number of entries that are of no account.
    pub(super) fn remarks(&self) -> impl Iterator<Item = (&Path, &[(usize, &'static str)], usize)> {
        self.files.iter().filter_map(|(path, file)| {
            let HistoryFile { history, used, .. } = file.as_ref()?;
            Some((path.as_path(), history.wrong.as_slice(), history.seen.len().saturating_sub(*used)))
        })
    }

    fn path(&self, config: &FoundConfig, account: &PeerAccount, resolved: &Account) -> Option<PathBuf> {
        if let Some(named) = &account.history {
            // fetchmail takes a tilde as it is.
            let path = if self.peer == PeerArg::Fetchmail { named.clone() } else { expand_home(named).ok()? };
            return Some(path);
        }
        match self.peer {
            PeerArg::Fetchmail => fetchmail::history(variable),
            PeerArg::Mpop => mpop::history(&account.user, &account.server, variable("HOME")),
            PeerArg::Getmail => {
                Some(getmail::history(config.path.parent()?, &account.server, resolved.source.port, &account.user))
            }
        }
    }

    fn file(&mut self, path: &Path) -> Result<Option<&mut HistoryFile>> {
        if !self.files.contains_key(path) {
            let file = read(self.peer, path)?;
            self.files.insert(path.to_owned(), file);
        }
        Ok(self.files.get_mut(path).and_then(Option::as_mut))
    }
}

fn read(peer: PeerArg, path: &Path) -> Result<Option<HistoryFile>> {
    let file =
        absence_as_none(OpenedFile::open(path, Links::Follow)).map_err(|error| Error::io("open", path, error))?;
    let Some(file) = file else { return Ok(None) };
    if !file.about().is_file() {
        return Ok(None);
    }
    let shown = crate::escape::path(path);
    // Who can write it could hide mail from its owner.
    file.check_writers().map_err(|flaw| flaw.error(&shown, ", and could make mail be passed over", path))?;
    let written = file.about().modified().ok();
    let octets = octets_of(file, &shown, MOST_OF_A_HISTORY)?;
    Ok(Some(HistoryFile { history: read_history(format(peer), &octets), written, used: 0 }))
}

/// How its files are written.
pub(super) fn format(peer: PeerArg) -> HistoryFormat {
    match peer {
        PeerArg::Fetchmail => HistoryFormat::Fetchmail,
        PeerArg::Mpop => HistoryFormat::Mpop,
        PeerArg::Getmail => HistoryFormat::Getmail,
    }
}

/// Some 400,000 messages.
const MOST_OF_A_HISTORY: usize = 32 * 1024 * 1024;
