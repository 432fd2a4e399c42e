//! What the token endpoint answers (RFC 6749 section 5).

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::TokenClient;
use super::encode::encoded;
use super::explain::advice;
use crate::auth::Secret;
use crate::error::{Error, Kind, Result};
use crate::net::{HttpReply, server_of};

/// Tokens that were granted.
pub(super) struct Tokens {
    pub(super) access: Secret,
    /// If there is a new one; else the old one stays good.
    pub(super) refresh: Option<Secret>,
    /// When the access token ends, if the provider says so.
    pub(super) expires: Option<SystemTime>,
}

/// An answer to a request for tokens.
pub(super) enum TokenAnswer {
    Granted(Tokens),
    /// The error code, and the provider's words; both without our secrets, and escaped.
    Refused {
        code: String,
        words: String,
    },
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
    error_description: Option<String>,
}

impl TokenClient {
    /// Asks the token endpoint for a grant of this type.
    pub(super) fn ask_for_tokens(&self, grant: &str, fields: &[(&str, &str)]) -> Result<TokenAnswer> {
        let all = [&[("grant_type", grant)], fields, &self.ourselves()].concat();
        self.post(&self.oauth.token_url, &all, |reply| read(reply, &all))
    }

    /// Sends a form, and reads the answer. An error says which server it is about.
    pub(super) fn post<T>(
        &self,
        url: &str,
        form: &[(&str, &str)],
        read: impl FnOnce(&HttpReply) -> Result<T>,
    ) -> Result<T> {
        let result = self.http.post_form(url, form).and_then(|reply| read(&reply));
        result.map_err(|error| error.at(server_of(url)))
    }
}

/// What a refusal means: to be tried again, to be consented to again, or to be configured in another way.
pub(super) fn refused(code: &str, words: &str) -> Error {
    match code {
        "slow_down" => not_now(code, words),
        _ if IN_TROUBLE.contains(&code) => not_now(code, words),
        "access_denied" | "authorization_declined" | "invalid_grant" => {
            let error = Error::new(Kind::Login, format!("the provider refuses: {code} {words}").trim_end());
            advice(code, words).into_iter().fold(error, Error::hint)
        }
        _ => Error::new(Kind::Config, format!("the provider gives no token: {code} {words}").trim_end())
            .hint(advice(code, words).unwrap_or("check oauth-client-id and oauth-client-secret")),
    }
}

/// Reads any answer of the provider to a form that may be an error in JSON: the value, or the error. A provider in trouble
/// has refused nothing.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    reply: &HttpReply,
    form: &[(&str, &str)],
) -> Result<std::result::Result<T, (String, String)>> {
    if reply.status == 200
        && let Ok(value) = serde_json::from_slice(&reply.body)
    {
        return Ok(Ok(value));
    }
    match serde_json::from_slice::<Refused>(&reply.body) {
        Ok(refused) => {
            let words = Zeroizing::new(refused.error_description.unwrap_or_default());
            // Microsoft's words go on for lines, with numbers for its support.
            let words = words.lines().next().unwrap_or_default();
            let (code, words) = (shown(&refused.error, form), shown(words, form));
            // `slow_down` is an answer, whatever its status: the device flow knows by how much.
            if IN_TROUBLE.contains(&code.as_str()) || is_passing(reply.status) && code != "slow_down" {
                Err(not_now(&code, &words))
            } else {
                Ok(Err((code, words)))
            }
        }
        Err(_) => Err(no_sense(reply.status)),
    }
}

/// Providers like to repeat what they were sent.
fn shown(text: &str, form: &[(&str, &str)]) -> String {
    let secrets = form.iter().filter(|(name, value)| SECRET_FIELDS.contains(name) && !value.is_empty());
    let mut text = Zeroizing::new(text.to_owned());
    for (_, secret) in secrets {
        for secret in [Zeroizing::new(encoded(secret)), Zeroizing::new((*secret).to_owned())] {
            text = Zeroizing::new(text.replace(secret.as_str(), "****"));
        }
    }
    crate::escape::text(text.as_bytes())
}

fn not_now(code: &str, words: &str) -> Error {
    Error::new(Kind::TryLater, format!("the provider gives no tokens now: {code} {words}").trim_end())
}

/// Statuses that say nothing about what was asked.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// No JSON, as a provider answers where it has nothing, or is in trouble.
fn no_sense(status: u16) -> Error {
    let error = |kind| Error::new(kind, format!("an invalid answer (HTTP {status})"));
    match status {
        200 => error(Kind::Protocol),
        300..=399 => error(Kind::TryLater).hint("it sends us to another address, where no secret goes unasked"),
        400..=499 if !is_passing(status) => error(Kind::Unavailable)
            .hint("is it the address of a provider? oauth-token-url and oauth-device-url say it"),
        _ => error(Kind::TryLater),
    }
}

/// Is this an answer of a token endpoint that can be read, whatever it says?
pub fn is_token_answer(status: u16, body: Vec<u8>) -> bool {
    read(&HttpReply { status, body: body.into() }, &[]).is_ok()
}

fn read(reply: &HttpReply, form: &[(&str, &str)]) -> Result<TokenAnswer> {
    let granted: Granted = match parse(reply, form)? {
        Ok(granted) => granted,
        Err((code, words)) => return Ok(TokenAnswer::Refused { code, words }),
    };
    let Granted { access_token, token_type, refresh_token, expires_in } = granted;
    let (access, refresh) = (Zeroizing::new(access_token), refresh_token.map(Zeroizing::new));
    if token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(Error::new(Kind::Protocol, "a token that is not a bearer token"));
    }
    Ok(TokenAnswer::Granted(Tokens {
        access: token(&access)?,
        refresh: refresh.map(|refresh| token(&refresh)).transpose()?,
        expires: expires_in
            .as_ref()
            .and_then(seconds)
            .map(Duration::from_secs)
            .and_then(|seconds| SystemTime::now().checked_add(seconds)),
    }))
}

/// A token goes onto a line of POP3, so it must not hold another one.
fn token(text: &str) -> Result<Secret> {
    let bad = |_| Error::new(Kind::Protocol, "a token that is empty, or has a control character");
    Secret::from_text(Zeroizing::new(text.as_bytes().to_vec()), "the provider").map_err(bad).and_then(|secret| {
        if secret.expose() == text { Ok(secret) } else { Err(Error::new(Kind::Protocol, "a token with a line end")) }
    })
}

/// A number, though some send a string.
pub(super) fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Errors of a provider that is in trouble (RFC 6749 section 4.1.2.1).
const IN_TROUBLE: [&str; 2] = ["server_error", "temporarily_unavailable"];

/// What of a form nobody may see.
const SECRET_FIELDS: [&str; 5] = ["refresh_token", "code", "device_code", "code_verifier", "client_secret"];

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: [(&str, &str); 6] = [
        ("client_id", "mailhaul"),
        ("refresh_token", "1//hunter2"),
        ("code", "a+b/c"),
        ("device_code", "x y"),
        ("code_verifier", "hunter-2_"),
        ("client_secret", "hush%"),
    ];

    fn answer(status: u16, body: &str) -> Result<TokenAnswer> {
        read(&HttpReply { status, body: Zeroizing::new(body.as_bytes().to_vec()) }, &FORM)
    }

    #[test]
    fn reads_grants_and_refusals() {
        let TokenAnswer::Granted(tokens) =
            answer(200, r#"{"access_token":"a","token_type":"BEARER","expires_in":"3600","more":1}"#).unwrap()
        else {
            panic!("refused")
        };
        assert_eq!(tokens.access.expose(), "a");
        assert!(tokens.refresh.is_none() && tokens.expires.is_some());
        let refusal = r#"{"error":"invalid_grant","error_description":"gone\u001b[2J\r\nTrace: 1"}"#;
        let TokenAnswer::Refused { code, words } = answer(400, refusal).unwrap() else { panic!("granted") };
        assert_eq!((code.as_str(), words.as_str()), ("invalid_grant", "gone\\x1b[2J"));
    }

    #[test]
    fn no_refusal_repeats_a_secret() {
        for (_, secret) in &FORM[1..] {
            let words = format!("bad {secret} or {} of mailhaul", encoded(secret));
            let refusal = serde_json::json!({"error": secret, "error_description": words}).to_string();
            let TokenAnswer::Refused { code, words } = answer(400, &refusal).unwrap() else { panic!("granted") };
            assert_eq!((code.as_str(), words.as_str()), ("****", "bad **** or **** of mailhaul"));
        }
    }

    #[test]
    fn a_provider_in_trouble_has_refused_nothing() {
        for (status, code, kind) in [
            (408, "invalid_request", Some(Kind::TryLater)),
            (429, "invalid_client", Some(Kind::TryLater)),
            (503, "invalid_grant", Some(Kind::TryLater)),
            (400, "server_error", Some(Kind::TryLater)),
            (400, "temporarily_unavailable", Some(Kind::TryLater)),
            (429, "slow_down", None),
            (400, "invalid_grant", None),
        ] {
            let answer = answer(status, &format!(r#"{{"error":"{code}"}}"#));
            assert_eq!(answer.err().map(|error| error.kind()), kind, "{status} {code}");
        }
        assert_eq!(refused("slow_down", "").kind(), Kind::TryLater);
        assert_eq!(refused("invalid_client", "").kind(), Kind::Config);
        assert_eq!(refused("access_denied", "").kind(), Kind::Login);
    }

    #[test]
    fn refuses_nonsense_without_repeating_it() {
        for (status, body, kind) in [
            (200, "<html>hunter2", Kind::Protocol),
            (500, "<html>hunter2", Kind::TryLater),
            (429, "<html>hunter2", Kind::TryLater),
            (302, "", Kind::TryLater),
            (404, "<html>hunter2", Kind::Unavailable),
            (200, r#"{"access_token":"hunter2\r\nDELE 1"}"#, Kind::Protocol),
            (200, r#"{"access_token":"hunter2\n"}"#, Kind::Protocol),
            (200, r#"{"access_token":""}"#, Kind::Protocol),
            (200, r#"{"access_token":"hunter2","token_type":"mac"}"#, Kind::Protocol),
        ] {
            let error = answer(status, body).err().unwrap();
            assert_eq!(error.kind(), kind, "{body}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }
}
