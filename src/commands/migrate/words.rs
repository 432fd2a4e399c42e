//! Names and values, as people read them.

use crate::cli::PeerArg;
use crate::config::{Raw, Setting};

/// As in our file.
pub(super) fn shown(setting: &Setting, raw: &Raw) -> String {
    if setting.is_secret { "***".into() } else { crate::escape::text(raw.in_file().as_bytes()) }
}

/// Its name.
pub(super) fn program(peer: PeerArg) -> &'static str {
    match peer {
        PeerArg::Fetchmail => "fetchmail",
        PeerArg::Getmail => "getmail",
        PeerArg::Mpop => "mpop",
    }
}
