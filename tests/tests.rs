//! All integration tests, in one binary. Where to look:
//!
//! - `architecture`: who imports whom, who prints, how long files are; read from the sources
//! - `docs`: README, manual pages and completions say what the program does
//! - `faults`: servers, lines and disks that fail, each followed by a good run
//! - `fetch`: the main job, when all goes well
//! - `exactly_once`: ended after every effect, killed at random moments, the order of effects
//! - `interface`: the command line: exit codes, output, `--json`, `--dry-run`
//! - `real_server`: the main job against a real Dovecot
//! - `secrets`: where passwords come from, and that nothing shows them
//! - `server_itself`: the scripted server keeps its own promises
//! - `snapshots`: what each command prints, word for word
//! - `tls`: whom the program trusts, and that it says no secret before
//! - `verbs`: the other commands, against a real Dovecot and awkward servers
//!
//! `server/` is the scripted POP3 server, `dovecot/` a real one, `util/` runs the real binary.

#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::print_stdout, unreachable_pub)]

mod dovecot;
mod server;
mod util;

mod architecture;
mod docs;
mod exactly_once;
mod faults;
mod fetch;
mod interface;
mod real_server;
mod secrets;
mod server_itself;
mod snapshots;
mod tls;
mod verbs;
