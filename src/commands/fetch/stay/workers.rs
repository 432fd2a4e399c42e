//! The threads in which accounts are fetched: as many as are needed at a time, and they stay.

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Scope};

use crate::error::{Error, Kind, Result};

/// Threads that do one kind of work.
pub(super) struct Workers<'scope, 'env, J, E> {
    scope: &'scope Scope<'scope, 'env>,
    work: &'env (dyn Fn(J) -> E + Sync),
    jobs: Sender<J>,
    waiting: Arc<Mutex<Receiver<J>>>,
    ends: (Sender<E>, Receiver<E>),
    /// Written to when something has ended.
    wake: UnixStream,
    threads: usize,
    busy: usize,
}

impl<'scope, 'env, J: Send + 'scope, E: Send + 'scope> Workers<'scope, 'env, J, E> {
    /// None yet. Whoever waits is woken by `wake`.
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'env>,
        work: &'env (dyn Fn(J) -> E + Sync),
        wake: UnixStream,
    ) -> Self {
        let (jobs, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        Self { scope, work, jobs, waiting, ends: channel(), wake, threads: 0, busy: 0 }
    }

    /// How many are at work.
    pub(super) fn busy(&self) -> usize {
        self.busy
    }

    /// Sees to it that one of them has nothing to do, and starts another one if need be.
    pub(super) fn free_one(&mut self) -> Result<()> {
        if self.busy == self.threads { self.start() } else { Ok(()) }
    }

    /// Gives one of them something to do.
    pub(super) fn give(&mut self, job: J) -> Result<()> {
        self.jobs.send(job).map_err(|_| Error::new(Kind::Bug, "no thread takes work"))?;
        self.busy += 1;
        Ok(())
    }

    /// What has ended meanwhile.
    pub(super) fn ended(&mut self) -> Vec<E> {
        let ended: Vec<E> = self.ends.1.try_iter().collect();
        self.busy -= ended.len();
        ended
    }

    fn start(&mut self) -> Result<()> {
        let failed = |error: std::io::Error| Error::new(Kind::LocalIo, "no thread can be started").caused_by(error);
        let (waiting, ends, work) = (Arc::clone(&self.waiting), self.ends.0.clone(), self.work);
        let wake = self.wake.try_clone().map_err(failed)?;
        let next = move || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let serve = move || {
            while let Ok(job) = next() {
                if ends.send(work(job)).is_err() {
                    return;
                }
                // A full pipe wakes as well.
                std::io::Write::write(&mut &wake, b"x").ok();
            }
        };
        Builder::new().spawn_scoped(self.scope, serve).map_err(failed)?;
        self.threads += 1;
        Ok(())
    }
}
