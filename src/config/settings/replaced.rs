//! What `Settings::over` does, by the names of keys, for those who show it.

/// Does a layer that says `upper` take nothing of `under` from the layers under it?
pub(in crate::config) fn is_replaced(under: &str, upper: &str) -> bool {
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
                let is_replaced = is_replaced(under.name, upper.name);
                let both = format!("{:?}", layer(upper).over(layer(under)));
                assert_eq!(both == alone, is_replaced, "{} over {}", upper.name, under.name);
            }
        }
    }
}
