//! Before the download: a command of the user's looks at the header of each new message, and may skip it.

use std::collections::VecDeque;

use super::Job;
use super::life::ListedMessage;
use super::plan::{Earlier, Plan};
use crate::client::{Client, Reply};
use crate::error::{Error, Kind, Result};
use crate::header_filter::{FilterVerdict, HeaderFilter};
use crate::headers::MAX_HEADER;
use crate::net::Connection;
use crate::output::Topic;
use crate::state::{Key, Ledger, Mailbox};

/// A header that came.
struct Header {
    listed: ListedMessage,
    /// Or why it did not.
    octets: Result<Vec<u8>, String>,
}

/// Asks for each new message of a plan, and leaves out those that are skipped. Returns how many were not asked about, and are
/// left to another run.
///
/// # Errors
///
/// The server has no TOP: then nothing is fetched at all.
pub(super) fn apply(
    job: &Job<'_>,
    client: &mut Client<Connection>,
    plan: &mut Plan,
    earlier: &mut Earlier,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
) -> Result<u64> {
    let Some(filter) = job.filter else { return Ok(0) };
    let mut filter = filter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let is_asked = |listed: &ListedMessage| !earlier.filtered.contains_key(&listed.key);
    let mut new: VecDeque<ListedMessage> = new_of(plan).filter(|listed| is_asked(listed)).cloned().collect();
    let capabilities = client.capabilities();
    if !new.is_empty() && !capabilities.is_empty() && !capabilities.has("TOP") {
        return Err(without_top("the server does not list TOP"));
    }
    let mut wanted = job.policy.limits.max_messages.map(|max| max.saturating_sub(earlier.messages));
    while !new.is_empty() && wanted != Some(0) && job.may_go_on() {
        let group: Vec<ListedMessage> = new.drain(..new.len().min(A_GROUP)).collect();
        let headers = headers_of(client, group)?;
        let fetched = judge(job, &mut filter, headers, earlier, ledger, mailbox)?;
        wanted = wanted.map(|wanted| wanted.saturating_sub(fetched));
    }
    let answers = &earlier.filtered;
    let unasked = new_of(plan).filter(|listed| !answers.contains_key(&listed.key)).count();
    let is_kept = |listed: &ListedMessage| listed.row.is_some() || answers.get(&listed.key) == Some(&true);
    plan.fetch.retain(is_kept);
    plan.ask.retain(is_kept);
    plan.unsampled.retain(is_kept);
    plan.sample_again();
    Ok(unasked as u64)
}

/// All messages that may be new.
fn new_of(plan: &Plan) -> impl Iterator<Item = &ListedMessage> {
    let all = plan.fetch.iter().chain(&plan.ask).chain(&plan.unsampled);
    all.filter(|listed| listed.row.is_none())
}

/// The headers of a group, tied to their messages by the unique-id of the last.
fn headers_of(client: &mut Client<Connection>, group: Vec<ListedMessage>) -> Result<Vec<Header>> {
    let mut headers = Vec::with_capacity(group.len());
    let Some(last) = group.last().cloned() else { return Ok(headers) };
    let mut unsent: VecDeque<ListedMessage> = group.into();
    let mut sent: VecDeque<ListedMessage> = VecDeque::new();
    while !(unsent.is_empty() && sent.is_empty()) {
        while client.has_room(USUAL_HEADER)
            && let Some(listed) = unsent.pop_front()
        {
            client.top(listed.number, 0, USUAL_HEADER)?;
            sent.push_back(listed);
        }
        client.flush()?;
        let Some(listed) = sent.pop_front() else { continue };
        headers.push(header_of(client, listed)?);
    }
    client.uidl_of(last.number)?;
    client.flush()?;
    match client.next_reply()? {
        Reply::Uidl(_, Ok(line)) if !line.says(last.number, &last.key.uid) => {
            Err(Error::nonsense("the server's replies are out of step with the commands: what TOP told is not used"))
        }
        // One that does not know UIDL of a single message has answered it, and nothing else.
        Reply::Uidl(..) => Ok(headers),
        _ => Err(Error::new(Kind::Bug, "a reply came to a command that was not sent")),
    }
}

fn header_of(client: &mut Client<Connection>, listed: ListedMessage) -> Result<Header> {
    match client.next_reply()? {
        Reply::Retr(_, Ok(body)) => {
            let mut octets = Vec::new();
            client.body(body, |more| {
                // Some servers send more than the header.
                let room = MAX_HEADER.saturating_sub(octets.len());
                octets.extend_from_slice(&more[..more.len().min(room)]);
                Ok::<(), Error>(())
            })?;
            Ok(Header { listed, octets: Ok(octets) })
        }
        Reply::Retr(_, Err(refusal)) => {
            Ok(Header { listed, octets: Err(format!("the server refuses TOP: {}", refusal.text)) })
        }
        _ => Err(Error::new(Kind::Bug, "a reply came to a command that was not sent")),
    }
}

/// Asks the command for each. Returns how many are to be fetched.
fn judge(
    job: &Job<'_>,
    filter: &mut HeaderFilter,
    headers: Vec<Header>,
    earlier: &mut Earlier,
    ledger: &mut Ledger,
    mailbox: &Mailbox,
) -> Result<u64> {
    let mut fetched = 0;
    let mut never: Vec<Key> = Vec::new();
    let refused: Vec<&String> = headers.iter().filter_map(|header| header.octets.as_ref().err()).collect();
    // One message may have gone, or be beyond the server; all of them are not.
    if let (Some(why), true) = (refused.last(), refused.len() == headers.len()) {
        return Err(without_top(why));
    }
    for Header { listed, octets } in headers {
        let verdict = match octets {
            Ok(octets) => filter.ask(&octets, &listed.key.uid, listed.octets)?,
            Err(why) => FilterVerdict::FetchWithWarning(why),
        };
        let is_fetched = matches!(verdict, FilterVerdict::Fetch | FilterVerdict::FetchWithWarning(_));
        match verdict {
            FilterVerdict::Fetch | FilterVerdict::SkipNow => {}
            FilterVerdict::SkipForEver => never.push(listed.key.clone()),
            FilterVerdict::FetchWithWarning(why) => {
                let name = super::failure::name_of(&listed);
                job.reporter.warn_of(Topic::NotFiltered, &format!("{name} is fetched: {why}"));
            }
        }
        fetched += u64::from(is_fetched);
        earlier.filtered.insert(listed.key, is_fetched);
    }
    if !never.is_empty() {
        ledger.mark_seen(mailbox, never.iter().map(Key::parts))?;
    }
    Ok(fetched)
}

fn without_top(why: &str) -> Error {
    Error::new(Kind::Unavailable, format!("{why}, and without it the filter cannot see headers: nothing was fetched"))
        .hint("leave filter out for this server")
}

/// Headers that are asked for before the command looks at them.
const A_GROUP: usize = 16;

/// About how many octets a header has.
const USUAL_HEADER: u64 = 4 * 1024;
