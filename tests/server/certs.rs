//! The certificate of the server and the trust anchor its clients get.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, version};

use super::config::Config;

/// What is right or wrong with the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificates {
    /// For `localhost`, 127.0.0.1 and ::1, signed by the trust anchor.
    #[default]
    Good,
    /// Its time is over.
    Expired,
    /// Its time is over in nine days and some hours.
    ExpiresInNineDays,
    /// Its time has not come.
    NotYetValid,
    /// Signed by itself, not a CA; the trust anchor is the certificate.
    SelfSigned,
    /// Signed by itself and a CA, as `openssl req -x509` makes it; the trust anchor is the certificate.
    SelfSignedCa,
    /// Signed by a CA that is not the trust anchor.
    UnknownCa,
    /// For other.example.org.
    WrongHost,
    /// A good one, which is public, in the hands of somebody who does not have its key.
    WithoutItsKey,
    /// For other.example.org, signed by itself and a CA; the trust anchor is the certificate.
    OtherHostSelfSignedCa,
    /// The host is named as the subject only, as it was done before there were alternative names.
    CommonNameOnly,
    /// For `*`, which is no host at all.
    WrongWildcard,
    /// Signed by a certificate that is not an authority's; that one is the trust anchor.
    SignedByNoAuthority,
    /// Signed by a CA that nobody knows; the trust anchor is the certificate.
    NamedItself,
    /// Of X.509 version 1, signed by itself; the trust anchor is the certificate.
    Version1,
}

/// The secret side of TLS, and the private folder with the public side.
#[derive(Debug)]
pub struct Identity {
    config: Arc<ServerConfig>,
    folder: PathBuf,
    certificate: Vec<u8>,
    public_key: Vec<u8>,
}

impl Identity {
    /// Makes new keys and certificates and writes `ca.pem`, and `client.pem` if it is wanted.
    pub fn new(setting: &Config) -> Self {
        let kind = setting.certificates;
        let key = match kind {
            Certificates::Version1 => KeyPair::from_pem(VERSION_1_KEY).expect("the key is one"),
            _ => KeyPair::generate().expect("a key can be made"),
        };
        let (leaf, anchor) = match kind {
            Certificates::Version1 => {
                (CertificateDer::from_pem_slice(VERSION_1.as_bytes()).expect("it is one"), VERSION_1.to_owned())
            }
            Certificates::SelfSigned | Certificates::SelfSignedCa | Certificates::OtherHostSelfSignedCa => {
                let leaf = leaf_params(kind).self_signed(&key).expect("a certificate can be signed");
                (leaf.der().clone(), leaf.pem())
            }
            _ => signed(kind, &key),
        };
        let folder = private_folder();
        fs::write(folder.join("ca.pem"), anchor).expect("the folder is ours");
        let secret = match kind {
            Certificates::WithoutItsKey => KeyPair::generate().expect("a key can be made").serialize_der(),
            _ => key.serialize_der(),
        };
        let versions = if setting.only_tls12 { &[&version::TLS12][..] } else { rustls::DEFAULT_VERSIONS };
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let secret = provider.key_provider.load_private_key(PrivatePkcs8KeyDer::from(secret).into());
        // Not `with_single_cert`, which refuses a key that does not belong to the certificate.
        let certified = CertifiedKey::new(vec![leaf.clone()], secret.expect("the key was made for this provider"));
        let builder = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(versions)
            .expect("the provider knows these versions");
        let builder = match setting.demands_certificate {
            true => builder.with_client_cert_verifier(client_verifier(&folder)),
            false => builder.with_no_client_auth(),
        };
        let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
        let (certificate, public_key) = (leaf.to_vec(), key.subject_public_key_info());
        Self { config: Arc::new(config), folder, certificate, public_key }
    }

    /// The server's certificate, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its SubjectPublicKeyInfo, in DER.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// Certificate and key of the client that is welcome, in one private PEM file.
    pub fn client_file(&self) -> PathBuf {
        self.folder.join("client.pem")
    }

    /// What rustls needs to serve.
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// The trust anchor as a PEM file.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The private folder, which lives as long as the server.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok(); // nothing depends on it any more
    }
}

/// Makes the one client that is welcome, and lets in nobody else.
fn client_verifier(folder: &Path) -> Arc<dyn ClientCertVerifier> {
    let (authority, key) = (authority("Client CA"), KeyPair::generate().expect("a key can be made"));
    let mut params = CertificateParams::new(["ann".to_owned()]).expect("the name is ASCII");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &authority).expect("a certificate can be signed");
    let file = folder.join("client.pem");
    fs::write(&file, certificate.pem() + &key.serialize_pem()).expect("the folder is ours");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("an authority can be an anchor");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("there is an anchor")
}

/// A certificate signed by a CA, and the trust anchor as PEM.
fn signed(kind: Certificates, key: &KeyPair) -> (CertificateDer<'static>, String) {
    let authority = match kind {
        Certificates::SignedByNoAuthority => signer("No CA", IsCa::ExplicitNoCa),
        _ => authority("Test CA"),
    };
    let leaf = leaf_params(kind).signed_by(key, &authority).expect("a certificate can be signed");
    let anchor = match kind {
        Certificates::UnknownCa => self::authority("Another CA").pem(),
        Certificates::NamedItself => leaf.pem(),
        _ => authority.pem(),
    };
    (leaf.der().clone(), anchor)
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    signer(name, IsCa::Ca(BasicConstraints::Unconstrained))
}

fn signer(name: &str, is_ca: IsCa) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = is_ca;
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(2049, 1, 1));
    let key = KeyPair::generate().expect("a key can be made");
    CertifiedIssuer::self_signed(params, key).expect("a certificate can be signed")
}

fn leaf_params(kind: Certificates) -> CertificateParams {
    let names: &[&str] = match kind {
        Certificates::WrongHost | Certificates::OtherHostSelfSignedCa => &["other.example.org"],
        Certificates::CommonNameOnly => &[],
        Certificates::WrongWildcard => &["*"],
        _ => &["localhost", "127.0.0.1", "::1"],
    };
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let common_name = if kind == Certificates::CommonNameOnly { "localhost" } else { "test server" };
    let years = match kind {
        Certificates::Expired => (2020, 2021),
        Certificates::NotYetValid => (2047, 2048),
        _ => (2020, 2048),
    };
    let mut params = CertificateParams::new(names).expect("the names are ASCII");
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (rcgen::date_time_ymd(years.0, 1, 1), rcgen::date_time_ymd(years.1, 1, 1));
    if kind == Certificates::ExpiresInNineDays {
        let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(10 * 24);
        let end = end.to_zoned(jiff::tz::TimeZone::UTC).date();
        let (month, day) = (end.month().unsigned_abs(), end.day().unsigned_abs());
        params.not_after = rcgen::date_time_ymd(end.year().into(), month, day);
    }
    if matches!(kind, Certificates::SelfSignedCa | Certificates::OtherHostSelfSignedCa) {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    } else {
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    }
    params
}

fn private_folder() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let mut builder = fs::DirBuilder::new();
    builder.mode(0o700);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("pop3-server-{}-{number}", std::process::id()));
        match builder.create(&folder) {
            Ok(()) => return folder,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {} // an old run with our number
            Err(error) => panic!("cannot make {}: {error}", folder.display()),
        }
    }
}

/// Made by `openssl x509 -req -signkey`, for a hundred years.
const VERSION_1: &str = include_str!("pem/version-1.pem");

const VERSION_1_KEY: &str = include_str!("pem/version-1-key.pem");
