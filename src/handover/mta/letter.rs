use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;

use super::text::{DotStuffer, return_path};
use crate::error::{Error, Result};
use crate::headers::MAX_HEADER;

/// A message in a file, and what a server is told of it before it comes.
pub(super) struct Letter {
    file: File,
    /// Its start: all of it, if it is short.
    start: Vec<u8>,
    is_short: bool,
    /// Its size on the line, as RFC 1870 counts: with CRLF, without the dots that are added.
    pub(super) octets: u64,
    /// Has it octets above 127?
    pub(super) is_eight_bit: bool,
    /// Who has sent it; nothing: nobody.
    pub(super) sender: Option<String>,
}

impl Letter {
    /// Reads a file through once.
    pub(super) fn open(path: &Path) -> Result<Self> {
        Self::read(path).map_err(|error| Error::io("read", path, error))
    }

    fn read(path: &Path) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        let mut start = Vec::new();
        file.by_ref().take(MAX_HEADER as u64).read_to_end(&mut start)?;
        let is_short = start.len() < MAX_HEADER;
        let sender = return_path(&start);
        let mut letter = Self { file, start, is_short, octets: 0, is_eight_bit: false, sender };
        let (mut stuffer, mut out, mut is_ascii) = (DotStuffer::new(), Vec::new(), true);
        letter.each_piece(&mut |piece| {
            is_ascii &= piece.is_ascii();
            out.clear();
            stuffer.push(piece, &mut out);
            Ok::<(), std::io::Error>(())
        })?;
        stuffer.finish(&mut out);
        (letter.octets, letter.is_eight_bit) = (stuffer.octets(), !is_ascii);
        Ok(letter)
    }

    /// All octets of it, in pieces.
    fn each_piece<E: From<std::io::Error>>(&mut self, each: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        if self.is_short {
            return each(&self.start);
        }
        self.file.rewind()?;
        let mut piece = vec![0; PIECE];
        loop {
            match self.file.read(&mut piece)? {
                0 => return Ok(()),
                octets => each(&piece[..octets])?,
            }
        }
    }

    /// What goes over the line behind DATA, in pieces, with the dot at its end.
    pub(super) fn each_sent<E: From<std::io::Error>>(
        &mut self,
        each: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut stuffer, mut out) = (DotStuffer::new(), Vec::new());
        self.each_piece(&mut |piece| {
            // One piece late, so that the dot leaves together with the last one.
            if !out.is_empty() {
                each(&out)?;
                out.clear();
            }
            stuffer.push(piece, &mut out);
            Ok::<(), E>(())
        })?;
        stuffer.finish(&mut out);
        out.extend_from_slice(b".\r\n");
        each(&out)
    }
}

/// Octets read at a time.
const PIECE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(content: &[u8]) -> (tempfile::TempDir, Letter) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m");
        std::fs::write(&path, content).unwrap();
        let letter = Letter::open(&path).unwrap();
        (folder, letter)
    }

    fn sent(letter: &mut Letter) -> Vec<u8> {
        let mut all = Vec::new();
        letter
            .each_sent(&mut |piece| {
                all.extend_from_slice(piece);
                Ok::<(), std::io::Error>(())
            })
            .unwrap();
        all
    }

    #[test]
    fn says_what_a_server_is_told() {
        let (_folder, mut short) = letter(b"Return-Path: <a@b>\nX: \xfc\n\n.\n");
        assert_eq!((short.octets, short.is_eight_bit, short.sender.as_deref()), (31, true, Some("a@b")));
        for _ in 0..2 {
            assert_eq!(sent(&mut short), b"Return-Path: <a@b>\r\nX: \xfc\r\n\r\n..\r\n.\r\n", "any number of times");
        }
        let (_folder, mut empty) = letter(b"");
        assert_eq!((empty.octets, empty.is_eight_bit, empty.sender.is_none()), (0, false, true));
        assert_eq!(sent(&mut empty), b".\r\n");
    }

    #[test]
    fn a_long_one_is_streamed() {
        for octets in [MAX_HEADER - 1, MAX_HEADER, MAX_HEADER + 1, 3 * MAX_HEADER + 7] {
            let content: Vec<u8> = b"0123456789\n.\n".iter().copied().cycle().take(octets).collect();
            let (_folder, mut long) = letter(&content);
            let mut expected = String::from_utf8(content).unwrap().replace('\n', "\r\n").replace("\n.", "\n..");
            if !expected.ends_with('\n') {
                expected.push_str("\r\n");
            }
            let dots = expected.matches("\n..").count() as u64;
            assert_eq!(long.octets, expected.len() as u64 - dots, "{octets}");
            assert!(sent(&mut long) == (expected + ".\r\n").as_bytes(), "{octets}");
        }
    }

    #[test]
    fn no_file_is_an_error() {
        let error = Letter::open(Path::new("/nonexistent/m")).err().unwrap();
        assert!(error.to_string().starts_with("cannot read /nonexistent/m"), "{error}");
    }
}
