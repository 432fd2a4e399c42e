//! Each option of an account of mpop.

use super::file::{MpopAccount, unquoted};
use crate::config::Raw;
use crate::peers::command::{of_password, with_sender};
use crate::peers::draft::Draft;
use crate::peers::options::PeerOption;
use crate::peers::server::in_file;

/// Says what becomes of one option.
pub(super) fn convert(of: &MpopAccount, option: &PeerOption, draft: &mut Draft) {
    let (line, shown, value) = (option.line, option.shown(), option.value());
    let shown = shown.as_str();
    match option.name {
        "host" | "port" | "user" => draft.note(line, shown, "source"),
        "tls" | "tls_starttls" | "tls_nostarttls" => draft.note(line, shown, "source"),
        "password" => draft.note(line, shown, "see below"),
        "passwordeval" if of.value("password").is_some() => draft.pass(line, shown, "password comes before it"),
        "passwordeval" if value.is_empty() => draft.pass(line, shown, "there is none"),
        "passwordeval" => draft.keep(line, shown, password_key(of), Raw::text(of_password(value))),
        "auth" => auth(line, shown, value, draft),
        "delivery" => delivery(line, shown, value, draft),
        "uidls_file" => draft.note(line, shown, "the unique-ids are read from this file"),
        "only_new" if value == "off" => {
            draft.differ(line, shown, "each message is fetched once, not again in each run")
        }
        "only_new" => draft.pass(line, shown, "only what is new is fetched"),
        "keep" => {} // said by the account
        "killsize" if value == "off" => draft.pass(line, shown, "it is off"),
        "killsize" => draft.refuse(line, shown, "no message is deleted that was not fetched"),
        "skipsize" => size(line, shown, value, draft),
        "filter" => filter(line, shown, value, draft),
        "timeout" | "connect_timeout" => timeout(line, shown, value, draft),
        "pipelining" => draft.keep(line, shown, "pipelining", Raw::text(value)),
        "received_header" if value == "off" => draft.pass(line, shown, "no header is added"),
        "received_header" => draft.refuse(line, shown, "no header is added"),
        "source_ip" => draft.keep(line, shown, "source-address", Raw::text(value)),
        "socket" => draft.keep(
            line,
            shown,
            "tunnel-command",
            Raw::List(vec!["socat".into(), "-".into(), format!("UNIX-CONNECT:{value}")]),
        ),
        "proxy_port" => draft.note(line, shown, "proxy"),
        "tls_key_file" => draft.note(line, shown, "client-cert, client-key"),
        "proxy_host" | "tls_cert_file" => {} // said with what belongs to them
        "eval" => draft.refuse(line, shown, "the command was not run: add what it prints to the account"),
        "ntlmdomain" => draft.refuse(line, shown, "there is no NTLM"),
        _ => tls(of, option, draft),
    }
}

/// With the mechanisms of OAuth2 it is a token that the command prints.
fn password_key(of: &MpopAccount) -> &'static str {
    let is_token = of.value("auth").is_some_and(|auth| ["xoauth2", "oauthbearer"].contains(&auth));
    if is_token { "token-command" } else { "password-command" }
}

fn tls(of: &MpopAccount, option: &PeerOption, draft: &mut Draft) {
    let (line, shown, value) = (option.line, option.shown(), option.value());
    let shown = shown.as_str();
    match option.name {
        "tls_trust_file" if of.value("tls_fingerprint").is_some() => {
            draft.pass(line, shown, "the fingerprint counts alone")
        }
        "tls_trust_file" if ["system", ""].contains(&value) => draft.keep(line, shown, "roots", Raw::text("system")),
        "tls_trust_file" => draft.set_authorities(line, shown, value),
        "tls_crl_file" => draft.refuse(line, shown, "no list of revoked certificates is read"),
        "tls_fingerprint" => fingerprint(line, shown, value, draft),
        "tls_certcheck" if value != "off" => draft.pass(line, shown, "certificates are always checked"),
        "tls_certcheck" | "tls_nocertcheck" => draft.refuse(
            line,
            shown,
            "certificates are always checked; if the server's is its own, trust that one by ca-file, or by pin with \
             roots = \"none\"",
        ),
        "tls_host_override" => draft.keep(line, shown, "server-name", Raw::text(value)),
        "tls_priorities" => draft.refuse(line, shown, "the ciphers are not chosen; tls-min and key-exchange can be"),
        _ => draft.pass(line, shown, "TLS 1.2 or newer is what is spoken"),
    }
}

/// Of the certificate; only SHA-256 counts.
fn fingerprint(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    let digits: String = value.chars().filter(|letter| *letter != ':').collect();
    if digits.len() == 64 {
        draft.keep(line, shown, "pin", Raw::text(digits));
        let why = "as with mpop, the fingerprint counts alone";
        draft.change(line, "tls_fingerprint alone", "roots", Raw::text("none"), why);
    } else if value.is_empty() {
        draft.pass(line, shown, "there is none");
    } else {
        draft.refuse(line, shown, "it is no SHA-256; `mailhaul info` shows the pin of the server's key, for pin");
    }
}

fn auth(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    match value {
        "on" | "" => draft.pass(line, shown, "the best way that both sides know is chosen"),
        "off" => draft.refuse(line, shown, "there is no fetch without a login"),
        "digest-md5" | "gssapi" | "ntlm" => draft.refuse(line, shown, "it is not there; the best other way is chosen"),
        _ => draft.keep(line, shown, "auth", Raw::text(value)),
    }
}

fn delivery(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    let (method, argument) = value.split_once([' ', '\t']).unwrap_or((value, ""));
    let argument = unquoted(argument.trim());
    match method.trim_end_matches(',') {
        "mda" => draft.keep(line, shown, "pipe", Raw::text(with_sender(argument, "%F"))),
        "maildir" => draft.keep(line, shown, "maildir", Raw::text(in_file(argument))),
        "mbox" if argument == "-" => draft.refuse(line, shown, "standard output is for `mailhaul dump`"),
        "mbox" => draft.keep(line, shown, "mbox", Raw::text(in_file(argument))),
        "exchange" => draft.change(
            line,
            shown,
            "eml-dir",
            Raw::text(in_file(argument)),
            "one file a message, with names of its own",
        ),
        _ => draft.refuse(line, shown, "this way of delivery is not known"),
    }
}

/// In octets, or with k or m.
fn size(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    let (number, unit) = match value.strip_suffix('k') {
        Some(number) => (number, 1024),
        None => value.strip_suffix('m').map_or((value, 1), |number| (number, 1024 * 1024)),
    };
    match number_of(number) {
        // What is as large as that is skipped, too.
        Some(count) => draft.keep(line, shown, "max-size", Raw::Number(count.saturating_mul(unit).saturating_sub(1))),
        None => draft.pass(line, shown, "no limit"),
    }
}

/// As in C: 0x begins a hexadecimal number, 0 an octal one.
fn number_of(text: &str) -> Option<u64> {
    match (text.strip_prefix("0x"), text.strip_prefix('0')) {
        (Some(hex), _) => u64::from_str_radix(hex, 16).ok(),
        (_, Some(octal)) if !octal.is_empty() => u64::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// The answers are other ones: there 0 is yes, 1 kills, 2 skips.
fn filter(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    if value.is_empty() {
        return draft.pass(line, shown, "there is none");
    }
    let why = "2 (skip) is 100 here, and 1 (kill) is 101: the message stays on the server, because none is deleted \
               unseen";
    let command = with_sender(value, "%F").replace("%S", "\"$MAILHAUL_OCTETS\"");
    let command = format!("( {command}\n); case $? in 0) exit 0;; 1) exit 101;; 2) exit 100;; *) exit 1;; esac");
    draft.change(line, shown, "filter", Raw::text(command), why);
}

fn timeout(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    match number_of(value) {
        Some(seconds) => draft.keep(line, shown, "timeout", Raw::text(format!("{seconds}s"))),
        None => draft.pass(line, shown, "each wait has an end"),
    }
}
