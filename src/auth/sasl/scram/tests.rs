use proptest::prelude::*;

use super::super::tests::{answer, initial, secret};
use super::*;

/// A whole exchange that must go so, up to the server's signature.
#[track_caller]
fn goes<H: ScramHash>(user: &str, password: &str, binding: Binding, nonce: &str, lines: [&str; 4]) {
    let password = secret(password);
    let mut scram = Scram::<H>::with_nonce(user, &password, binding, nonce.into());
    let [first, server_first, last, server_final] = lines;
    assert_eq!(initial(&scram), first);
    assert_eq!(answer(&mut scram, server_first).unwrap(), last);
    assert!(scram.finish().is_err(), "without a signature");
    assert_eq!(answer(&mut scram, server_final).unwrap(), "");
    scram.finish().unwrap();
    assert_eq!(scram.failure(), None);
    assert!(answer(&mut scram, server_final).is_err());
}

#[test]
fn known_answer_of_rfc_5802() {
    let lines = [
        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ];
    goes::<Sha1>("user", "pencil", Binding::None, "fyko+d2lbbFgONRv9qkxdawL", lines);
}

#[test]
fn known_answer_of_rfc_7677() {
    let lines = [
        "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
        "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ];
    goes::<Sha256>("user", "pencil", Binding::None, "rOprNGfwEbeRWgbNEkqO", lines);
}

/// Computed by another implementation (Python's hashlib), as the RFCs have no example with a binding.
#[test]
fn known_answers_with_a_binding_and_outside_of_ascii() {
    let bound = Binding::TlsExporter(std::array::from_fn(|at| at as u8));
    let server_first = "r=clientnonceservernonce,s=c2FsdCBvZiBzZXJ2ZXI=,i=4096";
    let lines = [
        "p=tls-exporter,,n=a=3Db=2Cc,r=clientnonce",
        server_first,
        "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,r=clientnonceservernonce,\
         p=2ozgfAPwUp4Of+o3ato25n6dhsxSduBcamo9YHBE47k=",
        "v=Akeeyjds+rDPMlrEwZX4PyKFF3i1jT8wKjDuHQKVV1k=",
    ];
    goes::<Sha256>("a=b,c", "pencil", bound, "clientnonce", lines);
    let lines = [
        "p=tls-exporter,,n=ann,r=clientnonce",
        server_first,
        "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f,r=clientnonceservernonce,\
         p=hoLCVHzYIT0JXs/WVw0qmRq8AIk=",
        "v=nyaX3pCTBysUCjyh3jNOLV7nIxk=",
    ];
    // A soft hyphen is nothing to SASLprep.
    goes::<Sha1>("ann", "\u{43f}\u{430}\u{ad}\u{440}\u{43e}\u{43b}\u{44c}", bound, "clientnonce", lines);
    let lines = [
        "y,,n=ann,r=clientnonce",
        server_first,
        "c=eSws,r=clientnonceservernonce,p=aQq3x/U1dIrUcE5JCe99xXOx4Z6TNZKyEh2x/gy7TS4=",
        "v=OW9IfYuTvP3mcCESUF7vevh/+UyLcrmeZED+TcIpc0g=",
    ];
    goes::<Sha256>("ann", "pencil", Binding::NotOffered, "clientnonce", lines);
}

#[test]
fn nonces_are_new_and_names_tell_of_the_binding() {
    let password = secret("x");
    let new = |binding| Scram::<Sha256>::new("ann", &password, binding).unwrap();
    let (one, two) = (new(Binding::None), new(Binding::TlsExporter([0; 32])));
    assert_ne!(one.nonce, two.nonce);
    assert_eq!(one.nonce.len(), 24);
    assert_eq!((one.mechanism(), two.mechanism()), ("SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"));
    assert_eq!(Scram::<Sha1>::new("ann", &password, Binding::NotOffered).unwrap().mechanism(), "SCRAM-SHA-1");
}

/// None of these gets a proof.
#[test]
fn bad_challenges_are_not_answered() {
    let cases = [
        ("r=theirs,s=c2FsdA==,i=4096", "continue ours"),
        ("r=ours,s=c2FsdA==,i=4096", "continue ours"),
        ("r=our,s=c2FsdA==,i=4096", "continue ours"),
        ("r=ours\u{e9},s=c2FsdA==,i=4096", "continue ours"),
        ("r=ours\x01x,s=c2FsdA==,i=4096", "continue ours"),
        ("r=oursx,s=,i=4096", "salt"),
        ("r=oursx,s=!,i=4096", "salt"),
        ("r=oursx,i=4096,s=c2FsdA==", "salt"),
        ("r=oursx,s=c2FsdA==", "iteration count"),
        ("r=oursx,s=c2FsdA==,i=", "not a number"),
        ("r=oursx,s=c2FsdA==,i=-1", "not a number"),
        ("r=oursx,s=c2FsdA==,i=99999999999", "not a number"),
        ("r=oursx,s=c2FsdA==,i=0", "0 iterations"),
        ("r=oursx,s=c2FsdA==,i=4095", "4095 iterations"),
        ("r=oursx,s=c2FsdA==,i=10000001", "10000001 iterations"),
        ("m=x,r=oursx,s=c2FsdA==,i=4096", "nonce"),
        ("e=other-error", "nonce"),
        ("", "nonce"),
    ];
    for (challenge, says) in cases {
        let password = secret("x");
        for binding in [Binding::None, Binding::TlsExporter([1; 32])] {
            let mut scram = Scram::<Sha256>::with_nonce("ann", &password, binding, "ours".into());
            let error = answer(&mut scram, challenge).unwrap_err();
            assert!(error.contains(says), "{challenge}: {error}");
            assert!(answer(&mut scram, "r=oursx,s=c2FsdA==,i=4096").is_err(), "a second chance");
            assert!(scram.finish().is_err());
        }
    }
    let password = secret("x");
    assert!(Scram::<Sha1>::with_nonce("ann", &password, Binding::None, "n".into()).answer(b"\xff").is_err());
}

#[test]
fn extensions_behind_the_iteration_count_are_ignored() {
    let password = secret("x");
    let mut scram = Scram::<Sha1>::with_nonce("ann", &password, Binding::None, "ours".into());
    assert!(answer(&mut scram, "r=oursx,s=c2FsdA==,i=4096,x=y").is_ok());
}

#[test]
fn without_the_right_signature_there_is_no_login() {
    for server_final in ["v=", "v=AAAA", "v=!", "", "x=y", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="] {
        let password = secret("x");
        let mut scram = Scram::<Sha256>::with_nonce("ann", &password, Binding::None, "ours".into());
        answer(&mut scram, "r=oursx,s=c2FsdA==,i=4096").unwrap();
        assert!(answer(&mut scram, server_final).is_err(), "{server_final}");
        assert!(scram.finish().is_err());
    }
}

#[test]
fn an_error_of_the_server_is_told_and_is_no_login() {
    let password = secret("x");
    let mut scram = Scram::<Sha256>::with_nonce("ann", &password, Binding::None, "ours".into());
    answer(&mut scram, "r=oursx,s=c2FsdA==,i=4096").unwrap();
    assert_eq!(answer(&mut scram, "e=channel-bindings-dont-match\x1b").unwrap(), "");
    assert_eq!(scram.failure(), Some(&b"channel-bindings-dont-match\x1b"[..]));
    assert!(scram.finish().is_err());
}

proptest! {
    /// Whatever a server says, it gets no proof without continuing our nonce, and nothing panics.
    #[test]
    fn no_octets_get_a_proof(challenge in prop_oneof![
        any::<Vec<u8>>(),
        "[rsimve]=[a-zA-Z0-9+/=]{0,12}(,[rsimve]=[a-zA-Z0-9+/=]{0,12}){0,4}".prop_map(String::into_bytes),
    ]) {
        let password = secret("x");
        let mut scram = Scram::<Sha1>::with_nonce("ann", &password, Binding::None, "0123456789abcdef".into());
        prop_assert!(scram.answer(&challenge).is_err());
        prop_assert!(scram.finish().is_err());
    }
}
