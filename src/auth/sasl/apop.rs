use md5::{Digest, Md5};

use super::prepare::prepared;
use crate::auth::Secret;
use crate::private::hex;

/// The digest of APOP: MD5 of the greeting's timestamp, brackets included, and the password (RFC 1939 section 7,
/// C-092). SASLprep is for passwords outside of ASCII (RFC 6856 section 2.2).
pub fn apop_digest(timestamp: &str, password: &Secret) -> String {
    let mut digest = Md5::new();
    digest.update(timestamp);
    digest.update(prepared(password.expose()).as_bytes());
    hex(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::super::tests::secret;
    use super::*;

    #[test]
    fn known_answer_of_rfc_1939() {
        let digest = apop_digest("<1896.697170952@dbc.mtview.ca.us>", &secret("tanstaaf"));
        assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb");
    }
}
