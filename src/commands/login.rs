//! `mailhaul login`: a secret into the keyring.

use std::io::{BufRead, Read};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use zeroize::Zeroizing;

use super::shared::access::{SecretContext, by_password};
use super::shared::imap::carrier_by;
use super::shared::json::mailbox_json;
use super::shared::mailbox::try_login;
use super::shared::signals;
use super::shared::sources::Sources;
use crate::auth::{
    Access, Credentials, OAuth, PasswordOwner, PasswordPurpose, PasswordSource, Patience, TokenStore, WayBack,
    ask_for_password, keyring,
};
use crate::cli::{GlobalArgs, LoginArgs};
use crate::config::{Account, SecretSource, Settings};
use crate::deliver::Carrier;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, MailboxJson, Verbosity, print_json};
use crate::until::Until;

/// Asks for the password, or for consent; tries what comes of it, and keeps it.
pub(super) fn run(args: &LoginArgs, global: &GlobalArgs, console: &Arc<Console>) -> anyhow::Result<u8> {
    let sources = Sources::read(global, args.server.settings.clone())?;
    sources.tell(console);
    let (account, stop) = (sources.account(&args.account)?, signals::catch()?);
    console.deals_with(mailbox_json(&account));
    let context = SecretContext {
        global,
        console,
        until: Until { deadline: account.ends(global.begun), stop: Some(stop) },
        asks_nobody: false,
    };
    let own = sources
        .own(&args.account, if args.imap { PasswordPurpose::ImapDestination } else { PasswordPurpose::Mailbox })?;
    let place = if args.imap {
        LoginPlace::of_imap(&account, &args.server.settings)?
    } else {
        LoginPlace::of_mailbox(&account)
    };
    let login = Login { own, account, place, args, context };
    match &login.place.secret {
        SecretSource::OAuth(oauth) => login.with_consent(oauth)?,
        SecretSource::Password(source) => login.with_password(source)?,
        SecretSource::TokenCommand(_) => return Err(login.nothing_to_keep("a token-command").into()),
        SecretSource::Certificate => return Err(login.nothing_to_keep("a client certificate").into()),
    }
    Ok(0)
}

struct Login<'a> {
    account: Account,
    /// Where the password comes from by the configuration file.
    own: Option<PasswordSource>,
    place: LoginPlace,
    args: &'a LoginArgs,
    context: SecretContext<'a>,
}

/// At which of the servers of an account.
struct LoginPlace {
    secret: SecretSource,
    owner: PasswordOwner,
}

impl LoginPlace {
    fn of_mailbox(account: &Account) -> Self {
        Self { secret: account.secret.clone(), owner: account.whose() }
    }

    /// A password that the flags name is that of this server.
    fn of_imap(account: &Account, flags: &Settings) -> Result<Self> {
        let imap = account.imap().ok_or_else(|| without_imap(account))?;
        let typed = flags.password(PasswordPurpose::Mailbox, account.name.as_deref())?;
        let secret = typed.map_or_else(|| imap.secret.clone(), SecretSource::Password);
        Ok(Self { secret, owner: imap.owner.clone() })
    }
}

impl Login<'_> {
    fn with_password(&self, source: &PasswordSource) -> Result<()> {
        let owner = &self.place.owner;
        // It comes before the keyring: what is kept there would never be found.
        if let Some(own) = &self.own {
            return Err(self.nothing_to_keep(&own.describe(owner, &self.patience())));
        }
        // Before the question: where there is no keyring, nobody needs to answer.
        keyring::look_up(keyring::PASSWORDS, &owner.label, &self.patience())?;
        let password = match source {
            PasswordSource::Search => ask_for_password(owner)?,
            source => self.context.password_of(&self.account, owner, source)?,
        };
        let access = match self.place.owner.purpose {
            PasswordPurpose::Mailbox => by_password(&self.account, password.clone()),
            PasswordPurpose::ImapDestination => Access::Fixed(Credentials::Password(password.clone())),
        };
        self.check(access)?;
        keyring::store(keyring::PASSWORDS, &owner.label, &password, &self.patience())?;
        self.say("the password is in the keyring");
        Ok(())
    }

    /// A person has all the time that the keyring gives: what was typed is not thrown away because of a deadline.
    fn patience(&self) -> Patience {
        let patience = self.context.patience(&self.account);
        Patience { until: Until { deadline: None, ..patience.until }, ..patience }
    }

    fn with_consent(&self, oauth: &OAuth) -> Result<()> {
        let client = self.context.token_client(&self.account, self.place.owner.clone(), oauth)?;
        let mut read = || self.pasted();
        let back = match (self.args.paste, self.args.redirect_port) {
            (true, port) => WayBack::Paste(port, &mut read),
            (false, port) => WayBack::Listener(port),
        };
        let store = client.ask_for_consent(back, &mut |consent| {
            let (url, code) = (consent.url.as_str(), consent.code.as_deref());
            if self.context.global.is_json() {
                return print_json(self.context.console, &ConsentJson { of: mailbox_json(&self.account), url, code });
            }
            let code = code.map_or(String::new(), |code| format!("\nand type in the code  {code}"));
            self.context
                .console
                .say(Verbosity::Quiet, &format!("To let mailhaul read this mailbox, open\n  {url}{code}"));
        });
        let store = store.map_err(|error| error.at(self.account.label()))?;
        self.say(match store {
            TokenStore::Keyring => {
                "the tokens are in the keyring; under cron, where there is none, use token-store = \"file\""
            }
            TokenStore::File => "the tokens are in a file beside the ledger",
        });
        self.check(Access::Tokens(Box::new(client)))
    }

    /// A session that only begins.
    fn check(&self, access: Access) -> Result<()> {
        if self.args.no_check {
            return Ok(());
        }
        if let Some(imap) = self.account.imap().filter(|_| self.args.imap) {
            let mut carrier = carrier_by(&self.account, imap, access, &self.context)?;
            carrier.mark()?; // looks at the folder
            carrier.close();
            return Ok(());
        }
        let until = Until { deadline: self.account.ends(Instant::now()), ..self.context.until.clone() }; // from the answer on
        try_login(&self.account, &access, until, self.context.console)
    }

    /// The address to which a browser was sent, elsewhere. It holds a code that is worth tokens.
    fn pasted(&self) -> Result<Zeroizing<String>> {
        let question = "Paste the address of the page that did not load:";
        if let Some(text) = self.context.console.asks_for(question, &self.context.until)? {
            return Ok(Zeroizing::new(text));
        }
        let failed = |error| Error::new(Kind::LocalIo, "standard input cannot be read").caused_by(error);
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().take(LONGEST_ADDRESS).read_line(&mut line).map_err(failed)?;
        Ok(line)
    }

    fn say(&self, what: &str) {
        self.context.console.say(Verbosity::Normal, &format!("{}: {what}", self.account.label()));
    }

    fn nothing_to_keep(&self, source: &str) -> Error {
        Error::new(Kind::Usage, format!("{} logs in by {source}: there is nothing to store", self.account.label()))
            .hint("remove that from the configuration file first")
    }
}

/// Octets of an address that is pasted.
const LONGEST_ADDRESS: u64 = 16 * 1024;

/// Only a destination by IMAP has a login.
pub(super) fn without_imap(account: &Account) -> Error {
    Error::new(Kind::Usage, format!("{} has no IMAP destination", account.label()))
        .hint("set imap = \"imaps://USER@HOST/FOLDER\" in the configuration file first")
}

/// What a person has to do, for whatever shows it.
#[derive(Serialize)]
#[serde(tag = "type", rename = "consent")]
struct ConsentJson<'a> {
    #[serde(flatten)]
    of: MailboxJson,
    url: &'a str,
    code: Option<&'a str>,
}
