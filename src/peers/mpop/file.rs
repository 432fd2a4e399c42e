//! An mpoprc: a command and its argument on each line, in accounts that may have parents.

use crate::peers::options::PeerOption;

/// The whole file.
#[derive(Default)]
pub(super) struct MpopFile {
    pub(super) accounts: Vec<MpopAccount>,
    /// Lines that say nothing that is known, and why.
    pub(super) wrong: Vec<(usize, &'static str)>,
}

/// An account with all that it has from others.
#[derive(Clone, Default)]
pub(super) struct MpopAccount {
    pub(super) line: usize,
    pub(super) name: String,
    /// In the order in which they were said; the last of a name counts.
    pub(super) options: Vec<PeerOption>,
    /// How many of them are the defaults.
    defaults: usize,
}

impl MpopAccount {
    /// Each name once: parents of parents would be many times the same.
    fn inherit(&mut self, options: &[PeerOption]) {
        let defaults = self.defaults;
        for option in options {
            let own = self.options.iter().skip(defaults).position(|known| known.name == option.name);
            match own {
                Some(at) => self.options[defaults + at] = option.clone(),
                None => self.options.push(option.clone()),
            }
        }
    }

    /// What was said last of an option.
    pub(super) fn get(&self, name: &str) -> Option<&PeerOption> {
        self.options.iter().rev().find(|option| option.name == name)
    }

    /// Its argument, if there is one.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(PeerOption::value).filter(|value| !value.is_empty())
    }

    /// Is it on? An empty argument is `on`.
    pub(super) fn is_on(&self, name: &str) -> Option<bool> {
        self.get(name).map(|option| matches!(option.value(), "on" | ""))
    }
}

impl MpopFile {
    pub(super) fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut defaults: Vec<PeerOption> = Vec::new();
        let mut is_defaults = false;
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let number = at + 1;
            let line = line.trim_matches([' ', '\t', '\r']);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (command, argument) = line.split_once([' ', '\t']).unwrap_or((line, ""));
            let argument = unquoted(argument.trim_matches([' ', '\t']));
            match command {
                "defaults" => is_defaults = true, // a second one adds to the first
                "account" => {
                    is_defaults = false;
                    file.begin(number, argument, &defaults);
                }
                _ => match (COMMANDS.iter().find(|name| **name == command), file.accounts.last_mut()) {
                    (None, _) => file.wrong.push((number, "it begins with a word that is none of mpop's")),
                    (Some(name), _) if SWITCHES.contains(name) && !["on", "off", ""].contains(&argument) => {
                        file.wrong.push((number, "it is neither on nor off"));
                    }
                    (Some(name), account) => {
                        let (name, values) = (*name, vec![argument.to_owned()]);
                        let option = PeerOption { line: number, name, is_denied: false, values };
                        match account {
                            _ if is_defaults => defaults.push(option),
                            Some(account) => account.options.push(option),
                            None => file.wrong.push((number, "it stands before the first account")),
                        }
                    }
                },
            }
        }
        file
    }

    /// `account NAME [: PARENT[, PARENT ..]]`: it has what its parents said themselves, a later one before an earlier one, and
    /// the defaults as they are now.
    fn begin(&mut self, line: usize, argument: &str, defaults: &[PeerOption]) {
        let (name, parents) = argument.split_once(':').unwrap_or((argument, ""));
        let mut account = MpopAccount {
            line,
            name: unquoted(name.trim()).to_owned(),
            options: defaults.to_vec(),
            defaults: defaults.len(),
        };
        for parent in parents.split(',').map(|parent| unquoted(parent.trim())).filter(|parent| !parent.is_empty()) {
            match self.accounts.iter().find(|account| account.name == parent) {
                Some(parent) => account.inherit(&parent.options[parent.defaults..]),
                None => self.wrong.push((line, "the account has a parent that is not there")),
            }
        }
        self.accounts.push(account);
    }
}

/// An argument that is in quotes as a whole; there are no escapes.
pub(super) fn unquoted(argument: &str) -> &str {
    argument.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(argument)
}

/// Commands that are on or off, in lower case.
const SWITCHES: &[&str] = &["received_header", "tls", "tls_starttls", "tls_certcheck", "only_new"];

const COMMANDS: &[&str] = &[
    "host",
    "port",
    "source_ip",
    "proxy_host",
    "proxy_port",
    "socket",
    "timeout",
    "connect_timeout",
    "pipelining",
    "received_header",
    "auth",
    "user",
    "password",
    "passwordeval",
    "ntlmdomain",
    "eval",
    "tls",
    "tls_starttls",
    "tls_trust_file",
    "tls_crl_file",
    "tls_fingerprint",
    "tls_key_file",
    "tls_cert_file",
    "tls_certcheck",
    "tls_priorities",
    "tls_host_override",
    "tls_min_dh_prime_bits",
    "tls_force_sslv3",
    "tls_nocertcheck",
    "tls_nostarttls",
    "delivery",
    "uidls_file",
    "only_new",
    "keep",
    "killsize",
    "skipsize",
    "filter",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_what_its_parents_and_the_defaults_say() {
        let text = "# x\ndefaults\ntls on\nkeep off\naccount a\nhost a.example\n keep on\naccount b\nhost b.example\n\
                    defaults\nuser ann\naccount c : a, b\nport \"1995\"\npassword x # y\"\nfoo\naccount d : z\n";
        let file = MpopFile::parse(text);
        let c = &file.accounts[2];
        assert_eq!((c.name.as_str(), c.line, c.value("host")), ("c", 12, Some("b.example")));
        assert_eq!(
            (c.value("port"), c.value("user"), c.value("password")),
            (Some("1995"), Some("ann"), Some("x # y\""))
        );
        assert_eq!(
            (c.is_on("tls"), c.is_on("keep"), file.accounts[1].is_on("keep")),
            (Some(true), Some(true), Some(false))
        );
        assert_eq!(file.wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [15, 16]);
    }
}
