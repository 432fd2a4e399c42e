//! What systemd is told, if it has started the process: that it is ready, what it does, and that it is alive.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// The service manager; or nobody, if there is none.
pub(super) struct Service {
    /// How often it wants a sign of life.
    watchdog: Option<Duration>,
    alive_at: Option<Instant>,
    status: String,
    status_at: Option<Instant>,
    /// There is a newer status, which waits for its time.
    is_status_due: bool,
}

impl Service {
    pub(super) fn new() -> Self {
        // Twice in the time that systemd gives, as it recommends.
        let watchdog = sd_notify::watchdog_enabled().map(|limit| limit / 2).filter(|limit| !limit.is_zero());
        Self { watchdog, alive_at: None, status: String::new(), status_at: None, is_status_due: false }
    }

    /// Accounts are fetched from now on, or again after a new configuration.
    pub(super) fn ready(&self) {
        tell(&[NotifyState::Ready]);
    }

    /// The configuration is being read again. All of the watchdog's time is for that.
    pub(super) fn reloading(&mut self) {
        let time = NotifyState::monotonic_usec_now();
        match time {
            Ok(time) => tell(&[NotifyState::Reloading, time]),
            Err(_) => tell(&[NotifyState::Reloading]), // older ones need no more
        }
        self.alive_at = None;
        self.is_alive();
    }

    /// How long the scheduler may wait for a configuration that does not come.
    pub(super) fn patience(&self) -> Duration {
        self.watchdog.unwrap_or(PATIENCE).min(PATIENCE)
    }

    /// The end begins.
    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }

    /// What `systemctl status` shows. With many accounts it changes all the time, and systemd tells everybody who listens to
    /// it; so it is told once a second.
    pub(super) fn status(&mut self, status: String) {
        self.is_status_due = self.status != status;
        if self.is_status_due && self.until_status().is_zero() {
            tell(&[NotifyState::Status(&status)]);
            (self.status, self.status_at, self.is_status_due) = (status, Some(Instant::now()), false);
        }
    }

    /// Called in each round of the scheduler: what is alive is what decides when accounts are fetched.
    pub(super) fn is_alive(&mut self) {
        if self.watchdog.is_some() && self.until_sign_of_life().is_zero() {
            tell(&[NotifyState::Watchdog]);
            self.alive_at = Some(Instant::now());
        }
    }

    /// After this time at the latest there must be another round.
    pub(super) fn wants_round_within(&self) -> Option<Duration> {
        let status = self.is_status_due.then(|| self.until_status());
        let sign_of_life = self.watchdog.map(|_| self.until_sign_of_life());
        status.into_iter().chain(sign_of_life).min()
    }

    fn until_status(&self) -> Duration {
        remaining(STATUS_APART, self.status_at)
    }

    fn until_sign_of_life(&self) -> Duration {
        remaining(self.watchdog.unwrap_or_default(), self.alive_at)
    }
}

/// Does systemd watch this very process? Then it is the main one of a service that is to stay.
pub(super) fn is_expected_to_stay() -> bool {
    let is_told = std::env::var_os("NOTIFY_SOCKET").is_some_and(|socket| !socket.is_empty());
    is_told && std::env::var_os("WATCHDOG_PID").is_some() && sd_notify::watchdog_enabled().is_some()
}

/// Of a time that began then; nothing, if it has not begun.
fn remaining(time: Duration, since: Option<Instant>) -> Duration {
    since.map_or(Duration::ZERO, |since| time.saturating_sub(since.elapsed()))
}

/// Nothing can be done where systemd does not listen, and mail does not depend on it.
fn tell(state: &[NotifyState<'_>]) {
    sd_notify::notify(state).ok();
}

/// Between two of what `systemctl status` shows.
const STATUS_APART: Duration = Duration::from_secs(1);

/// For a configuration that is a pipe.
const PATIENCE: Duration = Duration::from_secs(20);
