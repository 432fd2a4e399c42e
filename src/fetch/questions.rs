//! How far a session is with what it asks before it fetches.

/// How far the questions are: by TOP, or by a download where TOP cannot tell. New messages are fetched after them: what
/// is known under another unique-id is not, and what was under theirs may be one of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Questions {
    Open,
    /// The publisher was told that all are answered.
    Told,
    Over,
}

impl Questions {
    /// One more: the answers were a sample, and not enough.
    pub(super) fn go_on(&mut self) {
        if *self == Self::Told {
            *self = Self::Open;
        }
    }
}

/// How TOP does on this server.
#[derive(Default)]
pub(super) struct Tops {
    pub(super) answered: u64,
    pub(super) refused: u64,
}

impl Tops {
    /// A server that has refused some and answered none does not have it.
    pub(super) fn are_lacking(&self) -> bool {
        self.answered == 0 && self.refused >= TOPS_REFUSED
    }
}

/// TOP refused so often, and never answered: the server does not have it.
const TOPS_REFUSED: u64 = 3;
