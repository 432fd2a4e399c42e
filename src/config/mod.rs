//! From what the user said to a checked [`Account`]; later code never checks again.
//!
//! ```text
//! flags > environment > [account.NAME] > [defaults]     each a layer of `Settings`
//!                      -> Account::resolve
//! ```
//!
//! `commands` reads the layers; everything else gets accounts.

pub use self::account::{Account, Limits, Removal, SecretSource};
pub use self::edit::{EditedFile, check_for_file};
pub use self::effective::{Effective, effective};
pub use self::environment::{environment, sources_of_environment, switch_of_environment, word_of_environment};
pub use self::file::{ConfigFile, FileAccount, check_name};
pub use self::folders::{ConfigPlace, config_place, state_folder};
#[cfg(test)]
pub(crate) use self::habits::all_answers;
pub use self::habits::answer_to_flag;
pub use self::home::{expand_home, for_account, needs_account};
pub use self::mechanism::Mechanism;
pub use self::polling::{Alerting, LogFormat, Polling};
pub use self::receivers::{ConfiguredReceiver, ImapReceiver, MtaReceiver, ReceiverSettings};
pub use self::selection::{Selection, parse_selection};
pub use self::settings::{Form, Raw, SETTINGS, Scope, Section, Setting, Settings};
pub use self::shard::Shard;
pub use self::threshold::{Threshold, parse_threshold};
pub use self::units::{parse_duration, parse_size};
pub use self::url::{Source, is_host, is_user_at_host, with_scheme, without_password};
pub use self::variables::{UnknownVariable, unknown_variables};

mod account;
mod edit;
mod effective;
mod environment;
mod file;
mod folders;
mod foreign;
mod habits;
mod hints;
mod home;
mod mechanism;
mod parts;
mod polling;
mod receivers;
mod secrets;
mod selection;
mod settings;
mod shard;
mod threshold;
mod units;
mod url;
mod variables;

/// The name that is most like a wrong one, if any is. One that deletes is never guessed.
fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.map(|name| (distance(wrong, name), name)).min()?.1;
    Some(near).filter(|name| is_like(wrong, name) && !DELETES.contains(name))
}

/// Is a wrong name so much like a right one that it can be a slip? What all names begin with does not count.
pub fn is_like(wrong: &str, right: &str) -> bool {
    let prefix = ["--", "MAILHAUL_"].into_iter().find(|prefix| wrong.starts_with(prefix) && right.starts_with(prefix));
    let own = prefix.map_or(right, |prefix| &right[prefix.len()..]);
    distance(wrong, right) <= (own.chars().count() / 3).max(1)
}

fn distance(wrong: &str, right: &str) -> usize {
    strsim::damerau_levenshtein(&wrong.to_lowercase(), &right.to_lowercase())
}

/// Keys and variables that delete from the server.
const DELETES: &[&str] = &["delete", "delete-after", "MAILHAUL_DELETE", "MAILHAUL_DELETE_AFTER"];
