//! The device flow (RFC 8628): a code that is typed in on any device, while we ask again and again.

use std::time::{Duration, Instant};

use serde::Deserialize;
use zeroize::Zeroizing;

use super::explain::{advice, is_about_the_device_flow};
use super::reply::{TokenAnswer, Tokens, parse, refused, seconds};
use super::{Consent, TokenClient};
use crate::error::{Cause, Error, Kind, Result};
use crate::until::Over;

/// The answer to the first request (RFC 8628 section 3.2).
#[derive(Deserialize)]
pub(super) struct Device {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")] // as Google has it
    verification_uri: String,
    expires_in: Option<serde_json::Value>,
    interval: Option<serde_json::Value>,
}

/// How often we may ask. Pure, so that it can be tested without waiting.
struct Pace {
    seconds: u64,
}

/// What came of the first request.
pub(super) enum DeviceStart {
    Begun(Device),
    /// The provider does not want this flow: of this application, for this scope, or by a policy.
    NotAllowed(Error),
}

impl TokenClient {
    pub(super) fn begin_device(&self, url: &str) -> Result<DeviceStart> {
        let fields = [&[("scope", self.oauth.scope.as_str())], self.ourselves().as_slice()].concat();
        self.post(url, &fields, |reply| match parse(reply, &fields)? {
            Ok(device) => Ok(DeviceStart::Begun(device)),
            Err((code, words)) => {
                let error = Error::new(Kind::Config, format!("the device flow is refused: {code} {words}")).hint(
                    advice(&code, &words)
                        .unwrap_or("is oauth-client-id right, and is the device flow allowed for that application?"),
                );
                if is_about_the_device_flow(&code, &words) { Ok(DeviceStart::NotAllowed(error)) } else { Err(error) }
            }
        })
    }

    pub(super) fn by_device(&self, device: Device, tell: &mut dyn FnMut(&Consent)) -> Result<Tokens> {
        let code = Zeroizing::new(device.device_code);
        tell(&Consent {
            url: crate::escape::text(device.verification_uri.as_bytes()),
            code: Some(crate::escape::text(device.user_code.as_bytes())),
        });
        let lifetime = device.expires_in.as_ref().and_then(seconds).unwrap_or(LIFETIME).min(LIFETIME);
        let ends = Instant::now() + Duration::from_secs(lifetime);
        self.poll(&code, Pace::new(device.interval.as_ref().and_then(seconds)), ends)
    }

    fn poll(&self, code: &str, mut pace: Pace, ends: Instant) -> Result<Tokens> {
        loop {
            self.pause(pace.wait(), ends)?;
            let answer =
                match self.ask_for_tokens("urn:ietf:params:oauth:grant-type:device_code", &[("device_code", code)]) {
                    Ok(answer) => answer,
                    // A line that broke may be there again; the code stays good.
                    Err(error) if error.may_pass() || error.cause() == Cause::NoHost => {
                        pace.back_off();
                        continue;
                    }
                    Err(error) => return Err(error),
                };
            match answer {
                TokenAnswer::Granted(tokens) => return Ok(tokens),
                TokenAnswer::Refused { code, .. } if code == "authorization_pending" => {}
                TokenAnswer::Refused { code, .. } if code == "slow_down" => pace.slow_down(),
                TokenAnswer::Refused { code, .. } if code == "expired_token" => return Err(too_late()),
                TokenAnswer::Refused { code, .. } if code == "access_denied" => {
                    return Err(Error::new(Kind::Login, "consent was denied"));
                }
                TokenAnswer::Refused { code, words } => return Err(refused(&code, &words)),
            }
        }
    }

    /// Waits before the next question; an error when the time is over, or a stop is asked for.
    fn pause(&self, time: Duration, ends: Instant) -> Result<()> {
        let until = self.waits.until.by(ends);
        if !until.leaves(time) {
            return Err(too_late());
        }
        until.pause(time).map_err(|over| match over {
            Over::Stopped => Error::stopped(),
            Over::Deadline => too_late(),
        })
    }
}

impl Pace {
    /// Five seconds, if the provider says nothing (section 3.2).
    fn new(interval: Option<u64>) -> Self {
        Self { seconds: interval.unwrap_or(5).clamp(1, MAX_SECONDS) }
    }

    fn wait(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Five seconds more from now on (section 3.5).
    fn slow_down(&mut self) {
        self.seconds = (self.seconds + 5).min(MAX_SECONDS);
    }

    /// Twice as long (section 3.5).
    fn back_off(&mut self) {
        self.seconds = (self.seconds * 2).min(MAX_SECONDS);
    }
}

fn too_late() -> Error {
    Error::new(Kind::TryLater, "nobody gave consent in time").hint("run the same command again")
}

/// Seconds: no code is waited for longer.
const LIFETIME: u64 = 3600;

const MAX_SECONDS: u64 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_the_providers() {
        let mut pace = Pace::new(None);
        assert_eq!(pace.wait().as_secs(), 5);
        pace.slow_down();
        assert_eq!(pace.wait().as_secs(), 10);
        pace.back_off();
        assert_eq!(pace.wait().as_secs(), 20);
        assert_eq!(Pace::new(Some(0)).wait().as_secs(), 1);
        assert_eq!(Pace::new(Some(u64::MAX)).wait().as_secs(), MAX_SECONDS);
    }
}
