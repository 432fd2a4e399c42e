//! The mailbox on the server. It outlives sessions, runs and sudden ends; what is wrong with it is said by [`Faults`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use mailhaul::error::Result;
use mailhaul::net::{Connection, Network, Route, Waits};
use mailhaul::stop::Asker;

use super::mail;
use super::receiver::{Receivers, Taken};
use super::server::Line;

/// What a message is beneath its unique-id: its place in [`State::messages`].
pub type Id = usize;

/// The server, shared by the test and the sessions.
#[derive(Clone, Default)]
pub struct World(Arc<Mutex<State>>);

/// Everything the server knows.
#[derive(Clone)]
pub struct State {
    /// All messages that ever were there.
    pub messages: Vec<Message>,
    /// Those that are there, in the order in which they are listed.
    pub order: Vec<Id>,
    pub faults: Faults,
    /// Lines of all sessions, for people.
    pub dialogue: Vec<String>,
    pub sessions: u32,
    /// What a client must never do, and ours did.
    pub violations: Vec<String>,
    /// RETR commands in this run.
    pub retrs: u32,
    /// The client has met its sudden end: nothing that it says is heard.
    pub is_cut_off: bool,
    /// Those who take messages over.
    pub receivers: Receivers,
    /// What the clock on the wall said when the run began.
    pub now: SystemTime,
    uids_given: u32,
    pub asker: Option<Arc<Asker>>,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub uid: Vec<u8>,
    /// In CRLF form.
    pub content: Arc<Vec<u8>>,
    /// What LIST says, where that is not the truth.
    pub octets: Option<u64>,
    /// How it left the server.
    pub gone: Option<Gone>,
    /// The number of the session in which, or before which, it went.
    pub gone_in: u32,
    pub counts: Counts,
    /// It was given another unique-id after it had come.
    pub was_renumbered: bool,
    /// The unique-ids that it had before.
    pub former_uids: Vec<Vec<u8>>,
    /// It was fetched in a session that ended with QUIT.
    pub was_fetched: bool,
    /// In so many sessions DELE and QUIT were answered `+OK`, and it stayed.
    pub outlived_dele: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Our DELE.
    Deleted,
    /// Another client.
    Others,
}

/// Commands that were answered `+OK`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub retr: u32,
    pub top: u32,
    pub dele: u32,
}

/// Some of the messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Which {
    #[default]
    None,
    All,
    These(Vec<Id>),
}

/// What QUIT does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quit {
    #[default]
    Works,
    /// The line ends before anything was removed.
    LostBefore,
    /// Everything was removed, and the line ends before the answer.
    LostAfter,
    /// `-ERR`, and nothing was removed.
    RefusedWhole,
    /// `-ERR`, and every second message was removed.
    RefusedHalf,
}

/// What TOP does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Top {
    #[default]
    Works,
    /// Listed by CAPA, answered with `-ERR`.
    Refused,
    /// Not listed by CAPA, answered with `-ERR`.
    Unknown,
}

/// What goes wrong. All hold until they are taken back, but for those that say *once*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Once: the line ends when the server has received this many octets of a session.
    pub cut_sent: Option<usize>,
    /// Once: the line ends when the client has received this many octets of a session.
    pub cut_received: Option<usize>,
    pub quit: Quit,
    /// DELE is answered `+OK`, QUIT too, and these stay.
    pub dele_without_effect: Which,
    /// DELE of these is answered with `-ERR`.
    pub refuses_dele: Which,
    /// These are listed without a unique-id.
    pub names_not: Which,
    /// The mailbox looks empty.
    pub lists_nothing: bool,
    /// A replica that lags: what our DELE removed in the last so many sessions is listed still.
    pub lists_deleted: u32,
    /// A replica that lags: the newest messages are not listed yet.
    pub hides_newest: usize,
    /// A session sees only so many messages, the oldest first.
    pub page: Option<usize>,
    /// What was fetched in a session that ended with QUIT is not listed by later ones.
    pub hides_fetched: bool,
    /// Each session gives all messages new unique-ids.
    pub renumbers: bool,
    /// The messages are listed in another order.
    pub shuffle: Option<u64>,
    pub top: Top,
    pub no_pipelining: bool,
    /// The message numbers are the unique-ids.
    pub numbers_as_uids: bool,
    /// Once: the n-th RETR of a session is answered twice.
    pub doubles_retr: Option<u32>,
    /// Once: the n-th RETR of a session is not answered.
    pub loses_retr: Option<u32>,
    /// RETR of these is answered with `-ERR`.
    pub refuses_retr: Which,
    /// Once: when the n-th RETR of a session comes, another client has removed this message.
    pub loses_message: Option<(u32, Id)>,
    /// Once: when the n-th RETR of the run comes, the user asks for a stop.
    pub stops_at: Option<u32>,
    /// Once: from the n-th RETR of a session on the server says nothing more.
    pub stalls_at: Option<u32>,
    /// Once: the n-th UIDL of a session that names a message is answered with a line that is not its own.
    pub mistakes_uidl: Option<u32>,
}

impl Which {
    pub fn has(&self, id: Id) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

impl Faults {
    /// What there is of them.
    pub fn shown(&self) -> String {
        let usual = format!("{:#?}", Self::default());
        let shown = format!("{self:#?}");
        let unusual = shown.lines().filter(|line| !usual.lines().any(|other| other == *line));
        unusual.map(|line| line.trim().trim_end_matches(',')).collect::<Vec<_>>().join(" ")
    }

    /// The same with one of them left out.
    pub fn without_one(&self) -> Vec<Self> {
        let fewer = vec![
            Self { cut_sent: None, ..self.clone() },
            Self { cut_received: None, ..self.clone() },
            Self { quit: Quit::Works, ..self.clone() },
            Self { dele_without_effect: Which::None, ..self.clone() },
            Self { refuses_dele: Which::None, ..self.clone() },
            Self { names_not: Which::None, ..self.clone() },
            Self { lists_nothing: false, ..self.clone() },
            Self { lists_deleted: 0, ..self.clone() },
            Self { hides_newest: 0, ..self.clone() },
            Self { page: None, ..self.clone() },
            Self { hides_fetched: false, ..self.clone() },
            Self { renumbers: false, ..self.clone() },
            Self { shuffle: None, ..self.clone() },
            Self { doubles_retr: None, ..self.clone() },
            Self { loses_retr: None, ..self.clone() },
            Self { refuses_retr: Which::None, ..self.clone() },
            Self { loses_message: None, ..self.clone() },
            Self { stops_at: None, ..self.clone() },
            Self { stalls_at: None, ..self.clone() },
            Self { mistakes_uidl: None, ..self.clone() },
        ];
        fewer.into_iter().filter(|fewer| fewer != self).collect()
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            messages: Vec::new(),
            order: Vec::new(),
            faults: Faults::default(),
            dialogue: Vec::new(),
            sessions: 0,
            violations: Vec::new(),
            retrs: 0,
            is_cut_off: false,
            receivers: Receivers::new(),
            now: SystemTime::UNIX_EPOCH,
            uids_given: 0,
            asker: None,
        }
    }
}

impl State {
    /// What a session sees, in order: message, its unique-id, and whether it is only an afterimage.
    pub fn listing(&self) -> Vec<(Id, Vec<u8>, bool)> {
        let faults = &self.faults;
        if faults.lists_nothing {
            return Vec::new();
        }
        let shown = self.order.len().saturating_sub(faults.hides_newest);
        let shown = self.order[..shown].iter().filter(|&&id| !(faults.hides_fetched && self.messages[id].was_fetched));
        let mut seen: Vec<(Id, bool)> = shown.take(faults.page.unwrap_or(usize::MAX)).map(|&id| (id, false)).collect();
        if faults.lists_deleted > 0 {
            let is_recent = |message: &Message| message.gone_in + faults.lists_deleted >= self.sessions;
            // No server lists an old message under a unique-id that it has given to a new one.
            let is_taken = |uid: &[u8]| self.messages.iter().filter(|message| message.uid == uid).count() > 1;
            let deleted = |id: &Id| {
                let message = &self.messages[*id];
                message.gone == Some(Gone::Deleted) && is_recent(message) && !is_taken(&message.uid)
            };
            seen.extend((0..self.messages.len()).filter(deleted).map(|id| (id, true)));
            seen.sort();
        }
        if let Some(seed) = faults.shuffle {
            let mut random = crate::server::Random::new(seed);
            for end in (1..seen.len()).rev() {
                seen.swap(end, random.below(end + 1));
            }
        }
        let uid = |number: usize, id: Id| match faults.numbers_as_uids {
            true => number.to_string().into_bytes(),
            false if faults.names_not.has(id) => Vec::new(),
            false => self.messages[id].uid.clone(),
        };
        seen.iter().enumerate().map(|(index, &(id, after))| (id, uid(index + 1, id), after)).collect()
    }

    pub fn remove(&mut self, id: Id, how: Gone) {
        if let Some(at) = self.order.iter().position(|&other| other == id) {
            if self.faults.numbers_as_uids {
                // The others move up.
                self.order[at + 1..].iter().for_each(|&id| self.messages[id].was_renumbered = true);
            }
            self.order.remove(at);
            self.messages[id].gone = Some(how);
            self.messages[id].gone_in = self.sessions;
        }
    }

    pub fn octets_of(&self, id: Id) -> u64 {
        let message = &self.messages[id];
        message.octets.unwrap_or(message.content.len() as u64)
    }

    fn fresh_uid(&mut self) -> Vec<u8> {
        self.uids_given += 1;
        // Not in the order in which they were given.
        format!("{:08x}-{}", self.uids_given.wrapping_mul(0x9e37_79b9), self.uids_given).into_bytes()
    }
}

impl World {
    /// Changes what one of those who take messages over has, or what goes wrong with it.
    pub fn receiver<T>(&self, name: &str, act: impl FnOnce(&mut Taken) -> T) -> T {
        act(self.lock().receivers.entry(name.to_owned()).or_default())
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message comes.
    pub fn add(&self, content: Vec<u8>) -> Id {
        let uid = self.lock().fresh_uid();
        self.add_as(&uid, content)
    }

    /// A message comes, and gets this unique-id.
    pub fn add_as(&self, uid: &[u8], content: Vec<u8>) -> Id {
        let mut state = self.lock();
        let id = state.messages.len();
        state.messages.push(Message {
            uid: uid.to_vec(),
            content: Arc::new(content),
            octets: None,
            gone: None,
            gone_in: 0,
            counts: Counts::default(),
            was_renumbered: false,
            former_uids: Vec::new(),
            was_fetched: false,
            outlived_dele: 0,
        });
        state.order.push(id);
        id
    }

    /// As many letters come.
    pub fn letters(&self, count: usize) -> Vec<Id> {
        (0..count)
            .map(|_| {
                let n = self.lock().messages.len();
                self.add(mail::letter(n))
            })
            .collect()
    }

    /// Another client removes it.
    pub fn remove(&self, id: Id) {
        self.lock().remove(id, Gone::Others);
    }

    /// These get new unique-ids.
    pub fn renumber(&self, ids: &[Id]) {
        for &id in ids {
            let uid = self.lock().fresh_uid();
            self.set_uid(id, &uid);
        }
    }

    pub fn renumber_all(&self) {
        let ids = self.present();
        self.renumber(&ids);
    }

    pub fn set_uid(&self, id: Id, uid: &[u8]) {
        let message = &mut self.lock().messages[id];
        let before = std::mem::replace(&mut message.uid, uid.to_vec());
        message.former_uids.push(before);
        message.was_renumbered = true;
    }

    pub fn uid(&self, id: Id) -> Vec<u8> {
        self.lock().messages[id].uid.clone()
    }

    /// LIST says from now on that it has this many octets.
    pub fn set_octets(&self, id: Id, octets: u64) {
        self.lock().messages[id].octets = Some(octets);
    }

    /// Changes what goes wrong.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.lock().faults);
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        let faults = &mut self.lock().faults;
        *faults = Faults { numbers_as_uids: faults.numbers_as_uids, ..Faults::default() };
    }

    pub fn present(&self) -> Vec<Id> {
        self.lock().order.clone()
    }

    pub fn counts(&self, id: Id) -> Counts {
        self.lock().messages[id].counts
    }

    /// Of all messages together.
    pub fn total(&self) -> Counts {
        self.lock().messages.iter().fold(Counts::default(), |sum, message| Counts {
            retr: sum.retr + message.counts.retr,
            top: sum.top + message.counts.top,
            dele: sum.dele + message.counts.dele,
        })
    }

    /// Counting begins anew.
    pub fn reset_counts(&self) {
        self.lock().messages.iter_mut().for_each(|message| message.counts = Counts::default());
    }

    /// Contents as stored, with how often each is or was on the server.
    pub fn contents(&self) -> BTreeMap<Vec<u8>, Vec<Id>> {
        let mut contents: BTreeMap<Vec<u8>, Vec<Id>> = BTreeMap::new();
        for (id, message) in self.lock().messages.iter().enumerate() {
            contents.entry(mail::stored(&message.content)).or_default().push(id);
        }
        contents
    }
}

impl Network for World {
    fn connect(&self, _: &Route, waits: &Waits) -> Result<Connection> {
        Ok(Box::new(Line::new(self.clone(), waits.clone())))
    }
}
