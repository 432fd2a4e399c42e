//! OAuth2 with the real program. The provider is the test authority; the mail server is a real Dovecot that asks it about
//! each token.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::authority::{Authority, AuthorityConfig, CLIENT_ID, Endpoint, Fault, SCOPE, Visit, browse};
use super::dovecot::{Dovecot, Introspection, Message, USER, dovecot_with_tokens_or_skip, ordinary_messages};
use super::json::schema::complaints;
use super::util::{Home, Ran, finish, run, wait_until};

mod application;
mod browser;
mod device;
mod elsewhere;
mod provider;
mod refresh;
mod revoke;
mod secrecy;
mod stores;
mod together;
mod token_command;

/// A person with the account `work`, whose provider is the authority.
struct Person {
    home: Home,
    authority: Authority,
}

/// `mailhaul login` that waits for consent.
struct Login {
    child: Child,
    command: String,
    /// What it has shown.
    url: String,
    code: Option<String>,
}

impl Person {
    /// With an account whose mail server nobody has started.
    fn new(config: AuthorityConfig) -> Self {
        let person = Self { home: Home::new(), authority: Authority::start(config) };
        person.write_accounts(&[("work", "pop3s://ann@localhost:1", "")]);
        person
    }

    /// With these messages on a Dovecot, over implicit TLS.
    fn with_mail(test: &str, config: AuthorityConfig, messages: &[Message]) -> Option<(Self, Dovecot)> {
        let person = Self::new(config);
        let introspection = Introspection::Post(person.authority.url(Endpoint::Introspect));
        let dovecot = dovecot_with_tokens_or_skip(test, messages, introspection)?;
        fs::copy(dovecot.ca_file(), person.home.path("ca.pem")).unwrap();
        person.write_accounts(&[("work", &dovecot.url_pop3s(USER), "")]);
        Some((person, dovecot))
    }

    /// Writes the configuration file: name, source, and more lines of each account.
    fn write_accounts(&self, accounts: &[(&str, &str, &str)]) {
        let url = |endpoint| self.authority.url(endpoint);
        let mut text = format!(
            "[defaults]\nmaildir = \"{}\"\noauth-provider = \"other\"\noauth-client-id = \"{CLIENT_ID}\"\n\
             oauth-scope = \"{SCOPE}\"\noauth-token-url = \"{}\"\noauth-device-url = \"{}\"\noauth-auth-url = \"{}\"\n\
             oauth-revoke-url = \"{}\"\n\
             token-store = \"file\"\n",
            self.home.maildir().display(),
            url(Endpoint::Token),
            url(Endpoint::Device),
            url(Endpoint::Authorize),
            url(Endpoint::Revoke)
        );
        let ca = self.home.path("ca.pem");
        if ca.exists() {
            text.push_str(&format!("ca-file = \"{}\"\n", ca.display()));
        }
        for (name, source, more) in accounts {
            text.push_str(&format!("[account.{name}]\nsource = \"{source}\"\n{more}\n"));
        }
        self.home.write_private("config.toml", text.as_bytes());
    }

    /// `mailhaul` with this configuration.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.mailhaul(args);
        command.env("MAILHAUL_CONFIG", self.home.path("config.toml"));
        command
    }

    fn ran(&self, args: &[&str]) -> Ran {
        run(&mut self.command(args))
    }

    /// `login work`, in a browser; nobody tries the tokens.
    fn log_in(&self) {
        let login =
            Login::begin(&mut self.command(&["login", "work", "--oauth-flow", "browser", "--json", "--no-check"]));
        assert_eq!(browse(&login.url, Visit::Approve).status, 200);
        login.finish().code(0);
    }

    /// The file that the tokens are kept in.
    fn token_file(&self) -> PathBuf {
        let [file] = &super::util::names(&self.home.state().join("tokens"))[..] else { panic!("not one file") };
        file.clone()
    }

    /// What is kept in it.
    fn kept(&self) -> Value {
        serde_json::from_slice(&fs::read(self.token_file()).unwrap()).unwrap()
    }

    /// How many messages were fetched.
    fn fetched(&self) -> usize {
        self.home.maildir_messages().len()
    }

    /// How often a mail server has asked about a token.
    fn shown_to_mail_server(&self) -> usize {
        self.authority.requests_to(Endpoint::Introspect).len()
    }

    /// How often a refresh was asked for, none of them with a token that was replaced already.
    #[track_caller]
    fn refreshes(&self) -> usize {
        assert_eq!(self.authority.reused_refresh_tokens(), 0);
        self.authority.refreshes()
    }
}

impl Login {
    /// Starts `command`, with `--json`, and reads what a person has to do.
    fn begin(command: &mut Command) -> Self {
        let shown = format!("{command:?}");
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(json) = serde_json::from_str::<Value>(&line) else {
            panic!("{line:?}\n{}", finish(child, shown, PATIENCE).everything());
        };
        assert_eq!(complaints(&json), Vec::<String>::new(), "{line}");
        let text = |name: &str| json[name].as_str().map(str::to_owned);
        Self { child, command: shown, url: text("url").expect("a URL"), code: text("code") }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn finish(self) -> Ran {
        finish(self.child, self.command, PATIENCE)
    }
}

/// An authority whose first access token is said to end at once, but is good. So the next run refreshes it unasked.
fn brief() -> AuthorityConfig {
    AuthorityConfig::default().fault_on(Endpoint::Token, 0..1, Fault::Field("expires_in", 1.into()))
}

const PATIENCE: Duration = Duration::from_secs(60);
