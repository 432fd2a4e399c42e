//! Limits on everything that a server controls (C-290). Those that a user may need to raise are flags of the
//! commands; these are far beyond what a working server sends.

/// Octets of a line of a reply, its end included. RFC 2449 section 4 allows 512 (C-003).
pub const REPLY_LINE: usize = 8 * 1024;

/// Lines of a CAPA reply (C-102).
pub const CAPA_LINES: usize = 256;

/// Octets of a unique-id. RFC 1939 section 7 allows 70, servers send more (C-052, C-054).
pub const UID: usize = 1024;

/// Messages of a maildrop, unless the user allows more (C-043).
pub const LISTED: usize = 1_000_000;

/// Messages of a maildrop that a user may allow at most.
pub const MOST_LISTED: usize = 4_000_000;

/// Octets of all unique-ids of a maildrop together.
pub const UIDS: usize = 512 * 1024 * 1024;

/// Octets of a message, unless the user allows more, whatever LIST says.
pub const MESSAGE: u64 = 2 << 30;

/// Octets of a command line, CRLF included (RFC 2449 section 4, C-002).
pub const COMMAND_LINE: usize = 255;
