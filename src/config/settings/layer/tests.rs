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
    let imap_secrets: [&str; 5] =
        ["imap-password", "imap-password-command", "imap-password-file", "imap-token-command", "imap-oauth-provider"];
    let groups: [&[&str]; 5] = [
        &["maildir", "mbox", "eml-dir", "pipe", "lmtp", "smtp", "imap"],
        &imap_secrets,
        &["delete", "delete-after"],
        &["proxy", "tunnel-command"],
        &["password", "password-command", "password-file", "token-command", "oauth-provider"],
    ];
    let of_a_provider = ["oauth-", "imap-oauth-"].iter().any(|prefix| {
        let rest = lower.strip_prefix(prefix).filter(|rest| !["flow", "provider"].contains(rest));
        rest.is_some() && upper.strip_prefix(prefix) == Some("provider")
    });
    groups.iter().any(|group| group.contains(&upper) && group.contains(&lower))
        || of_a_provider
        || [
            ("oauth-client-id", "oauth-client-secret"),
            ("imap-oauth-client-id", "imap-oauth-client-secret"),
            ("client-cert", "client-key"),
        ]
        .contains(&(upper, lower))
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
    let mut settings = layer(&[("password-file", "/m")]);
    let why = settings.set("password-command", Raw::text("/b")).unwrap_err();
    assert_eq!(why, "conflicts with password-file: only one of them can be given");
    settings.set("password-file", Raw::text("/other")).unwrap();
    assert_eq!(settings.text("password-file"), Some("/other"));
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

/// A copy to each.
#[test]
fn a_layer_can_have_several_destinations() {
    let all = layer(&[
        ("imap", "imaps://ann@i.example/Box"),
        ("lmtp", "/run/lmtp"),
        ("rcpt", "ann"),
        ("pipe", "cat"),
        ("eml-dir", "/e"),
        ("mbox", "/b"),
        ("maildir", "/m"),
    ]);
    let account = Account::resolve(Some("work"), "pop3s://ann@mail.example.org", all.clone()).unwrap();
    let kinds: Vec<&str> = account.targets.iter().map(crate::deliver::Target::kind).collect();
    assert_eq!(kinds, ["maildir", "mbox", "eml-dir", "pipe", "lmtp", "imap"]);
    assert_eq!(account.receivers.len(), 3);
    for one in [("maildir", "/other"), ("pipe", "cat"), ("smtp", "localhost")] {
        assert_eq!(names(&layer(&[one]).over(all.clone())), [one.0]);
    }
    assert_eq!(names(&layer(&[("timeout", "9s")]).over(all)).len(), 8);
}

/// The password of one server is nothing for another one.
#[test]
fn what_belongs_to_a_destination_goes_with_it() {
    let imap = ("imap", "imaps://ann@i.example/Box");
    let lower = layer(&[imap, ("imap-password-file", "/p"), ("imap-pin", &"0".repeat(64)), ("max-size", "1k")]);
    let over = |upper: &[(&str, &str)], lower: &Settings| names(&layer(upper).over(lower.clone()));
    assert_eq!(over(&[("maildir", "/m")], &lower), ["maildir", "max-size"]);
    assert_eq!(over(&[("imap", "imaps://ann@other.example/Box")], &lower), ["imap", "max-size"]);
    assert_eq!(over(&[imap], &lower), ["imap", "imap-password-file", "imap-pin", "max-size"]);
    // Another one beside it takes nothing away from it.
    assert_eq!(over(&[imap, ("pipe", "cat")], &lower).len(), 5);
    // Nor is it taken from a layer that has it for the destinations of others.
    let shared = layer(&[("imap-oauth-provider", "google"), ("imap-oauth-client-id", "ours"), ("maildir", "/m")]);
    assert_eq!(over(&[imap], &shared), ["imap", "imap-oauth-provider", "imap-oauth-client-id"]);
    // The recipients of LMTP are not those of SMTP.
    let lower = layer(&[("lmtp", "/run/lmtp"), ("rcpt", "ann")]);
    assert_eq!(over(&[("smtp", "localhost")], &lower), ["smtp"]);
    assert_eq!(over(&[("lmtp", "/run/lmtp")], &lower), ["lmtp", "rcpt"]);
}

/// The secret has no flag.
#[test]
fn a_destination_of_the_flags_has_its_secret_in_the_environment() {
    let flags = layer(&[("imap", "imaps://ann@i.example/Box")]);
    let environment = layer(&[("imap", "imaps://bob@i.example/"), ("imap-password", "hunter2"), ("maildir", "/m")]);
    let joined = flags.over_environment(environment);
    assert_eq!(names(&joined), ["imap", "imap-password"]);
    assert_eq!(joined.text("imap"), Some("imaps://ann@i.example/Box"));
    let flags = layer(&[("imap-password-file", "/p")]);
    assert_eq!(names(&flags.over_environment(layer(&[("imap-password", "hunter2")]))), ["imap-password-file"]);
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
