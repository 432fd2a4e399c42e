//! Histories that nobody thought of: mailboxes, faults, sudden ends, clocks and disks by chance; then all is well again,
//! and everything must have come once.
//!
//! `MAILHAUL_TEST_SEED` repeats a history, `MAILHAUL_TEST_HISTORIES` says how many there are. One that fails is made
//! shorter as long as it fails, and shown.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::world::{Faults, Message, Quit, Top, Which};
use super::*;
use crate::server::Random;

/// A history, as it can be repeated and made shorter.
#[derive(Clone, Debug)]
struct Script {
    place: Place,
    top: Top,
    no_pipelining: bool,
    numbers_as_uids: bool,
    ends_with_delete: bool,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Arrive(Arrival),
    /// Another client removes a message; the n-th of those that are there, counted around.
    Remove(usize),
    /// So many of a hundred get new unique-ids.
    Renumber(usize),
    /// LIST tells another size of the n-th from now on.
    Resize(usize, u64),
    Run(Box<Run>),
    Unmount,
    Mount,
    /// Somebody removes what is staged.
    EmptyTmp,
    /// A mail reader takes what is new.
    Read,
}

#[derive(Clone, Debug)]
enum Arrival {
    Letter,
    /// All of these letters have one size.
    LetterOfOneSize,
    Note(usize),
    /// The very octets of the n-th message that ever came.
    Copy(usize),
    /// A letter under the unique-id of the n-th that is there.
    UnderUidOf(usize),
    /// A letter under a unique-id that was free again.
    UnderFreedUid(usize),
}

#[derive(Clone)]
struct Run {
    deletes: Deletes,
    faults: Faults,
    /// Ids in `faults` count around those that ever came.
    ends_after: Option<u32>,
    clock: Clock,
    small_batches: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deletes {
    Nothing,
    All,
    After(u64),
}

#[derive(Clone, Copy, Debug)]
enum Clock {
    Later(Duration),
    In1990,
    In2099,
}

#[test]
fn random_histories_with_a_maildir() {
    random_histories(Place::Maildir);
}

#[test]
fn random_histories_with_an_mbox() {
    random_histories(Place::Mbox);
}

fn random_histories(place: Place) {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let one = number("MAILHAUL_TEST_SEED");
    let count = if one.is_some() { 1 } else { number("MAILHAUL_TEST_HISTORIES").unwrap_or(HISTORIES) };
    for nth in 0..count {
        let seed = one.unwrap_or_else(|| Random::new(now + nth).bits());
        let script = script(place, &mut Random::new(seed));
        if let Err(failed) = play_quietly(&script) {
            show(place, seed, &shorter(script), &failed);
        }
    }
    println!("{count} histories");
}

/// Plays the shortest history that fails once more, for the test's report.
fn show(place: Place, seed: u64, script: &Script, failed: &str) -> ! {
    let mut text = format!("MAILHAUL_TEST_SEED={seed} ({place:?}): {failed}\n");
    text += &format!("\nthe shortest history that fails (top {:?}, ", script.top);
    text += &format!("no pipelining {}, numbers as uids {})\n", script.no_pipelining, script.numbers_as_uids);
    script.steps.iter().for_each(|step| text += &format!("  {step:?}\n"));
    println!("{text}");
    let mut history = History::new(script.place);
    match play(script, &mut history) {
        Err(error) => panic!("MAILHAUL_TEST_SEED={seed}: {error}"),
        Ok(()) => panic!("MAILHAUL_TEST_SEED={seed}: {failed}; but not always"),
    }
}

fn shorter(script: Script) -> Script {
    let fails = |steps: &[Step]| play_quietly(&Script { steps: steps.to_vec(), ..script.clone() }).is_err();
    let steps = shrink::shorter(script.steps.clone(), 0, simpler, fails);
    Script { steps, ..script }
}

/// A run with less going wrong.
fn simpler(step: &Step) -> Vec<Step> {
    let Step::Run(run) = step else { return Vec::new() };
    let with = |change: &dyn Fn(&mut Run)| {
        let mut run = run.clone();
        change(&mut run);
        Step::Run(run)
    };
    let mut simpler = vec![
        with(&|run| run.ends_after = None),
        with(&|run| run.clock = Clock::Later(Duration::from_mins(1))),
        with(&|run| run.small_batches = false),
    ];
    simpler.extend(run.faults.without_one().into_iter().map(|fewer| with(&|run| run.faults = fewer.clone())));
    simpler
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}, faults: {}", self.deletes, self.clock, self.faults.shown())?;
        self.ends_after.iter().try_for_each(|k| write!(f, " ends after effect {k}"))?;
        f.write_str(if self.small_batches { ", small batches" } else { "" })
    }
}

impl Run {
    fn good(clock: Clock) -> Self {
        Self { deletes: Deletes::Nothing, faults: Faults::default(), ends_after: None, clock, small_batches: false }
    }
}

fn script(place: Place, random: &mut Random) -> Script {
    let numbers_as_uids = random.below(12) == 0;
    let top = [Top::Works, Top::Works, Top::Works, Top::Refused, Top::Unknown][random.below(5)];
    let mut script = Script {
        place,
        top,
        no_pipelining: random.below(4) == 0,
        numbers_as_uids,
        ends_with_delete: numbers_as_uids || random.below(2) == 0,
        steps: Vec::new(),
    };
    let favourite = if numbers_as_uids { Deletes::All } else { deletes(random) };
    for _ in 0..3 + random.below(10) {
        for _ in 0..random.below(4) {
            let step = between(random, numbers_as_uids);
            script.steps.push(step);
        }
        (0..random.below(5)).for_each(|_| script.steps.push(Step::Arrive(arrival(random, numbers_as_uids))));
        let deletes = if numbers_as_uids || random.below(4) > 0 { favourite } else { deletes(random) };
        script.steps.push(Step::Run(Box::new(run(random, deletes))));
    }
    // Where a unique-id is given to another message of the same size, a run that keeps does not look closer.
    let is_given_anew = |step: &Step| matches!(step, Step::Arrive(Arrival::UnderFreedUid(_) | Arrival::UnderUidOf(_)));
    script.ends_with_delete |= script.steps.iter().any(is_given_anew);
    script
}

fn deletes(random: &mut Random) -> Deletes {
    [Deletes::Nothing, Deletes::All, Deletes::All, Deletes::After(3)][random.below(4)]
}

fn arrival(random: &mut Random, only_letters: bool) -> Arrival {
    let n = random.below(1000);
    match random.below(16) {
        0..9 => Arrival::Letter,
        9..11 => Arrival::LetterOfOneSize,
        _ if only_letters => Arrival::Letter,
        11 => Arrival::Note(n % 3),
        12 => Arrival::Copy(n),
        13 => Arrival::UnderUidOf(n),
        _ => Arrival::UnderFreedUid(n),
    }
}

/// What happens between runs.
fn between(random: &mut Random, numbers_as_uids: bool) -> Step {
    let n = random.below(1000);
    match random.below(12) {
        0..2 => Step::Remove(n),
        2 if !numbers_as_uids => Step::Renumber([10, 50, 90, 100][n % 4]),
        3 => Step::Resize(n, 1 + n as u64 * 3),
        4 => Step::Unmount,
        5..8 => Step::Mount,
        8 => Step::EmptyTmp,
        _ => Step::Read,
    }
}

fn run(random: &mut Random, deletes: Deletes) -> Run {
    let mut faults = Faults::default();
    for _ in 0..[0, 0, 1, 1, 2, 3][random.below(6)] {
        fault(random, &mut faults);
    }
    let clock = match random.below(12) {
        0 => Clock::In1990,
        1 => Clock::In2099,
        2..5 => Clock::Later(days_of(1 + random.below(5) as u64)),
        _ => Clock::Later(Duration::from_mins(5 + random.below(300) as u64)),
    };
    let ends_after = (random.below(3) == 0).then(|| 1 + random.below(60) as u32);
    Run { deletes, faults, ends_after, clock, small_batches: random.below(2) == 0 }
}

fn fault(random: &mut Random, faults: &mut Faults) {
    let nth = 1 + random.below(8) as u32;
    let some = || Which::These(vec![nth as usize, nth as usize + 3]);
    match random.below(18) {
        0 => faults.cut_sent = Some(1 + random.below(300)),
        1..3 => faults.cut_received = Some(1 + random.below(6_000)),
        3..6 => {
            let quits = [Quit::LostBefore, Quit::LostAfter, Quit::RefusedWhole, Quit::RefusedHalf];
            faults.quit = quits[random.below(4)];
        }
        6 => faults.dele_without_effect = if random.below(2) == 0 { Which::All } else { some() },
        7 => faults.lists_nothing = true,
        8 => faults.lists_deleted = 3,
        9 => faults.hides_newest = nth as usize,
        10 => faults.shuffle = Some(random.bits()),
        11 => faults.doubles_retr = Some(nth),
        12 => faults.loses_retr = Some(nth),
        13 => faults.refuses_retr = if random.below(2) == 0 { Which::All } else { some() },
        14 => faults.stops_at = Some(nth),
        15 => faults.page = Some(2 * nth as usize),
        16 => faults.hides_fetched = true,
        _ => faults.loses_message = Some((nth, random.below(40))),
    }
}

/// Plays a history without a word. What panics has failed.
fn play_quietly(script: &Script) -> Result<(), String> {
    let mut history = History::new(script.place);
    history.is_quiet = true;
    let played = catch_unwind(AssertUnwindSafe(|| play(script, &mut history)));
    played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", text.unwrap_or("?")))
    })
}

fn play(script: &Script, history: &mut History) -> Result<(), String> {
    let mut player = Player::new(script, history);
    for step in &script.steps {
        player.step(step)?;
    }
    player.end()
}

/// What it takes to judge a history.
struct Player<'a> {
    script: &'a Script,
    history: &'a mut History,
    /// The clock on the wall, while it is right.
    right_time: SystemTime,
    /// A good run has ended, and mail is there: the ledger knows where.
    has_place: bool,
    /// Somebody has removed what was staged.
    was_emptied: bool,
    /// Something was renumbered, removed by others or given a uid of another one.
    has_moved: bool,
    /// The last run came to a good end.
    was_good: bool,
}

impl<'a> Player<'a> {
    fn new(script: &'a Script, history: &'a mut History) -> Self {
        let faults = Faults {
            top: script.top,
            no_pipelining: script.no_pipelining,
            numbers_as_uids: script.numbers_as_uids,
            ..Faults::default()
        };
        history.world.faults(|now| *now = faults);
        let right_time = history.wall;
        let (has_place, was_emptied, has_moved) = (false, false, script.numbers_as_uids);
        Self { script, history, right_time, has_place, was_emptied, has_moved, was_good: true }
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        if !matches!(step, Step::Run(_)) {
            self.history.step(format!("{step:?}"));
        }
        let world = &self.history.world;
        let present = world.present();
        let pick = |n: usize| present.get(n % present.len().max(1)).copied();
        match step {
            Step::Arrive(arrival) => self.arrive(arrival),
            Step::Remove(n) => {
                self.has_moved = true;
                pick(*n).into_iter().for_each(|id| world.remove(id));
            }
            Step::Renumber(share) => {
                self.has_moved = true;
                world.renumber(&present[..present.len() * share / 100]);
            }
            Step::Resize(n, octets) => pick(*n).into_iter().for_each(|id| world.set_octets(id, *octets)),
            Step::Unmount if self.has_place && !self.history.home.is_unmounted() => self.history.home.unmount(),
            Step::Mount if self.history.home.is_unmounted() => self.history.home.mount(),
            Step::Unmount | Step::Mount => {}
            Step::EmptyTmp => {
                let home = &self.history.home;
                if !home.is_unmounted() && !home.leftovers().is_empty() {
                    self.was_emptied = true;
                    home.empty_tmp();
                    home.remove_spools();
                }
            }
            Step::Read => self.history.home.read_new(),
            Step::Run(run) => return self.run(run),
        }
        Ok(())
    }

    fn arrive(&mut self, arrival: &Arrival) {
        let world = &self.history.world;
        let count = world.lock().messages.len();
        let present = world.present();
        let letter = mail::letter(count);
        match *arrival {
            Arrival::Letter => _ = world.add(letter),
            Arrival::LetterOfOneSize => _ = world.add(mail::letter_of(count, 777)),
            Arrival::Note(n) => _ = world.add(mail::note(["done", "backup: all is well", "disk is full"][n])),
            Arrival::Copy(n) => {
                let content = world.lock().messages.get(n % count.max(1)).map(|message| message.content.to_vec());
                world.add(content.unwrap_or(letter));
            }
            Arrival::UnderUidOf(n) => {
                self.has_moved = true;
                let uid = present.get(n % present.len().max(1)).map(|&id| world.uid(id));
                _ = world.add_as(&uid.unwrap_or_else(|| b"first".to_vec()), letter);
            }
            Arrival::UnderFreedUid(n) => {
                self.has_moved = true;
                let gone: Vec<Id> = (0..count).filter(|id| !present.contains(id)).collect();
                // What the server seemed to keep for good is not looked at any more.
                let was_kept = |id: &Id| world.lock().messages[*id].counts.dele > 1;
                let gone: Vec<Id> = gone.into_iter().filter(|id| !was_kept(id)).collect();
                let uid = gone.get(n % gone.len().max(1)).map(|&id| world.uid(id));
                _ = world.add_as(&uid.unwrap_or_else(|| b"freed".to_vec()), letter);
            }
        }
    }

    fn run(&mut self, run: &Run) -> Result<(), String> {
        let history = &mut *self.history;
        let count = history.world.lock().messages.len();
        let mut faults = run.faults.clone();
        faults.top = self.script.top;
        faults.no_pipelining = self.script.no_pipelining;
        faults.numbers_as_uids = self.script.numbers_as_uids;
        if faults.numbers_as_uids {
            faults.lists_deleted = 0; // servers that count so have no replicas
        }
        self.has_moved |= faults.loses_message.is_some() || faults.page.is_some() || faults.hides_fetched;
        if let Some((_, id)) = &mut faults.loses_message {
            *id %= count.max(1);
        }
        if count == 0 {
            faults.loses_message = None;
        }
        history.step(format!("faults: {}", faults.shown()));
        history.world.faults(|now| *now = faults);
        self.right_time += match run.clock {
            Clock::Later(time) => time,
            _ => Duration::from_mins(10),
        };
        history.wall = match run.clock {
            Clock::Later(_) => self.right_time,
            Clock::In1990 => SystemTime::UNIX_EPOCH + days_of(7_305),
            Clock::In2099 => SystemTime::UNIX_EPOCH + days_of(47_116),
        };
        let policy = policy(run.deletes, run.small_batches);
        let (before, dele_before) = (history.home.delivered().len(), history.world.total().dele);
        let ran = history.fetch_ended_after(&policy, run.ends_after.unwrap_or(u32::MAX));
        self.judge(run, &ran, before, dele_before)
    }

    /// What holds after each run.
    fn judge(&mut self, run: &Run, ran: &Ran, before: usize, dele_before: u32) -> Result<(), String> {
        let history = &mut *self.history;
        history.is_nothing_lost()?;
        let deles = history.world.total().dele - dele_before;
        if run.deletes == Deletes::Nothing && deles > 0 {
            return Err(format!("{deles} DELE in a run that keeps"));
        }
        let is_good = !ran.was_ended && ran.kind.is_none();
        if is_good {
            if history.home.is_unmounted() {
                return Err("a good end, and the disk is not mounted".to_owned());
            }
            let left = history.home.leftovers();
            if !left.is_empty() {
                return Err(format!("left over: {left:?}"));
            }
            let more = history.home.delivered().len().saturating_sub(before) as u64;
            if more > ran.tally.fetched || (self.was_good && more < ran.tally.fetched) {
                return Err(format!("{} fetched, it says, and {more} more are there", ran.tally.fetched));
            }
            self.has_place |= !history.home.delivered().is_empty();
        }
        self.was_good = is_good;
        self.nothing_doubled()
    }

    /// No content was delivered more often than it was on the server. The server could not help to tell
    /// - notes, which have no header to be known by, that were renumbered or share a unique-id with others;
    /// - what was given another unique-id after its deletion had been confirmed, and was there all the same: that is mail
    ///   which was sent again;
    /// - what was given another unique-id while its own went to another message, perhaps of the same size: a run that keeps
    ///   does not look closer at that.
    fn nothing_doubled(&self) -> Result<(), String> {
        let delivered = self.history.home.delivered();
        for (content, ids) in self.history.world.contents() {
            let found = delivered.iter().filter(|other| **other == content).count();
            if found > ids.len() && !ids.iter().any(|&id| self.may_be_doubled(id)) {
                return Err(format!("delivered {found} times: messages {ids:?}"));
            }
        }
        Ok(())
    }

    fn may_be_doubled(&self, id: Id) -> bool {
        let state = self.history.world.lock();
        let message = &state.messages[id];
        let has_moved = message.was_renumbered || self.script.numbers_as_uids;
        let shares_uid = || state.messages.iter().filter(|other| other.uid == message.uid).count() > 1;
        match mail::is_note(&message.content) {
            true => has_moved || shares_uid(),
            false => {
                let has = |other: &Message, uid: &Vec<u8>| other.uid == *uid || other.former_uids.contains(uid);
                let is_other = |other: &&Message| !std::ptr::eq(*other, message);
                let is_given_anew = |other: &Message| message.former_uids.iter().any(|uid| has(other, uid));
                (has_moved && message.outlived_dele > 0) || state.messages.iter().filter(is_other).any(is_given_anew)
            }
        }
    }

    /// All is well again: what is on the server comes, and goes where that is wanted.
    fn end(&mut self) -> Result<(), String> {
        self.history.step("all is well again");
        self.history.world.heal();
        if self.history.home.is_unmounted() {
            self.history.home.mount();
        }
        let needed = self.history.world.present();
        let deletes = if self.script.ends_with_delete { Deletes::All } else { Deletes::Nothing };
        let runs = if self.was_emptied { 4 } else { 3 };
        for nth in 0..runs {
            if nth == 1 && self.was_emptied {
                self.history.state("retry");
                self.was_good = false;
            }
            let ran = self.good_run(deletes)?;
            // Something may have to be said once: what is presumed, and what cannot be deleted.
            if nth + 1 == runs && ran.kind.is_some() {
                return Err(format!("all is well, and the run says {:?}", ran.text));
            }
        }
        self.everything_came(&needed)?;
        if self.script.ends_with_delete { self.everything_went() } else { Ok(()) }
    }

    fn good_run(&mut self, deletes: Deletes) -> Result<Ran, String> {
        let run = Run { deletes, ..Run::good(Clock::Later(days_of(8))) };
        self.right_time += days_of(8);
        self.history.wall = self.right_time;
        self.history.world.heal();
        let faults = (self.script.top, self.script.no_pipelining);
        self.history.world.faults(|now| (now.top, now.no_pipelining) = faults);
        let (before, dele_before) = (self.history.home.delivered().len(), self.history.world.total().dele);
        let ran = self.history.fetch(&policy(deletes, false));
        self.judge(&run, &ran, before, dele_before)?;
        Ok(ran)
    }

    /// What was on the server in the end is delivered, as often as it was there. Where messages with the same content
    /// have come and gone, one of them may have been taken for another.
    fn everything_came(&self, needed: &[Id]) -> Result<(), String> {
        let delivered = self.history.home.delivered();
        for (content, ids) in self.history.world.contents() {
            let found = delivered.iter().filter(|other| **other == content).count();
            let all = ids.iter().filter(|id| needed.contains(id)).count();
            let least = if self.has_moved { all.min(1) } else { all };
            if found < least {
                return Err(format!("delivered {found} times: messages {ids:?}, of which {needed:?} were there"));
            }
        }
        // An emptied spool may leave the beginning of a message in an mbox.
        let contents = self.history.world.contents();
        match delivered.iter().find(|content| !contents.contains_key(*content)) {
            Some(strange) if !self.was_emptied => Err(format!("delivered: {}", self.history.name(strange))),
            _ => Ok(()),
        }
    }

    /// Nothing is left but what has outlived DELE twice.
    fn everything_went(&self) -> Result<(), String> {
        let state = self.history.world.lock();
        // Copies under one unique-id are deleted together or not at all.
        let was_kept = |id: &Id| {
            let uid = &state.messages[*id].uid;
            state.messages.iter().any(|other| other.uid == *uid && other.outlived_dele > 1)
        };
        let left: Vec<Id> = state.order.iter().copied().filter(|id| !was_kept(id)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("still on the server: {left:?}")) }
    }
}

fn policy(deletes: Deletes, small_batches: bool) -> Policy {
    let mut policy = match deletes {
        Deletes::Nothing => keep(),
        Deletes::All => delete(),
        Deletes::After(days) => delete_after(days),
    };
    if small_batches {
        policy.batch.messages = 3;
    }
    policy
}

/// Of each kind of place, unless somebody asks for more.
const HISTORIES: u64 = 100;
