//! A session of the well-behaved server up to the login; faults bend it where they are told to.

use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use rustls::ServerConfig;

use super::config::{Config, TlsMode};
use super::end::End;
use super::fault::{Fault, Faults, Phase};
use super::log::{Ending, SharedLog};
use super::sasl;
use super::transaction::Transaction;
use super::wire::Wire;

/// One session on one connection.
#[derive(Debug)]
pub struct Session<'a> {
    pub(super) wire: &'a mut Wire,
    pub(super) config: &'a Config,
    pub(super) faults: &'a Faults,
    log: &'a SharedLog,
    tls: &'a dyn TlsSource,
    user: Option<Vec<u8>>,
    pub(super) transaction: Option<Transaction>,
}

/// Where the TLS settings come from, if they are needed.
pub trait TlsSource: std::fmt::Debug {
    /// The settings.
    fn server_config(&self) -> Arc<ServerConfig>;
}

impl<'a> Session<'a> {
    /// A session that has not begun.
    pub fn new(
        wire: &'a mut Wire,
        config: &'a Config,
        faults: &'a Faults,
        log: &'a SharedLog,
        tls: &'a dyn TlsSource,
    ) -> Self {
        Self { wire, config, faults, log, tls, user: None, transaction: None }
    }

    /// Greets and answers commands until there is a reason to end.
    pub fn run(mut self) -> End {
        match self.serve() {
            Err(end) => end,
            Ok(never) => match never {},
        }
    }

    fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        self.stall_if(Phase::Greeting)?;
        match self.faults.reply("") {
            Some(raw) => self.wire.put(raw)?,
            None => self.say("+OK POP3 test server ready.")?,
        }
        loop {
            let line = self.wire.line()?;
            self.log.command(&line, self.wire.is_tls());
            self.obey(&line)?;
        }
    }

    fn obey(&mut self, line: &[u8]) -> Result<(), End> {
        let space = memchr::memchr(b' ', line).unwrap_or(line.len());
        let verb = String::from_utf8_lossy(&line[..space]).to_ascii_uppercase();
        let argument = line.get(space + 1..).unwrap_or_default();
        if let Some(phase) = phase(&verb) {
            self.stall_if(phase)?;
        }
        if let Some(raw) = self.faults.reply(&verb) {
            return self.wire.put(raw);
        }
        if verb == "CAPA" {
            return self.capa();
        }
        if self.transaction.is_some() {
            return self.transact(&verb, argument);
        }
        match &*verb {
            "AUTH" => self.auth(argument),
            "PASS" => match self.user.take() {
                Some(user) => self.log_in(&user, argument),
                None => self.say("-ERR No user given."),
            },
            "QUIT" => self.leave(),
            "STLS" => self.stls(),
            "USER" => {
                self.user = Some(argument.to_vec());
                self.say("+OK")
            }
            _ => self.say("-ERR Unknown command."),
        }
    }

    fn capa(&mut self) -> Result<(), End> {
        let lines = self.config.capabilities_now(self.transaction.is_some(), self.wire.is_tls());
        let list = lines.iter().map(|line| format!("{line}\r\n")).collect::<String>();
        self.wire.put(format!("+OK\r\n{list}.\r\n").as_bytes())
    }

    fn stls(&mut self) -> Result<(), End> {
        if self.config.tls != TlsMode::Starttls || self.wire.is_tls() {
            return self.say("-ERR TLS is not available.");
        }
        let refusal = self.faults.find(|fault| match fault {
            Fault::StlsErr(text) => Some(*text),
            _ => None,
        });
        if let Some(text) = refusal {
            return self.say(&format!("-ERR {text}"));
        }
        let injected = self.faults.find(|fault| match fault {
            Fault::InjectAfterStls(octets) => Some(&octets[..]),
            _ => None,
        });
        let reply = [b"+OK Begin TLS now.\r\n", injected.unwrap_or_default()].concat();
        self.wire.put(&reply)?;
        self.wire.flush()?;
        self.stall_if(Phase::Handshake)?;
        self.user = None;
        self.wire.start_tls(self.tls.server_config())
    }

    fn auth(&mut self, argument: &[u8]) -> Result<(), End> {
        let (mechanism, mut message) = match memchr::memchr(b' ', argument) {
            Some(space) => (&argument[..space], Some(argument[space + 1..].to_vec())),
            None => (argument, None),
        };
        let name = String::from_utf8_lossy(mechanism).to_ascii_uppercase();
        let Some(mut exchange) = sasl::Exchange::new(&name, self.peer()) else {
            return self.say("-ERR Unsupported mechanism.");
        };
        if message.as_deref() == Some(b"=") {
            message = Some(Vec::new());
        }
        loop {
            let decoded = message.as_deref().map(sasl::base64);
            let step = match &decoded {
                Some(None) => return self.say("-ERR The SASL exchange failed."),
                Some(Some(message)) => exchange.step(Some(message)),
                None => exchange.step(None),
            };
            match step {
                sasl::Step::Accept => return self.admit(),
                sasl::Step::Refuse
                    if name.ends_with("-PLUS") && self.faults.any(|fault| matches!(fault, Fault::Misbinds)) =>
                {
                    return self.say("-ERR [AUTH] authenticating: bad protocol / cancel");
                }
                sasl::Step::Refuse => return self.say("-ERR [AUTH] Authentication failed."),
                sasl::Step::Challenge(challenge) => self.say(&format!("+ {}", BASE64_STANDARD.encode(challenge)))?,
            }
            let answer = self.wire.line()?;
            self.log.command(&answer, self.wire.is_tls());
            if answer == b"*" {
                return self.say("-ERR Cancelled.");
            }
            message = Some(answer);
        }
    }

    fn peer(&self) -> sasl::Peer {
        let mut binding = self.wire.channel_binding();
        if let Some(binding) =
            binding.as_mut().filter(|_| self.faults.any(|fault| matches!(fault, Fault::OtherBinding | Fault::Misbinds)))
        {
            binding[0] ^= 1;
        }
        let capabilities = self.config.capabilities_now(false, self.wire.is_tls());
        sasl::Peer {
            user: self.config.user.clone().into_bytes(),
            secret: self.config.password.clone().into_bytes(),
            tls: self.wire.is_tls(),
            binding,
            scram_final: self.faults.find(|fault| match fault {
                Fault::ScramFinal(text) => Some(*text),
                _ => None,
            }),
            lists_plus: capabilities.iter().any(|line| line.contains("-PLUS")),
        }
    }

    fn log_in(&mut self, user: &[u8], password: &[u8]) -> Result<(), End> {
        if user != self.config.user.as_bytes() || password != self.config.password.as_bytes() {
            return self.say("-ERR [AUTH] Authentication failed.");
        }
        self.admit()
    }

    fn admit(&mut self) -> Result<(), End> {
        self.transaction = Transaction::open(self.config);
        match self.transaction {
            Some(_) => self.say("+OK Logged in."),
            None => self.say("-ERR [IN-USE] Another session has the maildrop."),
        }
    }

    /// Says goodbye; the maildrop is free before the client hears it.
    pub(super) fn leave(&mut self) -> Result<(), End> {
        self.transaction = None;
        self.say("+OK Goodbye.")?;
        self.wire.flush()?;
        Err(End::Because(Ending::Quit))
    }

    /// Sends a line.
    pub(super) fn say(&mut self, line: &str) -> Result<(), End> {
        self.wire.put(line.as_bytes())?;
        self.wire.put(b"\r\n")
    }

    /// Stalls if a fault says so.
    pub(super) fn stall_if(&mut self, phase: Phase) -> Result<(), End> {
        if self.faults.stalls_at(phase) { Err(self.wire.stall()) } else { Ok(()) }
    }
}

/// The phase in which a command puts the server; RETR has phases of its own.
fn phase(verb: &str) -> Option<Phase> {
    Some(match verb {
        "AUTH" | "PASS" | "USER" => Phase::Auth,
        "CAPA" => Phase::Capa,
        "DELE" => Phase::Dele,
        "LIST" => Phase::List,
        "QUIT" => Phase::Quit,
        "STAT" => Phase::Stat,
        "UIDL" => Phase::Uidl,
        _ => return None,
    })
}
