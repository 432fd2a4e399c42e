use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;

use super::connector::Connector;
use super::judge::{Judgement, Streak};
use super::lane::{self, Attempted, Had, LaneReport, Round};
use super::session::MtaSession;
use super::settings::MtaSettings;
use crate::deliver::{Answer, Answers, Carrier, Outgoing};
use crate::error::{Error, Kind, Result};
use crate::net::{Network, Trust, Waits};

/// Hands messages over to a mail server.
pub struct MtaCarrier {
    connector: Connector,
    /// Sessions that wait for messages.
    idle: Vec<MtaSession>,
    had: Mutex<Had>,
    /// Has it taken a message?
    has_delivered: bool,
}

impl MtaCarrier {
    /// Nothing is connected yet. `trust` is made by [`Trust::for_mta`], and needed where [`MtaSettings::needs_tls`]. Of the
    /// waits the time-out is for each answer, and ten of them for the answer to a message.
    pub fn new(settings: MtaSettings, waits: Waits, trust: Option<Trust>, network: Arc<dyn Network>) -> Self {
        let connector = Connector::new(settings, waits, trust, network);
        Self { connector, idle: Vec::new(), had: Mutex::default(), has_delivered: false }
    }

    fn exchange(&mut self, messages: &[Outgoing], answers: &mut dyn Answers) -> Result<()> {
        if self.idle.is_empty() {
            let session = self.connector.connect()?;
            self.idle.push(session);
        }
        let mut idle = std::mem::take(&mut self.idle);
        let mut streak = Streak::new(answers, self.has_delivered);
        let round = Round::new(&self.connector, messages, &self.had);
        let mut lanes = (messages.len() / ENOUGH_FOR_A_LANE).clamp(1, MAX_LANES);
        let mut in_doubt = Vec::new();
        loop {
            let first_error = pass(&round, lanes, &mut idle, &mut |told| match told {
                LaneReport::Judged(at, judged) => streak.answered(at, judged?),
                LaneReport::InDoubt(at, why) => {
                    in_doubt.push((at, why));
                    Ok(())
                }
            })?;
            if round.is_done() {
                break;
            }
            match first_error {
                // Another lane works, and was done before this one put its message back.
                Some(_) if lanes > 1 && !idle.is_empty() => lanes = 1,
                Some(error) => return Err(error),
                None => return Err(Error::stopped()),
            }
        }
        repeat(&round, in_doubt, &mut idle, &mut streak)?;
        let has_delivered = streak.finish()?;
        (self.idle, self.has_delivered) = (idle, has_delivered);
        Ok(())
    }
}

/// Lanes side by side, each with one of the sessions or a new one; good sessions come back. `each` is told everything on this
/// thread; its error ends all lanes. Gives the error of a lane that has failed.
fn pass(
    round: &Round<'_>,
    lanes: usize,
    idle: &mut Vec<MtaSession>,
    each: &mut dyn FnMut(LaneReport) -> Result<()>,
) -> Result<Option<Error>> {
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        let mut running = Vec::new();
        let mut first_error = None;
        for _ in 0..lanes {
            let (session, sender) = (idle.pop(), sender.clone());
            let lane = thread::Builder::new().spawn_scoped(scope, move || lane::run(round, session, &sender));
            match lane {
                Ok(lane) => running.push(lane),
                Err(error) => {
                    let error = Error::new(Kind::LocalIo, "cannot start a thread").caused_by(error);
                    first_error.get_or_insert(error);
                }
            }
        }
        drop(sender);
        let listened = listen(round, &receiver, each);
        for lane in running {
            match lane.join() {
                Ok(Ok(session)) => idle.extend(session),
                Ok(Err(error)) => drop(first_error.get_or_insert(error)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        listened.map(|()| first_error)
    })
}

/// Until the last lane has ended. An error halts them; what is on its way then is listened to all the same.
fn listen(
    round: &Round<'_>,
    receiver: &Receiver<LaneReport>,
    each: &mut dyn FnMut(LaneReport) -> Result<()>,
) -> Result<()> {
    let mut result = Ok(());
    for told in receiver {
        if let Err(error) = each(told) {
            round.halt();
            result = result.and(Err(error)); // the first one stays
        }
    }
    result
}

/// Each message that was in doubt once more, alone. One that ends its connection again has to wait for another run; when
/// that goes on and on, so have the rest.
fn repeat(
    round: &Round<'_>,
    in_doubt: Vec<(usize, String)>,
    idle: &mut Vec<MtaSession>,
    streak: &mut Streak<'_>,
) -> Result<()> {
    if !in_doubt.is_empty() {
        idle.clear(); // a session that had been closed meanwhile would look like the message's doing
    }
    let mut lost = 0;
    for (at, why) in in_doubt {
        let later = |why| Judgement::of_message(Answer::Later(why));
        if lost >= MAX_LOST_ALONE {
            streak.answered(at, later(why))?;
            continue;
        }
        let mut session = idle.pop().map_or_else(|| round.connector.connect(), Ok)?;
        match round.attempt(&mut session, at) {
            Attempted::Judged(judged) => {
                lost = 0;
                streak.answered(at, judged?)?;
                idle.extend(Some(session).filter(|session| !session.is_over));
            }
            Attempted::Lost(loss) if loss.is_end() => return Err(loss.error),
            Attempted::Lost(loss) => {
                lost += 1;
                streak.answered(at, later(loss.error.to_string()))?;
            }
        }
    }
    Ok(())
}

impl Carrier for MtaCarrier {
    fn hand_over(&mut self, messages: &[Outgoing], answers: &mut dyn Answers) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        self.exchange(messages, answers).map_err(|error| error.at(self.connector.settings.server()))
    }

    fn close(&mut self) {
        self.idle.drain(..).for_each(MtaSession::quit);
    }
}

/// Answers that a lane may be ahead of whoever notes them.
const AHEAD: usize = 4;
/// Messages for which another connection is worth its opening.
const ENOUGH_FOR_A_LANE: usize = 16;
/// Connections at once. Servers allow ten or more from one place; more than four bring nothing.
const MAX_LANES: usize = 4;
/// Messages in a row that may end their connection for the second time.
const MAX_LOST_ALONE: usize = 3;
