//! Explicit dialogues, for what no good server does.

use std::time::Duration;

use super::end::End;
use super::log::{Ending, SharedLog};
use super::session::TlsSource;
use super::wire::Wire;

/// The dialogue of one connection. After the last step the connection is closed.
pub type Script = Vec<Step>;

/// One step of a dialogue.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends these octets.
    Send(Vec<u8>),
    /// Reads a command line, which must be this one.
    Expect(String),
    /// Reads a command line, which must begin like this.
    ExpectPrefix(String),
    /// Reads any command line.
    ExpectAny,
    /// The client must close the connection without another octet.
    ExpectEof,
    /// Does the TLS handshake.
    StartTls,
    /// Does nothing until the client hangs up or the server is dropped.
    Stall,
    /// Waits.
    Sleep(Duration),
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
}

/// Sends a line, to which CRLF is added.
pub fn send(line: &str) -> Step {
    Step::Send(format!("{line}\r\n").into_bytes())
}

/// Expects this command line.
pub fn expect(line: &str) -> Step {
    Step::Expect(line.into())
}

/// Plays `script`; never returns without the reason why the connection ends.
pub fn play(script: &[Step], wire: &mut Wire, tls: &dyn TlsSource, log: &SharedLog) -> End {
    for step in script {
        if let Err(end) = play_step(step, wire, tls, log) {
            note(log, &format!("-- the connection ends: {end:?}"));
            return end;
        }
    }
    match wire.flush() {
        Ok(()) => End::Because(Ending::Closed),
        Err(end) => end,
    }
}

fn play_step(step: &Step, wire: &mut Wire, tls: &dyn TlsSource, log: &SharedLog) -> Result<(), End> {
    match step {
        Step::Send(octets) => {
            note(log, &format!("S: {}", octets.escape_ascii()));
            wire.put(octets)
        }
        Step::Expect(line) => hear(wire, log, &format!("{line:?}"), |heard| heard == line.as_bytes()),
        Step::ExpectPrefix(prefix) => {
            hear(wire, log, &format!("{prefix:?}..."), |heard| heard.starts_with(prefix.as_bytes()))
        }
        Step::ExpectAny => hear(wire, log, "a command", |_| true),
        Step::ExpectEof => match hear(wire, log, "the end", |_| false) {
            Err(End::Because(Ending::Eof)) => {
                log.lock().mismatch = None;
                Err(End::Because(Ending::Eof))
            }
            other => other,
        },
        Step::StartTls => {
            note(log, "-- TLS");
            wire.flush()?;
            wire.start_tls(tls.server_config())
        }
        Step::Stall => {
            note(log, "-- stalls");
            Err(wire.stall())
        }
        Step::Sleep(time) => wire.sleep(*time),
        Step::Close => {
            wire.flush()?;
            Err(End::Because(Ending::Closed))
        }
        Step::Reset => {
            wire.flush()?;
            Err(End::ByReset)
        }
    }
}

/// Reads a line; when the client does not play its part the connection is closed.
fn hear(wire: &mut Wire, log: &SharedLog, expected: &str, fits: impl Fn(&[u8]) -> bool) -> Result<(), End> {
    let line = wire.line().inspect_err(|end| mismatch(log, expected, &format!("{end:?}")))?;
    log.command(&line, wire.is_tls());
    note(log, &format!("C: {}", line.escape_ascii()));
    if fits(&line) {
        return Ok(());
    }
    mismatch(log, expected, &format!("\"{}\"", line.escape_ascii()));
    Err(End::Because(Ending::Closed))
}

fn mismatch(log: &SharedLog, expected: &str, heard: &str) {
    let text = format!("expected {expected}, but heard {heard}");
    note(log, &format!("!! {text}"));
    log.lock().mismatch = Some(text);
}

fn note(log: &SharedLog, line: &str) {
    log.lock().transcript.push(line.to_owned());
}
