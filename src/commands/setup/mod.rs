//! `mailhaul setup`: from an address to an account.
//!
//! The server is found, the login tried; only then is anything written: the password, then the account.

use std::sync::Arc;

use self::find::FoundServer;
use super::shared::json::{destination_json, mailbox_json};
use super::shared::names::AccountNames;
use super::shared::signals;
use crate::cli::{GlobalArgs, SetupArgs};
use crate::config::{
    Account, ConfigFile, ConfigPlace, EditedFile, Raw, Settings, check_name, config_place, environment,
};
use crate::discovery::MailAddress;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity, short_path};
use crate::until::Until;

mod find;
mod json;
mod login;
mod probe;
mod provider;
mod timer;
mod words;

/// Does it; what was found and done is shown on the way.
pub(super) fn run(args: &SetupArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let stop = signals::catch()?;
    let typed = args.server.settings.clone().and(args.delivery.settings.clone());
    let flags = typed.clone().over_environment(environment()?);
    let waits = flags.waits()?;
    let until = Until { stop: Some(stop), deadline: waits.until.deadline };
    let place = config_place(global.config.as_deref())?.to_be_written();
    let config = ConfigFile::read(&place, &waits)?;
    Setup { args, global, console, until, typed, flags, place, config }.run()?;
    Ok(0)
}

/// What all steps need.
struct Setup<'a> {
    args: &'a SetupArgs,
    global: &'a GlobalArgs,
    console: &'a Arc<Console>,
    until: Until,
    /// What was typed, which is written.
    typed: Settings,
    /// The same over the environment.
    flags: Settings,
    /// Where the configuration is.
    place: ConfigPlace,
    config: ConfigFile,
}

impl Setup<'_> {
    fn run(&self) -> Result<()> {
        let typed = match &self.args.address {
            Some(address) => address.clone(),
            None => self.console.asks_for("Address:", &self.until)?.ok_or_else(no_address)?,
        };
        let found = if typed.contains("://") { self.by_url(&typed)? } else { self.by_address(&typed)? };
        if self.args.dry_run {
            return Ok(());
        }
        let name = self.name(&found)?;
        let settings = self.with_destination(&name, self.typed.clone())?;
        provider::notes(&found.server.host).iter().for_each(|note| self.console.say(Verbosity::Normal, note));
        let (account, mut settings, secret) = login::log_in(self, &found, &name, settings)?;
        let place = login::store(self, &account, secret, &name, &mut settings)?;
        let mut file = EditedFile::open(&self.place.file, &self.flags.waits()?)?;
        self.refuse_taken(&ConfigFile::read(&self.place, &self.flags.waits()?)?, &name)?;
        file.add(&name, &settings)?;
        file.save()?;
        self.tell(&account, &found, &name, place);
        if self.args.timer { timer::install(self.console, &self.until) } else { Ok(()) }
    }

    fn by_address(&self, typed: &str) -> Result<FoundServer> {
        let address = MailAddress::parse(typed).ok_or_else(|| not_an_address(typed))?;
        self.console.deals_with(crate::output::MailboxJson::of_account(&crate::escape::text(typed.as_bytes())));
        find::of_address(self, &address)
    }

    fn by_url(&self, url: &str) -> Result<FoundServer> {
        let account = Account::resolve(None, url, self.flags.clone())?;
        self.console.deals_with(mailbox_json(&account));
        find::of_url(self, &account)
    }

    /// The name of the account: that of the flag, or one made of the domain.
    fn name(&self, found: &FoundServer) -> Result<String> {
        if let Some(name) = &self.args.name {
            check_name(name).map_err(|why| Error::new(Kind::Usage, why))?;
            self.refuse_taken(&self.config, name)?;
            return Ok(name.clone());
        }
        let domain = found.domain.as_str();
        let label = psl::domain_str(domain).and_then(|domain| domain.split('.').next()).unwrap_or(domain);
        Ok(AccountNames::of(&self.config).take(label))
    }

    fn refuse_taken(&self, config: &ConfigFile, name: &str) -> Result<()> {
        if let Some(account) = config.accounts.iter().find(|account| account.name == *name) {
            let text = format!("{} has an account {name} already", crate::escape::path(&account.path));
            return Err(Error::new(Kind::Usage, text).hint("choose another name: --name"));
        }
        Ok(())
    }

    /// A Maildir of its own, unless somebody has said where to.
    fn with_destination(&self, name: &str, mut settings: Settings) -> Result<Settings> {
        let all = settings.clone().over(self.config.defaults.clone());
        if all.iter().any(|(setting, _)| setting.is_destination()) {
            return Ok(settings);
        }
        let usual = format!("~/Mail/{name}");
        let typed = self.console.asks_for(&format!("Maildir for the messages [{usual}]:"), &self.until)?;
        let path = typed.filter(|typed| !typed.is_empty()).unwrap_or(usual);
        let wrong = |why: String| Error::new(Kind::Usage, format!("maildir {why}"));
        settings.set("maildir", Raw::Paths(vec![path.into()])).map_err(wrong)?;
        Ok(settings)
    }

    fn tell(&self, account: &Account, found: &FoundServer, name: &str, place: login::SecretPlace) {
        if self.global.is_json() {
            let destinations = account.targets.iter().map(destination_json).collect();
            return json::print(self.console, account, found, destinations, place);
        }
        let say = |text: &str| self.console.say(Verbosity::Normal, text);
        say(&format!("The account {name} is in {}.", short_path(&self.place.file)));
        say(&place.text());
        let targets: Vec<String> = account.targets.iter().map(ToString::to_string).collect();
        let next =
            if place == login::SecretPlace::Consent { format!("mailhaul login {name}, then ") } else { String::new() };
        say(&format!(
            "Next: {next}mailhaul fetch {name} (into {}). {}.",
            targets.join(" and "),
            words::on_the_server(account.removal)
        ));
        if !self.args.timer {
            let program = std::env::current_exe().map_or("mailhaul".into(), |path| crate::escape::path(&path));
            say(&format!(
                "Every five minutes, as a line for `crontab -e`:\n  */5 * * * * {program} fetch\nor as a timer of systemd: the same \
                 command with --timer."
            ));
        }
    }
}

fn no_address() -> Error {
    Error::new(Kind::Usage, "no address is named, and there is no terminal to ask for it")
        .hint("name it, as in `mailhaul setup ann@example.org`")
}

fn not_an_address(typed: &str) -> Error {
    let shown = crate::escape::text(crate::config::without_password(typed).as_bytes());
    Error::new(Kind::Usage, format!("{shown} is not an address of mail"))
        .hint("write it as ann@example.org; a mailbox whose server you know as pop3s://USER@HOST")
}
