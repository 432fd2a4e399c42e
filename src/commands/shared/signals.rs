//! SIGINT, SIGTERM and SIGHUP, for all commands that talk to a server: the first ends the run cleanly, the second at once.

use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};

use crate::error::{Error, Kind, Result};
use crate::process::is_ignored;
use crate::stop::Stop;
use crate::until::Until;

/// A file that would pass the limit on file sizes (ulimit -f) makes its write fail, as a full disk does, and does not
/// end the process. By a handler, not by ignoring the signal, which would be passed on to children.
pub(in crate::commands) fn survive_file_size_limit() {
    signal_hook::flag::register(SIGXFSZ, Arc::default()).ok(); // without it the run may end suddenly, which is safe too
}

/// What has been caught, and what that means. Once for the whole program.
static CAUGHT: Mutex<Option<Caught>> = Mutex::new(None);

struct Caught {
    stop: Stop,
    /// SIGINT came: whoever runs us in a loop wants that to end, too.
    interrupted: Arc<AtomicBool>,
}

/// From now on the signals ask for a stop.
pub(in crate::commands) fn catch() -> Result<Stop> {
    catch_these(&[SIGINT, SIGTERM, SIGHUP])
}

fn catch_these(signals: &[i32]) -> Result<Stop> {
    let mut caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(caught) = caught.as_ref() {
        return Ok(caught.stop.clone());
    }
    let failed = |error: std::io::Error| Error::new(Kind::LocalIo, "signals cannot be caught").caused_by(error);
    let (asker, stop) = Stop::pair().map_err(failed)?;
    let interrupted: Arc<AtomicBool> = Arc::default();
    for signal in signals.iter().copied().filter(|signal| !is_ignored(*signal)) {
        let wake: UnixStream = asker.wake.try_clone().map_err(failed)?;
        // In this order: the second signal finds the flag set, before the first one's work is done again.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&asker.flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&asker.flag)))
            .and_then(|_| signal_hook::low_level::pipe::register(signal, wake))
            .map_err(failed)?;
        if signal == SIGINT {
            signal_hook::flag::register(signal, Arc::clone(&interrupted)).map_err(failed)?;
        }
    }
    *caught = Some(Caught { stop: stop.clone(), interrupted });
    Ok(stop)
}

/// What a process that stays is asked for, beside a stop.
pub(in crate::commands) struct Wishes {
    /// SIGHUP: read the configuration again.
    reload: Arc<AtomicBool>,
    /// SIGUSR1: fetch now.
    poll: Arc<AtomicBool>,
    /// Becomes readable when one of them comes.
    woken: UnixStream,
}

impl Wishes {
    /// Is the configuration to be read again? Says so once.
    pub(in crate::commands) fn take_reload(&self) -> bool {
        self.reload.swap(false, Ordering::Relaxed)
    }

    /// Is to be fetched now? Says so once.
    pub(in crate::commands) fn take_poll(&self) -> bool {
        self.poll.swap(false, Ordering::Relaxed)
    }

    /// Becomes readable when a wish comes; whoever waits for it reads what is there, before it looks for wishes.
    pub(in crate::commands) fn woken(&self) -> &UnixStream {
        &self.woken
    }
}

/// As [`catch`], for a process that stays: SIGHUP reads the configuration again, also where it was started by nohup, and
/// SIGUSR1 fetches now.
pub(in crate::commands) fn catch_staying() -> Result<(Stop, Wishes)> {
    let failed = |error: std::io::Error| Error::new(Kind::LocalIo, "signals cannot be caught").caused_by(error);
    let stop = catch_these(&[SIGINT, SIGTERM])?;
    let (wake, woken) = UnixStream::pair().map_err(failed)?;
    woken.set_nonblocking(true).map_err(failed)?;
    let wishes = Wishes { reload: Arc::default(), poll: Arc::default(), woken };
    for (signal, flag) in [(SIGHUP, &wishes.reload), (SIGUSR1, &wishes.poll)] {
        let wake = wake.try_clone().map_err(failed)?;
        signal_hook::flag::register(signal, Arc::clone(flag))
            .and_then(|_| signal_hook::low_level::pipe::register(signal, wake))
            .map_err(failed)?;
    }
    Ok((stop, wishes))
}

/// Was a stop asked for? Loops that do not wait for a server look here.
pub(in crate::commands) fn check() -> Result<()> {
    let caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner);
    let is_asked = caught.as_ref().is_some_and(|caught| caught.stop.is_asked());
    if is_asked { Err(Error::stopped()) } else { Ok(()) }
}

/// At the very end: a program that SIGINT has stopped ends by SIGINT, or the shell would go on with the next command.
pub(in crate::commands) fn pass_on() {
    let caught = CAUGHT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if caught.is_some_and(|caught| caught.interrupted.load(Ordering::Relaxed)) {
        signal_hook::low_level::emulate_default_handler(SIGINT).ok(); // or it ends with its exit code
    }
}

/// Waits until standard input has something to read, or has ended.
pub(in crate::commands) fn wait_for_input(until: &Until) -> Result<()> {
    let input = std::io::stdin();
    let failed = |error| Error::new(Kind::LocalIo, "cannot wait for standard input").caused_by(error);
    let ready = until.ready(vec![PollFd::new(&input, PollFlags::IN)]).map_err(failed)?;
    ready.map_err(|over| over.error("standard input"))
}
