use clap::Args;

use super::ServerArgs;

/// Arguments of `mailhaul login`. What help says of the command stands at its variant in `Command`.
#[derive(Args, Clone, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LoginArgs {
    /// The account, by its name or as a URL
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Keep the password or the tokens without trying them
    #[arg(long)]
    pub no_check: bool,
    /// With the browser flow: the port of this machine that the browser comes back to [default: any]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
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
}

const EXAMPLES: &str = "\
Examples:
  mailhaul login work
      Asks for the password, tries it, and puts it into the keyring; or, for an account with
      oauth-provider, asks for consent and keeps the tokens.
  mailhaul login pop3s://ann@mail.example.org --password-file -
      Takes the password from standard input.";
