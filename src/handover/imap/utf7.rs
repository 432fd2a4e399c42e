use base64::alphabet::IMAP_MUTF7;
use base64::engine::general_purpose::NO_PAD;
use base64::engine::{Engine, GeneralPurpose};

/// The name of a folder as it goes over the line: printable ASCII, and everything else in modified UTF-7 (RFC 3501 section
/// 5.1.3). `ENABLE UTF8=ACCEPT` would make this a different protocol, so it is never asked for.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut shifted = Vec::new();
    for c in name.chars() {
        if (' '..='~').contains(&c) {
            end_shift(&mut shifted, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            shifted.extend(c.encode_utf16(&mut [0; 2]).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    end_shift(&mut shifted, &mut out);
    out
}

fn end_shift(shifted: &mut Vec<u8>, out: &mut String) {
    if !shifted.is_empty() {
        out.push('&');
        MODIFIED.encode_string(&*shifted, out);
        out.push('-');
        shifted.clear();
    }
}

const MODIFIED: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn known_names() {
        for (name, encoded) in [
            ("INBOX", "INBOX"),
            ("Entw\u{fc}rfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("\u{53f0}\u{5317}", "&U,BTFw-"),
            ("\u{65e5}\u{672c}\u{8a9e}", "&ZeVnLIqe-"),
            ("a\u{1f600}&\u{e9}", "a&2D3eAA-&-&AOk-"),
            ("", ""),
        ] {
            assert_eq!(encode(name), encoded);
        }
    }
}
