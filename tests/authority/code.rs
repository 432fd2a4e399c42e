//! Logins in the browser: the authorization code grant (RFC 6749 section 4.1) for a program on this machine (RFC 8252),
//! with PKCE (RFC 7636).

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::config::AuthorityConfig;
use super::form::Fields;
use super::http::Response;
use super::refusal::Refusal;
use super::tokens::{Tokens, random};

/// The codes that were given out.
#[derive(Debug, Default)]
pub(super) struct Codes(Vec<Code>);

#[derive(Debug)]
struct Code {
    code: String,
    redirect_uri: String,
    challenge: String,
    scope: String,
    used: bool,
}

impl Codes {
    /// Answers a browser: sends it back to the client with a code, or with an error; where it is not clear who the
    /// client is, it must not be sent anywhere (RFC 6749 section 4.1.2.1).
    pub(super) fn authorize(&mut self, config: &AuthorityConfig, query: &Fields, consent: bool) -> Response {
        let redirect_uri = query.get("redirect_uri").unwrap_or_default();
        if query.get("client_id") != Some(&config.client_id) || !is_loopback(redirect_uri) {
            return Response::html(400, "the client or its redirect_uri is unknown");
        }
        let answer = match self.code(config, query, redirect_uri) {
            Ok(code) if consent => ("code", code),
            Ok(_) => ("error", "access_denied".to_owned()),
            Err(Refusal { error, description }) => return back(query, redirect_uri, error, &description),
        };
        let state = query.get("state").unwrap_or_default();
        let fields = Fields::new([(answer.0, &answer.1), ("state", state)]);
        Response::redirect(&format!("{redirect_uri}?{}", fields.encode()))
    }

    /// Takes a code, once, for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.6).
    pub(super) fn redeem(
        &mut self,
        config: &AuthorityConfig,
        tokens: &mut Tokens,
        form: &Fields,
    ) -> Result<Value, Refusal> {
        let refuse = |why: &str| Err(Refusal::new("invalid_grant", why));
        let Some(code) = self.0.iter_mut().find(|code| form.get("code") == Some(&code.code)) else {
            return refuse("an unknown code");
        };
        if std::mem::replace(&mut code.used, true) {
            return refuse("the code was used before");
        }
        if form.get("redirect_uri") != Some(&code.redirect_uri) {
            return refuse("another redirect_uri than before");
        }
        match form.get("code_verifier") {
            Some(verifier) if is_verifier(verifier) && challenge(verifier) == code.challenge => {
                Ok(tokens.grant(config, &code.scope))
            }
            _ => refuse("the code_verifier is missing or wrong"),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|code| &code.code)
    }

    fn code(&mut self, config: &AuthorityConfig, query: &Fields, redirect_uri: &str) -> Result<String, Refusal> {
        if query.get("response_type") != Some("code") {
            return Err(Refusal::new("unsupported_response_type", "only code"));
        }
        if query.get("state").is_none_or(|state| state.len() < 16) {
            return Err(Refusal::new("invalid_request", "no state, or one that can be guessed"));
        }
        let challenge = query.get("code_challenge").unwrap_or_default().to_owned();
        if query.get("code_challenge_method") != Some("S256") || challenge.len() != 43 {
            return Err(Refusal::new("invalid_request", "PKCE with S256 is required"));
        }
        let scope = config.check_scope(query)?;
        let code = random(24);
        self.0.push(Code { code: code.clone(), redirect_uri: redirect_uri.into(), challenge, scope, used: false });
        Ok(code)
    }
}

/// What a verifier is compared with (RFC 7636 section 4.2).
pub fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn back(query: &Fields, redirect_uri: &str, error: &str, description: &str) -> Response {
    let state = query.get("state").unwrap_or_default();
    let fields = Fields::new([("error", error), ("error_description", description), ("state", state)]);
    Response::redirect(&format!("{redirect_uri}?{}", fields.encode()))
}

/// An address and not a name, which could be resolved to somebody else (RFC 8252 sections 7.3, 8.3); any port.
fn is_loopback(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://127.0.0.1:").or(uri.strip_prefix("http://[::1]:"));
    let port = rest.map(|rest| rest.split('/').next().unwrap_or_default());
    port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)) && !uri.contains(['?', '#'])
}

/// RFC 7636 section 4.1.
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
}
