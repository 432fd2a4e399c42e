use mailhaul::deliver::{Answer, Carrier};
use mailhaul::handover::mta::Dialect;

use super::{assert_same, carrier, hand_over, outgoing, with_lf};
use crate::dovecot::{awkward_messages, lmtp_or_skip};

/// As they come by POP3, and as a careless server sends them.
fn contents() -> Vec<Vec<u8>> {
    let as_they_are = awkward_messages().into_iter().map(|message| message.content);
    let by_the_rules = as_they_are.clone().map(|content| with_lf(&content)).map(|content| {
        content.iter().flat_map(|&octet| if octet == b'\n' { vec![b'\r', b'\n'] } else { vec![octet] }).collect()
    });
    as_they_are.chain(by_the_rules).collect()
}

#[test]
fn messages_arrive_whole_by_socket_and_by_port() {
    let Some(lmtp) = lmtp_or_skip("messages_arrive_whole_by_socket_and_by_port", "") else { return };
    let folder = tempfile::tempdir().unwrap();
    let messages = outgoing(folder.path(), &contents());
    let (some, others) = messages.split_at(messages.len() / 2);
    for (address, messages) in
        [(lmtp.socket().to_str().unwrap().to_owned(), some), (format!("127.0.0.1:{}", lmtp.port), others)]
    {
        let mut carrier = carrier(Dialect::Lmtp, &address, &["ann"]);
        assert_eq!(hand_over(&mut carrier, messages), vec![Answer::Delivered; messages.len()]);
        carrier.close();
    }
    assert_same(lmtp.delivered(), contents().iter().map(|content| with_lf(content)).collect());
}
