//! Nothing shows a token, a code, or the client's secret: neither output nor errors, neither the ledger nor the mail.

use std::io::ErrorKind;
use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use rustix::process::geteuid;

use super::super::util::names;
use super::*;

/// All that nobody may see, in each form in which it could be read.
fn secrets(person: &Person) -> Vec<String> {
    let mut plain = person.authority.secrets();
    let forms = person.authority.requests_to(Endpoint::Token);
    plain.extend(forms.iter().filter_map(|request| request.form.get("code_verifier")).map(str::to_owned));
    let sasl = |token: &String| {
        let xoauth2 = format!("user=ann\x01auth=Bearer {token}\x01\x01");
        let middle = &BASE64_STANDARD.encode(xoauth2)[60..120]; // of a length that lines could be wrapped at
        [token.clone(), BASE64_STANDARD.encode(token), middle.to_owned()]
    };
    let long = plain.iter().filter(|secret| secret.len() > 200).flat_map(sasl).collect::<Vec<_>>();
    plain.extend(long);
    plain
}

#[track_caller]
fn assert_none_in(person: &Person, octets: &[u8], place: &str) {
    for secret in secrets(person) {
        let found = octets.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret:?} is in {place}:\n{}", String::from_utf8_lossy(octets));
    }
}

/// No file below this folder has a secret, but for the one with the tokens.
fn assert_none_below(person: &Person, folder: &Path) {
    for path in names(folder) {
        if path.is_dir() {
            assert_none_below(person, &path);
        } else if path != person.token_file() && path != person.home.path("config.toml") {
            assert_none_in(person, &fs::read(&path).unwrap(), &path.display().to_string());
        }
    }
}

/// The whole life of a consent, told as loudly as possible.
#[test]
fn nothing_is_shown_or_stored_but_the_tokens() {
    let test = "nothing_is_shown_or_stored_but_the_tokens";
    let config = AuthorityConfig::default().client_secret("hush-hush-hush").rotate();
    // Behind two logins and two refreshes.
    let config = config.fault_on(Endpoint::Token, 4..5, Fault::control_characters_in_token());
    let Some((person, dovecot)) = Person::with_mail(test, config, &ordinary_messages(2)) else { return };
    let secret = "oauth-client-secret = \"hush-hush-hush\"\n";
    let accounts = [
        ("work", dovecot.url_pop3s(USER), format!("{secret}auth = \"xoauth2\"")),
        ("stls", dovecot.url_pop3(USER), format!("{secret}auth = \"oauthbearer\"")),
    ];
    let accounts: Vec<_> = accounts.iter().map(|(name, url, more)| (*name, url.as_str(), more.as_str())).collect();
    person.write_accounts(&accounts);
    let mut all = Vec::new();
    for flow in ["browser", "device"] {
        let login = Login::begin(&mut person.command(&["login", "work", "-vv", "--json", "--oauth-flow", flow]));
        match &login.code {
            Some(code) => person.authority.approve_device(code),
            None => drop(browse(&login.url, Visit::Approve)),
        }
        assert_none_in(&person, login.url.as_bytes(), "the address that is shown");
        all.push((login.finish(), 0));
    }
    person.authority.expire_access_tokens();
    all.push((person.ran(&["fetch", "work", "-vv"]), 0));
    person.authority.expire_access_tokens();
    all.push((person.ran(&["fetch", "work", "-vv", "--json"]), 0));
    all.push((person.ran(&["info", "work", "-vv"]), 0));
    all.push((person.ran(&["account", "show", "work"]), 0));
    for code in [65, 77] {
        person.authority.expire_access_tokens();
        all.push((person.ran(&["fetch", "work", "-vv", "--json"]), code));
    }
    all.push((person.ran(&["log", "--json"]), 0));
    for (ran, code) in &all {
        ran.code(*code);
        assert_none_in(&person, ran.everything().as_bytes(), &ran.command);
    }
    assert!(all[2].0.stderr.contains("> AUTH XOAUTH2") && all[2].0.stderr.contains("> ****"), "{}", all[2].0.stderr);
    assert_none_below(&person, &person.home.path(""));
}

/// Others on the machine can read the arguments of a process, and its own user what it was started with.
#[test]
fn a_run_that_waits_shows_no_token_to_those_who_look_at_it() {
    let person = Person::new(brief().fault_on(Endpoint::Token, 1..2, Fault::Hang));
    person.log_in();
    let mut child = person.command(&["stat", "work"]).spawn().unwrap();
    wait_until("a token is asked for", || person.authority.refreshes() > 0);
    for file in ["cmdline", "environ"] {
        let octets = match fs::read(format!("/proc/{}/{file}", child.id())) {
            // What is not to be dumped is root's (see passwords/memory.rs).
            Err(error) if error.kind() == ErrorKind::PermissionDenied && !geteuid().is_root() => continue,
            octets => octets.unwrap(),
        };
        assert!(!octets.is_empty());
        assert_none_in(&person, &octets, file);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
