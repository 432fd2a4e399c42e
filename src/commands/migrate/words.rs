//! Names and values, as people read them.

use crate::cli::PeerArg;
use crate::config::{Raw, Setting};

/// As in our file.
pub(super) fn shown(setting: &Setting, raw: &Raw) -> String {
    if setting.is_secret { "***".into() } else { raw.in_file() }
}

/// Its name.
pub(super) fn program(peer: PeerArg) -> &'static str {
    match peer {
        PeerArg::Fetchmail => "fetchmail",
        PeerArg::Getmail => "getmail",
        PeerArg::Mpop => "mpop",
    }
}
