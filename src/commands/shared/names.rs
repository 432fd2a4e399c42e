//! AccountNames for accounts that had other names.

use std::collections::{HashMap, HashSet};

use crate::config::{Account, ConfigFile, check_name};
use crate::net::is_surely_this_machine;

/// The names and mailboxes that are taken.
pub(in crate::commands) struct AccountNames {
    taken: HashSet<String>,
    /// The next number behind a name.
    numbers: HashMap<String, usize>,
    /// The accounts of our file, by what is one mailbox.
    present: HashMap<String, String>,
    /// The names of mailboxes in the ledger that are taken.
    keys: HashSet<String>,
    /// The accounts of this run, by what is one mailbox.
    mailboxes: HashMap<String, String>,
}

/// Accounts with the same one are of one mailbox: the user and the host. Behind other ports than the usual ones, and behind those of
/// this machine, there may be different servers.
fn mailbox_of(account: &Account) -> String {
    let source = &account.source;
    let is_usual = matches!(source.port, 110 | 995);
    if is_surely_this_machine(&source.host) || !is_usual {
        format!("{}@{}:{}", source.user, source.host, source.port)
    } else {
        source.mailbox_key()
    }
}

impl AccountNames {
    pub(in crate::commands) fn of(config: &ConfigFile) -> Self {
        let (mut present, mut keys) = (HashMap::new(), HashSet::new());
        for account in &config.accounts {
            let settings = account.settings.clone().over(config.defaults.clone());
            let source = settings.source().unwrap_or_default().to_owned();
            if let Ok(resolved) = Account::resolve(Some(&account.name), &source, settings) {
                keys.insert(resolved.mailbox_key());
                present.entry(mailbox_of(&resolved)).or_insert_with(|| account.name.clone());
            }
        }
        let taken = config.accounts.iter().map(|account| account.name.clone()).collect();
        Self { taken, numbers: HashMap::new(), present, keys, mailboxes: HashMap::new() }
    }

    /// The account of our file that has this mailbox.
    pub(in crate::commands) fn present(&self, account: &Account) -> Option<&str> {
        self.present.get(&mailbox_of(account)).map(String::as_str)
    }

    /// The account of this run that has this mailbox.
    pub(in crate::commands) fn earlier(&self, account: &Account) -> Option<&str> {
        self.mailboxes.get(&mailbox_of(account)).map(String::as_str)
    }

    /// The mailbox belongs to this account from now on. Was its name in the ledger free?
    pub(in crate::commands) fn take_mailbox(&mut self, account: &Account, name: &str) -> bool {
        self.mailboxes.insert(mailbox_of(account), name.to_owned());
        self.keys.insert(account.mailbox_key())
    }

    /// A name like this one that is free, and is taken now.
    pub(in crate::commands) fn take(&mut self, label: &str) -> String {
        let legal = |letter: char| if letter.is_alphanumeric() || "._@+-".contains(letter) { letter } else { '-' };
        let mut name: String = label.trim().chars().map(legal).collect();
        name.truncate(name.floor_char_boundary(LONGEST));
        let name = name.trim_start_matches(['-', '.']).to_owned();
        let name = if check_name(&name).is_ok() { name } else { "account".to_owned() };
        let numbered = |number: usize| if number == 1 { name.clone() } else { format!("{name}-{number}") };
        // Not from the first on: a file may have thousands of one name.
        let first = self.numbers.get(&name).copied().unwrap_or(1);
        let found = (first..).map(|number| (number, numbered(number))).find(|(_, name)| !self.taken.contains(name));
        let (number, free) = found.unwrap_or((first, name.clone()));
        self.numbers.insert(name.clone(), number + 1);
        self.taken.insert(free.clone());
        free
    }
}

/// Octets, with room for a number.
const LONGEST: usize = 56;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_comes_to_a_name_of_its_own() {
        let mut names = AccountNames::of(&ConfigFile::default());
        let mut take = |label: &str| names.take(label);
        assert_eq!(take("mail.example.org"), "mail.example.org");
        assert_eq!(take("mail.example.org"), "mail.example.org-2");
        assert_eq!(
            (take("  a b/c\u{1b}"), take("..."), take("")),
            ("a-b-c-".into(), "account".into(), "account-2".into())
        );
        let long = take(&"\u{e9}".repeat(500));
        assert!(check_name(&long).is_ok() && long.len() <= LONGEST);
    }
}
