//! Servers that take one command at a time.

use std::time::Instant;

use super::*;

const MESSAGES: usize = 100;

/// A server that writes each message apart from its status line, while Nagle's algorithm holds the message back until the
/// status line is acknowledged. A client that acknowledges late loses 40 ms a message.
fn slow(maildrop: &Maildrop) -> Server {
    Server::start(Config::new(maildrop).without("PIPELINING").fault(Fault::SplitReplies))
}

#[test]
fn a_server_that_waits_for_acknowledgements_gets_them_at_once() {
    let maildrop = Maildrop::generated(MESSAGES, 1, Sizes::Fixed(400));
    let (home, server) = (Home::new(), slow(&maildrop));
    let begun = Instant::now();
    run(&mut fetch(&home, &server, &[])).code(0).silent();
    let took = begun.elapsed();
    assert_eq!(home.maildir_messages().len(), MESSAGES);
    assert!(took < Duration::from_millis(20) * MESSAGES as u32, "{took:?}");
}

/// The server is not asked whether it takes commands in a row.
#[test]
fn pipelining_can_be_switched_on_and_off() {
    for (lists_it, flag, in_a_row) in
        [(false, "on", true), (false, "auto", false), (true, "auto", true), (true, "off", false)]
    {
        let maildrop = Maildrop::generated(MESSAGES, 1, Sizes::Fixed(400));
        let config = Config::new(&maildrop);
        let config = if lists_it { config } else { config.without("PIPELINING") };
        let (home, server) = (Home::new(), Server::start(config));
        run(&mut fetch(&home, &server, &["--pipelining", flag])).code(0).silent();
        assert_eq!(home.maildir_messages().len(), MESSAGES);
        assert_eq!(server.log()[0].max_outstanding > 1, in_a_row, "{lists_it} {flag}");
    }
}

/// Who switches it on for a server that does not bear it gets all messages all the same.
#[test]
fn pipelining_that_breaks_is_given_up() {
    let maildrop = Maildrop::generated(MESSAGES, 1, Sizes::Fixed(400));
    let config = Config::new(&maildrop).without("PIPELINING").fault(Fault::DropPipelined);
    let (home, server) = (Home::new(), Server::start(config));
    run(&mut fetch(&home, &server, &["--pipelining", "on"])).code(0);
    assert_eq!(home.maildir_messages().len(), MESSAGES);
    assert_eq!(server.connections(), 3); // the last one looks for more
}
