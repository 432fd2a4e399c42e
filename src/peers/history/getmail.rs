use super::{PeerHistory, SeenUid, lines, time};

/// `UID`, NUL, and the seconds when it was first seen. The file is of one mailbox.
pub(super) fn read(octets: &[u8]) -> PeerHistory {
    let mut history = PeerHistory::default();
    for (number, line) in lines(octets) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match line.iter().position(|octet| *octet == 0) {
            Some(at) if at > 0 => {
                let uid = line[..at].to_owned();
                history.seen.push(SeenUid { user: Vec::new(), server: Vec::new(), uid, at: time(&line[at + 1..]) });
            }
            _ => history.wrong(number, "it is not a unique-id, NUL and a time"),
        }
    }
    history
}
