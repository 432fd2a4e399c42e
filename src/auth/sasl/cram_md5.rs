use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use zeroize::Zeroizing;

use super::ONE_TOO_MANY;
use crate::auth::Secret;
use crate::private::hex;
use crate::proto::Exchange;

/// CRAM-MD5 (RFC 2195): the challenge of the server under HMAC-MD5. Weak against whoever reads along, so it is used
/// only when it is named (C-145).
pub struct CramMd5<'a> {
    user: &'a str,
    password: &'a Secret,
    done: bool,
}

impl<'a> CramMd5<'a> {
    /// For this user.
    pub fn new(user: &'a str, password: &'a Secret) -> Self {
        Self { user, password, done: false }
    }
}

impl Exchange for CramMd5<'_> {
    fn mechanism(&self) -> &'static str {
        "CRAM-MD5"
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        if std::mem::replace(&mut self.done, true) {
            return Err(ONE_TOO_MANY.into());
        }
        if challenge.is_empty() {
            return Err("its challenge is empty".into());
        }
        let key = self.password.expose().as_bytes();
        let mut mac = Hmac::<Md5>::new_from_slice(key).expect("HMAC takes keys of every length");
        mac.update(challenge);
        let digest = hex(&mac.finalize().into_bytes());
        Ok(Zeroizing::new(format!("{} {digest}", self.user).into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, secret};
    use super::*;

    #[test]
    fn known_answer_of_rfc_2195() {
        let password = secret("tanstaaftanstaaf");
        let mut cram = CramMd5::new("tim", &password);
        let challenge = "<1896.697170952@postoffice.reston.mci.net>";
        assert_eq!(answer(&mut cram, challenge).unwrap(), "tim b913a602c7eda7a495b4e6e7334d3890");
        assert!(answer(&mut cram, challenge).is_err());
    }

    #[test]
    fn does_not_answer_nothing() {
        let password = secret("x");
        assert!(answer(&mut CramMd5::new("tim", &password), "").is_err());
    }
}
