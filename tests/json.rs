//! Every object that any command prints with `--json` is one of those of `docs/json-schema/mailhaul.json`, in all
//! situations: what it does not describe is not printed. What it describes is printed here.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::server::{Config, Fault, Maildrop, Server};
use super::util::{Home, Ran, run};

mod recipes;
pub mod schema;

/// The objects of JSON lines, which are as the schema says.
#[track_caller]
pub fn objects(ran: &Ran) -> Vec<Value> {
    let object = |line: &str| -> Value {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{}", ran.everything()));
        let complaints = schema::complaints(&value);
        assert!(complaints.is_empty(), "{}\n{line}", complaints.join("\n"));
        value
    };
    ran.stdout.lines().map(object).collect()
}

/// Somebody with the account `work` at a server, which delivers into a Maildir.
struct User<'a> {
    home: Home,
    server: &'a Server,
}

impl<'a> User<'a> {
    fn of(server: &'a Server) -> Self {
        let home = Home::new();
        let text = format!(
            "[account.work]\nsource = \"{}\"\ntls = \"none\"\npassword-file = \"{}\"\nmaildir = \"{}\"\n",
            server.url("ann"),
            home.path("password").display(),
            home.maildir().display()
        );
        fs::create_dir_all(home.path(".config/mailhaul")).unwrap();
        home.write_private(".config/mailhaul/config.toml", text.as_bytes());
        Self { home, server }
    }

    /// The objects that `mailhaul .. --json` prints.
    #[track_caller]
    fn objects(&self, words: &[&str], code: i32) -> Vec<Value> {
        let ran = run(&mut self.home.mailhaul([words, &["--json"]].concat()));
        objects(ran.code(code))
    }

    /// As [`Self::objects`], where all are of this type.
    #[track_caller]
    fn prints(&self, words: &[&str], code: i32, kinds: &[&str]) -> Vec<Value> {
        let objects = self.objects(words, code);
        let found: Vec<&str> = objects.iter().map(|object| object["type"].as_str().unwrap()).collect();
        assert_eq!(found, kinds, "{words:?}");
        objects
    }
}

fn maildrop() -> Maildrop {
    Maildrop::new([
        ("u1", "From: Ann <ann@example.org>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0100\r\nSubject: one\r\n\r\nx\r\n"),
        ("u2", "Subject: two\r\n\r\ny\r\n"),
    ])
}

/// All objects of one mailbox begin in the same way, by whichever name or URL it was called.
#[test]
fn all_commands_print_what_the_schema_says() {
    let server = Server::start(Config::new(&maildrop()));
    let user = User::of(&server);
    let maildir = user.home.path("Copy");
    let state_file = user.home.path("ledger.json");
    let mut all = Vec::new();
    let mut prints = |words: &[&str], kinds: &[&str]| {
        let objects = user.prints(words, 0, kinds);
        all.extend(objects.iter().cloned());
        objects
    };
    prints(&["account", "list"], &["account"]);
    prints(&["account", "show", "work"], &["account"]);
    prints(&["stat", "work"], &["stat"]);
    prints(&["stat", "work", "--new"], &["stat"]);
    prints(&["list", "work"], &["message", "message"]);
    let headers = prints(&["list", "work", "--headers"], &["message", "message"]);
    assert_eq!(headers[0]["from"], "Ann <ann@example.org>");
    assert_eq!((&headers[1]["subject"], &headers[1]["date"]), (&"two".into(), &Value::Null));
    prints(&["uidl", "work"], &["message", "message"]);
    prints(&["top", "work", "1"], &["content"]);
    prints(&["retr", "work", "1-2"], &["content", "content"]);
    prints(&["dump", "work"], &["content", "content"]);
    prints(&["dump", "work", "--maildir", maildir.to_str().unwrap()], &["copy"]);
    prints(&["noop", "work"], &["phase"; 6]);
    prints(&["capa", "work"], &["capabilities"]);
    prints(&["info", "work"], &["info"]);
    prints(&["dele", "work", "1", "--dry-run"], &["message", "deletion"]);
    prints(&["state", "show"], &[]);
    prints(&["log"], &[]);
    prints(&["fetch", "--dry-run", "--delete"], &["planned", "planned", "planned", "planned", "fetch"]);
    prints(&["fetch"], &["fetch"]);
    prints(&["log"], &["run"]);
    prints(&["log", "work"], &["run"]);
    prints(&["health"], &["health"]);
    prints(&["state", "show", "work"], &["state"]);
    prints(&["state", "export"], &["mailbox", "known", "known"]);
    fs::write(&state_file, run(&mut user.home.mailhaul(["state", "export"])).stdout.as_bytes()).unwrap();
    prints(&["state", "forget", "work", "u1"], &["change"]);
    prints(&["state", "seen", "work"], &["change"]);
    prints(&["state", "retry", "work"], &["change"]);
    prints(&["state", "confirm", "work"], &["change"]);
    prints(&["state", "reset", "work"], &["change"]);
    prints(&["state", "import", state_file.to_str().unwrap()], &["change"]);
    let moved = user.home.path("Moved");
    fs::rename(user.home.maildir(), &moved).unwrap();
    let [old, new] = [user.home.maildir(), moved].map(|path| path.to_str().unwrap().to_owned());
    prints(&["state", "moved", &old, &new], &["move"]);
    prints(&["dele", "work", "1", "--yes"], &["message", "deletion"]);
    for object in all.iter().filter(|object| object["type"] != "move") {
        assert_eq!(object["mailbox"], "ann@localhost", "{object}");
        let is_of_ledger = object.get("source").is_none() || object["action"] == "import";
        assert!(is_of_ledger || object["source"] == server.url("ann"), "{object}");
        assert!(is_of_ledger || object["account"] == "work", "{object}");
    }
    let printed: BTreeSet<&str> = all.iter().map(|object| object["type"].as_str().unwrap()).collect();
    let missing: Vec<&str> = schema::types().filter(|kind| !printed.contains(kind)).collect();
    assert_eq!(
        missing,
        ["alert", "configuration", "consent", "error", "failure", "migrated", "published", "setup", "trouble"],
        "looked at in `alerts`, `oauth`, `migrate`, `setup` and `fleet`, the others below"
    );
    let capitals = user.server.url("ann").replace("localhost", "LocalHost");
    let [stat] =
        &user.prints(&["stat", &capitals, "--tls", "none", "--password-file", &password(&user)], 0, &["stat"])[..]
    else {
        panic!("one source")
    };
    assert_eq!((&stat["source"], &stat["account"]), (&server.url("ann").into(), &Value::Null));
}

fn password(user: &User<'_>) -> String {
    user.home.path("password").to_str().unwrap().to_owned()
}

/// A command that fails says so in JSON, too: as its last object.
#[test]
fn every_failure_is_an_object() {
    let server = Server::start(Config::new(&maildrop()));
    let user = User::of(&server);
    let of_work = |object: &Value| {
        assert_eq!((&object["account"], &object["mailbox"]), (&"work".into(), &"ann@localhost".into()), "{object}");
        assert!(object["source"] == server.url("ann"), "{object}");
    };
    let nowhere = ["fetch", "pop3://ann@localhost:1", "--tls", "none"];
    let [error] = &user.prints(&nowhere, 64, &["error"])[..] else { panic!("one object") };
    assert_eq!((&error["source"], &error["exit_code"]), (&"pop3://ann@localhost:1".into(), &64.into()));
    assert!(error["error"].as_str().unwrap().contains("no destination: where should the messages go?"), "{error}");
    let [error] = &user.prints(&["list", "work", "9"], 69, &["error"])[..] else { panic!("one object") };
    of_work(error);
    let [error] = &user.prints(&["state", "forget", "work", "u9"], 64, &["error"])[..] else { panic!("one object") };
    of_work(error);
    let [error] = &user.prints(&["capa", "wrok"], 78, &["error"])[..] else { panic!("one object") };
    assert_eq!(error["account"], Value::Null);
    assert!(error["hint"].as_str().unwrap().starts_with("is it work?"), "{error}");
    let [good, bad] = &user.prints(&["stat", "work", "wrok"], 78, &["stat", "error"])[..] else { panic!("two") };
    of_work(good);
    assert_eq!(bad["source"], Value::Null, "it is not that of the source before");
    user.prints(&["console", "work"], 64, &["error"]);
    user.prints(&["completions", "bash"], 64, &["error"]);
    user.prints(&["state", "import", "/nowhere"], 74, &["error"]);
    user.prints(&["dele", "work", "1"], 64, &["error"]);
    user.home.write_private("password", b"wrong\n");
    let [error] = &user.prints(&["noop", "work"], 77, &["phase", "phase", "phase", "error"])[3..] else {
        panic!("four objects")
    };
    of_work(error);
    let [fetch] = &user.prints(&["fetch"], 77, &["fetch"])[..] else { panic!("one object") };
    of_work(fetch);
    assert_eq!((&fetch["exit_code"], &fetch["listed"]), (&77.into(), &Value::Null));
}

#[test]
fn what_the_server_refuses_is_an_object() {
    let refused = |fault: Fault| Server::start(Config::new(&maildrop()).fault(fault));
    let server = refused(Fault::RetrErr { numbers: vec![2], text: "no\x1b[2J" });
    let user = User::of(&server);
    for (words, code) in [(&["retr", "work", "1-2"][..], 75), (&["dump", "work"], 75)] {
        let [_, failure] = &user.prints(words, code, &["content", "failure"])[..] else { panic!("two objects") };
        assert_eq!((&failure["number"], &failure["uid"]), (&2.into(), &"u2".into()));
        assert!(failure["reason"].as_str().unwrap().contains("no\\x1b[2J"), "{failure}");
    }
    let [fetch] = &user.prints(&["fetch"], 75, &["fetch"])[..] else { panic!("one object") };
    assert_eq!((&fetch["failures"][0]["uid"], &fetch["failed"]), (&"u2".into(), &1.into()));
    let [state] = &user.prints(&["state", "show"], 0, &["state"])[..] else { panic!("one object") };
    assert_eq!((&state["unsettled"][0]["uid"], &state["in_trouble"]), (&"u2".into(), &1.into()));

    let server = refused(Fault::DeleErr { numbers: vec![1], text: "never" });
    let kinds = ["message", "message", "failure", "deletion"];
    let objects = User::of(&server).prints(&["dele", "work", "1-2", "--yes"], 75, &kinds);
    assert_eq!((&objects[3]["asked"], &objects[3]["gone"]), (&2.into(), &1.into()));

    let server = refused(Fault::QuitErr("some deleted messages not removed"));
    let objects = User::of(&server).prints(&["dele", "work", "1", "--yes"], 75, &["message", "error"]);
    assert!(objects[1]["error"].as_str().unwrap().contains("not removed"), "{}", objects[1]);
    assert_eq!(objects[1]["account"], "work");
}

fn sha256_of(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn each_message_is_told_of_if_that_is_wanted() {
    let server = Server::start(Config::new(&maildrop()));
    let user = User::of(&server);
    let fetched = objects(run(&mut user.home.mailhaul(["fetch", "--json=messages"])).code(0));
    let [one, two, fetch] = &fetched[..] else { panic!("{fetched:?}") };
    assert_eq!(
        (&one["type"], &two["type"], &fetch["type"]),
        (&"published".into(), &"published".into(), &"fetch".into())
    );
    assert_eq!((&one["uid"], &one["number"], &one["account"]), (&"u1".into(), &1.into(), &"work".into()));
    assert_eq!((&one["from"], &one["subject"]), (&"Ann <ann@example.org>".into(), &"one".into()));
    assert_eq!((&one["date"], &one["message_id"]), (&"2026-01-05T10:00:00+01:00".into(), &Value::Null));
    for message in [one, two] {
        let stored = fs::read(message["path"].as_str().unwrap()).unwrap();
        assert_eq!((&message["octets"], &message["sha256"]), (&stored.len().into(), &sha256_of(&stored).into()));
        assert_eq!(message["destination"], fetch["destinations"][0]);
    }
    assert_eq!(fetch["octets"], one["octets"].as_u64().unwrap() + two["octets"].as_u64().unwrap());
    // What is not delivered is not told of.
    for more in [&["--json=messages"][..], &["--json=messages", "--all", "--dry-run"]] {
        let objects = objects(run(&mut user.home.mailhaul([&["fetch"], more].concat())).code(0));
        assert!(objects.iter().all(|object| object["type"] != "published"), "{objects:?}");
    }

    let mbox = user.home.mbox();
    let again = ["fetch", "work", "--all", "--json=messages", "--mbox", mbox.to_str().unwrap()];
    let fetched = objects(run(&mut user.home.mailhaul(again)).code(0));
    let stored = user.home.mbox_messages();
    assert_eq!(fetched.len(), 3);
    for message in &fetched[..2] {
        assert_eq!(message["destination"], serde_json::json!({ "kind": "mbox", "path": mbox, "name": null }));
        assert_eq!(message["path"], mbox.to_str().unwrap());
        assert!(stored.iter().any(|stored| message["sha256"] == sha256_of(stored).as_str()), "{message}");
    }
}

/// The value stands behind an equals sign: a SOURCE is none, and other commands have none.
#[test]
fn messages_are_only_told_of_by_fetch() {
    let server = Server::start(Config::new(&maildrop()));
    let user = User::of(&server);
    let objects = objects(run(&mut user.home.mailhaul(["fetch", "--json", "work"])).code(0));
    assert_eq!((objects.len(), &objects[0]["fetched"]), (1, &2.into()));
    let connections = server.connections();
    for words in [&["stat", "work"][..], &["log"], &["account", "list"], &["state", "export"]] {
        let ran = run(&mut user.home.mailhaul([words, &["--json=messages"]].concat()));
        ran.code(64).says("--json=messages is for fetch");
        assert_eq!(super::json::objects(&ran)[0]["type"], "error");
    }
    run(&mut user.home.mailhaul(["fetch", "--json=all"])).code(64).says("messages");
    assert_eq!(server.connections(), connections);
}
