//! A message of the outbox as a command reads it: with LF line ends.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use crate::deliver::{ToLf, return_path};
use crate::error::{Error, Result};

/// A message that is to be written to a command.
pub(super) struct PipedMessage {
    /// Its octets.
    pub(super) text: Box<dyn Read>,
    /// How many there are.
    pub(super) octets: u64,
    /// The sender of its envelope, if there is one.
    pub(super) sender: Option<String>,
}

impl PipedMessage {
    /// Opens one. A large message is read twice, because its octets are to be counted first; none is held in memory.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |error| Error::io("read", path, error);
        let file = File::open(path).map_err(|error| Error::io("open", path, error))?;
        let mut text = LfReader::new(file);
        let mut start = Vec::new();
        text.by_ref().take(START).read_to_end(&mut start).map_err(failed)?;
        let rest = io::copy(&mut text, &mut io::sink()).map_err(failed)?;
        let (octets, sender) = (start.len() as u64 + rest, return_path(&start).map(str::to_owned));
        let text: Box<dyn Read> = if rest == 0 {
            Box::new(Cursor::new(start))
        } else {
            let mut file = text.into_inner();
            file.rewind().map_err(failed)?;
            Box::new(LfReader::new(file))
        };
        Ok(Self { text, octets, sender })
    }
}

/// Reads a file, and gives it with LF line ends.
struct LfReader {
    file: File,
    lf: ToLf,
    input: Vec<u8>,
    /// Converted, and not yet given.
    output: Vec<u8>,
    given: usize,
}

impl LfReader {
    fn new(file: File) -> Self {
        Self { file, lf: ToLf::default(), input: vec![0; PIECE], output: Vec::new(), given: 0 }
    }

    fn into_inner(self) -> File {
        self.file
    }

    /// Converts the next piece. False at the end.
    fn convert(&mut self) -> io::Result<bool> {
        let Self { file, lf, input, output, given } = self;
        output.clear();
        *given = 0;
        let count = file.read(input)?;
        let mut sink = |octets: &[u8]| output.extend_from_slice(octets);
        if count == 0 {
            lf.finish(&mut sink)
        } else {
            lf.push(&input[..count], &mut sink)
        }
        Ok(count > 0 || !output.is_empty())
    }
}

impl Read for LfReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if !self.convert()? {
                return Ok(0);
            }
        }
        let count = (self.output.len() - self.given).min(into.len());
        into[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

/// Octets that are looked at for the sender, which servers put first. A message that has no more is read once.
const START: u64 = 64 * 1024;

/// Octets that are read at once.
const PIECE: usize = 64 * 1024;
