use super::secret;
use crate::auth::{Flow, Preset, Secret, TokenStore};
use crate::config::Raw;

/// The keys about OAuth2.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct OAuthKeys {
    pub(in crate::config) provider: Option<Preset>,
    pub(in crate::config) client_id: Option<String>,
    pub(in crate::config) client_secret: Option<Secret>,
    pub(in crate::config) tenant: Option<String>,
    pub(in crate::config) scope: Option<String>,
    pub(in crate::config) token_url: Option<String>,
    pub(in crate::config) device_url: Option<String>,
    pub(in crate::config) auth_url: Option<String>,
    pub(in crate::config) flow: Option<Flow>,
    pub(in crate::config) store: Option<TokenStore>,
    /// Did a layer below say something that was not taken, as it belongs to another provider?
    pub(in crate::config) passed_over: bool,
}

impl OAuthKeys {
    /// Takes the value of a key; `false` if it is none of these.
    pub(super) fn set(&mut self, key: &str, raw: &Raw) -> Result<bool, String> {
        match key {
            "oauth-provider" => self.provider = Some(raw.as_choice(PROVIDERS)?),
            "oauth-client-id" => self.client_id = Some(raw.as_text()?.to_owned()),
            "oauth-client-secret" => self.client_secret = Some(secret(raw)?),
            "oauth-tenant" => self.tenant = Some(tenant(raw)?),
            "oauth-scope" => self.scope = Some(raw.as_text()?.to_owned()),
            "oauth-token-url" => self.token_url = Some(url(raw)?),
            "oauth-device-url" => self.device_url = Some(url(raw)?),
            "oauth-auth-url" => self.auth_url = Some(url(raw)?),
            "oauth-flow" => self.flow = Some(raw.as_choice(FLOWS)?),
            "token-store" => self.store = Some(raw.as_choice(TOKEN_STORES)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn over(self, mut under: Self) -> Self {
        if self.provider.is_some() && self.provider != under.provider {
            // What was registered with one provider, and the addresses of it, are nothing for another.
            let passed_over = under.passed_over || under.provider.is_some() || under.client_id.is_some();
            under = Self { flow: under.flow, store: under.store, passed_over, ..Self::default() };
        }
        if self.client_id.is_some() {
            under.client_secret = None;
        }
        self.or(under)
    }

    /// What this says, and for the rest the other, whatever the providers.
    pub(super) fn or(self, under: Self) -> Self {
        Self {
            provider: self.provider.or(under.provider),
            client_id: self.client_id.or(under.client_id),
            client_secret: self.client_secret.or(under.client_secret),
            tenant: self.tenant.or(under.tenant),
            scope: self.scope.or(under.scope),
            token_url: self.token_url.or(under.token_url),
            device_url: self.device_url.or(under.device_url),
            auth_url: self.auth_url.or(under.auth_url),
            flow: self.flow.or(under.flow),
            store: self.store.or(under.store),
            passed_over: self.passed_over || under.passed_over,
        }
    }
}

/// It becomes a part of addresses.
fn tenant(raw: &Raw) -> Result<String, String> {
    let tenant = raw.as_text()?;
    let legal = |octet: u8| octet.is_ascii_alphanumeric() || b".-_".contains(&octet);
    match tenant.bytes().all(legal) {
        true => Ok(tenant.to_owned()),
        false => Err("must be a tenant's id or domain".into()),
    }
}

/// Tokens go over TLS, or stay on this machine.
fn url(raw: &Raw) -> Result<String, String> {
    let url = raw.as_text()?;
    match crate::net::is_safe_for_secrets(url) {
        true => Ok(url.to_owned()),
        false => Err("must be an https:// address, or an http:// one of this machine".into()),
    }
}

const PROVIDERS: &[(&str, Preset)] =
    &[("google", Preset::Google), ("microsoft", Preset::Microsoft), ("other", Preset::Other)];

const FLOWS: &[(&str, Flow)] = &[("device", Flow::Device), ("browser", Flow::Browser)];

const TOKEN_STORES: &[(&str, TokenStore)] = &[("keyring", TokenStore::Keyring), ("file", TokenStore::File)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn layer(keys: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::default();
        for (key, value) in keys {
            settings.set(key, &Raw::text(*value)).unwrap();
        }
        settings
    }

    /// The secret has no flag.
    #[test]
    fn flags_and_the_environment_are_said_together() {
        let secret = ("oauth-client-secret", "hunter2");
        let flags = layer(&[("oauth-provider", "other"), ("oauth-client-id", "ours")]);
        let joined = flags.over_environment(layer(&[secret])).oauth;
        assert!(joined.client_secret.is_some() && joined.client_id.as_deref() == Some("ours"));
        let flags = layer(&[("oauth-provider", "other")]);
        let environment = layer(&[("oauth-provider", "google"), ("oauth-client-id", "theirs"), secret]);
        let joined = flags.over_environment(environment).oauth;
        assert!(joined.client_secret.is_some() && joined.client_id.as_deref() == Some("theirs"));
        assert_eq!(joined.provider, Some(Preset::Other));
        // Who names a password does not log in by a provider.
        let flags = layer(&[("password-file", "/x")]);
        assert!(flags.over_environment(layer(&[("oauth-provider", "google")])).oauth.provider.is_none());
    }

    #[test]
    fn the_same_provider_said_twice_takes_nothing_away() {
        let below = layer(&[("oauth-provider", "google"), ("oauth-client-id", "ours"), ("oauth-client-secret", "x")]);
        let same = layer(&[("oauth-provider", "google")]).over(below.clone()).oauth;
        assert!(same.client_secret.is_some() && same.client_id.is_some() && !same.passed_over);
        let other = layer(&[("oauth-provider", "microsoft")]).over(below).oauth;
        assert!(other.client_secret.is_none() && other.client_id.is_none() && other.passed_over);
    }
}
