//! What people type first is answered by what they meant.
//!
//! - `words`: options and commands of other programs, misspellings, SOURCEs that are none
//! - `paths`: `~/`, `{account}`, and destinations that are something else
//! - `settings`: unknown variables, and configuration files that look like another program's
//! - `trial`: mail that was fetched into one place, then tried with another
//! - `deletion`: the first deletion is asked for
//! - `runs`: the deadline of a whole run, and one password for all sources
//! - `connection`: a connection that cannot be made names one thing to try

use std::fs;
use std::process::Command;

use super::server::{Config, Maildrop, Server, Sizes};
use super::util::{Home, Ran, names, run, run_with_input};

mod connection;
mod deletion;
mod paths;
mod runs;
mod settings;
mod trial;
mod words;

fn mailhaul(args: &[&str]) -> Ran {
    run(&mut Home::new().mailhaul(args))
}

/// A server without TLS with a few small messages.
fn server(messages: usize) -> (Server, Maildrop) {
    let maildrop = Maildrop::generated(messages, 7, Sizes::Fixed(700));
    (Server::start(Config::new(&maildrop)), maildrop)
}

/// `mailhaul fetch` without TLS into this place.
fn fetch(home: &Home, server: &Server, place: &[&str], more: &[&str]) -> Command {
    home.fetch(&server.url("ann"), &[&["--tls", "none"], place, more].concat())
}

/// Writes the configuration file; the program finds it by itself.
fn configure(home: &Home, text: &str) {
    fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
    home.write_private(".config/mailhaul/config.toml", text.as_bytes());
}

#[track_caller]
fn does_not_say(ran: &Ran, text: &str) {
    assert!(!ran.stderr.contains(text) && !ran.stdout.contains(text), "{text:?} is said\n{}", ran.everything());
}

/// Messages in a Maildir of the home.
fn delivered(home: &Home, maildir: &str) -> usize {
    names(&home.path(maildir).join("new")).len()
}
