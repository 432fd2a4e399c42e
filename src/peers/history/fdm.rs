use super::{PeerHistory, SeenUid};

/// `LENGTH UID` and a line end, again and again; the length is that of the unique-id, in octets. The file is of one mailbox.
pub(super) fn read(octets: &[u8]) -> PeerHistory {
    let mut history = PeerHistory::default();
    let (mut rest, mut number) = (octets, 0);
    while !rest.is_empty() {
        number += 1;
        let Some((uid, behind)) = entry(rest) else {
            history.wrong(number, "it is not a length and a unique-id of that length; nothing behind it was read");
            break;
        };
        let (user, server, uid) = (Vec::new(), Vec::new(), uid.to_owned());
        history.seen.push(SeenUid { user, server, uid, at: None });
        rest = behind.trim_ascii_start();
    }
    history
}

fn entry(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = octets.iter().position(|octet| *octet == b' ')?;
    let length: usize = std::str::from_utf8(&octets[..blank]).ok()?.parse().ok()?;
    let end = blank.checked_add(1)?.checked_add(length)?;
    let uid = octets.get(blank + 1..end)?;
    let is_whole = matches!(octets.get(end), None | Some(b'\n'));
    (length > 0 && is_whole).then(|| (uid, &octets[end..]))
}
