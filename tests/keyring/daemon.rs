//! The two processes: the bus and the keyring.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::{environment, socket};

/// A process that is ended with this.
pub(super) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// The bus in `folder`; it takes connections when this returns.
    pub(super) fn bus(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        fs::write(&config, bus_config(folder)).expect("write bus.conf");
        let mut command = Command::new(DBUS_DAEMON);
        command.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address"]);
        let mut daemon = Self::spawn(command, folder, "bus.log");
        let said = first_line(daemon.child.stdout.take().expect("a pipe"));
        assert!(said.starts_with("unix:"), "dbus-daemon does not start:\n{said}{}", daemon.log());
        daemon
    }

    /// The keyring on the bus of `folder`. It makes its collection if there is none, and unlocks it with `password`.
    pub(super) fn keyring(folder: &Path, password: Option<&str>) -> Self {
        let mut command = Command::new(GNOME_KEYRING);
        command.args(["--foreground", "--components=secrets"]);
        command.args(password.map(|_| "--unlock"));
        let mut daemon = Self::spawn(command, folder, "keyring.log");
        let mut stdin = daemon.child.stdin.take().expect("a pipe");
        stdin.write_all(password.unwrap_or_default().as_bytes()).expect("the keyring reads its password");
        daemon
    }

    /// Stays in the group of the test's processes, so that whatever ends them from outside ends it too.
    fn spawn(mut command: Command, folder: &Path, log: &str) -> Self {
        let log = folder.join(log);
        let file = File::create(&log).expect("create the log");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder).envs(environment(folder));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log }
    }

    /// Ends the process, which has nothing to lose.
    pub(super) fn stop(&mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("wait");
    }

    /// What it has said on standard error.
    pub(super) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The first of the needed programs that is not installed.
pub(super) fn missing() -> Option<&'static str> {
    [DBUS_DAEMON, GNOME_KEYRING, SECRET_TOOL].into_iter().find(|path| !Path::new(path).exists())
}

fn first_line(stdout: ChildStdout) -> String {
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("read from dbus-daemon");
    line
}

/// As Debian's session bus, but without services to start on demand: nothing of this machine may come in.
fn bus_config(folder: &Path) -> String {
    let socket = socket(folder);
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        socket.display()
    )
}

pub(super) const SECRET_TOOL: &str = "/usr/bin/secret-tool";
const DBUS_DAEMON: &str = "/usr/bin/dbus-daemon";
const GNOME_KEYRING: &str = "/usr/bin/gnome-keyring-daemon";
