//! What the server can do wrong.

use std::collections::HashMap;
use std::time::Duration;

/// A deviation from the well-behaved server. Numbers are message numbers of the session, from 1.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Closes after this many octets of plain text were sent, the greeting included; TLS ends without close_notify.
    CutAfter(u64),
    /// As `CutAfter`, but with a TCP reset.
    ResetAfter(u64),
    /// Closes as soon as the connection is accepted.
    DropOnAccept,
    /// Does nothing more from here on, until the client hangs up or the server is dropped.
    Stall(Phase),
    /// Answers a command (its verb) with these octets and does nothing else; use it for odd greetings too (verb "").
    Reply { verb: &'static str, raw: Vec<u8> },
    /// `-ERR text` to RETR of these messages.
    RetrErr { numbers: Vec<usize>, text: &'static str },
    /// `-ERR text` to DELE of these messages.
    DeleErr { numbers: Vec<usize>, text: &'static str },
    /// `-ERR text` to QUIT, and nothing is deleted.
    QuitErr(&'static str),
    /// `+OK` to QUIT, but nothing is deleted.
    QuitForgets,
    /// Deletes at QUIT, but closes without an answer.
    QuitSilent,
    /// The body of this message never ends.
    Endless(usize),
    /// The scan listing tells these sizes.
    ListSizes(HashMap<usize, u64>),
    /// These octets in place of the lines of the scan listing, between status line and terminator.
    ListRaw(Vec<u8>),
    /// These octets in place of the lines of the unique-id listing, between status line and terminator.
    UidlRaw(Vec<u8>),
    /// Drops the connection when more than one RETR is outstanding.
    DropPipelined,
    /// Sends these octets before the answer to a RETR behind which another command is outstanding.
    UnsolicitedWhenPipelined(Vec<u8>),
    /// Clear text right behind the `+OK` to STLS, in the same segment.
    InjectAfterStls(Vec<u8>),
    /// `-ERR text` to STLS.
    StlsErr(&'static str),
    /// The login is bound to another TLS session, as if somebody sat between client and server.
    OtherBinding,
    /// The same, and the server says so, as Cyrus does where it binds in another way than the client.
    Misbinds,
    /// The server's last message in SCRAM, instead of its signature; none, and the login is good without it.
    ScramFinal(Option<&'static str>),
    /// Closes TLS without close_notify after QUIT, as many servers do.
    NoCloseNotify,
    /// One octet at a time, each after this pause; in TLS each octet is a record of its own.
    Drip(Duration),
    /// Each octet is a write of its own (a record of its own in TLS).
    SplitWrites,
    /// Nagle's algorithm is on, and a message is written apart from the status line before it.
    SplitReplies,
    /// SO_SNDBUF of the server's socket.
    SendBuffer(usize),
    /// SO_RCVBUF of the server's socket.
    ReceiveBuffer(usize),
}

/// A point of the dialogue at which the server can stall: the command arrived, and no answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Accepted; neither a greeting nor an octet of TLS comes.
    Connect,
    /// The client's TLS hello is never answered (implicit TLS, or after `+OK` to STLS).
    Handshake,
    /// TLS stands (if there is any), but no greeting comes.
    Greeting,
    Capa,
    /// USER, PASS and AUTH.
    Auth,
    Stat,
    Uidl,
    List,
    RetrStatus(usize),
    /// After the status line and this many octets of the body in wire form.
    RetrBody(usize, u64),
    Dele,
    Quit,
}

/// The faults of one connection.
#[derive(Clone, Debug, Default)]
pub struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// Whether the server stalls at `phase`.
    pub fn stalls_at(&self, phase: Phase) -> bool {
        self.0.iter().any(|fault| matches!(fault, Fault::Stall(at) if *at == phase))
    }

    /// The first answer that `pick` finds.
    pub fn find<'a, T>(&'a self, pick: impl FnMut(&'a Fault) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(pick)
    }

    /// Whether one fault satisfies `test`.
    pub fn any(&self, test: impl FnMut(&Fault) -> bool) -> bool {
        self.0.iter().any(test)
    }

    /// The octets that replace the reply to `verb`.
    pub fn reply(&self, verb: &str) -> Option<&[u8]> {
        self.find(|fault| match fault {
            Fault::Reply { verb: of, raw } if *of == verb => Some(&raw[..]),
            _ => None,
        })
    }

    /// The text of the `-ERR` to RETR of this message.
    pub fn retr_err(&self, number: usize) -> Option<&'static str> {
        self.find(|fault| match fault {
            Fault::RetrErr { numbers, text } if numbers.contains(&number) => Some(*text),
            _ => None,
        })
    }

    /// The text of the `-ERR` to DELE of this message.
    pub fn dele_err(&self, number: usize) -> Option<&'static str> {
        self.find(|fault| match fault {
            Fault::DeleErr { numbers, text } if numbers.contains(&number) => Some(*text),
            _ => None,
        })
    }

    /// How many octets of this body are sent before the server stalls.
    pub fn stall_in_body(&self, number: usize) -> Option<u64> {
        self.find(|fault| match fault {
            Fault::Stall(Phase::RetrBody(of, after)) if *of == number => Some(*after),
            _ => None,
        })
    }

    /// The line of the unique-id listing for this message, when it is a lie.
    pub fn uidl_of(&self, number: usize) -> Option<&[u8]> {
        let lines = self.find(|fault| match fault {
            Fault::UidlRaw(lines) => Some(lines),
            _ => None,
        })?;
        let mut lines = lines.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end);
        lines.find(|line| line.split(u8::is_ascii_whitespace).next() == Some(number.to_string().as_bytes()))
    }

    /// The size the scan listing tells for this message, when it is a lie.
    pub fn listed_size(&self, number: usize) -> Option<u64> {
        self.find(|fault| match fault {
            Fault::ListSizes(sizes) => sizes.get(&number).copied(),
            _ => None,
        })
    }

    /// The pause after each octet, when octets are sent one by one.
    pub fn pace(&self) -> Option<Duration> {
        self.find(|fault| match fault {
            Fault::Drip(pause) => Some(*pause),
            Fault::SplitWrites => Some(Duration::ZERO),
            _ => None,
        })
    }

    /// After how many octets of plain text the connection ends, and whether by a reset.
    pub fn cut(&self) -> Option<(u64, bool)> {
        self.find(|fault| match fault {
            Fault::CutAfter(octets) => Some((*octets, false)),
            Fault::ResetAfter(octets) => Some((*octets, true)),
            _ => None,
        })
    }
}
