use zeroize::Zeroizing;

use super::{ONE_TOO_MANY, oauth};
use crate::auth::Secret;
use crate::proto::Exchange;

/// XOAUTH2, as Google and Microsoft describe it: the user and an access token (C-161).
pub struct Xoauth2<'a> {
    user: &'a str,
    token: &'a Secret,
    failure: Option<Vec<u8>>,
}

impl<'a> Xoauth2<'a> {
    /// For this user.
    pub fn new(user: &'a str, token: &'a Secret) -> Self {
        Self { user, token, failure: None }
    }
}

impl Exchange for Xoauth2<'_> {
    fn mechanism(&self) -> &'static str {
        "XOAUTH2"
    }

    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        let (user, token) = (self.user.as_bytes(), self.token.expose().as_bytes());
        let parts: [&[u8]; 5] = [b"user=", user, b"\x01auth=Bearer ", token, b"\x01\x01"];
        Some(Zeroizing::new(parts.concat())) // in one allocation, so that no copy is left behind
    }

    /// The only challenge tells of a failure; the answer that it wants is empty (C-164).
    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        match self.failure.replace(oauth::failure(challenge)) {
            None => Ok(Zeroizing::default()),
            Some(_) => Err(ONE_TOO_MANY.into()),
        }
    }

    fn finish(&self) -> Result<(), String> {
        oauth::unless_failed(self.failure.is_some())
    }

    fn failure(&self) -> Option<&[u8]> {
        self.failure.as_deref()
    }

    /// Exchange Online ends the session when the token comes with the command (C-166, C-198).
    fn wants_two_lines(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, initial, secret};
    use super::*;

    /// The example of Google's description.
    #[test]
    fn known_message() {
        let token = secret("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==");
        let message = initial(&Xoauth2::new("someuser@example.com", &token));
        let expected =
            "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg==\x01\x01";
        assert_eq!(message, expected);
    }

    #[test]
    fn a_challenge_is_a_failure_and_is_answered_by_nothing() {
        let token = secret("t");
        let mut exchange = Xoauth2::new("ann", &token);
        assert_eq!(exchange.failure(), None);
        assert_eq!(answer(&mut exchange, r#"{"status":"401"}"#).unwrap(), "");
        assert_eq!(exchange.failure(), Some(&b"status 401"[..]));
        assert!(exchange.finish().is_err());
        assert!(answer(&mut exchange, "").is_err());
    }
}
