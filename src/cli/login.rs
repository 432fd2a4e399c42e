use clap::Args;

use super::ServerArgs;
use super::help::with_connection;

/// Arguments of `mailhaul login`. What help says of the command stands at its variant in `Command`.
#[derive(Args, Clone, Debug)]
#[command(after_help = with_connection(EXAMPLES))]
pub struct LoginArgs {
    /// The account, by its name or as a URL
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Log in to the IMAP server to which the messages go, not to the mailbox
    #[arg(long)]
    pub imap: bool,
    /// Store the password or the tokens without trying them
    #[arg(long)]
    pub no_check: bool,
    /// Consent in a browser on another machine, and paste the address to which it was sent at the end
    ///
    /// That page does not load: nothing listens there. Its address is the answer. Without a terminal it is read from standard input.
    #[arg(long)]
    pub paste: bool,
    /// Use this local port for the browser flow [default: any free one]
    #[arg(long, alias = "port", value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub redirect_port: Option<u16>,
    /// How to get in
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Arguments of `mailhaul logout`.
#[derive(Args, Clone, Debug)]
pub struct LogoutArgs {
    /// The account, by its name or as a URL
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Remove what is stored for the IMAP server to which the messages go, not for the mailbox
    #[arg(long)]
    pub imap: bool,
}

const EXAMPLES: &str = "\
Examples:
  mailhaul login work
      Asks for the password, tries it, and stores it in the keyring; or, for an account with
      oauth-provider, asks for consent and stores the tokens.
  mailhaul login pop3s://ann@mail.example.org --password-file -
      Takes the password from standard input.
  mailhaul login work --paste
      For a machine without a browser.
  mailhaul login work --imap
      The same for the server of the account's IMAP destination.";
