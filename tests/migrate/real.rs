//! Real fetchmail, mpop and getmail6 fetch a maildrop; after the move nothing comes twice, and the next message goes where
//! it went before.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::dovecot::{Dovecot, dovecot_or_skip, ordinary_messages};
use crate::server::{Config, Maildrop, Server};
use crate::util::{Home, Ran, names, not_run, run};

/// The programs, in Debian's packages of the same names, but for getmail6.
const PROGRAMS: [&str; 3] = ["fetchmail", "mpop", "getmail"];

/// A user who has one of the programs.
struct Mover {
    home: Home,
    program: &'static str,
}

impl Mover {
    fn new_or_skip(test: &str, program: &'static str) -> Option<Self> {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_err() {
            not_run(&format!("{test}: no {program} on this machine"));
            return None;
        }
        let home = Home::new();
        ["cur", "new", "tmp"].iter().for_each(|part| fs::create_dir_all(home.maildir().join(part)).unwrap());
        Some(Self { home, program })
    }

    /// Its configuration: the mailbox of ann at this port, without TLS; the messages go into the Maildir, and `more` says what
    /// else there is.
    fn configure(&self, port: u16, more: &str) {
        let maildir = self.home.maildir().display().to_string();
        let (name, text) = match self.program {
            "fetchmail" => {
                let command = format!("n=`mktemp -u -p {maildir}/new XXXXXXXXXXXX` && cat > $n");
                let user = format!("user \"ann\" password \"secret\" sslproto \"\" mda \"{command}\" {more}");
                (".fetchmailrc", format!("poll 127.0.0.1 protocol pop3 port {port} auth password\n  {user}\n"))
            }
            "mpop" => {
                let account = format!("account work\nhost 127.0.0.1\nport {port}\nuser ann\npassword secret\n");
                (".mpoprc", format!("defaults\ntls off\nauth user\n{account}delivery maildir {maildir}\n{more}\n"))
            }
            _ => {
                let server = format!("server = 127.0.0.1\nport = {port}\nusername = ann\npassword = secret\n");
                let maildir = format!("[destination]\ntype = Maildir\npath = {maildir}/\n");
                let options = format!("[options]\nread_all = false\ndelivered_to = false\nreceived = false\n{more}\n");
                let text = format!("[retriever]\ntype = SimplePOP3Retriever\n{server}{maildir}{options}");
                fs::create_dir_all(self.home.path(".getmail")).unwrap();
                (".getmail/getmailrc", text)
            }
        };
        self.home.write_private(name, text.as_bytes());
    }

    /// Messages stay on the server.
    fn keep(&self) -> &'static str {
        match self.program {
            "fetchmail" => "keep",
            "mpop" => "keep on",
            _ => "delete = false",
        }
    }

    /// The program fetches, for the first time.
    fn fetch(&self) -> Ran {
        for _ in 0..5 {
            let ran = self.fetch_once();
            if ran.code != Some(TIMED_OUT) {
                return ran;
            }
            // getmail may wait for a child that has ended already.
            let state = names(&self.home.path(".getmail"))
                .into_iter()
                .filter(|path| path.to_string_lossy().contains("oldmail-"));
            names(&self.home.maildir().join("new"))
                .into_iter()
                .chain(state)
                .for_each(|file| fs::remove_file(file).unwrap());
        }
        panic!("{} does not come to an end", self.program);
    }

    fn fetch_once(&self) -> Ran {
        let mut command = match self.program {
            "fetchmail" => {
                let mut command = words(&["fetchmail", "--silent", "--nosyslog", "--pidfile"]);
                command.arg(self.home.path("fetchmail.pid"));
                command
            }
            "mpop" => words(&["mpop", "-q", "work"]),
            // It refuses to deliver as root.
            _ if rustix::process::geteuid().is_root() => {
                words(&["timeout", "20", "unshare", "--user", "getmail", "--quiet"])
            }
            _ => words(&["timeout", "20", "getmail", "--quiet"]),
        };
        command.env_clear().env("HOME", self.home.path("")).env("PATH", "/usr/bin:/bin").env("USER", "ann");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run(&mut command)
    }

    fn migrate(&self, flags: &[&str]) -> Ran {
        let command = ["migrate", self.program];
        run(self.home.mailhaul([&command, flags].concat()).env("USER", "ann"))
    }

    fn mailhaul(&self, args: &[&str]) -> Ran {
        run(&mut self.home.mailhaul(args))
    }

    fn delivered(&self) -> usize {
        self.home.maildir_messages().len()
    }

    fn config(&self) -> PathBuf {
        self.home.path(".config/mailhaul/config.toml")
    }

    /// The file of its unique-ids.
    fn history(&self, port: u16) -> PathBuf {
        match self.program {
            "fetchmail" => self.home.path(".fetchids"),
            "mpop" => self.home.path(".mpop_uidls/ann_at_127.0.0.1"),
            _ => self.home.path(&format!(".getmail/oldmail-127.0.0.1-{port}-ann")),
        }
    }
}

/// The exit code of timeout(1).
const TIMED_OUT: i32 = 124;

fn words(words: &[&str]) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

fn servers(test: &str, program: &'static str, messages: usize) -> Option<(Mover, Dovecot)> {
    let mover = Mover::new_or_skip(test, program)?;
    Some((mover, dovecot_or_skip(test, &ordinary_messages(messages))?))
}

const NEWS: &[u8] = b"From: bob@example.org\nSubject: news\n\nafter the move\n";

#[test]
fn nothing_comes_twice_and_the_next_message_goes_where_the_others_went() {
    for program in PROGRAMS {
        let Some((mover, server)) = servers("nothing_comes_twice", program, 30) else { return };
        mover.configure(server.port_pop3(), mover.keep());
        mover.fetch().code(0);
        assert_eq!(mover.delivered(), 30, "{program}");
        let before = mover.migrate(&[]);
        before.code(0).prints("has seen 30 messages").prints("Nothing was written");
        assert!(!mover.config().exists() && !mover.home.state().exists(), "{program}");
        let written = mover.migrate(&["--write"]);
        written.code(0).prints("1 account added, 30 messages recorded as seen");
        assert_eq!(mover.mailhaul(&["fetch", "--dry-run"]).code(0).stdout, "", "{program}");
        mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"new\":0,\"fetched\":0");
        server.add_message(NEWS);
        mover.mailhaul(&["fetch"]).code(0);
        let messages = mover.home.maildir_messages();
        assert_eq!(messages.len(), 31, "{program}");
        assert!(messages.iter().any(|message| message.ends_with(b"after the move\n")), "{program}");
        assert_eq!(server.messages_on_server(), 31, "{program} left them there");
        // Only seen: --delete is for what was fetched here.
        mover.mailhaul(&["fetch", "--delete"]).code(0);
        assert_eq!(server.messages_on_server(), 30, "{program}");
    }
}

#[test]
fn a_second_move_changes_nothing() {
    for program in PROGRAMS {
        let Some((mover, server)) = servers("a_second_move_changes_nothing", program, 5) else { return };
        mover.configure(server.port_pop3(), mover.keep());
        mover.fetch().code(0);
        mover.migrate(&["--write"]).code(0);
        let all = || (fs::read(mover.config()).unwrap(), mover.mailhaul(&["state", "export"]).stdout);
        let (config, history) = all();
        assert_eq!(history.lines().count(), 6, "{program}: the mailbox, and its messages");
        let again = mover.migrate(&["--write"]);
        again.code(0).prints("has this mailbox already").prints("0 accounts added, 0 messages recorded");
        assert_eq!((config, history), all(), "{program}");
    }
}

#[test]
fn what_the_peer_has_fetched_is_deleted_when_the_peer_would_have() {
    for program in PROGRAMS {
        let Some((mover, server)) = servers("what_the_peer_has_fetched", program, 20) else { return };
        let port = server.port_pop3();
        mover.configure(port, mover.keep());
        mover.fetch().code(0);
        match program {
            // Messages that are known are deleted in the next run.
            "fetchmail" => mover.configure(port, "keep flush"),
            "mpop" => mover.configure(port, "keep off"),
            // Half of them were seen eight days ago.
            _ => {
                mover.configure(port, "delete_after = 7");
                let history = fs::read_to_string(mover.history(port)).unwrap();
                let aged = history.lines().enumerate().map(|(at, line)| {
                    let (uid, time) = line.split_once('\0').unwrap();
                    let time = time.parse::<u64>().unwrap() - if at % 2 == 0 { 8 * 86_400 } else { 0 };
                    format!("{uid}\0{time}\n")
                });
                fs::write(mover.history(port), aged.collect::<String>()).unwrap();
            }
        }
        mover.migrate(&["--write", "--as-fetched"]).code(0).prints("20 messages recorded as fetched");
        mover.mailhaul(&["fetch"]).code(0);
        let left = if program == "getmail" { 10 } else { 0 };
        assert_eq!((server.messages_on_server(), mover.delivered()), (left, 20), "{program}");
        server.add_message(NEWS);
        mover.mailhaul(&["fetch"]).code(0);
        let left = if program == "getmail" { 11 } else { 0 };
        assert_eq!((server.messages_on_server(), mover.delivered()), (left, 21), "{program}");
    }
}

/// Each program has its own way with them: cut at a blank or after 128 octets, or with another sign.
#[test]
fn unique_ids_that_the_peer_writes_otherwise_are_known_again() {
    let long = "x".repeat(200);
    let of = |program: &str| match program {
        "fetchmail" => ["with space", "a/b", &long, "plain"],
        "mpop" => ["with space", "a/b", &long, "@#<\\"],
        _ => ["with space", "a/b", "c//d", "e-f"],
    };
    for program in PROGRAMS {
        let Some(mover) = Mover::new_or_skip("unique_ids", program) else { return };
        let body = |uid: &str| format!("Subject: {}\r\n\r\n{uid}\r\n", &uid[..uid.len().min(20)]);
        let maildrop = Maildrop::new(of(program).map(|uid| (uid, body(uid))));
        let server = Server::start(Config::new(&maildrop));
        mover.configure(server.port(), mover.keep());
        mover.fetch().code(0);
        assert_eq!(mover.delivered(), 4, "{program}");
        mover.migrate(&["--write"]).code(0).prints("4 messages recorded");
        let dry = || mover.mailhaul(&["fetch", "--dry-run", "--json"]);
        dry().code(0);
        assert!(!dry().stdout.contains("\"type\":\"planned\""), "{program}: {}", dry().stdout);
        mover.mailhaul(&["stat", "--new"]).code(0).prints(" 0 0");
        mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"new\":0,\"fetched\":0");
        // From now on it is the server's unique-id that counts.
        maildrop.add("with", body("another"));
        maildrop.add("a-b", body("one more"));
        mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"new\":2,\"fetched\":2");
        assert_eq!(mover.delivered(), 6, "{program}");
    }
}

/// Which of both was seen cannot be told: better twice than not at all.
#[test]
fn a_unique_id_that_could_be_two_is_fetched() {
    let Some(mover) = Mover::new_or_skip("a_unique_id_that_could_be_two", "fetchmail") else { return };
    let maildrop = Maildrop::new([("with one", "Subject: 1\r\n\r\none\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    mover.configure(server.port(), "keep");
    mover.fetch().code(0);
    maildrop.add("with two", "Subject: 2\r\n\r\ntwo\r\n");
    mover.migrate(&["--write"]).code(0).prints("1 message recorded");
    mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"fetched\":2");
    assert_eq!(mover.delivered(), 3);
}

#[test]
fn a_password_goes_where_it_is_wanted() {
    let Some((mover, server)) = servers("a_password_goes_where_it_is_wanted", "mpop", 1) else { return };
    mover.configure(server.port_pop3(), "keep on");
    mover.migrate(&["--write", "--passwords", "none"]).code(0).prints("mailhaul login work");
    assert!(!fs::read_to_string(mover.config()).unwrap().contains("password-file ="));
    mover.mailhaul(&["account", "remove", "work"]).code(0);
    let ran = mover.migrate(&["--write"]);
    ran.code(0);
    let file = mover.home.path(".config/mailhaul/passwords/work.password");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(file.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_to_string(&file).unwrap(), "secret\n");
    let config = fs::read_to_string(mover.config()).unwrap();
    assert!(config.contains("# From ") && !config.contains("secret"), "{config}");
    assert!(!ran.everything().contains("secret"));
    mover.mailhaul(&["fetch"]).code(0);
}

/// It would run the commands that somebody else has written, or pass over mail.
#[test]
fn files_that_others_can_write_are_not_obeyed() {
    for (name, mode) in [(".mpoprc", 0o622), (".mpop_uidls/ann_at_127.0.0.1", 0o666)] {
        let Some((mover, server)) = servers("files_that_others_can_write", "mpop", 2) else { return };
        mover.configure(server.port_pop3(), "keep on");
        mover.fetch().code(0);
        fs::set_permissions(mover.home.path(name), fs::Permissions::from_mode(mode)).unwrap();
        let ran = mover.migrate(&["--write"]);
        assert!(!matches!(ran.code, Some(0)), "{}", ran.everything());
        ran.says(name.rsplit('/').next().unwrap());
        assert!(!mover.config().exists() && !mover.home.state().join("mailhaul.db").exists());
    }
}

/// The filter of mpop's own manual ends its shell itself.
#[test]
fn a_filter_of_mpop_goes_on_to_filter() {
    let Some((mover, server)) = servers("a_filter_of_mpop", "mpop", 3) else { return };
    let filter = "filter if [ \"`grep '^X-Spam-Status: Yes'`\" ]; then exit 2; else exit 0; fi";
    mover.configure(server.port_pop3(), &format!("keep on\n{filter}"));
    server.add_message(b"From: bob@example.org\nX-Spam-Status: Yes\nSubject: x\n\nx\n");
    mover.fetch().code(0);
    assert_eq!(mover.delivered(), 3);
    mover.migrate(&["--write"]).code(0).prints("3 messages recorded");
    server.add_message(NEWS);
    let ran = mover.mailhaul(&["fetch", "--json"]);
    ran.code(0).prints("\"fetched\":1").prints("\"skipped\":1");
    assert!(!ran.stderr.contains("failed"), "{}", ran.everything());
    assert_eq!(mover.delivered(), 4);
}

/// mpop's manual names the account that is fetched without a name in this way.
#[test]
fn an_account_under_two_names_is_one() {
    let Some((mover, server)) = servers("an_account_under_two_names", "mpop", 2) else { return };
    mover.configure(server.port_pop3(), "keep on\naccount default : work");
    mover.fetch().code(0);
    for _ in 0..2 {
        mover.migrate(&["--write"]).code(0).prints("default (line ").prints("it is the same mailbox as work");
    }
    server.add_message(NEWS);
    mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"fetched\":1");
    assert_eq!(mover.delivered(), 3);
}

/// Behind ports of this machine are tunnels to different servers.
#[test]
fn tunnels_of_the_same_user_have_histories_of_their_own() {
    let test = "tunnels_of_the_same_user";
    let Some((mover, first)) = servers(test, "fetchmail", 2) else { return };
    let Some(second) = dovecot_or_skip(test, &ordinary_messages(3)) else { return };
    let poll = |label: &str, port: u16| {
        let mda = format!("cat >> {}/{label}", mover.home.path("").display());
        format!(
            "poll {label} via 127.0.0.1 protocol pop3 port {port} user ann password secret sslproto '' keep mda '{mda}'\n"
        )
    };
    let text = poll("one", first.port_pop3()) + &poll("two", second.port_pop3());
    mover.home.write_private(".fetchmailrc", text.as_bytes());
    let config = || fs::read_to_string(mover.config()).unwrap();
    mover.migrate(&["--write"]).code(0).prints("2 accounts added");
    assert!(config().contains("[account.one]") && config().contains("state-key = \"two\""), "{}", config());
    let before = config();
    mover.migrate(&["--write"]).code(0).prints("0 accounts added");
    assert_eq!(config(), before);
    mover.mailhaul(&["fetch"]).code(0);
    let subjects = |name: &str| fs::read_to_string(mover.home.path(name)).unwrap().matches("\nSubject: ").count();
    assert!(subjects("one") >= 2 && subjects("two") >= 3);
}

/// It would never be asked for again.
#[test]
fn what_was_recorded_as_seen_can_be_recorded_as_fetched() {
    let Some((mover, server)) = servers("what_was_recorded_as_seen", "fetchmail", 4) else { return };
    mover.configure(server.port_pop3(), "keep flush");
    mover.fetch().code(0);
    server.add_message(NEWS);
    let seen = mover.migrate(&["--write"]);
    seen.code(0).prints("unless --as-fetched is said");
    mover.migrate(&[]).code(0).prints("0 accounts to be added, and 0 messages to be recorded as seen");
    mover.mailhaul(&["fetch"]).code(0);
    assert_eq!(server.messages_on_server(), 4);
    mover.migrate(&["--as-fetched"]).code(0).prints("4 messages to be recorded as fetched");
    mover.migrate(&["--write", "--as-fetched"]).code(0).prints("4 messages recorded as fetched");
    mover.mailhaul(&["fetch"]).code(0);
    assert_eq!((server.messages_on_server(), mover.delivered()), (0, 5));
}

/// The program keeps, and our own defaults would delete.
#[test]
fn what_the_peer_keeps_is_kept() {
    let Some((mover, server)) = servers("what_the_peer_keeps", "fetchmail", 3) else { return };
    mover.configure(server.port_pop3(), "keep");
    mover.fetch().code(0);
    fs::create_dir_all(mover.config().parent().unwrap()).unwrap();
    mover.home.write_private(".config/mailhaul/config.toml", b"[defaults]\ndelete-after = \"1d\"\nmax-size = \"1m\"\n");
    let ran = mover.migrate(&["--write", "--as-fetched"]);
    ran.code(0).prints("delete = false").prints("of our own configuration file hold for it, too: max-size\n");
    mover.mailhaul(&["account", "show", "127.0.0.1"]).code(0).prints("delete = false");
    mover.mailhaul(&["fetch"]).code(0);
    assert_eq!(server.messages_on_server(), 3);
}

/// What the program itself refuses may mean anything.
#[test]
fn a_file_that_the_peer_refuses_is_not_written() {
    for (program, wrong) in [
        ("fetchmail", "kepp"),
        ("fetchmail", "password \"hunter2"),
        ("mpop", "keep on\ntls On"),
        ("mpop", "logfile x"),
        ("getmail", "delete = flase"),
        ("getmail", "pasword\nhunter2"),
    ] {
        let Some(mover) = Mover::new_or_skip("a_file_that_the_peer_refuses", program) else { return };
        mover.configure(1110, wrong);
        assert_ne!(mover.fetch_once().code, Some(0), "{program} takes {wrong:?}");
        for flags in [&[][..], &["--write"]] {
            let ran = mover.migrate(flags);
            ran.code(78).says(&format!("{program} refuses this file")).says("nothing was written");
            assert!(!mover.config().exists() && !ran.everything().contains("hunter2"), "{}", ran.everything());
        }
    }
}

/// Without TLS it would never be noticed.
#[test]
fn tls_that_was_asked_for_stays() {
    for (program, more, has_tls) in [
        ("fetchmail", "", true),
        ("fetchmail", "sslproto ''", false),
        ("fetchmail plugin 'socat - TCP:mail.example.org:110'", "sslproto ''", true),
        ("fetchmail", "sslcertck", true),
        ("fetchmail", "sslproto TLS1.2+", true),
        ("mpop", "", false),
        ("mpop", "tls on", true),
        ("mpop", "proxy_host gate.example.org", true),
    ] {
        let (program, of_server) = program.split_once(' ').unwrap_or((program, ""));
        let Some(mover) = Mover::new_or_skip("tls_that_was_asked_for_stays", program) else { return };
        match program {
            "fetchmail" => {
                let text =
                    format!("poll 127.0.0.1 protocol pop3 {of_server} user ann password secret keep {more} mda cat\n");
                mover.home.write_private(".fetchmailrc", text.as_bytes())
            }
            _ => {
                let text = format!("account a\nhost 127.0.0.1\nuser ann\npassword secret\ndelivery mda cat\n{more}\n");
                mover.home.write_private(".mpoprc", text.as_bytes())
            }
        };
        let ran = mover.migrate(&[]);
        ran.code(0);
        assert_eq!(!ran.stdout.contains("\n  tls = \"none\"\n"), has_tls, "{program} {more}: {}", ran.stdout);
    }
}

/// mpop gives commands no letter that a shell minds.
#[test]
fn a_sender_cannot_run_commands() {
    let Some((mover, server)) = servers("a_sender_cannot_run_commands", "mpop", 1) else { return };
    let pwned = mover.home.path("pwned").display().to_string();
    let place = mover.home.path("senders").display().to_string();
    mover.configure(server.port_pop3(), "keep on");
    let text = fs::read_to_string(mover.home.path(".mpoprc")).unwrap();
    let mda = format!("delivery mda /bin/sh -c \"cat > /dev/null; echo '%F' 'X <%F>' >> {place}\"");
    let delivery = text.lines().find(|line| line.starts_with("delivery")).unwrap();
    mover.home.write_private(".mpoprc", text.replace(delivery, &mda).as_bytes());
    mover.fetch().code(0);
    mover.migrate(&["--write"]).code(0);
    for sender in [
        "x`touch${IFS}PWN`@e.example",
        "x$(touch${IFS}PWN)@e.example",
        "x;touch${IFS}PWN;@e.example",
        "a'b\"c@e.example",
    ] {
        let sender = sender.replace("PWN", &pwned);
        server.add_message(format!("Return-Path: <{sender}>\nSubject: x\n\nx\n").as_bytes());
    }
    let before = fs::read_to_string(&place).unwrap();
    mover.mailhaul(&["fetch"]).code(0);
    assert!(!mover.home.path("pwned").exists());
    let after = fs::read_to_string(&place).unwrap();
    let new: Vec<&str> = after[before.len()..].lines().collect();
    assert_eq!(new.len(), 4, "{new:?}");
    assert!(new[3].starts_with("a_b_c@e.example X <a_b_c@e.example>"), "{new:?}");
}

/// The program keeps unique-ids of messages that are long gone.
#[test]
fn new_mail_comes_after_a_history_of_deleted_messages() {
    // getmail itself loses messages now and then when it is ended and started again, as it hangs now and then.
    let moved = || {
        let (mover, server) = servers("new_mail_comes", "getmail", 30)?;
        mover.configure(server.port_pop3(), "delete = true");
        mover.fetch().code(0);
        Some((mover, server))
    };
    let mut tries = std::iter::repeat_with(moved).take(4);
    let is_good = |made: &Option<(Mover, _)>| made.as_ref().is_none_or(|(mover, _)| mover.delivered() == 30);
    let Some((mover, server)) = tries.find(is_good).expect("getmail has lost messages four times") else { return };
    assert_eq!(server.messages_on_server(), 0);
    (0..12).for_each(|number| server.add_message(format!("Subject: new {number}\n\nx\n").as_bytes()));
    mover.migrate(&["--write"]).code(0).prints("30 messages recorded");
    mover.mailhaul(&["stat", "--new"]).code(0).prints(" 12 ");
    mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"fetched\":12");
    assert_eq!((server.messages_on_server(), mover.delivered()), (0, 42));
}

/// A unique-id that only begins in the same way is no proof.
#[test]
fn what_was_only_cut_is_never_deleted() {
    let Some(mover) = Mover::new_or_skip("what_was_only_cut", "fetchmail") else { return };
    let long = "P".repeat(128);
    let maildrop = Maildrop::new([(format!("{long}-new"), "Subject: new\r\n\r\nx\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    mover.configure(server.port(), "keep flush");
    mover.home.write_private(".fetchids", format!("ann@127.0.0.1 {long}\n").as_bytes());
    mover.migrate(&["--write", "--as-fetched"]).code(0);
    mover.mailhaul(&["fetch"]).code(0);
    assert_eq!(maildrop.present().len(), 1);
}

/// Both are there, and one of them was seen: nobody knows which.
#[test]
fn a_unique_id_beside_its_other_form_is_fetched() {
    let Some(mover) = Mover::new_or_skip("a_unique_id_beside_its_other_form", "getmail") else { return };
    let maildrop = Maildrop::new([("a-b", "Subject: 1\r\n\r\n1\r\n"), ("a/b", "Subject: 2\r\n\r\n2\r\n")]);
    let server = Server::start(Config::new(&maildrop));
    mover.configure(server.port(), "delete = false");
    mover.home.write_private(&format!(".getmail/oldmail-127.0.0.1-{}-ann", server.port()), b"a-b\x001700000000\n");
    mover.migrate(&["--write"]).code(0).prints("1 message recorded");
    mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"fetched\":2");
    // Two programs have written one message in two ways.
    let import = |from: &str, text: &[u8]| {
        let file = mover.home.write_private("history", text);
        let words = ["state", "import", "--from", from, file.to_str().unwrap(), "--mailbox", "getmailrc"];
        mover.mailhaul(&words).code(0);
    };
    maildrop.add("c/d e", "Subject: 3\r\n\r\n3\r\n");
    import("fetchmail", b"ann@127.0.0.1 c/d\n");
    import("getmail", b"c-d e\x001700000000\n");
    mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"fetched\":0");
    mover.mailhaul(&["fetch", "--json"]).code(0).prints("\"fetched\":0");
}

#[test]
fn a_time_after_which_mpop_deletes_is_kept() {
    for (keep, setting) in
        [("keep 1d12h", "delete-after = \"129600s\""), ("keep maybe", "# no"), ("eval echo keep on", "# no")]
    {
        let Some(mover) = Mover::new_or_skip("a_time_after_which_mpop_deletes", "mpop") else { return };
        mover.configure(1110, keep);
        let ran = mover.migrate(&[]);
        ran.code(0);
        assert!(!ran.stdout.contains("delete = true"), "{keep}: {}", ran.stdout);
        assert!(setting == "# no" || ran.stdout.contains(setting), "{keep}: {}", ran.stdout);
    }
}

#[test]
fn the_password_of_another_account_is_not_overwritten() {
    let Some(mover) = Mover::new_or_skip("the_password_of_another_account", "mpop") else { return };
    let account = |user: &str, password: &str| {
        let text = format!(
            "account mail\nhost pop.example.org\ntls on\nuser {user}\npassword {password}\ndelivery maildir ~/M\n"
        );
        mover.home.write_private(".mpoprc", text.as_bytes());
        mover.migrate(&["--write"]).code(0);
    };
    account("ann", "first");
    mover.mailhaul(&["account", "rename", "mail", "work"]).code(0);
    account("bob", "second");
    let read = |name: &str| fs::read_to_string(mover.home.path(".config/mailhaul/passwords").join(name)).unwrap();
    assert_eq!((read("mail.password"), read("mail-2.password")), ("first\n".into(), "second\n".into()));
    assert!(fs::read_to_string(mover.config()).unwrap().contains("mail-2.password"));
}

/// What one of them has wrong is told beforehand, and stops nobody else.
#[test]
fn an_account_that_cannot_be_written_stops_no_other() {
    let Some(mover) = Mover::new_or_skip("an_account_that_cannot_be_written", "mpop") else { return };
    let account = |name: &str, place: &str| {
        format!(
            "account {name}\nhost {name}.example.org\ntls on\nuser ann\npassword secret\ndelivery maildir {place}\n"
        )
    };
    let text = account("a", "~/A") + &account("b", "B") + &account("c", "~/C");
    mover.home.write_private(".mpoprc", text.as_bytes());
    mover.migrate(&[]).code(0).prints("b (line 7) is not moved: maildir must begin with / or ~/");
    mover.migrate(&["--write"]).code(0).prints("2 accounts added");
    let config = fs::read_to_string(mover.config()).unwrap();
    assert!(
        config.contains("[account.a]") && config.contains("[account.c]") && !config.contains("[account.b]"),
        "{config}"
    );
}
