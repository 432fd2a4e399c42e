//! The account of a getmailrc.

use zeroize::Zeroizing;

use super::destination;
use super::ini::{IniFile, IniSection};
use super::number::number;
use super::options;
use crate::peers::draft::Draft;
use crate::peers::server::{PeerServer, PeerTls};
use crate::peers::{PeerAccount, PeerSecret};

/// The account that it is here.
pub(super) fn account(file: &IniFile, name: &str) -> PeerAccount {
    let retriever = file.section("retriever");
    let value = |name: &str| retriever.and_then(|section| section.value(name)).unwrap_or_default().to_owned();
    let mut draft = Draft::default();
    let settings = match retriever {
        Some(retriever) => settings(file, retriever, &mut draft),
        None => Err("it has no section [retriever]".into()),
    };
    draft.remarks.sort_by_key(|remark| remark.line);
    PeerAccount {
        label: name.to_owned(),
        line: retriever.map_or(1, |section| section.line),
        settings: settings.map(|()| draft.settings),
        remarks: draft.remarks,
        secret: secret(retriever),
        user: value("username"),
        server: value("server"),
        history: None,
    }
}

fn secret(retriever: Option<&IniSection>) -> PeerSecret {
    let Some(retriever) = retriever else { return PeerSecret::Elsewhere };
    match retriever.value("password") {
        _ if retriever.value("password_command").is_some() => PeerSecret::InSettings,
        Some(password) => PeerSecret::Password(Zeroizing::new(password.to_owned())),
        None => PeerSecret::Elsewhere,
    }
}

fn settings(file: &IniFile, retriever: &IniSection, draft: &mut Draft) -> Result<(), String> {
    let kind = retriever.get("type").ok_or("its [retriever] has no type")?;
    let (tls, is_multidrop) = retriever_type(&kind.value)?;
    let [user, host] = ["username", "server"].map(|name| retriever.value(name).unwrap_or_default());
    let port = retriever.value("port").map(|port| number(port).map_or(port.to_owned(), |port| port.to_string()));
    draft.set_source(&PeerServer { user, host, port: port.as_deref(), tls, is_direct: true, line: kind.line })?;
    draft.note(kind.line, &kind.shown(), "source");
    if is_multidrop {
        draft.refuse(
            kind.line,
            &kind.shown(),
            "mail is not spread over several users by its headers; a command behind pipe can do that",
        );
    }
    for option in retriever.options.iter().filter(|option| option.name != "type") {
        options::of_retriever(option, draft);
    }
    if retriever.section_lacks_trust(tls) {
        draft.differ(kind.line, "no ca_certs", "the certificate of the server is checked, which getmail does not do");
    }
    options::of_the_run(file, draft);
    destination::convert(file, draft);
    for section in &file.sections {
        options::of_others(section, draft);
    }
    Ok(())
}

impl IniSection {
    /// getmail trusts every certificate, unless it is told whom to trust.
    fn section_lacks_trust(&self, tls: PeerTls) -> bool {
        tls == PeerTls::Implicit && self.value("ca_certs").is_none() && self.value("ssl_fingerprints").is_none()
    }
}

/// When TLS begins, and whether the mail is for several users.
fn retriever_type(name: &str) -> Result<(PeerTls, bool), String> {
    let is_multidrop = name.starts_with("Multidrop");
    match name {
        "SimplePOP3Retriever" | "BrokenUIDLPOP3Retriever" | "MultidropPOP3Retriever" | "MultidropSDPSRetriever" => {
            Ok((PeerTls::Never, is_multidrop))
        }
        "SimplePOP3SSLRetriever" | "BrokenUIDLPOP3SSLRetriever" | "MultidropPOP3SSLRetriever" => {
            Ok((PeerTls::Implicit, is_multidrop))
        }
        name if name.contains("IMAP") => {
            Err("it is an IMAP account; mailhaul fetches by POP3 (many IMAP servers speak POP3, too)".into())
        }
        _ => Err("its type of retriever is not known".into()),
    }
}
