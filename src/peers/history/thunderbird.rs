use super::{PeerHistory, SeenUid, lines, time};

/// `*HOST USER`, then `FLAG UID SECONDS`. k: fetched, and left on the server; d: to be deleted. What is too large (b) or still
/// to be fetched (f) was not seen whole.
pub(super) fn read(octets: &[u8]) -> PeerHistory {
    let mut history = PeerHistory::default();
    let mut mailbox: Option<(Vec<u8>, Vec<u8>)> = None;
    for (number, line) in lines(octets) {
        if line.is_empty() || line.starts_with(b"#") && mailbox.is_none() {
            continue;
        }
        let mut words = line.split(|octet| matches!(octet, b' ' | b'\t')).filter(|word| !word.is_empty());
        if let Some(rest) = line.strip_prefix(b"*") {
            let end = rest.iter().position(|octet| matches!(octet, b' ' | b'\t')).unwrap_or(rest.len());
            mailbox = Some((rest[..end].to_owned(), rest[end..].trim_ascii().to_owned()));
            continue;
        }
        let (flag, uid, at) = (words.next(), words.next(), words.next());
        match (flag, uid, &mailbox) {
            (Some(b"k" | b"d"), Some(uid), Some((server, user))) => {
                let (user, server, uid) = (user.clone(), server.clone(), uid.to_owned());
                history.seen.push(SeenUid { user, server, uid, at: at.and_then(time) });
            }
            (Some(b"b" | b"f"), Some(_), Some(_)) => {}
            (_, _, None) => history.wrong(number, "it stands before the first mailbox"),
            _ => history.wrong(number, "it is not a flag, a unique-id and a time"),
        }
    }
    history
}
