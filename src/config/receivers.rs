//! Where messages go, by the settings: places of this machine, and whoever takes messages over.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::places;
use super::settings::values;
use super::{Account, Raw, SecretSource, Settings, for_account, secrets};
use crate::auth::{PasswordOwner, PasswordPurpose};
use crate::command_line::CommandLine;
use crate::deliver::{Receiver, Target, Way};
use crate::error::{Error, Kind, Result};
use crate::handover::imap::ImapSettings;
use crate::handover::mta::{Dialect, MtaAddress, MtaSettings};
use crate::net::{Route, TrustSettings};

/// Whoever takes messages over, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct ConfiguredReceiver {
    /// As the ledger knows it.
    pub receiver: Receiver,
    /// How it is spoken to.
    pub settings: ReceiverSettings,
}

/// What must be known of a receiver to hand messages over.
#[derive(Clone, Debug)]
pub enum ReceiverSettings {
    /// A command that gets each message on its standard input.
    Pipe {
        /// The command.
        command: CommandLine,
        /// It is ended when it takes longer for a message.
        timeout: Duration,
    },
    /// A server for LMTP or SMTP.
    Mta(MtaReceiver),
    /// A folder of an IMAP server.
    Imap(Box<ImapReceiver>),
}

/// A server for LMTP or SMTP.
#[derive(Clone, Debug)]
pub struct MtaReceiver {
    /// Where it is, and whom the messages are for.
    pub server: MtaSettings,
    /// Whom to trust, where it is spoken to over TLS.
    pub trust: TrustSettings,
}

/// A folder of an IMAP server, and how to get in.
#[derive(Clone, Debug)]
pub struct ImapReceiver {
    /// Where it is.
    pub folder: ImapSettings,
    /// Where the secret of the login comes from.
    pub secret: SecretSource,
    /// Whose secret it is.
    pub owner: PasswordOwner,
    /// Whom to trust, and how to speak TLS.
    pub trust: TrustSettings,
    /// The way there.
    pub route: Route,
}

/// The places of this machine, in the order of the table.
pub(super) fn targets(of: &Settings, name: Option<&str>) -> Result<Vec<Target>> {
    // The ledger knows places by where they are, from whatever folder they were named.
    let place = |path: PathBuf| {
        std::path::absolute(for_account(path.clone(), name)).map_err(|error| Error::io("use", &path, error))
    };
    let maildir = of.get("maildir", Raw::as_path)?.map(place).transpose()?.map(Target::Maildir);
    let mbox = of.get("mbox", Raw::as_path)?.map(place).transpose()?.map(Target::Mbox);
    let eml_dir = of.get("eml-dir", Raw::as_path)?.map(place).transpose()?.map(Target::EmlDir);
    Ok([maildir, mbox, eml_dir].into_iter().flatten().collect())
}

/// Whoever takes messages over, in the order of the table.
pub(super) fn receivers(of: &Settings, account: &Account) -> Result<Vec<ConfiguredReceiver>> {
    let lmtp = of.get("lmtp", |raw| places::address(raw, Dialect::Lmtp))?;
    let smtp = of.get("smtp", |raw| places::address(raw, Dialect::Smtp))?;
    let all = [
        pipe(of, account)?,
        lmtp.map(|address| mta(of, Dialect::Lmtp, address, account)).transpose()?,
        smtp.map(|address| mta(of, Dialect::Smtp, address, account)).transpose()?,
        imap_receiver(of, account)?,
    ];
    Ok(all.into_iter().flatten().collect())
}

/// A command with the name of the account in it. A name has no letter that a shell would take for something else: see
/// [`check_name`](super::check_name).
pub(super) fn command(command: CommandLine, name: Option<&str>) -> CommandLine {
    match command {
        CommandLine::Shell(line) => CommandLine::Shell(named(&line, name)),
        CommandLine::Program(words) => CommandLine::Program(words.iter().map(|word| named(word, name)).collect()),
    }
}

fn named(text: &str, name: Option<&str>) -> String {
    name.map_or_else(|| text.to_owned(), |name| text.replace(ACCOUNT, name))
}

fn pipe(of: &Settings, account: &Account) -> Result<Option<ConfiguredReceiver>> {
    let Some(said) = of.get("pipe", Raw::as_command)? else { return Ok(None) };
    let command = command(said, account.name.as_deref());
    let timeout = of.get("pipe-timeout", Raw::as_duration)?.unwrap_or(PIPE_TIMEOUT);
    let receiver = Receiver { way: Way::Pipe, name: command_name(&command) };
    Ok(Some(ConfiguredReceiver { receiver, settings: ReceiverSettings::Pipe { command, timeout } }))
}

/// As it was written; the words of an array in JSON, which keeps them apart.
fn command_name(command: &CommandLine) -> String {
    match command {
        CommandLine::Shell(line) => line.clone(),
        CommandLine::Program(words) => serde_json::Value::from(words.as_slice()).to_string(),
    }
}

fn mta(of: &Settings, dialect: Dialect, address: MtaAddress, account: &Account) -> Result<ConfiguredReceiver> {
    let recipients = of.get("rcpt", places::recipients)?.unwrap_or_default();
    if recipients.is_empty() {
        let text = format!("{} needs rcpt, the recipient of the messages", dialect.word());
        return Err(
            Error::new(Kind::Usage, text).hint("add --rcpt USER, or set rcpt beside it in the configuration file")
        );
    }
    let recipients = recipients.iter().map(|one| named(one, account.name.as_deref())).collect();
    let server = MtaSettings::new(dialect, address, recipients)?;
    let way = match dialect {
        Dialect::Lmtp => Way::Lmtp,
        Dialect::Smtp => Way::Smtp,
    };
    let receiver = Receiver { way, name: format!("{} for {}", server.address, server.recipients().join(", ")) };
    let trust = TrustSettings { pins: Vec::new(), server_name: None, client: None, ..account.trust.clone() };
    Ok(ConfiguredReceiver { receiver, settings: ReceiverSettings::Mta(MtaReceiver { server, trust }) })
}

fn imap_receiver(of: &Settings, account: &Account) -> Result<Option<ConfiguredReceiver>> {
    let name = account.name.as_deref();
    let Some(url) = of.get("imap", places::imap)? else { return Ok(None) };
    let folder = ImapSettings::parse(&named(&url, name), None)?;
    let folder = ImapSettings { flags: of.get("imap-flags", places::flags)?.unwrap_or_default(), ..folder };
    let trust = TrustSettings {
        pins: of.get("imap-pin", values::pins)?.unwrap_or_default(),
        server_name: None,
        client: None,
        ..account.trust.clone()
    };
    let settings = ImapReceiver {
        secret: secrets::of_imap(of, name)?,
        owner: PasswordOwner {
            purpose: PasswordPurpose::ImapDestination,
            account: account.name.clone(),
            label: server_of(&folder),
            user: folder.user.clone(),
            host: folder.host.clone(),
        },
        trust,
        route: Route {
            host: folder.host.clone(),
            port: folder.port,
            proxy: account.proxy_choice.to(&folder.host)?,
            source_address: account.source_address,
            tunnel: None,
        },
        folder,
    };
    let receiver = Receiver { way: Way::Imap, name: settings.folder.url() };
    Ok(Some(ConfiguredReceiver { receiver, settings: ReceiverSettings::Imap(Box::new(settings)) }))
}

/// `imaps://USER@HOST`, as in the URL of the folder: all folders of a mailbox have one secret.
fn server_of(folder: &ImapSettings) -> String {
    let url = folder.url();
    url.rsplit_once('@').and_then(|(user, rest)| Some(format!("{user}@{}", rest.split('/').next()?))).unwrap_or(url)
}

const ACCOUNT: &str = "{account}";

/// For one message.
const PIPE_TIMEOUT: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
