//! One user of one server.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::delivery;
use super::options;
use super::poll::Poll;
use crate::config::Raw;
use crate::peers::draft::Draft;
use crate::peers::server::{PeerServer, PeerTls};
use crate::peers::{PeerAccount, PeerSecret};

impl Poll<'_> {
    /// The account that it is here.
    pub(super) fn account(&self, runner: Option<&str>, idfile: Option<&Path>) -> PeerAccount {
        let user = self.value("user").or(runner).unwrap_or_default().to_owned();
        let host = self.value("via").unwrap_or(&self.server.label).to_owned();
        let mut draft = Draft::default();
        let settings = self.settings(&mut draft, &user, &host, runner.unwrap_or(&user));
        draft.remarks.sort_by_key(|remark| remark.line);
        let line = self.get("user").filter(|_| self.users > 1).map_or(self.server.line, |user| user.line);
        let label = if self.users > 1 { format!("{user}@{}", self.server.label) } else { self.server.label.clone() };
        PeerAccount {
            label,
            line,
            settings: settings.map(|()| draft.settings),
            remarks: draft.remarks,
            secret: self.secret(),
            user,
            server: host,
            history: idfile.map(PathBuf::from),
        }
    }

    fn settings(&self, draft: &mut Draft, user: &str, host: &str, local: &str) -> Result<(), String> {
        self.check_protocol()?;
        draft.set_source(&PeerServer {
            user,
            host,
            port: self.value("port"),
            tls: self.tls(),
            is_direct: self.value("plugin").is_none(),
            line: self.tls_line(),
        })?;
        if self.server.is_skipped {
            draft.change(self.server.line, "skip", "enabled", Raw::Flag(false), "it is fetched when it is named");
        }
        if self.tries_imap() && self.value("protocol").is_none() {
            draft.differ(self.server.line, "no protocol", TRIED_FIRST);
        }
        for option in self.options.values() {
            options::convert(self, option, host, draft);
        }
        delivery::convert(self, local, draft);
        Ok(())
    }

    /// Without a protocol, or with `auto`, fetchmail tries IMAP before POP3.
    pub(super) fn tries_imap(&self) -> bool {
        self.value("protocol").is_none_or(|protocol| protocol.eq_ignore_ascii_case("auto"))
    }

    fn check_protocol(&self) -> Result<(), String> {
        let Some(protocol) = self.value("protocol") else { return Ok(()) };
        match protocol.to_ascii_lowercase().as_str() {
            "pop3" | "apop" | "auto" | "sdps" | "" => Ok(()),
            "imap" => Err("it is an IMAP account; mailhaul fetches by POP3 (many IMAP servers speak POP3, too)".into()),
            "etrn" | "odmr" => Err("it asks a server to send its mail by SMTP, which is no fetching".into()),
            other => Err(format!("the protocol {other} is not POP3")),
        }
    }

    fn tls(&self) -> PeerTls {
        let mode = self.value("sslmode").unwrap_or_default();
        let is_without = self.value("sslproto").is_some_and(str::is_empty) || mode == "none";
        if self.is_on("ssl") || mode == "wrapped" {
            PeerTls::Implicit
        } else if is_without {
            PeerTls::Never
        } else {
            PeerTls::StartTls // without it, fetchmail does not log in
        }
    }

    fn tls_line(&self) -> usize {
        ["sslmode", "sslproto", "ssl"]
            .iter()
            .find_map(|name| self.get(name))
            .map_or(self.server.line, |option| option.line)
    }

    fn secret(&self) -> PeerSecret {
        match self.value("password") {
            _ if self.get("passwordeval").is_some() || self.get("passwordfile").is_some() => PeerSecret::InSettings,
            Some(password) => PeerSecret::Password(Zeroizing::new(password.to_owned())),
            None => PeerSecret::Elsewhere,
        }
    }
}

/// Where POP3 is not said.
const TRIED_FIRST: &str = "fetchmail tries IMAP before POP3, and what it has read by IMAP is not known here: so nothing is deleted \
                           until you set delete";
