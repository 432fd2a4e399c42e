use zeroize::Zeroizing;

use super::ONE_TOO_MANY;
use crate::auth::Secret;
use crate::proto::Exchange;

/// PLAIN (RFC 4616): an empty authorization identity, the user, the password, in UTF-8 (C-153).
pub struct Plain<'a> {
    user: &'a str,
    password: &'a Secret,
}

impl<'a> Plain<'a> {
    /// For this user.
    pub fn new(user: &'a str, password: &'a Secret) -> Self {
        Self { user, password }
    }
}

impl Exchange for Plain<'_> {
    fn mechanism(&self) -> &'static str {
        "PLAIN"
    }

    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        let parts: [&[u8]; 4] = [b"\0", self.user.as_bytes(), b"\0", self.password.expose().as_bytes()];
        Some(Zeroizing::new(parts.concat()))
    }

    fn answer(&mut self, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        Err(ONE_TOO_MANY.into())
    }

    fn ignores_challenges(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, initial, secret};
    use super::*;

    #[test]
    fn known_answer_of_rfc_4616() {
        let password = secret("tanstaaftanstaaf");
        let mut plain = Plain::new("tim", &password);
        assert_eq!(initial(&plain), "\0tim\0tanstaaftanstaaf");
        assert!(answer(&mut plain, "").is_err());
    }

    #[test]
    fn is_utf_8() {
        let password = secret("\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}");
        assert_eq!(initial(&Plain::new("\u{e9}", &password)), "\0\u{e9}\0\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}");
    }
}
