//! What a container is to the program: it is process 1 there, its user has no name and no home, its secrets are root's and
//! mounted read-only, and all of its settings may come from the environment. Much of it needs root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::server::{Config, Fault, Maildrop, Phase, Server, Sizes};
use super::terminal::{CTRL_C, Terminal};
use super::util::{Home, copy_program, finish, not_run, run, run_with_input, under, wait_until, without_terminal};

mod init;
mod script;
mod secrets;
mod stays;
mod variables;

/// The same command as a container would run it: of a user without a name or a home, in the group of root, without any
/// right, with file systems of its own on `/mnt` and `/run`, which `make` fills. The program is copied into the home, which
/// everybody may enter.
fn in_container(home: &Home, user: u32, make: &str, command: &Command) -> Option<Command> {
    let tried = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        not_run(&format!("file systems cannot be mounted: {tried:?}"));
        return None;
    }
    let program = home.path("mailhaul");
    if !program.exists() {
        copy_program(command, &program);
        fs::set_permissions(home.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut there = Command::new(program);
    there.args(command.get_args()).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let script = format!(
        "set -e; umask 022; mount -t tmpfs -o mode=755 tmpfs /mnt; mount -t tmpfs -o mode=755 tmpfs /run; {make}; cd /; \
         exec setpriv --reuid={user} --regid=0 --clear-groups --bounding-set=-all --no-new-privs \"$@\""
    );
    Some(under(&["unshare", "-m", "sh", "-c", &script, "sh"], &there))
}
