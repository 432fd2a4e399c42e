//! `mailhaul account`: the configuration file, shown and changed.

use std::path::Path;

use serde::Serialize;

use super::flags::{self, Given};
use crate::cli::{AccountAction, AccountArgs, GlobalArgs};
use crate::config::{Account, ConfigFile, EditedFile, FileAccount, Raw, check_name, config_file, effective};
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity, print_json};

/// Does it, and says what was done.
pub(super) fn run(args: &AccountArgs, global: &GlobalArgs, console: &Console) -> anyhow::Result<u8> {
    let (path, is_named) = config_file(global.config.as_deref())?;
    match &args.action {
        AccountAction::List => list(&ConfigFile::read(&path, is_named)?, global, console),
        AccountAction::Show { name } => show(&path, is_named, name, global, console)?,
        AccountAction::Add { name, source, disabled, delivery, server } => {
            if server.password_file.as_deref() == Some(Path::new("-")) {
                let why = "--password-file - is standard input, which is another one at each fetch";
                return Err(Error::new(Kind::Usage, why)
                    .hint("name a file, or a command by --password-command")
                    .into());
            }
            let mut given: Given = vec![("source", Raw::text(source))];
            given.extend(disabled.then_some(("enabled", Raw::Flag(false))));
            given.extend(flags::of_delivery(delivery));
            given.extend(flags::of_server(server));
            add(&path, name, &given, console)?;
        }
        AccountAction::Remove { name } => {
            // To open it makes its folder: nothing is made for what is not there.
            ConfigFile::read(&path, true)?.account(name)?;
            let mut file = EditedFile::open(&path)?;
            ConfigFile::read(&path, true)?.account(name)?;
            file.remove(name)?;
            file.save()?;
            console.say(Verbosity::Verbose, &format!("{name} is gone from {}", crate::escape::path(file.path())));
        }
    }
    Ok(0)
}

fn list(file: &ConfigFile, global: &GlobalArgs, console: &Console) {
    for FileAccount { name, settings, .. } in &file.accounts {
        let (source, enabled) = (settings.source().unwrap_or_default(), settings.is_enabled());
        match global.json {
            true => print_json(console, &Listed { account: name, source: &source, enabled }),
            false => console.print(&format!("{name} {source}{}", if enabled { "" } else { " disabled" })),
        }
    }
}

fn show(path: &Path, is_named: bool, name: &str, global: &GlobalArgs, console: &Console) -> Result<()> {
    // Read first: what is wrong anywhere in the file is said, with its place.
    ConfigFile::read(path, is_named)?.account(name)?;
    let effective = effective(path, name)?;
    if global.json {
        let object: serde_json::Map<String, serde_json::Value> =
            effective.into_iter().map(|set| (set.key.to_owned(), set.json)).collect();
        print_json(console, &object);
        return Ok(());
    }
    for set in effective {
        let origin = if set.is_default { "  # [defaults]" } else { "" };
        console.print(&format!("{} = {}{origin}", set.key, set.value));
    }
    Ok(())
}

/// Everything is checked before the file is touched.
fn add(path: &Path, name: &str, given: &Given, console: &Console) -> Result<()> {
    check_name(name).map_err(|why| Error::new(Kind::Usage, why))?;
    let settings = flags::layer(given)?;
    Account::resolve(Some(name), &settings.source().unwrap_or_default(), settings.clone())?;
    let mut file = EditedFile::open(path)?;
    if ConfigFile::read(path, false)?.accounts.iter().any(|account| account.name == name) {
        let shown = crate::escape::path(path);
        return Err(Error::new(Kind::Usage, format!("{shown} has an account {name} already"))
            .hint("remove it first, or edit the file"));
    }
    file.add(name, given)?;
    file.save()?;
    console.say(Verbosity::Verbose, &format!("{name} is in {}", crate::escape::path(file.path())));
    Ok(())
}

#[derive(Serialize)]
struct Listed<'a> {
    account: &'a str,
    source: &'a str,
    enabled: bool,
}
