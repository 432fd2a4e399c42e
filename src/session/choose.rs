//! Which mechanisms are tried, and in which order. Pure.

use crate::auth::Credentials;
use crate::config::Mechanism;
use crate::error::{Error, Kind, Result};
use crate::proto::Capabilities;

/// What the choice depends on.
pub(super) struct Situation<'a> {
    /// Those that hold now: inside TLS, if there is TLS (C-143).
    pub(super) capabilities: &'a Capabilities,
    /// The mechanism that the user has named.
    pub(super) named: Option<Mechanism>,
    pub(super) credentials: &'a Credentials,
    /// Can the login be bound to the TLS session?
    pub(super) can_bind: bool,
    /// Are the user's name and the password ASCII?
    pub(super) is_ascii: bool,
}

/// The mechanisms to try, the best first; never none. A named one is alone, listed or not, and bound to the TLS session only
/// if it is named so.
pub(super) fn candidates(situation: &Situation<'_>) -> Result<Vec<Mechanism>> {
    if let Some(named) = situation.named {
        return Ok(vec![named]);
    }
    let preferred: &[Mechanism] = match situation.credentials {
        Credentials::Password(_) => &BY_PASSWORD,
        Credentials::Token(_) => &BY_TOKEN,
        Credentials::Certificate => &[Mechanism::External],
    };
    let best = preferred.iter().map(|&mechanism| situation.bound(mechanism));
    let candidates: Vec<Mechanism> = best.filter(|&mechanism| situation.offers(mechanism)).collect();
    if candidates.is_empty() { Err(situation.nothing_offered()) } else { Ok(candidates) }
}

impl Situation<'_> {
    /// With a channel binding where both sides can: a client that can must not leave it out (RFC 5802 section 6).
    fn bound(&self, mechanism: Mechanism) -> Mechanism {
        let plus = match mechanism {
            Mechanism::ScramSha1 => Mechanism::ScramSha1Plus,
            Mechanism::ScramSha256 => Mechanism::ScramSha256Plus,
            other => return other,
        };
        if self.can_bind && self.lists(plus) { plus } else { mechanism }
    }

    fn lists(&self, mechanism: Mechanism) -> bool {
        self.capabilities.has_sasl(mechanism.name())
    }

    fn offers(&self, mechanism: Mechanism) -> bool {
        match mechanism {
            // A list without USER and without SASL names no login at all, so it is not complete (C-144).
            Mechanism::User => {
                (self.capabilities.has("USER") || !self.capabilities.has("SASL"))
                    && (self.is_ascii || self.capabilities.has_utf8_logins())
            }
            sasl => self.lists(sasl),
        }
    }

    fn nothing_offered(&self) -> Error {
        let listed = listed_logins(self.capabilities);
        let with = match self.credentials {
            Credentials::Password(_) if !self.is_ascii => "a user name or a password outside of ASCII",
            Credentials::Password(_) => "a password",
            Credentials::Token(_) => "an access token",
            Credentials::Certificate => "a certificate",
        };
        let error =
            Error::new(Kind::Unavailable, format!("the server offers no login with {with}; it lists: {listed}"));
        error.hint(if self.is_ascii {
            "a mechanism that is not listed, or is used only when it is named, can be named by --auth"
        } else {
            "SASL mechanisms take it as UTF-8: try --auth plain; or --auth user, which sends it to USER and PASS as it is"
        })
    }
}

/// The logins that a server lists, for people.
pub(super) fn listed_logins(capabilities: &Capabilities) -> String {
    let lines = capabilities.lines();
    let is_login = |line: &&String| ["SASL", "USER"].contains(&line.split(' ').next().unwrap_or_default());
    let listed: Vec<&str> = lines.iter().filter(is_login).map(String::as_str).collect();
    if listed.is_empty() { "nothing".to_owned() } else { listed.join(", ") }
}

/// C-144. CRAM-MD5 and APOP are used only when they are named (C-093, C-145), LOGIN where nothing else is offered.
const BY_PASSWORD: [Mechanism; 5] =
    [Mechanism::ScramSha256, Mechanism::ScramSha1, Mechanism::Plain, Mechanism::User, Mechanism::Login];

/// Google and Microsoft describe XOAUTH2 for POP3, so it is what their servers are tried with.
const BY_TOKEN: [Mechanism; 2] = [Mechanism::Xoauth2, Mechanism::OauthBearer];

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::Mechanism::*;
    use super::*;
    use crate::auth::Secret;

    fn secret() -> Secret {
        Secret::from_text(Zeroizing::new(b"x".to_vec()), "here").unwrap()
    }

    fn choose(
        lines: &[&str],
        credentials: &Credentials,
        change: impl FnOnce(&mut Situation<'_>),
    ) -> Result<Vec<Mechanism>> {
        let mut capabilities = Capabilities::default();
        lines.iter().for_each(|line| capabilities.push_line(line.as_bytes()).unwrap());
        let mut situation =
            Situation { capabilities: &capabilities, named: None, credentials, can_bind: false, is_ascii: true };
        change(&mut situation);
        candidates(&situation)
    }

    fn by_password(lines: &[&str], change: impl FnOnce(&mut Situation<'_>)) -> Result<Vec<Mechanism>> {
        choose(lines, &Credentials::Password(secret()), change)
    }

    #[test]
    fn the_order_is_ours_and_not_the_servers() {
        let all = ["SASL LOGIN PLAIN XOAUTH2 CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 EXTERNAL", "USER"];
        assert_eq!(by_password(&all, |_| ()).unwrap(), [ScramSha256, ScramSha1, Plain, User, Login]);
        assert_eq!(by_password(&["USER", "SASL scram-sha-1"], |_| ()).unwrap(), [ScramSha1, User]);
        assert_eq!(by_password(&["SASL LOGIN"], |_| ()).unwrap(), [Login]);
    }

    #[test]
    fn a_binding_is_used_where_both_sides_can() {
        let both = ["SASL SCRAM-SHA-256 SCRAM-SHA-256-PLUS SCRAM-SHA-1"];
        assert_eq!(by_password(&both, |now| now.can_bind = true).unwrap(), [ScramSha256Plus, ScramSha1]);
        assert_eq!(by_password(&both, |_| ()).unwrap(), [ScramSha256, ScramSha1]);
        let only = ["SASL SCRAM-SHA-1-PLUS PLAIN"];
        assert_eq!(by_password(&only, |now| now.can_bind = true).unwrap(), [ScramSha1Plus, Plain]);
        assert_eq!(by_password(&only, |_| ()).unwrap(), [Plain]);
        let named = |lines: &[&str], can_bind| {
            by_password(lines, |now| (now.named, now.can_bind) = (Some(ScramSha256), can_bind)).unwrap()
        };
        assert_eq!(named(&both, true), [ScramSha256]);
        assert_eq!(named(&both, false), [ScramSha256]);
        assert_eq!(named(&[], true), [ScramSha256]);
    }

    #[test]
    fn user_is_for_servers_that_list_it_or_no_login_at_all() {
        for lines in [&["USER"][..], &["UIDL"], &[]] {
            assert_eq!(by_password(lines, |_| ()).unwrap(), [User]);
        }
        let error = by_password(&["SASL XOAUTH2", "UIDL"], |_| ()).unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains("it lists: SASL XOAUTH2"), "{error}");
    }

    #[test]
    fn outside_of_ascii_user_wants_a_promise() {
        let foreign = |lines: &[&str]| by_password(lines, |now| now.is_ascii = false);
        assert!(foreign(&["USER"]).unwrap_err().next_step().unwrap().contains("--auth user"));
        assert!(foreign(&["USER", "UTF8"]).is_err());
        assert_eq!(foreign(&["USER", "UTF8 USER"]).unwrap(), [User]);
        assert_eq!(foreign(&["USER", "SASL LOGIN"]).unwrap(), [Login]);
        let named = |now: &mut Situation<'_>| (now.is_ascii, now.named) = (false, Some(User));
        assert_eq!(by_password(&["USER"], named).unwrap(), [User]);
    }

    #[test]
    fn what_is_weak_is_used_only_when_it_is_named() {
        assert!(by_password(&["SASL CRAM-MD5 DIGEST-MD5 NTLM EXTERNAL ANONYMOUS"], |_| ()).is_err());
        for named in [CramMd5, Apop, Plain, Login, User, External, Xoauth2, OauthBearer, ScramSha1Plus] {
            assert_eq!(by_password(&["SASL SCRAM-SHA-256"], |now| now.named = Some(named)).unwrap(), [named]);
        }
    }

    #[test]
    fn tokens_and_certificates_have_their_own() {
        let token = Credentials::Token(secret());
        let all = ["SASL PLAIN OAUTHBEARER XOAUTH2 EXTERNAL", "USER"];
        assert_eq!(choose(&all, &token, |_| ()).unwrap(), [Xoauth2, OauthBearer]);
        assert_eq!(choose(&["SASL OAUTHBEARER"], &token, |_| ()).unwrap(), [OauthBearer]);
        assert!(choose(&["SASL PLAIN", "USER"], &token, |_| ()).is_err());
        assert_eq!(choose(&all, &Credentials::Certificate, |_| ()).unwrap(), [External]);
        assert!(choose(&["USER"], &Credentials::Certificate, |_| ()).is_err());
    }
}
