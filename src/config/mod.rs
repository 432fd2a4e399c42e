//! From what the user said to a checked [`Account`]; later code never checks again.
//!
//! ```text
//! flags > environment > [account.NAME] > [defaults]     each a layer of `Settings`
//!                      -> Account::resolve
//! ```
//!
//! `commands` reads the layers; everything else gets accounts.

pub use self::account::{Account, Limits, Removal, SecretSource};
pub use self::edit::EditedFile;
pub use self::effective::{Effective, effective};
pub use self::environment::{UnknownVariable, environment, sources_of_environment, unknown_variables};
pub use self::file::{ConfigFile, FileAccount, check_name};
pub use self::folders::{config_file, state_folder};
pub use self::home::{expand_home, for_account, needs_account};
pub use self::mechanism::Mechanism;
pub use self::selection::{Selection, parse_selection};
pub use self::settings::{Form, Raw, SETTINGS, Scope, Section, Setting, Settings};
pub use self::units::{parse_duration, parse_size};
pub use self::url::{Source, is_user_at_host, with_scheme, without_password};

mod account;
mod edit;
mod effective;
mod environment;
mod file;
mod folders;
mod hints;
mod home;
mod mechanism;
mod selection;
mod settings;
mod units;
mod url;

/// The name that is most like a wrong one, if any is. One that deletes is never guessed.
fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(&wrong.to_lowercase(), &name.to_lowercase());
    let near = names.map(|name| (distance(name), name)).min()?;
    Some(near.1).filter(|name| near.0 <= 1 + name.chars().count() / 4 && !DELETES.contains(name))
}

/// Keys and variables that delete from the server.
const DELETES: &[&str] = &["delete", "delete-after", "MAILHAUL_DELETE", "MAILHAUL_DELETE_AFTER"];
