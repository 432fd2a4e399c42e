use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::private::{ReadLimits, Secrecy, mounted};
use crate::until::{Over, Until};

/// How a secret is waited for that somebody else has to give: a command, the keyring,
/// or the other end of a pipe.
#[derive(Clone, Default)]
pub struct Patience {
    /// How long that may take when nobody is watching.
    pub limit: Duration,
    /// When the whole run must be over.
    pub until: Until,
    /// Tells whoever is watching what is waited for.
    pub tell: Option<Tell>,
    /// Tells whoever wants to know more (`-v`).
    pub note: Option<Tell>,
    /// Nobody is asked for a password.
    pub asks_nobody: bool,
}

/// Who tells them.
#[derive(Clone)]
pub struct Tell(Arc<dyn Fn(&str) + Send + Sync>);

/// Why nothing came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Impatience {
    /// The time is over.
    Late,
    /// So is that of the whole run, or a stop was asked for.
    Over(Over),
}

impl Patience {
    /// What `work` gives on a thread of its own, within `limit`; `notice` as below.
    pub(super) fn wait_for<T: Send + 'static>(
        &self,
        limit: Duration,
        notice: Option<&str>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Impatience> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(work()).ok()); // nobody listens after a time-out
        self.receive(&receiver, limit, notice)
    }

    /// For a file, or a pipe, with a secret of at most this many octets.
    pub(super) fn limits(&self, octets: usize) -> ReadLimits<'_> {
        ReadLimits { octets, time: self.limit, until: &self.until }
    }

    /// Tells whoever wants to know more.
    pub(super) fn note_more(&self, text: &str) {
        self.note.iter().for_each(|note| (note.0)(text));
    }

    /// Tells of a secret that others can read.
    pub(super) fn note_secrecy(&self, secrecy: Secrecy, name: &str) {
        if secrecy == Secrecy::Mounted {
            self.note_more(&mounted(name));
        }
    }

    /// For what is lost if it is not kept: neither a stop nor the end of the run comes between.
    pub(super) fn to_keep(&self) -> Self {
        Self { until: Until::default(), ..self.clone() }
    }

    /// What a thread sends within `limit`. After a moment without it `notice` is told, if there is one.
    fn receive<T>(&self, receiver: &Receiver<T>, limit: Duration, notice: Option<&str>) -> Result<T, Impatience> {
        let until = self.until.within(limit);
        let mut received = until.within(MOMENT).receive(receiver);
        if matches!(received, Err(Over::Deadline)) && until.over().is_none() {
            notice.zip(self.tell.as_ref()).into_iter().for_each(|(text, tell)| (tell.0)(text));
            received = until.receive(receiver);
        }
        match received {
            Ok(Some(value)) => Ok(value),
            // It ends without a word only by a panic.
            Ok(None) => Err(Impatience::Late),
            Err(over) => Err(self.until.over().filter(|&run| run == over).map_or(Impatience::Late, Impatience::Over)),
        }
    }
}

impl Tell {
    /// By this function, which is given a line.
    pub fn by(function: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(function))
    }
}

impl Impatience {
    /// As an error; `late` makes it, if time was the reason.
    pub(super) fn error(self, late: impl FnOnce() -> Error) -> Error {
        match self {
            Self::Late => late(),
            Self::Over(over) => over.error("a password or a token"),
        }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Patience {
    /// A long one.
    pub(super) fn for_tests() -> Self {
        Self { limit: Duration::from_secs(600), ..Self::default() }
    }
}

/// A keyring that is open answers sooner.
const MOMENT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn says_what_it_waits_for_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let tell = Arc::clone(&told);
        let patience = Patience {
            tell: Some(Tell::by(move |text| tell.lock().unwrap().push(text.to_owned()))),
            ..Patience::default()
        };
        let (_sender, receiver) = mpsc::channel::<()>();
        let waited = patience.receive(&receiver, MOMENT + MOMENT / 5, Some("waiting"));
        assert_eq!(waited, Err(Impatience::Late));
        assert_eq!(*told.lock().unwrap(), ["waiting"]);
    }

    #[test]
    fn the_deadline_of_the_run_ends_it() {
        let patience = Patience { until: Until::default().within(Duration::ZERO), ..Patience::default() };
        let (_sender, receiver) = mpsc::channel::<()>();
        assert_eq!(patience.receive(&receiver, Duration::from_secs(600), None), Err(Impatience::Over(Over::Deadline)));
    }

    #[test]
    fn a_stop_ends_it() {
        let (asker, stop) = crate::stop::Stop::pair().unwrap();
        asker.ask();
        let patience = Patience { until: Until { deadline: None, stop: Some(stop) }, ..Patience::default() };
        let (_sender, receiver) = mpsc::channel::<()>();
        assert_eq!(patience.receive(&receiver, Duration::from_secs(600), None), Err(Impatience::Over(Over::Stopped)));
    }
}
