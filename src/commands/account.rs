//! From the flags of a command that talks to a server to accounts.

use crate::auth::PasswordSource;
use crate::cli::{MechanismArg, ServerArgs, TlsArg};
use crate::config::{Account, Mechanism, Source};
use crate::error::Result;
use crate::net::{TlsMode, Trust};

/// The account of a SOURCE with these flags.
pub(super) fn account(source: &str, args: &ServerArgs) -> Result<Account> {
    let tls = args.tls.map(|tls| match tls {
        TlsArg::Implicit => TlsMode::Implicit,
        TlsArg::Starttls => TlsMode::StartTls,
        TlsArg::None => TlsMode::None,
    });
    Ok(Account {
        source: Source::parse(source, tls)?,
        cleartext_password: args.allow_cleartext_password,
        ca_files: args.ca_file.clone(),
        mechanism: args.auth.map(mechanism),
        password: PasswordSource::choose(args.password_command.as_deref(), args.password_file.as_ref()),
        timeout: args.timeout,
        deadline: args.deadline,
    })
}

fn mechanism(named: MechanismArg) -> Mechanism {
    match named {
        MechanismArg::Apop => Mechanism::Apop,
        MechanismArg::CramMd5 => Mechanism::CramMd5,
        MechanismArg::External => Mechanism::External,
        MechanismArg::Login => Mechanism::Login,
        MechanismArg::OauthBearer => Mechanism::OauthBearer,
        MechanismArg::Plain => Mechanism::Plain,
        MechanismArg::ScramSha1 => Mechanism::ScramSha1,
        MechanismArg::ScramSha1Plus => Mechanism::ScramSha1Plus,
        MechanismArg::ScramSha256 => Mechanism::ScramSha256,
        MechanismArg::ScramSha256Plus => Mechanism::ScramSha256Plus,
        MechanismArg::User => Mechanism::User,
        MechanismArg::Xoauth2 => Mechanism::Xoauth2,
    }
}

/// Whom to trust, if any of the accounts uses TLS.
pub(super) fn trust(accounts: &[Account], args: &ServerArgs) -> Result<Option<Trust>> {
    let uses_tls = accounts.iter().any(|account| account.tls() != TlsMode::None);
    uses_tls.then(|| Trust::new(&args.ca_file)).transpose()
}
