//! What the configuration file says of an account, with what it inherits, as people wrote it: for `account show`.

use toml_edit::Value;

use super::file::is_secret;
use super::{ConfigFile, FileAccount};

/// One setting that holds for an account.
pub struct Effective {
    /// Its name.
    pub key: &'static str,
    /// Its value in TOML; masked, if it is a secret.
    pub value: String,
    /// The same for JSON.
    pub json: serde_json::Value,
    /// Does it come from `[defaults]`?
    pub is_default: bool,
}

/// What holds for an account of the file, in the order of the manual.
pub fn effective(file: &ConfigFile, account: &FileAccount) -> Vec<Effective> {
    let merged = account.settings.clone().over(file.defaults.clone());
    let for_accounts = merged.iter().filter(|(setting, _)| setting.is_for_accounts());
    let shown = for_accounts.map(|(setting, raw)| {
        let value = if is_secret(setting, raw) { "****".into() } else { Value::from(raw) };
        let is_default = !account.settings.has(setting.name);
        Effective { key: setting.name, json: json_of(&value), value: value.to_string(), is_default }
    });
    shown.collect()
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Boolean(flag) => (*flag.value()).into(),
        Value::Array(array) => array.iter().map(json_of).collect(),
        other => other.to_string().into(), // no setting takes these
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const SOURCE: &str = "source = 'pop3s://a@b'\n";

    /// Key, value and origin of all that holds for the account `x`.
    fn shown(text: &str) -> Vec<(&'static str, String, bool)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let file =
            ConfigFile::read(&crate::config::ConfigPlace::named(&path), &crate::net::Waits::for_tests()).unwrap();
        let effective = effective(&file, file.account("x").unwrap()).into_iter();
        effective.map(|set| (set.key, set.value, set.is_default)).collect()
    }

    #[test]
    fn shows_what_holds() {
        let defaults =
            "[defaults]\nmaildir='/Mail'\ntimeout = '9s'\noauth-provider = \"google\"\nclient-key = \"/k\"\n";
        let own = "mbox = \"/old\"\npassword = \"hunter2\"\nclient-cert = \"/c\"\n";
        let expected = [
            ("source", "\"pop3s://a@b\"", false),
            ("mbox", "\"/old\"", false),
            ("password", "\"****\"", false),
            ("timeout", "\"9s\"", true),
            ("client-cert", "\"/c\"", false),
        ];
        let expected = expected.map(|(key, value, is_default)| (key, value.to_owned(), is_default));
        assert_eq!(shown(&format!("{defaults}[account.x]\n{SOURCE}{own}")), expected);
    }

    #[test]
    fn what_belongs_to_the_same_provider_is_shown() {
        let defaults = "[defaults]\noauth-provider = \"google\"\noauth-client-id = \"ours\"\n";
        for (provider, expected) in [("google", 3), ("microsoft", 2)] {
            let shown = shown(&format!("{defaults}[account.x]\n{SOURCE}oauth-provider = \"{provider}\"\n"));
            assert_eq!(shown.len(), expected, "{shown:?}");
        }
    }

    #[test]
    fn a_proxy_is_shown_unless_it_holds_a_password() {
        for (proxy, expected) in [
            ("socks5://ann@proxy.example.org", "\"socks5://ann@proxy.example.org\""),
            ("none", "\"none\""),
            ("http://ann:hunter2@proxy.example.org", "\"****\""),
        ] {
            assert_eq!(shown(&format!("[account.x]\n{SOURCE}proxy = \"{proxy}\"\n"))[1].1, expected);
        }
    }
}
