//! An account moves to another state folder: `state export --account` and `state import`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::json::objects;
use crate::server::{Config, Maildrop, Server, Sizes};
use crate::util::{Home, Ran, run, run_with_input};

/// A home with the account `work` of this server, into the Maildir; `more` is for its table.
fn home(server: &Server, more: &str) -> Home {
    let home = Home::new();
    let text = format!(
        "[account.work]\nsource = \"{}\"\ntls = \"none\"\npassword-file = \"{}\"\nmaildir = \"{}\"\n{more}",
        server.url("ann"),
        home.path("password").display(),
        home.maildir().display()
    );
    home.write_private("config.toml", text.as_bytes());
    home
}

/// The program with another state folder, as on another machine that has the same disk for mail.
fn there(home: &Home, args: &[&str]) -> Command {
    let mut command = here(home, args);
    command.env("MAILHAUL_STATE_DIR", home.path("there"));
    command
}

fn here(home: &Home, args: &[&str]) -> Command {
    let mut command = home.mailhaul(args);
    command.env("MAILHAUL_CONFIG", home.path("config.toml"));
    command
}

fn exported(home: &Home) -> String {
    run(&mut here(home, &["state", "export", "--account", "work"])).code(0).stdout.clone()
}

fn import(home: &Home, text: &str) -> Ran {
    run_with_input(&mut there(home, &["state", "import"]), text.as_bytes())
}

fn server(maildrop: &Maildrop) -> Server {
    Server::start(Config::new(maildrop))
}

#[test]
fn the_next_fetch_goes_on_where_the_last_one_ended() {
    let maildrop = Maildrop::generated(10, 1, Sizes::Fixed(900));
    let server = server(&maildrop);
    let home = home(&server, "");
    run(&mut here(&home, &["fetch", "--max-messages", "5"])).code(0);
    assert_eq!(home.maildir_messages().len(), 5);
    let text = exported(&home);
    assert_eq!(text, run(&mut here(&home, &["state", "export", "work"])).code(0).stdout);
    import(&home, &text).code(0).silent();
    // What was fetched there is deleted, and what was fetched before, too: nothing is lost and nothing doubled.
    run(&mut there(&home, &["fetch", "--delete"])).code(0);
    let mut expected: Vec<Vec<u8>> = (0..10).map(|at| maildrop.expected_lf(at)).collect();
    expected.sort();
    assert!(home.maildir_messages() == expected, "{} messages", home.maildir_messages().len());
    assert_eq!(server.maildrop().len(), 0);
    // Both ledgers have the same history of the first half, and the new one goes on.
    let again = run(&mut there(&home, &["state", "export", "work"])).code(0).stdout.clone();
    let deleted = again.lines().filter(|line| line.contains("\"state\":\"deleted\"")).count();
    assert_eq!(deleted, 10, "{again}");
}

/// All that an export has is there again after it was imported.
#[test]
fn an_import_keeps_what_was_exported() {
    let maildrop = Maildrop::generated(4, 1, Sizes::Fixed(900));
    let server = server(&maildrop);
    let home = home(&server, "");
    run(&mut here(&home, &["fetch", "--max-size", "1k"])).code(0);
    let text = exported(&home);
    let more = [
        r#"{"type":"known","mailbox":"ann@localhost","uid":"old","uid_base64":null,"occurrence":0,"state":"deleted","octets":5,"received":7,"fingerprint":"","settled_at":"2026-02-01T00:00:00Z","vanished_at":"2026-02-02T00:00:00Z","deletes":2,"form":"cut","deliveries":[{"destination":{"kind":"lmtp","path":null,"name":"mail.example.org:24 ann","base64":null},"delivered_at":"2026-02-01T00:00:00Z"}]}"#,
        r#"{"type":"trouble","mailbox":"ann@localhost","uid":"bad","uid_base64":null,"occurrence":1,"trouble":"refused","reason":"-ERR no","attempts":2,"days":3,"last_at":"2026-02-03T00:00:00Z","next_try_at":"2026-02-13T00:00:00Z","given_up_at":"2026-02-03T00:00:00Z","over":false,"larger_than":null}"#,
        r#"{"type":"mailbox","mailbox":"ann@localhost","messages":1,"uids_are_numbers":true,"renumbered_until":"2026-02-13T00:00:00Z","destinations":[{"destination":{"kind":"mbox","path":"/m\\xff","name":null,"base64":"L23/"},"identity":"00000000000000ff"}]}"#,
    ];
    let kinds: Vec<_> = objects_of(&text).iter().map(|object| object["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["mailbox", "known", "known", "known", "known"]);
    let home = self::home(&server, "");
    import(&home, &more.join("\n")).code(0).silent();
    let again = objects(run(&mut there(&home, &["state", "export"])).code(0));
    let mut last: serde_json::Value = serde_json::from_str(more[2]).unwrap();
    let lmtp = serde_json::json!({"destination": {"kind": "lmtp", "path": null, "name": "mail.example.org:24 ann", "base64": null}, "identity": null});
    last["destinations"].as_array_mut().unwrap().push(lmtp); // a message says that it is used
    let expected: Vec<serde_json::Value> =
        [last].into_iter().chain(more[..2].iter().map(|line| serde_json::from_str(line).unwrap())).collect();
    assert_eq!(again, expected);
}

/// What is missing would come a second time.
#[test]
fn an_export_that_was_cut_off_is_refused() {
    let maildrop = Maildrop::generated(4, 1, Sizes::Fixed(900));
    let server = server(&maildrop);
    let home = home(&server, "");
    run(&mut here(&home, &["fetch"])).code(0);
    let text = exported(&home);
    let lines: Vec<&str> = text.lines().collect();
    let home = self::home(&server, "");
    let cut = import(&home, &lines[..3].join("\n"));
    cut.code(64).says("has 2 of the 4 messages of ann@localhost: it was cut off");
    let large = lines.join("\n").replacen("\"octets\":900", "\"octets\":18446744073709551615", 1);
    import(&home, &large).code(64).says("a number of octets is too large");
    run(&mut there(&home, &["state", "export"])).code(0).silent();
    import(&home, &text).code(0).silent();
}

fn objects_of(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A path may be that of another Maildir on another machine: then nothing is fetched or deleted before somebody has said what
/// is what.
#[test]
fn a_path_that_is_another_place_here_is_told() {
    let server = server(&Maildrop::generated(3, 1, Sizes::Fixed(900)));
    let home = home(&server, "");
    run(&mut here(&home, &["fetch"])).code(0);
    let text = exported(&home);
    let elsewhere = home.path("elsewhere");
    fs::rename(home.maildir(), &elsewhere).unwrap();
    import(&home, &text).code(0);
    run(&mut there(&home, &["fetch", "--delete"])).code(73).says("is missing").says("mailhaul state moved OLD NEW");
    assert_eq!(server.maildrop().len(), 3);
    // A ledger that knows another Maildir at that path.
    let other = home.path("other");
    run(here(&home, &["fetch"]).env("MAILHAUL_STATE_DIR", &other)).code(0);
    let mut import = here(&home, &["state", "import"]);
    let refused = run_with_input(import.env("MAILHAUL_STATE_DIR", &other), other_mailbox(&text).as_bytes());
    refused.code(78).says("was delivered into another ").says("nothing of it was imported");
    let exported = run(here(&home, &["state", "export"]).env("MAILHAUL_STATE_DIR", &other));
    assert!(!exported.stdout.contains("bob@localhost"), "{}", exported.stdout);
    // The mail moved, too, to another path: it is told, and the fetch goes on.
    let [old, new] = [home.maildir(), elsewhere.clone()].map(|path| path.to_str().unwrap().to_owned());
    run(&mut there(&home, &["state", "moved", &old, &new])).code(0);
    run(&mut there(&home, &["fetch", "--maildir", &new, "--delete"])).code(0);
    assert_eq!((server.maildrop().len(), messages(&elsewhere)), (0, 3));
}

fn other_mailbox(text: &str) -> String {
    text.replace("ann@localhost", "bob@localhost")
}

fn messages(maildir: &Path) -> usize {
    fs::read_dir(maildir.join("new")).unwrap().count()
}

/// Nobody is to believe that a history was moved.
#[test]
fn what_is_not_here_is_an_error() {
    let server = server(&Maildrop::generated(2, 1, Sizes::Fixed(900)));
    let home = home(&server, "");
    let refused = run(&mut here(&home, &["state", "export", "--account", "work"]));
    refused.code(64).says("work: there is nothing to export").says("--state-dir");
    run(&mut here(&home, &["state", "export", "--account", "wrok"])).code(78).says("is it work?");
    run(&mut here(&home, &["state", "export", "work", "--account", "work"])).code(64);
    run(&mut here(&home, &["state", "export"])).code(0).silent();
}

/// What waits for a destination has its file here: it would be lost.
#[test]
fn what_is_on_the_way_cannot_be_exported() {
    let server = server(&Maildrop::generated(2, 1, Sizes::Fixed(900)));
    let home = home(&server, "pipe = \"exit 75\"\n");
    run(&mut here(&home, &["fetch"]));
    let refused = run(&mut here(&home, &["state", "export", "--account", "work"]));
    refused.code(75).says("2 messages are still on the way").says("run `mailhaul fetch work` first");
    assert_eq!(refused.stdout, "");
    run(&mut here(&home, &["state", "export"])).code(0).says("2 messages are still on the way");
    run(&mut here(&home, &["fetch", "--maildir", home.maildir().to_str().unwrap(), "--pipe", "cat > /dev/null"]))
        .code(0);
    let lines = objects(run(&mut here(&home, &["state", "export", "work"])).code(0));
    assert_eq!(lines.len(), 3);
}

/// `cat a.json b.json`: what both say of a mailbox counts.
#[test]
fn two_exports_of_a_mailbox_add_up() {
    let mailbox = |numbers: bool, until: &str, name: &str| {
        format!(
            r#"{{"type":"mailbox","mailbox":"ann@localhost","uids_are_numbers":{numbers},"renumbered_until":{until},"destinations":[{{"destination":{{"kind":"lmtp","path":null,"name":"{name}","base64":null}},"identity":null}}]}}"#
        )
    };
    let (one, other) = (mailbox(true, "null", "one:24 ann"), mailbox(false, "null", "other:24 ann"));
    for text in [[&*one, &other].join("\n"), [&*other, &one].join("\n")] {
        let home = Home::new();
        run_with_input(&mut home.mailhaul(["state", "import"]), text.as_bytes()).code(0);
        let export = run(&mut home.mailhaul(["state", "export"]));
        export.code(0).prints("one:24 ann").prints("other:24 ann").prints(r#""uids_are_numbers":true"#);
    }
}

/// Of a ledger whose clock was wrong: what could not be due for years is due in time.
#[test]
fn times_that_cannot_be_true_are_made_plausible() {
    let text = concat!(
        r#"{"type":"mailbox","mailbox":"ann@localhost","uids_are_numbers":false,"renumbered_until":"2099-01-01T00:00:00Z","destinations":[]}"#,
        "\n",
        r#"{"type":"trouble","mailbox":"ann@localhost","uid":"a","uid_base64":null,"occurrence":0,"trouble":"refused","reason":"no","attempts":3,"days":2,"last_at":"2099-01-01T00:00:00Z","next_try_at":"2099-01-01T00:00:00Z","given_up_at":null,"over":false,"larger_than":null}"#,
    );
    let home = Home::new();
    run_with_input(&mut home.mailhaul(["state", "import"]), text.as_bytes()).code(0);
    let export = run(&mut home.mailhaul(["state", "export"]));
    assert!(!export.code(0).stdout.contains("2099"), "{}", export.stdout);
    assert!(
        export.stdout.contains("next_try_at\":\"") && export.stdout.contains("renumbered_until\":\""),
        "{}",
        export.stdout
    );
}
