/// Where a folder was before messages went into it: what was there has a UID below `next`, as long as the validity is the
/// same (RFC 3501 section 2.3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) validity: u64,
    pub(super) next: u64,
}

impl Mark {
    /// To be stored.
    pub(super) fn to_octets(self) -> Vec<u8> {
        format!("{} {}", self.validity, self.next).into_bytes()
    }

    /// One that was stored; none of what is not one.
    pub(super) fn from_octets(octets: &[u8]) -> Option<Self> {
        let (validity, next) = std::str::from_utf8(octets).ok()?.split_once(' ')?;
        Some(Self { validity: validity.parse().ok()?, next: next.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[test]
    fn what_is_stored_is_known_again() {
        let mark = Mark { validity: 4_294_967_295, next: 1 };
        assert_eq!(Mark::from_octets(&mark.to_octets()), Some(mark));
        for octets in [&b""[..], b"1", b"1 2 3", b"a b", b"\xff 1"] {
            assert_eq!(Mark::from_octets(octets), None);
        }
    }
}
