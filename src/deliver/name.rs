//! Unique names of files. Uniqueness comes from the name alone: from 64 random bits (C-305, C-306).

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Tag;
use crate::error::{Error, Result};
use crate::private::{self, hex};

/// Makes the names of a Maildir: `SECONDS.M<usec>P<pid>Q<counter>R<tag><random>.HOST`.
#[derive(Debug)]
pub(super) struct Names {
    tag: Tag,
    host: String,
    pid: u32,
    counter: u64,
    /// Random octets that no name has used yet.
    random: Vec<[u8; 8]>,
}

impl Names {
    pub(super) fn new(tag: Tag) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let host = if host.is_empty() { "localhost".to_owned() } else { host };
        Self {
            tag,
            host: host.replace('/', "\\057").replace(':', "\\072"),
            pid: std::process::id(),
            counter: 0,
            random: Vec::new(),
        }
    }

    /// A new name. The counter makes names sort as the messages came (C-316).
    pub(super) fn next(&mut self) -> Result<String> {
        self.counter += 1;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let (seconds, micros) = (now.as_secs(), now.subsec_micros());
        if self.random.is_empty() {
            self.random = random_octets::<RANDOM_AT_ONCE>()?.as_chunks().0.to_vec();
        }
        let random = hex(&self.random.pop().unwrap_or_default());
        let Self { tag: Tag(tag), host, pid, counter, .. } = self;
        Ok(format!("{seconds}.M{micros:06}P{pid}Q{counter:06}R{tag}{random}.{host}"))
    }
}

/// Is it the name of a file of this tag?
pub(super) fn is_own(name: &str, tag: &Tag) -> bool {
    let mut parts = name.splitn(3, '.');
    let unique = parts.nth(1).unwrap_or_default();
    let random = unique.rsplit_once('R').map(|(_, random)| random).unwrap_or_default();
    random.len() == 32 && random.starts_with(&tag.0)
}

/// The name of a spool beside an mbox.
pub(super) fn spool(tag: &Tag) -> Result<String> {
    Ok(format!("{}{}{SPOOL_END}", hidden_prefix(tag), hex(&random_octets::<8>()?)))
}

/// With what the names of the hidden files of this tag begin.
pub(super) fn hidden_prefix(tag: &Tag) -> String {
    format!(".mailhaul-{}-", tag.0)
}

/// The names in a folder; those that are no UTF-8 are not ours.
pub(super) fn names_in(folder: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::io("read the folder", folder, error);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().into_string());
    }
    Ok(names)
}

pub(super) fn random_octets<const N: usize>() -> Result<[u8; N]> {
    let mut random = [0; N];
    private::random(&mut random)?;
    Ok(random)
}

/// With what the names of spools end.
pub(super) const SPOOL_END: &str = ".spool";

/// Random octets are taken from the system for this many names at once, at 8 a name.
const RANDOM_AT_ONCE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_sorted_and_known_again() {
        let tag = Tag::new([1, 2, 3, 4, 5, 6, 7, 8]);
        let mut names = Names::new(tag.clone());
        let (one, two) = (names.next().unwrap(), names.next().unwrap());
        assert_ne!(one, two);
        assert!(is_own(&one, &tag) && is_own(&two, &tag));
        assert!(!is_own(&one, &Tag::new([9; 8])));
        assert!(!one.contains('/') && !one.contains(':'));
        assert!(is_own(&format!("{one}:2,S"), &tag));
        let (ours, theirs) = (hex(&[1, 2, 3, 4, 5, 6, 7, 8]), hex(&[9; 8]));
        for foreign in
            [format!("1.R{ours}.host"), format!("1.R{ours}{theirs}0.host"), format!("1.R{theirs}{ours}.host")]
        {
            assert!(!is_own(&foreign, &tag), "{foreign}");
        }
        assert_eq!(hidden_prefix(&tag), format!(".mailhaul-{ours}-"));
        for foreign in ["1.M1P1.host", "x", "", "1700000000.R0102030405060708.host"] {
            assert!(!is_own(foreign, &tag), "{foreign}");
        }
    }
}
