//! How an authority is set up.

use std::ops::Range;
use std::time::Duration;

use super::fault::{Endpoint, Fault};
use super::form::Fields;
use super::refusal::Refusal;

/// How a poll for a device code is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// As if the user had consented.
    Approved,
    /// `access_denied`
    Denied,
    /// `expired_token`
    Expired,
    /// `authorization_pending`
    Pending,
    /// `slow_down`: from here on, 5 seconds more between two polls.
    SlowDown,
}

/// The settings of an authority; by default a well-behaved one for the public client [`CLIENT_ID`] and the user ann.
#[derive(Clone, Debug)]
pub struct AuthorityConfig {
    pub(super) client_id: String,
    pub(super) client_secret: Option<String>,
    pub(super) user: String,
    pub(super) scope: String,
    pub(super) token_lifetime: Duration,
    pub(super) token_octets: usize,
    pub(super) rotate: bool,
    pub(super) interval: Option<u64>,
    pub(super) device_lifetime: Duration,
    pub(super) polls: Vec<Poll>,
    pub(super) faults: Vec<(Endpoint, Range<usize>, Fault)>,
}

impl Default for AuthorityConfig {
    fn default() -> Self {
        Self {
            client_id: CLIENT_ID.to_owned(),
            client_secret: None,
            user: "ann".to_owned(),
            scope: SCOPE.to_owned(),
            token_lifetime: Duration::from_secs(3600),
            token_octets: 300, // as long as real ones: does not fit into one line of POP3
            rotate: false,
            interval: Some(1),
            device_lifetime: Duration::from_secs(600),
            polls: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl AuthorityConfig {
    /// The client's secret, which is then required in the form.
    pub fn client_secret(self, secret: &str) -> Self {
        Self { client_secret: Some(secret.to_owned()), ..self }
    }

    /// Whose mailbox the tokens are for.
    pub fn user(self, user: &str) -> Self {
        Self { user: user.to_owned(), ..self }
    }

    /// The scopes that may be asked for, with blanks between them.
    pub fn scope(self, scope: &str) -> Self {
        Self { scope: scope.to_owned(), ..self }
    }

    /// How long access tokens are good, and are said to be.
    pub fn token_lifetime(self, lifetime: Duration) -> Self {
        Self { token_lifetime: lifetime, ..self }
    }

    /// How long tokens are.
    pub fn token_octets(self, octets: usize) -> Self {
        Self { token_octets: octets, ..self }
    }

    /// Each refresh gives a new refresh token and revokes the old one.
    pub fn rotate(self) -> Self {
        Self { rotate: true, ..self }
    }

    /// Seconds between two polls; `None` leaves it out of the answer, which means 5 (RFC 8628 section 3.2).
    pub fn interval(self, seconds: Option<u64>) -> Self {
        Self { interval: seconds, ..self }
    }

    /// How long a device code can be approved.
    pub fn device_lifetime(self, lifetime: Duration) -> Self {
        Self { device_lifetime: lifetime, ..self }
    }

    /// The answers to the first polls for each device code; then they are pending until a test decides.
    pub fn polls(self, polls: impl IntoIterator<Item = Poll>) -> Self {
        Self { polls: polls.into_iter().collect(), ..self }
    }

    /// A fault at every request to this endpoint.
    pub fn fault(self, endpoint: Endpoint, fault: Fault) -> Self {
        self.fault_on(endpoint, 0..usize::MAX, fault)
    }

    /// A fault at these requests to this endpoint only, counted from 0.
    pub fn fault_on(mut self, endpoint: Endpoint, requests: Range<usize>, fault: Fault) -> Self {
        self.faults.push((endpoint, requests, fault));
        self
    }

    /// The faults of one request.
    pub(super) fn faults_of(&self, endpoint: Endpoint, request: usize) -> Vec<Fault> {
        let here = self.faults.iter().filter(|(at, range, _)| *at == endpoint && range.contains(&request));
        here.map(|(_, _, fault)| fault.clone()).collect()
    }

    /// Whether the client says who it is (RFC 6749 section 2.3.1); a public client says no secret.
    pub(super) fn check_client(&self, form: &Fields) -> Result<(), Refusal> {
        if form.get("client_id") != Some(&self.client_id) {
            return Err(Refusal::new("invalid_client", "the client is unknown"));
        }
        match form.get("client_secret") == self.client_secret.as_deref() {
            true => Ok(()),
            false => Err(Refusal::new("invalid_client", "the client's secret is wrong")),
        }
    }

    /// The scope that was asked for, if all of it may be.
    pub(super) fn check_scope(&self, fields: &Fields) -> Result<String, Refusal> {
        let scope = fields.get("scope").unwrap_or_default();
        let known = |word: &str| self.scope.split(' ').any(|allowed| allowed == word);
        match scope.split(' ').all(known) {
            true => Ok(scope.to_owned()),
            false => Err(Refusal::new("invalid_scope", format!("{scope:?} is not among {:?}", self.scope))),
        }
    }
}

/// The client that every authority here knows.
pub const CLIENT_ID: &str = "mailhaul-test";
/// What may be asked for, by default.
pub const SCOPE: &str = "https://mail.test/pop offline_access";
