use zeroize::Zeroizing;

use super::ONE_TOO_MANY;
use crate::auth::Secret;
use crate::proto::Exchange;

/// LOGIN, which no RFC describes: the server asks for the user, then for the password. Its questions are worded in many
/// ways, so they are answered by their order (C-155).
pub struct LoginMechanism<'a> {
    user: &'a str,
    password: &'a Secret,
    asked: u8,
}

impl<'a> LoginMechanism<'a> {
    /// For this user.
    pub fn new(user: &'a str, password: &'a Secret) -> Self {
        Self { user, password, asked: 0 }
    }
}

impl Exchange for LoginMechanism<'_> {
    fn mechanism(&self) -> &'static str {
        "LOGIN"
    }

    fn answer(&mut self, _: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        self.asked += 1;
        match self.asked {
            1 => Ok(Zeroizing::new(self.user.into())),
            2 => Ok(Zeroizing::new(self.password.expose().into())),
            _ => Err(ONE_TOO_MANY.into()),
        }
    }

    fn proof(&self) -> usize {
        1
    }

    fn ignores_challenges(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{answer, secret};
    use super::*;

    #[test]
    fn answers_by_order() {
        let password = secret("pa ss");
        for [first, second] in [["Username:", "Password:"], ["User Name\0", "Password\0"], ["", ""]] {
            let mut login = LoginMechanism::new("ann", &password);
            assert!(login.initial().is_none());
            assert_eq!(answer(&mut login, first).unwrap(), "ann");
            assert_eq!(answer(&mut login, second).unwrap(), "pa ss");
            assert!(answer(&mut login, first).is_err());
        }
    }
}
