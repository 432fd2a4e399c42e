//! The names of .eml files: `20261126T100000Z_<12 hex>_<slug>.eml`, which every file system can hold.
//!
//! The date is that of the message, so that names sort; with it no name is one that Windows keeps for devices. The digits
//! are of the hash of the message, the slug is what ASCII there is of its subject.

use jiff::Timestamp;

use crate::deliver::{Tag, name};
use crate::error::Result;
use crate::headers::Headers;
use crate::private::hex;

/// The name without its ending. `hash` is the SHA-256 of the message. A message without a date has the one of its delivery.
pub(super) fn stem(header: &[u8], hash: &[u8; 32], now: Timestamp) -> String {
    let Headers { date, subject, .. } = Headers::read(header);
    let date = date.parse().ok().and_then(shown).or_else(|| shown(now)).unwrap_or_default();
    let digits = hex(&hash[..6]);
    match slug(&subject) {
        slug if slug.is_empty() => format!("{date}_{digits}"),
        slug => format!("{date}_{digits}_{slug}"),
    }
}

/// None before the year 0 and after the year 9999.
fn shown(date: Timestamp) -> Option<String> {
    let shown = date.strftime("%Y%m%dT%H%M%SZ").to_string();
    (shown.len() == DATE && shown.starts_with(|c: char| c.is_ascii_digit())).then_some(shown)
}

/// What is no letter, digit, dot or underscore in ASCII becomes a hyphen, and several of those become one.
fn slug(subject: &str) -> String {
    let mut slug = String::new();
    for c in subject.chars() {
        if slug.len() == MAX_SLUG {
            break;
        }
        if c.is_ascii_alphanumeric() || c == '.' || c == '_' {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches(['-', '.', '_']).to_owned()
}

/// While a message is being written.
pub(super) fn begun(tag: &Tag) -> Result<String> {
    Ok(format!("{}{}{STAGED_END}", name::hidden_prefix(tag), hex(&name::random_octets::<8>()?)))
}

/// When it is whole: from this name the last one can be made.
pub(super) fn staged(begun: &str, stem: &str) -> String {
    format!("{}-{stem}{STAGED_END}", begun.strip_suffix(STAGED_END).unwrap_or(begun))
}

/// The last name of a message that is whole; none, if it is no name of such a one.
pub(super) fn of_staged(staged: &str) -> Option<String> {
    let unique = staged.strip_prefix(HIDDEN)?.strip_suffix(STAGED_END)?;
    let stem = unique.splitn(3, '-').nth(2)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (stem.starts_with(|c: char| c.is_ascii_digit()) && stem.chars().all(is_plain)).then(|| format!("{stem}{END}"))
}

/// Is it the name of a staged file of this tag?
pub(super) fn is_own(name: &str, tag: &Tag) -> bool {
    name.starts_with(&name::hidden_prefix(tag)) && name.ends_with(STAGED_END)
}

/// A name, and what is taken in its stead if it is taken: NAME.eml, NAME_2.eml, ..
pub(super) fn choices(name: &str) -> impl Iterator<Item = String> + use<> {
    let stem = name.strip_suffix(END).unwrap_or(name).to_owned();
    let numbered = (2..=MAX_COPIES).map(move |number| format!("{stem}_{number}{END}"));
    std::iter::once(name.to_owned()).chain(numbered)
}

const END: &str = ".eml";

/// Not `.eml`: whatever consumes those is not to see a message that is not whole.
const STAGED_END: &str = ".part";

/// With what hidden files begin, whoever's they are.
const HIDDEN: &str = ".mailhaul-";

/// Octets of a date.
const DATE: usize = 16;

/// Octets of a slug, so that a name with a number has 120 at most.
const MAX_SLUG: usize = 120 - DATE - "_".len() - 12 - "_".len() - "_9999".len() - END.len();

/// Identical messages in one folder.
const MAX_COPIES: u32 = 9999;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(header: &str) -> String {
        stem(header.as_bytes(), &[0xab; 32], "2026-11-27T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_name_has_the_date_and_the_subject() {
        let known = [
            (
                "Date: Thu, 26 Nov 2026 11:00:00 +0100\r\nSubject: Your  invoice #12/2026\r\n\r\n",
                "20261126T100000Z",
                "_Your-invoice-12-2026",
            ),
            ("Subject: =?utf-8?Q?Rechnung_f=C3=BCr_M=C3=A4rz?=\r\n\r\n", "20261127T120000Z", "_Rechnung-f-r-M-rz"),
            (
                "Date: Thu, 45 Nov 2026 11:00:00 +0100\r\nSubject: ../../etc/passwd\r\n\r\n",
                "20261127T120000Z",
                "_etc-passwd",
            ),
            ("Date: nonsense\r\nSubject: =?utf-8?B?0L/RgNC40LLQtdGC?=\r\n\r\n", "20261127T120000Z", ""),
            ("Subject: CON.\r\n\r\n", "20261127T120000Z", "_CON"),
            ("", "20261127T120000Z", ""),
            ("Date: Mon, 31 Dec 9999 23:59:59 -1200\r\n\r\n", "20261127T120000Z", ""),
        ];
        for (header, date, slug) in known {
            assert_eq!(name(header), format!("{date}_abababababab{slug}"), "{header:?}");
        }
    }

    #[test]
    fn the_last_name_is_made_of_the_one_before() {
        let tag = Tag::new([7; 8]);
        let begun = begun(&tag).unwrap();
        assert!(is_own(&begun, &tag) && !is_own(&begun, &Tag::new([8; 8])));
        assert_eq!(of_staged(&begun), None, "it is not whole");
        let staged = staged(&begun, "20261126T100000Z_abababababab_a-b");
        assert!(is_own(&staged, &tag));
        assert_eq!(of_staged(&staged).unwrap(), "20261126T100000Z_abababababab_a-b.eml");
        for foreign in ["x", ".mailhaul-1-2-3/../x.part", ".mailhaul-1-2-.part", ".mailhaul-1-2-3.spool"] {
            assert_eq!(of_staged(foreign), None, "{foreign}");
        }
        assert_eq!(choices("x.eml").take(3).collect::<Vec<_>>(), ["x.eml", "x_2.eml", "x_3.eml"]);
    }

    proptest! {
        #[test]
        fn every_file_system_can_hold_it(subject in "\\PC{0,300}") {
            let stem = name(&format!("Subject: {subject}\r\n\r\n"));
            let last = choices(&format!("{stem}.eml")).last().unwrap();
            prop_assert!(last.len() <= 120, "{}", last);
            prop_assert!(last.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{}", last);
            prop_assert!(!stem.ends_with('.'), "{}", stem);
            let staged = staged(&begun(&Tag::new([7; 8])).unwrap(), &stem);
            prop_assert!(staged.len() <= 255);
            prop_assert_eq!(of_staged(&staged), Some(format!("{stem}.eml")));
        }
    }
}
