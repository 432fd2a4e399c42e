//! Histories that nobody thought of, with several destinations: places that fail and come back, receivers that lose answers,
//! destinations that are added and taken away; then all is well again, and each destination must have everything.
//!
//! `MAILHAUL_TEST_SEED` and `MAILHAUL_TEST_HISTORIES` as in `random`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mailhaul::deliver::{Target, Way};

use super::receiver::{FAULTS, Fault, target};
use super::world::{Faults, Quit};
use super::*;
use crate::server::Random;

#[test]
fn random_histories_with_several_destinations() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let one = number("MAILHAUL_TEST_SEED");
    let count = if one.is_some() { 1 } else { number("MAILHAUL_TEST_HISTORIES").unwrap_or(HISTORIES) };
    for nth in 0..count {
        let seed = one.unwrap_or_else(|| Random::new(now + nth).bits());
        let script = script(&mut Random::new(seed));
        if let Err(failed) = play(&script, true) {
            let script = shorter(script, &failed);
            println!("MAILHAUL_TEST_SEED={seed}: {failed}\n{}", script.shown());
            let again = play(&script, false);
            panic!("MAILHAUL_TEST_SEED={seed}: {again:?}");
        }
    }
}

/// A history, as it can be repeated and made shorter.
#[derive(Clone, Debug)]
struct Script {
    /// An mbox, not a Maildir.
    has_mbox: bool,
    ends_with_delete: bool,
    settles: Duration,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    /// From now on mail goes to these: the home's own place, a folder, one that can be asked, one that cannot.
    Targets([bool; 4]),
    Letters(usize),
    /// The very octets of the n-th message that ever came.
    Copy(usize),
    /// A letter under the unique-id of the n-th that is there.
    UnderUidOf(usize),
    /// A letter under the unique-id of the n-th that has gone.
    UnderFreedUid(usize),
    Remove(usize),
    /// So many of a hundred get new unique-ids.
    Renumber(usize),
    Unmount(usize),
    Mount(usize),
    Away(usize),
    /// What goes wrong with the next messages.
    Breaks(usize, Vec<Fault>),
    /// Somebody removes what is staged.
    Empty,
    /// Whoever consumes the folder takes what is there.
    Consume,
    Retry,
    Confirm,
    Forget(usize),
    Run(Box<Run>),
}

#[derive(Clone, Debug)]
struct Run {
    deletes: bool,
    all: bool,
    ends_after: Option<u32>,
    /// After so many effects somebody removes what is staged.
    emptied_after: Option<u32>,
    /// After so many effects both receivers go away, or come back.
    turns_after: Option<u32>,
    /// After so many effects nothing can be written any more: in the home's own place, in the folder, in the outbox.
    sealed: Option<(usize, u32)>,
    faults: Faults,
    later: Duration,
    small_batches: bool,
}

const NAMES: [&str; 2] = ["imaps://ann@there/INBOX", "procmail"];

fn script(random: &mut Random) -> Script {
    let settles = [0, 0, 3600][random.below(3)];
    let ends_with_delete = random.below(4) > 0;
    let mut script = Script {
        has_mbox: random.below(3) == 0,
        ends_with_delete,
        settles: Duration::from_secs(settles),
        steps: Vec::new(),
    };
    script.steps.push(targets(random));
    let deletes = random.below(3) > 0;
    let [moves, empties, says, changes, all] = [3, 4, 4, 3, 10].map(|of| random.below(of) == 0);
    for _ in 0..2 + random.below(7) {
        script.steps.push(Step::Letters(1 + random.below(4)));
        for _ in 0..random.below(4) {
            let n = random.below(1000);
            script.steps.push(match random.below(20) {
                0..2 if changes => targets(random),
                2 => Step::Copy(n),
                3 => Step::Remove(n),
                4 if moves => Step::UnderUidOf(n),
                5 if moves => Step::UnderFreedUid(n),
                6 if moves => Step::Renumber([20, 60, 100][n % 3]),
                7..9 => Step::Unmount(n % 2),
                9..11 => Step::Mount(n % 2),
                11..13 => Step::Away(n % 2),
                13..17 => Step::Breaks(n % 2, breaks(random, settles > 0)),
                17 if empties => Step::Empty,
                18 if says => [Step::Retry, Step::Confirm, Step::Forget(n)][n % 3].clone(),
                _ => Step::Consume,
            });
        }
        script.steps.push(Step::Run(Box::new(run(random, deletes, all, empties))));
    }
    script
}

fn targets(random: &mut Random) -> Step {
    loop {
        let chosen = [2, 3, 2, 2].map(|of| random.below(of) == 0);
        if chosen.iter().filter(|is| **is).count() > 0 {
            return Step::Targets(chosen);
        }
    }
}

fn breaks(random: &mut Random, comes_later: bool) -> Vec<Fault> {
    (0..1 + random.below(4))
        .map(|_| match random.below(8) {
            7 if comes_later => Fault::BreaksAndComesLater(random.below(100) as u32),
            n => FAULTS[n % FAULTS.len()],
        })
        .collect()
}

fn run(random: &mut Random, deletes: bool, all: bool, empties: bool) -> Run {
    let some = |random: &mut Random, of: usize| (random.below(of) == 0).then(|| 1 + random.below(60) as u32);
    let mut faults = Faults::default();
    match random.below(10) {
        0 => faults.cut_received = Some(1 + random.below(6_000)),
        1 => faults.quit = [Quit::LostBefore, Quit::LostAfter, Quit::RefusedHalf][random.below(3)],
        2 => faults.lists_nothing = true,
        3 => faults.doubles_retr = Some(1 + random.below(4) as u32),
        _ => {}
    }
    let sealed = (random.below(3) == 0).then(|| (random.below(3), 1 + random.below(30) as u32));
    Run {
        deletes: if random.below(5) > 0 { deletes } else { !deletes },
        all: all && random.below(3) == 0,
        // An image cannot be put back over what is sealed.
        ends_after: if sealed.is_some() { None } else { some(random, 3) },
        sealed,
        emptied_after: if empties { some(random, 5) } else { None },
        turns_after: some(random, 6),
        faults,
        later: Duration::from_mins([5, 40, 90, 60 * 30][random.below(4)]),
        small_batches: random.below(2) == 0,
    }
}

impl Script {
    fn shown(&self) -> String {
        let steps: Vec<String> = self.steps.iter().map(Step::shown).collect();
        format!(
            "mbox {}, ends with delete {}, settles {:?}\n  {}",
            self.has_mbox,
            self.ends_with_delete,
            self.settles,
            steps.join("\n  ")
        )
    }
}

impl Step {
    fn shown(&self) -> String {
        let Self::Run(run) = self else { return format!("{self:?}") };
        let faults = run.faults.shown();
        let run = Run { faults: Faults::default(), ..(**run).clone() };
        let plain = format!("{run:?}");
        format!("{} faults: {faults}, {}", plain.split(", faults").next().unwrap(), plain.split("}, ").last().unwrap())
    }
}

fn shorter(script: Script, failed: &str) -> Script {
    // Which message, in which folder, is of no interest.
    let kind = |failed: &str| {
        failed.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect::<String>()
    };
    let fails = |steps: &[Step]| {
        let script = Script { steps: steps.to_vec(), ..script.clone() };
        play(&script, true).is_err_and(|other| kind(&other) == kind(failed))
    };
    // The first step names the destinations.
    let steps = shrink::shorter(script.steps.clone(), 1, simpler, fails);
    Script { steps, ..script }
}

fn simpler(step: &Step) -> Vec<Step> {
    let run = match step {
        Step::Letters(count) => return (1..*count).map(Step::Letters).collect(),
        Step::Run(run) => run,
        _ => return Vec::new(),
    };
    let changes: [fn(&mut Run); 7] = [
        |run| run.ends_after = None,
        |run| run.emptied_after = None,
        |run| run.turns_after = None,
        |run| run.sealed = None,
        |run| run.faults = Faults::default(),
        |run| run.small_batches = false,
        |run| run.all = false,
    ];
    let with = |change: fn(&mut Run)| {
        let mut run = run.clone();
        change(&mut run);
        Step::Run(run)
    };
    changes.map(with).into()
}

/// Plays a history. What panics has failed.
fn play(script: &Script, quietly: bool) -> Result<(), String> {
    let mut history = if script.has_mbox { History::mbox() } else { History::maildir() };
    history.is_quiet = quietly;
    let mut player = Player::new(script, history);
    let played = catch_unwind(AssertUnwindSafe(|| player.play(script)));
    let result = played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("a panic: {}", text.unwrap_or("?")))
    });
    if result.is_err() && !quietly {
        player.history.show();
    }
    result
}

struct Player {
    history: History,
    all: [Target; 4],
    now: [bool; 4],
    /// Which of the messages came after the destinations were last changed.
    since_change: Id,
    /// What was in the folder, and was taken from there.
    consumed: Vec<Vec<u8>>,
    /// Somebody removed what was staged: messages may be in doubt.
    was_emptied: bool,
    /// Somebody said that what is in doubt is there, or asked for messages again.
    was_confirmed: bool,
    was_asked_again: bool,
    has_moved: bool,
}

impl Player {
    fn new(script: &Script, history: History) -> Self {
        let folder = history.home.path().join("disk2");
        std::fs::create_dir(&folder).unwrap();
        history.world.receiver(NAMES[0], |taken| {
            taken.can_tell = true;
            taken.settles = script.settles;
        });
        let all = [
            history.home.target(),
            Target::EmlDir(folder.join("eml")),
            target(Way::Imap, NAMES[0]),
            target(Way::Pipe, NAMES[1]),
        ];
        Self {
            history,
            all,
            now: [true; 4],
            since_change: 0,
            consumed: Vec::new(),
            was_emptied: false,
            was_confirmed: false,
            was_asked_again: false,
            has_moved: false,
        }
    }

    fn play(&mut self, script: &Script) -> Result<(), String> {
        for step in &script.steps {
            self.step(step)?;
        }
        self.end(script)
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        self.history.step(step.shown());
        let world = self.history.world.clone();
        let (present, count) = (world.present(), world.lock().messages.len());
        let pick = |n: usize| present.get(n % present.len().max(1)).copied();
        match step {
            Step::Targets(chosen) => {
                self.since_change = count;
                self.now = *chosen;
                self.history.targets =
                    self.all.iter().zip(chosen).filter(|(_, is)| **is).map(|(target, _)| target.clone()).collect();
            }
            Step::Letters(count) => drop(world.letters(*count)),
            Step::Copy(n) => {
                let content = world.lock().messages.get(n % count.max(1)).map(|message| message.content.to_vec());
                content.into_iter().for_each(|content| _ = world.add(content));
            }
            Step::UnderUidOf(n) => {
                self.has_moved = true;
                let uid = pick(*n).map(|id| world.uid(id));
                uid.into_iter().for_each(|uid| _ = world.add_as(&uid, mail::letter(count)));
            }
            Step::UnderFreedUid(n) => {
                self.has_moved = true;
                let gone: Vec<Id> = (0..count).filter(|id| !present.contains(id)).collect();
                let uid = gone.get(n % gone.len().max(1)).map(|&id| world.uid(id));
                uid.into_iter().for_each(|uid| _ = world.add_as(&uid, mail::letter(count)));
            }
            Step::Remove(n) => pick(*n).into_iter().for_each(|id| world.remove(id)),
            Step::Renumber(share) => {
                self.has_moved = true;
                world.renumber(&present[..present.len() * share / 100]);
            }
            Step::Unmount(n) => self.unmount(*n),
            Step::Mount(n) => self.mount(*n),
            Step::Away(n) => world.receiver(NAMES[*n], |taken| taken.is_away = !taken.is_away),
            Step::Breaks(n, faults) => world.receiver(NAMES[*n], |taken| taken.faults = faults.clone().into()),
            Step::Empty => {
                self.was_emptied |= empty(self.history.home.path());
            }
            Step::Consume => {
                for path in eml_files(&self.folder(1)) {
                    self.consumed.push(mail::stored(&std::fs::read(&path).unwrap()));
                    std::fs::remove_file(path).unwrap();
                }
            }
            Step::Retry => {
                self.was_asked_again = true;
                self.state(&["retry", SOURCE]);
            }
            Step::Confirm => {
                self.was_confirmed = true;
                self.state(&["confirm", SOURCE]);
            }
            Step::Forget(n) => {
                self.was_asked_again = true;
                let uid = pick(*n).map(|id| String::from_utf8(world.uid(id)).unwrap());
                uid.into_iter().for_each(|uid| self.state(&["forget", SOURCE, &uid]));
            }
            Step::Run(run) => return self.run(run),
        }
        Ok(())
    }

    fn state(&mut self, args: &[&str]) {
        if self.history.home.ledger().exists() {
            self.history.state_tried(args).ok(); // there may be nothing of the kind
        }
    }

    fn folder(&self, n: usize) -> PathBuf {
        let name = ["disk", "disk2"][n];
        let away = self.history.home.path().join(format!("{name}-away"));
        if away.exists() { away } else { self.history.home.path().join(name) }
    }

    /// A disk that is empty has nothing to be missed.
    fn unmount(&self, n: usize) {
        let folder = self.folder(n);
        let is_used = std::fs::read_dir(&folder).unwrap().next().is_some() && !self.contents(n).is_empty();
        if is_used && !folder.to_string_lossy().ends_with("-away") {
            std::fs::rename(&folder, folder.with_file_name(format!("{}-away", ["disk", "disk2"][n]))).unwrap();
            std::fs::create_dir(&folder).unwrap();
        }
    }

    fn mount(&self, n: usize) {
        let away = self.folder(n);
        if away.to_string_lossy().ends_with("-away") {
            let folder = away.with_file_name(["disk", "disk2"][n]);
            std::fs::remove_dir_all(&folder).unwrap();
            std::fs::rename(away, folder).unwrap();
        }
    }

    fn run(&mut self, run: &Run) -> Result<(), String> {
        if run.all {
            // It would make new places where a disk is not mounted.
            self.mount(0);
            self.mount(1);
        }
        let history = &mut self.history;
        history.wall += run.later;
        history.world.faults(|now| *now = run.faults.clone());
        self.was_asked_again |= run.all;
        let mut policy = Policy { all: run.all, ..if run.deletes { delete() } else { keep() } };
        if run.small_batches {
            policy.batch.messages = 3;
        }
        let before = history.world.present();
        let (home, world, run) = (history.home.path().to_owned(), history.world.clone(), run.clone());
        let was_emptied = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let emptied = Arc::clone(&was_emptied);
        let ran = history.fetch_ended_when(&policy, move |nth, _| {
            if Some(nth) == run.emptied_after {
                emptied.fetch_or(empty(&home), Ordering::Relaxed);
            }
            if let Some((at, after)) = run.sealed
                && after == nth
            {
                seal(&home, at, true);
            }
            if Some(nth) == run.turns_after {
                NAMES.iter().for_each(|name| world.receiver(name, |taken| taken.is_away = !taken.is_away));
            }
            Some(nth) == run.ends_after
        });
        (0..3).for_each(|at| seal(self.history.home.path(), at, false));
        self.was_emptied |= was_emptied.load(Ordering::Relaxed);
        self.judge(&ran, &before, policy.delete)
    }

    /// What a destination has, and had.
    fn contents(&self, at: usize) -> Vec<Vec<u8>> {
        let read = |path: &PathBuf| std::fs::read(path).unwrap();
        match at {
            0 if self.history.home.place == Place::Mbox => {
                let mbox = std::fs::read(self.folder(0).join("mbox")).unwrap_or_default();
                home::split(&mbox)
            }
            0 => ["new", "cur"]
                .iter()
                .flat_map(|name| files(&self.folder(0).join("Mail").join(name)))
                .map(|path| read(&path))
                .collect(),
            1 => {
                let there = eml_files(&self.folder(1));
                there.iter().map(|path| mail::stored(&read(path))).chain(self.consumed.iter().cloned()).collect()
            }
            _ => {
                let wall = self.history.wall;
                self.history.world.receiver(NAMES[at - 2], |taken| {
                    taken.arrive(wall);
                    taken.messages.clone()
                })
            }
        }
    }

    /// What holds after each run.
    fn judge(&mut self, ran: &Ran, before: &[Id], may_delete: bool) -> Result<(), String> {
        let world = &self.history.world;
        let violations = world.lock().violations.clone();
        if !violations.is_empty() {
            return Err(format!("{violations:?}"));
        }
        let have: Vec<Vec<Vec<u8>>> = (0..4).map(|at| self.contents(at)).collect();
        for &id in before {
            let (gone, content) = {
                let message = &world.lock().messages[id];
                (message.gone, mail::stored(&message.content))
            };
            if gone != Some(Gone::Deleted) {
                continue;
            }
            if !may_delete {
                return Err(format!("{id} was deleted in a run that keeps"));
            }
            if self.was_confirmed {
                continue;
            }
            let lacks = |at: usize| !have[at].contains(&content);
            if (0..4).all(lacks) {
                return Err(format!("{id} was deleted and delivered nowhere"));
            }
            let has_older_twin =
                world.lock().messages[..self.since_change].iter().any(|other| mail::stored(&other.content) == content);
            if has_older_twin {
                continue; // it may be taken for that one, which other destinations had
            }
            let lacking = (0..4).find(|&at| self.now[at] && lacks(at));
            if let (Some(at), true) = (lacking, id >= self.since_change) {
                return Err(format!("{id} was deleted, and {} lacks it", self.all[at]));
            }
        }
        if !ran.was_ended && ran.kind.is_none() && ran.tally.waiting == 0 {
            for (at, have) in have.iter().enumerate() {
                self.came_there(at, have, before)?;
            }
        }
        self.nothing_doubled(&have)
    }

    /// After a good end each destination has what was there, if it was listed at all.
    fn came_there(&self, at: usize, have: &[Vec<u8>], before: &[Id]) -> Result<(), String> {
        let world = self.history.world.lock();
        if !self.now[at] || self.was_confirmed || self.was_emptied || world.faults.lists_nothing {
            return Ok(());
        }
        for &id in before.iter().filter(|id| **id >= self.since_change) {
            let content = mail::stored(&world.messages[id].content);
            let is_taken = world.messages[id].gone == Some(Gone::Others)
                || world.messages[..self.since_change].iter().any(|other| mail::stored(&other.content) == content);
            if !have.contains(&content)
                && !is_taken
                && !world
                    .messages
                    .iter()
                    .enumerate()
                    .any(|(other, message)| other != id && message.uid == world.messages[id].uid)
            {
                return Err(format!("a good end, nothing waits, and {} lacks {id}", self.all[at]));
            }
        }
        Ok(())
    }

    fn nothing_doubled(&self, have: &[Vec<Vec<u8>>]) -> Result<(), String> {
        if self.was_asked_again {
            return Ok(());
        }
        for (content, ids) in self.history.world.contents() {
            let state = self.history.world.lock();
            // See `random`: the server could not help to tell these.
            let has_former = |id: &Id| !state.messages[*id].former_uids.is_empty();
            let outlived = |id: &Id| state.messages[*id].outlived_dele > 0;
            let is_given_anew = |id: &Id| {
                let of = &state.messages[*id];
                state.messages.iter().enumerate().any(|(other, message)| {
                    other != *id
                        && of.former_uids.iter().any(|uid| *uid == message.uid || message.former_uids.contains(uid))
                })
            };
            if ids.iter().any(|id| is_given_anew(id) || (has_former(id) && outlived(id))) {
                continue;
            }
            drop(state);
            for (at, have) in have.iter().enumerate() {
                let found = have.iter().filter(|other| **other == content).count();
                let lost = if at == 3 { self.history.world.receiver(NAMES[1], |taken| taken.lost_answers) } else { 0 };
                let killed = if at == 3 { usize::MAX / 2 } else { 0 };
                if found > ids.len() + lost + killed {
                    return Err(format!("{} has {ids:?} {found} times", self.all[at]));
                }
            }
        }
        Ok(())
    }

    /// All is well again: what is on the server comes to all, and goes where that is wanted.
    fn end(&mut self, script: &Script) -> Result<(), String> {
        self.history.step("all is well again");
        self.mount(0);
        self.mount(1);
        NAMES.iter().for_each(|name| {
            self.history.world.receiver(name, |taken| {
                taken.is_away = false;
                taken.faults.clear();
            })
        });
        let needed = self.history.world.present();
        let run = Run {
            deletes: script.ends_with_delete,
            all: false,
            ends_after: None,
            emptied_after: None,
            turns_after: None,
            sealed: None,
            faults: Faults::default(),
            later: days_of(8),
            small_batches: false,
        };
        for nth in 0..6 {
            if nth == 3 && self.was_emptied {
                self.was_asked_again = true;
                self.state(&["retry", SOURCE]);
            }
            self.run(&run)?;
        }
        self.history.wall += days_of(8);
        let policy = if script.ends_with_delete { delete() } else { keep() };
        let ran = self.history.fetch(&policy);
        self.judge(&ran, &needed, policy.delete)?;
        // The outbox may have the only copy of what waits for one that was taken away.
        let may_wait = self.since_change > 0;
        if ran.kind.is_some() || (ran.tally.waiting > 0 && !may_wait) {
            return Err(format!("all is well, and the run says {:?}, {} wait", ran.text, ran.tally.waiting));
        }
        for at in (0..4).filter(|at| self.now[*at]) {
            let have = self.contents(at);
            for &id in needed.iter().filter(|id| **id >= self.since_change) {
                let content = mail::stored(&self.history.world.lock().messages[id].content);
                let all = needed.iter().filter(|other| **other >= self.since_change);
                let twins = all
                    .filter(|other| mail::stored(&self.history.world.lock().messages[**other].content) == content)
                    .count();
                let has_older_twin = self.history.world.lock().messages[..self.since_change]
                    .iter()
                    .any(|other| mail::stored(&other.content) == content);
                let least = if has_older_twin {
                    0
                } else if self.has_moved {
                    1
                } else {
                    twins
                };
                let found = have.iter().filter(|other| **other == content).count();
                if found < least && !self.was_confirmed {
                    return Err(format!("{} has {id} {found} times instead of {least}", self.all[at]));
                }
            }
        }
        let left = [files(&self.history.home.state().join("outbox")), self.history.home.leftovers()].concat();
        // What was never recorded is removed when mail comes there again.
        let is_outbox = |path: &PathBuf| path.to_string_lossy().contains("/state/outbox/");
        let is_in_use = |path: &PathBuf| !(is_outbox(path) && may_wait) && (!path.starts_with("disk") || self.now[0]);
        let is_in_use = |path: &PathBuf| is_in_use(path) && (!path.starts_with("disk2") || self.now[1]);
        let left: Vec<PathBuf> =
            left.into_iter().filter(is_in_use).filter(|path| !path.ends_with(".mailhaul-place")).collect();
        if !left.is_empty() {
            return Err(format!("left over: {left:?}"));
        }
        let left = self.history.world.present();
        let state = self.history.world.lock();
        let was_kept = |id: &Id| {
            state.messages.iter().any(|other| other.uid == state.messages[*id].uid && other.outlived_dele > 1)
        };
        if script.ends_with_delete && left.iter().any(|id| !was_kept(id)) {
            return Err(format!("still on the server: {left:?}"));
        }
        Ok(())
    }
}

/// Nothing can be created, renamed or removed in a place, as if its disk had failed; or it can again. Only where the test may do
/// so; elsewhere it changes nothing.
pub fn seal(home: &Path, at: usize, is_sealed: bool) {
    let names: [&[&str]; 3] = [&["disk/mbox", "disk/Mail/tmp", "disk/Mail/new"], &["disk2/eml"], &["state/outbox"]];
    let paths: Vec<PathBuf> = names[at].iter().map(|name| home.join(name)).filter(|path| path.exists()).collect();
    if !paths.is_empty() {
        let mut command = Command::new("chattr");
        command.arg(if is_sealed { "+i" } else { "-i" }).args(paths).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().ok();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

fn eml_files(disk: &Path) -> Vec<PathBuf> {
    files(&disk.join("eml")).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "eml")).collect()
}

/// Removes all that is staged anywhere; was there something?
fn empty(home: &Path) -> bool {
    let hidden = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(".mailhaul");
    let staged = [
        files(&home.join("state/outbox")),
        files(&home.join("disk/Mail/tmp")),
        files(&home.join("disk")).into_iter().filter(hidden).collect(),
        // Not those of the folder: that such a file has gone says that it was published.
    ]
    .concat();
    let is_mark = |path: &Path| path.ends_with(".mailhaul-place");
    staged.iter().filter(|path| path.is_file() && !is_mark(path) && std::fs::remove_file(path).is_ok()).count() > 0
}

/// Unless somebody asks for more.
const HISTORIES: u64 = 100;
