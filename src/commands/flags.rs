//! The flags of a command line as a layer of settings: each has the name of a key of the configuration file.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::{DeliveryArgs, ServerArgs, name_of};
use crate::config::{Raw, Settings};
use crate::error::{Error, Kind, Result};

/// What was said, by key.
pub(super) type Given = Vec<(&'static str, Raw)>;

/// The flags as a layer.
pub(super) fn layer(given: &Given) -> Result<Settings> {
    let mut settings = Settings::default();
    for (key, raw) in given {
        settings.set(key, raw).map_err(|why| Error::new(Kind::Usage, format!("--{key} {why}")))?;
    }
    Ok(settings)
}

/// How to get in.
pub(super) fn of_server(args: &ServerArgs) -> Given {
    let mut given = Given::new();
    let mut say = |key, raw: Option<Raw>| given.extend(raw.map(|raw| (key, raw)));
    say("tls", args.tls.map(|tls| Raw::text(name_of(tls))));
    say("ca-file", paths(&args.ca_file));
    say("allow-cleartext-password", flag(args.allow_cleartext_password));
    say("auth", args.auth.map(|mechanism| Raw::text(name_of(mechanism))));
    say("password-command", text(&args.password_command));
    say("password-file", path(&args.password_file));
    say("timeout", seconds(args.timeout));
    say("deadline", seconds(args.deadline));
    given
}

/// Where to, what, and what becomes of it on the server.
pub(super) fn of_delivery(args: &DeliveryArgs) -> Given {
    let mut given = Given::new();
    let mut say = |key, raw: Option<Raw>| given.extend(raw.map(|raw| (key, raw)));
    say("maildir", path(&args.maildir));
    say("mbox", path(&args.mbox));
    say("delete", flag(args.delete).or(args.keep.then_some(Raw::Flag(false))));
    say("delete-after", seconds(args.delete_after));
    say("max-messages", args.max_messages.map(Raw::Number));
    say("max-bytes", args.max_bytes.map(Raw::Number));
    say("max-size", args.max_size.map(Raw::Number));
    given
}

fn flag(said: bool) -> Option<Raw> {
    said.then_some(Raw::Flag(true))
}

fn text(said: &Option<String>) -> Option<Raw> {
    said.as_ref().map(Raw::text)
}

fn path(said: &Option<PathBuf>) -> Option<Raw> {
    said.as_ref().map(|path| Raw::Paths(vec![path.clone()]))
}

fn paths(said: &[PathBuf]) -> Option<Raw> {
    (!said.is_empty()).then(|| Raw::Paths(said.to_vec()))
}

fn seconds(said: Option<Duration>) -> Option<Raw> {
    said.map(|duration| Raw::Number(duration.as_secs()))
}
