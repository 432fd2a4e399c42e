//! Secrets of a container: others can read them, and nobody can change that.

use mailhaul::private::{Flaw, Links, OpenedFile, Secrecy};

use super::*;

/// A folder that nobody but root can have made, as every folder above it is.
const PLACE: &str = "/mnt";

/// `mailhaul stat` with the password there.
fn stat_there(make: &str, then: &str, home: &Home, server: &Server, flags: &[&str]) -> Option<Ran> {
    let command = stat(home, server, &[&["--password-file", "/mnt/a/b/pw"], flags].concat());
    run_there(make, then, &command)
}

/// Runs a command with a file system of its own at [`PLACE`]. `make` fills it, before it is mounted for good by `then`.
fn run_there(make: &str, then: &str, command: &Command) -> Option<Ran> {
    let script = format!(
        "set -e; mount -t tmpfs -o mode=755 tmpfs {PLACE}; cd {PLACE}; mkdir -p a/b; printf 'secret\\n' > a/b/pw; \
         chmod 444 a/b/pw; {make}; cd /; {then}; exec \"$@\""
    );
    let tried = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "tmpfs", PLACE]).output();
    if !tried.as_ref().is_ok_and(|output| output.status.success()) {
        not_run(&format!("a file system cannot be mounted: {tried:?}"));
        return None;
    }
    Some(run(&mut under(&["unshare", "-m", "sh", "-c", &script, "sh"], command)))
}

const READ_ONLY: &str = "mount -o remount,ro /mnt";

#[test]
fn a_secret_that_only_root_can_have_mounted_is_read() {
    let (home, server) = (Home::new(), server());
    for make in [":", "chmod 1777 a", "chmod 640 a/b/pw", "chmod 555 a/b/pw"] {
        let ran = |flags: &[&str]| stat_there(make, READ_ONLY, &home, &server, flags);
        let Some(quiet) = ran(&[]) else { return };
        assert!(quiet.code(0).stderr.is_empty(), "{}", quiet.everything());
        ran(&["-v"]).unwrap().code(0).says("ann@localhost").says("/mnt/a/b/pw can be read by others; it is used");
    }
}

/// A ConfigMap: everybody could write the folder, if it were not mounted read-only.
#[test]
fn a_folder_of_configuration_files_may_be_mounted() {
    let home = Home::new();
    let make = "chmod 777 a; printf '[account.ann]\\nsource = \"pop3s://a@b\"\\n' > a/ann.toml; chmod 644 a/ann.toml";
    let list = home.mailhaul(["account", "list", "--config", "/mnt/a"]);
    let Some(mounted) = run_there(make, READ_ONLY, &list) else { return };
    mounted.code(0).prints("ann pop3s://a@b");
    run_there(make, ":", &list).unwrap().code(78).says("/mnt/a can be written by others");
    let theirs = format!("{make}; chown 1 a");
    run_there(&theirs, READ_ONLY, &list).unwrap().code(78).says("/mnt/a belongs to another user");
}

#[test]
fn a_secret_that_others_can_read_or_could_have_put_there_is_refused() {
    let (home, server) = (Home::new(), server());
    for (make, then) in [
        (":", ":"),
        ("chown 1 a/b/pw", READ_ONLY),
        ("chown 1 a/b", READ_ONLY),
        ("chown 1 a", READ_ONLY),
        ("chmod 446 a/b/pw", READ_ONLY),
        ("chmod 464 a/b/pw", READ_ONLY),
        // What is on another file system than one in memory may be written through another mount.
        (
            "rm -r a; mkdir a; mount -t ramfs ramfs a; mkdir -m 1777 a/b; echo secret > a/b/pw; chmod 444 a/b/pw",
            "mount -o remount,ro /mnt/a; mount -o remount,ro /mnt",
        ),
        // Only the file is read-only, and whoever can write its folder can mount nothing, but rename.
        ("chmod 777 a", "mount --bind /mnt/a/b/pw /mnt/a/b/pw; mount -o remount,bind,ro /mnt/a/b/pw"),
    ] {
        let Some(ran) = stat_there(make, then, &home, &server, &["-v"]) else { return };
        ran.code(78).says("password-file /mnt/a/b/pw");
        assert!(!ran.stderr.contains("it is used"), "{make}: {}", ran.everything());
    }
    assert_eq!(server.connections(), 0);
}

/// The configuration may be such a secret, as it may hold passwords.
#[test]
fn a_configuration_with_a_password_is_one() {
    let (home, server) = (Home::new(), server());
    let text = format!("[account.x]\nsource = \"{}\"\ntls = \"none\"\npassword = \"secret\"\n", server.url("ann"));
    fs::write(home.path("c.toml"), text).unwrap();
    let fill = format!("cp {} a/b/c.toml; chmod 444 a/b/c.toml", home.path("c.toml").display());
    let command = home.mailhaul(["stat", "x", "--config", "/mnt/a/b/c.toml", "-v"]);
    let Some(read_only) = run_there(&fill, READ_ONLY, &command) else { return };
    read_only.code(0).says("the configuration file /mnt/a/b/c.toml can be read by others; it is used");
    run_there(&fill, ":", &command).unwrap().code(78).says("is in a file that others can read");
    // Without a secret there is nothing to tell.
    let text = format!("[account.x]\nsource = \"{}\"\ntls = \"none\"\n", server.url("ann"));
    fs::write(home.path("c.toml"), text).unwrap();
    let mut command = command;
    let without = run_there(&fill, READ_ONLY, command.arg("--password-file").arg(home.path("password"))).unwrap();
    assert!(!without.code(0).stderr.contains("can be read by others"), "{}", without.everything());
}

/// ProtectSystem= mounts everything read-only for a service, also what every user of the machine can read.
#[test]
fn what_is_read_only_for_a_service_is_no_secret() {
    let (home, server) = (Home::new(), server());
    let mut command = stat(&home, &server, &["--password-file", "/mnt/a/b/pw"]);
    command.env("INVOCATION_ID", "0123456789abcdef0123456789abcdef");
    let Some(ran) = run_there(":", READ_ONLY, &command) else { return };
    ran.code(78).says("password-file /mnt/a/b/pw can be read by others");
    assert_eq!(server.connections(), 0);
}

/// In a file under `/run/secrets`, and nowhere else, modes do not count: `..` leads out of there.
#[test]
fn the_folder_of_secrets_is_not_left() {
    let (home, server) = (Home::new(), server());
    let with = "mount -t tmpfs tmpfs /run; mkdir /run/secrets; cp /mnt/a/b/pw /run/secrets/pw; chown 1 /run/secrets/pw";
    let read = |path: &str| run_there(":", with, &stat(&home, &server, &["--password-file", path]));
    let Some(inside) = read("/run/secrets/pw") else { return };
    inside.code(0);
    read("/run/secrets/../../mnt/a/b/pw").unwrap().code(78).says("can be read by others");
}

/// What was opened is judged, not what the path leads to by then; and a pipe can be written where nothing else can.
#[test]
fn another_file_at_the_same_path_is_not_the_one_that_was_opened() {
    const WITHIN: &str = "MAILHAUL_TEST_WITHIN";
    let judged = |opened: &str, now: &str| {
        OpenedFile::open(Path::new(opened), Links::Follow).unwrap().check_secret(Path::new(now))
    };
    if std::env::var_os(WITHIN).is_some() {
        assert_eq!(judged("/mnt/a/b/pw", "/mnt/a/b/pw"), Ok(Secrecy::Mounted));
        assert_eq!(judged("/mnt/a/b/pw", "/mnt/a/b/other"), Err(Flaw::Readers));
        assert_eq!(judged("/mnt/a/b/pw", "/mnt/a/b/missing"), Err(Flaw::Readers));
        assert_eq!(judged("/mnt/a/b/fifo", "/mnt/a/b/fifo"), Err(Flaw::Readers));
        return;
    }
    let mut this = Command::new(std::env::current_exe().unwrap());
    this.args(["--exact", "files::mounted::another_file_at_the_same_path_is_not_the_one_that_was_opened"]);
    this.env_remove("INVOCATION_ID")
        .env(WITHIN, "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let make = "cp -p a/b/pw a/b/other; mkfifo -m 444 a/b/fifo";
    if let Some(ran) = run_there(make, READ_ONLY, &this) {
        ran.code(0).prints("1 passed");
    }
}
