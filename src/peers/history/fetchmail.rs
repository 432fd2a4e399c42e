use super::{PeerHistory, SeenUid, lines};

/// `USER@SERVER UID`: the user may have blanks before its first @; the last @ before the first blank behind that ends it.
pub(super) fn read(octets: &[u8]) -> PeerHistory {
    let mut history = PeerHistory::default();
    for (number, line) in lines(octets) {
        let line = line.trim_ascii_start();
        if line.is_empty() {
            continue;
        }
        match entry(line) {
            Some(seen) => history.seen.push(seen),
            None => history.wrong(number, "it is not USER@SERVER and a unique-id"),
        }
    }
    history
}

fn entry(line: &[u8]) -> Option<SeenUid> {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let first = line.iter().position(|octet| *octet == b'@')?;
    let end = first + line[first..].iter().position(is_blank)?;
    let last = line[..end].iter().rposition(|octet| *octet == b'@')?;
    let rest = line[end..].trim_ascii_start();
    let uid = &rest[..rest.iter().position(is_blank).unwrap_or(rest.len())];
    let seen = SeenUid {
        user: line[..last].to_owned(),
        server: line[last + 1..end].to_owned(),
        uid: uid.to_owned(),
        at: None,
    };
    (!uid.is_empty()).then_some(seen)
}
