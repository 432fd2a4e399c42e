//! The flags of a command line as a layer of settings: each has the name of a key of the configuration file.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::{Choice, DeliveryArgs, OAuthArgs, ServerArgs, TrustArgs, WayArgs, name_of};
use crate::config::{Raw, Settings};
use crate::error::{Error, Kind, Result};
use crate::net::{Proxy, ProxyFrom};

/// What was said, by key.
pub(super) type Given = Vec<(&'static str, Raw)>;

/// The flags as a layer.
pub(super) fn layer(given: &Given) -> Result<Settings> {
    let mut settings = Settings::default();
    for (key, raw) in given {
        if let ("proxy", Raw::Text(url)) = (*key, raw) {
            Proxy::parse(url, ProxyFrom::CommandLine)?; // where others see it, it must not hold a password
        }
        settings.set(key, raw).map_err(|why| Error::new(Kind::Usage, format!("--{key} {why}")))?;
    }
    Ok(settings)
}

/// How to get in.
pub(super) fn of_server(args: &ServerArgs) -> Given {
    let mut given = Given::new();
    let mut say = |key, raw: Option<Raw>| given.extend(raw.map(|raw| (key, raw)));
    say("tls", args.tls.map(word));
    say("allow-cleartext-password", flag(args.allow_cleartext_password));
    say("auth", args.auth.map(word));
    say("password-command", text(&args.password_command));
    say("password-file", path(&args.password_file));
    say("timeout", seconds(args.timeout));
    say("deadline", seconds(args.deadline));
    say("state-key", text(&args.state_key));
    given.extend(of_trust(&args.trust));
    given.extend(of_way(&args.way));
    given.extend(of_oauth(&args.oauth));
    given
}

fn of_trust(args: &TrustArgs) -> Given {
    let mut given = Given::new();
    let mut say = |key, raw: Option<Raw>| given.extend(raw.map(|raw| (key, raw)));
    say("roots", args.roots.map(word));
    say("ca-file", paths(&args.ca_file));
    say("pin", (!args.pin.is_empty()).then(|| Raw::List(args.pin.clone())));
    say("client-cert", path(&args.client_cert));
    say("client-key", path(&args.client_key));
    say("tls-min", args.tls_min.map(word));
    say("key-exchange", args.key_exchange.map(word));
    say("server-name", text(&args.server_name));
    given
}

fn of_way(args: &WayArgs) -> Given {
    let mut given = Given::new();
    let mut say = |key, raw: Option<Raw>| given.extend(raw.map(|raw| (key, raw)));
    say("proxy", args.proxy.as_ref().map(|url| Raw::text(if url.is_empty() { "none" } else { url })));
    say("source-address", args.source_address.map(|address| Raw::text(address.to_string())));
    say("tunnel-command", text(&args.tunnel_command));
    given
}

fn of_oauth(args: &OAuthArgs) -> Given {
    let mut given = Given::new();
    let mut say = |key, raw: Option<Raw>| given.extend(raw.map(|raw| (key, raw)));
    say("token-command", text(&args.token_command));
    say("oauth-provider", args.oauth_provider.map(word));
    say("oauth-client-id", text(&args.oauth_client_id));
    say("oauth-tenant", text(&args.oauth_tenant));
    say("oauth-scope", text(&args.oauth_scope));
    say("oauth-token-url", text(&args.oauth_token_url));
    say("oauth-device-url", text(&args.oauth_device_url));
    say("oauth-auth-url", text(&args.oauth_auth_url));
    say("oauth-flow", args.oauth_flow.map(word));
    say("token-store", args.token_store.map(word));
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
    said.map(Raw::Duration)
}

/// A choice, by its name.
fn word(choice: impl Choice) -> Raw {
    Raw::text(name_of(choice))
}
