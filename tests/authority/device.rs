//! Logins on another device (RFC 8628).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::config::{AuthorityConfig, Poll};
use super::form::Fields;
use super::refusal::Refusal;
use super::tokens::{Tokens, random};

/// The device codes that were given out.
#[derive(Debug, Default)]
pub(super) struct Devices {
    devices: Vec<Device>,
    /// The polls that came too early, in words.
    pub(super) early: Vec<String>,
}

#[derive(Debug)]
struct Device {
    device_code: String,
    user_code: String,
    scope: String,
    expires: Instant,
    interval: Duration,
    last_poll: Option<Instant>,
    script: VecDeque<Poll>,
    /// What becomes of polls behind the script.
    decision: Poll,
    used: bool,
}

impl Devices {
    /// Gives out a new code (section 3.2).
    pub(super) fn begin(&mut self, config: &AuthorityConfig, base: &str, form: &Fields) -> Result<Value, Refusal> {
        config.check_client(form)?;
        let scope = config.check_scope(form)?;
        let device = Device {
            device_code: random(40),
            user_code: user_code(),
            scope,
            expires: Instant::now() + config.device_lifetime,
            interval: Duration::from_secs(config.interval.unwrap_or(5)),
            last_poll: None,
            script: config.polls.iter().copied().collect(),
            decision: Poll::Pending,
            used: false,
        };
        let answer = device.answer(config, base);
        self.devices.push(device);
        Ok(answer)
    }

    /// Answers a poll that came in at `at` (section 3.5).
    pub(super) fn poll(
        &mut self,
        config: &AuthorityConfig,
        tokens: &mut Tokens,
        form: &Fields,
        at: Instant,
    ) -> Result<Value, Refusal> {
        let code = form.get("device_code").unwrap_or_default();
        let device = self.devices.iter_mut().find(|device| device.device_code == code && !device.used);
        let device = device.ok_or_else(|| Refusal::new("invalid_grant", "an unknown device code"))?;
        if let Some(early) = device.too_early(at) {
            self.early.push(early.clone());
            return Err(Refusal::new("invalid_request", early));
        }
        match device.next_answer(at) {
            Poll::Approved => {
                device.used = true;
                Ok(tokens.grant(config, &device.scope))
            }
            Poll::Denied => Err(Refusal::new("access_denied", "the user said no")),
            Poll::Expired => Err(Refusal::new("expired_token", "the user took too long")),
            Poll::Pending => Err(Refusal::new("authorization_pending", "the user has said nothing yet")),
            Poll::SlowDown => Err(Refusal::new("slow_down", "5 seconds more between two polls")),
        }
    }

    /// What the user decided. Panics where nobody was given this code.
    pub(super) fn decide(&mut self, user_code: &str, decision: Poll) {
        let device = self.devices.iter_mut().find(|device| device.user_code == user_code);
        device.expect("a user code of this authority").decision = decision;
    }

    /// The user codes in the order in which they were given out.
    pub(super) fn user_codes(&self) -> Vec<String> {
        self.devices.iter().map(|device| device.user_code.clone()).collect()
    }

    /// What only the client may know.
    pub(super) fn device_codes(&self) -> impl Iterator<Item = &String> {
        self.devices.iter().map(|device| &device.device_code)
    }
}

impl Device {
    fn answer(&self, config: &AuthorityConfig, base: &str) -> Value {
        let mut answer = json!({
            "device_code": self.device_code,
            "user_code": self.user_code,
            "verification_uri": format!("{base}/activate"),
            "verification_uri_complete": format!("{base}/activate?user_code={}", self.user_code),
            "expires_in": config.device_lifetime.as_secs(),
        });
        if let Some(interval) = config.interval {
            answer["interval"] = interval.into();
        }
        answer
    }

    /// By how much the poll came too early. From arrival to arrival, so that neither a client that waits from the
    /// answer on nor one that counts from its own sending is ever blamed for a busy machine.
    fn too_early(&mut self, at: Instant) -> Option<String> {
        let passed = at - self.last_poll.replace(at)?;
        let early = passed + TOLERANCE < self.interval;
        early.then(|| format!("polled after {passed:?}, not after {:?}", self.interval))
    }

    fn next_answer(&mut self, at: Instant) -> Poll {
        if at >= self.expires {
            return Poll::Expired;
        }
        let answer = self.script.pop_front().unwrap_or(self.decision);
        if answer == Poll::SlowDown {
            self.interval += SLOW_DOWN;
        }
        answer
    }
}

/// Eight consonants, as section 6.1 recommends.
fn user_code() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    let letters: Vec<char> = bytes.iter().map(letter).collect();
    let (one, two) = letters.split_at(4);
    format!("{}-{}", one.iter().collect::<String>(), two.iter().collect::<String>())
}

const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";
/// What `slow_down` adds (section 3.5).
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// What two requests may differ in on their way.
const TOLERANCE: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{CLIENT_ID, SCOPE};

    /// The errors of polls at these seconds.
    fn errors<const N: usize>(config: &AuthorityConfig, seconds: [f64; N]) -> [&'static str; N] {
        let (mut devices, mut tokens) = (Devices::default(), Tokens::default());
        let client = Fields::new([("client_id", CLIENT_ID), ("scope", SCOPE)]);
        let answer = devices.begin(config, "", &client).unwrap();
        let form = Fields::new([("device_code", answer["device_code"].as_str().unwrap())]);
        let begin = Instant::now();
        let at = |seconds| begin + Duration::from_secs_f64(seconds);
        seconds.map(|seconds| devices.poll(config, &mut tokens, &form, at(seconds)).unwrap_err().error)
    }

    #[test]
    fn each_slow_down_adds_five_seconds() {
        let script = [Poll::Pending, Poll::SlowDown, Poll::SlowDown];
        let config = AuthorityConfig::default().interval(Some(1)).polls(script);
        let (pending, slow, early) = ("authorization_pending", "slow_down", "invalid_request");
        let expected = [pending, slow, slow, pending, early, pending];
        assert_eq!(errors(&config, [0.0, 1.0, 7.0, 18.0, 28.7, 39.7]), expected);
    }

    #[test]
    fn without_an_interval_it_is_five_seconds() {
        let config = AuthorityConfig::default().interval(None);
        let expected = ["authorization_pending", "authorization_pending", "invalid_request"];
        assert_eq!(errors(&config, [0.0, 4.9, 9.6]), expected);
    }

    #[test]
    fn a_device_code_expires() {
        let config = AuthorityConfig::default().device_lifetime(Duration::from_secs(10));
        assert_eq!(errors(&config, [0.0, 11.0]), ["authorization_pending", "expired_token"]);
    }
}
