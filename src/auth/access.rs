use super::{Credentials, PasswordOwner, PasswordSource, Patience, Secret, TokenClient};
use crate::command_line::CommandLine;
use crate::error::Result;

/// The way to credentials. Passwords are there from the beginning; a token is had when a session begins, and once more if
/// the server refuses it (C-168).
pub enum Access {
    /// They are what they are.
    Fixed(Credentials),
    /// A password that is taken when a session begins: many runs need none.
    Password {
        /// Where it comes from.
        source: PasswordSource,
        /// Whose it is.
        owner: PasswordOwner,
        /// How it is waited for.
        patience: Patience,
    },
    /// What a command prints is an access token.
    TokenCommand {
        /// The command.
        command: CommandLine,
        /// How it is waited for.
        patience: Patience,
    },
    /// A provider gives access tokens.
    Tokens(Box<TokenClient>),
}

impl Access {
    /// The credentials for a session.
    pub fn credentials(&self) -> Result<Credentials> {
        match self {
            Self::Fixed(credentials) => Ok(credentials.clone()),
            Self::Password { source, owner, patience } => source.password(owner, patience).map(Credentials::Password),
            Self::TokenCommand { command, patience } => {
                let text = command.output("token-command", patience)?;
                Secret::from_text(text, "token-command").map(Credentials::Token)
            }
            Self::Tokens(client) => client.token().map(Credentials::Token),
        }
    }

    /// Other ones, after the server has refused these; none, if there are no others.
    pub fn instead_of(&self, refused: &Credentials) -> Result<Option<Credentials>> {
        match (self, refused) {
            (Self::Tokens(client), Credentials::Token(token)) => {
                client.token_instead_of(token).map(|token| Some(Credentials::Token(token)))
            }
            (Self::TokenCommand { .. }, _) => self.credentials().map(Some),
            _ => Ok(None),
        }
    }

    /// What can be done when the server refuses the other ones, too; nothing, if the refusal says all that is known.
    pub fn next_step(&self) -> Option<String> {
        match self {
            Self::Tokens(client) => Some(client.next_step()),
            _ => None,
        }
    }
}
