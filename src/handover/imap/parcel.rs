//! A message of the outbox as it goes over the line. It is read twice and never held: once to count, once to send.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::date::internal_date;
use crate::error::{Error, Kind, Result};
use crate::fingerprint::{Fingerprint, Taker};
use crate::headers::{Headers, MAX_HEADER};

/// What must be known of a message before its first octet is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    pub(super) file: PathBuf,
    /// As they are sent: bare LF counts for two.
    pub(super) octets: u64,
    pub(super) fingerprint: Fingerprint,
    /// IMAP cannot carry it, then.
    pub(super) has_nul: bool,
    /// Carriage returns in the file: servers differ in what they make of those that are not before a line feed.
    pub(super) returns: u64,
    /// For INTERNALDATE.
    pub(super) date: Option<String>,
    /// Without its angle brackets; empty if there is none that a search can name.
    pub(super) message_id: String,
}

impl Parcel {
    /// Reads a file through.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let (mut taker, mut to_crlf, mut head) = (Taker::default(), ToCrlf::default(), Head::default());
        let (mut octets, mut returns, mut has_nul) = (0, 0, false);
        each_piece(file, &mut |piece| {
            taker.push(piece);
            head.push(piece);
            octets += (piece.len() + to_crlf.count(piece)) as u64;
            returns += memchr::memchr_iter(b'\r', piece).count() as u64;
            has_nul |= memchr::memchr(0, piece).is_some();
            Ok(())
        })?;
        let (date, message_id) = (internal_date(&head.octets), searchable(&head.octets));
        Ok(Self { file: file.to_owned(), octets, fingerprint: taker.finish(), has_nul, returns, date, message_id })
    }

    /// What is the same however a server keeps line ends.
    pub(super) fn essence(&self) -> Result<Essence> {
        let mut essence = EssenceTaker::default();
        each_piece(&self.file, &mut |piece| {
            essence.push(piece);
            Ok(())
        })?;
        Ok(essence.finish())
    }

    /// Can a message of this size, as a server counts it, be this one? Only line ends may differ.
    pub(super) fn may_have_size(&self, octets: u64) -> bool {
        self.octets.abs_diff(octets) <= self.returns
    }

    /// Gives its octets out, as many as [`Self::octets`] says: anything else is an error, and the connection must end.
    pub(super) fn send(&self, out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (mut to_crlf, mut sent) = (ToCrlf::default(), 0);
        each_piece(&self.file, &mut |piece| {
            to_crlf.push(piece, &mut |octets| {
                sent += octets.len() as u64;
                if sent > self.octets { Err(self.has_changed()) } else { out(octets) }
            })
        })?;
        if sent == self.octets { Ok(()) } else { Err(self.has_changed()) }
    }

    fn has_changed(&self) -> Error {
        let shown = crate::escape::path(&self.file);
        Error::new(Kind::LocalIo, format!("{shown} was changed while it was handed over"))
    }
}

fn each_piece(file: &Path, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let cannot = |error| Error::io("read", file, error);
    let mut stream = File::open(file).map_err(cannot)?;
    let mut buffer = vec![0; PIECE];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(octets) => take(&buffer[..octets])?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(cannot(error)),
        }
    }
}

/// A Message-ID as a quoted string can carry it.
fn searchable(header: &[u8]) -> String {
    let id = Headers::read(header).message_id;
    let is_plain =
        id.len() <= LONGEST_ID && id.bytes().all(|octet| octet.is_ascii_graphic() && !b"\\\"".contains(&octet));
    if is_plain { id } else { String::new() }
}

/// The beginning of a message, up to the end of its header.
#[derive(Default)]
struct Head {
    octets: Vec<u8>,
    has_ended: bool,
}

impl Head {
    fn push(&mut self, piece: &[u8]) {
        if self.has_ended {
            return;
        }
        let from = self.octets.len().saturating_sub(3);
        let room = MAX_HEADER.saturating_sub(self.octets.len());
        self.octets.extend_from_slice(&piece[..piece.len().min(room)]);
        let new = &self.octets[from..];
        let ends = [&b"\n\r\n"[..], b"\n\n"].map(|end| memchr::memmem::find(new, end).map(|at| from + at + end.len()));
        if let Some(end) = ends.into_iter().flatten().min() {
            self.octets.truncate(end);
            self.has_ended = true;
        }
        self.has_ended |= self.octets.len() >= MAX_HEADER;
    }
}

/// Turns each LF that no CR stands before into CRLF: a bare one is two things to two servers. A bare CR is data and stays.
#[derive(Clone, Copy, Default)]
struct ToCrlf {
    /// The input so far ends in a CR.
    behind_cr: bool,
}

impl ToCrlf {
    fn push(&mut self, mut input: &[u8], out: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let Some(&last) = input.last() else { return Ok(()) };
        let mut behind_cr = std::mem::replace(&mut self.behind_cr, last == b'\r');
        let mut from = 0;
        while let Some(at) = memchr::memchr(b'\n', &input[from..]) {
            let at = from + at;
            let has_cr = if at == 0 { behind_cr } else { input[at - 1] == b'\r' };
            from = at + 1;
            if !has_cr {
                out(&input[..at])?;
                out(b"\r\n")?;
                (input, from, behind_cr) = (&input[from..], 0, false);
            }
        }
        out(input)
    }

    /// Octets that [`Self::push`] would add.
    fn count(&mut self, input: &[u8]) -> usize {
        let (mut bare, mut before) = (0, self.behind_cr);
        for at in memchr::memchr_iter(b'\n', input) {
            let has_cr = if at == 0 { before } else { input[at - 1] == b'\r' };
            bare += usize::from(!has_cr);
        }
        before = input.last().map_or(before, |&last| last == b'\r');
        self.behind_cr = before;
        bare
    }
}

/// A digest of a message without its carriage returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Essence([u8; 32]);

/// Takes one of a message that comes in pieces.
#[derive(Default)]
pub(super) struct EssenceTaker(Sha256);

impl EssenceTaker {
    pub(super) fn push(&mut self, piece: &[u8]) {
        piece.split(|octet| *octet == b'\r').for_each(|part| self.0.update(part));
    }

    pub(super) fn finish(self) -> Essence {
        Essence(self.0.finalize().into())
    }
}

/// Octets read at a time.
const PIECE: usize = 64 * 1024;

const LONGEST_ID: usize = 500;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parcel(content: &[u8]) -> (Parcel, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("m");
        std::fs::write(&file, content).unwrap();
        let parcel = Parcel::read(&file).unwrap();
        let mut sent = Vec::new();
        parcel
            .send(&mut |octets| {
                sent.extend_from_slice(octets);
                Ok(())
            })
            .unwrap();
        (parcel, sent)
    }

    #[test]
    fn bare_line_feeds_get_their_carriage_return_and_are_counted() {
        for (content, expected) in [
            (&b""[..], &b""[..]),
            (b"a\r\nb\r\n", b"a\r\nb\r\n"),
            (b"a\nb\n\n.\n", b"a\r\nb\r\n\r\n.\r\n"),
            (b"a\rb\r\r\n\n\rc", b"a\rb\r\r\n\r\n\rc"),
            (b"\n", b"\r\n"),
        ] {
            let (parcel, sent) = parcel(content);
            assert_eq!(sent, expected);
            assert_eq!(parcel.octets, expected.len() as u64);
        }
        assert!(parcel(b"a\0b").0.has_nul);
    }

    #[test]
    fn what_is_known_of_it() {
        let (parcel, _) =
            parcel(b"Message-ID: <1@a>\r\nDate: Thu, 5 Nov 2026 10:00:00 +0000\r\n\r\nMessage-ID: <2@a>\r\n");
        assert_eq!((parcel.message_id.as_str(), parcel.date.as_deref()), ("1@a", Some("05-Nov-2026 10:00:00 +0000")));
        assert!(!parcel.has_nul && !parcel.fingerprint.is_whole());
        assert_eq!(self::parcel(b"Message-ID: <a\"b>\r\n\r\n").0.message_id, "");
    }

    #[test]
    fn a_file_that_changes_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("m");
        std::fs::write(&file, "abc").unwrap();
        let parcel = Parcel::read(&file).unwrap();
        for content in ["ab", "abcd"] {
            std::fs::write(&file, content).unwrap();
            let error = parcel.send(&mut |_| Ok(())).unwrap_err();
            assert!(error.to_string().contains("was changed"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same(message in "(\r|\n|\r\n|a){0,12}", cut in 0usize..20) {
            let message = message.as_bytes();
            let cut = cut.min(message.len());
            let (mut to_crlf, mut counter, mut sent) = (ToCrlf::default(), ToCrlf::default(), Vec::new());
            let mut count = message.len();
            for piece in [&message[..cut], &message[cut..]] {
                to_crlf.push(piece, &mut |octets| { sent.extend_from_slice(octets); Ok(()) }).unwrap();
                count += counter.count(piece);
            }
            let text = String::from_utf8(message.to_vec()).unwrap();
            let expected = text.replace("\r\n", "\n").replace('\n', "\r\n");
            prop_assert_eq!(&sent, expected.as_bytes());
            prop_assert_eq!(count, sent.len());
        }
    }
}
