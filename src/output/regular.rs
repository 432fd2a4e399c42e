//! Standard output that is a regular file: it can be cut back to what is whole.

use std::fs::File;
use std::io::Write;

use rustix::fs::{FileType, OFlags, SeekFrom};

use crate::error::{Error, Result};

/// The file, from where this program began to write to it.
pub struct RegularOutput {
    file: File,
    begin: u64,
    written: u64,
}

/// Does another program read standard output? It may show on the terminal what it reads.
pub fn prints_to_pipe() -> bool {
    let about = rustix::fs::fstat(std::io::stdout());
    about.is_ok_and(|about| matches!(FileType::from_raw_mode(about.st_mode), FileType::Fifo | FileType::Socket))
}

impl RegularOutput {
    /// Nothing, where standard output is something else, or is written to in the middle of a file.
    pub fn open() -> Option<Self> {
        let file = File::from(rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), 3).ok()?);
        let about = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let appends = rustix::fs::fcntl_getfl(&file).ok()?.contains(OFlags::APPEND);
        let is_at_end = appends || rustix::fs::tell(&file).ok()? == about.len();
        is_at_end.then(|| Self { file, begin: about.len(), written: 0 })
    }

    /// Writes octets.
    pub fn write(&mut self, octets: &[u8]) -> Result<()> {
        let mut rest = octets;
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(0) => return Err(Error::standard_output(std::io::ErrorKind::WriteZero.into())),
                Ok(count) => {
                    self.written += count as u64;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::standard_output(error)),
            }
        }
        Ok(())
    }

    /// Octets of it that were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Keeps this many octets of those that were written, and what was there before. Says whether it did: what another
    /// program has written meanwhile is not touched.
    pub fn cut(&mut self, keep: u64) -> bool {
        let end = self.begin + self.written;
        let is_ours = self.file.metadata().is_ok_and(|about| about.len() == end);
        let keep = self.begin + keep;
        is_ours && self.file.set_len(keep).is_ok() && rustix::fs::seek(&self.file, SeekFrom::Start(keep)).is_ok()
    }
}
