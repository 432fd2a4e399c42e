//! Options of a file, as they were read: before anybody has said what they mean.

/// One option with its words.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PeerOption {
    /// The line where it begins, from 1.
    pub(super) line: usize,
    /// Its name, in its usual form.
    pub(super) name: &'static str,
    /// It is denied: `no keep`.
    pub(super) is_denied: bool,
    /// What follows it.
    pub(super) values: Vec<String>,
}

impl PeerOption {
    /// Its first word.
    pub(super) fn value(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// As it is shown: what may be a secret is not.
    pub(super) fn shown(&self) -> String {
        let no = if self.is_denied { "no " } else { "" };
        let values = if is_secret(self.name) { String::new() } else { self.values.join(" ") };
        format!("{no}{} {values}", self.name).trim_end().to_owned()
    }
}

/// It may hold a password.
fn is_secret(name: &str) -> bool {
    ["password", "pass", "esmtppassword"].contains(&name)
}
