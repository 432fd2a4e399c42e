//! What old and odd servers do, and how far mailhaul comes with them all the same.

mod capa;
mod goodbye;
mod listings;
mod speed;

use std::process::Command;
use std::time::Duration;

use super::server::{Config, Fault, Maildrop, Server, Sizes};
use super::util::{Home, run};

/// `mailhaul fetch` in clear text.
fn fetch(home: &Home, server: &Server, more: &[&str]) -> Command {
    home.fetch_maildir(&server.url("ann"), &[&["--tls", "none"], more].concat())
}
