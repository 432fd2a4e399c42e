//! One account of mpop.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::file::MpopAccount;
use super::options;
use crate::config::Raw;
use crate::peers::draft::Draft;
use crate::peers::server::{PeerServer, PeerTls, in_file};
use crate::peers::{PeerAccount, PeerSecret};

/// The account that it is here.
pub(super) fn account(of: &MpopAccount) -> PeerAccount {
    let [user, host] = ["user", "host"].map(|name| of.value(name).unwrap_or_default().to_owned());
    let mut draft = Draft::default();
    let settings = settings(of, &user, &host, &mut draft);
    draft.remarks.sort_by_key(|remark| remark.line);
    let secret = match of.value("password") {
        Some(password) => PeerSecret::Password(Zeroizing::new(password.to_owned())),
        None if of.value("passwordeval").is_some() => PeerSecret::InSettings,
        None => PeerSecret::Elsewhere,
    };
    let history = of.value("uidls_file").map(|file| PathBuf::from(file.replace("%U", &user).replace("%H", &host)));
    PeerAccount {
        label: of.name.clone(),
        line: of.line,
        settings: settings.map(|()| draft.settings),
        remarks: draft.remarks,
        secret,
        user,
        server: host,
        history,
    }
}

fn settings(of: &MpopAccount, user: &str, host: &str, draft: &mut Draft) -> Result<(), String> {
    let is_direct = ["proxy_host", "socket"].iter().all(|name| of.value(name).is_none());
    let line = ["tls", "tls_starttls"].iter().find_map(|name| of.get(name)).map_or(of.line, |option| option.line);
    draft.set_source(&PeerServer { user, host, port: of.value("port"), tls: tls(of), is_direct, line })?;
    let mut said: Vec<&str> = Vec::new();
    for option in of.options.iter().rev() {
        // What was said before was said for others.
        if !said.contains(&option.name) {
            said.push(option.name);
            options::convert(of, option, draft);
        }
    }
    removal(of, draft);
    if let (Some(proxy), port) = (of.get("proxy_host"), of.value("proxy_port").unwrap_or("1080")) {
        let host = proxy.value();
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        draft.keep(proxy.line, &proxy.shown(), "proxy", Raw::text(format!("socks5://{host}:{port}")));
    }
    if let (Some(certificate), key) = (of.get("tls_cert_file"), of.value("tls_key_file")) {
        draft.keep(certificate.line, &certificate.shown(), "client-cert", Raw::text(in_file(certificate.value())));
        if let Some(key) = key.filter(|key| *key != certificate.value()) {
            draft.keep(certificate.line, "tls_key_file", "client-key", Raw::text(in_file(key)));
        }
    }
    Ok(())
}

/// Without `keep`, what was delivered is deleted. Newer versions take a time, such as 30d or 1d12h.
fn removal(of: &MpopAccount, draft: &mut Draft) {
    let (line, shown) = of.get("keep").map_or((of.line, "without keep".to_owned()), |keep| (keep.line, keep.shown()));
    match of.get("keep").map(|keep| keep.value()) {
        // Nobody knows what it says.
        _ if of.get("eval").is_some() => {
            draft.differ(line, &shown, "because of eval nothing is deleted until you set delete")
        }
        Some("on" | "") => draft.pass(line, &shown, "messages stay on the server anyway"),
        None | Some("off") => draft.keep(line, &shown, "delete", Raw::Flag(true)),
        Some(time) => match seconds(time) {
            Some(seconds) => draft.keep(line, &shown, "delete-after", Raw::text(format!("{seconds}s"))),
            None => draft.refuse(line, &shown, "it is not understood: messages stay on the server"),
        },
    }
}

/// Numbers with d, h, m or s, one after the other.
fn seconds(time: &str) -> Option<u64> {
    let mut sum: u64 = 0;
    let mut rest = time;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let unit = match rest.as_bytes().get(end)? {
            b'd' => 86_400,
            b'h' => 3600,
            b'm' => 60,
            b's' => 1,
            _ => return None,
        };
        sum = sum.checked_add(rest[..end].parse::<u64>().ok()?.checked_mul(unit)?)?;
        rest = &rest[end + 1..];
    }
    (sum > 0).then_some(sum)
}

/// Off, if nothing is said; by STLS, if it is on.
fn tls(of: &MpopAccount) -> PeerTls {
    let starts = of.is_on("tls_starttls").unwrap_or(true) && of.get("tls_nostarttls").is_none();
    match of.is_on("tls") {
        Some(true) if !starts => PeerTls::Implicit,
        Some(true) => PeerTls::StartTls,
        Some(false) | None => PeerTls::Never,
    }
}
