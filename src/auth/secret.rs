use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// A password. It is wiped from memory when it is dropped, and cannot be printed (C-288).
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes what a file or a command gave: exactly one line end is cut off, another one is refused, because it would
    /// become a second command on the line (C-036). `source` is for the error.
    pub fn from_text(text: Zeroizing<Vec<u8>>, source: &str) -> Result<Self> {
        let line = text.strip_suffix(b"\n").unwrap_or(&text);
        let line = line.strip_suffix(b"\r").filter(|_| line.len() < text.len()).unwrap_or(line);
        let bad = |why| Error::new(Kind::Config, format!("the password from {source} {why}"));
        let password = std::str::from_utf8(line).map_err(|_| bad("is not UTF-8"))?;
        if password.is_empty() {
            return Err(bad("is empty"));
        }
        if password.chars().any(char::is_control) {
            return Err(
                bad("has a control character or a second line").hint("it must be the password alone, on one line")
            );
        }
        Ok(Self(Zeroizing::new(password.to_owned())))
    }

    /// The password itself, for the login only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(****)")
    }
}

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
    fn cannot_be_shown() {
        assert_eq!(format!("{:?}", secret("hunter2").unwrap()), "Secret(****)");
    }
}
