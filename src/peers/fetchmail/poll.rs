//! All that is said of one user of one server.

use std::collections::BTreeMap;

use super::file::{PollEntry, Server};
use crate::peers::options::PeerOption;

/// All that is said of one user of one server; of each option what was said last.
pub(super) struct Poll<'a> {
    pub(super) server: &'a Server,
    pub(super) options: BTreeMap<&'static str, PeerOption>,
    /// How many users the server has.
    pub(super) users: usize,
}

impl<'a> Poll<'a> {
    /// The users of a server: one, if none is named.
    pub(super) fn of(defaults: &PollEntry, server: &'a Server) -> Vec<Self> {
        let of_all = defaults.options.iter().chain(defaults.users.iter().flatten()).chain(&server.entry.options);
        let common: Vec<&PeerOption> = of_all.collect();
        let users = server.entry.users.len().max(1);
        (0..users)
            .map(|at| {
                let own = server.entry.users.get(at).into_iter().flatten();
                let mut options: BTreeMap<&'static str, PeerOption> = BTreeMap::new();
                options.extend(common.iter().map(|option| (option.name, (*option).clone())));
                // Names of local users add up, but for those of the defaults.
                let mut locals: Vec<String> = Vec::new();
                for option in own {
                    let mut option = option.clone();
                    if option.name == "is" {
                        locals.append(&mut option.values);
                        option.values.clone_from(&locals);
                    }
                    options.insert(option.name, option);
                }
                Self { server, options, users }
            })
            .collect()
    }

    /// What was said of an option, if it was.
    pub(super) fn get(&self, name: &str) -> Option<&PeerOption> {
        self.options.get(name)
    }

    /// Is a switch on?
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|option| !option.is_denied)
    }

    /// The first word of an option, if that is there.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|option| !option.is_denied).map(PeerOption::value)
    }
}
