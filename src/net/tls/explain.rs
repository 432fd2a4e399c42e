use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::Distrust;
use crate::error::{Cause, Error, Kind};
use crate::net::Phase;

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

#[cfg(test)]
mod tests {
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
}
