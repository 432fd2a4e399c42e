//! The little of SASL that the server speaks: PLAIN.

/// User and password of an AUTH PLAIN message (RFC 4616), given in base64.
pub fn plain(message: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let message = base64(message)?;
    let mut parts = message.split(|octet| *octet == 0);
    let (_authorize_as, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then(|| (user.to_vec(), password.to_vec()))
}

/// Decodes base64 with its padding; a lone `=` is the empty message.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    if text == b"=" {
        return Some(Vec::new());
    }
    let digits = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let (mut octets, mut bits, mut held) = (Vec::new(), 0u32, 0);
    for digit in digits {
        bits = bits << 6 | u32::from(value(*digit)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            octets.push((bits >> held) as u8);
        }
    }
    text.len().is_multiple_of(4).then_some(octets)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
