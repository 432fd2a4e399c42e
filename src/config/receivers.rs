//! Where messages go, by the settings: places of this machine, and whoever takes messages over.

use std::path::PathBuf;
use std::time::Duration;

use super::settings::places::{self, ImapUrl};
use super::settings::values;
use super::{Account, Raw, SecretSource, Settings, for_account, secrets};
use crate::auth::{PasswordOwner, PasswordPurpose};
use crate::command_line::CommandLine;
use crate::deliver::{Receiver, Target, Way};
use crate::error::{Error, Kind, Result};
use crate::net::{Proxy, TrustSettings};

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

/// A server for LMTP or SMTP, and whom the messages are for.
#[derive(Clone, Debug)]
pub struct MtaReceiver {
    /// The dialect.
    pub way: Way,
    /// The path of a socket, or HOST[:PORT].
    pub address: String,
    /// One at least.
    pub recipients: Vec<String>,
    /// Whom to trust, where it is spoken to over TLS.
    pub trust: TrustSettings,
}

/// A folder of an IMAP server, and how to get in.
#[derive(Clone, Debug)]
pub struct ImapReceiver {
    /// imaps://USER@HOST[:PORT]/FOLDER
    pub url: String,
    /// What messages are marked with.
    pub flags: Vec<String>,
    /// Where the secret of the login comes from.
    pub secret: SecretSource,
    /// Whose secret it is.
    pub owner: PasswordOwner,
    /// Whom to trust, and how to speak TLS.
    pub trust: TrustSettings,
    /// Goes there on our behalf.
    pub proxy: Option<Proxy>,
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
    let lmtp = of.get("lmtp", |raw| places::address(raw, Way::Lmtp))?;
    let smtp = of.get("smtp", |raw| places::address(raw, Way::Smtp))?;
    let all = [
        pipe(of, account)?,
        lmtp.map(|address| mta(of, Way::Lmtp, address, account)).transpose()?,
        smtp.map(|address| mta(of, Way::Smtp, address, account)).transpose()?,
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

fn mta(of: &Settings, way: Way, address: String, account: &Account) -> Result<ConfiguredReceiver> {
    let recipients = of.get("rcpt", places::recipients)?.unwrap_or_default();
    if recipients.is_empty() {
        let text = format!("{} needs rcpt: whom are the messages for?", way.name());
        return Err(
            Error::new(Kind::Usage, text).hint("add --rcpt USER, or set rcpt beside it in the configuration file")
        );
    }
    let recipients: Vec<String> = recipients.iter().map(|one| named(one, account.name.as_deref())).collect();
    let receiver = Receiver { way, name: format!("{address} for {}", recipients.join(", ")) };
    let trust = TrustSettings { pins: Vec::new(), server_name: None, client: None, ..account.trust.clone() };
    let settings = ReceiverSettings::Mta(MtaReceiver { way, address, recipients, trust });
    Ok(ConfiguredReceiver { receiver, settings })
}

fn imap_receiver(of: &Settings, account: &Account) -> Result<Option<ConfiguredReceiver>> {
    let name = account.name.as_deref();
    let Some(url) = of.get("imap", places::imap)? else { return Ok(None) };
    let url = ImapUrl::parse(&named(&url, name)).map_err(|why| Error::new(Kind::Usage, format!("imap {why}")))?;
    let trust = TrustSettings {
        pins: of.get("imap-pin", values::pins)?.unwrap_or_default(),
        server_name: None,
        client: None,
        ..account.trust.clone()
    };
    let owner = PasswordOwner {
        purpose: PasswordPurpose::ImapDestination,
        account: account.name.clone(),
        label: format!("imaps://{}@{}", url.user, url.host),
        user: url.user.clone(),
        host: url.host.clone(),
    };
    let receiver = Receiver { way: Way::Imap, name: url.whole.clone() };
    let settings = ImapReceiver {
        flags: of.get("imap-flags", places::flags)?.unwrap_or_default(),
        secret: secrets::of_imap(of, name)?,
        proxy: account.proxy_choice.to(&url.host)?,
        url: url.whole,
        owner,
        trust,
    };
    Ok(Some(ConfiguredReceiver { receiver, settings: ReceiverSettings::Imap(Box::new(settings)) }))
}

const ACCOUNT: &str = "{account}";

/// For one message.
const PIPE_TIMEOUT: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
