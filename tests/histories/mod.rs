//! Histories: whole runs of the engine, one after the other, against a mailbox, a line, a clock and a disk that do what
//! real ones have done. All in this process, in memory, so that a history takes milliseconds.
//!
//! - `world`, `server`: the mailbox, what goes wrong with it, and the server that speaks of it
//! - `home`: ledger and mail, the disk that goes and comes, and the image that a sudden end leaves
//! - `lost`, `doubled`: the histories that lost or doubled mail, one by one; the comment names its number in the issue
//! - `place`, `same`, `replies`, `ages`, `giving_up`, `evidence`: more of their kind, by the rule that ends them
//! - `paging`: servers that list only a part of the mailbox in a session
//! - `renumbered`: what a server that renumbers everything costs
//! - `receiver`, `handover`: whoever takes messages over, and several destinations at once
//! - `outstanding`: what is still on its way to one of several destinations
//! - `random`: histories that nobody thought of; `several`: such with several destinations
//!
//! A test that fails shows what happened: each run, the dialogue, the files, the ledger.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use mailhaul::auth::{Access, Credentials, Secret};
use mailhaul::client::Transcript;
use mailhaul::config::{Account, Limits, Raw, Settings};
use mailhaul::deliver::Target;
use mailhaul::effect::{Effect, Observer, Silent};
use mailhaul::error::Kind;
use mailhaul::fetch::{Job, Outcome, Policy, Tally};
use mailhaul::output::{Reporter, Topic};
use mailhaul::stop::Stop;
use mailhaul::until::Until;

use self::home::{Home, Image, Place};
use self::world::{Gone, Id, State, World};

mod home;
mod mail;
mod receiver;
mod server;
mod shrink;
mod world;

mod ages;
mod doubled;
mod evidence;
mod giving_up;
mod handover;
mod lost;
mod outstanding;
mod paging;
mod place;
mod random;
mod renumbered;
mod replies;
mod same;
mod several;

/// A mailbox, a home, and the clock on the wall.
pub struct History {
    pub world: World,
    pub home: Home,
    /// What the clock on the wall says at the next run.
    pub wall: SystemTime,
    /// Where mail goes, if that is not the home's own place alone.
    pub targets: Vec<Target>,
    log: Vec<String>,
    /// A failure is no news: it is looked for.
    is_quiet: bool,
}

/// What a run did.
#[derive(Debug)]
pub struct Ran {
    pub kind: Option<Kind>,
    /// The error, or nothing.
    pub text: String,
    pub tally: Tally,
    /// What the user was told.
    pub warnings: Vec<String>,
    /// All that was said, the error included.
    pub said: String,
    /// The run ended suddenly: the rest is of no meaning.
    pub was_ended: bool,
    pub effects: Vec<Effect>,
}

pub fn keep() -> Policy {
    Policy::default()
}

pub fn delete() -> Policy {
    Policy { delete: true, ..Policy::default() }
}

pub fn delete_after(days: u64) -> Policy {
    Policy { delete_after: Some(days_of(days)), ..Policy::default() }
}

pub fn days_of(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

impl History {
    pub fn new(place: Place) -> Self {
        let (world, home) = (World::default(), Home::new(place));
        Self { world, home, wall: SystemTime::now(), targets: Vec::new(), log: Vec::new(), is_quiet: false }
    }

    pub fn maildir() -> Self {
        Self::new(Place::Maildir)
    }

    pub fn mbox() -> Self {
        Self::new(Place::Mbox)
    }

    /// Notes a step, for whoever reads of a failure.
    pub fn step(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.world.lock().dialogue.push(format!("--- {text}"));
        self.log.push(text);
    }

    /// Time passes, on the wall.
    pub fn pass(&mut self, time: Duration) {
        self.wall += time;
        self.step(format!("{time:?} later"));
    }

    /// The next day: everything that waits for one is due.
    pub fn next_day(&mut self) {
        self.pass(days_of(1));
    }

    /// One run to its end.
    #[must_use]
    pub fn fetch(&mut self, policy: &Policy) -> Ran {
        self.fetch_ended_after(policy, u32::MAX)
    }

    /// One run that ends suddenly after its k-th effect, if it comes so far.
    #[must_use]
    pub fn fetch_ended_after(&mut self, policy: &Policy, k: u32) -> Ran {
        self.fetch_ended_when(policy, move |nth, _| nth == k)
    }

    /// One run that ends suddenly after the first such effect.
    #[must_use]
    pub fn fetch_ended_at(&mut self, policy: &Policy, last: Effect) -> Ran {
        self.fetch_ended_when(policy, move |_, effect| effect == last)
    }

    /// One run of which each effect is seen, with its number, from the thread that had it; it may be the last.
    #[must_use]
    pub fn fetch_ended_when(
        &mut self,
        policy: &Policy,
        ends: impl Fn(u32, Effect) -> bool + Send + Sync + 'static,
    ) -> Ran {
        self.step(format!("fetch {}", shown(policy)));
        let watcher = Arc::new(Watcher {
            home: self.home.path().to_owned(),
            world: self.world.clone(),
            ends: Box::new(ends),
            seen: AtomicU32::new(0),
            effects: Mutex::default(),
            end: Mutex::default(),
        });
        let mut ran = self.run(policy, Arc::clone(&watcher));
        ran.effects = watcher.effects.lock().unwrap().clone();
        if let Some((image, state)) = watcher.end.lock().unwrap().take() {
            self.home.restore(&image);
            *self.world.lock() = state;
            ran.was_ended = true;
            self.step(format!("  ended suddenly after {:?}", ran.effects.last()));
        } else {
            self.step(format!("  {:?} {:?}", ran.tally, ran.said));
        }
        ran
    }

    /// One run in which something else happens, right after the first such effect.
    #[must_use]
    pub fn fetch_meanwhile(&mut self, policy: &Policy, effect: Effect, act: impl FnOnce() + Send + 'static) -> Ran {
        let act = Mutex::new(Some(act));
        self.fetch_ended_when(policy, move |_, seen| {
            if seen == effect
                && let Some(act) = act.lock().unwrap().take()
            {
                act();
            }
            false
        })
    }

    fn run(&mut self, policy: &Policy, observer: Arc<Watcher>) -> Ran {
        let (asker, stop) = Stop::pair().unwrap();
        {
            let mut state = self.world.lock();
            state.asker = Some(Arc::new(asker));
            state.retrs = 0;
            state.now = self.wall;
        }
        let listener = Arc::new(Listener::default());
        let start = Start {
            source: SOURCE,
            world: &self.world,
            targets: &if self.targets.is_empty() { vec![self.home.target()] } else { self.targets.clone() },
            state: &self.home.state(),
            wall: self.wall,
            stop: Some(stop),
            deadline: None,
        };
        let mut outcome = start.run(policy, Arc::clone(&observer) as Arc<dyn Observer>, &listener);
        // A child of another test, between fork and exec, holds our last lock for a moment longer.
        let is_locked = |outcome: &Outcome| outcome.error.as_ref().is_some_and(is_lock);
        for _ in 0..100 {
            if !is_locked(&outcome) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
            outcome = start.run(policy, Arc::clone(&observer) as Arc<dyn Observer>, &listener);
        }
        let text = outcome.error.as_ref().map(said).unwrap_or_default();
        let warnings = listener.warnings.lock().unwrap().clone();
        let said = [listener.all.lock().unwrap().clone(), vec![text.clone()]].concat().join("\n");
        let kind = outcome.error.as_ref().map(|error| error.kind());
        Ran { kind, text, tally: outcome.tally, warnings, said, was_ended: false, effects: Vec::new() }
    }

    /// `mailhaul state VERB` of this mailbox, by the real program.
    pub fn state(&mut self, verb: &str) {
        self.state_with(&[verb, SOURCE]);
    }

    pub fn state_with(&mut self, args: &[&str]) {
        let said = self.state_tried(args);
        assert!(said.is_ok(), "state {}: {said:?}", args.join(" "));
    }

    /// The same; it may say no.
    pub fn state_tried(&mut self, args: &[&str]) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailhaul"));
        command.arg("state").args(args).env_clear().env("HOME", self.home.path());
        command.env("MAILHAUL_STATE_DIR", self.home.state()).stdin(Stdio::null());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        self.step(format!("state {}: {said}", args.join(" ")));
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    /// Each message that is or was on the server is delivered once, and nothing else; nothing is left over.
    #[track_caller]
    pub fn all_delivered_once(&self) {
        let expected: Vec<Id> = (0..self.world.lock().messages.len()).collect();
        self.delivered_once(&expected);
    }

    /// These are delivered once, and nothing else; nothing is left over.
    #[track_caller]
    pub fn delivered_once(&self, ids: &[Id]) {
        let content = |&id: &Id| mail::stored(&self.world.lock().messages[id].content);
        let mut expected: Vec<Vec<u8>> = ids.iter().map(content).collect();
        expected.sort();
        let found = self.home.delivered();
        let less = |from: &[Vec<u8>], what: &[Vec<u8>]| {
            let mut left = from.to_vec();
            for content in what {
                if let Some(at) = left.iter().position(|other| other == content) {
                    left.remove(at);
                }
            }
            left.iter().map(|content| self.name(content)).collect::<Vec<_>>()
        };
        let (lost, doubled) = (less(&expected, &found), less(&found, &expected));
        assert!(
            lost.is_empty() && doubled.is_empty(),
            "not delivered: {lost:?}; delivered once too often: {doubled:?}"
        );
        let left = self.home.leftovers();
        assert!(left.is_empty(), "left over: {left:?}");
    }

    /// How often each message that is or was on the server was delivered, whatever else there is.
    #[track_caller]
    pub fn each_once_among_others(&self) {
        let delivered = self.home.delivered();
        for content in self.world.contents().keys() {
            let is_it = |other: &&Vec<u8>| other.trim_ascii_end() == content.trim_ascii_end();
            let found = delivered.iter().filter(is_it).count();
            assert_eq!(found, 1, "messages {} were delivered so often", self.name(content));
        }
    }

    /// Of what message is this the content?
    fn name(&self, content: &[u8]) -> String {
        match self.world.contents().get(content) {
            Some(ids) => format!("{ids:?}"),
            None => format!("none of the messages: {:?}", String::from_utf8_lossy(&content[..content.len().min(300)])),
        }
    }

    /// Nothing is left on the server.
    #[track_caller]
    pub fn server_is_empty(&self) {
        assert_eq!(self.world.present(), Vec::<Id>::new(), "still on the server");
    }

    #[track_caller]
    pub fn nothing_lost(&self) {
        let lost = self.is_nothing_lost();
        assert!(lost.is_ok(), "{lost:?}");
    }

    /// What our DELE removed was delivered before, and the client did nothing that no client may do. Holds at every
    /// moment.
    pub fn is_nothing_lost(&self) -> Result<(), String> {
        let delivered = self.home.delivered();
        for (content, ids) in self.world.contents() {
            let is_deleted = |id: &Id| self.world.lock().messages[*id].gone == Some(Gone::Deleted);
            if ids.iter().any(is_deleted) && !delivered.contains(&content) {
                return Err(format!("deleted from the server and delivered nowhere: {ids:?}"));
            }
        }
        match self.world.lock().violations[..] {
            [] => Ok(()),
            ref violations => Err(format!("{violations:#?}")),
        }
    }
}

impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.is_quiet {
            self.show();
        }
    }
}

impl History {
    fn show(&self) {
        {
            println!("--- what happened\n{}", self.log.join("\n"));
            println!("--- dialogue\n{}", self.world.lock().dialogue.join("\n"));
            let state = self.world.lock();
            for (id, message) in state.messages.iter().enumerate() {
                let uid = String::from_utf8_lossy(&message.uid);
                println!(
                    "message {id}: uid {uid}, {} octets, {:?}, {:?}",
                    message.content.len(),
                    message.gone,
                    message.counts
                );
            }
            println!("--- files and ledger\n{}", self.home.shown());
        }
    }
}

impl Ran {
    /// However it ended: what counts is what comes of it.
    pub fn any_end(&self) {}

    #[track_caller]
    pub fn ok(&self) -> &Self {
        assert!(!self.was_ended && self.kind.is_none(), "expected a good end: {self:#?}");
        self
    }

    /// The run ended with an error of this kind.
    #[track_caller]
    pub fn is(&self, kind: Kind) -> &Self {
        assert!(!self.was_ended && self.kind == Some(kind), "expected {kind:?}: {self:#?}");
        self
    }

    /// The run ended suddenly.
    #[track_caller]
    pub fn ended(&self) -> &Self {
        assert!(self.was_ended, "expected a sudden end: {self:#?}");
        self
    }

    /// The user was told of this, in a warning or by the error.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        let told = self.warnings.iter().any(|warning| warning.contains(text)) || self.text.contains(text);
        assert!(told, "expected {text:?}: {self:#?}");
        self
    }

    /// The user was told nothing.
    #[track_caller]
    pub fn silent(&self) -> &Self {
        assert!(self.warnings.is_empty(), "expected no words: {self:#?}");
        self.ok()
    }

    /// So many messages were fetched.
    #[track_caller]
    pub fn fetched(&self, count: u64) -> &Self {
        assert_eq!(self.tally.fetched, count, "{self:#?}");
        self
    }
}

/// What a run begins with.
struct Start<'a> {
    source: &'a str,
    world: &'a World,
    targets: &'a [Target],
    state: &'a Path,
    wall: SystemTime,
    stop: Option<Stop>,
    deadline: Option<Instant>,
}

impl Start<'_> {
    fn run(&self, policy: &Policy, observer: Arc<dyn Observer>, listener: &Arc<Listener>) -> Outcome {
        let mut settings = Settings::default();
        settings.set("tls", Raw::text("none")).unwrap();
        let account = Account::resolve(None, self.source, settings).unwrap();
        let secret = Secret::from_text(b"secret".to_vec().into(), "the test").unwrap();
        Job {
            account: &account,
            access: &Access::Fixed(Credentials::Password(secret)),
            network: self.world,
            trust: None,
            targets: self.targets,
            carriers: self.world,
            filter: None,
            policy,
            state_folder: self.state,
            started: self.wall,
            until: Until { deadline: self.deadline, stop: self.stop.clone() },
            observer,
            reporter: Arc::clone(listener) as Arc<dyn Reporter>,
        }
        .run()
    }
}

fn is_lock(error: &mailhaul::error::Error) -> bool {
    error.kind() == Kind::TryLater && error.to_string().contains("is being fetched by process")
}

fn said(error: &mailhaul::error::Error) -> String {
    match error.next_step() {
        Some(hint) => format!("{error} (try: {hint})"),
        None => error.to_string(),
    }
}

fn shown(policy: &Policy) -> String {
    let mut text = match (policy.delete, policy.delete_after) {
        (true, _) => "--delete".to_owned(),
        (_, Some(after)) => format!("--delete-after {} h", after.as_secs() / 3600),
        _ => "--keep".to_owned(),
    };
    policy.limits.max_size.iter().for_each(|size| text += &format!(" --max-size {size}"));
    text + if policy.all { " --all" } else { "" }
}

/// Whether a run ends after its n-th effect, which is this one.
type Ends = Box<dyn Fn(u32, Effect) -> bool + Send + Sync>;

/// Writes the effects down. At the chosen one keeps what the disk and the server have at that moment, and cuts the line:
/// whatever the run does after that is thrown away.
struct Watcher {
    home: PathBuf,
    world: World,
    ends: Ends,
    seen: AtomicU32,
    effects: Mutex<Vec<Effect>>,
    end: Mutex<Option<(Image, State)>>,
}

impl Observer for Watcher {
    fn after(&self, effect: Effect) {
        let mut end = self.end.lock().unwrap();
        if end.is_some() {
            return;
        }
        self.effects.lock().unwrap().push(effect);
        let nth = 1 + self.seen.fetch_add(1, Ordering::SeqCst);
        if (self.ends)(nth, effect) {
            let mut state = self.world.lock();
            let mut image = home::image_of(&self.home);
            // The process whose lock that is has died; its number is that of the test, which lives.
            image.retain(|path, _| !path.to_string_lossy().ends_with("mbox.lock"));
            *end = Some((image, state.clone()));
            state.is_cut_off = true;
        }
    }
}

#[derive(Default)]
struct Listener {
    warnings: Mutex<Vec<String>>,
    all: Mutex<Vec<String>>,
}

impl Reporter for Listener {
    fn warn(&self, text: &str) {
        self.warnings.lock().unwrap().push(text.to_owned());
        self.all.lock().unwrap().push(text.to_owned());
    }
    fn warn_of(&self, _: Topic, text: &str) {
        self.warn(text);
    }
    fn sum_up(&self) {}
    fn tell(&self, text: &str) {
        self.all.lock().unwrap().push(text.to_owned());
    }
    fn note(&self, text: &str) {
        self.all.lock().unwrap().push(text.to_owned());
    }
    fn begin(&self, _: u64, _: u64) {}
    fn octets(&self, _: u64) {}
    fn message(&self) {}
    fn end(&self) {}
    fn transcript(&self) -> Arc<dyn Transcript> {
        Arc::new(Mute)
    }
}

/// The server writes the dialogue down itself.
struct Mute;

impl Transcript for Mute {
    fn sent(&self, _: &str) {}
    fn received(&self, _: &str) {}
}

const SOURCE: &str = "pop3://ann@mail.example";
