//! What several commands have in common: the way to a mailbox and to what its login is made of, and the forms in which
//! messages are shown and copied.

pub(super) mod access;
pub(super) mod copy;
pub(super) mod entries;
pub(super) mod headers;
pub(super) mod imap;
pub(super) mod imported;
pub(super) mod json;
pub(super) mod mailbox;
pub(super) mod memory;
pub(super) mod names;
pub(super) mod password_file;
pub(super) mod several;
pub(super) mod signals;
pub(super) mod sources;
pub(super) mod table;
pub(super) mod variables;
