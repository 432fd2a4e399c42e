//! What tells whether a place is still the one into which earlier runs delivered.

/// The identity of a place, as the ledger records it: of a folder the 16 random octets of its `mailhaul-place` file,
/// of an mbox the inode number of its folder (8 octets, big endian; device numbers change between boots and prove
/// nothing).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity(Vec<u8>);

/// What the ledger knows of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record<'a> {
    /// Nothing: nobody has delivered there.
    New,
    /// An older version delivered there, and recorded no identity.
    Unmarked,
    /// Its identity.
    Known(&'a Identity),
}

/// What is at the path of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The place that is recorded; or, if none is, a place of that kind.
    There,
    /// Nothing: perhaps its disk is not mounted.
    Missing,
    /// Something else than what is recorded: perhaps another disk.
    Another,
}

impl Identity {
    /// As the ledger has it.
    pub fn from_octets(octets: &[u8]) -> Self {
        Self(octets.to_owned())
    }

    /// For the ledger.
    pub fn as_octets(&self) -> &[u8] {
        &self.0
    }
}
