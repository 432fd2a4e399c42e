//! The connection is cut while the server sends (C-014, C-074, C-076, C-346), and the real program ends with the right
//! exit code. `histories::replies` cuts at every single octet.

use super::*;
use crate::server::{ConnectionLog, Ending, Sizes};

/// A run whose connections are cut after so many octets, then a good one.
struct Case {
    to: To,
    flags: &'static [&'static str],
    /// How many of the connections are cut.
    connections: usize,
    /// As a reset.
    reset: bool,
}

impl Case {
    /// `true` when the cut came too late to be one.
    fn run(&self, octets: usize) -> bool {
        let (maildrop, home) = (small(2), Home::new());
        let octets = octets as u64;
        let fault = if self.reset { Fault::ResetAfter(octets) } else { Fault::CutAfter(octets) };
        let server = Server::start(Config::new(&maildrop).fault_on(0..self.connections, fault));
        let ran = run(&mut self.to.fetch(&home, &server, self.flags));
        let log = server.log();
        self.check(&ran, &log, &home, &maildrop, octets);
        assert!(octets >= BEFORE_TRANSFER as u64 || log[0].count("RETR") == 0, "{octets}: {:?}", log[0].verbs());
        completes(self.to, &home, &maildrop, self.flags);
        log[0].ending == Ending::Quit
    }

    /// The exit code fits what happened: 0 only where nothing is left to be done.
    fn check(&self, ran: &Ran, log: &[ConnectionLog], home: &Home, maildrop: &Maildrop, octets: u64) {
        let dialogue: Vec<_> = log.iter().map(|log| (log.verbs(), &log.ending)).collect();
        let context = || format!("cut after {octets}: {dialogue:?}\n{}", ran.everything());
        assert_nothing_half_done(self.to, home, maildrop);
        let delivered = self.to.messages(home).len() == 2;
        let at_login = (BEFORE_LOGIN..BEFORE_LOGIN + LOGIN).contains(&octets);
        match ran.code {
            Some(77) => assert!(at_login, "{}", context()),
            // A reset may overtake what was sent before it.
            Some(75) => assert!(!at_login || self.reset, "{}", context()),
            Some(0) => {
                assert!(delivered, "{}", context());
                assert!(self.flags.is_empty() || maildrop.is_empty(), "{}", context());
            }
            _ => panic!("{}", context()),
        }
        // What is gone from the server is here.
        assert!(maildrop.len() + self.to.messages(home).len() >= 2, "{}", context());
    }
}

#[test]
fn kept_in_a_maildir() {
    until_last(|number| Case { to: To::Maildir, flags: &[], connections: usize::MAX, reset: false }.run(number * STEP));
}

#[test]
fn deleted_after_a_maildir() {
    let flags = &["--delete"];
    until_last(|number| Case { to: To::Maildir, flags, connections: usize::MAX, reset: false }.run(number * STEP + 1));
}

#[test]
fn deleted_after_an_mbox() {
    let flags = &["--delete"];
    until_last(|number| Case { to: To::Mbox, flags, connections: usize::MAX, reset: false }.run(number * STEP + 2));
}

/// Only the first connection is cut: a pipelined transfer is tried again at once, with one command at a time.
#[test]
fn a_cut_transfer_is_tried_again_at_once() {
    let flags = &["--delete"];
    until_last(|number| Case { to: To::Mbox, flags, connections: 1, reset: false }.run(number * STEP + 3));
}

#[test]
fn by_a_reset() {
    let flags = &["--delete"];
    until_last(|number| Case { to: To::Maildir, flags, connections: usize::MAX, reset: true }.run(number * STEP + 4));
}

/// In the middle of a large transfer, what was complete is not fetched again.
#[test]
fn a_cut_in_the_middle_keeps_what_was_complete() {
    for to in BOTH {
        let (maildrop, home) = (Maildrop::generated(40, 7, Sizes::Fixed(50_000)), Home::new());
        let server = Server::start(Config::new(&maildrop).without("PIPELINING").fault(Fault::CutAfter(1_000_000)));
        run(&mut to.fetch(&home, &server, &["--delete"])).code(75).says("RETR 20 reply");
        assert_eq!(to.messages(&home).len(), 19);
        assert_eq!(maildrop.len(), 40, "deleted without QUIT");
        completes(to, &home, &maildrop, &["--delete"]);
        assert!(maildrop.all().iter().all(|message| message.bodies_sent() == 1));
    }
}

/// Under TLS an end without close_notify is a cut too, even on the boundary of a record (C-138).
#[test]
fn a_truncated_tls_stream_is_no_end_of_a_message() {
    let (maildrop, home) = (small(1), Home::new());
    let config = Config::new(&maildrop).tls(crate::server::TlsMode::Implicit);
    let server = Server::start(config.clone().fault(Fault::CutAfter(230)));
    let ca_file = server.ca_file();
    let ran = run(&mut home.fetch_maildir(&server.url("ann"), &["--ca-file", ca_file.to_str().unwrap()]));
    ran.code(75).says("closed the connection instead of sending the rest of the RETR 1 reply");
    assert_eq!(home.maildir_messages().len(), 0);
    completes(To::Maildir, &home, &maildrop, &[]);
}

/// Octets from one cut to the next.
const STEP: usize = 9;

/// Octets up to the end of the listings.
const BEFORE_TRANSFER: usize = 207;

/// Octets of the greeting and the first CAPA.
const BEFORE_LOGIN: u64 = 90;

/// Octets of the reply to the login.
const LOGIN: u64 = "+OK Logged in.\r\n".len() as u64;
