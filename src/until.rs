//! Until when something may take: a deadline and the wish to stop, as one value. A core module.
//!
//! Every wait that a user may have to sit through is one of the loops here, so that none of them forgets the one or the
//! other, and each says which of the two ended it.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Cause, Error, Kind};
use crate::stop::Stop;

/// The end of a wait: whichever comes first. With neither it never ends.
#[derive(Clone, Debug, Default)]
pub struct Until {
    /// When it must be over.
    pub deadline: Option<Instant>,
    /// Ends it when asked.
    pub stop: Option<Stop>,
}

/// Which of the two it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// The deadline has come.
    Deadline,
    /// A stop was asked for.
    Stopped,
}

impl Until {
    /// The same, but no longer than `time` from now on.
    pub fn within(&self, time: Duration) -> Self {
        self.by(Instant::now() + time)
    }

    /// The same, but no later than `end`.
    pub fn by(&self, end: Instant) -> Self {
        Self { deadline: Some(self.deadline.map_or(end, |deadline| deadline.min(end))), stop: self.stop.clone() }
    }

    /// For what may still be brought to its end after a stop: that takes at most `grace`, and no stop ends it.
    pub fn after_stop(&self, grace: Duration) -> Self {
        Self { stop: None, ..self.within(grace) }
    }

    /// Was a stop asked for?
    pub fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(Stop::is_asked)
    }

    /// What has ended it, if anything has. A stop counts before the deadline.
    pub fn over(&self) -> Option<Over> {
        if self.is_stopped() {
            return Some(Over::Stopped);
        }
        self.deadline.filter(|&deadline| deadline <= Instant::now()).map(|_| Over::Deadline)
    }

    /// Does the deadline leave more than this time?
    pub fn leaves(&self, time: Duration) -> bool {
        self.deadline.is_none_or(|deadline| deadline > Instant::now() + time)
    }

    /// Waits until one of these descriptors is ready.
    pub fn ready<'a>(&'a self, mut wanted: Vec<PollFd<'a>>) -> io::Result<Result<(), Over>> {
        wanted.extend(self.stop.as_ref().map(|stop| PollFd::from_borrowed_fd(stop.wake_fd(), PollFlags::IN)));
        loop {
            if let Some(over) = self.over() {
                return Ok(Err(over));
            }
            match poll(&mut wanted, self.time_left().as_ref()) {
                Ok(0) | Err(Errno::INTR) => {} // the loop looks at the clock
                Ok(_) if self.is_stopped() => return Ok(Err(Over::Stopped)),
                Ok(_) => return Ok(Ok(())),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Waits for this time.
    pub fn pause(&self, time: Duration) -> Result<(), Over> {
        if self.within(time).ready(Vec::new()).is_err() {
            std::thread::sleep(time); // without memory for poll: no caller is to spin
        }
        self.over().map_or(Ok(()), Err)
    }

    /// Repeats `attempt` until it brings something, with a pause after each that does not. It is made once at least.
    pub fn poll<T>(&self, pause: Duration, mut attempt: impl FnMut() -> Option<T>) -> Result<T, Over> {
        loop {
            if let Some(found) = attempt() {
                return Ok(found);
            }
            self.pause(pause)?;
        }
    }

    /// What another thread sends; nothing, if it has ended without a word. A stop counts before what was sent: Ctrl-C ends
    /// a child as well, whose output means nothing then.
    pub fn receive<T>(&self, receiver: &Receiver<T>) -> Result<Option<T>, Over> {
        loop {
            let left = self.deadline.map_or(LOOK, |deadline| deadline.saturating_duration_since(Instant::now()));
            let received = receiver.recv_timeout(left.min(LOOK));
            if self.is_stopped() {
                return Err(Over::Stopped);
            }
            match received {
                Ok(value) => return Ok(Some(value)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => self.over().map_or(Ok(()), Err)?,
            }
        }
    }

    /// For one call of poll; nothing, if that may take for ever.
    fn time_left(&self) -> Option<Timespec> {
        let left = self.deadline?.saturating_duration_since(Instant::now());
        // One millisecond more than asked, so that the next look at the clock finds the deadline passed.
        Timespec::try_from(left + Duration::from_millis(1)).ok()
    }
}

impl Over {
    /// As an error of a wait for this.
    pub fn error(self, waited_for: &str) -> Error {
        match self {
            Self::Stopped => Error::stopped(),
            Self::Deadline => Error::new(Kind::TryLater, format!("the deadline passed while waiting for {waited_for}"))
                .because(Cause::Deadline),
        }
    }
}

/// How often a wait for another thread looks for a stop.
const LOOK: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(20);

    fn stoppable() -> (crate::stop::Asker, Until) {
        let (asker, stop) = Stop::pair().unwrap();
        (asker, Until { deadline: None, stop: Some(stop) })
    }

    #[test]
    fn a_stop_ends_every_wait_and_counts_before_the_deadline() {
        let (asker, until) = stoppable();
        let waits = [until.within(LONG), until.by(Instant::now())];
        assert_eq!((waits[0].over(), waits[1].over()), (None, Some(Over::Deadline)));
        asker.ask();
        let (_sender, receiver) = mpsc::channel::<()>();
        let (silent, _far) = UnixStream::pair().unwrap();
        for until in waits {
            assert_eq!(until.over(), Some(Over::Stopped));
            assert_eq!(until.pause(LONG), Err(Over::Stopped));
            assert_eq!(until.receive(&receiver), Err(Over::Stopped));
            assert_eq!(until.poll(LONG, || None::<()>), Err(Over::Stopped));
            assert_eq!(until.ready(vec![PollFd::new(&silent, PollFlags::IN)]).unwrap(), Err(Over::Stopped));
            assert_eq!(until.after_stop(LONG).over(), if until.leaves(SHORT) { None } else { Some(Over::Deadline) });
        }
    }

    #[test]
    fn a_stop_wakes_a_wait_that_has_begun() {
        let (asker, until) = stoppable();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| until.pause(LONG));
            std::thread::sleep(SHORT);
            asker.ask();
            assert_eq!(waits.join().unwrap(), Err(Over::Stopped));
        });
    }

    #[test]
    fn the_deadline_ends_every_wait() {
        let until = Until::default().within(SHORT);
        let (sender, receiver) = mpsc::channel();
        assert_eq!(until.pause(Duration::ZERO), Ok(()));
        assert_eq!(until.receive(&receiver), Err(Over::Deadline));
        assert_eq!(until.pause(LONG), Err(Over::Deadline));
        assert_eq!(until.poll(LONG, || None::<()>), Err(Over::Deadline));
        assert_eq!(until.poll(LONG, || Some(7)), Ok(7), "one attempt is made whatever the time");
        sender.send(7).unwrap();
        assert_eq!(until.receive(&receiver), Ok(Some(7)));
        drop(sender);
        assert_eq!(until.receive(&receiver), Ok(None));
        assert_eq!(Over::Deadline.error("x").cause(), Cause::Deadline);
        assert_eq!(Over::Stopped.error("x").cause(), Cause::Stopped);
    }

    #[test]
    fn what_is_ready_ends_a_wait() {
        let (near, far) = UnixStream::pair().unwrap();
        io::Write::write_all(&mut &far, b"x").unwrap();
        let until = Until::default().within(LONG);
        assert_eq!(until.ready(vec![PollFd::new(&near, PollFlags::IN)]).unwrap(), Ok(()));
    }
}
