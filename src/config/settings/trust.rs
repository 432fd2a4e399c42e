use std::path::PathBuf;

use crate::config::Raw;
use crate::net::{Pin, Roots, TlsVersion};

/// The keys about trust.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct TrustKeys {
    pub(in crate::config) ca_files: Option<Vec<PathBuf>>,
    pub(in crate::config) roots: Option<Roots>,
    pub(in crate::config) pins: Option<Vec<Pin>>,
    pub(in crate::config) server_name: Option<String>,
    pub(in crate::config) tls_min: Option<TlsVersion>,
    pub(in crate::config) classic: Option<bool>,
    pub(in crate::config) client_cert: Option<PathBuf>,
    pub(in crate::config) client_key: Option<PathBuf>,
}

impl TrustKeys {
    /// Takes the value of a key; `false` if it is none of these.
    pub(super) fn set(&mut self, key: &str, raw: &Raw) -> Result<bool, String> {
        match key {
            "ca-file" => self.ca_files = Some(raw.as_paths()?),
            "roots" => self.roots = Some(raw.as_choice(ROOTS)?),
            "pin" => self.pins = Some(pins(raw)?),
            "server-name" => self.server_name = Some(raw.as_text()?.to_owned()),
            "tls-min" => self.tls_min = Some(raw.as_choice(TLS_VERSIONS)?),
            "key-exchange" => self.classic = Some(raw.as_choice(KEY_EXCHANGES)?),
            "client-cert" => self.client_cert = Some(raw.as_path()?),
            "client-key" => self.client_key = Some(raw.as_path()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn over(self, under: Self) -> Self {
        Self {
            ca_files: self.ca_files.or(under.ca_files),
            roots: self.roots.or(under.roots),
            pins: self.pins.or(under.pins),
            server_name: self.server_name.or(under.server_name),
            tls_min: self.tls_min.or(under.tls_min),
            classic: self.classic.or(under.classic),
            // A certificate and its key are said together.
            client_key: self.client_key.or(under.client_key.filter(|_| self.client_cert.is_none())),
            client_cert: self.client_cert.or(under.client_cert),
        }
    }
}

fn pins(raw: &Raw) -> Result<Vec<Pin>, String> {
    let pin = |text: &String| {
        text.parse().map_err(|why| format!("{} cannot be used: {why}", crate::escape::text(text.as_bytes())))
    };
    raw.as_list()?.iter().map(pin).collect()
}

const ROOTS: &[(&str, Roots)] = &[("webpki", Roots::Webpki), ("system", Roots::System), ("none", Roots::None)];

const TLS_VERSIONS: &[(&str, TlsVersion)] = &[("1.2", TlsVersion::V12), ("1.3", TlsVersion::V13)];

/// Is it the classic one?
const KEY_EXCHANGES: &[(&str, bool)] = &[("default", false), ("classic", true)];
