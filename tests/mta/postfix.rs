use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use mailhaul::command_line::CommandLine;
use mailhaul::deliver::{Answer, Carrier};
use mailhaul::handover::PipeCarrier;
use mailhaul::handover::mta::Dialect;
use mailhaul::process::CommandOrigin;
use mailhaul::until::Until;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{assert_all_delivered, assert_same, carrier, error_of, hand_over, outgoing, with_lf};
use crate::dovecot::{awkward_messages, free_port};

/// A Postfix of its own: what comes for `ann@example.test` goes into a Maildir.
struct Postfix {
    master: Child,
    folder: TempDir,
    port: u16,
}

impl Postfix {
    fn start_or_skip(test: &str) -> Option<Self> {
        let reason = if !Path::new(MASTER).exists() {
            "no postfix"
        } else if !rustix::process::geteuid().is_root() {
            "postfix runs only if root starts it"
        } else {
            return Some(Self::start());
        };
        crate::util::not_run(&format!("{test}: {reason}"));
        None
    }

    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("mhp").tempdir_in("/tmp").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for name in ["conf", "data", "mail", "queue"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        chown(folder.path().join("data"), Some(id("postfix")), None).unwrap();
        chown(folder.path().join("mail"), Some(id("nobody")), None).unwrap();
        let port = free_port();
        let conf = folder.path().join("conf");
        fs::write(conf.join("main.cf"), main_cf(folder.path())).unwrap();
        fs::write(conf.join("master.cf"), format!("127.0.0.1:{port} inet n - n - - smtpd\n{MASTER_CF}")).unwrap();
        // Makes the folders of the queue, and gives them to whom they belong.
        let check = Command::new("/usr/sbin/postfix").arg("-c").arg(&conf).arg("check").output().unwrap();
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
        // When it ends it takes its whole group with it.
        let mut master = Command::new(MASTER);
        let master = master.arg("-c").arg(&conf).arg("-d").stdin(Stdio::null()).process_group(0).spawn().unwrap();
        let postfix = Self { master, folder, port };
        wait_until("Postfix answers", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        postfix
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("mail/ann/new")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// So many messages, without the lines that Postfix puts in front.
    fn delivered(&self, count: usize) -> Vec<Vec<u8>> {
        wait_until("all messages are there", || self.files().len() >= count);
        let content = |path: PathBuf| {
            let content = fs::read(path).unwrap();
            let start = memchr::memmem::find(&content, b"\nSubject: number ").expect("our first line") + 1;
            content[start..].to_vec()
        };
        self.files().into_iter().map(content).collect()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        kill_process(Pid::from_child(&self.master), Signal::TERM).ok(); // it ends its children, too
        self.master.wait().unwrap();
        if thread::panicking() {
            eprintln!("{}", fs::read_to_string(self.folder.path().join("log")).unwrap_or_default());
        }
    }
}

fn id(user: &str) -> u32 {
    let output = Command::new("id").args(["-u", user]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The last two lines make Postfix a witness: it would replace bare CRs by blanks, and add fields to the header.
fn main_cf(folder: &Path) -> String {
    let (folder, nobody) = (folder.display(), id("nobody"));
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mailhaul.test
mydestination =
mynetworks =
virtual_mailbox_domains = example.test
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ ann@example.test=ann/ }}
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_minimum_uid = 1
virtual_mailbox_limit = 0
message_size_limit = 34000000
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtpd_client_connection_count_limit = 3
cleanup_replace_stray_cr_lf = no
local_header_rewrite_clients =
"
    )
}

/// Postfix drops all CRs at the end of a line, or some, where it is long.
fn without_crs_at_ends(content: &[u8]) -> Vec<u8> {
    let mut stored = Vec::new();
    for &octet in content {
        while octet == b'\n' && stored.last() == Some(&b'\r') {
            stored.pop();
        }
        stored.push(octet);
    }
    stored
}

#[test]
fn messages_arrive_whole() {
    let Some(postfix) = Postfix::start_or_skip("messages_arrive_whole") else { return };
    let contents: Vec<Vec<u8>> = awkward_messages()
        .iter()
        .enumerate()
        .map(|(at, message)| [format!("Subject: number {at}\r\n\r\n").as_bytes(), &message.content].concat())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let messages = outgoing(folder.path(), &contents);
    let mut carrier = carrier(Dialect::Smtp, &postfix.address(), &["ann@example.test"]);
    assert_all_delivered(&hand_over(&mut carrier, &messages));
    carrier.close();
    let delivered = postfix.delivered(contents.len());
    let as_stored = |all: Vec<Vec<u8>>| all.iter().map(|content| without_crs_at_ends(content)).collect();
    assert_same(as_stored(delivered), as_stored(contents.iter().map(|content| with_lf(content)).collect()));
}

#[test]
fn what_it_does_not_take_is_said() {
    let Some(postfix) = Postfix::start_or_skip("what_it_does_not_take_is_said") else { return };
    let folder = tempfile::tempdir().unwrap();
    let message =
        |at: usize, sender: &str| format!("Return-Path: <{sender}>\r\nSubject: number {at}\r\n\r\nx\r\n").into_bytes();
    let large = [message(1, "bob@example.org"), vec![b'x'; 34_000_000]].concat();
    let contents = [message(0, "bob@example.org"), large, message(2, "b\u{fc}b@example.org"), message(3, "")];
    let messages = outgoing(folder.path(), &contents);
    let answers = hand_over(&mut carrier(Dialect::Smtp, &postfix.address(), &["ann@example.test"]), &messages);
    assert!(matches!(&answers[1], Answer::Refused(text) if text.contains("takes at most 34000000")), "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == Answer::Delivered).count(), 3, "{answers:?}");
    postfix.delivered(3);
    let files: Vec<String> = postfix.files().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for sender in ["bob@example.org", "b\u{fc}b@example.org", ""] {
        let start = format!("Return-Path: <{sender}>\n");
        assert_eq!(files.iter().filter(|content| content.starts_with(&start)).count(), 1, "{sender}");
    }

    let error = error_of(&mut carrier(Dialect::Smtp, &postfix.address(), &["bob@example.test"]), &messages[..1]);
    assert!(error.to_string().contains("does not know the recipient: 550 5.1.1 "), "{error}");
    let answers = hand_over(&mut carrier(Dialect::Smtp, &postfix.address(), &["bob@example.org"]), &messages[..1]);
    assert!(matches!(&answers[0], Answer::Later(text) if text.ends_with("Relay access denied")), "{answers:?}");
    let error = error_of(&mut carrier(Dialect::Lmtp, &postfix.address(), &["ann@example.test"]), &messages);
    assert!(error.next_step().unwrap().contains("--smtp"), "{error}");
}

/// Behind --pipe, as with mpop and getmail: a line with a dot does not end the message, and the sender is kept.
#[test]
fn the_sendmail_of_postfix_takes_messages_from_a_pipe() {
    let Some(postfix) = Postfix::start_or_skip("the_sendmail_of_postfix") else { return };
    let body = ["x\r\n.\r\n..\r\nFrom here\r\n", "", "no end of line"];
    let content = |(at, body): (usize, &&str)| {
        format!("Return-Path: <bob@example.org>\r\nSubject: number {at}\r\n\r\n{body}").into_bytes()
    };
    let contents: Vec<Vec<u8>> = body.iter().enumerate().map(content).collect();
    let folder = tempfile::tempdir().unwrap();
    let conf = postfix.folder.path().join("conf");
    let line = format!("/usr/sbin/sendmail -C {} -i -f \"$MAILHAUL_SENDER\" ann@example.test", conf.display());
    let origin = CommandOrigin { account: "work".into(), source: "pop3s://ann@mail.example".into() };
    let mut carrier = PipeCarrier::new(CommandLine::Shell(line), PATIENCE, origin, Until::default());
    assert_all_delivered(&hand_over(&mut carrier, &outgoing(folder.path(), &contents)));
    postfix.delivered(contents.len());
    // Postfix adds to the header what is missing there.
    let files: Vec<String> = postfix.files().iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for (at, body) in body.iter().enumerate() {
        let file = files.iter().find(|file| file.contains(&format!("\nSubject: number {at}\n"))).unwrap();
        let (header, stored) = file.split_once("\n\n").unwrap();
        assert_eq!(stored.trim_end_matches('\n'), body.replace("\r\n", "\n").trim_end_matches('\n'), "{at}");
        assert!(header.starts_with("Return-Path: <bob@example.org>\n"), "{header}");
    }
}

const MASTER: &str = "/usr/lib/postfix/sbin/master";

const MASTER_CF: &str = "pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// For a start, and for deliveries.
const PATIENCE: Duration = Duration::from_secs(60);
