use std::sync::Arc;
use std::time::Duration;

use mailhaul::deliver::{Answer, Carrier};
use mailhaul::error::Result;
use mailhaul::handover::mta::{Dialect, MtaAddress, MtaCarrier, MtaSettings};
use mailhaul::net::{Connection, Network, Route, Sockets, Trust, TrustSettings, Waits};
use mailhaul::until::Until;

use super::{assert_all_delivered, assert_same, carrier, error_of, hand_over, outgoing, with_crlf, with_lf};
use crate::dovecot::{awkward_messages, lmtp_or_skip};

#[test]
fn messages_arrive_whole_by_socket_and_by_port() {
    let Some(lmtp) = lmtp_or_skip("messages_arrive_whole_by_socket_and_by_port", "") else { return };
    // As a careless server sends them, and as they come by POP3.
    let contents: Vec<Vec<u8>> = awkward_messages().into_iter().map(|message| message.content).collect();
    let by_the_rules = contents.iter().map(|content| with_crlf(content)).collect::<Vec<_>>();
    for (address, contents) in
        [(lmtp.socket().to_str().unwrap().to_owned(), &contents), (format!("127.0.0.1:{}", lmtp.port), &by_the_rules)]
    {
        let folder = tempfile::tempdir().unwrap();
        let messages = outgoing(folder.path(), contents);
        let mut carrier = carrier(Dialect::Lmtp, &address, &["ann"]);
        assert_all_delivered(&hand_over(&mut carrier, &messages));
        carrier.close();
        assert_same(lmtp.take_delivered(), contents.iter().map(|content| with_lf(content)).collect());
    }
}

#[test]
fn commands_inside_a_message_stay_in_it() {
    let Some(lmtp) = lmtp_or_skip("commands_inside_a_message_stay_in_it", "") else { return };
    let ends =
        ["\n.\r\n", "\n.\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\r\n.\r\n", "\n\r.\r\n", "\r\r\n.\r\r\n"];
    let smuggled = |end: &&str| {
        format!("Subject: x\r\n\r\nbefore{end}MAIL FROM:<x@y>\r\nRCPT TO:<ann>\r\nDATA\r\nsmuggled{end}after\r\n")
    };
    let contents: Vec<Vec<u8>> = ends.iter().map(smuggled).map(String::into_bytes).collect();
    let folder = tempfile::tempdir().unwrap();
    let messages = outgoing(folder.path(), &contents);
    let mut carrier = carrier(Dialect::Lmtp, lmtp.socket().to_str().unwrap(), &["ann"]);
    assert_all_delivered(&hand_over(&mut carrier, &messages));
    assert_same(lmtp.take_delivered(), contents.iter().map(|content| with_lf(content)).collect());
}

/// Every host is this machine.
struct Elsewhere;

impl Network for Elsewhere {
    fn connect(&self, route: &Route, waits: &Waits) -> Result<Connection> {
        Sockets.connect(&Route { host: "127.0.0.1".into(), ..route.clone() }, waits)
    }
}

#[test]
fn another_machine_is_spoken_to_in_tls() {
    let Some(lmtp) = lmtp_or_skip("another_machine_is_spoken_to_in_tls", "") else { return };
    let folder = tempfile::tempdir().unwrap();
    let contents: Vec<Vec<u8>> = (0..100).map(|at| format!("Subject: {at}\r\n\r\n.\r\n").into_bytes()).collect();
    let messages = outgoing(folder.path(), &contents);
    let address = MtaAddress::Host { host: "mail.example.org".into(), port: lmtp.port };
    let settings = MtaSettings::new(Dialect::Lmtp, address, vec!["ann".into()]).unwrap();
    let waits = Waits { timeout: Duration::from_secs(60), until: Until::default(), min_rate: 0 };
    let carrier = |name: &str| {
        let trust = TrustSettings {
            ca_files: vec![lmtp.server.ca_file()],
            server_name: Some(name.to_owned()),
            ..TrustSettings::default()
        };
        let trust = Trust::for_mta(&trust, &waits).unwrap();
        MtaCarrier::new(settings.clone(), waits.clone(), Some(trust), Arc::new(Elsewhere))
    };
    let error = error_of(&mut carrier("mail.example.org"), &messages);
    assert!(error.to_string().contains("certificate"), "{error}");
    let mut carrier = carrier("localhost");
    assert_all_delivered(&hand_over(&mut carrier, &messages));
    carrier.close();
    assert_same(lmtp.take_delivered(), contents.iter().map(|content| with_lf(content)).collect());
}

#[test]
fn who_is_not_there_and_what_is_full_is_said() {
    let quota =
        "mail_plugins = quota\nplugin {\n  quota = count:user\n  quota_vsizes = yes\n  quota_rule = *:storage=30k\n}\n";
    let Some(lmtp) = lmtp_or_skip("who_is_not_there_and_what_is_full_is_said", quota) else { return };
    let folder = tempfile::tempdir().unwrap();
    let small = |at: usize| format!("Subject: {at}\r\n\r\nx\r\n").into_bytes();
    let large = || b"Subject: large\r\n\r\n".iter().copied().chain([b'x', b'\n'].repeat(20_000)).collect();
    let socket = lmtp.socket();
    let socket = socket.to_str().unwrap();

    let messages = outgoing(folder.path(), &[small(0), large(), small(2)]);
    let answers = hand_over(&mut carrier(Dialect::Lmtp, socket, &["ann"]), &messages);
    assert_eq!((&answers[0], &answers[2]), (&Answer::Delivered, &Answer::Delivered));
    assert!(matches!(&answers[1], Answer::Later(text) if text.contains("2.2 ")), "{answers:?}");

    let error = error_of(&mut carrier(Dialect::Lmtp, socket, &["nobody-here"]), &messages);
    assert!(error.to_string().contains("does not know the recipient: 550 5.1.1 "), "{error}");
    let answers = hand_over(&mut carrier(Dialect::Lmtp, socket, &["ann", "nobody-here"]), &messages[..1]);
    assert!(matches!(&answers[0], Answer::Refused(text) if text.ends_with("; the others have it")), "{answers:?}");
    assert_eq!(lmtp.take_delivered().len(), 3);

    let error = error_of(&mut carrier(Dialect::Smtp, &format!("127.0.0.1:{}", lmtp.port), &["ann"]), &messages);
    assert!(error.next_step().unwrap().contains("--lmtp"), "{error}");
    let full: Vec<Vec<u8>> = (0..20).map(|_| large()).collect();
    let error = error_of(&mut carrier(Dialect::Lmtp, socket, &["ann"]), &outgoing(folder.path(), &full));
    assert!(error.may_pass() && error.to_string().contains("the same of 3 messages in a row: "), "{error}");
}
