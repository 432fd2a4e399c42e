use base64::prelude::{BASE64_STANDARD, Engine};
use zeroize::Zeroizing;

use super::Secret;

/// The response of SASL PLAIN, in base64: an empty authorization identity, the user, the password (RFC 4616).
pub fn plain_response(user: &str, password: &Secret) -> Zeroizing<String> {
    let message = Zeroizing::new(format!("\0{user}\0{}", password.expose()));
    Zeroizing::new(BASE64_STANDARD.encode(message.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answer_of_rfc_4616() {
        let password = Secret::from_text(Zeroizing::new(b"tanstaaftanstaaf".to_vec()), "here").unwrap();
        assert_eq!(plain_response("tim", &password).as_str(), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
    }
}
