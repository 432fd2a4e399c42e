//! Each option of a user or a server, but for those that say where the messages go.

use super::poll::Poll;
use crate::config::Raw;
use crate::peers::command::of_password;
use crate::peers::draft::Draft;
use crate::peers::options::PeerOption;
use crate::peers::server::in_file;

/// Says what becomes of one option of an account.
pub(super) fn convert(poll: &Poll<'_>, option: &PeerOption, host: &str, draft: &mut Draft) {
    let (line, shown, value) = (option.line, option.shown(), option.value());
    let shown = shown.as_str();
    if option.is_denied && option.name != "keep" {
        return denied(option, draft);
    }
    match option.name {
        "via" | "port" | "user" => draft.note(line, shown, "source"),
        "protocol" => protocol(line, shown, value, draft),
        "ssl" => draft.note(line, shown, "source: pop3s://"),
        "auth" => auth(line, shown, value, draft),
        "keep" => keep(poll, option, draft),
        "fetchall" => fetchall(poll, line, draft),
        "flush" | "limitflush" => flush(poll, line, shown, draft),
        "limit" => number(line, shown, value, "max-size", draft),
        "fetchlimit" => number(line, shown, value, "max-messages", draft),
        "timeout" => draft.keep(line, shown, "timeout", Raw::text(format!("{value}s"))),
        "plugin" => {
            draft.keep(line, shown, "tunnel-command", Raw::text(plugin(poll, value, host)));
            if !poll.is_on("ssl") {
                draft.differ(line, "plugin", IN_A_TUNNEL);
            }
        }
        "passwordeval" => draft.keep(line, shown, "password-command", Raw::text(of_password(value))),
        "passwordfile" => draft.keep(line, shown, "password-file", Raw::text(in_file(value))),
        "passwordfd" => draft.refuse(line, shown, "a password comes from a file, a command or the keyring"),
        "password" => draft.note(line, shown, "see below"),
        _ => tls(option, draft),
    }
}

fn tls(option: &PeerOption, draft: &mut Draft) {
    let (line, shown, value) = (option.line, option.shown(), option.value());
    let shown = shown.as_str();
    match option.name {
        "sslcertck" => draft.pass(line, shown, "certificates are always checked"),
        "sslcertfile" => draft.set_authorities(line, shown, value),
        "sslcertpath" if value.trim_end_matches('/') == "/etc/ssl/certs" => {
            draft.keep(line, shown, "roots", Raw::text("system"));
        }
        "sslcertpath" => draft.refuse(
            line,
            shown,
            "a folder of authorities is only that of the system; name one file of them by ca-file, with roots = \"none\"",
        ),
        "sslcommonname" => draft.keep(line, shown, "server-name", Raw::text(value)),
        "sslfingerprint" => draft.refuse(
            line,
            shown,
            "it is an MD5, which can be forged; `mailhaul info` shows the pin of the server's key, for pin",
        ),
        "sslcert" => draft.keep(line, shown, "client-cert", Raw::text(in_file(value))),
        "sslkey" => draft.keep(line, shown, "client-key", Raw::text(in_file(value))),
        "sslproto" | "sslprotocolversion" => versions(line, shown, value, draft),
        "sslmode" => draft.note(line, shown, "source"),
        _ => rest(option, draft),
    }
}

/// What has no setting here.
fn rest(option: &PeerOption, draft: &mut Draft) {
    let (line, shown) = (option.line, option.shown());
    let shown = shown.as_str();
    match option.name {
        "uidl" => draft.pass(line, shown, "messages are always known by their unique-ids"),
        "interval" => draft.differ(line, shown, "give this account an `every` of its own, if mailhaul stays; or let cron or a systemd timer fetch it less often"),
        "fetchsizelimit" | "fastuidl" | "batchlimit" | "expunge" => {
            draft.pass(line, shown, "commands are sent in batches anyway");
        }
        "warnings" => draft.pass(line, shown, "a message that is too large is told once"),
        "idle" => draft.pass(line, shown, "it is of IMAP"),
        "folder" => draft.pass(line, shown, "POP3 has one folder"),
        "envelope" | "qvirtual" | "aka" | "localdomains" | "dns" | "checkalias" | "fetchdomains" => draft.refuse(
            line,
            shown,
            "mail is not spread over several users by its headers; a command behind pipe can do that",
        ),
        "rewrite" => draft.differ(line, shown, "headers are not rewritten"),
        "mimedecode" => draft.refuse(line, shown, "messages are not changed"),
        "dropstatus" | "dropdelivered" => {
            draft.refuse(line, shown, "messages are not changed; the command behind pipe can")
        }
        "stripcr" | "forcecr" | "pass8bits" => draft.pass(line, shown, "lines end as each destination wants it"),
        "preconnect" | "postconnect" => {
            draft.refuse(line, shown, "no command is run around a fetch: let cron, or a unit of systemd, run both");
        }
        "plugout" => draft.refuse(line, shown, "the delivery has no command of its own for the connection"),
        "interface" | "monitor" => draft.refuse(line, shown, "it is not looked which network is up"),
        "principal" => draft.refuse(line, shown, "there is no Kerberos"),
        "antispam" => draft.differ(line, shown, "a message that is refused stays on the server, and is told"),
        "esmtpname" | "esmtppassword" => draft.refuse(line, shown, "a relay is used without a login"),
        "tracepolls" => draft.refuse(line, shown, "no header is added; `mailhaul log` shows what came"),
        "bad-header" | "retrieve-error" => {
            draft.pass(line, shown, "a message is delivered as it is, or stays and is told")
        }
        "properties" => draft.pass(line, shown, "it is for scripts"),
        _ => {} // where the messages go: `delivery`
    }
}

fn denied(option: &PeerOption, draft: &mut Draft) {
    let (line, shown) = (option.line, option.shown());
    let shown = shown.as_str();
    match option.name {
        "sslcertck" => draft.refuse(
            line,
            shown,
            "certificates are always checked; if the server's is its own, trust that one by ca-file, or by pin with \
             roots = \"none\"",
        ),
        "rewrite" => draft.pass(line, shown, "headers are not rewritten"),
        "uidl" => draft.pass(line, shown, "messages are always known by their unique-ids"),
        _ => draft.pass(line, shown, "it is off"),
    }
}

fn protocol(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    match value.to_ascii_lowercase().as_str() {
        "apop" => draft.keep(line, shown, "auth", Raw::text("apop")),
        "auto" => draft.differ(line, shown, "fetchmail tries IMAP first: nothing is deleted until you set delete"),
        "sdps" => draft.differ(line, shown, "POP3, without the command of Demon Internet for the recipient"),
        _ => draft.note(line, shown, "source"),
    }
}

fn auth(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    match value {
        "any" => draft.pass(line, shown, "the best way that both sides know is chosen"),
        "password" => draft.pass(line, shown, "a password is what is asked for; the safest way to send it is chosen"),
        "cram-md5" | "plain" | "login" | "external" | "apop" => draft.keep(line, shown, "auth", Raw::text(value)),
        "oauthbearer" | "xoauth2" => draft.keep(line, shown, "auth", Raw::text(value)),
        "ssh" => draft.refuse(line, shown, "a login that is done by the tunnel is not known: give a password"),
        _ => draft.refuse(line, shown, "there is no Kerberos, NTLM or one-time password; the best other way is chosen"),
    }
}

/// Without `keep`, fetchmail deletes what it has delivered: see `delivery`.
fn keep(poll: &Poll<'_>, option: &PeerOption, draft: &mut Draft) {
    let shown = option.shown();
    if poll.is_on("keep") {
        draft.pass(option.line, &shown, "messages stay on the server anyway");
    } else {
        draft.pass(option.line, &shown, "see delete");
    }
}

fn fetchall(poll: &Poll<'_>, line: usize, draft: &mut Draft) {
    if poll.is_on("keep") {
        draft.differ(line, "fetchall", "each message is fetched once, not again in each run");
    } else {
        draft.pass(line, "fetchall", "whatever is not known is fetched, whether it was read or not");
    }
}

fn flush(poll: &Poll<'_>, line: usize, shown: &str, draft: &mut Draft) {
    if poll.is_on("keep") && shown == "flush" {
        draft.change(line, shown, "delete", Raw::Flag(true), "a message is deleted as soon as it is stored here");
    } else {
        draft.pass(line, shown, "only what is stored here is ever deleted");
    }
}

/// 0 is no limit.
fn number(line: usize, shown: &str, value: &str, key: &'static str, draft: &mut Draft) {
    match value.parse::<u64>() {
        Ok(0) => draft.pass(line, shown, "no limit"),
        Ok(number) => draft.keep(line, shown, key, Raw::Number(number)),
        Err(_) => draft.refuse(line, shown, "it is no number"),
    }
}

/// What is said of a command that may itself encrypt.
const IN_A_TUNNEL: &str = "TLS by STLS is asked for within it; if the command itself is safe, as ssh is: tls = \"none\" and \
                           allow-cleartext-password = true";

/// %h and %p are the host and the port.
fn plugin(poll: &Poll<'_>, command: &str, host: &str) -> String {
    let usual = if poll.is_on("ssl") { "995" } else { "110" };
    command.replace("%h", host).replace("%p", poll.value("port").unwrap_or(usual))
}

/// The oldest version that is good enough.
fn versions(line: usize, shown: &str, value: &str, draft: &mut Draft) {
    match value.to_ascii_lowercase().as_str() {
        "" => draft.note(line, "sslproto \"\"", "source"),
        "tls1.3" | "tls1.3+" => draft.keep(line, shown, "tls-min", Raw::text("1.3")),
        "auto" | "tls1.2" | "tls1.2+" | "ssl23" => draft.pass(line, shown, "TLS 1.2 or newer is what is spoken"),
        _ => draft.differ(line, shown, "TLS is 1.2 or newer"),
    }
}
