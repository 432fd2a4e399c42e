//! Whose turn it is to write into a file, among the threads of this process. SQLite lets writers ask again and again, with pauses;
//! of hundreds that do, some would go without for long, and all would cost time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

use rusqlite::{Error, ffi};

use super::wait::{STEP, Wait};
use crate::error::Result;

/// The right to write, until it is dropped.
pub(super) struct Turn(Arc<Gate>);

#[derive(Default)]
struct Gate {
    is_taken: Mutex<bool>,
    is_free: Condvar,
}

/// Waits for the other threads. Other processes know nothing of it.
pub(super) fn take(path: &Path, wait: &Wait) -> Result<Turn> {
    let gate = Arc::clone(locked(&GATES).entry(path.to_owned()).or_default());
    wait.patiently(|| gate.enter())?;
    Ok(Turn(gate))
}

impl Gate {
    /// Waits for a while only, so that a stop is noticed.
    fn enter(&self) -> rusqlite::Result<()> {
        let taken = locked(&self.is_taken);
        let waited = self.is_free.wait_timeout_while(taken, STEP, |is_taken| *is_taken);
        let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if *taken {
            return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_BUSY), None));
        }
        *taken = true;
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *locked(&self.0.is_taken) = false;
        self.0.is_free.notify_one();
    }
}

/// What a thread that panicked has left is whole: it is a bool.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process has a ledger or two.
static GATES: LazyLock<Mutex<HashMap<PathBuf, Arc<Gate>>>> = LazyLock::new(Mutex::default);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn one_thread_at_a_time_has_its_turn() {
        let path = Path::new("/a ledger of this test");
        let (inside, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| {
                    let turn = take(path, &Wait::default()).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(done.into_inner(), 32);
    }

    /// Another file is another matter, and who has no time left says so.
    #[test]
    fn a_turn_that_does_not_come_is_a_busy_ledger() {
        let _turn = take(Path::new("/one"), &Wait::default()).unwrap();
        take(Path::new("/other"), &Wait::default()).unwrap();
        let mut wait = Wait::default();
        wait.until.deadline = Some(std::time::Instant::now());
        let error = take(Path::new("/one"), &wait).err().unwrap();
        assert_eq!(error.cause(), crate::error::Cause::Busy);
    }
}
