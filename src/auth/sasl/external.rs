use zeroize::Zeroizing;

use super::ONE_TOO_MANY;
use crate::proto::Exchange;

/// EXTERNAL (RFC 4422 appendix A): the client certificate of the TLS session is who we are. The user is told too, as
/// one certificate may be good for several mailboxes (C-156).
pub struct External<'a> {
    user: &'a str,
}

impl<'a> External<'a> {
    /// To be this user; an empty name leaves it to the certificate.
    pub fn new(user: &'a str) -> Self {
        Self { user }
    }
}

impl Exchange for External<'_> {
    fn mechanism(&self) -> &'static str {
        "EXTERNAL"
    }

    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        Some(Zeroizing::new(self.user.into()))
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
    use super::super::tests::{answer, initial};
    use super::*;

    #[test]
    fn says_the_user_or_nothing() {
        assert_eq!(initial(&External::new("ann")), "ann");
        assert_eq!(initial(&External::new("")), "");
        assert!(answer(&mut External::new("ann"), "").is_err());
    }
}
