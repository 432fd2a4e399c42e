//! The browser flow: a browser on this machine comes back with a code (RFC 8252), which only we can use (PKCE, RFC 7636).

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::encode::encoded;
use super::reply::{TokenAnswer, Tokens, refused};
use super::{Consent, TokenClient};
use crate::error::{Error, Kind, Result};
use crate::net::Loopback;
use crate::private;

/// What a browser brought.
#[derive(Debug, PartialEq, Eq)]
enum Brought {
    Code(String),
    /// The provider's error code, escaped.
    Refused(String),
    /// Something else, such as a favicon, or an answer to a question that we did not ask.
    Other,
}

impl TokenClient {
    pub(super) fn by_browser(
        &self,
        url: &str,
        mut listener: Loopback,
        tell: &mut dyn FnMut(&Consent),
    ) -> Result<Tokens> {
        let (state, verifier) = (random()?, random()?);
        let redirect = format!("http://{}:{}", self.oauth.redirect_host, listener.port()?);
        tell(&Consent { url: self.address(url, &redirect, &state, &verifier), code: None });
        let code = self.wait_for_code(&mut listener, &state)?;
        let fields = [("code", code.as_str()), ("redirect_uri", &redirect), ("code_verifier", &verifier)];
        match self.ask_for_tokens("authorization_code", &fields)? {
            TokenAnswer::Granted(tokens) => Ok(tokens),
            TokenAnswer::Refused { code, words } => Err(refused(&code, &words)),
        }
    }

    /// The address that asks for consent (RFC 6749 section 4.1.1).
    fn address(&self, url: &str, redirect: &str, state: &str, verifier: &str) -> String {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", self.oauth.client_id.as_str()),
            ("redirect_uri", redirect),
            ("scope", &self.oauth.scope),
            ("state", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        parameters.extend(self.oauth.browser_extra);
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        format!("{url}{}{}", if url.contains('?') { '&' } else { '?' }, query.join("&"))
    }

    fn wait_for_code(&self, listener: &mut Loopback, state: &str) -> Result<Zeroizing<String>> {
        let until = self.waits.until.within(PATIENCE);
        while let Some(request) = listener.next(&until)? {
            match brought(&request.target, state) {
                Brought::Code(code) => {
                    request.answer("200 OK", "Done: mailhaul has the answer. You can close this page.");
                    return Ok(Zeroizing::new(code));
                }
                Brought::Refused(code) => {
                    request.answer("200 OK", "Consent was not given. You can close this page.");
                    return Err(match code.as_str() {
                        "access_denied" => Error::new(Kind::Login, format!("consent was denied: {code}")),
                        code => refused(code, ""),
                    });
                }
                Brought::Other => request.answer("404 Not Found", "This is not the answer that mailhaul waits for."),
            }
        }
        Err(Error::new(Kind::TryLater, "nobody gave consent in time").hint("run the same command again"))
    }
}

/// Reads the query of the address that a browser was sent to. Without our `state` it is somebody else's answer.
fn brought(target: &str, state: &str) -> Brought {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let find = |wanted: &str| {
        let value = query.split('&').find_map(|pair| pair.split_once('=').filter(|(name, _)| *name == wanted))?.1;
        Some(percent_decode_str(&value.replace('+', " ")).decode_utf8().ok()?.into_owned())
    };
    if find("state").as_deref() != Some(state) {
        return Brought::Other;
    }
    match (find("code"), find("error")) {
        (_, Some(error)) => Brought::Refused(crate::escape::text(error.as_bytes())),
        (Some(code), None) => Brought::Code(code),
        (None, None) => Brought::Other,
    }
}

/// 256 random bits in 43 characters (RFC 7636 section 4.1).
fn random() -> Result<Zeroizing<String>> {
    let mut octets = Zeroizing::new([0; 32]);
    private::random(octets.as_mut_slice())?;
    Ok(Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(octets.as_slice())))
}

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_with_our_state_counts() {
        assert_eq!(brought("/?code=a%2Fb&state=s", "s"), Brought::Code("a/b".into()));
        assert_eq!(brought("/?state=s&error=access_denied&code=x", "s"), Brought::Refused("access_denied".into()));
        for other in ["/favicon.ico", "/?code=a", "/?code=a&state=t", "/?state=s", "", "/?state=s&code=%ff"] {
            assert_eq!(brought(other, "s"), Brought::Other, "{other}");
        }
    }
}
