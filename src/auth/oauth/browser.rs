//! The browser flow: a browser on this machine comes back with a code (RFC 8252), which only we can use (PKCE, RFC 7636).

use std::time::Duration;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::encode::encoded;
use super::explain::advice;
use super::reply::{TokenAnswer, Tokens, refused};
use super::{Consent, TokenClient, WayBack};
use crate::error::{Error, Kind, Result};
use crate::net::Loopback;
use crate::private;

/// What a browser brought.
#[derive(Debug, PartialEq, Eq)]
enum Brought {
    Code(String),
    /// The provider's error code and its words, escaped.
    Refused {
        code: String,
        words: String,
    },
    /// Something else, such as a favicon, or an answer to a question that we did not ask.
    Other,
}

impl TokenClient {
    pub(super) fn by_browser(&self, url: &str, back: WayBack<'_>, tell: &mut dyn FnMut(&Consent)) -> Result<Tokens> {
        let (state, verifier) = (random()?, random()?);
        let redirect_to = |port: u16| format!("http://{}:{port}", self.oauth.redirect_host);
        let (redirect, code) = match back {
            WayBack::Listener(port) => {
                let mut listener = Loopback::listen(port)?;
                let redirect = redirect_to(listener.port()?);
                tell(&Consent { url: self.address(url, &redirect, &state, &verifier), code: None });
                (redirect, self.wait_for_code(&mut listener, &state)?)
            }
            WayBack::Paste(port, read) => {
                let redirect = redirect_to(port.unwrap_or(NOBODYS_PORT));
                tell(&Consent { url: self.address(url, &redirect, &state, &verifier), code: None });
                (redirect, pasted(&read()?, &state)?)
            }
        };
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
                Brought::Refused { code, words } => {
                    request.answer("200 OK", "Consent was not given. You can close this page.");
                    return Err(denied(&code, &words));
                }
                Brought::Other => request.answer("404 Not Found", "This is not the answer that mailhaul waits for."),
            }
        }
        Err(Error::new(Kind::TryLater, "nobody gave consent in time").hint("run the same command again"))
    }
}

fn denied(code: &str, words: &str) -> Error {
    match code {
        "access_denied" => {
            let error = Error::new(Kind::Login, format!("consent was denied: {code} {words}").trim_end());
            advice(code, words).into_iter().fold(error, Error::hint)
        }
        code => refused(code, words),
    }
}

/// The code in an address that somebody has copied out of a browser, or the code alone.
fn pasted(text: &str, state: &str) -> Result<Zeroizing<String>> {
    let text = text.trim();
    match brought(text, state) {
        Brought::Code(code) => Ok(Zeroizing::new(code)),
        Brought::Refused { code, words } => Err(denied(&code, &words)),
        Brought::Other => Err(Error::new(Kind::Usage, "that is not the address that the browser was sent to")
            .hint("copy the whole address, http://.. with code= and state= in it; each is good for one login")),
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
        (_, Some(error)) => {
            let words = find("error_description").unwrap_or_default();
            let words = words.lines().next().unwrap_or_default();
            let words = &words[..words.floor_char_boundary(LONGEST_WORDS)];
            Brought::Refused {
                code: crate::escape::text(error.as_bytes()),
                words: crate::escape::text(words.as_bytes()),
            }
        }
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

/// Where nobody listens: the address that a browser shows is copied.
const NOBODYS_PORT: u16 = 1;

/// Octets of a provider's words in an address.
const LONGEST_WORDS: usize = 300;

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_with_our_state_counts() {
        assert_eq!(brought("/?code=a%2Fb&state=s", "s"), Brought::Code("a/b".into()));
        assert_eq!(
            brought("/?state=s&error=access_denied&code=x", "s"),
            Brought::Refused { code: "access_denied".into(), words: String::new() }
        );
        let words = "/?error=x&error_description=AADSTS65004%3A+no%0d%0aTrace&state=s";
        assert_eq!(brought(words, "s"), Brought::Refused { code: "x".into(), words: "AADSTS65004: no".into() });
        for other in ["/favicon.ico", "/?code=a", "/?code=a&state=t", "/?state=s", "", "/?state=s&code=%ff"] {
            assert_eq!(brought(other, "s"), Brought::Other, "{other}");
        }
    }
}
