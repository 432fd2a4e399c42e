//! An OAuth2 authorization server on the loopback: plain HTTP, private to one test.
//!
//! It knows one client and one user, and is strict with the client: what the RFCs forbid is refused.
//!
//! ```ignore
//! let authority = Authority::start(AuthorityConfig::default().rotate());
//! // A login in the browser: the client shows an address, the user opens it.
//! let page = browse(&address_shown, Visit::Approve);
//! // A login on another device: the client shows a code.
//! authority.approve_device(&authority.wait_for_user_code());
//! authority.expire_access_tokens();
//! assert_eq!(authority.refreshes(), 1);
//! ```
//!
//! A [`Fault`] makes it a bad one, at all requests to an [`Endpoint`] or at some. [`Poll`]s are a script for the answers
//! to a client that waits for its user; a poll that comes before the agreed interval has passed is answered with
//! `invalid_request` and noted in [`Authority::early_polls`], so that no test has to look at a clock. Resource servers
//! ask `/introspect`, in each way Dovecot knows.

#![allow(clippy::unwrap_used, dead_code, missing_docs, unreachable_pub, unused_imports)]

mod browser;
mod code;
mod config;
mod device;
mod fault;
mod form;
mod http;
mod refusal;
mod serve;
mod tokens;

use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub use browser::{Page, Visit, browse, get, post, request};
pub use code::challenge;
pub use config::{AuthorityConfig, CLIENT_ID, Poll, SCOPE};
pub use fault::{Endpoint, Fault};
pub use form::Fields;
pub use http::Request;

use serve::Shared;

/// An authority that runs until it is dropped.
#[derive(Debug)]
pub struct Authority {
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl Authority {
    /// Starts to listen; clients may connect when this returns.
    pub fn start(config: AuthorityConfig) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("the loopback has a free port");
        let shared = Arc::new(Shared::new(config, &listener));
        let acceptor = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || serve::accept(&shared, &listener)
        });
        Self { shared, acceptor: Some(acceptor) }
    }

    /// The address of an endpoint, without a query.
    pub fn url(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.shared.base, endpoint.path())
    }

    /// The user consents to what a device asked for.
    pub fn approve_device(&self, user_code: &str) {
        self.shared.state().devices.decide(user_code, Poll::Approved);
    }

    /// The user does not consent to what a device asked for.
    pub fn deny_device(&self, user_code: &str) {
        self.shared.state().devices.decide(user_code, Poll::Denied);
    }

    /// The newest user code; waits, if none was given out yet.
    pub fn wait_for_user_code(&self) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(code) = self.shared.state().devices.user_codes().pop() {
                return code;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no client asked for a user code:\n{:#?}", self.requests());
    }

    /// An access token that nobody has asked for.
    pub fn issue(&self, user: &str, lifetime: Duration) -> String {
        let config = &self.shared.config;
        self.shared.state().tokens.issue(config, user, &config.scope, lifetime)
    }

    /// A refresh token that nobody has asked for.
    pub fn issue_refresh_token(&self, user: &str) -> String {
        let config = &self.shared.config;
        self.shared.state().tokens.issue_refresh(config, user, &config.scope)
    }

    /// From now on, this access token is too old.
    pub fn expire(&self, access_token: &str) {
        self.shared.state().tokens.expire(access_token);
    }

    /// From now on, all access tokens so far are too old.
    pub fn expire_access_tokens(&self) {
        self.shared.state().tokens.expire_all();
    }

    /// Takes an access token or a refresh token back.
    pub fn revoke(&self, token: &str) {
        self.shared.state().tokens.revoke(token);
    }

    /// Takes all tokens so far back.
    pub fn revoke_all(&self) {
        self.shared.state().tokens.revoke_all();
    }

    /// All requests so far, those of browsers and resource servers too.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// The requests to one endpoint.
    pub fn requests_to(&self, endpoint: Endpoint) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == endpoint.path()).collect()
    }

    /// How often a refresh was asked for.
    pub fn refreshes(&self) -> usize {
        let asks = |request: &Request| request.field("grant_type") == Some("refresh_token");
        self.requests_to(Endpoint::Token).into_iter().filter(asks).count()
    }

    /// How often a refresh token was used that rotation had replaced.
    pub fn reused_refresh_tokens(&self) -> usize {
        self.shared.state().tokens.reused
    }

    /// The polls that came too early, in words.
    pub fn early_polls(&self) -> Vec<String> {
        self.shared.state().devices.early.clone()
    }

    /// Everything so far that nobody may see: tokens, codes, the client's secret.
    pub fn secrets(&self) -> Vec<String> {
        let state = self.shared.state();
        let given = state.tokens.all().chain(state.devices.device_codes()).chain(state.codes.all());
        given.chain(&self.shared.config.client_secret).cloned().collect()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        self.shared.stop.stop();
        let accepted = self.acceptor.take().expect("it is dropped once").join();
        let served = accepted.is_ok() & self.shared.end();
        assert!(served || std::thread::panicking(), "the test authority panicked");
    }
}
