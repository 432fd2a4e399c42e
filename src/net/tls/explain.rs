use rustls::{AlertDescription, CertificateError, Error as TlsError};

use crate::error::{Error, Kind};
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
        _ => Error::new(Kind::TryLater, format!("TLS failed while waiting for {phase}: {error}")),
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
    use CertificateError as C;
    if let Some(mismatch) = pin_mismatch(why) {
        let found = mismatch.found;
        return refuse(format!("the server's certificate is not trusted: {mismatch}")).hint(format!(
            "its pin is {found}; if the server has renewed its key, and you are sure of it, use that pin"
        ));
    }
    // The names in a certificate are whatever somebody had signed.
    let why_shown = crate::escape::text(why.to_string().as_bytes());
    let text = format!("the server's certificate is not trusted: {why_shown}");
    match why {
        why if *why == C::UnknownIssuer || is_ca_as_end_entity(why) => refuse(text).hint(
            "if it is your own server's, name its certificate, or the one that signed it, by --ca-file FILE (PEM); \
             or trust its key alone: --roots none and the --pin that mailhaul info shows",
        ),
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            refuse(text).hint("use the host name that the certificate was made for")
        }
        C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. } => refuse(text)
            .hint("check this machine's clock; if it is right, the server's owner must renew the certificate"),
        _ => refuse(text),
    }
}
