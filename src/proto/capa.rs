use super::Error;
use super::limits::CAPA_LINES;

/// The capabilities of a server, as one CAPA reply listed them (RFC 2449). Valid until STLS or login, which
/// call for a new CAPA (C-096).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The words of each.
    lines: Vec<Vec<String>>,
    /// The same lines as they may be shown, not escaped.
    shown: Vec<Vec<u8>>,
    /// Lines that came, blank ones too.
    received: usize,
}

impl Capabilities {
    /// Adds a line of the reply, unstuffed and without its line end. Unknown ones are kept but mean nothing, and blank
    /// ones only count (C-099): without that a list of nothing would have no end.
    pub fn push_line(&mut self, line: &[u8]) -> Result<(), Error> {
        if self.received == CAPA_LINES {
            return Err(Error::Limit { what: format!("more than {CAPA_LINES} capabilities") });
        }
        self.received += 1;
        let words = words(line);
        if !words.is_empty() {
            self.lines.push(words);
            self.shown.push(line.to_vec());
        }
        Ok(())
    }

    /// Hides what is not for everybody's eyes in what is shown; what the lines mean stays.
    pub fn mask(&mut self, mask: &dyn Fn(&[u8]) -> Vec<u8>) {
        self.shown.iter_mut().for_each(|line| *line = mask(line));
    }

    /// Is the capability listed? Whole words, whatever their case (C-097, C-098).
    pub fn has(&self, tag: &str) -> bool {
        self.parameters(tag).is_some()
    }

    /// Does `SASL` list the mechanism?
    pub fn has_sasl(&self, mechanism: &str) -> bool {
        self.mechanisms().any(|name| name.eq_ignore_ascii_case(mechanism))
    }

    /// What `SASL` lists, which some servers say in several lines; escaped.
    pub fn mechanisms(&self) -> impl Iterator<Item = &str> {
        let lines = self.lines.iter().filter(|words| words[0].eq_ignore_ascii_case("SASL"));
        lines.flat_map(|words| &words[1..]).map(String::as_str)
    }

    /// `UTF8 USER`: USER, PASS and APOP take UTF-8 (RFC 6856 section 2.2, C-174).
    pub fn has_utf8_logins(&self) -> bool {
        let parameters = self.parameters("UTF8").unwrap_or_default();
        parameters.iter().any(|parameter| parameter.eq_ignore_ascii_case("USER"))
    }

    /// `LOGIN-DELAY n`: seconds that must be between two logins (C-105).
    pub fn login_delay(&self) -> Option<u64> {
        self.parameters("LOGIN-DELAY")?.first()?.parse().ok().filter(|&seconds| seconds > 0)
    }

    /// `EXPIRE 0`: the server may remove every retrieved message at QUIT by itself (C-107).
    pub fn expires_at_once(&self) -> bool {
        let expire = self.parameters("EXPIRE").unwrap_or_default();
        expire.first().is_some_and(|days| days == "0")
    }

    /// Each capability with its parameters, escaped, as the server listed them.
    pub fn lines(&self) -> Vec<String> {
        self.shown.iter().map(|line| words(line).join(" ")).collect()
    }

    /// No capability is known: the server has no CAPA, or lists nothing.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn parameters(&self, tag: &str) -> Option<&[String]> {
        let line = self.lines.iter().find(|words| words[0].eq_ignore_ascii_case(tag))?;
        Some(&line[1..])
    }
}

/// The words of a line, escaped.
fn words(line: &[u8]) -> Vec<String> {
    let words = line.split(|octet| matches!(octet, b' ' | b'\t')).filter(|word| !word.is_empty());
    words.map(crate::escape::text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capabilities(lines: &[&str]) -> Capabilities {
        let mut capa = Capabilities::default();
        lines.iter().for_each(|line| capa.push_line(line.as_bytes()).unwrap());
        capa
    }

    #[test]
    fn matches_whole_words_in_any_case() {
        let capa = capabilities(&["pipelining", "TOPSECRET", "SASL PLAIN  xoauth2", "EXPIRE 0", "", "+X_1-unfinished"]);
        assert!(capa.has("PIPELINING"));
        assert!(!capa.has("TOP"));
        assert!(capa.has_sasl("XOAUTH2"));
        assert!(!capa.has_sasl("LOGIN"));
        assert_eq!(capabilities(&["LOGIN-DELAY 300 USER"]).login_delay(), Some(300));
        assert_eq!(capabilities(&["login-delay 0"]).login_delay(), None);
        assert_eq!(capabilities(&["LOGIN-DELAY"]).login_delay(), None);
        assert!(capa.expires_at_once());
        assert!(!capabilities(&["EXPIRE 30"]).expires_at_once());
        assert!(capabilities(&["utf8 user"]).has_utf8_logins());
        assert!(!capabilities(&["UTF8", "USER"]).has_utf8_logins());
        let twice = capabilities(&["SASL LOGIN", "USER", "sasl PLAIN cram-md5"]);
        assert!(["LOGIN", "PLAIN", "CRAM-MD5"].iter().all(|mechanism| twice.has_sasl(mechanism)));
    }

    #[test]
    fn bounds_the_reply() {
        for line in [&b"X"[..], b"", b" \t "] {
            let mut capa = Capabilities::default();
            (0..CAPA_LINES).for_each(|_| capa.push_line(line).unwrap());
            assert!(matches!(capa.push_line(line), Err(Error::Limit { .. })), "{line:?}");
        }
    }
}
