use super::*;

fn account(name: Option<&str>, values: &[(&str, Raw)]) -> Result<Account> {
    let mut settings = Settings::default();
    for (key, raw) in values {
        settings.set(key, raw.clone()).unwrap();
    }
    Account::resolve(name, "pop3s://ann@mail.example.org", settings)
}

fn names(name: Option<&str>, values: &[(&str, Raw)]) -> Vec<String> {
    let receivers = account(name, values).unwrap().receivers;
    receivers.into_iter().map(|one| format!("{}: {}", one.receiver.way.name(), one.receiver.name)).collect()
}

fn words(words: &[&str]) -> Raw {
    Raw::List(words.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn a_receiver_has_a_name_of_its_own() {
    let rcpt = ("rcpt", words(&["ann", "bob@example.org"]));
    let named = |key, raw: Raw| names(None, &[(key, raw), rcpt.clone()]).concat();
    assert_eq!(named("pipe", Raw::text("maildrop -d ann")), "pipe: maildrop -d ann");
    assert_eq!(named("pipe", words(&["maildrop", "-d", "ann"])), r#"pipe: ["maildrop","-d","ann"]"#);
    assert_eq!(named("pipe", words(&["maildrop", "-d ann"])), r#"pipe: ["maildrop","-d ann"]"#);
    assert_eq!(named("lmtp", Raw::text("/run/lmtp")), "lmtp: /run/lmtp for ann, bob@example.org");
    assert_eq!(named("smtp", Raw::text("relay:2525")), "smtp: relay:2525 for ann, bob@example.org");
    assert_eq!(named("imap", Raw::text("imaps://ann@i.example/Box")), "imap: imaps://ann@i.example/Box");
}

#[test]
fn the_account_has_its_name_everywhere() {
    let all = [
        ("pipe", words(&["deliver", "{account}", "x-{account}"])),
        ("lmtp", Raw::text("/run/lmtp")),
        ("rcpt", Raw::text("{account}")),
        ("imap", Raw::text("imaps://ann@i.example/{account}")),
        ("filter", Raw::text("ask {account}")),
        ("eml-dir", Raw::text("/e/{account}")),
    ];
    let expected =
        [r#"pipe: ["deliver","work","x-work"]"#, "lmtp: /run/lmtp for work", "imap: imaps://ann@i.example/work"];
    assert_eq!(names(Some("work"), &all), expected);
    let account = account(Some("work"), &all).unwrap();
    assert_eq!(account.targets[0], Target::EmlDir("/e/work".into()));
    assert!(account.filter == Some(CommandLine::Shell("ask work".into())));
}

#[test]
fn whoever_is_to_get_mail_must_be_named() {
    let error = account(None, &[("lmtp", Raw::text("/run/lmtp"))]).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (Kind::Usage, "lmtp needs rcpt, the recipient of the messages")
    );
}

#[test]
fn values_that_cannot_be_used_are_refused() {
    for (key, value) in [
        ("smtp", "ann@relay"),
        ("lmtp", "two words"),
        ("rcpt", "ann>"),
        ("rcpt", "two words"),
        ("imap", "https://ann@i.example/"),
        ("imap", "imaps://i.example/Box"),
        ("imap", "imaps://ann:hunter2@i.example/Box"),
        ("imap-flags", "\\Seen)"),
        ("imap-password-file", "-"),
        ("pipe", ""),
    ] {
        let why = Settings::default().set(key, Raw::text(value)).unwrap_err();
        assert!(!why.contains("hunter2"), "{why}");
    }
}

/// What is pinned is the key of one server.
#[test]
fn a_pin_of_the_mailbox_is_not_one_of_the_destination() {
    let pin = |digit: &str| Raw::text(digit.repeat(64));
    let all = [
        ("imap", Raw::text("imap://ann@i.example/Box")),
        ("pin", pin("a")),
        ("ca-file", Raw::text("/ca")),
        ("imap-pin", pin("b")),
    ];
    let account = account(None, &all).unwrap();
    let ReceiverSettings::Imap(imap) = &account.receivers[0].settings else { panic!("{account:?}") };
    assert_eq!((imap.trust.pins.len(), imap.trust.ca_files.len()), (1, 1));
    assert_ne!(imap.trust.pins, account.trust.pins);
}

#[test]
fn the_secret_of_the_destination_is_its_own() {
    let secret = |more: &[(&str, Raw)]| {
        let all =
            [&[("imap", Raw::text("imaps://ann@i.example/Box")), ("password", Raw::text("hunter2"))], more].concat();
        match account(None, &all).unwrap().receivers.remove(0).settings {
            ReceiverSettings::Imap(imap) => imap.secret,
            other => panic!("{other:?}"),
        }
    };
    use crate::auth::PasswordSource;
    assert!(matches!(secret(&[]), SecretSource::Password(PasswordSource::Search)));
    let file = secret(&[("imap-password-file", Raw::text("/p"))]);
    assert!(matches!(file, SecretSource::Password(PasswordSource::File(_))));
    let tokens =
        secret(&[("imap-oauth-provider", Raw::text("microsoft")), ("imap-oauth-client-id", Raw::text("ours"))]);
    let SecretSource::OAuth(oauth) = tokens else { panic!("{tokens:?}") };
    assert!(oauth.scope.contains("IMAP.AccessAsUser.All"), "{}", oauth.scope);
    let missing = account(
        None,
        &[("imap", Raw::text("imaps://ann@i.example/Box")), ("imap-oauth-provider", Raw::text("google"))],
    );
    assert_eq!(missing.unwrap_err().to_string(), "imap-oauth-provider needs imap-oauth-client-id");
}
