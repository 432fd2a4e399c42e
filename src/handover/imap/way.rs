use std::sync::Arc;

use super::ImapSettings;
use crate::auth::Access;
use crate::net::{Network, Route, Trust, Waits};

/// The way into a folder: all that a session is made of.
pub struct ImapWay {
    /// The folder.
    pub settings: ImapSettings,
    /// The server, and how to come there: its host and port are those of the settings.
    pub route: Route,
    /// Where the connection comes from.
    pub network: Arc<dyn Network>,
    /// Whom to trust; none without TLS.
    pub trust: Option<Trust>,
    /// How long waits may take, and what ends them.
    pub waits: Waits,
    /// The way to the password or the token.
    pub access: Access,
}
