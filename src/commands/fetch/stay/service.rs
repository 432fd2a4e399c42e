//! What systemd is told, if it has started the process: that it is ready, what it does, and that it is alive.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// The service manager; or nobody, if there is none.
pub(super) struct Service {
    /// How often it wants a sign of life.
    watchdog: Option<Duration>,
    alive_at: Option<Instant>,
    status: String,
}

impl Service {
    pub(super) fn new() -> Self {
        // Twice in the time that systemd gives, as it recommends.
        let watchdog = sd_notify::watchdog_enabled().map(|limit| limit / 2);
        Self { watchdog, alive_at: None, status: String::new() }
    }

    /// Accounts are fetched from now on, or again after a new configuration.
    pub(super) fn ready(&self) {
        tell(&[NotifyState::Ready]);
    }

    /// The configuration is being read again.
    pub(super) fn reloading(&self) {
        let time = NotifyState::monotonic_usec_now();
        match time {
            Ok(time) => tell(&[NotifyState::Reloading, time]),
            Err(_) => tell(&[NotifyState::Reloading]), // older ones need no more
        }
    }

    /// The end begins.
    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }

    /// What `systemctl status` shows.
    pub(super) fn status(&mut self, status: String) {
        if self.status != status {
            tell(&[NotifyState::Status(&status)]);
            self.status = status;
        }
    }

    /// Called in each round of the scheduler: what is alive is what decides when accounts are fetched.
    pub(super) fn is_alive(&mut self) {
        let Some(interval) = self.watchdog else { return };
        if self.alive_at.is_none_or(|at| at.elapsed() >= interval) {
            tell(&[NotifyState::Watchdog]);
            self.alive_at = Some(Instant::now());
        }
    }

    /// After this time at the latest [`Self::is_alive`] must be called again.
    pub(super) fn wants_round_within(&self) -> Option<Duration> {
        self.watchdog.map(|interval| interval.saturating_sub(self.alive_at.map_or(interval, |at| at.elapsed())))
    }
}

/// Nothing can be done where systemd does not listen, and mail does not depend on it.
fn tell(state: &[NotifyState<'_>]) {
    sd_notify::notify(state).ok();
}
