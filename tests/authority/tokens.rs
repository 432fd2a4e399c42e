//! The tokens that were issued, and what has become of them.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};

use super::config::AuthorityConfig;
use super::refusal::Refusal;

/// Access and refresh tokens.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    access: HashMap<String, Token>,
    refresh: HashMap<String, Token>,
    /// How often a refresh token was used that another one had replaced.
    pub(super) reused: usize,
}

#[derive(Clone, Debug)]
struct Token {
    user: String,
    scope: String,
    /// `None`: it does not expire.
    expires: Option<Instant>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Good,
    Revoked,
    /// By rotation.
    Replaced,
}

impl Tokens {
    /// The answer that gives a user who consented both tokens.
    pub(super) fn grant(&mut self, config: &AuthorityConfig, scope: &str) -> Value {
        let mut answer = self.access_answer(config, &config.user, scope);
        answer["refresh_token"] = self.issue_refresh(config, &config.user, scope).into();
        answer
    }

    /// The answer to a refresh (RFC 6749 section 6).
    pub(super) fn refresh(&mut self, config: &AuthorityConfig, refresh: &str) -> Result<Value, Refusal> {
        let token = self.refresh.get_mut(refresh).ok_or_else(|| Refusal::new("invalid_grant", "an unknown token"))?;
        match token.state {
            State::Good => {}
            State::Revoked => return Err(Refusal::new("invalid_grant", "the token was revoked")),
            State::Replaced => {
                self.reused += 1;
                return Err(Refusal::new("invalid_grant", "the token was replaced by another one"));
            }
        }
        if config.rotate {
            token.state = State::Replaced;
        }
        let Token { user, scope, .. } = token.clone();
        let mut answer = self.access_answer(config, &user, &scope);
        if config.rotate {
            answer["refresh_token"] = self.issue_refresh(config, &user, &scope).into();
        }
        Ok(answer)
    }

    /// The answer to an application that has a right of its own: no refresh token (RFC 6749 section 4.4.3).
    pub(super) fn of_application(&mut self, config: &AuthorityConfig, scope: &str) -> Value {
        self.access_answer(config, &config.user, scope)
    }

    /// What somebody gives back. That it is unknown is no error (RFC 7009 section 2.2), but some have it so.
    pub(super) fn take_back(&mut self, token: &str) -> Result<(), Refusal> {
        let found = self.access.get_mut(token).or(self.refresh.get_mut(token));
        found.ok_or_else(|| Refusal::new("invalid_token", "an unknown token"))?.state = State::Revoked;
        Ok(())
    }

    /// A new access token.
    pub(super) fn issue(&mut self, config: &AuthorityConfig, user: &str, scope: &str, lifetime: Duration) -> String {
        let expires = Some(Instant::now() + lifetime);
        insert(&mut self.access, config, Token { user: user.into(), scope: scope.into(), expires, state: State::Good })
    }

    /// A new refresh token.
    pub(super) fn issue_refresh(&mut self, config: &AuthorityConfig, user: &str, scope: &str) -> String {
        let token = Token { user: user.into(), scope: scope.into(), expires: None, state: State::Good };
        insert(&mut self.refresh, config, token)
    }

    /// What is known of an access token (RFC 7662 section 2.2): of one that is not good, nothing.
    pub(super) fn introspect(&self, token: &str) -> Value {
        let good = self.access.get(token).filter(|token| token.state == State::Good);
        let left = |token: &Token| token.expires.map(|at| at.saturating_duration_since(Instant::now()));
        match good.and_then(|token| Some((token, left(token)?))) {
            Some((Token { user, scope, .. }, left)) if !left.is_zero() => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
                let exp = (now + left).as_secs();
                json!({ "active": true, "username": user, "email": user, "scope": scope, "exp": exp })
            }
            _ => json!({ "active": false }),
        }
    }

    /// From now on, the token is too old. Panics where it is unknown.
    pub(super) fn expire(&mut self, access: &str) {
        self.access.get_mut(access).expect("an access token of this authority").expires = Some(Instant::now());
    }

    /// As [`Tokens::expire`], for all access tokens so far.
    pub(super) fn expire_all(&mut self) {
        self.access.values_mut().for_each(|token| token.expires = Some(Instant::now()));
    }

    /// Takes an access token or a refresh token back. Panics where it is unknown.
    pub(super) fn revoke(&mut self, token: &str) {
        let found = self.access.get_mut(token).or(self.refresh.get_mut(token));
        found.expect("a token of this authority").state = State::Revoked;
    }

    /// Takes all tokens so far back.
    pub(super) fn revoke_all(&mut self) {
        self.access.values_mut().chain(self.refresh.values_mut()).for_each(|token| token.state = State::Revoked);
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.access.keys().chain(self.refresh.keys())
    }

    fn access_answer(&mut self, config: &AuthorityConfig, user: &str, scope: &str) -> Value {
        let lifetime = config.token_lifetime;
        let token = self.issue(config, user, scope, lifetime);
        json!({ "access_token": token, "token_type": "Bearer", "expires_in": lifetime.as_secs(), "scope": scope })
    }
}

/// Characters that nobody can guess, of the alphabet of bearer tokens (RFC 6750 section 2.1).
pub(super) fn random(octets: usize) -> String {
    let mut bytes = vec![0; octets]; // becomes longer than this
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let mut text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    text.truncate(octets);
    text
}

fn insert(tokens: &mut HashMap<String, Token>, config: &AuthorityConfig, token: Token) -> String {
    let name = random(config.token_octets);
    tokens.insert(name.clone(), token);
    name
}
