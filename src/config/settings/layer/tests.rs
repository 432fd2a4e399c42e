use super::*;
use crate::config::{Account, SecretSource};
use crate::error::Result;

fn layer(values: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in values {
        settings.set(name, Raw::text(*value)).unwrap();
    }
    settings
}

/// A layer that says nothing but the example of a setting.
fn example(setting: &Setting) -> Settings {
    let document: toml_edit::DocumentMut = format!("it = {}", setting.example).parse().unwrap();
    let value = document["it"].as_value().unwrap();
    let raw = match value.as_array() {
        Some(array) => Raw::List(array.iter().map(|text| text.as_str().unwrap().to_owned()).collect()),
        None if value.is_str() => Raw::text(value.as_str().unwrap()),
        None => Raw::text(value.to_string().trim()),
    };
    let mut settings = Settings::default();
    settings.set(setting.name, raw).unwrap();
    settings
}

fn names(settings: &Settings) -> Vec<&'static str> {
    settings.iter().map(|(setting, _)| setting.name).collect()
}

/// Who says one of the first wants none of the second from a lower layer.
fn is_replaced(upper: &str, lower: &str) -> bool {
    let groups: [&[&str]; 4] = [
        &["maildir", "mbox"],
        &["delete", "delete-after"],
        &["proxy", "tunnel-command"],
        &["password", "password-command", "password-file", "token-command", "oauth-provider"],
    ];
    let of_a_provider =
        lower.starts_with("oauth-") && lower != "oauth-flow" && lower != "oauth-provider" && upper == "oauth-provider";
    groups.iter().any(|group| group.contains(&upper) && group.contains(&lower))
        || of_a_provider
        || [("oauth-client-id", "oauth-client-secret"), ("client-cert", "client-key")].contains(&(upper, lower))
}

#[test]
fn each_setting_replaces_what_excludes_it_and_nothing_else() {
    for upper in SETTINGS {
        for lower in SETTINGS.iter().filter(|lower| lower.name != upper.name) {
            let both = example(upper).over(example(lower));
            let is_alone = names(&both) == [upper.name];
            assert_eq!(is_alone, is_replaced(upper.name, lower.name), "{} over {}", upper.name, lower.name);
        }
    }
}

#[test]
fn what_excludes_another_cannot_be_in_one_layer() {
    let mut settings = layer(&[("maildir", "/m")]);
    let why = settings.set("mbox", Raw::text("/b")).unwrap_err();
    assert_eq!(why, "conflicts with maildir: only one of them can be given");
    settings.set("maildir", Raw::text("/other")).unwrap();
    assert_eq!(settings.text("maildir"), Some("/other"));
    assert!(settings.set("nonsense", Raw::text("/b")).is_err());
    assert!(settings.set("timeout", Raw::text("soon")).is_err());
}

#[test]
fn names_are_unique_and_wrong_ones_have_a_neighbour() {
    for (at, setting) in SETTINGS.iter().enumerate() {
        assert!(SETTINGS[at + 1..].iter().all(|other| other.name != setting.name), "{}", setting.name);
        assert!(setting.replaces.iter().all(|other| Setting::find(other).is_some()), "{}", setting.name);
        assert!(!setting.help.ends_with('.') && !setting.help.is_empty(), "{}", setting.name);
        assert!(setting.details.is_empty() || setting.details.ends_with('.'), "{}", setting.name);
    }
    assert_eq!(Setting::nearest("maildri"), Some("maildir"));
    assert_eq!(Setting::nearest("password_file"), Some("password-file"));
    assert_eq!(Setting::nearest("xyzzy"), None);
    assert_eq!(Setting::find("ca-file").unwrap().variable(), "MAILHAUL_CA_FILE");
}

/// What an account with these settings logs in with.
fn secret(settings: Settings) -> Result<SecretSource> {
    Account::resolve(None, "pop3s://ann@mail.example.org", settings).map(|account| account.secret)
}

const OTHER: [(&str, &str); 2] =
    [("oauth-token-url", "https://a.example/token"), ("oauth-device-url", "https://a.example/device")];

/// The secret has no flag.
#[test]
fn flags_and_the_environment_are_said_together() {
    let has_secret = |settings: Settings, id: &str| match secret(settings).unwrap() {
        SecretSource::OAuth(oauth) => oauth.client_secret.is_some() && oauth.client_id == id,
        other => panic!("{other:?}"),
    };
    let client_secret = ("oauth-client-secret", "hunter2");
    let flags = layer(&[("oauth-provider", "other"), ("oauth-client-id", "ours"), OTHER[0], OTHER[1]]);
    assert!(has_secret(flags.over_environment(layer(&[client_secret])), "ours"));
    let flags = layer(&[("oauth-provider", "other"), OTHER[0], OTHER[1]]);
    let environment = layer(&[("oauth-provider", "google"), ("oauth-client-id", "theirs"), client_secret]);
    let joined = flags.over_environment(environment);
    assert_eq!(joined.text("oauth-provider"), Some("other"));
    assert!(has_secret(joined, "theirs"));
    // Who names a password does not log in by a provider.
    let flags = layer(&[("password-file", "/x")]);
    assert!(!flags.over_environment(layer(&[("oauth-provider", "google")])).has("oauth-provider"));
}

#[test]
fn the_same_provider_said_twice_takes_nothing_away() {
    let below = layer(&[("oauth-provider", "google"), ("oauth-client-id", "ours"), ("oauth-client-secret", "x")]);
    let same = layer(&[("oauth-provider", "Google")]).over(below.clone());
    assert!(same.has("oauth-client-secret") && same.has("oauth-client-id") && !same.has_passed_over());
    let other = layer(&[("oauth-provider", "microsoft")]).over(below);
    assert!(!other.has("oauth-client-secret") && !other.has("oauth-client-id") && other.has_passed_over());
    let error = secret(other).unwrap_err();
    assert!(error.next_step().unwrap().contains("is not taken beside another oauth-provider"), "{error:?}");
}
