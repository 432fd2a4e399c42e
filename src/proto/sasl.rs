use zeroize::Zeroizing;

/// One SASL exchange of a client, without I/O and without base64 (RFC 4422). `auth` has the mechanisms, `client`
/// drives them.
///
/// ```text
/// initial -> [challenge -> answer]... -> finish, when the server said +OK
/// ```
///
/// An exchange is for one attempt; its messages hold secrets or what depends on them, so they are wiped.
pub trait Exchange {
    /// The name of the mechanism, as CAPA lists it.
    fn mechanism(&self) -> &'static str;

    /// What the client says before any challenge; `None` where the server speaks first.
    fn initial(&self) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    /// The answer to the next challenge. An error says what is wrong with the challenge, in words of ours: the exchange
    /// is to be cancelled.
    fn answer(&mut self, challenge: &[u8]) -> Result<Zeroizing<Vec<u8>>, String>;

    /// The server says that the login is good: is it allowed to say so? Where the mechanism has the server prove that
    /// it knows the password too, not without that proof (C-150). The error repeats nothing that the server said.
    fn finish(&self) -> Result<(), String> {
        Ok(())
    }

    /// Which message of the client's, counted from 0, is the first that depends on the secret. A refusal after it is
    /// a verdict on the secret; a refusal before it is not.
    fn proof(&self) -> usize {
        0
    }

    /// What the server told of a failure in a challenge, before its `-ERR`; neither masked nor escaped.
    fn failure(&self) -> Option<&[u8]> {
        None
    }

    /// Must the first message wait for the server's `+` even if it is short (C-166, C-198)?
    fn wants_two_lines(&self) -> bool {
        false
    }

    /// Do only the number and the order of challenges count, and not what they say (C-148, C-155)?
    fn ignores_challenges(&self) -> bool {
        false
    }
}
