//! The files of a peer.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::words::program;
use crate::cli::{MigrateArgs, PeerArg};
use crate::config::Settings;
use crate::error::{Error, Kind, Result};
use crate::peers::{PeerConfig, fetchmail, getmail, mpop};
use crate::private::{Links, OpenedFile, ReadLimits, absence_as_none};

/// A configuration that was read.
pub(super) struct FoundConfig {
    pub(super) path: PathBuf,
    pub(super) config: PeerConfig,
}

/// Those that were named, or those that the peer would read.
pub(super) fn configurations(args: &MigrateArgs) -> Result<Vec<FoundConfig>> {
    let paths = if args.paths.is_empty() { usual(args.peer)? } else { named(args)? };
    paths.iter().map(|path| read(args.peer, path)).collect()
}

fn named(args: &MigrateArgs) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in &args.paths {
        let path = crate::config::expand_home(path).map_err(|why| Error::new(Kind::Usage, format!("PATH {why}")))?;
        if path.is_dir() {
            let inside = if args.peer == PeerArg::Getmail { of_folder(&path)? } else { in_folder(args.peer, &path) };
            if inside.is_empty() {
                return Err(nothing(args.peer, &[path]));
            }
            paths.extend(inside);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// As it is called where the peer looks.
fn in_folder(peer: PeerArg, folder: &Path) -> Vec<PathBuf> {
    let names: &[&str] =
        if peer == PeerArg::Mpop { &[".mpoprc", "mpoprc", "config"] } else { &[".fetchmailrc", "fetchmailrc"] };
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file()).into_iter().collect()
}

fn usual(peer: PeerArg) -> Result<Vec<PathBuf>> {
    let places = match peer {
        PeerArg::Fetchmail => fetchmail::configurations(variable),
        PeerArg::Mpop => mpop::configurations(variable),
        PeerArg::Getmail => getmail::folders(variable),
    };
    let found = match peer {
        PeerArg::Fetchmail | PeerArg::Mpop => places.iter().find(|path| path.is_file()).cloned().into_iter().collect(),
        PeerArg::Getmail => places.iter().find(|path| path.is_dir()).map_or(Ok(Vec::new()), |path| of_folder(path))?,
    };
    if found.is_empty() { Err(nothing(peer, &places)) } else { Ok(found) }
}

/// Why the program itself refuses one of its files: what is read of such a file may be anything.
pub(super) fn broken(found: &[FoundConfig], peer: PeerArg) -> Option<Error> {
    let (path, (line, why)) = found.iter().find_map(|file| Some((&file.path, file.config.broken?)))?;
    let text = format!("{}:{line}: {} refuses this file: {why}", crate::escape::path(path), program(peer));
    Some(Error::new(Kind::Config, text).hint("mend the line, so that the program reads the file; nothing was written"))
}

/// A variable of the environment that names a folder.
pub(super) fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Each getmailrc of a folder: getmail is told by -r which of them it reads.
fn of_folder(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io("read the folder", folder, error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_state = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"oldmail-"));
        let is_usual = path.file_name().is_some_and(|name| name == "getmailrc");
        let is_one = || is_usual || text_of(&path).is_ok_and(|text| text.contains("[retriever]"));
        if path.is_file() && !is_state && is_one() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn nothing(peer: PeerArg, places: &[PathBuf]) -> Error {
    let shown: Vec<String> = places.iter().map(|path| crate::output::short_path(path)).collect();
    let program = program(peer);
    let text = if shown.is_empty() {
        format!("no configuration of {program} can be looked for, as $HOME is not set")
    } else {
        format!("no configuration of {program} is at {}", shown.join(" or "))
    };
    Error::new(Kind::Config, text).hint(format!("name the file, as in `mailhaul migrate {program} FILE`"))
}

fn read(peer: PeerArg, path: &Path) -> Result<FoundConfig> {
    let text = text_of(path)?;
    let config = match peer {
        PeerArg::Fetchmail => fetchmail::read(&text, login().as_deref()),
        PeerArg::Mpop => mpop::read(&text),
        PeerArg::Getmail => getmail::read(&text, &name_of(path)),
    };
    let path = std::path::absolute(path).map_err(|error| Error::io("find", path, error))?;
    Ok(FoundConfig { path, config })
}

/// The text of a file that nobody else can have written: it names commands, which we would run.
fn text_of(path: &Path) -> Result<zeroize::Zeroizing<String>> {
    let shown = crate::escape::path(path);
    let file =
        absence_as_none(OpenedFile::open(path, Links::Follow)).map_err(|error| Error::io("open", path, error))?;
    let file =
        file.ok_or_else(|| Error::new(Kind::Config, format!("there is no file {shown}")).hint("check its name"))?;
    file.check_writers().map_err(|flaw| flaw.error(&shown, ", and could be made to run any command", path))?;
    let octets = octets_of(file, &shown, MOST_OF_A_CONFIGURATION)?;
    // Comments may be in any encoding; what else is not UTF-8 would become something else.
    let is_comment = |line: &[u8]| line.trim_ascii_start().first().is_none_or(|first| matches!(first, b'#' | b';'));
    let lines = octets.split(|octet| *octet == b'\n').enumerate();
    if let Some((at, _)) = lines.into_iter().find(|(_, line)| !is_comment(line) && std::str::from_utf8(line).is_err()) {
        return Err(
            Error::new(Kind::Config, format!("{shown}:{}: it is not UTF-8", at + 1)).hint("iconv(1) converts the file")
        );
    }
    Ok(zeroize::Zeroizing::new(String::from_utf8_lossy(&octets).into_owned()))
}

/// What a file of a peer holds.
pub(super) fn octets_of(file: OpenedFile, shown: &str, most: usize) -> Result<zeroize::Zeroizing<Vec<u8>>> {
    let waits = Settings::default().waits()?;
    file.read(shown, ReadLimits { octets: most, time: waits.timeout, until: &waits.until })
}

/// A getmailrc is called as its account is; where it has the usual name, its folder says nothing more.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new("getmail")).to_string_lossy();
    let name = name.trim_start_matches('.');
    let name = name.strip_suffix(".rc").or(name.strip_suffix(".conf")).unwrap_or(name);
    let name = name.strip_prefix("getmailrc-").or(name.strip_prefix("getmailrc.")).unwrap_or(name);
    name.to_owned()
}

/// The name of whoever runs us: as fetchmail has it, by the number.
fn login() -> Option<String> {
    let uid = rustix::process::getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let named = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number == uid).then(|| name.to_owned())
    });
    let said = || ["LOGNAME", "USER"].iter().find_map(|name| std::env::var(name).ok());
    named.or_else(said).filter(|name| !name.is_empty())
}

/// The largest that people have are of some KiB.
const MOST_OF_A_CONFIGURATION: usize = 256 * 1024;
