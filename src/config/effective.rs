//! What the configuration file says of an account, with what it inherits, as people wrote it: for `account show`.

use std::path::Path;

use toml_edit::{Item, TableLike, Value};

use super::edit::document;
use super::file::text_of;
use super::settings::is_replaced;
use super::{KEYS, Key};
use crate::error::Result;
use crate::net::{Proxy, ProxyFrom};

/// One key that holds for an account.
pub struct Effective {
    /// The key.
    pub key: &'static str,
    /// Its value in TOML; masked, if it is a secret.
    pub value: String,
    /// The same for JSON.
    pub json: serde_json::Value,
    /// Does it come from `[defaults]`?
    pub is_default: bool,
}

/// What holds for an account, in the order of the manual.
pub fn effective(path: &Path, name: &str) -> Result<Vec<Effective>> {
    let text = text_of(path)?.map(|(text, _)| text).unwrap_or_default();
    let document = document(path, &text)?;
    let defaults = document.get("defaults").and_then(Item::as_table_like);
    let account = document.get("account").and_then(Item::as_table_like);
    let account = account.and_then(|accounts| accounts.get(name)).and_then(Item::as_table_like);
    let get = |table: Option<&dyn TableLike>, key: &str| {
        table.and_then(|table| table.get(key)).and_then(Item::as_value).cloned()
    };
    let provider = |table| get(table, "oauth-provider").and_then(|value| value.as_str().map(str::to_owned));
    let is_same_provider = provider(account) == provider(defaults);
    let replaced =
        |key: &str| account.is_some_and(|own| own.iter().any(|(own, _)| is_replaced(key, own, is_same_provider)));
    let of = |key: &'static Key| {
        let (found, is_default) = match get(account, key.name) {
            Some(value) => (value, false),
            None if key.is_for_accounts() && !replaced(key.name) => (get(defaults, key.name)?, true),
            None => return None,
        };
        let is_hidden = key.is_secret || key.name == "proxy" && holds_password(&found);
        let found = if is_hidden { "****".into() } else { found.decorated("", "") };
        Some(Effective { key: key.name, json: json_of(&found), value: found.to_string(), is_default })
    };
    Ok(KEYS.iter().filter_map(of).collect())
}

fn json_of(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => text.value().as_str().into(),
        Value::Integer(number) => (*number.value()).into(),
        Value::Boolean(flag) => (*flag.value()).into(),
        Value::Array(array) => array.iter().map(json_of).collect(),
        other => other.to_string().into(), // no key takes these
    }
}

/// May a proxy's URL hold a password? In doubt, yes.
fn holds_password(url: &Value) -> bool {
    let proxy = url.as_str().map(|url| Proxy::parse(url, ProxyFrom::ConfigurationFile));
    !matches!(proxy, Some(Ok(proxy)) if proxy.as_ref().is_none_or(|proxy| !proxy.has_password()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Key, value and origin of all that holds for the account `x`.
    fn shown(text: &str) -> Vec<(&'static str, String, bool)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let effective = effective(&path, "x").unwrap().into_iter();
        effective.map(|set| (set.key, set.value, set.is_default)).collect()
    }

    /// What `over` does for each pair of keys is proved beside its table.
    #[test]
    fn shows_what_holds() {
        let defaults =
            "[defaults]\nmaildir='/Mail'\ntimeout = '9s'\noauth-provider = \"google\"\nclient-key = \"/k\"\n";
        let own = "mbox = \"/old\"\npassword = \"hunter2\"\nclient-cert = \"/c\"\n";
        let expected = [
            ("mbox", "\"/old\"", false),
            ("client-cert", "\"/c\"", false),
            ("password", "\"****\"", false),
            ("timeout", "\"9s\"", true),
        ];
        let expected = expected.map(|(key, value, is_default)| (key, value.to_owned(), is_default));
        assert_eq!(shown(&format!("{defaults}[account.x]\n{own}")), expected);
    }

    #[test]
    fn what_belongs_to_the_same_provider_is_shown() {
        let defaults = "[defaults]\noauth-provider = \"google\"\noauth-client-id = \"ours\"\n";
        for (provider, expected) in [("google", 2), ("microsoft", 1)] {
            let shown = shown(&format!("{defaults}[account.x]\noauth-provider = \"{provider}\"\n"));
            assert_eq!(shown.len(), expected, "{shown:?}");
        }
    }

    #[test]
    fn a_proxy_is_shown_unless_it_holds_a_password() {
        for (proxy, expected) in [
            ("socks5://ann@proxy.example.org", "\"socks5://ann@proxy.example.org\""),
            ("none", "\"none\""),
            ("http://ann:hunter2@proxy.example.org", "\"****\""),
            ("nonsense hunter2", "\"****\""),
        ] {
            assert_eq!(shown(&format!("[account.x]\nproxy = \"{proxy}\"\n"))[0].1, expected);
        }
    }
}
