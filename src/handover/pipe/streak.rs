//! Whose fault is a failure: the message's, or the command's?
//!
//! A command whose configuration is broken, or whose disk is full, refuses every message with a status that says *this
//! message*. So a refusal is held back until something tells: a message that is taken, or the end of what there is. Three
//! refusals without a success between them are the command's fault.

use crate::deliver::{Answer, Answers};
use crate::error::{Error, Kind, Result};

/// What came since the last message that was taken.
#[derive(Debug, Default)]
pub(super) struct FailureStreak {
    /// Refused in this call, and not told yet.
    held: Vec<(usize, String)>,
    refused: usize,
    postponed: usize,
}

impl FailureStreak {
    /// Tells an answer, now or later. An error is one of the command, or of the one who is told.
    pub(super) fn note(&mut self, at: usize, answer: Answer, answers: &mut dyn Answers) -> Result<()> {
        match answer {
            Answer::Delivered => {
                (self.refused, self.postponed) = (0, 0);
                self.settle(answers)?;
                answers.answered(at, Answer::Delivered)
            }
            Answer::Later(why) => {
                self.postponed += 1;
                let is_too_much = self.postponed >= IN_A_ROW;
                answers.answered(at, Answer::Later(why.clone()))?;
                if is_too_much { self.give_up(Kind::TryLater, "puts everything off", &why, answers) } else { Ok(()) }
            }
            Answer::Refused(why) => {
                self.refused += 1;
                self.held.push((at, why.clone()));
                let is_too_much = self.refused >= IN_A_ROW;
                if is_too_much { self.give_up(Kind::TryLater, "refuses everything", &why, answers) } else { Ok(()) }
            }
        }
    }

    fn give_up(&mut self, kind: Kind, what: &str, why: &str, answers: &mut dyn Answers) -> Result<()> {
        self.postpone(answers)?;
        let error = Error::new(kind, format!("the command {what}, {IN_A_ROW} messages in a row: {why}"));
        Err(error.hint("run the command by hand to see what is wrong with it; the messages are kept"))
    }

    /// What is held back was refused.
    pub(super) fn settle(&mut self, answers: &mut dyn Answers) -> Result<()> {
        std::mem::take(&mut self.held).into_iter().try_for_each(|(at, why)| answers.answered(at, Answer::Refused(why)))
    }

    /// What is held back may have failed as the command did.
    pub(super) fn postpone(&mut self, answers: &mut dyn Answers) -> Result<()> {
        std::mem::take(&mut self.held).into_iter().try_for_each(|(at, why)| answers.answered(at, Answer::Later(why)))
    }
}

/// How many failures are no chance.
const IN_A_ROW: usize = 3;
