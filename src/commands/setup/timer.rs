//! A timer of systemd for the user: two files, which are those of `contrib/systemd/user`, and a word to systemd.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::command_line::CommandLine;
use crate::error::{Error, Kind, Result};
use crate::output::{Console, Verbosity, short_path};
use crate::private;
use crate::process::{self, EndPatience, RunEnd, Runner};
use crate::until::Until;

/// Writes the units, unless they are there, and starts the timer.
pub(super) fn install(console: &Console, until: &Until) -> Result<()> {
    let folder = folder()?;
    private::create_folders(&folder)?;
    let program = std::env::current_exe().map_err(|error| Error::io("find", Path::new("mailhaul"), error))?;
    write(&folder.join("mailhaul.service"), &service(&program)?, console)?;
    write(&folder.join("mailhaul.timer"), TIMER, console)?;
    for words in [&["daemon-reload"][..], &["enable", "--now", "mailhaul.timer"]] {
        systemctl(words, until)?;
    }
    console.say(
        Verbosity::Normal,
        "The timer runs: `systemctl --user list-timers mailhaul.timer` shows when it fetches next.",
    );
    Ok(())
}

fn folder() -> Result<PathBuf> {
    let folders = directories::BaseDirs::new()
        .ok_or_else(|| Error::new(Kind::Config, "no home folder is known").hint("set $HOME"))?;
    Ok(folders.config_dir().join("systemd").join("user"))
}

/// What somebody has written there stays.
fn write(path: &Path, text: &str, console: &Console) -> Result<()> {
    if private::look(path)?.is_some() {
        console.say(Verbosity::Normal, &format!("{} is there already, and stays as it is.", short_path(path)));
        return Ok(());
    }
    private::replace(path, text.as_bytes(), 0o644)?;
    console.say(Verbosity::Normal, &format!("{} was written.", short_path(path)));
    Ok(())
}

fn systemctl(words: &[&str], until: &Until) -> Result<()> {
    let shown = format!("systemctl --user {}", words.join(" "));
    let failed = |why: String| {
        Error::new(Kind::Unavailable, format!("`{shown}` failed: {why}"))
            .hint("the account and the units are written; run the command yourself where systemd runs for your user")
    };
    let line = ["systemctl", "--user"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    let (line, until, patience) = (CommandLine::Program(line), until.clone(), EndPatience::default());
    let runner = Runner { what: "systemctl", line, timeout: PATIENCE, until, patience };
    match runner.run(&[], &mut std::io::empty()).map_err(|error| failed(error.to_string()))? {
        RunEnd::Exited { status, .. } if status.success() => Ok(()),
        RunEnd::Exited { status, said } => Err(failed(process::shown(status, &said))),
        RunEnd::TimedOut { said } => Err(failed(process::with_words("it did not end in time", &said))),
        RunEnd::Stopped(over) => Err(over.error(&shown)),
    }
}

fn service(program: &Path) -> Result<String> {
    let path = program.to_str().filter(|path| !path.contains(['"', '\\', '\n']));
    let path = path.ok_or_else(|| Error::new(Kind::Config, "the path of mailhaul cannot be written into a unit"))?;
    let path = path.replace('%', "%%");
    Ok(SERVICE.replace("=/usr/local/bin/mailhaul ", &format!("=\"{path}\" ")))
}

/// For each word to systemd.
const PATIENCE: Duration = Duration::from_secs(30);

const SERVICE: &str = include_str!("../../../contrib/systemd/user/mailhaul.service");

const TIMER: &str = include_str!("../../../contrib/systemd/user/mailhaul.timer");
