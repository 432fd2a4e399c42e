//! OAuth2: consent once, by the device flow or in a browser; after that access tokens, each refreshed in time.
//!
//! ```text
//! login   device.rs | browser.rs -> reply.rs -> store.rs
//! fetch   access.rs: store.rs -> still good? -> use it
//!                    else, under a lock: refresh (reply.rs) -> store.rs
//! ```
//!
//! Errors never repeat a token: in what a provider says our secrets are masked, and the rest is escaped.

use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use self::device::DeviceStart;
pub use self::preset::Preset;
pub use self::reply::is_token_answer;
pub use self::store::TokenStore;
use super::{PasswordOwner, Patience, Secret};
use crate::error::{Error, Kind, Result};
use crate::net::{HttpClient, Waits};

mod access;
mod browser;
mod device;
mod encode;
mod explain;
mod preset;
mod reply;
mod revoke;
mod store;

/// A provider, and who we are to it.
#[derive(Clone, Debug)]
pub struct OAuth {
    /// The application's id.
    pub client_id: String,
    /// Its secret, if it has one.
    pub client_secret: Option<Secret>,
    /// What access is asked for.
    pub scope: String,
    /// Where tokens are had.
    pub token_url: String,
    /// Where the device flow begins, if the provider has one.
    pub device_url: Option<String>,
    /// Where the browser flow begins, if the provider has one.
    pub auth_url: Option<String>,
    /// Where tokens are given back, if the provider has that (RFC 7009).
    pub revoke_url: Option<String>,
    /// What the provider wants to be told beside, in the browser flow.
    pub browser_extra: &'static [(&'static str, &'static str)],
    /// What this machine is called in the address that a browser is sent back to.
    pub redirect_host: &'static str,
    /// How consent is asked for; by default by the device flow where there is one.
    pub flow: Option<Flow>,
    /// Where tokens are kept; by default in the keyring, if it can be used at the login.
    pub store: Option<TokenStore>,
}

/// How consent is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// By a code that is typed in on any device (RFC 8628).
    Device,
    /// In a browser on this machine, which comes back with a code (RFC 8252, with PKCE).
    Browser,
    /// By nobody: the application has the right itself, from an administrator (RFC 6749 section 4.4).
    ClientCredentials,
}

/// How the answer of a browser comes back.
pub enum WayBack<'a> {
    /// To a listener on this machine, on this port, or on any.
    Listener(Option<u16>),
    /// By hand: a person copies the address that the browser was sent to. It names this port, on which nobody listens.
    Paste(Option<u16>, &'a mut dyn FnMut() -> Result<Zeroizing<String>>),
}

/// What a person has to do to consent. Escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// To be opened in a browser.
    pub url: String,
    /// To be typed in there; none if the address says everything.
    pub code: Option<String>,
}

/// Gets tokens for one mailbox.
pub struct TokenClient {
    oauth: OAuth,
    /// Under its label the tokens are kept.
    owner: PasswordOwner,
    /// The folder of the ledger.
    folder: PathBuf,
    http: HttpClient,
    waits: Waits,
    /// How the keyring is waited for.
    patience: Patience,
}

impl TokenClient {
    /// A client for the tokens of this login, which are kept in `folder` or in the keyring.
    pub fn new(
        oauth: OAuth,
        owner: PasswordOwner,
        folder: PathBuf,
        http: HttpClient,
        waits: Waits,
        patience: Patience,
    ) -> Self {
        Self { oauth, owner, folder, http, waits, patience }
    }

    /// Asks for consent: `tell` says what a person has to do. The tokens that come of it are kept; returns where.
    pub fn ask_for_consent(&self, back: WayBack<'_>, tell: &mut dyn FnMut(&Consent)) -> Result<TokenStore> {
        self.look_at_store()?;
        // Whoever pastes has a browser, elsewhere.
        let flow = if matches!(back, WayBack::Paste(..)) { Flow::Browser } else { self.flow() };
        let tokens = match (flow, &self.oauth.device_url, &self.oauth.auth_url) {
            (Flow::Device, Some(url), other) => match (self.begin_device(url)?, other) {
                (DeviceStart::Begun(device), _) => self.by_device(device, tell)?,
                // Nobody has said that it must be this flow.
                (DeviceStart::NotAllowed(_), Some(url)) if self.oauth.flow.is_none() => {
                    self.by_browser(url, back, tell)?
                }
                (DeviceStart::NotAllowed(error), _) => return Err(error),
            },
            (Flow::Browser, _, Some(url)) => self.by_browser(url, back, tell)?,
            (Flow::Device, None, _) => return Err(no_address("device", "oauth-device-url")),
            (Flow::Browser, _, None) => return Err(no_address("browser", "oauth-auth-url")),
            (Flow::ClientCredentials, ..) => {
                return Err(Error::new(Kind::Usage, "nobody is asked for consent: an administrator has given it")
                    .hint("`mailhaul noop` tries the login"));
            }
        };
        let _lock = self.lock()?; // another run may be about to keep what the old consent has brought
        self.keep_first(&tokens)
    }

    fn flow(&self) -> Flow {
        let usual = if self.oauth.device_url.is_some() { Flow::Device } else { Flow::Browser };
        self.oauth.flow.unwrap_or(usual)
    }

    /// The form fields that say who we are.
    fn ourselves(&self) -> Vec<(&str, &str)> {
        let secret = self.oauth.client_secret.as_ref().map(|secret| ("client_secret", secret.expose()));
        [("client_id", self.oauth.client_id.as_str())].into_iter().chain(secret).collect()
    }

    /// How long another run may take.
    fn limit(&self) -> Duration {
        self.waits.timeout
    }
}

fn no_address(flow: &str, key: &str) -> Error {
    Error::new(Kind::Config, format!("the {flow} flow needs {key}")).hint("or choose the other one by oauth-flow")
}
