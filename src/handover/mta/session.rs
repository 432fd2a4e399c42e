use std::time::Duration;

use super::letter::Letter;
use super::reply::{Extensions, MtaReply};
use super::settings::{Dialect, MtaAddress, MtaSettings};
use super::wire::{Loss, Reach, Wire};
use crate::error::{Error, Kind, Result};
use crate::net::{Connection, Phase, Trust};

/// A session with a server, between two messages.
pub(super) struct MtaSession {
    wire: Wire,
    dialect: Dialect,
    offers: Extensions,
    /// A transaction has begun that came to nothing: it has to be ended before the next one.
    to_reset: bool,
    /// The server cannot be believed any more.
    pub(super) is_over: bool,
    /// Has a message been answered in it?
    pub(super) is_proven: bool,
}

/// What became of a message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing was heard.
    Open,
    /// The server has it for this recipient.
    Has,
    /// The server does not take it, at this step.
    Not(Step, MtaReply),
}

/// The steps of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Reset,
    Mail,
    /// For the recipient with this index.
    Rcpt(usize),
    Data,
    /// The text, up to the dot.
    Text,
}

impl MtaSession {
    /// Begins a session on a connection to a server. `name` is ours.
    pub(super) fn begin(stream: Connection, settings: &MtaSettings, trust: Option<&Trust>, name: &str) -> Result<Self> {
        let mut session = Self {
            wire: Wire::new(stream),
            dialect: settings.dialect,
            offers: Extensions::default(),
            to_reset: false,
            is_over: false,
            is_proven: false,
        };
        session.greet()?;
        session.introduce(name)?;
        if let (MtaAddress::Host { host, .. }, true) = (&settings.address, settings.needs_tls()) {
            let trust = trust.ok_or_else(|| Error::new(Kind::Bug, "nobody said whom to trust"))?;
            session = session.secure(trust, host)?;
            session.introduce(name)?;
        }
        match settings.recipients().iter().find(|recipient| !recipient.is_ascii()) {
            Some(recipient) if !session.offers.smtp_utf8 => {
                let shown = crate::escape::text(recipient.as_bytes());
                Err(Error::new(Kind::Unavailable, format!("the server takes no addresses like {shown}: no SMTPUTF8")))
            }
            _ => Ok(session),
        }
    }

    fn greet(&mut self) -> Result<()> {
        let reply = self.wire.reply(Phase::Greeting).map_err(|loss| loss.error)?;
        if reply.code == 220 {
            return Ok(());
        }
        Err(refused("the server turned the connection away", &reply))
    }

    /// EHLO or LHLO, and what the answer offers. An old server of SMTP may know only HELO.
    fn introduce(&mut self, name: &str) -> Result<()> {
        let verb = match self.dialect {
            Dialect::Lmtp => "LHLO",
            Dialect::Smtp => "EHLO",
        };
        let mut reply = self.ask(verb, &format!("{verb} {name}\r\n"))?;
        if self.dialect == Dialect::Smtp && matches!(reply.code, 500 | 502 | 504) {
            reply = self.ask("HELO", &format!("HELO {name}\r\n"))?;
        }
        if reply.is_good() {
            self.offers = reply.extensions();
            return Ok(());
        }
        let error = refused(&format!("the server refuses {verb}"), &reply);
        Err(match (self.dialect, reply.code) {
            (Dialect::Lmtp, 500 | 502) => error.hint("if it speaks SMTP, use --smtp"),
            (Dialect::Smtp, 500 | 502) => error.hint("if it speaks LMTP, use --lmtp"),
            _ => error,
        })
    }

    /// STARTTLS. Nothing that was offered before it counts.
    fn secure(mut self, trust: &Trust, host: &str) -> Result<Self> {
        if !self.offers.starttls {
            return Err(Error::new(Kind::Unavailable, "the server offers no STARTTLS, and is not this machine")
                .hint("set up TLS there; or reach it by a tunnel that ends on this machine, or by a socket"));
        }
        let reply = self.ask("STARTTLS", "STARTTLS\r\n")?;
        if reply.code != 220 {
            return Err(refused("the server refuses STARTTLS", &reply));
        }
        if self.wire.has_more() {
            return Err(Error::nonsense(
                "clear text followed the reply to STARTTLS: this could be an attempt to inject replies into the TLS session",
            ));
        }
        Ok(Self { wire: self.wire.secured(trust, host)?, offers: Extensions::default(), ..self })
    }

    fn ask(&mut self, verb: &'static str, line: &str) -> Result<MtaReply> {
        let phase = Phase::Reply(verb, None);
        self.wire.send(line.as_bytes(), phase).and_then(|()| self.wire.reply(phase)).map_err(|loss| loss.error)
    }

    /// The largest message that the server takes, if this one is larger.
    pub(super) fn limit_below(&self, letter: &Letter) -> Option<u64> {
        self.offers.size.filter(|&limit| limit > 0 && letter.octets > limit)
    }

    /// Hands a message over to those recipients whose fate is open, and tells each one's. After a loss some may stay open.
    pub(super) fn deliver(&mut self, letter: &mut Letter, to: &[String], fates: &mut [Fate]) -> Result<(), Loss> {
        let commands = self.commands(letter, to, fates);
        let Some(go_ahead) = self.envelope(&commands, fates)? else { return Ok(()) };
        let is_wanted = fates.contains(&Fate::Open);
        match go_ahead.code {
            354 if is_wanted => self.text(letter, fates).map_err(|loss| match loss.reach {
                Reach::Unsent => loss.at(Reach::Begun),
                _ => loss,
            })?,
            // Nobody is to get it, and it was asked for: an empty one ends that, and nothing is believed from here on.
            354 => {
                self.is_over = true;
                self.wire.send(b".\r\n", Phase::Close).ok();
            }
            400..=599 => settle(fates, Step::Data, &go_ahead),
            code => return Err(out_of_place(code, "DATA")),
        }
        Ok(())
    }

    /// The commands up to DATA.
    fn commands(&self, letter: &Letter, to: &[String], fates: &[Fate]) -> Vec<(Step, String)> {
        let mut commands = Vec::with_capacity(to.len() + 3);
        commands.extend(self.to_reset.then(|| (Step::Reset, "RSET\r\n".to_owned())));
        commands.push((Step::Mail, self.mail(letter, to)));
        for (at, recipient) in to.iter().enumerate().filter(|(at, _)| fates[*at] == Fate::Open) {
            commands.push((Step::Rcpt(at), format!("RCPT TO:<{recipient}>\r\n")));
        }
        commands.push((Step::Data, "DATA\r\n".to_owned()));
        commands
    }

    /// MAIL, with those parameters that the server has offered and the message needs. A sender that the server cannot take
    /// is nobody.
    fn mail(&self, letter: &Letter, to: &[String]) -> String {
        let sender = letter.sender.as_deref().filter(|sender| sender.is_ascii() || self.offers.smtp_utf8);
        let sender = sender.unwrap_or_default();
        let mut line = format!("MAIL FROM:<{sender}>");
        if letter.is_eight_bit && self.offers.eight_bit_mime {
            line.push_str(" BODY=8BITMIME");
        }
        if self.offers.smtp_utf8 && !(sender.is_ascii() && to.iter().all(|recipient| recipient.is_ascii())) {
            line.push_str(" SMTPUTF8");
        }
        if self.offers.size.is_some() {
            line.push_str(&format!(" SIZE={}", letter.octets));
        }
        line + "\r\n"
    }

    /// Sends the commands, all at once if the server takes that, and notes what each brings. Gives the answer to DATA; nothing,
    /// if it was not sent.
    fn envelope(&mut self, commands: &[(Step, String)], fates: &mut [Fate]) -> Result<Option<MtaReply>, Loss> {
        if self.offers.pipelining {
            let all: String = commands.iter().map(|(_, line)| line.as_str()).collect();
            self.wire.send(all.as_bytes(), Phase::Reply("MAIL", None))?;
        }
        for (step, line) in commands {
            let phase = Phase::Reply(step.verb(), None);
            if !self.offers.pipelining {
                if !fates.contains(&Fate::Open) {
                    return Ok(None);
                }
                self.wire.send(line.as_bytes(), phase)?;
            }
            let reply = self.wire.reply(phase)?;
            match (step, reply.code / 100) {
                (Step::Data, _) => return Ok(Some(reply)),
                (Step::Reset, 2) => self.to_reset = false,
                (Step::Mail, 2) => self.to_reset = true,
                (Step::Rcpt(_), 2) => {}
                (Step::Mail, 4 | 5) => settle(fates, Step::Mail, &reply),
                // Without a sender the answer says nothing of the recipient.
                (Step::Rcpt(at), 4 | 5) if fates[*at] == Fate::Open => fates[*at] = Fate::Not(*step, reply),
                (Step::Rcpt(_), 4 | 5) => {}
                _ => return Err(out_of_place(reply.code, step.verb())),
            }
        }
        Ok(None)
    }

    /// The text, and what is said of it: by LMTP for each recipient that was taken, in their order.
    fn text(&mut self, letter: &mut Letter, fates: &mut [Fate]) -> Result<(), Loss> {
        let wire = &mut self.wire;
        let phase = Phase::Reply("DATA", None);
        if let Err(loss) = letter.each_sent(&mut |piece| wire.send(piece, phase)) {
            if loss.reach == Reach::Unreadable || loss.timed_out || loss.is_end() {
                return Err(loss);
            }
            let words = self.wire.last_words().ok_or(loss)?;
            settle(fates, Step::Text, &words);
            self.is_over = true;
            return Ok(());
        }
        self.wire.give_grace(GRACE);
        match self.dialect {
            Dialect::Lmtp => {
                for fate in fates.iter_mut().filter(|fate| **fate == Fate::Open) {
                    *fate = receipt(self.wire.reply(Phase::Receipt)?)?;
                }
            }
            Dialect::Smtp => {
                let said = receipt(self.wire.reply(Phase::Receipt)?)?;
                fates.iter_mut().filter(|fate| **fate == Fate::Open).for_each(|fate| *fate = said.clone());
            }
        }
        (self.to_reset, self.is_proven) = (false, true);
        Ok(())
    }

    /// Says goodbye, and does not wait for an answer: nothing depends on it.
    pub(super) fn quit(mut self) {
        if self.wire.send(b"QUIT\r\n", Phase::Close).is_ok() {
            self.wire.close();
        }
    }
}

impl Step {
    fn verb(self) -> &'static str {
        match self {
            Self::Reset => "RSET",
            Self::Mail => "MAIL",
            Self::Rcpt(_) => "RCPT",
            Self::Data | Self::Text => "DATA",
        }
    }
}

/// What is said of a message that the server has.
fn receipt(reply: MtaReply) -> Result<Fate, Loss> {
    match reply.code / 100 {
        2 => Ok(Fate::Has),
        4 | 5 => Ok(Fate::Not(Step::Text, reply)),
        _ => Err(out_of_place(reply.code, "the message")),
    }
}

/// The same for all whose fate is open.
fn settle(fates: &mut [Fate], step: Step, reply: &MtaReply) {
    let open = fates.iter_mut().filter(|fate| **fate == Fate::Open);
    open.for_each(|fate| *fate = Fate::Not(step, reply.clone()));
}

fn out_of_place(code: u16, verb: &str) -> Loss {
    Error::nonsense(format!("the server answered {verb} with {code}, which has no meaning there")).into()
}

/// As an error of the server, whatever the message.
fn refused(what: &str, reply: &MtaReply) -> Error {
    let kind = if reply.is_temporary() { Kind::TryLater } else { Kind::Unavailable };
    Error::new(kind, format!("{what}: {}", reply.shown()))
}

/// How long a stop waits for the answer to a message that has been sent: without it the message would come twice.
const GRACE: Duration = Duration::from_secs(10);
