//! Standard output as a place to copy to: octets as they come, an mbox, or JSON.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

use super::{Copy, WhatIsLeft};
use crate::client::{Part, Refusal};
use crate::commands::shared::entries::Entry;
use crate::commands::shared::table::FailureJson;
use crate::deliver::MboxForm;
use crate::error::{Error, Kind, Result};
use crate::escape::Page;
use crate::output::{Console, MailboxJson, RegularOutput, prints_to_pipe};

/// What messages look like there.
pub(in crate::commands) enum OutputForm {
    /// The octets as they come.
    Raw,
    /// For the eye: lines, escaped.
    Shown(Page),
    /// An mbox.
    Mbox(MboxForm),
    /// One object a message, the message in base64: it need not be text.
    Json(Base64),
}

/// Standard output; what is written is gathered into large pieces.
pub(in crate::commands) struct Output<'a> {
    console: &'a Console,
    form: OutputForm,
    buffer: Vec<u8>,
    /// What broke off is cut off.
    file: Option<RegularOutput>,
    /// Octets that were written for sure.
    written: u64,
    /// Where messages end that are complete in the buffer, and how many end there.
    ends: Vec<(u64, usize)>,
    /// Octets up to the end of the last message that was written to its end, and how many those are.
    whole: u64,
    complete: usize,
    has_failed: bool,
}

impl OutputForm {
    /// Of one message: what a message says to a terminal it may not say.
    pub(in crate::commands) fn one_message(raw: bool, console: &Console) -> Self {
        if raw || !console.prints_to_terminal() { Self::Raw } else { Self::Shown(Page::default()) }
    }

    /// Of any number of messages. On a terminal nobody wants them.
    pub(in crate::commands) fn mbox(raw: bool, console: &Console) -> Result<Self> {
        if raw || !console.prints_to_terminal() {
            return Ok(Self::Mbox(MboxForm::begin()));
        }
        let text = "this is an mbox, and standard output is a terminal";
        Err(Error::new(Kind::Usage, text).hint("redirect it into a file, such as > all.mbox, or use --raw"))
    }

    /// `of`: with what each object begins.
    pub(in crate::commands) fn json(of: MailboxJson) -> Self {
        Self::Json(Base64 { of, rest: Vec::new() })
    }
}

impl<'a> Output<'a> {
    pub(in crate::commands) fn new(form: OutputForm, console: &'a Console) -> Self {
        Self {
            console,
            form,
            buffer: Vec::new(),
            file: RegularOutput::open(),
            written: 0,
            ends: Vec::new(),
            whole: 0,
            complete: 0,
            has_failed: false,
        }
    }

    fn write(&mut self, at_least: usize) -> Result<()> {
        if self.buffer.len() > at_least {
            let result = match &mut self.file {
                Some(file) => {
                    let result = file.write(&self.buffer);
                    self.written = file.written();
                    result
                }
                None => {
                    // Of a write that failed nobody knows how much arrived.
                    let result = self.console.write_octets(&self.buffer);
                    self.written += if result.is_ok() { self.buffer.len() as u64 } else { 0 };
                    result
                }
            };
            self.buffer.clear();
            for (end, messages) in self.ends.drain(..).take_while(|(end, _)| *end <= self.written) {
                self.whole = end;
                self.complete += messages;
            }
            self.has_failed |= result.is_err();
            result?;
        }
        Ok(())
    }
}

impl Copy for Output<'_> {
    fn part(&mut self, entry: &Entry<'_>, part: &Part<'_>) -> Result<()> {
        let out = &mut self.buffer;
        match (&mut self.form, part) {
            (OutputForm::Json(form), Part::Refused(refusal)) => form.refused(entry, refusal, out),
            (_, Part::Refused(_)) | (OutputForm::Raw, Part::Begin | Part::End) => {}
            (OutputForm::Raw, Part::Octets(octets)) => out.extend_from_slice(octets),
            (OutputForm::Shown(_), Part::Begin) => {}
            (OutputForm::Shown(page), Part::Octets(octets)) => page.push(octets, out),
            (OutputForm::Shown(page), Part::End) => page.end(out),
            (OutputForm::Mbox(form), Part::Begin) => *form = MboxForm::begin(),
            (OutputForm::Mbox(form), Part::Octets(octets)) => form.push(octets, out),
            (OutputForm::Mbox(form), Part::End) => form.finish(out),
            (OutputForm::Json(form), Part::Begin) => form.begin(entry, out),
            (OutputForm::Json(form), Part::Octets(octets)) => form.push(octets, out),
            (OutputForm::Json(form), Part::End) => form.finish(out),
        }
        let messages = match part {
            Part::End => Some(1),
            Part::Refused(_) => Some(0),
            Part::Begin | Part::Octets(_) => None,
        };
        let end = self.written + self.buffer.len() as u64;
        self.ends.extend(messages.map(|messages| (end, messages)));
        self.write(WRITE_AT)
    }

    fn finish(&mut self) -> Result<()> {
        self.write(0)
    }

    fn cut_back(&mut self) -> Result<WhatIsLeft> {
        if self.file.is_some() {
            let end = self.ends.last().map_or(self.whole, |(end, _)| *end);
            self.buffer.truncate(end.saturating_sub(self.written) as usize);
        }
        let end = self.written + self.buffer.len() as u64;
        self.finish().ok(); // what it has written is known all the same
        let is_cut = self.file.as_mut().map(|file| file.cut(self.whole));
        match is_cut {
            Some(true) => Ok(WhatIsLeft::CutBack),
            None if self.whole == end && !self.has_failed => Ok(WhatIsLeft::Complete),
            _ => Ok(WhatIsLeft::Incomplete),
        }
    }

    fn complete(&self) -> usize {
        self.complete
    }

    fn is_apart(&self) -> bool {
        !self.console.prints_to_terminal() && !prints_to_pipe()
    }
}

/// A message as JSON, at constant memory: its object is open while the base64 of its octets comes.
pub(in crate::commands) struct Base64 {
    of: MailboxJson,
    /// Fewer than three octets, which make no whole group yet.
    rest: Vec<u8>,
}

/// What stands before the octets.
#[derive(Serialize)]
#[serde(tag = "type", rename = "content")]
struct HeadJson<'a> {
    #[serde(flatten)]
    of: &'a MailboxJson,
    number: u32,
    octets: Option<u64>,
    uid: Option<String>,
}

impl Base64 {
    fn begin(&mut self, entry: &Entry<'_>, out: &mut Vec<u8>) {
        self.rest.clear();
        let (number, octets, uid) = (entry.number.get(), entry.octets, entry.json_uid());
        let head = written(&HeadJson { of: &self.of, number, octets, uid });
        out.extend_from_slice(head.strip_suffix('}').unwrap_or(&head).as_bytes());
        out.extend_from_slice(b",\"message_base64\":\"");
    }

    fn refused(&self, entry: &Entry<'_>, refusal: &Refusal, out: &mut Vec<u8>) {
        out.extend_from_slice(written(&FailureJson::of(&self.of, entry, refusal)).as_bytes());
        out.push(b'\n');
    }

    fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        self.rest.extend_from_slice(octets);
        let whole = self.rest.len() / 3 * 3;
        out.extend_from_slice(BASE64_STANDARD.encode(&self.rest[..whole]).as_bytes());
        self.rest.drain(..whole);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(BASE64_STANDARD.encode(&self.rest).as_bytes());
        out.extend_from_slice(b"\"}\n");
    }
}

fn written(object: &impl Serialize) -> String {
    let line = serde_json::to_string(object).expect("numbers and strings can be written as JSON");
    crate::escape::json(&line).into_owned()
}

/// Octets that are written at once at least.
const WRITE_AT: usize = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::MessageNumber;

    #[test]
    fn base64_is_the_same_wherever_it_is_split() {
        let message = b"Subject: \"x\"}\r\n\r\n\xff\0}";
        let entry = Entry { number: MessageNumber::new(7).unwrap(), octets: Some(20), uid: Some(b"a\"}\xff") };
        for size in 1..message.len() {
            let (mut form, mut out) = (Base64 { of: MailboxJson::default(), rest: Vec::new() }, Vec::new());
            form.begin(&entry, &mut out);
            message.chunks(size).for_each(|octets| form.push(octets, &mut out));
            form.finish(&mut out);
            let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(BASE64_STANDARD.decode(json["message_base64"].as_str().unwrap()).unwrap(), message);
            assert_eq!((json["number"].as_u64(), json["uid"].as_str()), (Some(7), Some("a\"}\\xff")));
        }
    }
}
