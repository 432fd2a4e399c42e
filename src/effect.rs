//! The effects that a fetch has on the world, as values.
//!
//! The order of effects is the product: data, ledger, publication, DELE, QUIT. Whoever performs one tells the
//! [`Observer`] right after it. The program uses [`Silent`]; the tests assert the sequence, or end the process
//! at each effect in turn. A core module: `deliver` and `fetch` use it.

/// One effect that has just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// A file for a staged message was created (Maildir `tmp/`, or an mbox spool).
    SpoolCreated,
    /// Octets of a message were written to its staged file.
    SpoolWritten,
    /// A message is whole in its staged file.
    Staged,
    /// The staged files of a batch were made durable.
    SpoolSynced,
    /// The mbox was locked.
    Locked,
    /// The ledger says of a batch: staged.
    Recorded,
    /// One file was renamed into `new/`.
    Renamed,
    /// A receiver has said that it has a message.
    HandedOver,
    /// A piece of a batch was appended to the mbox.
    Appended,
    /// The folders of the Maildir, or the mbox, were synced after publication.
    Synced,
    /// Recovery wrote a message again at its place in the mbox.
    Rewritten,
    /// The lock on the mbox was given back.
    Unlocked,
    /// A spool file was removed.
    SpoolRemoved,
    /// The ledger says of a batch: published.
    Published,
    /// DELE was written to the server.
    DeleSent,
    /// The ledger says: delete pending.
    DeletePending,
    /// QUIT was answered `+OK`.
    QuitAnswered,
    /// The ledger says: deleted.
    Deleted,
    /// The ledger was brought up to date with a complete listing.
    ListingNoted,
}

/// Is told of each effect right after it happened.
pub trait Observer: Send + Sync {
    /// `effect` has just happened.
    fn after(&self, effect: Effect);
}

/// The observer of the program itself: does nothing.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn after(&self, _: Effect) {}
}
