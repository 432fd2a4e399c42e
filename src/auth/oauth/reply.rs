//! What the token endpoint answers (RFC 6749 section 5).

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::TokenClient;
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
pub(super) enum Answer {
    Granted(Tokens),
    /// The error code, and the provider's words; both escaped.
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
    pub(super) fn ask_for_tokens(&self, grant: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        let url = &self.oauth.token_url;
        let all = [&[("grant_type", grant)], fields, &self.ourselves()].concat();
        let reply = self.http.post_form(url, &all)?;
        read(&reply).map_err(|error| error.at(server_of(url)))
    }
}

/// Reads any answer of the provider that may be an error in JSON: the value, or the error.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    reply: &HttpReply,
) -> Result<std::result::Result<T, (String, String)>> {
    if reply.status == 200
        && let Ok(value) = serde_json::from_slice(&reply.body)
    {
        return Ok(Ok(value));
    }
    match serde_json::from_slice::<Refused>(&reply.body) {
        Ok(refused) => {
            let words = refused.error_description.unwrap_or_default();
            // Microsoft's words go on for lines, with numbers for its support.
            let words = words.lines().next().unwrap_or_default();
            Ok(Err((crate::escape::text(refused.error.as_bytes()), crate::escape::text(words.as_bytes()))))
        }
        Err(_) => Err(no_sense(reply.status)),
    }
}

/// No JSON, as a provider answers where it has nothing, or is in trouble.
fn no_sense(status: u16) -> Error {
    let error = |kind| Error::new(kind, format!("an answer that makes no sense (HTTP {status})"));
    match status {
        200 => error(Kind::Protocol),
        300..=399 => error(Kind::TryLater).hint("it sends us to another address, where no secret goes unasked"),
        400..=499 if ![408, 425, 429].contains(&status) => error(Kind::Unavailable)
            .hint("is it the address of a provider? oauth-token-url and oauth-device-url say it"),
        _ => error(Kind::TryLater),
    }
}

fn read(reply: &HttpReply) -> Result<Answer> {
    let granted: Granted = match parse(reply)? {
        Ok(granted) => granted,
        Err((code, words)) => return Ok(Answer::Refused { code, words }),
    };
    let Granted { access_token, token_type, refresh_token, expires_in } = granted;
    let (access, refresh) = (Zeroizing::new(access_token), refresh_token.map(Zeroizing::new));
    if token_type.is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(Error::new(Kind::Protocol, "a token that is no bearer token"));
    }
    Ok(Answer::Granted(Tokens {
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
        match secret.expose() == text {
            true => Ok(secret),
            false => Err(Error::new(Kind::Protocol, "a token with a line end")),
        }
    })
}

/// A number, though some send a string.
pub(super) fn seconds(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Answer> {
        read(&HttpReply { status, body: Zeroizing::new(body.as_bytes().to_vec()) })
    }

    #[test]
    fn reads_grants_and_refusals() {
        let Answer::Granted(tokens) =
            answer(200, r#"{"access_token":"a","token_type":"BEARER","expires_in":"3600","more":1}"#).unwrap()
        else {
            panic!("refused")
        };
        assert_eq!(tokens.access.expose(), "a");
        assert!(tokens.refresh.is_none() && tokens.expires.is_some());
        let refusal = r#"{"error":"invalid_grant","error_description":"gone\u001b[2J\r\nTrace: 1"}"#;
        let Answer::Refused { code, words } = answer(400, refusal).unwrap() else { panic!("granted") };
        assert_eq!((code.as_str(), words.as_str()), ("invalid_grant", "gone\\x1b[2J"));
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
