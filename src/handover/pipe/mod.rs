//! To a command: one run of it for each message, which is its standard input.
//!
//! The exit status is the answer. What the command read counts for nothing: one that exits with 0 has taken the message.

use std::process::ExitStatus;
use std::time::Duration;

use self::message::PipedMessage;
use self::streak::FailureStreak;
use crate::command_line::CommandLine;
use crate::deliver::{Answer, Answers, Carrier, Outgoing};
use crate::error::{Cause, Error, Kind, Result};
use crate::process::{CommandOrigin, EndPatience, RunEnd, Runner, shown, with_words};
use crate::until::Until;

mod message;
mod streak;

/// Hands messages to a command.
pub struct PipeCarrier {
    runner: Runner,
    origin: CommandOrigin,
    streak: FailureStreak,
}

impl PipeCarrier {
    /// `timeout` is for one message.
    pub fn new(line: CommandLine, timeout: Duration, origin: CommandOrigin, until: Until) -> Self {
        let runner = Runner { what: "pipe", line, timeout, until, patience: EndPatience::default() };
        Self { runner, origin, streak: FailureStreak::default() }
    }

    /// Runs the command for one message. An error is one of the command, whatever the message.
    fn deliver(&self, outgoing: &Outgoing) -> Result<Answer> {
        let PipedMessage { mut text, octets, sender } = PipedMessage::open(&outgoing.file)?;
        let environment = self.origin.environment(&outgoing.uid, sender.as_deref(), Some(octets));
        match self.runner.run(&environment, &mut text)? {
            RunEnd::Exited { status, said } => answer(status, &said),
            RunEnd::Stopped(_) => Ok(Answer::Later("the run was stopped before the command ended".to_owned())),
            RunEnd::TimedOut { said } => {
                let text = format!("the command did not end within {} s and was ended", self.runner.timeout.as_secs());
                let error = Error::new(Kind::TryLater, with_words(&text, &said));
                Err(error.hint("look what it waits for, or give it more time: pipe-timeout"))
            }
        }
    }
}

/// As sysexits.h and shells have it.
fn answer(status: ExitStatus, said: &str) -> Result<Answer> {
    let shown = shown(status, said);
    match status.code() {
        Some(0) => Ok(Answer::Delivered),
        Some(CANNOT_EXECUTE | NOT_FOUND) => {
            let error = Error::new(Kind::TryLater, format!("the command cannot be run: {shown}"));
            Err(error.hint("run the command by hand to see what is wrong with it"))
        }
        Some(TRY_LATER) => Ok(Answer::Later(shown)),
        Some(code) if SIGNALS.contains(&code) => Ok(Answer::Later(shown)),
        None => Ok(Answer::Later(shown)), // a signal
        Some(_) => Ok(Answer::Refused(shown)),
    }
}

impl Carrier for PipeCarrier {
    fn hand_over(&mut self, messages: &[Outgoing], answers: &mut dyn Answers) -> Result<()> {
        for (at, message) in messages.iter().enumerate() {
            match self.deliver(message) {
                Ok(answer) => self.streak.note(at, answer, answers)?,
                Err(error) => {
                    let is_over = matches!(error.cause(), Cause::Stopped | Cause::Deadline);
                    if is_over {
                        self.streak.settle(answers)?
                    } else {
                        self.streak.postpone(answers)?
                    }
                    return Err(error);
                }
            }
        }
        self.streak.settle(answers)
    }
}

/// EX_TEMPFAIL of sysexits.h.
const TRY_LATER: i32 = 75;

/// Of a shell: not executable.
const CANNOT_EXECUTE: i32 = 126;

/// Of a shell: no such command.
const NOT_FOUND: i32 = 127;

/// Of a shell: a command was ended by a signal, which is added to 128.
const SIGNALS: std::ops::RangeInclusive<i32> = 129..=159;

#[cfg(test)]
mod tests;
