//! Files that a user, another user or a container names: whose they are, of what kind, and how long they are waited for
//! (C-287, C-298, C-299, C-301, C-334).

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{CWD, FileType, mknodat};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::server::{Config, Maildrop, Server, TlsMode};
use super::util::{Home, Ran, as_another_user, finish, not_run, run, run_with_input, under, without_terminal};

mod mounted;
mod places;

fn maildrop() -> Maildrop {
    Maildrop::new([("u1", "Subject: 1\r\n\r\nx\r\n")])
}

fn server() -> Server {
    Server::start(Config::new(&maildrop()))
}

fn fifo(path: PathBuf, mode: u32) -> PathBuf {
    mknodat(CWD, &path, FileType::Fifo, mode.into(), 0).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Runs a command that has to end within some seconds.
fn soon(command: &mut Command) -> Ran {
    let shown = format!("{command:?}");
    finish(command.spawn().unwrap(), shown, Duration::from_secs(20))
}

/// `mailhaul stat` in clear text, with these flags and nothing else.
fn stat(home: &Home, server: &Server, flags: &[&str]) -> Command {
    let url = server.url("ann");
    home.mailhaul([&["stat", &url, "--tls", "none"], flags].concat())
}

/// The ways in which a file can be named, each with a run that reads it. The rest of what that run needs is there.
fn named(home: &Home, server: &Server) -> Vec<(&'static str, PathBuf, Command)> {
    let path = |name: &str| home.path(name);
    let url = server.url("ann");
    let tls = ["stat", &url, "--tls", "implicit", "--ca-file"];
    let ca_file = server.ca_file();
    let with = |flag: &str, name: &str| {
        let mut command = home.mailhaul(tls);
        command.arg(&ca_file).arg("--password-file").arg(path("password")).arg(flag).arg(path(name));
        command
    };
    let mut of_config = with("--config", "named.toml");
    of_config.arg("-v");
    let mut of_password = home.mailhaul(tls);
    of_password.arg(&ca_file).arg("--password-file").arg(path("named-password"));
    let mut of_netrc = without_terminal(home.mailhaul(tls).arg(&ca_file));
    of_netrc.env("HOME", path("netrc"));
    fs::create_dir_all(path("netrc")).unwrap();
    let mut of_key = with("--client-key", "named.key");
    of_key.arg("--client-cert").arg(server.client_file());
    let mut of_certificate = with("--client-cert", "named.crt");
    of_certificate.arg("--client-key").arg(server.client_file());
    vec![
        ("configuration", path("named.toml"), of_config),
        ("password-file", path("named-password"), of_password),
        (".netrc", path("netrc/.netrc"), of_netrc),
        ("--ca-file", path("named-ca.pem"), with("--ca-file", "named-ca.pem")),
        ("client certificate", path("named.crt"), of_certificate),
        ("client certificate with its key", path("named.pem"), with("--client-cert", "named.pem")),
        ("client key", path("named.key"), of_key),
    ]
}

/// What each of them holds when it is good.
fn good(what: &str, server: &Server) -> Vec<u8> {
    match what {
        "configuration" => b"[defaults]\njobs = 2\n".to_vec(),
        "password-file" => b"secret\n".to_vec(),
        ".netrc" => b"machine localhost login ann password secret\n".to_vec(),
        "--ca-file" => fs::read(server.ca_file()).unwrap(),
        _ => fs::read(server.client_file()).unwrap(),
    }
}

fn with_tls() -> Server {
    Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit).demands_certificate())
}

fn without_certificates() -> Server {
    Server::start(Config::new(&maildrop()).tls(TlsMode::Implicit))
}

/// The server of a kind of file: only a client certificate is worth a server that asks for one.
fn server_for(what: &str) -> Server {
    if what.starts_with("client") { with_tls() } else { without_certificates() }
}

const KINDS: [&str; 7] = [
    "configuration",
    "password-file",
    ".netrc",
    "--ca-file",
    "client certificate",
    "client certificate with its key",
    "client key",
];

/// A run that reads one kind of file, at this path.
fn reads(what: &str, home: &Home, server: &Server) -> (PathBuf, Command) {
    // The client's files are there only where a server asks for them; elsewhere no run names them.
    let (_, path, command) = named(home, server).into_iter().find(|(kind, ..)| *kind == what).unwrap();
    (path, command)
}

#[test]
fn a_good_file_is_read_and_so_is_a_private_fifo() {
    for what in KINDS {
        let (home, server) = (Home::new(), server_for(what));
        let (path, mut command) = reads(what, &home, &server);
        fs::write(&path, good(what, &server)).unwrap();
        set_mode(&path, 0o600);
        run(&mut command).code(0);
        fs::remove_file(&path).unwrap();
        let writer = {
            let (path, good) = (fifo(path, 0o600), good(what, &server));
            std::thread::spawn(move || fs::write(path, good).unwrap())
        };
        run(&mut command).code(0);
        writer.join().unwrap();
    }
}

/// Nobody writes: the wait ends with the run, or with the time for each wait.
#[test]
fn a_silent_fifo_is_not_waited_for_for_ever() {
    for what in KINDS {
        let (home, server) = (Home::new(), server_for(what));
        let (path, mut command) = reads(what, &home, &server);
        fifo(path, 0o600);
        soon(command.args(["--deadline", "1s"])).code(75).says("the deadline passed while waiting for");
        let (_, mut command) = reads(what, &home, &server);
        soon(command.args(["--timeout", "1s"])).code(78).says("within 1 s");
        assert_eq!(server.connections(), 0, "{what}");
    }
}

/// A fetch catches signals before it reads the files of its accounts.
#[test]
fn a_stop_ends_the_wait_for_a_file() {
    let (home, server) = (Home::new(), without_certificates());
    let mut command = home.fetch_maildir(&server.url("ann"), &["--tls", "implicit", "-v"]);
    command.arg("--ca-file").arg(fifo(home.path("ca.pem"), 0o600));
    let shown = format!("{command:?}");
    let child = command.spawn().unwrap();
    let pid = Pid::from_child(&child);
    // The reader is there when the pipe can be opened for writing; an open writer who says nothing keeps it waiting.
    let writer = fs::File::options().write(true).open(home.path("ca.pem")).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    kill_process(pid, Signal::TERM).unwrap();
    finish(child, shown, Duration::from_secs(20)).code(75).says("stopped");
    drop(writer);
}

/// However much comes, little is kept: devices and pipes have no length.
#[test]
fn what_is_read_has_a_limit() {
    for what in KINDS {
        let (home, server) = (Home::new(), server_for(what));
        let (path, mut command) = reads(what, &home, &server);
        symlink("/dev/zero", &path).unwrap();
        let ran = soon(command.env("MAILHAUL_TIMEOUT", "10s"));
        ran.code(78).says("it is longer than");
        assert_eq!(server.connections(), 0, "{what}");
    }
}

/// A FIFO is as good as a file to run commands as somebody else.
#[test]
fn a_fifo_that_others_can_write_is_refused() {
    let home = Home::new();
    let text = format!("[defaults]\npassword-command = \"touch {}\"\n", home.path("ran").display());
    let server = server();
    let path = fifo(home.path("config.toml"), 0o666);
    let refused = |says: &str| {
        // It may be opened and closed again before anything is written.
        let mut writer = Command::new("/bin/sh");
        writer.args(["-c", "trap '' PIPE; printf %s \"$1\" > \"$2\"", "sh", &text]).arg(&path);
        let mut writer = writer.stderr(Stdio::null()).spawn().unwrap();
        let ran = soon(&mut stat(&home, &server, &["--config", path.to_str().unwrap()]));
        writer.kill().ok(); // it may have ended
        writer.wait().unwrap();
        ran.code(78).says(says);
        assert!(!home.path("ran").exists());
    };
    refused("can be written by others");
    set_mode(&path, 0o600);
    if !geteuid().is_root() {
        return not_run("a_fifo_that_others_can_write_is_refused: needs root to give a file away");
    }
    chown(&path, Some(1), None).unwrap();
    refused("belongs to another user");
    assert_eq!(server.connections(), 0);
}

/// Whoever can write a file decides what it says. root is asked of least of all.
#[test]
fn a_file_of_another_user_is_refused() {
    if !geteuid().is_root() {
        return not_run("a_file_of_another_user_is_refused: needs root to give a file away");
    }
    for what in KINDS {
        let (home, server) = (Home::new(), server_for(what));
        let (path, mut command) = reads(what, &home, &server);
        fs::write(&path, good(what, &server)).unwrap();
        set_mode(&path, 0o600);
        chown(&path, Some(1), None).unwrap();
        run(&mut command)
            .code(78)
            .says("belongs to another user")
            .says("a copy of its own")
            .says(path.file_name().unwrap().to_str().unwrap());
        assert_eq!(server.connections(), 0, "{what}");
    }
}

/// Any user can make a terminal, and say what is read from it.
#[test]
fn a_terminal_of_another_user_is_refused() {
    if !geteuid().is_root() {
        return not_run("a_terminal_of_another_user_is_refused: needs root");
    }
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&near).and_then(|()| unlockpt(&near)).unwrap();
    let far = PathBuf::from(ptsname(&near, Vec::new()).unwrap().to_str().unwrap());
    chown(&far, Some(1), None).unwrap();
    set_mode(&far, 0o600);
    let text = b"[account.x]\nsource = \"pop3s://a@b\"\npassword-command = \"id\"\n\x04";
    rustix::io::write(&near, text).unwrap();
    let home = Home::new();
    symlink(&far, home.path("config.toml")).unwrap();
    let config = home.path("config.toml");
    soon(&mut home.mailhaul(["account", "list", "--config", config.to_str().unwrap()]))
        .code(78)
        .says("belongs to another user");
}

/// Whoever can set the variable, or owns the folder, is not systemd.
#[test]
fn credentials_of_another_user_are_refused() {
    if !geteuid().is_root() {
        return not_run("credentials_of_another_user_are_refused: needs root");
    }
    let home = Home::new();
    let folder = home.path("credentials");
    fs::create_dir(&folder).unwrap();
    let config = home.write_private("credentials/config.toml", b"[account.x]\nsource = \"pop3s://a@b\"\n");
    chown(&config, Some(1), None).unwrap();
    let list = |config: &Path| {
        let mut command = home.mailhaul(["account", "list", "--config", config.to_str().unwrap()]);
        soon(command.env("CREDENTIALS_DIRECTORY", &folder))
    };
    list(&config).code(0);
    // A link in it leads to what is no credential.
    let elsewhere = home.write_private("elsewhere.toml", b"[account.x]\nsource = \"pop3s://a@b\"\n");
    chown(&elsewhere, Some(1), None).unwrap();
    let link = folder.join("link.toml");
    symlink(&elsewhere, &link).unwrap();
    list(&link).code(78).says("belongs to another user");
    set_mode(&folder, 0o777);
    list(&config).code(78).says("belongs to another user");
    set_mode(&folder, 0o700);
    chown(&folder, Some(1), None).unwrap();
    list(&config).code(78).says("belongs to another user");
}

#[test]
fn a_file_that_others_can_write_is_refused() {
    for what in KINDS {
        for mode in [0o602, 0o620] {
            if mode == 0o620 && !geteuid().is_root() {
                continue; // another's group may be private
            }
            let (home, server) = (Home::new(), server_for(what));
            let (path, mut command) = reads(what, &home, &server);
            fs::write(&path, good(what, &server)).unwrap();
            set_mode(&path, mode);
            run(&mut command).code(78).says("can be written by others").says("chmod go-w ");
            assert_eq!(server.connections(), 0, "{what}");
        }
    }
}

/// As a user who is not root: what root has made is good, what a third one has made is not.
#[test]
fn a_user_takes_roots_files_and_nobody_elses() {
    let (home, server) = (Home::new(), server());
    let config = home.path("config.toml");
    fs::write(&config, "[defaults]\npassword-command = \"echo secret\"\n").unwrap();
    set_mode(&config, 0o644);
    let command = stat(&home, &server, &["--config", config.to_str().unwrap()]);
    let Some(mut command) = as_another_user("a_user_takes_roots_files_and_nobody_elses", &home, &command) else {
        return;
    };
    run(&mut command).code(0);
    chown(&config, Some(2), None).unwrap();
    run(&mut command).code(78).says("belongs to another user").says("chown 1 ");
}

/// `<(...)` of a shell: a pipe of one's own, by the name of a descriptor.
#[test]
fn the_pipes_of_a_shell_are_read() {
    let (home, server) = (Home::new(), without_certificates());
    let mailhaul = home.mailhaul::<&str>([]);
    let script = "exec \"$0\" stat \"$1\" --config <(echo '[defaults]'; sleep 0.2; echo 'tls = \"implicit\"') \
                  --password-file <(echo secret) --ca-file <(cat \"$2\")";
    let mut command = under(&["bash", "-c", script], &mailhaul);
    let ran = run(command.arg(server.url("ann")).arg(server.ca_file()));
    assert!(ran.code(0).stderr.is_empty(), "{}", ran.everything());
    // An empty one ends, and is what it is: no password.
    let mut empty = under(&["bash", "-c", "exec \"$0\" stat \"$1\" --tls none --password-file <(true)"], &mailhaul);
    soon(empty.arg(server.url("ann"))).code(78).says("is empty");
}

/// By `sudo`, standard input may be the pipe of the user who called it.
#[test]
fn standard_input_is_read_by_its_name_whosever_it_is() {
    let (home, server) = (Home::new(), server());
    let flags = ["--password-file", "/dev/stdin"];
    run_with_input(&mut stat(&home, &server, &flags), b"secret\n").code(0);
    if !geteuid().is_root() {
        return not_run("standard_input_is_read_by_its_name_whosever_it_is: needs root to give a pipe away");
    }
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let (reader, writer) = std::io::pipe().unwrap();
        rustix::fs::fchown(&reader, Some(rustix::fs::Uid::from_raw(1)), None).unwrap();
        std::io::Write::write_all(&mut { writer }, b"secret\n").unwrap();
        let mut command = stat(&home, &server, &["--password-file", name]);
        run(command.stdin(OwnedFd::from(reader))).code(0);
    }
    // A link that somebody else has put there is not what whoever started us has handed over.
    let (reader, _writer) = std::io::pipe().unwrap();
    rustix::fs::fchown(&reader, Some(rustix::fs::Uid::from_raw(1)), None).unwrap();
    symlink("/dev/stdin", home.path("link")).unwrap();
    let mut command = stat(&home, &server, &["--password-file", home.path("link").to_str().unwrap()]);
    soon(command.stdin(OwnedFd::from(reader))).code(78).says("belongs to another user");
}

/// What cannot be read as text is named, with what to do; it is not sent.
#[test]
fn a_password_in_another_encoding_is_refused() {
    for (content, says, hint) in [
        (&b"\xef\xbb\xbfsecret\n"[..], "begins with a byte-order mark", "without a byte-order mark"),
        (b"\xff\xfes\0e\0c\0r\0e\0t\0\n\0", "is in UTF-16", "iconv -f UTF-16"),
        (b"\xfe\xff\0s\0e\0c\0r\0e\0t", "is in UTF-16", "iconv -f UTF-16"),
        (b"secr\xe9t\n", "is not UTF-8", "iconv -f ENCODING -t UTF-8 OLD > NEW (ENCODING is KOI8-R"),
    ] {
        let (home, server) = (Home::new(), server());
        let file = home.write_private("pw", content);
        run(&mut stat(&home, &server, &["--password-file", file.to_str().unwrap()])).code(78).says(says).says(hint);
        assert_eq!(server.connections(), 0);
    }
}
