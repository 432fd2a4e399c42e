//! The headers of messages, by TOP.

use super::entries::{Entries, Entry};
use super::mailbox::MailboxSession;
use crate::client::{Extent, Part, Refusal};
use crate::error::{Error, Kind, Result};
use crate::headers::{Headers, MAX_HEADER};

/// Fetches the headers of messages by TOP, and gives each to `each` as it comes; or the server's refusal, because the message
/// was deleted meanwhile for instance.
pub(in crate::commands) fn each_header(
    mailbox: &mut MailboxSession,
    entries: &Entries,
    each: &mut dyn FnMut(&Entry<'_>, Result<Headers, &Refusal>),
) -> Result<()> {
    if !mailbox.client.may_have("TOP")? {
        let text = "the server has no TOP, by which headers are fetched";
        return Err(Error::new(Kind::Unavailable, text).hint("leave --headers out"));
    }
    mailbox.expect_many(entries.len())?;
    let limit = mailbox.largest_message();
    let mut octets = Vec::new();
    mailbox.client.download(&mut entries.wanted(), Extent::Top(0), limit, &mut |number, part| {
        match part {
            Part::Begin => octets.clear(),
            Part::Octets(more) if octets.len() < MAX_HEADER => octets.extend_from_slice(more),
            Part::Octets(_) => {}
            Part::Refused(refusal) => each(&entries.get(number), Err(refusal)),
            Part::End => each(&entries.get(number), Ok(Headers::read(&octets))),
        }
        Ok(())
    })
}
