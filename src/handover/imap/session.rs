//! A session that is logged in, and the folder in it.

use super::append::{AppendTo, Ended, append};
use super::client::{CODE, ImapClient, LOGOUT};
use super::mark::Mark;
use super::parcel::Parcel;
use super::refusal::AppendRefusal;
use super::response::{Datum, ImapStatus, named, number};
use crate::error::{Error, Kind, Result};
use crate::net::Transport;

/// A session, for one folder.
pub(super) struct FolderSession {
    pub(super) client: ImapClient,
    /// The folder, quoted.
    pub(super) folder: String,
    /// As in [`AppendTo`].
    flags: String,
    /// The longest message that the folder takes.
    pub(super) limit: Option<u64>,
    /// Has the server shown that it reads our APPEND as it is meant?
    trusts: bool,
}

impl FolderSession {
    pub(super) fn new(client: ImapClient, folder: String, flags: &[String]) -> Self {
        let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(" ")) };
        let limit = client.capabilities.append_limit();
        Self { client, folder, flags, limit, trusts: false }
    }

    /// Asks where the folder is now; makes it, if it is not there.
    pub(super) fn mark(&mut self) -> Result<Mark> {
        let (refused, found) = self.status()?;
        if let Some(why) = refused {
            self.create(&why)?;
            return match self.status()? {
                (None, found) => Ok(found),
                (Some(why), _) => Err(no_folder(&why)),
            };
        }
        Ok(found)
    }

    /// What STATUS says; or why it says nothing, if that may be because there is no such folder: there is no code for it.
    fn status(&mut self) -> Result<(Option<String>, Mark)> {
        let asks_limit = self.client.capabilities.has_append_limits();
        let items = if asks_limit { "(UIDVALIDITY UIDNEXT APPENDLIMIT)" } else { "(UIDVALIDITY UIDNEXT)" };
        let (mut mark, mut limit) = (Mark { validity: 0, next: 0 }, None);
        let arguments = format!("{} {items}", self.folder);
        let status = self.client.command("STATUS", &arguments, &mut |values| {
            if let Some(list) = values.last().and_then(Datum::list).filter(|_| values[0].is("STATUS")) {
                let of = |name| named(list, name).and_then(Datum::number);
                mark = Mark { validity: of("UIDVALIDITY").unwrap_or(0), next: of("UIDNEXT").unwrap_or(0) };
                limit = of("APPENDLIMIT");
            }
            Ok(())
        })?;
        self.limit = limit.or(self.limit);
        if status.is_ok() {
            return Ok((None, mark));
        }
        match AppendRefusal::of(&status) {
            AppendRefusal::Stops(error) => Err(error),
            AppendRefusal::NoFolder(why) | AppendRefusal::Unclear(why) | AppendRefusal::Refused(why) => {
                Ok((Some(why), mark))
            }
        }
    }

    /// Makes the folder, and subscribes to it, so that it is seen; whether that is possible does not matter.
    pub(super) fn create(&mut self, why: &str) -> Result<()> {
        let status = self.client.simple("CREATE", &self.folder)?;
        if status.is_ok() {
            self.client.simple("SUBSCRIBE", &self.folder)?;
            return Ok(());
        }
        match status.code() {
            "ALREADYEXISTS" => Ok(()),
            _ => Err(no_folder(&format!("{why}; and it cannot be created: {}", status.shown()))),
        }
    }

    /// Sends messages by one command.
    pub(super) fn append(&mut self, parcels: &[&Parcel]) -> Result<Ended> {
        let place = AppendTo { folder: &self.folder, flags: &self.flags };
        let ended = append(&mut self.client, &place, parcels, self.trusts)?;
        self.trusts |= ended.status.is_ok();
        Ok(ended)
    }

    /// Ends the session. What the server says to that is not waited for.
    pub(super) fn log_out(mut self) {
        let tag = self.client.start(LOGOUT);
        if self.client.send(format!("{tag} {LOGOUT}\r\n").as_bytes()).is_ok() {
            self.client.stream().close().ok(); // everything has been answered
        }
    }

    /// Opens a folder to look at it: where it is now, if the answer is OK.
    pub(super) fn examine(&mut self, folder: &str) -> Result<(ImapStatus, Mark)> {
        let mut mark = Mark { validity: 0, next: 0 };
        let status = self.client.command("EXAMINE", folder, &mut |values| {
            if let [code, name, Datum::Text(arguments)] = values
                && code.is(CODE)
                && let Some(value) = number(arguments)
            {
                match name.text() {
                    Some(b"UIDVALIDITY") => mark.validity = value,
                    Some(b"UIDNEXT") => mark.next = value,
                    _ => {}
                }
            }
            Ok(())
        })?;
        Ok((status, mark))
    }

    /// Leaves the folder that was examined. Nothing is removed: it was not opened for writing.
    pub(super) fn leave(&mut self) -> Result<()> {
        self.client.simple("CLOSE", "").map(drop)
    }
}

pub(super) fn no_folder(why: &str) -> Error {
    Error::new(Kind::Unavailable, format!("the folder cannot be used: {why}")).hint("check the name of the folder")
}
