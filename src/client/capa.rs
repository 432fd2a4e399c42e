//! CAPA: when it is asked for, and what a server that does not bear it is taken for.

use super::Client;
use crate::error::{Cause, Error, Result};
use crate::net::Transport;
use crate::proto::{Capabilities, Command};

/// What came of CAPA.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Capa {
    /// Not asked for since the session began, or since the login.
    #[default]
    Open,
    Listed,
    /// Answered `-ERR`.
    Refused,
    /// Never asked for: the server does not bear it.
    Never,
}

impl<T: Transport> Client<T> {
    /// Asks for the capabilities. A server without CAPA has none (C-100). If it is silent, or hangs up, that is the cause
    /// [`Cause::NoCapa`].
    pub fn capa(&mut self) -> Result<()> {
        if self.capa == Capa::Never {
            return Ok(());
        }
        self.send(Command::Capa).and_then(|()| self.read_capa()).map_err(at_capa)
    }

    /// From now on CAPA is never sent. [`Self::stls`] keeps that.
    pub fn never_ask_capa(&mut self) {
        self.capa = Capa::Never;
    }

    /// What was listed before the login may not be all (C-096).
    pub(super) fn ask_capa_again(&mut self) {
        if self.capa == Capa::Listed {
            self.capa = Capa::Open;
        }
    }

    /// Did the server refuse CAPA?
    pub fn has_refused_capa(&self) -> bool {
        self.capa == Capa::Refused
    }

    /// May the server have this? Some list it only after the login, so that they are asked again, once; and a server that
    /// lists nothing may have everything.
    pub fn may_have(&mut self, capability: &str) -> Result<bool> {
        if self.capa == Capa::Open && !self.capabilities.has(capability) {
            self.capa()?;
        }
        Ok(self.capabilities.is_empty() || self.capabilities.has(capability))
    }

    pub(super) fn read_capa(&mut self) -> Result<()> {
        let mut capabilities = Capabilities::default();
        let answer = self.multi_line(&mut |line| capabilities.push_line(line))?;
        capabilities.mask(&|line| self.secrets.masked_in_public(line));
        self.capa = if answer.is_ok() { Capa::Listed } else { Capa::Refused };
        self.capabilities = answer.map(|()| capabilities).unwrap_or_default();
        Ok(())
    }
}

/// What ends a session at CAPA may be CAPA.
pub(super) fn at_capa(error: Error) -> Error {
    match error.cause() {
        Cause::ConnectionLost => error.because(Cause::NoCapa),
        _ => error,
    }
}
