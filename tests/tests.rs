//! All integration tests, in one binary. Where to look:
//!
//! - `server_itself`: the scripted server keeps its own promises
//!
//! `server/` is the scripted POP3 server, `dovecot/` a real one, `util/` runs the real binary.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout)]

mod server;
mod util;

mod fetch;
mod server_itself;
