use zeroize::Zeroizing;

use super::scram::escaped_name;
use super::{ONE_TOO_MANY, oauth};
use crate::auth::Secret;
use crate::proto::Exchange;

/// OAUTHBEARER (RFC 7628): the user, the server that is meant, and an access token (C-162).
pub struct OauthBearer<'a> {
    user: &'a str,
    host: &'a str,
    port: u16,
    token: &'a Secret,
    failure: Option<Vec<u8>>,
}

impl<'a> OauthBearer<'a> {
    /// For this user at this server.
    pub fn new(user: &'a str, host: &'a str, port: u16, token: &'a Secret) -> Self {
        Self { user, host, port, token, failure: None }
    }
}

impl Exchange for OauthBearer<'_> {
    fn mechanism(&self) -> &'static str {
        "OAUTHBEARER"
    }

    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        let Self { host, port, .. } = self;
        let user = escaped_name(self.user);
        let start = format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer ");
        let parts: [&[u8]; 3] = [start.as_bytes(), self.token.expose().as_bytes(), b"\x01\x01"];
        Some(Zeroizing::new(parts.concat()))
    }

    /// The only challenge tells of a failure; the answer that it wants is one ^A (C-163).
    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        match self.failure.replace(oauth::failure(challenge)) {
            None => Ok(Zeroizing::new(b"\x01".to_vec())),
            Some(_) => Err(ONE_TOO_MANY.into()),
        }
    }

    fn finish(&self) -> Result<(), String> {
        oauth::unless_failed(self.failure.is_some())
    }

    fn failure(&self) -> Option<&[u8]> {
        self.failure.as_deref()
    }

    /// As with XOAUTH2: the message is seldom short, and servers expect it by itself (C-166).
    fn wants_two_lines(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, initial, secret};
    use super::*;

    /// The example of RFC 7628 section 4.1.
    #[test]
    fn known_message() {
        let token = secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let exchange = OauthBearer::new("user@example.com", "server.example.com", 143, &token);
        let expected = "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01\
                        auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01";
        assert_eq!(initial(&exchange), expected);
    }

    #[test]
    fn commas_and_equal_signs_in_a_name_are_escaped() {
        let token = secret("t");
        assert!(initial(&OauthBearer::new("a=b,c", "h", 995, &token)).starts_with("n,a=a=3Db=2Cc,\x01host=h\x01"));
    }

    /// The failure of RFC 7628 section 4.3.
    #[test]
    fn a_challenge_is_a_failure_and_is_answered_by_control_a() {
        let token = secret("t");
        let mut exchange = OauthBearer::new("ann", "h", 995, &token);
        let challenge = r#"{"status":"invalid_token","scope":"example_scope"}"#;
        assert_eq!(answer(&mut exchange, challenge).unwrap(), "\x01");
        assert_eq!(exchange.failure(), Some(&b"status invalid_token, scope example_scope"[..]));
        assert!(exchange.finish().is_err());
        assert!(answer(&mut exchange, challenge).is_err());
    }
}
