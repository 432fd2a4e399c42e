use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::{Error, Kind, Result};
use crate::net::certificate::CertificateFields;
use crate::net::{Roots, TrustSettings, Waits};
use crate::private::{Links, OpenedFile, ReadLimits};

/// Certificates that are trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    /// Those that may sign others.
    pub(super) authorities: RootCertStore,
    /// Those that were named one by one, authorities or not. Each is trusted for itself.
    pub(super) named: Vec<CertificateDer<'static>>,
}

impl Trusted {
    /// Reads what the settings name.
    pub(super) fn gather(settings: &TrustSettings, waits: &Waits) -> Result<Self> {
        let mut trusted = match settings.roots {
            Roots::Webpki => Self {
                authorities: RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
                named: Vec::new(),
            },
            Roots::System => Self::of_this_machine()?,
            Roots::None => Self::nobody(),
        };
        for file in &settings.ca_files {
            trusted.read(file, waits)?;
        }
        if trusted.is_empty() && settings.pins.is_empty() {
            return Err(Error::new(
                Kind::Config,
                "with --roots none, no server can be trusted without --ca-file or --pin",
            )
            .hint("name a --ca-file or a --pin (mailhaul info shows it), or leave --roots none out"));
        }
        Ok(trusted)
    }

    fn nobody() -> Self {
        Self { authorities: RootCertStore::empty(), named: Vec::new() }
    }

    fn is_empty(&self) -> bool {
        self.authorities.is_empty() && self.named.is_empty()
    }

    /// Machines have odd certificates among good ones: what cannot be read matters only when nothing can.
    fn of_this_machine() -> Result<Self> {
        let found = rustls_native_certs::load_native_certs();
        let mut trusted = Self::nobody();
        for certificate in found.certs {
            trusted.add(certificate).ok();
        }
        if !trusted.is_empty() {
            return Ok(trusted);
        }
        let error = Error::new(Kind::Config, "this machine has no root certificates that can be read").hint(
            "install the package ca-certificates, look at $SSL_CERT_FILE and $SSL_CERT_DIR, or use --roots webpki",
        );
        Err(match found.errors.into_iter().next() {
            Some(first) => error.caused_by(first),
            None => error,
        })
    }

    /// Adds the certificates of a PEM file.
    fn read(&mut self, file: &Path, waits: &Waits) -> Result<()> {
        let name = format!("--ca-file {}", crate::escape::path(file));
        let unusable = |why: String| Error::new(Kind::Config, format!("{name}: {why}"));
        let open = OpenedFile::open(file, Links::Follow).map_err(|error| unusable(error.to_string()))?;
        open.check_writers().map_err(|flaw| flaw.error(&name, ", who could make us trust anybody", file))?;
        let text = open.read(&name, ReadLimits { octets: MAX_FILE, time: waits.timeout, until: &waits.until })?;
        let found: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<_, _>>()
            .map_err(|error| unusable(error.to_string()))?;
        if found.is_empty() {
            let error = unusable("holds no certificate".into());
            return Err(error.hint("it must be a PEM file, with BEGIN CERTIFICATE lines"));
        }
        found.into_iter().try_for_each(|certificate| self.add(certificate)).map_err(unusable)
    }

    /// A certificate that is not an authority's must not sign others, whatever file it is in.
    fn add(&mut self, certificate: CertificateDer<'static>) -> Result<(), String> {
        let fields = CertificateFields::read(&certificate).map_err(|error| error.to_string())?;
        if fields.is_authority() {
            self.authorities.add(certificate.clone()).map_err(|error| error.to_string())?;
        }
        self.named.push(certificate);
        Ok(())
    }
}

/// Octets of a file of authorities: all that the world trusts are a quarter of a mebibyte.
const MAX_FILE: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use base64::prelude::{BASE64_STANDARD, Engine};
    use rcgen::{BasicConstraints, CertificateParams, CustomExtension, IsCa, KeyPair};

    use super::*;

    fn certificate(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    #[test]
    fn only_authorities_may_sign_others() {
        let mut trusted = Trusted::nobody();
        assert!(trusted.is_empty());
        trusted.add(certificate(|params| params.is_ca = IsCa::ExplicitNoCa)).unwrap();
        assert_eq!((trusted.authorities.len(), trusted.named.len(), trusted.is_empty()), (0, 1, false));
        trusted.add(certificate(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))).unwrap();
        assert_eq!((trusted.authorities.len(), trusted.named.len()), (1, 2));
        let built_in = Trusted { named: Vec::new(), ..trusted };
        assert!(!built_in.is_empty());
    }

    fn pem(der: &[u8]) -> String {
        let text = BASE64_STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    }

    fn read(file: &Path) -> Result<Trusted> {
        let mut trusted = Trusted::nobody();
        trusted.read(file, &Waits::for_tests())?;
        Ok(trusted)
    }

    /// All of them count, and a file that is not what it should be is an error that names it.
    #[test]
    fn a_file_is_read_whole_or_refused() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str, mode: u32| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            path
        };
        let two = ["a", "b"].map(|_| pem(&certificate(|params| params.is_ca = IsCa::ExplicitNoCa))).concat();
        let trusted = read(&write("two.pem", &two, 0o644)).unwrap();
        assert_eq!((trusted.authorities.len(), trusted.named.len()), (0, 2));
        for (file, why, step) in [
            (dir.path().join("missing.pem"), "No such file", None),
            (write("empty.pem", "", 0o644), "holds no certificate", Some("BEGIN CERTIFICATE")),
            (write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n", 0o644), "", None),
            (write("nonsense.pem", &pem(b"x"), 0o644), "", None),
            (write("open.pem", &two, 0o602), "can be written by others, who could make us trust", Some("chmod go-w")),
        ] {
            let error = read(&file).unwrap_err();
            let shown = crate::escape::path(&file);
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.to_string().starts_with(&format!("--ca-file {shown}")), "{error}");
            assert!(error.to_string().contains(why), "{error}");
            assert!(error.next_step().unwrap_or_default().contains(step.unwrap_or_default()), "{error}");
        }
    }

    #[test]
    fn what_is_named_is_what_is_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("one.pem");
        let good = certificate(|_| {});
        std::fs::write(&file, pem(&good)).unwrap();
        let settings = TrustSettings { roots: Roots::None, ca_files: vec![file], ..TrustSettings::default() };
        assert_eq!(Trusted::gather(&settings, &Waits::for_tests()).unwrap().named, [good]);
        let built_in = Trusted::gather(&TrustSettings::default(), &Waits::for_tests()).unwrap();
        assert!(built_in.authorities.len() > 50 && built_in.named.is_empty());
    }

    #[test]
    fn an_authority_that_cannot_be_used_is_an_error() {
        const NAME_CONSTRAINTS: &[u64] = &[2, 5, 29, 30];
        let unusable = certificate(|params| {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            params.custom_extensions = vec![CustomExtension::from_oid_content(NAME_CONSTRAINTS, b"\x05\x00".to_vec())];
        });
        let mut trusted = Trusted::nobody();
        assert!(trusted.add(unusable).is_err());
        assert!(trusted.is_empty());
    }
}
