//! A demonstration on the loopback, with the real code in a process of its own: fetch, kill, go on, check.
//!
//! ```sh
//! cargo run --release --example demo
//! ```

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a demonstration is there to be read")]

#[path = "../tests/server/mod.rs"]
mod server;

use std::fs;
use std::io::{IsTerminal, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use mailhaul::cli::Cli;

use server::{Config, Maildrop, Server, Sizes, TlsMode};

/// Fetch from a server on the loopback, be killed, go on, check every octet.
#[derive(Debug, Parser)]
struct Options {
    /// Keep the folder with the Maildir and the ledger
    #[arg(long)]
    keep: bool,
}

fn main() -> Result<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == AS_MAILHAUL) {
        return Ok(mailhaul::commands::run(Cli::parse_from(std::iter::once("mailhaul".into()).chain(args))));
    }
    let options = Options::parse();
    let folder = tempfile::Builder::new().prefix("mailhaul-demo-").tempdir().context("no folder for the demo")?;
    let result = Demo::new(folder.path()).and_then(|demo| demo.play());
    if options.keep {
        say(&format!("\nThe Maildir and the ledger are in {}.", folder.keep().display()));
    }
    result?;
    say(WHAT_NEXT);
    Ok(ExitCode::SUCCESS)
}

struct Demo {
    maildrop: Maildrop,
    server: Server,
    maildir: PathBuf,
    state: PathBuf,
    password: PathBuf,
}

impl Demo {
    fn new(folder: &Path) -> Result<Self> {
        let maildrop = maildrop();
        // So slow that there is something to see, and to kill: a round trip for each message.
        let config = Config::new(&maildrop).tls(TlsMode::Implicit).rtt(ROUND_TRIP).without("PIPELINING");
        let server = Server::start(config);
        let password = folder.join("password");
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&password)?;
        file.write_all(b"secret\n")?;
        Ok(Self { maildrop, server, maildir: folder.join("Mail"), state: folder.join("state"), password })
    }

    fn play(&self) -> Result<()> {
        let count = self.maildrop.len();
        let megabytes = self.maildrop.octets() as f64 / 1e6;
        say(&format!("A POP3 server on the loopback has {count} messages, {megabytes:.1} MB, and speaks TLS."));

        say("\n1. Fetch them, and kill mailhaul with SIGKILL in the middle.");
        let delivered = self.fetch_and_kill()?;
        say(&format!("   Killed. {delivered} messages are in the Maildir, the others are not."));

        say("\n2. Fetch again: it goes on where it was.");
        let begun = Instant::now();
        self.fetch(&[])?;
        let brought = self.files("new")?.len() - delivered;
        say(&format!("   {brought} more messages in {:.1} s.", begun.elapsed().as_secs_f64()));

        say("\n3. Check.");
        self.check()?;

        say("\n4. Fetch once more: there is nothing new.");
        let begun = Instant::now();
        self.fetch(&[])?;
        ensure!(self.files("new")?.len() == count, "a fetch without new mail changed the Maildir");
        say(&format!("   Nothing fetched, in {:.2} s.", begun.elapsed().as_secs_f64()));
        Ok(())
    }

    /// Begins to fetch, and kills it as soon as a good part of the messages is there. Returns how many are.
    fn fetch_and_kill(&self) -> Result<usize> {
        let mut child = self.mailhaul(&[]).spawn().context("mailhaul cannot be started")?;
        let patience = Instant::now() + PATIENCE;
        while self.files("new").map_or(0, |files| files.len()) < KILL_AT {
            if let Some(status) = child.try_wait()? {
                bail!("mailhaul ended before it could be killed: {status}");
            }
            ensure!(Instant::now() < patience, "nothing arrives");
            thread::sleep(Duration::from_millis(5));
        }
        kill(&mut child)?;
        let delivered = self.files("new")?.len();
        ensure!(delivered < self.maildrop.len(), "everything was there before the kill");
        Ok(delivered)
    }

    fn fetch(&self, more: &[&str]) -> Result<()> {
        let status = self.mailhaul(more).status().context("mailhaul cannot be started")?;
        ensure!(status.success(), "mailhaul failed: {status}");
        Ok(())
    }

    /// This program again, as mailhaul, so that it can be killed.
    fn mailhaul(&self, more: &[&str]) -> Command {
        let mut command = Command::new("/proc/self/exe");
        command.arg(AS_MAILHAUL).arg("fetch").arg(self.server.url("ann"));
        command.arg("--maildir").arg(&self.maildir).arg("--state-dir").arg(&self.state);
        command.arg("--ca-file").arg(self.server.ca_file()).arg("--password-file").arg(&self.password);
        command.args(more).stdin(Stdio::null());
        command
    }

    /// Every message once, octet for octet, and nothing else.
    fn check(&self) -> Result<()> {
        let mut found = Vec::new();
        for file in self.files("new")? {
            let private = fs::metadata(&file)?.permissions().mode() & 0o077 == 0;
            ensure!(private, "{} can be read by others", file.display());
            found.push(fs::read(&file).with_context(|| file.display().to_string())?);
        }
        let mut expected: Vec<_> = (0..self.maildrop.len()).map(|index| self.maildrop.expected_lf(index)).collect();
        found.sort();
        expected.sort();
        let (there, wanted) = (found.len(), expected.len());
        ensure!(there == wanted, "{there} messages are in the Maildir, {wanted} should be");
        ensure!(found == expected, "a message is not what the server has");
        ensure!(self.files("tmp")?.is_empty(), "something was left in tmp/");
        let twice = self.maildrop.all().iter().filter(|message| message.bodies_sent() > 1).count();
        say(&format!("   {wanted} messages, each exactly once, the same octet for octet; tmp/ is empty."));
        if twice > 0 {
            say(&format!("   Downloaded twice, because they were not recorded yet at the kill: {twice}."));
        }
        Ok(())
    }

    fn files(&self, part: &str) -> Result<Vec<PathBuf>> {
        let folder = self.maildir.join(part);
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        entries.map(|entry| Ok(entry?.path())).collect()
    }
}

/// SIGKILL: no chance to tidy up.
fn kill(child: &mut Child) -> Result<ExitStatus> {
    child.kill().context("mailhaul cannot be killed")?;
    let status = child.wait()?;
    if std::io::stderr().is_terminal() {
        eprintln!(); // the progress bar stays as it was
    }
    Ok(status)
}

/// Messages as they come every day, and the kinds that have broken other programs.
fn maildrop() -> Maildrop {
    let maildrop = Maildrop::generated(ORDINARY, 1, Sizes::realistic());
    let add = |name: &str, body: &[u8]| {
        let header = format!("From: Ann <ann@example.org>\r\nSubject: {name}\r\n\r\n");
        maildrop.add(format!("demo {name}"), [header.as_bytes(), body].concat());
    };
    add("an empty body", b"");
    add("lines that begin with dots", b".\r\n..\r\n...\r\n.hidden\r\n. \r\n");
    add("lines that look like an mbox", b"From ann Mon Jan  5 00:00:00 2026\r\n>From ann\r\n>>From ann\r\n");
    add("lines that look like POP3", b"+OK\r\n-ERR no such message\r\nRETR 1\r\nQUIT\r\n");
    add("8-bit octets", &(128..=255).chain(*b"\r\n").collect::<Vec<u8>>());
    add("NUL, lone CR and lone LF", b"a\0b\rc\nd\r\r\n");
    add("only empty lines", &b"\r\n".repeat(1000));
    add("a line of 1 MiB", &[&b"x".repeat(1 << 20)[..], b"\r\n"].concat());
    maildrop.add("demo no header at all", "\r\nA body without a header.\r\n");
    maildrop
}

fn say(text: &str) {
    println!("{text}");
}

const WHAT_NEXT: &str = "
Now your own mail. It stays on the server, and the first command only looks:

  cargo run --release -- fetch pop3s://YOU@YOUR.SERVER --maildir ~/Mail --dry-run
  cargo run --release -- fetch pop3s://YOU@YOUR.SERVER --maildir ~/Mail

The last @ ends the user name, which may be a whole address.
`cargo install --locked --path .` installs it.";

/// As its first argument it makes this program mailhaul.
const AS_MAILHAUL: &str = "--as-mailhaul";

/// Messages that are not awkward.
const ORDINARY: usize = 500;

/// Files in `new/` from which it is killed.
const KILL_AT: usize = 100;

/// Simulated.
const ROUND_TRIP: Duration = Duration::from_millis(5);

/// For the first messages to come.
const PATIENCE: Duration = Duration::from_secs(60);
