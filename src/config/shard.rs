//! A share of the accounts, for several processes that have one configuration between them.

use sha2::{Digest, Sha256};

/// `2/8`: the second of eight shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `count`.
    index: u64,
    count: u64,
}

impl Shard {
    /// # Errors
    ///
    /// What it must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = |text: &str| text.parse::<u32>().ok().map(u64::from);
        let numbers = text.split_once('/').and_then(|(index, count)| Some((number(index)?, number(count)?)));
        match numbers {
            None => Err("must be I/N, such as 2/8 for the second of 8 shards".into()),
            Some((_, 0)) => Err("must be I/N with N from 1: N is the number of shards".into()),
            Some((0, count)) => Err(format!(
                "must be I/N with I from 1 to N: the first of {count} shards is 1/{count} (a StatefulSet of Kubernetes counts \
                 from 1 with spec.ordinals.start: 1)"
            )),
            Some((index, count)) if index > count => {
                Err(format!("must be I/N with I from 1 to N: there is no shard {index} of {count}"))
            }
            Some((index, count)) => Ok(Self { index, count }),
        }
    }

    /// Does it have the account of this name? That must stay as it is for ever: an account that goes to another shard would
    /// be fetched again from its first message on.
    pub fn has(self, name: &str) -> bool {
        let digest = Sha256::digest(name);
        let mut octets = [0; 8];
        octets.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(octets) % self.count + 1 == self.index
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers are those of `printf NAME | sha256sum`, and must never change.
    #[test]
    fn names_stay_in_their_shards() {
        for (name, of_8, of_1000) in [("work", 7, 399), ("ann@example.org", 8, 256), ("müller", 4, 820)] {
            let shards = |count: u32| (1..=count).filter(move |index| of(*index, count).has(name));
            assert_eq!(shards(8).collect::<Vec<_>>(), [of_8], "{name}");
            assert_eq!(shards(1000).collect::<Vec<_>>(), [of_1000], "{name}");
            assert!(of(1, 1).has(name));
        }
    }

    fn of(index: u32, count: u32) -> Shard {
        Shard::parse(&format!("{index}/{count}")).unwrap()
    }

    #[test]
    fn what_is_wrong_is_told_with_what_is_right() {
        for (wrong, says) in [
            ("x", "such as 2/8"),
            ("1/", "such as 2/8"),
            ("-1/3", "such as 2/8"),
            ("1/99999999999", "such as 2/8"),
            ("1/0", "N from 1"),
            ("0/3", "the first of 3 shards is 1/3"),
            ("4/3", "there is no shard 4 of 3"),
        ] {
            let why = Shard::parse(wrong).unwrap_err();
            assert!(why.contains(says), "{wrong}: {why}");
        }
        assert_eq!(of(3, 3).to_string(), "3/3");
    }
}
