//! SIGINT, SIGTERM and SIGHUP: the first ends the run cleanly, the second at once.

use std::os::unix::net::UnixStream;
use std::sync::Arc;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};

use crate::error::{Error, Kind, Result};
use crate::stop::Stop;

/// A file that would pass the limit on file sizes (ulimit -f) makes its write fail, as a full disk does, and does not
/// end the process. By a handler, not by ignoring the signal, which would be passed on to children.
pub(in crate::commands) fn survive_file_size_limit() {
    signal_hook::flag::register(SIGXFSZ, Arc::default()).ok(); // without it the run may end suddenly, which is safe too
}

/// Whoever started us may want a signal ignored, as nohup does, and the shell for jobs in the background.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// From now on the signals ask for a stop.
pub(in crate::commands) fn catch() -> Result<Stop> {
    let failed = |error: std::io::Error| Error::new(Kind::LocalIo, "signals cannot be caught").caused_by(error);
    let (asker, stop) = Stop::pair().map_err(failed)?;
    for signal in [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal)) {
        let wake: UnixStream = asker.wake.try_clone().map_err(failed)?;
        // In this order: the second signal finds the flag set, before the first one's work is done again.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&asker.flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&asker.flag)))
            .and_then(|_| signal_hook::low_level::pipe::register(signal, wake))
            .map_err(failed)?;
    }
    Ok(stop)
}
