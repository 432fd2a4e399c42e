//! What `Settings::over` does, by the names of keys, for those who show it.

/// Does a layer that says `upper` take nothing of `under` from the layer under it? `is_same_provider`: do both name the
/// same `oauth-provider`?
pub(in crate::config) fn is_replaced(under: &str, upper: &str, is_same_provider: bool) -> bool {
    if is_same_provider && upper == "oauth-provider" && REGISTERED.contains(&under) {
        return false;
    }
    let by_group = |(uppers, unders): &(&[&str], &[&str])| uppers.contains(&upper) && unders.contains(&under);
    under == upper || REPLACED.iter().any(by_group)
}

/// Who says one of the first wants none of the second from elsewhere.
const REPLACED: &[(&[&str], &[&str])] = &[
    (TARGET, TARGET),
    (REMOVAL, REMOVAL),
    (WAY, WAY),
    (SECRET, SECRET),
    (SECRET, &["oauth-provider"]),
    (&["oauth-provider"], SECRET),
    (&["oauth-provider"], REGISTERED),
    (&["oauth-client-id"], &["oauth-client-secret"]),
    (&["client-cert"], &["client-key"]),
];

const TARGET: &[&str] = &["maildir", "mbox"];

const REMOVAL: &[&str] = &["delete", "delete-after"];

const WAY: &[&str] = &["proxy", "tunnel-command"];

const SECRET: &[&str] = &["password", "password-command", "password-file", "token-command"];

/// What belongs to one provider.
const REGISTERED: &[&str] = &[
    "oauth-client-id",
    "oauth-client-secret",
    "oauth-tenant",
    "oauth-scope",
    "oauth-token-url",
    "oauth-device-url",
    "oauth-auth-url",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{KEYS, Key, Raw, Settings};

    /// A layer that says nothing but this key.
    fn layer(key: &Key) -> Settings {
        let document: toml_edit::DocumentMut = format!("it = {}", key.example).parse().unwrap();
        let value = document["it"].as_value().unwrap();
        let raw = match value.as_array() {
            Some(array) => Raw::List(array.iter().map(|text| text.as_str().unwrap().to_owned()).collect()),
            None if value.is_str() => Raw::text(value.as_str().unwrap()),
            None => Raw::text(value.to_string().trim()),
        };
        let mut settings = Settings::default();
        settings.set(key.name, &raw).unwrap();
        settings
    }

    #[test]
    fn each_pair_of_keys_is_as_in_the_layers() {
        for upper in KEYS {
            for under in KEYS {
                let alone = format!("{:?}", layer(upper));
                let is_replaced = is_replaced(under.name, upper.name, false);
                let mut both = layer(upper).over(layer(under));
                both.oauth.passed_over = false; // it is for a hint
                assert_eq!(format!("{both:?}") == alone, is_replaced, "{} over {}", upper.name, under.name);
            }
        }
    }

    #[test]
    fn each_key_beside_the_same_provider_is_as_in_the_layers() {
        let provider = Key::find("oauth-provider").unwrap();
        let alone = format!("{:?}", layer(provider));
        for under in KEYS.iter().filter(|key| key.name != provider.name) {
            let mut below = layer(under);
            below.oauth.provider = layer(provider).oauth.provider;
            let both = format!("{:?}", layer(provider).over(below));
            assert_eq!(both == alone, is_replaced(under.name, provider.name, true), "{}", under.name);
        }
    }
}
