use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::OAuthArgs;
use crate::config::parse_duration;

/// Flags of every command that talks to a server. What is not said is nothing here: the defaults come later.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connection and login")]
pub struct ServerArgs {
    /// implicit (TLS from the first octet), starttls or none, instead of what the URL's scheme says
    #[arg(long, value_name = "MODE", hide_possible_values = true)]
    pub tls: Option<TlsArg>,
    /// With --tls none: send the password in clear text to a host that is not this one
    #[arg(long, hide_short_help = true)]
    pub allow_cleartext_password: bool,
    /// Log in by this mechanism, such as plain, and no other [default: the best that both sides know]
    #[arg(long, value_name = "MECH", hide_possible_values = true)]
    pub auth: Option<MechanismArg>,
    /// Take the password from this shell command, which must print it alone on one line
    #[arg(long, value_name = "CMD")]
    pub password_command: Option<String>,
    /// Take the password from this file, which must hold it alone on one line; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "password_command")]
    pub password_file: Option<PathBuf>,
    /// How long each wait for the server may take [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// How long the whole run may take [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub deadline: Option<Duration>,
    /// Whom to trust
    #[command(flatten)]
    pub trust: TrustArgs,
    /// How to get there
    #[command(flatten)]
    pub way: WayArgs,
    /// How to log in with tokens
    #[command(flatten)]
    pub oauth: OAuthArgs,
    /// The name of the mailbox in the ledger, instead of USER@HOST
    #[arg(long, value_name = "KEY", help_heading = "Output and state", hide_short_help = true)]
    pub state_key: Option<String>,
}

/// Flags about TLS.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Trust")]
pub struct TrustArgs {
    /// The authorities to trust: webpki (built in), system (of this machine) or none [default: webpki]
    #[arg(long, value_name = "ROOTS", hide_possible_values = true)]
    pub roots: Option<RootsArg>,
    /// Trust the certificates of this PEM file too (may be repeated)
    #[arg(long, value_name = "FILE")]
    pub ca_file: Vec<PathBuf>,
    /// Demand that the server's key or certificate has this SHA-256 (may be repeated: one of them)
    ///
    /// sha256//BASE64 is a key's, as `mailhaul info` shows it; 64 hexadecimal digits are a certificate's, as `openssl
    /// x509 -fingerprint -sha256` prints them. With --roots none, and without --ca-file, the pin alone is checked.
    #[arg(long, value_name = "PIN")]
    pub pin: Vec<String>,
    /// Be known to the server by the certificate in this PEM file
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub client_cert: Option<PathBuf>,
    /// The key of --client-cert, in PEM, readable by you alone [default: in the same file]
    #[arg(long, value_name = "FILE", requires = "client_cert", hide_short_help = true)]
    pub client_key: Option<PathBuf>,
    /// The oldest TLS version that is good enough, 1.2 or 1.3 [default: 1.2]
    #[arg(long, value_name = "VERSION", hide_possible_values = true, hide_short_help = true)]
    pub tls_min: Option<TlsMinArg>,
    /// Offer every key exchange (default), or none that is safe from quantum computers (classic)
    #[arg(long, value_name = "KIND", hide_possible_values = true, hide_short_help = true)]
    pub key_exchange: Option<KeyExchangeArg>,
    /// Ask for this name, and check the certificate for it, instead of the host of the URL
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub server_name: Option<String>,
}

/// Flags about the connection.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The way to the server")]
pub struct WayArgs {
    /// Connect through socks5://HOST:PORT or http://HOST:PORT; none is none [default: $ALL_PROXY]
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
    /// Connect from this address of this machine
    #[arg(long, value_name = "ADDR", hide_short_help = true)]
    pub source_address: Option<IpAddr>,
    /// Speak to the server through standard input and output of this shell command
    #[arg(long, value_name = "CMD", hide_short_help = true)]
    pub tunnel_command: Option<String>,
}

/// The value of a flag that is one of several words.
pub trait Choice: ValueEnum {}

impl<T: ValueEnum> Choice for T {}

/// The name of a choice, as it is typed.
pub fn name_of(choice: impl Choice) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Values of `--tls`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TlsArg {
    /// TLS from the first octet
    Implicit,
    /// TLS by STLS, before anything else
    Starttls,
    /// Clear text
    None,
}

/// Values of `--auth`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MechanismArg {
    /// USER and PASS
    User,
    /// SASL PLAIN
    Plain,
    /// SASL LOGIN
    Login,
    /// SASL SCRAM-SHA-1, bound to the TLS session where that is possible
    #[value(name = "scram-sha-1")]
    ScramSha1,
    /// SASL SCRAM-SHA-1, bound to the TLS session or not at all
    #[value(name = "scram-sha-1-plus")]
    ScramSha1Plus,
    /// SASL SCRAM-SHA-256, bound to the TLS session where that is possible
    #[value(name = "scram-sha-256")]
    ScramSha256,
    /// SASL SCRAM-SHA-256, bound to the TLS session or not at all
    #[value(name = "scram-sha-256-plus")]
    ScramSha256Plus,
    /// SASL CRAM-MD5
    #[value(name = "cram-md5")]
    CramMd5,
    /// APOP
    Apop,
    /// SASL XOAUTH2; the password source gives an access token
    #[value(name = "xoauth2")]
    Xoauth2,
    /// SASL OAUTHBEARER; the password source gives an access token
    #[value(name = "oauthbearer")]
    OauthBearer,
    /// SASL EXTERNAL: the TLS client certificate instead of a password
    External,
}

/// Values of `--roots`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum RootsArg {
    /// Mozilla's authorities, built in
    Webpki,
    /// The authorities of this machine
    System,
    /// Nobody but --ca-file and --pin
    None,
}

/// Values of `--tls-min`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TlsMinArg {
    /// TLS 1.2
    #[value(name = "1.2")]
    V12,
    /// TLS 1.3
    #[value(name = "1.3")]
    V13,
}

/// Values of `--key-exchange`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KeyExchangeArg {
    /// Also hybrid ones, safe from quantum computers, and those first
    Default,
    /// Elliptic curves only: for devices on the way that drop the larger first message
    Classic,
}
