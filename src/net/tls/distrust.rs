use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, Error as TlsError};

use crate::net::verdict::OwnVerdict;
use crate::net::verifier::{is_ca_as_end_entity, webpki_verdict};

/// Why a certificate is not trusted, in words for people. The names in a certificate are whatever somebody had signed,
/// so they are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distrust {
    /// What is wrong with it.
    pub why: String,
    /// What can be done.
    pub next_step: Option<String>,
    /// Would `--roots none` and the pin of its key make up for it?
    pub can_be_pinned: bool,
}

impl Distrust {
    /// What the verdict of a verifier says.
    pub(in crate::net) fn of(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(why) => Self::by(why),
            _ => Self { why: crate::escape::text(error.to_string().as_bytes()), next_step: None, can_be_pinned: false },
        }
    }

    pub(super) fn by(why: &CertificateError) -> Self {
        let can_be_pinned = OwnVerdict::of(why)
            .is_none_or(|verdict| matches!(verdict, OwnVerdict::PinFits { .. } | OwnVerdict::SignedByNoAuthority));
        Self { why: in_words(why), next_step: Some(next_step(why)), can_be_pinned }
    }
}

#[expect(deprecated, reason = "rustls names them, and may still give them")]
fn in_words(why: &CertificateError) -> String {
    use CertificateError as C;
    match OwnVerdict::of(why) {
        Some(OwnVerdict::PinFits { why, .. }) => return in_words(why),
        Some(verdict) => return verdict.to_string(),
        None => {}
    }
    if let Some(verdict) = webpki_verdict(why) {
        return by_webpki(verdict);
    }
    match why {
        C::UnknownIssuer => "it is not signed by a trusted authority".into(),
        C::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "it names no host: it has no subjectAltName, which alone counts".into()
        }
        C::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let text = format!("it is not for {}, but for {}", expected.to_str(), names.join(", "));
            crate::escape::text(text.as_bytes())
        }
        C::ExpiredContext { not_after, .. } => format!("it expired on {}", day(*not_after)),
        C::NotValidYetContext { not_before, .. } => format!("it is not valid before {}", day(*not_before)),
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => "it was not made for servers".into(),
        C::BadEncoding => "it cannot be read".into(),
        C::BadSignature => "a signature in its chain is wrong, or made with an RSA key of less than 2048 bits".into(),
        C::UnsupportedSignatureAlgorithm
        | C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its chain is signed with an algorithm that is not safe (such as SHA-1) or not known".into()
        }
        _ => crate::escape::text(why.to_string().as_bytes()),
    }
}

fn by_webpki(verdict: &webpki::Error) -> String {
    use webpki::Error as W;
    match verdict {
        W::CaUsedAsEndEntity => "it is self-signed, or an authority's own certificate".into(),
        W::EndEntityUsedAsCa => "a certificate that is not an authority's has signed it".into(),
        W::UnsupportedCertVersion => "it is of X.509 version 1, which cannot say what host it is for".into(),
        W::NameConstraintViolation => "its authority may not sign for this name".into(),
        _ => format!("it breaks a rule for certificates ({verdict})"),
    }
}

fn next_step(why: &CertificateError) -> String {
    use CertificateError as C;
    if let Some(verdict) = OwnVerdict::of(why) {
        return after_own(verdict);
    }
    let step = match why {
        why if *why == C::UnknownIssuer || is_ca_as_end_entity(why) => {
            "if it is your own server's, name its certificate, or the one that signed it, by --ca-file FILE (PEM); \
             or trust its key alone: --roots none and the --pin that mailhaul info shows"
        }
        C::NotValidForNameContext { presented, .. } if presented.is_empty() => RENEW,
        C::NotValidForName | C::NotValidForNameContext { .. } => "use the host name that the certificate was made for",
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => {
            "check this machine's clock; if it is right, the server's owner must renew the certificate"
        }
        _ => RENEW,
    };
    step.to_owned()
}

fn after_own(verdict: &OwnVerdict) -> String {
    match verdict {
        OwnVerdict::PinMismatch { found } => {
            format!("its pin is {found}; if the server has renewed its key, and you are sure of it, use that pin")
        }
        OwnVerdict::PinFits { has_named: false, .. } => "the pin fits: add --roots none to trust the key alone".into(),
        OwnVerdict::PinFits { has_named: true, .. } => {
            "the pin fits: use --roots none without --ca-file to trust the key alone".into()
        }
        OwnVerdict::KeyNotProved => {
            "somebody may be posing as the server: try from another network, and tell the server's owner".into()
        }
        OwnVerdict::RsaKeySize(_) => "the server's owner must make a new key; no flag makes up for this one".into(),
        OwnVerdict::SignedByNoAuthority => {
            "name an authority's certificate (CA:TRUE), or the server's own, by --ca-file FILE (PEM)".into()
        }
    }
}

/// For what only the server's owner can put right.
const RENEW: &str = "the server's owner must replace the certificate; until then you can trust its key alone: \
                     --roots none and the --pin that mailhaul info shows";

/// The name in webpki's `DnsName("a.example.org")` or `IpAddress(192.0.2.1)`.
fn bare(name: &str) -> &str {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.map_or(name, |inside| inside.trim_matches('"'))
}

/// As `2026-01-31`, in UTC.
fn day(time: UnixTime) -> String {
    let time = i64::try_from(time.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or("an unknown date".into(), |time| time.strftime("%F").to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rustls::OtherError;
    use rustls::pki_types::ServerName;

    use super::*;

    fn distrust(why: CertificateError) -> Distrust {
        Distrust::of(&TlsError::InvalidCertificate(why))
    }

    #[test]
    fn certificates_are_spoken_of_in_words() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let mismatch = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("mail.example.org").unwrap(),
            presented: presented.iter().map(ToString::to_string).collect(),
        };
        let webpki = |error| CertificateError::Other(OtherError(Arc::new(error)));
        let known = [
            (
                mismatch(&["DnsName(\"*.a.org\")", "IpAddress(::1)", "DnsName(\"x\x1b\")"]),
                "it is not for mail.example.org, but for *.a.org, ::1, x\\x1b",
                "use the host name",
            ),
            (mismatch(&[]), "it names no host: it has no subjectAltName, which alone counts", "--roots none"),
            (CertificateError::UnknownIssuer, "it is not signed by a trusted authority", "--ca-file"),
            (
                CertificateError::ExpiredContext { time: at(1_000_000_000), not_after: at(0) },
                "it expired on 1970-01-01",
                "clock",
            ),
            (
                CertificateError::NotValidYetContext { time: at(0), not_before: at(u64::MAX) },
                "it is not valid before an unknown date",
                "clock",
            ),
            (CertificateError::BadEncoding, "it cannot be read", "--roots none"),
            (
                CertificateError::BadSignature,
                "a signature in its chain is wrong, or made with an RSA key of less than 2048 bits",
                "--roots none",
            ),
            (
                CertificateError::UnsupportedSignatureAlgorithmContext {
                    signature_algorithm_id: Vec::new(),
                    supported_algorithms: Vec::new(),
                },
                "its chain is signed with an algorithm that is not safe (such as SHA-1) or not known",
                "--roots none",
            ),
            (CertificateError::InvalidPurpose, "it was not made for servers", "--roots none"),
            (
                webpki(webpki::Error::CaUsedAsEndEntity),
                "it is self-signed, or an authority's own certificate",
                "--ca-file",
            ),
            (
                webpki(webpki::Error::EndEntityUsedAsCa),
                "a certificate that is not an authority's has signed it",
                "--roots none",
            ),
            (
                webpki(webpki::Error::UnsupportedCertVersion),
                "it is of X.509 version 1, which cannot say what host it is for",
                "--roots none",
            ),
            (
                webpki(webpki::Error::NameConstraintViolation),
                "its authority may not sign for this name",
                "--roots none",
            ),
            (
                webpki(webpki::Error::PathLenConstraintViolated),
                "it breaks a rule for certificates (PathLenConstraintViolated)",
                "--roots none",
            ),
        ];
        for (why, words, step) in known {
            let distrust = distrust(why);
            assert_eq!(distrust.why, words);
            assert!(distrust.next_step.as_ref().unwrap().contains(step), "{distrust:?}");
        }
    }

    /// rustls says some things with details or without.
    #[test]
    #[expect(deprecated, reason = "rustls names them, and may still give them")]
    fn details_are_not_needed() {
        use CertificateError as C;
        let required = rustls::ExtendedKeyPurpose::ServerAuth;
        let public_key = C::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: Vec::new(),
            public_key_algorithm_id: Vec::new(),
        };
        let known = [
            (C::InvalidPurposeContext { required, presented: Vec::new() }, "it was not made for servers", RENEW),
            (C::UnsupportedSignatureAlgorithm, "its chain is signed with an algorithm", RENEW),
            (public_key, "its chain is signed with an algorithm", RENEW),
            (C::NotValidForName, "", "use the host name"),
            (C::Expired, "", "check this machine's clock"),
            (C::NotValidYet, "", "check this machine's clock"),
        ];
        let wrong = known.into_iter().filter_map(|(why, words, step)| {
            let distrust = distrust(why);
            let is_right = distrust.why.starts_with(words) && distrust.next_step.as_ref()?.starts_with(step);
            (!is_right).then_some(distrust)
        });
        assert_eq!(wrong.collect::<Vec<_>>(), []);
    }

    #[test]
    fn verdicts_of_our_own_say_what_to_do() {
        let pin = crate::net::Pin::of_key(b"");
        let pin_fits = |has_named| OwnVerdict::PinFits { why: CertificateError::UnknownIssuer, has_named };
        let known = [
            (OwnVerdict::PinMismatch { found: pin }, "none of the pins fits its key", pin.to_string()),
            (OwnVerdict::KeyNotProved, "the server did not prove", "posing as the server".into()),
            (OwnVerdict::RsaKeySize(1024), "its RSA key has 1024 bits", "must make a new key".into()),
            (pin_fits(false), "it is not signed by a trusted authority", "add --roots none to trust".into()),
            (pin_fits(true), "it is not signed by a trusted authority", "--roots none without --ca-file".into()),
            (OwnVerdict::SignedByNoAuthority, "is not an authority's (CA:FALSE)", "CA:TRUE".into()),
        ];
        for (verdict, words, step) in known {
            let TlsError::InvalidCertificate(why) = verdict.into() else { panic!() };
            let distrust = distrust(why);
            assert!(distrust.why.contains(words), "{distrust:?}");
            assert!(distrust.next_step.as_ref().unwrap().contains(&step), "{distrust:?}");
        }
    }
}
