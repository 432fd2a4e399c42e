//! A real gnome-keyring on a bus of its own, private to one test: the Secret Service of a desktop, without a desktop.
//!
//! ```ignore
//! let Some(mut keyring) = keyring_or_skip("a_password_comes_from_the_keyring") else { return };
//! keyring.store(&[("service", "mailhaul"), ("username", "ann")], "secret");
//! run(keyring.put_on(&mut home.fetch_maildir(&url, &[]))).code(0);
//! keyring.lock(); // from here on, the secrets are there but cannot be had
//! ```
//!
//! It needs no systemd, no session, no display and no rights; root will do. The bus starts nothing by itself, so what
//! is not started here does not exist: a locked keyring has nobody who would ask for its password, and says so at once.
//! [`Keyring::show_prompts_to_nobody`] makes it a keyring whose user has gone for a coffee, and [`MuteBus`] is a bus on
//! which nobody ever says a word.

#![allow(dead_code, reason = "not every helper is used by every test")]

mod daemon;
mod dbus;
mod prompter;

use std::cell::OnceCell;
use std::io::Read;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::util::{Ran, run, run_with_input};
use daemon::Daemon;
use dbus::{Argument, Call, Connection};
use prompter::SilentPrompter;

/// A bus and its keyring. Dropping it ends both, and prints what they said when the test is panicking.
pub struct Keyring {
    prompter: Option<SilentPrompter>, // first: whom the others wait for
    keyring: Daemon,
    bus: Daemon,
    folder: TempDir,
}

impl Keyring {
    /// A bus with an empty keyring that is unlocked.
    ///
    /// Panics, with what the daemons said, if it does not come up.
    pub fn start() -> Self {
        let folder = folder();
        let bus = Daemon::bus(folder.path());
        let keyring = Daemon::keyring(folder.path(), Some(PASSWORD));
        let keyring = Self { prompter: None, keyring, bus, folder };
        keyring.wait_until_locked_is(false);
        keyring
    }

    /// A bus with an empty keyring that is locked.
    pub fn locked() -> Self {
        let mut keyring = Self::start();
        keyring.lock();
        keyring
    }

    /// Locks the keyring: the daemon starts anew and is not told the password, as after a login without one.
    pub fn lock(&mut self) {
        self.keyring.stop();
        self.keyring = Daemon::keyring(self.folder.path(), None);
        self.wait_until_locked_is(true);
    }

    /// From here on, questions for the keyring's password are shown, but nobody answers.
    pub fn show_prompts_to_nobody(&mut self) {
        self.prompter = Some(SilentPrompter::start(&self.address()));
    }

    /// Waits until a question for the password is shown. Panics where there is nobody to show it.
    pub fn wait_for_prompt(&self) {
        let prompter = self.prompter.as_ref().expect("a keyring that shows prompts");
        wait("a prompt", || prompter.is_asked(), || self.log());
    }

    /// Lets a program find this keyring.
    pub fn put_on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(environment(self.folder.path()))
    }

    /// Stores a secret, by a program that is not the one under test. Panics where that is refused.
    pub fn store(&self, attributes: &[(&str, &str)], secret: &str) {
        let mut command = self.secret_tool(&["store", "--label=test"], attributes);
        run_with_input(&mut command, secret.as_bytes()).code(0);
    }

    /// The secret with these attributes, as a program sees it that is not the one under test.
    pub fn lookup(&self, attributes: &[(&str, &str)]) -> Option<String> {
        let ran = run(&mut self.secret_tool(&["lookup"], attributes));
        (ran.code == Some(0)).then_some(ran.stdout)
    }

    /// All that is known of the secrets with these attributes, and the secrets, for people to read.
    pub fn search(&self, attributes: &[(&str, &str)]) -> Ran {
        run(&mut self.secret_tool(&["search", "--all"], attributes))
    }

    /// `secret-tool`, ready to run in this keyring.
    pub fn secret_tool(&self, words: &[&str], attributes: &[(&str, &str)]) -> Command {
        let mut command = Command::new(daemon::SECRET_TOOL);
        command.args(words).args(attributes.iter().flat_map(|(name, value)| [name, value])).env_clear();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.put_on(&mut command);
        command
    }

    /// The socket of the bus.
    pub fn address(&self) -> PathBuf {
        socket(self.folder.path())
    }

    fn wait_until_locked_is(&self, locked: bool) {
        let mut bus = Connection::open(&self.address()).expect("the bus takes connections");
        wait("the keyring", || is_locked(&mut bus) == Some(locked), || self.log());
    }

    fn log(&self) -> String {
        format!("---- the bus and its keyring ----\n{}{}", self.bus.log(), self.keyring.log())
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

/// Starts a keyring, or says on standard error that `test` was not run and why.
///
/// Where the environment has `CI=true` a missing program is a failure instead: there, nothing may be skipped silently. That
/// the program under test was built without the keyring is none.
pub fn keyring_or_skip(test: &str) -> Option<Keyring> {
    if cfg!(not(feature = "keyring")) {
        crate::util::not_built(&format!("{test}: this build has no keyring"));
        return None;
    }
    let Some(missing) = daemon::missing() else { return Some(Keyring::start()) };
    let packages = "dbus-daemon, gnome-keyring and libsecret-tools";
    crate::util::not_run(&format!("{test}: no {missing} on this machine; the packages are {packages}"));
    None
}

/// A bus that accepts connections and never answers.
pub struct MuteBus {
    listener: UnixListener,
    /// Who has been listened to: the connection stays open.
    caller: OnceCell<UnixStream>,
    folder: TempDir,
}

impl MuteBus {
    /// Connections succeed when this returns: the system accepts them, and nobody else looks at them.
    pub fn start() -> Self {
        let folder = folder();
        let listener = UnixListener::bind(socket(folder.path())).expect("a socket in a new folder");
        Self { listener, caller: OnceCell::new(), folder }
    }

    /// Waits until somebody has said something, and hears no more of it. Panics where nobody does.
    pub fn wait_for_caller(&self) {
        self.listener.set_nonblocking(true).expect("a listener can be non-blocking");
        let mut caller = None;
        let has_called = || {
            caller = self.listener.accept().ok();
            caller.is_some()
        };
        wait("a caller", has_called, String::new);
        let (mut caller, _) = caller.expect("the wait is over");
        caller.set_nonblocking(false).expect("a socket can be blocking");
        caller.read_exact(&mut [0]).expect("the caller speaks first");
        self.caller.set(caller).expect("one caller is waited for");
    }

    /// Lets a program find this bus.
    pub fn put_on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(environment(self.folder.path()))
    }
}

/// A folder of which only its owner knows, with a short path: names of sockets end at 107 octets.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("mhk").tempdir_in("/tmp").expect("a folder in /tmp")
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("bus")
}

/// What tells programs about the bus.
fn environment(folder: &Path) -> [(&'static str, String); 2] {
    let address = format!("unix:path={}", socket(folder).display());
    [("DBUS_SESSION_BUS_ADDRESS", address), ("XDG_RUNTIME_DIR", folder.display().to_string())]
}

/// Whether the collection that secrets go to is locked; nothing while it does not exist.
fn is_locked(bus: &mut Connection) -> Option<bool> {
    let call = Call {
        destination: "org.freedesktop.secrets",
        path: "/org/freedesktop/secrets/collection/login",
        interface: "org.freedesktop.DBus.Properties",
        member: "Get",
    };
    let arguments = [Argument::Text("org.freedesktop.Secret.Collection"), Argument::Text("Locked")];
    // A variant that holds a boolean: its signature, and then the value where numbers may stand.
    match bus.call(&call, &arguments).expect("the bus answers")?[..] {
        [1, b'b', 0, 0, value, 0, 0, 0] => Some(value == 1),
        ref other => panic!("not a boolean: {other:?}"),
    }
}

#[track_caller]
fn wait(what: &str, mut is_there: impl FnMut() -> bool, log: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_there() {
        assert!(Instant::now() < deadline, "{what} did not come:\n{}", log());
        thread::sleep(Duration::from_millis(5));
    }
}

/// The keyring's own; nobody types it.
const PASSWORD: &str = "opens the keyring";
