//! The plan of the house, checked against the sources: the table of `src/lib.rs` is what the modules do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A source file of the program, without its tests.
struct Source {
    /// Relative to `src`.
    path: PathBuf,
    text: String,
}

impl Source {
    /// The module of the crate root that the file belongs to.
    fn module(&self) -> String {
        let first = self.path.components().next().unwrap();
        Path::new(first.as_os_str()).file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// Lines of code, with their numbers; comments are left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(at, line)| (at + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn at(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path.display())
    }
}

/// All sources. What stands behind `#[cfg(test)]` is left out: tests are at the bottom of a file, or in `tests.rs`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let program = text.split("#[cfg(test)]").next().unwrap().to_owned();
                found.push(Source { path: path.strip_prefix(&root).unwrap().to_owned(), text: program });
            }
        }
    }
    assert!(found.len() > 40, "the sources were not found");
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The modules of the table in `src/lib.rs`, with the modules that each may use.
fn plan() -> BTreeMap<String, BTreeSet<String>> {
    let page = include_str!("../src/lib.rs");
    let rows = page.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let row = |row: &str| {
        let (module, rest) = row.split_once("`] |")?;
        let allowed = rest.split('|').next()?.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some((module.to_owned(), allowed.map(str::to_owned).collect()))
    };
    rows.filter_map(row).collect()
}

/// The modules that a line of code names as `crate::MODULE`.
fn used(line: &str) -> impl Iterator<Item = &str> {
    let names = line.split("crate::").skip(1);
    names.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
}

#[track_caller]
fn none(what: &str, found: &[String]) {
    let mut text = String::new();
    found.iter().for_each(|line| writeln!(text, "  {line}").unwrap());
    assert!(found.is_empty(), "{what}\n{text}");
}

#[test]
fn the_table_names_every_module() {
    let modules: BTreeSet<String> = sources().iter().map(Source::module).collect();
    let program: BTreeSet<String> = ["lib", "main"].map(str::to_owned).into();
    let planned: BTreeSet<String> = plan().into_keys().collect();
    assert_eq!(&modules - &program, planned);
}

#[test]
fn modules_use_what_the_table_allows_and_nothing_else() {
    let plan = plan();
    let mut wrong = Vec::new();
    let mut needed: BTreeSet<(String, String)> = BTreeSet::new();
    for source in sources() {
        let module = source.module();
        let Some(allowed) = plan.get(&module) else { continue };
        for (line, code) in source.code() {
            for name in used(code) {
                needed.insert((module.clone(), name.to_owned()));
                if name != module && !allowed.contains(name) {
                    wrong.push(format!("{}: {module} must not use `{name}`: {}", source.at(line), code.trim()));
                }
            }
        }
    }
    none("imports against the plan; if the plan is to change, change the table in src/lib.rs:", &wrong);
    let idle = plan.iter().flat_map(|(module, allowed)| allowed.iter().map(move |name| (module, name)));
    let idle = idle.filter(|&(module, name)| !needed.contains(&(module.clone(), name.clone())));
    let idle: Vec<String> = idle.map(|(module, name)| format!("{module}: {name}")).collect();
    none("permissions of the table in src/lib.rs that nothing needs:", &idle);
}

/// What the table may never come to allow: the directions that make the plan worth having.
#[test]
fn the_table_keeps_the_forbidden_directions() {
    let forbidden: [(&str, &[&str]); 7] = [
        ("proto", &["auth", "client", "config", "deliver", "fetch", "net", "output", "state"]),
        ("net", &["client", "config", "deliver", "fetch", "output", "proto", "state"]),
        ("client", &["config", "deliver", "fetch", "output", "state"]),
        ("deliver", &["client", "fetch", "net", "proto", "state"]),
        ("state", &["client", "fetch", "net", "output"]),
        ("fetch", &["cli", "commands"]),
        ("cli", &["auth", "client", "commands", "deliver", "fetch", "net", "output", "proto", "state"]),
    ];
    let plan = plan();
    for (module, never) in forbidden {
        let allowed = &plan[module];
        let wrong: Vec<_> = never.iter().filter(|name| allowed.contains(**name)).collect();
        assert!(wrong.is_empty(), "{module} must never use {wrong:?}");
    }
}

#[test]
fn libraries_and_the_outside_world_stay_where_they_belong() {
    // (what, in which modules alone)
    let rules: [(&[&str], &[&str]); 15] = [
        (&["clap::"], &["cli", "main"]),
        (&["rustls::", "webpki_roots::"], &["net"]),
        (&["std::net::Tcp", "TcpStream::", "std::net::Udp"], &["net"]),
        (&["rusqlite::"], &["state", "error"]),
        (&["ureq::"], &["net"]),
        (&["rustls_native_certs::"], &["net"]),
        (&["use keyring::", "keyring::Entry"], &["auth"]), // not `auth::keyring`, which commands use
        (&["rpassword::"], &["auth"]),
        (&["toml_edit::"], &["config"]),
        (&["rustyline::"], &["commands"]),
        (&["clap_complete::"], &["cli"]),
        (&["std::process::Command", "std::process::{", "Command::new("], &["auth", "net"]),
        (&["indicatif::"], &["output", "commands"]), // commands: only for its way to write octets
        (&["println!", "print!", "eprintln!", "eprint!", "stdout()", "stderr()"], &["output"]),
        (&["std::process::exit", "process::abort"], &[]),
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module();
        for (words, places) in rules {
            for (line, code) in source.code() {
                if !places.contains(&module.as_str()) && words.iter().any(|word| code.contains(word)) {
                    wrong.push(format!("{}: {}", source.at(line), code.trim()));
                }
            }
        }
    }
    none("these belong into other modules:", &wrong);
}

#[test]
fn the_protocol_knows_no_socket_no_file_and_no_clock() {
    let foreign = ["std::net", "std::fs", "std::io", "std::time", "std::thread", "std::process", "std::env", "rustix"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module() == "proto") {
        for (line, code) in source.code().filter(|(_, code)| foreign.iter().any(|name| code.contains(name))) {
            wrong.push(format!("{}: {}", source.at(line), code.trim()));
        }
    }
    none("src/proto is without I/O:", &wrong);
}

#[test]
fn only_one_place_deletes() {
    let calls = |wanted: &str| {
        let mut calls = Vec::new();
        for source in sources() {
            let found = source.code().filter(|(_, code)| code.contains(wanted));
            calls.extend(found.map(|(line, code)| format!("{}: {}", source.at(line), code.trim())));
        }
        calls
    };
    // By a fetch, with the right that publication gives; and by the command that is there for it.
    let (deletes, by_command) = (calls(".dele("), calls(".delete_all("));
    assert!(deletes.len() == 2 && deletes[0].starts_with("src/client/download.rs"), "{deletes:#?}");
    assert!(deletes[1].starts_with("src/fetch/life.rs"), "{deletes:#?}");
    assert!(by_command.len() == 1 && by_command[0].starts_with("src/commands/dele.rs"), "{by_command:#?}");
}

#[test]
fn nothing_is_unwrapped() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (line, code) in
            source.code().filter(|(_, code)| code.contains(".unwrap()") || code.contains(".expect(\"\")"))
        {
            wrong.push(format!("{}: {}", source.at(line), code.trim()));
        }
    }
    none("an invariant is an `expect` that says why:", &wrong);
}

#[test]
fn files_stay_short() {
    let long = sources().into_iter().filter(|source| source.text.lines().count() > MAX_LINES);
    let long: Vec<String> = long.map(|source| source.at(source.text.lines().count())).collect();
    none("files that should become two:", &long);
}

/// A file that stands for a module of its own says what it is; its small siblings may leave that to it.
#[test]
fn modules_say_what_they_are() {
    let is_module = |source: &Source| source.path.components().count() == 1 || source.path.ends_with("mod.rs");
    let silent = sources().into_iter().filter(|source| is_module(source) && !source.text.starts_with("//! "));
    let silent: Vec<String> = silent.map(|source| source.at(1)).collect();
    none("modules without a `//!`:", &silent);
}

/// Lines of a file without its tests.
const MAX_LINES: usize = 450;
