use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::config::{Account, ConfigPlace};

/// Reads a file with this text, private or not.
fn read_with_mode(text: &str, mode: u32) -> Result<ConfigFile> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    ConfigFile::read(&ConfigPlace::named(&path), &Waits::for_tests())
}

fn read(text: &str) -> Result<ConfigFile> {
    read_with_mode(text, 0o600)
}

/// The error of a text, behind the file's name, and its hint.
fn error(text: &str) -> (String, String) {
    let error = read(text).unwrap_err();
    assert_eq!(error.kind(), Kind::Config);
    let hint = error.next_step().unwrap_or_default().to_owned();
    (error.to_string().split_once("config.toml:").unwrap().1.to_owned(), hint)
}

const WORK: &str = "[account.work]\nsource = \"pop3s://ann@mail.example.org\"\n";

#[test]
fn reads_accounts_in_their_order_with_defaults_under_them() {
    let file = read(
        "# mine\n[defaults]\nmaildir = \"/mail\"\ntimeout = \"30s\"\n\n\
         [account.work]\nsource = \"pop3s://ann@mail.example.org\"\npassword-command = [\"pass\", \"show\", \"mail/work\"]\n\
         mbox = \"/var/mail/ann\"\ndelete-after = \"30d\"\n\n\
         [account.\"a.b\"]\nsource = \"pop3://bob@pop.example.net\"\nenabled = false\nca-file = [\"/a.pem\", \"/b.pem\"]\n",
    )
    .unwrap();
    let names: Vec<&str> = file.accounts.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["work", "a.b"]);
    let resolved = |name: &str| {
        let settings = file.account(name).unwrap().settings.clone().over(file.defaults.clone());
        let source = settings.source().unwrap().to_owned();
        Account::resolve(Some(name), &source, settings).unwrap()
    };
    let work = resolved("work");
    assert_eq!(work.targets, [crate::deliver::Target::Mbox("/var/mail/ann".into())]);
    assert_eq!(work.removal, super::super::Removal::After(std::time::Duration::from_hours(720)));
    assert_eq!(work.timeout.as_secs(), 30);
    let other = resolved("a.b");
    assert_eq!(other.targets, [crate::deliver::Target::Maildir("/mail".into())]);
    assert!(!file.account("a.b").unwrap().settings.is_enabled());
}

/// What one provider has given out does not go to another.
#[test]
fn a_provider_is_named_with_all_that_belongs_to_it() {
    let corp = "[defaults]\noauth-provider = \"other\"\noauth-client-id = \"corp\"\noauth-client-secret = \"hunter2\"\n\
                oauth-token-url = \"https://corp.example/token\"\noauth-device-url = \"https://corp.example/device\"\n";
    let resolved = |own: &str| {
        let file = read(&format!("{corp}{WORK}{own}")).unwrap();
        let settings = file.account("work").unwrap().settings.clone().over(file.defaults.clone());
        Account::resolve(Some("work"), "pop3s://a@b", settings)
    };
    let oauth = |own: &str| match resolved(own).unwrap().secret {
        crate::config::SecretSource::OAuth(oauth) => oauth,
        other => panic!("{other:?}"),
    };
    let ours = oauth("oauth-provider = \"microsoft\"\noauth-client-id = \"ours\"\n");
    assert!(ours.client_secret.is_none() && ours.token_url.starts_with("https://login.microsoftonline.com/"));
    assert!(!format!("{ours:?}").contains("corp"), "{ours:?}");
    let other_id = oauth("oauth-client-id = \"ours\"\n");
    assert!(other_id.client_secret.is_none() && other_id.token_url.contains("corp.example"));
    assert!(oauth("").client_secret.is_some());
    let error = resolved("oauth-provider = \"google\"\n").unwrap_err();
    assert!(error.to_string().contains("needs oauth-client-id"), "{error}");
    assert!(error.next_step().unwrap().contains("is not taken beside another oauth-provider"), "{error:?}");
}

#[test]
fn errors_name_line_column_and_the_nearest_name() {
    let known = [
        (format!("{WORK}maildri = \"/x\"\n"), "3:1: [account.work] has an unknown key maildri", "is it maildir?"),
        (format!("{WORK}  timeout = \"soon\"\n"), "3:13: timeout must be a number with", ""),
        (format!("{WORK}delete = \"yes\"\n"), "3:10: delete must be true or false", ""),
        (format!("{WORK}delete = 1979-05-27\n"), "3:10: delete must be true or false", ""),
        (format!("{WORK}max-messages = -3\n"), "3:16: max-messages must be a number", ""),
        (format!("{WORK}tls = \"ssl\"\n"), "3:7: tls must be one of implicit, starttls, none", ""),
        (format!("{WORK}jobs = 3\n"), "3:1: jobs cannot be in [account.work]", ""),
        (format!("{WORK}maildir = \"Mail\"\n"), "3:11: maildir must begin with / or ~/", ""),
        (format!("{WORK}proxy = \"none\"\ntunnel-command = \"b\"\n"), "4:18: tunnel-command conflicts with proxy", ""),
        ("[default]\n".into(), "1:2: unknown table [default]", "is it defaults?"),
        ("[account.x]\nmaildir = \"/m\"\n".into(), "1:10: [account.x] has no source", "source ="),
        (
            "[account.x]\nsource = \"mail\"\n".into(),
            "2:10: source: mail cannot be used: it is not a URL",
            "write it as",
        ),
        ("[account.\"a b\"]\n".into(), "1:10: a b cannot be the name", ""),
        ("[defaults]\nsource = \"pop3s://a@b\"\n".into(), "2:1: source cannot be in [defaults]", ""),
        ("[account.work\n".into(), "1:", ""),
        ("[account.w]\nsource = \"a\nb\"\n".into(), "", ""),
        (format!("{WORK}{WORK}"), "3:", ""),
        ("account = 3\n".into(), "1:1: account must be a table", "write it as [account.NAME]"),
    ];
    for (text, expected, hint) in known {
        let (error, said) = error(&text);
        assert!(error.starts_with(expected), "{text}: {error}");
        assert!(said.contains(hint), "{text}: {said}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn a_secret_makes_the_file_private_and_is_never_shown() {
    let text = format!("{WORK}password = \"hunter2\"\n");
    read(&text).unwrap();
    for mode in [0o644, 0o640, 0o604] {
        let error = read_with_mode(&text, mode).unwrap_err();
        assert!(error.to_string().contains("others can read"), "{error}");
        assert!(error.next_step().unwrap().starts_with("chmod 600"));
        read_with_mode(WORK, mode).unwrap();
    }
    for bad in
        ["password = hunter2\n", "password = \"hunter2\n", "password = [\"hunter2\"]\n", "password = \"hunter2\\nx\"\n"]
    {
        let error = read(&format!("{WORK}{bad}")).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert!(!format!("{:?}", read(&text).unwrap()).contains("hunter2"));
}

/// What it names is run as us.
#[test]
fn a_file_that_others_can_write_is_refused() {
    let by_group = rustix::process::geteuid().is_root().then_some(0o620); // another's group may be private
    for mode in [0o602, 0o666].into_iter().chain(by_group) {
        let error = read_with_mode(WORK, mode).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.to_string().contains("can be written by others"), "{error}");
        let hint = error.next_step().unwrap();
        assert!(hint.starts_with("chmod go-w ") && hint.contains("a copy in your home folder"), "{hint}");
    }
    read_with_mode(WORK, 0o644).unwrap();
}

/// What has no scheme may have been meant as a URL.
#[test]
fn a_password_in_what_is_no_name_is_not_repeated() {
    let file = read(WORK).unwrap();
    let said = |name: &str| format!("{:?}", file.account(name).unwrap_err());
    for name in ["ann:hunter2@h", "pop3s:/ann:hunter2@h:1110", "ann:x@y:hunter2@h", "ann@example.org:hunter2"] {
        let error = said(name);
        assert!(error.contains("must not hold a password") && !error.contains("hunter2"), "{name}: {error}");
    }
    let error = said("ann@mail.example.org:1110");
    assert!(error.contains("no account is called ann@mail.example.org:1110"), "{error}");
    assert!(error.contains("can also be a URL"), "{error}");
}

/// A length is no promise of memory.
#[test]
fn a_file_that_claims_to_be_huge_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_eq!(ConfigFile::read(&ConfigPlace::named(&path), &Waits::for_tests()).unwrap_err().kind(), Kind::Config);
}

#[test]
fn a_file_that_is_missing_says_nothing_unless_it_is_named() {
    let path = Path::new("/nonexistent/config.toml");
    assert!(
        ConfigFile::read(&ConfigPlace::named(path).to_be_written(), &Waits::for_tests()).unwrap().accounts.is_empty()
    );
    assert_eq!(ConfigFile::read(&ConfigPlace::named(path), &Waits::for_tests()).unwrap_err().kind(), Kind::Config);
}

#[test]
fn a_wrong_name_has_a_neighbour() {
    let file = read(WORK).unwrap();
    assert_eq!(
        file.account("wrok").unwrap_err().next_step(),
        Some("is it work? `mailhaul account add` adds an account")
    );
    assert!(file.account("zzzzzz").unwrap_err().next_step().unwrap().contains("account list"));
}

#[test]
fn positions_are_counted_as_editors_do() {
    assert_eq!(position("a\n\u{e9}\u{e9}=", &[0, 2], 6), (2, 3));
    assert_eq!(position("", &[0], 0), (1, 1));
}

/// Each key takes its example, in the tables where it may stand.
#[test]
fn every_key_takes_its_example() {
    for key in super::super::SETTINGS {
        let line = format!("{} = {}\n", key.name, key.example);
        if key.is_for_defaults() {
            read(&format!("[defaults]\n{line}")).unwrap_or_else(|error| panic!("{line}{error}"));
        }
        if key.is_for_accounts() {
            let source = if key.name == "source" { "" } else { "source = \"pop3s://a@b\"\n" };
            read(&format!("[account.x]\n{source}{line}")).unwrap_or_else(|error| panic!("{line}{error}"));
        }
    }
}
