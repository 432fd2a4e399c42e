use super::{PeerHistory, SeenUid, lines, time};

/// Lists, each with a line ` N HOST USER` and N lines `UID`, or `UID SECONDS` since 1.4.23; before all of them comments.
/// Older versions took a user with blanks, and could not read it any more: it is the rest of the line.
pub(super) fn read(octets: &[u8]) -> PeerHistory {
    let mut history = PeerHistory::default();
    let mut mailbox: Option<(Vec<u8>, Vec<u8>)> = None;
    let (mut expected, mut last) = (0_u64, 0);
    let mut has_begun = false;
    let has_times = has_times(octets);
    for (number, line) in lines(octets) {
        last = number;
        if line.is_empty() || !has_begun && line.starts_with(b"#") {
            continue;
        }
        has_begun = true;
        if line.starts_with(b" ") {
            if expected > 0 {
                history.wrong(number, "the list before it has fewer unique-ids than it says");
            }
            mailbox = header(line).map(|(count, server, user)| {
                expected = count;
                (server, user)
            });
            if mailbox.is_none() {
                expected = 0;
                history.wrong(number, "it is not the number, the host and the user of a list");
            }
            continue;
        }
        match &mailbox {
            Some((server, user)) => {
                expected = expected.saturating_sub(1);
                let (uid, at) = match line.iter().rposition(|octet| *octet == b' ') {
                    Some(at) if has_times && is_time(&line[at + 1..]) => (&line[..at], time(&line[at + 1..])),
                    _ => (line, None),
                };
                let (user, server, uid) = (user.clone(), server.clone(), uid.to_owned());
                history.seen.push(SeenUid { user, server, uid, at });
            }
            None => history.wrong(number, "it belongs to no list"),
        }
    }
    if expected > 0 {
        history.wrong(last, "the list has fewer unique-ids than it says");
    }
    history
}

fn header(line: &[u8]) -> Option<(u64, Vec<u8>, Vec<u8>)> {
    let mut words = line.trim_ascii().splitn(3, |octet| *octet == b' ');
    let count = std::str::from_utf8(words.next()?).ok()?.parse().ok()?;
    let (server, user) = (words.next()?, words.next()?);
    (!server.is_empty() && !user.is_empty()).then(|| (count, server.to_owned(), user.to_owned()))
}

/// Versions before 1.4.23 write no times; a unique-id may have a blank and a number all the same.
fn has_times(octets: &[u8]) -> bool {
    let header = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(header);
    let Some((_, version)) = text.split_once("mpop version ") else { return true };
    let numbers: Vec<u32> = version.split('.').map_while(|part| part.trim().parse().ok()).collect();
    numbers.len() < 3 || numbers.as_slice() >= &[1, 4, 23][..]
}

/// mpop is of this century.
fn is_time(digits: &[u8]) -> bool {
    digits.len() >= 10 && time(digits).is_some()
}
