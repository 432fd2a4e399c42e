use rustls::{AlertDescription, Error as TlsError, PeerIncompatible};

use super::{Distrust, Offer};
use crate::error::{Cause, Error, Kind};
use crate::net::{Phase, TlsVersion, other_protocol};

/// Says what a TLS error means. All of them end the session before any credential is sent.
pub(in crate::net) fn explain(phase: Phase, error: &TlsError) -> Error {
    match error {
        TlsError::InvalidCertificate(why) => {
            let Distrust { why, next_step, .. } = Distrust::by(why);
            let error = refuse(format!("the server's certificate is not trusted: {why}"));
            match next_step {
                Some(step) => error.hint(step),
                None => error,
            }
        }
        TlsError::AlertReceived(alert) => explain_alert(*alert),
        TlsError::PeerIncompatible(_) => refuse(format!("no common TLS parameters: {error}"))
            .hint("mailhaul speaks TLS 1.2 and 1.3 with forward secrecy, and nothing older"),
        _ => Error::new(Kind::TryLater, format!("TLS failed while waiting for {phase}: {error}"))
            .because(Cause::ConnectionLost),
    }
}

/// The same for a handshake, of which more is known: what we offered, and the first octets that came from the server.
pub(in crate::net) fn explain_handshake(error: &TlsError, offer: Offer, answer: &[u8]) -> Error {
    use AlertDescription as A;
    use PeerIncompatible as P;
    match error {
        TlsError::InvalidMessage(_) => explain_clear_text(answer),
        TlsError::AlertReceived(A::ProtocolVersion)
        | TlsError::PeerIncompatible(P::ServerDoesNotSupportTls12Or13 | P::ServerTlsVersionIsDisabledByOurConfig) => {
            explain_version(offer.tls_min)
        }
        TlsError::AlertReceived(A::HandshakeFailure | A::InsufficientSecurity) if is_alert(answer) => {
            let error = refuse("the server accepts no cipher or signature that mailhaul offers".into());
            error.hint(
                offer.or_classic(
                    "the server's owner must allow TLS 1.3, or ECDHE ciphers with an RSA, P-256 or P-384 key",
                ),
            )
        }
        // Before anything else: it is the first message that was not taken.
        TlsError::AlertReceived(alert) if is_alert(answer) && explain_alert(*alert).next_step().is_none() => {
            let error = explain_alert(*alert);
            if offer.is_large { error.hint(CLASSIC) } else { error }
        }
        _ => explain(Phase::Handshake, error),
    }
}

fn refuse(text: String) -> Error {
    Error::new(Kind::Unavailable, text)
}

fn is_alert(answer: &[u8]) -> bool {
    const ALERT: u8 = 21; // RFC 8446 section 5.1
    answer.first() == Some(&ALERT)
}

fn explain_alert(alert: AlertDescription) -> Error {
    use AlertDescription as A;
    let error = refuse(format!("the server ended TLS with the alert {alert:?}"));
    match alert {
        A::CertificateRequired => error.hint("the server wants a client certificate: see --client-cert"),
        A::UnrecognisedName => error.hint("it does not know the name that it was asked for: see --server-name"),
        _ => error,
    }
}

fn explain_version(tls_min: TlsVersion) -> Error {
    match tls_min {
        TlsVersion::V12 => refuse("the server speaks no TLS newer than 1.1, which is not safe".into())
            .hint("the server's owner must allow TLS 1.2 or 1.3"),
        TlsVersion::V13 => {
            refuse("the server does not speak TLS 1.3".into()).hint("accept TLS 1.2 with --tls-min 1.2, if you may")
        }
    }
}

/// Something else came than TLS.
fn explain_clear_text(answer: &[u8]) -> Error {
    match other_protocol(answer) {
        _ if answer.starts_with(b"+OK") => refuse("it is a POP3 server without TLS from the start".into())
            .because(Cause::ClearText)
            .hint("a port that begins in clear text wants pop3:// (--tls starttls)"),
        Some(other) => refuse(format!("the server does not speak TLS here: {}", other.text)).hint(other.next_step),
        None => refuse("the server does not speak TLS here; it sent something else instead of a handshake".into())
            .hint("a port that starts in clear text needs pop3:// (--tls starttls)"),
    }
}

impl Offer {
    /// Adds to this step that the first message may be too large.
    pub(in crate::net) fn or_classic(self, step: &str) -> String {
        if self.is_large { format!("{step}; or {CLASSIC}") } else { step.to_owned() }
    }
}

/// The hybrid key exchange makes the first message longer than a packet.
const CLASSIC: &str = "a device on the network may drop the large TLS ClientHello: try --key-exchange classic";

#[cfg(test)]
mod tests {
    use super::*;

    const GARBAGE: TlsError = TlsError::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
    const LARGE: Offer = Offer { is_large: true, tls_min: TlsVersion::V12 };
    const SMALL: Offer = Offer { is_large: false, tls_min: TlsVersion::V13 };
    const ALERT: &[u8] = &[21, 3, 1];
    const HELLO: &[u8] = &[22, 3, 3];

    /// Before the end of the handshake garbage says that the port is another one; later, that the line is bad.
    #[test]
    fn garbage_is_for_good_only_instead_of_a_handshake() {
        assert_eq!(explain_handshake(&GARBAGE, LARGE, b"+OK").kind(), Kind::Unavailable);
        for phase in [Phase::Greeting, Phase::Reply("RETR", Some(1)), Phase::Close] {
            let error = explain(phase, &GARBAGE);
            assert_eq!((error.kind(), error.cause()), (Kind::TryLater, Cause::ConnectionLost), "{error}");
            assert!(error.to_string().contains(&format!("while waiting for {phase}")), "{error}");
        }
    }

    #[test]
    fn a_certificate_that_is_not_trusted_is_explained() {
        let unknown = TlsError::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let why = "the server's certificate is not trusted: it is not signed by a trusted authority";
        says(unknown, (LARGE, HELLO), why, Some("--ca-file"));
    }

    #[test]
    fn what_came_instead_of_tls_is_named() {
        let error = explain_handshake(&GARBAGE, LARGE, b"* OK [CAPABILITY IMAP4rev1] ready\r\n");
        assert!(error.to_string().contains("this is an IMAP server"), "{error}");
        assert!(error.next_step().unwrap().contains("995"));
        let error = explain_handshake(&GARBAGE, LARGE, b"+OK ready\r\n");
        assert!(error.next_step().unwrap().contains("pop3://"));
        assert_eq!(error.cause(), Cause::ClearText);
    }

    #[track_caller]
    fn says(error: TlsError, (offer, answer): (Offer, &[u8]), text: &str, step: Option<&str>) {
        let error = explain_handshake(&error, offer, answer);
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains(text), "{error}");
        match step {
            Some(step) => assert!(error.next_step().unwrap().contains(step), "{:?}", error.next_step()),
            None => assert_eq!(error.next_step(), None),
        }
    }

    #[test]
    fn alerts_say_what_to_do() {
        use AlertDescription as A;
        let alert = TlsError::AlertReceived;
        let (old, disabled) =
            (PeerIncompatible::ServerDoesNotSupportTls12Or13, PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig);
        says(alert(A::ProtocolVersion), (LARGE, ALERT), "no TLS newer than 1.1", Some("owner must allow TLS 1.2"));
        says(old.into(), (LARGE, HELLO), "no TLS newer than 1.1", Some("owner must allow TLS 1.2"));
        says(disabled.into(), (SMALL, HELLO), "not speak TLS 1.3", Some("--tls-min 1.2"));
        for refused in [A::HandshakeFailure, A::InsufficientSecurity] {
            says(alert(refused), (LARGE, ALERT), "no cipher or signature", Some("ECDHE"));
            says(alert(refused), (LARGE, ALERT), "no cipher or signature", Some("--key-exchange classic"));
            says(alert(refused), (LARGE, HELLO), "with the alert", None);
        }
        let small = explain_handshake(&alert(A::HandshakeFailure), SMALL, ALERT);
        assert!(!small.next_step().unwrap().contains("classic"));
        says(alert(A::DecodeError), (LARGE, ALERT), "the alert DecodeError", Some("--key-exchange classic"));
        says(alert(A::DecodeError), (SMALL, ALERT), "the alert DecodeError", None);
        says(alert(A::DecodeError), (LARGE, HELLO), "the alert DecodeError", None);
        says(alert(A::CertificateRequired), (LARGE, ALERT), "CertificateRequired", Some("--client-cert"));
        says(alert(A::UnrecognisedName), (LARGE, ALERT), "UnrecognisedName", Some("--server-name"));
        let other = PeerIncompatible::NoCipherSuitesInCommon;
        says(other.into(), (LARGE, HELLO), "no common TLS parameters", Some("forward secrecy"));
    }
}
