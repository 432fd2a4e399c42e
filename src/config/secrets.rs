//! Where the secret of a login comes from: of the mailbox, and by settings of the same names of an IMAP destination.

use super::settings::values::{self, password_file};
use super::{Mechanism, Raw, SecretSource, Settings, for_account};
use crate::auth::{Flow, OAuth, PasswordPurpose, PasswordSource, Preset};
use crate::error::{Error, Kind, Result};

/// Of the mailbox.
pub(super) fn of_mailbox(of: &Settings, mechanism: Option<Mechanism>, name: Option<&str>) -> Result<SecretSource> {
    if mechanism == Some(Mechanism::External) {
        return Ok(SecretSource::Certificate);
    }
    secret(of, PasswordPurpose::Mailbox, name)
}

/// Of the IMAP destination.
pub(super) fn of_imap(of: &Settings, name: Option<&str>) -> Result<SecretSource> {
    secret(of, PasswordPurpose::ImapDestination, name)
}

impl Settings {
    /// Where a password of the account `name` comes from, if it says so.
    pub fn password(&self, purpose: PasswordPurpose, name: Option<&str>) -> Result<Option<PasswordSource>> {
        if let Some(command) = self.get(&purpose.key("password-command"), Raw::as_command)? {
            return Ok(Some(PasswordSource::Command(command)));
        }
        if let Some(source) = self.get(&purpose.key("password-file"), password_file)? {
            return Ok(Some(match source {
                PasswordSource::File(file) => PasswordSource::File(for_account(file, name)),
                other => other,
            }));
        }
        self.get(&purpose.key("password"), values::password)
    }
}

fn secret(of: &Settings, purpose: PasswordPurpose, name: Option<&str>) -> Result<SecretSource> {
    if let Some(source) = of.password(purpose, name)? {
        return Ok(SecretSource::Password(source));
    }
    if let Some(command) = of.get(&purpose.key("token-command"), Raw::as_command)? {
        return Ok(SecretSource::TokenCommand(command));
    }
    Ok(match of.get(&purpose.key("oauth-provider"), Raw::as_choice)? {
        Some(preset) => SecretSource::OAuth(Box::new(oauth(of, purpose, preset)?)),
        None => SecretSource::Password(PasswordSource::Search),
    })
}

fn oauth(of: &Settings, purpose: PasswordPurpose, preset: Preset) -> Result<OAuth> {
    let key = |name: &str| purpose.key(name);
    let missing = |name: &str| Error::new(Kind::Usage, format!("{} needs {}", key("oauth-provider"), key(name)));
    let tenant = of.get(&key("oauth-tenant"), values::tenant)?;
    let mut oauth = match purpose {
        PasswordPurpose::Mailbox => preset.with_tenant(tenant.as_deref()),
        PasswordPurpose::ImapDestination => preset.for_imap(tenant.as_deref()),
    };
    let id_is_from = if of.has_passed_over() { PASSED_OVER } else { REGISTER };
    let id = of.text(&key("oauth-client-id")).ok_or_else(|| missing("oauth-client-id").hint(id_is_from))?;
    oauth.client_id = id.to_owned();
    oauth.client_secret = of.get(&key("oauth-client-secret"), values::secret)?;
    oauth.scope = of.text(&key("oauth-scope")).map_or(oauth.scope, str::to_owned);
    oauth.token_url = of.get(&key("oauth-token-url"), values::token_url)?.unwrap_or(oauth.token_url);
    oauth.device_url = of.get(&key("oauth-device-url"), values::token_url)?.or(oauth.device_url);
    oauth.auth_url = of.get(&key("oauth-auth-url"), values::token_url)?.or(oauth.auth_url);
    oauth.revoke_url = of.get(&key("oauth-revoke-url"), values::token_url)?.or(oauth.revoke_url);
    oauth.flow = of.get(&key("oauth-flow"), Raw::as_choice)?;
    oauth.store = of.get("token-store", Raw::as_choice)?;
    if oauth.flow == Some(Flow::ClientCredentials) {
        return of_application(of, purpose, preset, tenant.as_deref(), oauth);
    }
    if oauth.token_url.is_empty() {
        return Err(missing("oauth-token-url"));
    }
    if oauth.device_url.is_none() && oauth.auth_url.is_none() {
        return Err(missing("oauth-device-url or oauth-auth-url"));
    }
    Ok(oauth)
}

/// The application has the right itself: it needs its secret, its organisation, and Microsoft's scope for such rights.
fn of_application(
    of: &Settings,
    purpose: PasswordPurpose,
    preset: Preset,
    tenant: Option<&str>,
    oauth: OAuth,
) -> Result<OAuth> {
    let key = |name: &str| purpose.key(name);
    let flow = key("oauth-flow");
    let needs = |name: &str| Error::new(Kind::Usage, format!("{flow} = client-credentials needs {}", key(name)));
    if oauth.token_url.is_empty() {
        return Err(needs("oauth-token-url"));
    }
    if oauth.client_secret.is_none() {
        return Err(needs("oauth-client-secret").hint("it can be in the configuration file only"));
    }
    if preset == Preset::Microsoft && tenant.is_none_or(|tenant| tenant.eq_ignore_ascii_case("common")) {
        return Err(needs("oauth-tenant").hint("an application has rights in one organisation: name it"));
    }
    let is_said = of.has(&key("oauth-scope"));
    let scope = if preset == Preset::Microsoft && !is_said { OF_APPLICATIONS.to_owned() } else { oauth.scope.clone() };
    Ok(OAuth { scope, ..oauth })
}

/// All rights that an application has from an administrator.
const OF_APPLICATIONS: &str = "https://outlook.office365.com/.default";

const REGISTER: &str = "register an application with the provider; docs/providers.md in the sources says how";

const PASSED_OVER: &str = "say it where oauth-provider is said: what [defaults], or the account, says is not taken beside another oauth-provider";
