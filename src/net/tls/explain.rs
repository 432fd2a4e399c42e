use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::error::{Cause, Error, Kind};
use crate::net::Phase;
use crate::net::verifier::{is_ca_as_end_entity, pin_mismatch};

/// Says what a TLS error means. All of them end the session before any credential is sent.
pub(in crate::net) fn explain(phase: Phase, error: &TlsError) -> Error {
    let refuse = |text: String| Error::new(Kind::Unavailable, text);
    match error {
        TlsError::InvalidCertificate(why) => explain_certificate(why, refuse),
        TlsError::InvalidMessage(_) if phase == Phase::Handshake => {
            refuse("the server does not speak TLS here; it sent something else instead of a handshake".into())
                .hint("a port that begins in clear text wants pop3:// (--tls starttls)")
        }
        TlsError::AlertReceived(alert) => explain_alert(*alert, refuse),
        TlsError::PeerIncompatible(_) => refuse(format!("no common TLS parameters: {error}"))
            .hint("mailhaul speaks TLS 1.2 and 1.3 with forward secrecy, and nothing older"),
        _ => Error::new(Kind::TryLater, format!("TLS failed while waiting for {phase}: {error}"))
            .because(Cause::ConnectionLost),
    }
}

fn explain_alert(alert: AlertDescription, refuse: impl Fn(String) -> Error) -> Error {
    use AlertDescription as A;
    let error = refuse(format!("the server ended TLS with the alert {alert:?}"));
    match alert {
        A::ProtocolVersion => error.hint("it speaks no version of TLS that is allowed here: see --tls-min"),
        A::CertificateRequired => error.hint("it wants to know you by a certificate: see --client-cert"),
        A::UnrecognisedName => error.hint("it does not know the name that it was asked for: see --server-name"),
        _ => error,
    }
}

fn explain_certificate(why: &CertificateError, refuse: impl Fn(String) -> Error) -> Error {
    let Distrust { why, next_step } = Distrust::by(why);
    let error = refuse(format!("the server's certificate is not trusted: {why}"));
    match next_step {
        Some(step) => error.hint(step),
        None => error,
    }
}

/// Why a certificate is not trusted, in words for people. The names in a certificate are whatever somebody had signed,
/// so they are escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distrust {
    /// What is wrong with it.
    pub why: String,
    /// What can be done.
    pub next_step: Option<String>,
}

impl Distrust {
    /// What the verdict of a verifier says.
    pub(in crate::net) fn of(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(why) => Self::by(why),
            _ => Self { why: crate::escape::text(error.to_string().as_bytes()), next_step: None },
        }
    }

    fn by(why: &CertificateError) -> Self {
        Self { why: in_words(why), next_step: next_step(why) }
    }
}

fn in_words(why: &CertificateError) -> String {
    use CertificateError as C;
    if let Some(mismatch) = pin_mismatch(why) {
        return mismatch.to_string();
    }
    match why {
        why if is_ca_as_end_entity(why) => "it is self-signed, or an authority's own certificate".into(),
        C::UnknownIssuer => "nobody who is trusted has signed it".into(),
        C::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let names = if names.is_empty() { "no host at all".to_owned() } else { names.join(", ") };
            crate::escape::text(format!("it is not for {}, but for {names}", expected.to_str()).as_bytes())
        }
        C::ExpiredContext { not_after, .. } => format!("it has expired on {}", day(*not_after)),
        C::NotValidYetContext { not_before, .. } => format!("it is not valid before {}", day(*not_before)),
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => "it was not made for servers".into(),
        C::BadEncoding => "it cannot be read".into(),
        _ => crate::escape::text(why.to_string().as_bytes()),
    }
}

fn next_step(why: &CertificateError) -> Option<String> {
    use CertificateError as C;
    if let Some(mismatch) = pin_mismatch(why) {
        let found = &mismatch.found;
        return Some(format!(
            "its pin is {found}; if the server has renewed its key, and you are sure of it, use that pin"
        ));
    }
    let step = match why {
        why if *why == C::UnknownIssuer || is_ca_as_end_entity(why) => {
            "if it is your own server's, name its certificate, or the one that signed it, by --ca-file FILE (PEM); \
             or trust its key alone: --roots none and the --pin that mailhaul info shows"
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => "use the host name that the certificate was made for",
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => {
            "check this machine's clock; if it is right, the server's owner must renew the certificate"
        }
        _ => return None,
    };
    Some(step.to_owned())
}

/// The name in webpki's `DnsName("a.example.org")` or `IpAddress(192.0.2.1)`.
fn bare(name: &str) -> &str {
    let inside = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.map_or(name, |inside| inside.trim_matches('"'))
}

/// As `2026-01-31`, in UTC.
fn day(time: UnixTime) -> String {
    let time = i64::try_from(time.as_secs()).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or("a day without a name".into(), |time| time.strftime("%F").to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustls::pki_types::ServerName;

    use super::*;

    /// Before the end of the handshake garbage says that the port is another one; later, that the line is bad.
    #[test]
    fn garbage_is_for_good_only_instead_of_a_handshake() {
        let garbage = TlsError::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        assert_eq!(explain(Phase::Handshake, &garbage).kind(), Kind::Unavailable);
        for phase in [Phase::Greeting, Phase::Reply("RETR", Some(1)), Phase::Close] {
            let error = explain(phase, &garbage);
            assert_eq!(error.kind(), Kind::TryLater, "{error}");
            assert!(error.to_string().contains(&format!("while waiting for {phase}")), "{error}");
        }
    }

    #[test]
    fn certificates_are_spoken_of_in_words() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let mismatch = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("mail.example.org").unwrap(),
            presented: presented.iter().map(ToString::to_string).collect(),
        };
        let known = [
            (
                mismatch(&["DnsName(\"*.a.org\")", "IpAddress(::1)", "DnsName(\"x\x1b\")"]),
                "it is not for mail.example.org, but for *.a.org, ::1, x\\x1b",
            ),
            (mismatch(&[]), "it is not for mail.example.org, but for no host at all"),
            (CertificateError::UnknownIssuer, "nobody who is trusted has signed it"),
            (
                CertificateError::ExpiredContext { time: at(1_000_000_000), not_after: at(0) },
                "it has expired on 1970-01-01",
            ),
        ];
        for (why, words) in known {
            let distrust = Distrust::of(&TlsError::InvalidCertificate(why));
            assert_eq!(distrust.why, words);
            assert!(distrust.next_step.is_some(), "{words}");
        }
    }
}
