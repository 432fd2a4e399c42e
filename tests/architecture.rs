//! The plan of the house, checked against the sources: the table of `src/lib.rs` is what the modules do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A source file of the program, without its tests.
struct Source {
    /// Relative to `src`.
    path: PathBuf,
    /// With their numbers.
    lines: Vec<(usize, String)>,
}

impl Source {
    /// The module of the crate root that the file belongs to.
    fn module(&self) -> String {
        let first = self.path.components().next().unwrap();
        Path::new(first.as_os_str()).file_stem().unwrap().to_string_lossy().into_owned()
    }

    /// `net::tls::explain`, in pieces.
    fn path_of_module(&self) -> Vec<String> {
        let names = self.path.with_extension("");
        let names = names.iter().map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name != "mod").collect()
    }

    /// Lines of code, with their numbers; comments are left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.lines.iter().map(|(number, line)| (*number, line.as_str()));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn at(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path.display())
    }
}

/// The lines of a source, with their numbers, without the items that are only there for tests. Relies on rustfmt: an
/// item ends with the first line of its own depth that closes it.
fn without_tests(text: &str) -> Vec<(usize, String)> {
    let mut kept = Vec::new();
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    while let Some((number, line)) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            kept.push((number, line.to_owned()));
            continue;
        }
        let depth = |line: &str| line.len() - line.trim_start().len();
        let is_last = |text: &str| text.ends_with([';', '}', ',']) && depth(text) == depth(line);
        assert!(lines.any(|(_, line)| is_last(line)), "line {number}: the end of what is for tests was not found");
    }
    kept
}

#[test]
fn what_stands_behind_an_item_for_tests_is_looked_at() {
    let source = "use a;\n#[cfg(test)]\nuse b;\n\n#[cfg(test)]\n#[path = \"x\"]\nimpl X {\n    fn b() {\n    }\n}\n\
                  fn a() {\n    #[cfg(test)]\n    b();\n    a();\n}\n#[cfg(test)]\nmod tests {\n    b\n}\n";
    let kept = without_tests(source);
    let kept: Vec<(usize, &str)> = kept.iter().map(|(number, line)| (*number, line.as_str())).collect();
    assert_eq!(kept, [(1, "use a;"), (4, ""), (11, "fn a() {"), (14, "    a();"), (15, "}")]);
}

/// All sources, without their tests: those are items of a file, `tests.rs`, or files of a folder `tests`.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with("tests")).then_some(path));
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path: path.strip_prefix(&root).unwrap().to_owned(), lines: without_tests(&text) });
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
        (&["std::process::Command", "std::process::{", "Command::new("], &["auth", "command_line", "net", "process"]),
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
    assert!(deletes[1].starts_with("src/fetch/life/mod.rs"), "{deletes:#?}");
    assert!(by_command.len() == 1 && by_command[0].starts_with("src/commands/dele.rs"), "{by_command:#?}");
}

/// Kinds are exit codes, too coarse to tell why something failed. Code that does something about an error asks for its
/// cause; only `commands` compares kinds, to end with the gravest.
#[test]
fn no_kind_is_taken_for_a_cause() {
    let is_pattern = |code: &str| {
        let (pattern, _) = code.split_once(" =>").or_else(|| code.split_once(" if ")).unwrap_or_default();
        let mut words = pattern.split(|c: char| !c.is_alphanumeric() && c != ':' && c != '_');
        words.any(|word| word.starts_with("Kind::")) && !pattern.contains("Error::new(")
    };
    let asks = |code: &str| {
        [".kind() == Kind::", ".kind() != Kind::", "kind(), Kind::"].iter().any(|words| code.contains(words))
            || is_pattern(code)
    };
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !["error", "commands"].contains(&source.module().as_str())) {
        let found = source.code().filter(|(_, code)| asks(code));
        wrong.extend(found.map(|(line, code)| format!("{}: {}", source.at(line), code.trim())));
    }
    none("ask for `Error::cause`, or `Error::may_pass`:", &wrong);
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

/// `Path::exists` and its like take every error for an absence, and an absence has cost mail. `about` is what a look at
/// the path has brought.
#[test]
fn an_error_is_no_absence() {
    let is_careful = |source: &&Source| ["deliver", "fetch", "private", "state"].contains(&source.module().as_str());
    let asks = |code: &str| {
        let kinds = [".is_dir()", ".is_file()", ".is_symlink()"];
        let of_a_path = |kind: &str| code.match_indices(kind).any(|(at, _)| !code[..at].ends_with("about"));
        code.contains(".exists()") || kinds.into_iter().any(of_a_path)
    };
    let mut wrong = Vec::new();
    for source in sources().iter().filter(is_careful) {
        let found = source.code().filter(|(_, code)| asks(code));
        wrong.extend(found.map(|(line, code)| format!("{}: {}", source.at(line), code.trim())));
    }
    none("look at a path with `private::look`, and see to its errors:", &wrong);
}

/// In every folder files and folders use each other in one direction: whatever a file is about can be read before what is
/// made of it.
#[test]
fn files_make_no_circles() {
    // Of each folder: which of its files and folders use which others.
    let mut folders: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let sources = sources();
    let modules: BTreeSet<Vec<String>> = sources.iter().map(Source::path_of_module).collect();
    for source in &sources {
        let user = source.path_of_module();
        let code: Vec<&str> = source.code().map(|(_, code)| code).collect();
        for used in used_paths(&code.join(" "), &user) {
            let common = user.iter().zip(&used).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (user.get(common), used.get(common))
                && modules.contains(&used[..=common])
            {
                let uses = folders.entry(user[..common].to_vec()).or_default();
                uses.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    assert!(folders.len() > 10, "the uses were not found");
    let mut circles = Vec::new();
    for (folder, mut uses) in folders {
        // Whoever uses nothing that is left is taken away; what stays is in a circle, or leads to one.
        loop {
            let users: BTreeSet<String> = uses.keys().cloned().collect();
            let before = uses.len();
            uses.retain(|_, used| used.iter().any(|used| users.contains(used)));
            if uses.len() == before {
                break;
            }
        }
        if !uses.is_empty() {
            circles.push(format!("src/{}: {uses:?}", folder.join("/")));
        }
    }
    none("files that use each other in a circle:", &circles);
}

#[test]
fn a_use_is_found_wherever_it_points_to() {
    let user = ["net".to_owned(), "tls".to_owned(), "explain".to_owned()];
    let found = |code: &str| used_paths(code, &user).into_iter().map(|path| path.join("::")).collect::<Vec<_>>();
    assert_eq!(found("use super::roots::gather;"), ["net::tls::roots::gather"]);
    assert_eq!(
        found("use super::{Trust, roots, identity::read};"),
        ["net::tls::Trust", "net::tls::roots", "net::tls::identity::read"]
    );
    assert_eq!(found("let x = super::super::pin::Pin::of(1);"), ["net::pin::Pin::of"]);
    assert_eq!(found("use crate::net::Phase; // and crate::error::Kind"), ["net::Phase", "error::Kind"]);
}

/// What a line of this module names by `super::` or `crate::`, as absolute paths.
fn used_paths(code: &str, user: &[String]) -> Vec<Vec<String>> {
    let is_end = |c: char| !c.is_alphanumeric() && c != '_' && c != ':';
    let words = |path: &str| path.split("::").filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = ["super::", "crate::"].iter().filter_map(|root| rest.find(root)).min() {
        let is_super = rest[at..].starts_with("super::");
        rest = &rest[at + "super::".len()..];
        let mut base = if is_super { user[..user.len().saturating_sub(1)].to_vec() } else { Vec::new() };
        while let Some(further) = rest.strip_prefix("super::") {
            base.pop();
            rest = further;
        }
        let end = rest.find(is_end).unwrap_or(rest.len());
        base.extend(words(&rest[..end]));
        match rest[end..].strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(list.split(',').map(|name| [base.clone(), words(name.trim())].concat()));
            }
            None => found.push(base),
        }
        rest = &rest[end..];
    }
    found
}

/// A module with files of its own is a folder with a `mod.rs`; a file beside a folder of its name has only its tests there.
#[test]
fn modules_with_files_are_folders() {
    let sources = sources();
    let has_files = |source: &&Source| {
        let folder = source.path.with_extension("");
        sources.iter().any(|other| other.path != source.path && other.path.starts_with(&folder))
    };
    let wrong = sources.iter().filter(|source| !source.path.ends_with("mod.rs")).filter(has_files);
    let wrong: Vec<String> = wrong.map(|source| source.at(1)).collect();
    none("modules whose file belongs into their folder, as mod.rs:", &wrong);
}

/// A type is called by what it is, so that a search for its name finds one thing.
#[test]
fn no_type_name_is_used_twice() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources() {
        for (line, code) in source.code() {
            places.entry(type_defined_by(code).unwrap_or_default().to_owned()).or_default().push(source.at(line));
        }
    }
    places.remove("");
    assert!(places.len() > 200, "the types were not found");
    let twice = places.iter().filter(|(name, places)| places.len() > 1 && !TOLD_BY_MODULE.contains(&name.as_str()));
    let twice: Vec<String> = twice.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    none("type names that are used twice:", &twice);
}

/// The name of the struct, enum or trait that a line at the top level of a file defines.
fn type_defined_by(code: &str) -> Option<&str> {
    let public = code.strip_prefix("pub").map(|rest| match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    });
    let mut words = public.map_or(code, str::trim_start).split(|c: char| !c.is_alphanumeric() && c != '_');
    words.next().filter(|word| ["struct", "enum", "trait"].contains(word))?;
    words.next()
}

#[test]
fn a_type_is_found_however_public_it_is() {
    for code in ["pub struct A<'a> {", "pub(super) enum A {", "trait A: Copy {", "pub(in crate::x) struct A(u8);"] {
        assert_eq!(type_defined_by(code), Some("A"), "{code}");
    }
    assert!(type_defined_by("    struct A;").is_none() && type_defined_by("pub type A = B;").is_none());
}

#[test]
fn files_stay_short() {
    let long = sources().into_iter().filter(|source| source.lines.len() > MAX_LINES);
    let long: Vec<String> = long.map(|source| format!("{}: {}", source.at(1), source.lines.len())).collect();
    none("files that should become two:", &long);
}

/// A file that stands for a module of its own says what it is; its small siblings may leave that to it.
#[test]
fn modules_say_what_they_are() {
    let is_module = |source: &Source| source.path.components().count() == 1 || source.path.ends_with("mod.rs");
    let is_silent = |source: &Source| source.lines.first().is_none_or(|(_, line)| !line.starts_with("//! "));
    let silent = sources().into_iter().filter(|source| is_module(source) && is_silent(source));
    let silent: Vec<String> = silent.map(|source| source.at(1)).collect();
    none("modules without a `//!`:", &silent);
}

/// As `io::Error` is from `fmt::Error`: `proto::Command` goes to a server and `cli::Command` is what the user wants.
const TOLD_BY_MODULE: [&str; 2] = ["Command", "Error"];

/// Lines of a file without its tests.
const MAX_LINES: usize = 450;
