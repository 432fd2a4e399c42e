//! `contrib/container/try` runs what Containerfile and compose.yaml say.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use super::*;

/// Something is missing that the script needs.
const LACKS: i32 = 69;

#[test]
fn the_container_of_contrib_does_what_its_files_say() {
    let program = Path::new(env!("CARGO_BIN_EXE_mailhaul"));
    let server = program.with_file_name("examples").join("server"); // built by `cargo test` without a target
    if !server.exists() {
        return not_run(&format!("there is no {}: `cargo build --example server` makes it", server.display()));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/container/try");
    let mut command = Command::new(&script);
    command.arg(program).arg(server).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Most of the time a root of Debian is downloaded and unpacked.
    let ran = finish(command.spawn().unwrap(), format!("{command:?}"), Duration::from_secs(1800));
    let skipped = ran.stdout.lines().find(|line| line.contains("NOT RUN: what needs "));
    if ran.code == Some(LACKS) {
        return not_run(ran.stdout.lines().last().unwrap_or_default());
    }
    ran.code(0).prints("-- all is well");
    if let Some(skipped) = skipped {
        not_run(skipped);
    }
}
