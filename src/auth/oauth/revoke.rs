//! Tokens given back to the provider (RFC 7009), so that a copy of them is worth nothing.

use super::TokenClient;
use crate::error::{Error, Kind, Result};
use crate::net::server_of;

impl TokenClient {
    /// Gives the refresh token back, and with it all that came of it; `false`, if the provider has no address for it, or if
    /// nothing is kept.
    pub fn revoke(&self) -> Result<bool> {
        let (Some(url), Ok((kept, _))) = (&self.oauth.revoke_url, self.kept()) else { return Ok(false) };
        let token = [("token", kept.refresh_token.as_str()), ("token_type_hint", "refresh_token")];
        let form = [&token[..], &self.ourselves()].concat();
        let reply = self.http.post_form(url, &form).map_err(|error| error.at(server_of(url)))?;
        match reply.status {
            200 => Ok(true),
            // It knows nothing of it any more.
            400 => Ok(false),
            status => {
                let text = format!("the provider does not take the tokens back (HTTP {status})");
                Err(Error::new(Kind::TryLater, text).at(server_of(url)))
            }
        }
    }
}
