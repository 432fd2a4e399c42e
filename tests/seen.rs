//! What a fetch shows at a terminal, in cron, and after an interruption.

mod closing;
mod progress;
mod signals;
mod waiting;

use std::process::Command;

use super::server::{Config, Maildrop, Server, Sizes};
use super::terminal::Terminal;
use super::util::{Home, Ran, run};

/// `mailhaul fetch` of accounts of the configuration file, in clear text, into `~/Mail`.
fn fetch(home: &Home, accounts: &[(&str, &Server)], more: &[&str]) -> Command {
    let mut file = String::from("[defaults]\nmaildir = \"~/Mail\"\ntls = \"none\"\npassword-file = \"~/password\"\n");
    for (name, server) in accounts {
        file.push_str(&format!("[account.{name}]\nsource = \"{}\"\nstate-key = \"{name}\"\n", server.url("ann")));
    }
    let file = home.write_private("config.toml", file.as_bytes());
    home.mailhaul([&["fetch", "--config", file.to_str().unwrap()], more].concat())
}

/// The last line that a command leaves on a terminal.
#[track_caller]
fn last_line(command: &Command) -> String {
    last_line_of(&Terminal::run(command).finish())
}

#[track_caller]
fn last_line_of(ran: &Ran) -> String {
    ran.code(0);
    let last = ran.stdout.lines().last().unwrap_or_default().rsplit('\r').next().unwrap_or_default();
    console::strip_ansi_codes(last).into_owned()
}
