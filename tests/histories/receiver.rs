//! Whoever takes messages over, in memory: what it has outlives runs and sudden ends, as another machine's would.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use mailhaul::deliver::{Answer, Answers, Carrier, Outgoing, Receiver, Sight, Target, Way};
use mailhaul::error::{Error, Kind, Result};
use mailhaul::fetch::Carriers;

use super::mail;
use super::world::World;

/// What one of them has, and what goes wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// In the order in which they came, with the line ends of Unix.
    pub messages: Vec<Vec<u8>>,
    /// It can be asked what it has.
    pub can_tell: bool,
    /// Nobody answers.
    pub is_away: bool,
    /// What happens with the next messages, one each; then all goes well.
    pub faults: VecDeque<Fault>,
    /// A client of the user's has moved what came: it is not where it was put.
    pub was_moved: bool,
    /// How often it was connected to.
    pub calls: u32,
    /// What it says how long a message may be on its way after the line broke.
    pub settles: Duration,
    /// On their way, and when they come.
    pub coming: Vec<(SystemTime, Vec<u8>)>,
    /// So often a line broke that may have cost an answer.
    pub lost_answers: usize,
}

/// What happens with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Nothing,
    Later,
    Refused,
    /// The line breaks before the message is there.
    BreaksBefore,
    /// The line breaks when it is, before the answer.
    BreaksAfter,
    /// The line breaks, and the message comes after so many hundredths of the settle time.
    BreaksAndComesLater(u32),
}

pub const FAULTS: [Fault; 5] = [Fault::Nothing, Fault::Later, Fault::Refused, Fault::BreaksBefore, Fault::BreaksAfter];

/// By their names.
pub type Receivers = BTreeMap<String, Taken>;

/// A destination of this name.
pub fn target(way: Way, name: &str) -> Target {
    Target::HandOver(Receiver { way, name: name.to_owned() })
}

impl Carriers for World {
    fn carrier(&self, target: &Target) -> Result<Box<dyn Carrier>> {
        let name = String::from_utf8(target.octets().to_vec()).unwrap();
        Ok(Box::new(InMemory { world: self.clone(), name }))
    }
}

struct InMemory {
    world: World,
    name: String,
}

impl InMemory {
    /// Nothing, once the client has met its sudden end.
    fn with<T>(&self, act: impl FnOnce(&mut Taken) -> Result<T>) -> Result<T> {
        let mut state = self.world.lock();
        if state.is_cut_off {
            return Err(broken("the client has ended"));
        }
        let now = state.now;
        let taken = state.receivers.entry(self.name.clone()).or_default();
        taken.arrive(now);
        if taken.is_away {
            taken.calls += 1;
            return Err(broken("nobody answers"));
        }
        act(taken)
    }

    fn take(&self, message: &Outgoing) -> Result<Answer> {
        let octets = read(message)?;
        assert_eq!(message.octets, octets.len() as u64);
        let content = mail::stored(&octets);
        let now = self.world.lock().now;
        self.with(|taken| match taken.faults.pop_front().unwrap_or(Fault::Nothing) {
            Fault::Nothing => {
                taken.messages.push(content);
                Ok(Answer::Delivered)
            }
            Fault::Later => Ok(Answer::Later("not now".into())),
            Fault::Refused => Ok(Answer::Refused("not that one".into())),
            Fault::BreaksBefore => Err(broken("the line broke before it")),
            Fault::BreaksAfter => {
                taken.messages.push(content);
                taken.lost_answers += 1;
                Err(broken("the line broke after it"))
            }
            Fault::BreaksAndComesLater(share) => {
                taken.coming.push((now + taken.settles * share / 100, content));
                taken.lost_answers += 1;
                Err(broken("the line broke while it was on its way"))
            }
        })
    }
}

impl Carrier for InMemory {
    fn mark(&mut self) -> Result<Vec<u8>> {
        self.with(|taken| {
            taken.calls += 1;
            Ok(if taken.can_tell { format!("{} before", taken.messages.len()).into_bytes() } else { Vec::new() })
        })
    }

    fn hand_over(&mut self, messages: &[Outgoing], answers: &mut dyn Answers) -> Result<()> {
        for (at, message) in messages.iter().enumerate() {
            answers.answered(at, self.take(message)?)?;
        }
        Ok(())
    }

    fn look_for(&mut self, messages: &[Outgoing]) -> Result<Vec<Sight>> {
        let sight = |message: &Outgoing| {
            let content = mail::stored(&read(message)?);
            self.with(|taken| {
                let mark = String::from_utf8(message.mark.clone()).unwrap();
                let bound: usize = mark.strip_suffix(" before").unwrap().parse().unwrap();
                let is_there = taken.messages[bound..].contains(&content);
                Ok(match (is_there, taken.was_moved) {
                    (true, false) => Sight::There,
                    (true, true) => Sight::Unknown,
                    (false, _) => Sight::Absent,
                })
            })
        };
        messages.iter().map(sight).collect()
    }

    fn settle_time(&self) -> Duration {
        self.world.lock().receivers.get(&self.name).map_or(Duration::ZERO, |taken| taken.settles)
    }
}

impl Taken {
    /// What was on its way and has come by now.
    pub fn arrive(&mut self, now: SystemTime) {
        let come = self.coming.extract_if(.., |(at, _)| *at <= now);
        self.messages.extend(come.map(|(_, content)| content));
    }
}

/// Somebody may have removed its file.
fn read(message: &Outgoing) -> Result<Vec<u8>> {
    std::fs::read(&message.file).map_err(|error| Error::io("read", &message.file, error))
}

fn broken(why: &str) -> Error {
    Error::new(Kind::TryLater, why.to_owned())
}
