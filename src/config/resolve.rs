//! All layers of settings together: an account, or what is wrong with it.

use std::time::Duration;

use super::settings::{OAuthKeys, SecretKey, TrustKeys, WayKey};
use super::{Account, Delivery, Mechanism, SecretSource, Settings, Source};
use crate::auth::{OAuth, PasswordSource, Preset};
use crate::error::{Error, Kind, Result};
use crate::net::{ProxyChoice, TrustSettings};

impl Account {
    /// An account of all layers together; `name` is its name in the configuration file, `source` its URL.
    pub fn resolve(name: Option<&str>, source: &str, settings: Settings) -> Result<Self> {
        let source = Source::parse(source, settings.tls)?;
        let (proxy_choice, tunnel) = match settings.way {
            Some(WayKey::Proxy(Some(proxy))) => (ProxyChoice::Through(proxy), None),
            Some(WayKey::Proxy(None)) => (ProxyChoice::Never, None),
            Some(WayKey::Tunnel(tunnel)) => (ProxyChoice::Environment, Some(tunnel)),
            None => (ProxyChoice::Environment, None),
        };
        let account = Self {
            name: name.map(str::to_owned),
            cleartext_password: settings.cleartext_password.unwrap_or(false),
            trust: trust(settings.trust)?,
            proxy: if tunnel.is_some() { None } else { proxy_choice.to(&source.host)? },
            proxy_choice,
            source_address: settings.source_address,
            tunnel,
            mechanism: settings.mechanism,
            secret: secret(settings.mechanism, settings.secret, settings.oauth)?,
            timeout: settings.timeout.unwrap_or(TIMEOUT),
            deadline: settings.deadline,
            state_key: settings.state_key,
            delivery: Delivery {
                target: settings.target,
                removal: settings.removal.unwrap_or_default(),
                max_messages: settings.max_messages,
                max_bytes: settings.max_bytes,
                max_size: settings.max_size,
            },
            source,
        };
        account.way().check()?;
        Ok(account)
    }
}

fn trust(keys: TrustKeys) -> Result<TrustSettings> {
    let client = match (keys.client_cert, keys.client_key) {
        (Some(certificate), key) => Some((certificate.clone(), key.unwrap_or(certificate))),
        (None, None) => None,
        (None, Some(_)) => return Err(Error::new(Kind::Usage, "client-key is of no use without client-cert")),
    };
    Ok(TrustSettings {
        roots: keys.roots.unwrap_or_default(),
        ca_files: keys.ca_files.unwrap_or_default(),
        pins: keys.pins.unwrap_or_default(),
        client,
        tls_min: keys.tls_min.unwrap_or_default(),
        classic_key_exchange: keys.classic.unwrap_or(false),
        server_name: keys.server_name,
    })
}

fn secret(mechanism: Option<Mechanism>, said: Option<SecretKey>, oauth: OAuthKeys) -> Result<SecretSource> {
    Ok(match (mechanism, said, oauth.provider) {
        (Some(Mechanism::External), ..) => SecretSource::Certificate,
        (_, Some(SecretKey::Password(_)), Some(_)) => {
            return Err(Error::new(Kind::Usage, "a password and oauth-provider exclude each other"));
        }
        (_, Some(SecretKey::TokenCommand(_)), Some(_)) => {
            return Err(Error::new(Kind::Usage, "token-command and oauth-provider exclude each other"));
        }
        (_, Some(SecretKey::Password(source)), None) => SecretSource::Password(source),
        (_, Some(SecretKey::TokenCommand(command)), None) => SecretSource::TokenCommand(command),
        (_, None, Some(preset)) => SecretSource::OAuth(Box::new(oauth_of(preset, oauth)?)),
        (_, None, None) => SecretSource::Password(PasswordSource::Search),
    })
}

fn oauth_of(preset: Preset, keys: OAuthKeys) -> Result<OAuth> {
    let missing = |key: &str| Error::new(Kind::Usage, format!("oauth-provider needs {key}"));
    let mut oauth = preset.with_tenant(keys.tenant.as_deref());
    let id_is_from = if keys.passed_over { PASSED_OVER } else { REGISTER };
    oauth.client_id = keys.client_id.ok_or_else(|| missing("oauth-client-id").hint(id_is_from))?;
    oauth.client_secret = keys.client_secret;
    oauth.scope = keys.scope.unwrap_or(oauth.scope);
    oauth.token_url = keys.token_url.unwrap_or(oauth.token_url);
    oauth.device_url = keys.device_url.or(oauth.device_url);
    oauth.auth_url = keys.auth_url.or(oauth.auth_url);
    oauth.flow = keys.flow;
    oauth.store = keys.store;
    match () {
        () if oauth.token_url.is_empty() => Err(missing("oauth-token-url")),
        () if oauth.device_url.is_none() && oauth.auth_url.is_none() => {
            Err(missing("oauth-device-url or oauth-auth-url"))
        }
        () => Ok(oauth),
    }
}

const REGISTER: &str = "register an application with the provider; the README says what to ask for";

const PASSED_OVER: &str = "say it where oauth-provider is said: what [defaults], or the account, says is not taken beside another oauth-provider";

/// How long each wait may take.
const TIMEOUT: Duration = Duration::from_secs(60);
