use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// A password. It is wiped from memory when it is dropped, and cannot be printed (C-288).
#[derive(Clone)]
pub struct Secret {
    text: Zeroizing<String>,
    may_be_kept: bool,
    is_typed: bool,
    is_of_keyring: bool,
}

impl Secret {
    /// Takes what a file or a command gave: exactly one line end is cut off, another one is refused. `source` is for the
    /// error.
    pub fn from_text(text: Zeroizing<Vec<u8>>, source: &str) -> Result<Self> {
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        let line = line.strip_suffix(b"\r").filter(|_| line.len() < text.len()).unwrap_or(line);
        Self::from_octets(line, source)
    }

    /// Takes a password as it is. One with a line end is refused: the rest would be a command of its own (C-036).
    pub fn from_octets(password: &[u8], source: &str) -> Result<Self> {
        let bad = |why| Error::new(Kind::Config, format!("the password from {source} {why}"));
        if password.starts_with(BYTE_ORDER_MARK) {
            return Err(bad("begins with a byte-order mark, which servers do not take as part of it").hint(
                "save it as UTF-8 without a byte-order mark (in some editors: \"UTF-8\", not \"UTF-8 with BOM\")",
            ));
        }
        if UTF_16.iter().any(|mark| password.starts_with(mark)) {
            return Err(
                bad("is in UTF-16").hint("save it as UTF-8, or convert it by: iconv -f UTF-16 -t UTF-8 OLD > NEW")
            );
        }
        let password = std::str::from_utf8(password).map_err(|_| {
            bad("is not UTF-8").hint(
                "convert it with iconv -f ENCODING -t UTF-8 OLD > NEW (ENCODING is KOI8-R, WINDOWS-1251 or ISO-8859-1, for instance)",
            )
        })?;
        if password.is_empty() {
            return Err(bad("is empty"));
        }
        if password.chars().any(char::is_control) {
            return Err(
                bad("has a control character or a second line").hint("it must be the password alone, on one line")
            );
        }
        Ok(Self {
            text: Zeroizing::new(password.to_owned()),
            may_be_kept: false,
            is_typed: false,
            is_of_keyring: false,
        })
    }

    /// The password itself, for the login only.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Somebody has typed it, because the keyring, which can be used, does not have it.
    pub fn may_be_kept(&self) -> bool {
        self.may_be_kept
    }

    /// Somebody has typed it: it cannot be had again without a question.
    pub fn is_typed(&self) -> bool {
        self.is_typed
    }

    /// The same, typed, of which [`Self::may_be_kept`] is so.
    pub(super) fn typed(self, may_be_kept: bool) -> Self {
        Self { may_be_kept, is_typed: true, ..self }
    }

    /// The same, taken from the keyring.
    pub(super) fn of_keyring(self) -> Self {
        Self { is_of_keyring: true, ..self }
    }

    /// Was it found in the keyring? Then `mailhaul login` replaces it.
    pub fn is_of_keyring(&self) -> bool {
        self.is_of_keyring
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

/// U+FEFF in UTF-8, which some editors put before a text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The same in UTF-16, in either order.
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Result<Secret> {
        Secret::from_text(Zeroizing::new(text.as_bytes().to_vec()), "here")
    }

    #[test]
    fn cuts_exactly_one_line_end() {
        for text in ["pa ss", "pa ss\n", "pa ss\r\n"] {
            assert_eq!(secret(text).unwrap().expose(), "pa ss");
        }
        assert_eq!(secret(" x \n").unwrap().expose(), " x ");
        for text in ["", "\n", "a\n\n", "a\nb", "a\rb", "a\0", "a\r"] {
            assert!(secret(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_one_is_explained() {
        for (octets, why, step) in [
            (&b"\xef\xbb\xbfx"[..], "begins with a byte-order mark", "without a byte-order mark"),
            (b"\xff\xfex\0", "is in UTF-16", "iconv -f UTF-16"),
            (b"\xfe\xff\0x", "is in UTF-16", "iconv -f UTF-16"),
            (b"\xe9", "is not UTF-8", "iconv -f ENCODING"),
            (b"a\nb", "has a control character", "on one line"),
        ] {
            let error = Secret::from_octets(octets, "here").unwrap_err();
            assert!(error.to_string().starts_with(&format!("the password from here {why}")), "{error}");
            assert!(error.next_step().unwrap().contains(step), "{error}");
        }
    }

    #[test]
    fn cannot_be_shown() {
        assert_eq!(format!("{:?}", secret("hunter2").unwrap()), "Secret(****)");
    }
}
