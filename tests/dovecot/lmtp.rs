//! The same server as one that takes messages: LMTP at a socket and at a port.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Dovecot, USER, can_run, free_port};

/// A Dovecot with LMTP.
pub(crate) struct Lmtp {
    pub(crate) server: Dovecot,
    pub(crate) port: u16,
}

/// As [`super::dovecot_with_or_skip`], with LMTP, and no message.
pub(crate) fn lmtp_or_skip(test: &str, extra: &str) -> Option<Lmtp> {
    if !can_run(test) {
        return None;
    }
    if !Path::new(LMTP).exists() {
        crate::util::not_run(&format!("{test}: no dovecot-lmtpd"));
        return None;
    }
    let port = free_port();
    let settings = format!(
        "protocols = pop3 lmtp\nlmtp_hdr_delivery_address = none\nlmtp_add_received_header = no\n\
         service lmtp {{\n  inet_listener lmtp {{\n    port = {port}\n  }}\n}}\n{extra}"
    );
    Some(Lmtp { server: Dovecot::start_with(&[], &settings), port })
}

impl Lmtp {
    /// The path of its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.server.folder().join("run/lmtp")
    }

    /// Takes what was delivered to [`USER`], without the line of the sender that Dovecot puts in front.
    pub(crate) fn take_delivered(&self) -> Vec<Vec<u8>> {
        let folder = self.server.folder().join("mail").join(USER).join("new");
        let files = fs::read_dir(folder).expect("read the Maildir");
        let content = |path: PathBuf| {
            let content = fs::read(&path).expect("read a message");
            fs::remove_file(path).expect("take a message");
            let end = memchr::memchr(b'\n', &content).expect("a first line") + 1;
            assert!(content.starts_with(b"Return-Path: <"), "{}", content[..end].escape_ascii());
            content[end..].to_vec()
        };
        files.map(|file| content(file.expect("an entry").path())).collect()
    }
}

const LMTP: &str = "/usr/lib/dovecot/lmtp";
