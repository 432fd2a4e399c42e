use std::fmt;

/// What a connection is being waited for. Each has a deadline of its own, and a time-out names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The TCP connection, to the server or to a proxy.
    Connect,
    /// What a proxy has to say before it hands the connection over.
    Proxy,
    /// The TLS handshake.
    Handshake,
    /// The server's first line.
    Greeting,
    /// The status line that answers a command. Never holds an argument other than a message number.
    Reply(&'static str, Option<u32>),
    /// The lines of a multi-line reply to a command: some must keep coming, or for CAPA all of them come in time.
    Lines(&'static str, Option<u32>),
    /// What a mail server says of a message that it has been given.
    Receipt,
    /// The answer of an HTTP server.
    HttpReply,
    /// The last octets on their way to the server.
    Close,
}

impl Phase {
    /// In these phases a deadline is put off by progress; in the others the whole of it must come in time. A list of
    /// capabilities is short, and its first one comes from whoever is on the way, before TLS.
    pub(super) fn is_transfer(self) -> bool {
        matches!(self, Self::Lines(verb, _) if verb != "CAPA")
    }

    /// How many time-outs long it may take. Whoever gets a message may look for viruses in it first, and would get it twice
    /// if it were given up too early: ten minutes, if a time-out is one (RFC 5321 section 4.5.3.2.6).
    pub(super) fn time_outs(self) -> u32 {
        if self == Self::Receipt { 10 } else { 1 }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("the connection"),
            Self::Proxy => f.write_str("the proxy"),
            Self::Handshake => f.write_str("the TLS handshake"),
            Self::Greeting => f.write_str("the greeting"),
            Self::Reply(verb, None) => write!(f, "the reply to {verb}"),
            Self::Reply(verb, Some(number)) => write!(f, "the reply to {verb} {number}"),
            Self::Lines(verb, None) => write!(f, "the rest of the {verb} reply"),
            Self::Lines(verb, Some(number)) => write!(f, "the rest of the {verb} {number} reply"),
            Self::Receipt => f.write_str("the answer to the message"),
            Self::HttpReply => f.write_str("the answer"),
            Self::Close => f.write_str("the end of the connection"),
        }
    }
}
