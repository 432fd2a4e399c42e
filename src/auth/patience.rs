use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Cause, Error, Kind};
use crate::stop::Stop;

/// How a secret is waited for that somebody else has to give: a command, the keyring,
/// or the other end of a pipe.
#[derive(Clone, Default)]
pub struct Patience {
    /// How long that may take when nobody is watching.
    pub limit: Duration,
    /// When the whole run must be over.
    pub deadline: Option<Instant>,
    /// Ends the wait.
    pub stop: Option<Stop>,
    /// Tells whoever is watching what is waited for.
    pub tell: Option<Tell>,
}

/// Who tells them.
#[derive(Clone)]
pub struct Tell(Arc<dyn Fn(&str) + Send + Sync>);

/// Why nothing came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Impatience {
    /// The time is over.
    Late,
    /// The deadline of the whole run has come.
    Deadline,
    /// A stop was asked for.
    Stopped,
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

    /// For what is lost if it is not kept: neither a stop nor the end of the run comes between.
    pub(super) fn to_keep(&self) -> Self {
        Self { deadline: None, stop: None, ..self.clone() }
    }

    /// What a thread sends within `limit`. After a moment without it `notice` is told, if there is one.
    fn receive<T>(&self, receiver: &Receiver<T>, limit: Duration, notice: Option<&str>) -> Result<T, Impatience> {
        let begun = Instant::now();
        let mut notice = notice.zip(self.tell.as_ref());
        loop {
            let received = receiver.recv_timeout(TICK);
            // Before it is looked at: Ctrl-C has ended the command as well.
            if self.stop.as_ref().is_some_and(Stop::is_asked) {
                return Err(Impatience::Stopped);
            }
            match received {
                Ok(value) => return Ok(value),
                // It ends without a word only by a panic.
                Err(RecvTimeoutError::Disconnected) => return Err(Impatience::Late),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return Err(Impatience::Deadline);
            }
            if begun.elapsed() >= limit {
                return Err(Impatience::Late);
            }
            if begun.elapsed() >= MOMENT
                && let Some((text, tell)) = notice.take()
            {
                (tell.0)(text);
            }
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
            Self::Deadline => {
                Error::new(Kind::TryLater, "the deadline of the run came while waiting for a password or a token")
                    .because(Cause::Deadline)
            }
            Self::Stopped => Error::stopped(),
        }
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// How often the wish to stop is looked at.
const TICK: Duration = Duration::from_millis(50);

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
        let waited = patience.receive(&receiver, MOMENT + 4 * TICK, Some("waiting"));
        assert_eq!(waited, Err(Impatience::Late));
        assert_eq!(*told.lock().unwrap(), ["waiting"]);
    }

    #[test]
    fn the_deadline_of_the_run_ends_it() {
        let patience = Patience { deadline: Some(Instant::now()), ..Patience::default() };
        let (_sender, receiver) = mpsc::channel::<()>();
        assert_eq!(patience.receive(&receiver, Duration::from_secs(600), None), Err(Impatience::Deadline));
    }

    #[test]
    fn a_stop_ends_it() {
        let (asker, stop) = Stop::pair().unwrap();
        asker.ask();
        let patience = Patience { stop: Some(stop), ..Patience::default() };
        let (_sender, receiver) = mpsc::channel::<()>();
        assert_eq!(patience.receive(&receiver, Duration::from_secs(600), None), Err(Impatience::Stopped));
    }
}
