//! Servers that are not as they should be: each command gives the right output, or an error that names the line.
//! Never a hang, which [`run`] would end and report, never a panic, never an escape sequence of the server's.

use serde_json::Value;

use super::*;
use crate::json::objects;
use crate::server::{Script, Step};

/// What a server says to what it expects to hear, and to nothing else: a client that says another thing fails the test.
struct Dialogue(Script);

impl Dialogue {
    /// A greeting that wants to do something to the terminal, no CAPA, and a login.
    fn new() -> Self {
        Self::with_capa("-ERR unknown command")
    }

    /// As [`Self::new`], with this reply to CAPA.
    fn with_capa(reply: &str) -> Self {
        Self(vec![send("+OK \x1b[31mhello\x07"), expect("CAPA"), send(reply)])
            .then("USER ann", "+OK")
            .then("PASS secret", "+OK")
    }

    /// The next command and its reply, to which CRLF is added.
    fn then(mut self, command: &str, reply: &str) -> Self {
        self.0.extend([expect(command), send(reply)]);
        self
    }

    fn quit(self) -> Self {
        self.then("QUIT", "+OK")
    }

    /// The next command, behind which nothing comes any more.
    fn stalls(mut self, command: &str) -> Self {
        self.0.extend([expect(command), Step::Stall]);
        self
    }

    /// Two messages, for a command that asks how large they are.
    fn list(self) -> Self {
        self.then("LIST", "+OK\r\n1 10\r\n2 20\r\n.")
    }

    #[track_caller]
    fn run(self, verb: &str, more: &[&str]) -> Ran {
        sessions([self], |user| user.run(verb, more))
    }

    /// As [`Self::run`], for an error with this code that says this.
    #[track_caller]
    fn fails(self, verb: &str, more: &[&str], code: i32, says: &str) -> Ran {
        let ran = self.run(verb, more);
        ran.code(code).says(says);
        ran
    }

    /// As [`Self::run`], with this output and no complaint.
    #[track_caller]
    fn prints(self, verb: &str, more: &[&str], stdout: &str) {
        let ran = self.run(verb, more);
        ran.code(0);
        assert!(ran.stdout == stdout && ran.stderr.is_empty(), "expected {stdout:?}\n{}", ran.everything());
    }

    /// As [`Self::run`], as JSON: one object, which has these among others.
    #[track_caller]
    fn tells(self, verb: &str, more: &[&str], expected: &[(&str, Value)]) {
        let ran = self.run(verb, &[more, &["--json"]].concat());
        let [object] = &objects(ran.code(0))[..] else { panic!("{}", ran.everything()) };
        expected.iter().for_each(|(key, value)| assert_eq!(&object[key], value, "{key}: {object}"));
    }
}

/// A run that has one dialogue after the other, to its end.
#[track_caller]
fn sessions<const N: usize>(dialogues: [Dialogue; N], act: impl FnOnce(&User) -> Ran) -> Ran {
    let scripts = dialogues.map(|Dialogue(script)| script);
    let server = Server::start(Config::scripted(scripts, AfterScripts::Refuse));
    let ran = act(&User::of(server.url("ann"), &["--tls", "none", "--timeout", "3s"]));
    if let Err(dialogue) = server.finish() {
        panic!("{}\n{dialogue:?}", ran.everything());
    }
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(['\x1b', '\x07']), "{}", ran.everything());
    ran
}

#[test]
fn listings_in_any_order_with_any_unique_id_and_size() {
    let unsorted = || Dialogue::new().then("LIST", "+OK\r\n2 20 more\r\n1\t 10\r\n.");
    let uidl = "+OK\r\n2 b\r\n1   a c\u{e9}\r\n.";
    unsorted().then("UIDL", uidl).quit().prints("list", &[], "1 10 a c\u{e9}\n2 20 b\n");
    Dialogue::new().then("UIDL", uidl).quit().prints("uidl", &[], "1 a c\u{e9}\n2 b\n");
    unsorted().then("UIDL", uidl).quit().prints("list", &["uid:a c\u{e9}"], "1 10 a c\u{e9}\n");
    let large = Dialogue::new().then("LIST", "+OK\r\n1 4294967400\r\n.");
    large.then("UIDL", "-ERR what?").quit().prints("list", &[], "1 4294967400 -\n");
    Dialogue::new().then("STAT", "+OK 3 4294967800 more").quit().prints("stat", &[], "3 4294967800\n");
    // 8-bit octets and escape sequences: the one is an unique-id, the other none that could be used.
    let odd = || ("UIDL", Step::Send(b"+OK\r\n1 \xff\\\r\n2 \x1b[2J\r\n.\r\n".to_vec()));
    let with_odd = |mut dialogue: Dialogue| {
        let (command, reply) = odd();
        dialogue.0.extend([expect(command), reply]);
        dialogue.quit()
    };
    with_odd(Dialogue::new()).prints("uidl", &[], "1 \\xff\\\\\n2 -\n");
    with_odd(Dialogue::new()).tells("uidl", &["2"], &[("number", 2.into()), ("uid", Value::Null)]);
    with_odd(Dialogue::new()).tells("uidl", &["1"], &[("uid", "\\xff\\\\".into())]);
    with_odd(Dialogue::new().list()).prints("list", &["uid:\\xff\\\\"], "1 10 \\xff\\\\\n");
}

/// One that only the second listing has came in between, and has no size.
#[test]
fn listings_that_disagree() {
    Dialogue::new().list().then("UIDL", "+OK\r\n2 b\r\n3 c\r\n.").quit().prints("list", &[], "1 10 -\n2 20 b\n3 - c\n");
    let dialogue = Dialogue::new().then("LIST", "+OK\r\n.").then("UIDL", "+OK\r\n1 a\r\n.").quit();
    dialogue.tells("list", &[], &[("number", 1.into()), ("octets", Value::Null), ("uid", "a".into())]);
}

#[test]
fn listings_that_make_no_sense_are_named() {
    // Where the number can be read, the size is no more than a hint, but for `list`.
    for (line, named) in [("1 ten", "\"1 ten\""), ("1 -5", "\"1 -5\""), ("1", "\"1\""), ("1 2\r\n1 3", "\"1 3\"")] {
        let list = || Dialogue::new().then("LIST", &format!("+OK\r\n{line}\r\n."));
        list().fails("list", &[], 65, named);
        let (message, mbox) = ("+OK\r\nA: b\r\n\r\nx\r\n.", "A: b\n\nx\n\n");
        let dumped = list().then("RETR 1", message).quit().run("dump", &[]);
        dumped.code(0).prints(mbox);
        list().then("RETR 1", message).quit().prints("retr", &["1"], "A: b\r\n\r\nx\r\n");
        list().then("TOP 1 0", "+OK\r\nA: b\r\n\r\n.").quit().prints("top", &["1"], "A: b\r\n\r\n");
    }
    for (line, named) in [
        ("0 5", "\"0 5\""),
        ("99999999999 5", "\"99999999999 5\""),
        ("\x1b[2J 5", "\"\\x1b[2J 5\""),
        ("2x 20", "\"2x 20\""),
    ] {
        let list = || Dialogue::new().then("LIST", &format!("+OK\r\n{line}\r\n."));
        list().fails("dump", &[], 65, named);
        list().fails("retr", &["1"], 65, named);
        list().fails("top", &["1"], 65, named);
        list().fails("list", &[], 65, named);
        list().fails("dele", &["1", "--yes"], 65, named);
    }
    for (line, named) in [("1 a\r\n1 b", "\"1 b\""), ("one a", "\"one a\""), ("1a", "\"1a\"")] {
        let uidl = |dialogue: Dialogue| dialogue.then("UIDL", &format!("+OK\r\n{line}\r\n."));
        uidl(Dialogue::new()).fails("uidl", &[], 65, named);
        uidl(Dialogue::new()).fails("stat", &["--new"], 65, named);
        uidl(Dialogue::new().list()).fails("list", &[], 65, named);
        uidl(Dialogue::new().list()).fails("retr", &["uid:a"], 65, named);
    }
    let long = format!("+OK\r\n1 {}\r\n.", "u".repeat(1025));
    Dialogue::new().then("UIDL", &long).fails("uidl", &[], 65, "a unique-id of 1025 octets");
    let long = format!("+OK\r\n1 {}\r\n.", "u".repeat(9000));
    Dialogue::new().then("UIDL", &long).fails("uidl", &[], 65, "a line of more than 8192 octets");
    for (reply, says) in [("+OK three", "\"three\""), ("+OK", "\"\""), ("+OK 1 x", "\"1 x\""), ("+OK -1 5", "\"-1 5\"")]
    {
        Dialogue::new().then("STAT", reply).fails("stat", &[], 65, says);
    }
}

/// Some servers answer `LIST 1` in several lines, or with a stray dot: it is never asked for, nor is `UIDL 1` (C-048).
#[test]
fn single_listings_are_never_asked_for() {
    Dialogue::new().list().then("UIDL", "+OK\r\n1 a\r\n2 b\r\n.").quit().prints("list", &["2"], "2 20 b\n");
    Dialogue::new().then("UIDL", "+OK\r\n1 a\r\n2 b\r\n.").quit().prints("uidl", &["2"], "2 b\n");
    Dialogue::new().list().then("RETR 2", "+OK\r\nx\r\n.").quit().prints("retr", &["2"], "x\r\n");
    // Who types it sees what the server says, and then which line was too much.
    let dialogue = Dialogue::new().then("LIST 1", "+OK 1 10\r\n.");
    let ran = sessions([dialogue], |user| run_with_input(&mut user.command("console", &[]), b"LIST 1\nNOOP\n"));
    ran.code(65).prints("+OK 1 10\n").says("sent something unexpected: \".\"");
}

#[test]
fn a_server_without_unique_ids_still_has_messages() {
    let no_uidl = |dialogue: Dialogue| dialogue.then("UIDL", "-ERR unknown command");
    no_uidl(Dialogue::new().list()).quit().prints("list", &[], "1 10 -\n2 20 -\n");
    let no_uid = [("number", 1.into()), ("octets", 10.into()), ("uid", Value::Null)];
    no_uidl(Dialogue::new().list()).quit().tells("list", &["1"], &no_uid);
    for (verb, more) in [("list", &["uid:x"][..]), ("retr", &["uid:x"]), ("top", &["uid:x"])] {
        no_uidl(Dialogue::new().list()).fails(verb, more, 69, "refuses UIDL: unknown command");
    }
    no_uidl(Dialogue::new()).fails("uidl", &[], 69, "refuses UIDL: unknown command");
    no_uidl(Dialogue::new()).fails("stat", &["--new"], 69, "refuses UIDL: unknown command");
    for (reply, code) in [("-ERR unknown command", 69), ("-ERR [SYS/TEMP] later", 75)] {
        let dialogue = Dialogue::new().then("CAPA", "-ERR").then("UIDL", reply);
        let ran = sessions([dialogue], |user| {
            let mut seen = user.home.mailhaul(["state", "seen", &user.url]);
            run(seen.args(&user.flags))
        });
        ran.code(code).says("the server refuses UIDL: ");
    }
    let dele = || no_uidl(Dialogue::new().list());
    dele().then("DELE 2", "+OK").quit().fails("dele", &["2", "--yes"], 0, "1 of 1 message deleted");
    dele().fails("dele", &["2", "--yes", "--verify"], 69, "refuses UIDL");
    let without_an_id = Dialogue::new().list().then("UIDL", "+OK\r\n1 a\r\n2\r\n.");
    without_an_id.fails("dele", &["1-2", "--yes", "--verify"], 69, "message 2 has no unique-id");
}

#[test]
fn a_server_without_top_says_so() {
    let top = |capa: &str, reply: &str| Dialogue::with_capa(capa).list().then("TOP 1 0", reply);
    let ran =
        top("+OK\r\nUIDL\r\n.", "-ERR unknown command").quit().fails("top", &["1"], 69, "message 1: unknown command");
    ran.says("mailhaul retr shows whole messages");
    top("-ERR", "-ERR what?").quit().fails("top", &["1"], 69, "message 1: what?");
    top("+OK\r\nTOP\r\n.", "-ERR [SYS/TEMP] later").quit().fails("top", &["1"], 75, "message 1: [SYS/TEMP] later");
    let uids = "+OK\r\n1 a\r\n2 b\r\n.";
    let listed = |capa: &str| Dialogue::with_capa(capa).list().then("UIDL", uids);
    // What is not listed before the login may be listed after it.
    let never = || listed("+OK\r\nUIDL\r\n.").then("CAPA", "+OK\r\nUIDL\r\n.");
    never().fails("list", &["--headers"], 69, "the server has no TOP");
    let refused = listed("-ERR").then("TOP 1 0", "-ERR what?").then("TOP 2 0", "-ERR what?");
    refused.fails("list", &["--headers"], 69, "refuses TOP, by which headers are fetched: what?");
    // A message that somebody has deleted meanwhile keeps its columns.
    let gone = listed("-ERR").then("TOP 1 0", "-ERR gone").then("TOP 2 0", "+OK\r\nSubject: two\r\n\r\n.").quit();
    let ran = gone.fails("list", &["--headers"], 75, "the header of message 1: gone");
    assert_eq!(ran.stdout, "1 10 a\t\t\t\n2 20 b\t\t\ttwo\n");
    // To delete, nobody needs a header.
    never().then("DELE 1", "+OK").quit().fails("dele", &["1", "--yes"], 0, "1 of 1");
}

#[test]
fn one_message_of_several_that_is_refused_is_named() {
    let refused =
        |reply: &str| Dialogue::new().list().then("RETR 1", "+OK\r\nSubject: 1\r\n\r\n.").then("RETR 2", reply);
    let ran =
        refused("-ERR \x1b[1mcannot be read").quit().fails("retr", &["1-2"], 75, "message 2: \\x1b[1mcannot be read");
    assert_eq!(split_mbox(ran.stdout.as_bytes()), [b"Subject: 1\n\n"]);
    refused("-ERR gone").quit().fails("dump", &["-q"], 75, "message 2: gone");
    let only = |reply: &str| Dialogue::new().list().then("RETR 2", reply).quit();
    only("-ERR [SYS/PERM] never").fails("retr", &["2"], 69, "message 2: [SYS/PERM] never");
    only("-ERR [SYS/TEMP] not now").fails("retr", &["2"], 75, "message 2: [SYS/TEMP] not now");
    refused("+ERR Server error")
        .fails("retr", &["1-2"], 65, "1 of 2 messages is complete")
        .says("\"+ERR Server error\"");
    refused("-ERR going down").fails("retr", &["1-2"], 75, "message 2: going down");
}

/// PIPELINING that is only listed after login, as Gmail does, is worth one more question.
#[test]
fn many_messages_are_asked_for_in_a_row_where_that_is_allowed() {
    let list = "+OK\r\n1 9\r\n2 9\r\n3 9\r\n.";
    let mut dialogue = Dialogue::with_capa("+OK\r\nTOP\r\n.").then("LIST", list).then("CAPA", "+OK\r\nPIPELINING\r\n.");
    dialogue.0.extend([expect("RETR 1"), expect("RETR 2"), expect("RETR 3")]);
    dialogue.0.extend((1..=3).map(|number| send(&format!("+OK\r\nA: {number}\r\n."))));
    let ran = dialogue.quit().run("dump", &[]);
    assert_eq!(split_mbox(ran.code(0).stdout.as_bytes()), [b"A: 1\n", b"A: 2\n", b"A: 3\n"]);
}

/// Data that looks like replies, and messages that are hardly any (C-022, C-023, C-025).
#[test]
fn odd_messages_are_given_out_as_they_are() {
    let retr =
        |body: &str| Dialogue::new().then("LIST", "+OK\r\n1 5\r\n.").then("RETR 1", &format!("+OK\r\n{body}.")).quit();
    retr("").prints("retr", &["1"], "");
    retr("-ERR no\r\n+OK yes\r\n").prints("retr", &["1"], "-ERR no\r\n+OK yes\r\n");
    retr("..\r\n...x\r\n").prints("retr", &["1"], ".\r\n..x\r\n");
    let ran = retr("").run("retr", &["1-"]);
    assert_eq!(split_mbox(ran.code(0).stdout.as_bytes()), [b""], "a range is an mbox, whatever is in it");
    let ran = Dialogue::new().then("LIST", "+OK\r\n1 5\r\n.").stalls("RETR 1").run("retr", &["1"]);
    ran.code(75).says("0 of 1 messages are complete").says("timed out after 3s");
}

#[test]
fn an_empty_maildrop_is_no_error_unless_a_message_is_named() {
    let empty = || Dialogue::new().then("LIST", "+OK\r\n.");
    empty().quit().prints("dump", &[], "");
    empty().quit().prints("retr", &["1-"], "");
    empty().then("UIDL", "+OK\r\n.").quit().prints("list", &["1-"], "");
    empty().then("UIDL", "+OK\r\n.").quit().fails("dele", &["1-", "--yes"], 0, "0 of 0 messages deleted");
    empty().fails("retr", &["1"], 69, "there is no message 1");
    empty().then("UIDL", "+OK\r\n.").fails("dele", &["1-2", "--yes"], 69, "there is no message 1-2");
    let refused = |count: &str| Dialogue::new().then("LIST", "-ERR no listing").then("STAT", count);
    refused("+OK 1 9").fails("dump", &[], 69, "refuses LIST: no listing");
    // C-374: some refuse to list nothing.
    refused("+OK 0 0").quit().prints("dump", &[], "");
    let refused = |count: &str| Dialogue::new().then("UIDL", "-ERR no messages").then("STAT", count);
    refused("+OK 0 0").quit().prints("uidl", &[], "");
    refused("+OK 2 9").fails("uidl", &[], 69, "refuses UIDL: no messages");
}

#[test]
fn what_a_server_does_not_delete_is_not_said_to_be_gone() {
    let listed = || Dialogue::new().list().then("UIDL", "+OK\r\n1 same\r\n2 same\r\n.");
    let one = |dialogue: Dialogue| dialogue.then("DELE 1", "+OK").then("DELE 2", "-ERR read only");
    let ran = one(listed()).quit().fails("dele", &["1-", "--yes"], 75, "1 of 2 messages deleted");
    ran.says("to delete message 2: read only");
    one(listed()).then("RSET", "+OK").quit().fails("dele", &["1-", "--dry-run"], 75, "message 2: read only");
    let both = || listed().then("DELE 1", "+OK").then("DELE 2", "+OK");
    both().then("QUIT", "-ERR some messages not removed").fails(
        "dele",
        &["1-", "--yes"],
        75,
        "may or may not have been deleted",
    );
    let mut silent = both();
    silent.0.push(expect("QUIT"));
    silent.fails("dele", &["1-", "--yes"], 75, "may or may not have been deleted");
    // Two copies under one unique-id: one of them is gone when one of them is left.
    let looks = |left: &str| Dialogue::new().then("UIDL", &format!("+OK\r\n{left}.")).quit();
    let dele = |more: [&'static str; 3]| move |user: &User| user.run("dele", &more);
    let first = || listed().then("DELE 1", "+OK").quit();
    sessions([first(), looks("1 same\r\n")], dele(["1", "--yes", "--verify"])).code(0).says("1 of 1 message deleted");
    let kept = [first(), looks("1 same\r\n2 same\r\n")];
    sessions(kept, dele(["1", "--yes", "--verify"])).code(75).says("0 of 1 message deleted");
    let in_use = Dialogue(vec![send("-ERR [IN-USE] wait")]);
    let ran = sessions([first(), in_use], dele(["1", "--yes", "--verify"]));
    ran.code(75).says("deleted, but the second look failed").says("[IN-USE] wait");
}

/// The limit is named, and can be raised.
#[test]
fn a_listing_of_more_messages_than_are_allowed() {
    let server = Server::start(Config::new(&Maildrop::generated(12, 1, Sizes::Fixed(400))));
    let user = User::clear(&server);
    for (verb, more) in [("list", &[][..]), ("uidl", &[]), ("dele", &["1", "--yes"])] {
        let ran = user.run(verb, &[more, &["--max-listed", "11"]].concat());
        ran.code(65).says("the server lists more than 11 messages").says("raise --max-listed");
        user.run(verb, &[more, &["--max-listed", "12"]].concat()).code(0);
    }
    user.run("list", &["--max-listed", "4000001"]).code(64).says("can be 4000000 at most");
}

/// Headers come one after the other; those that were refused before the first one came have their lines all the same.
#[test]
fn headers_that_are_refused_first() {
    let mut dialogue = Dialogue::with_capa("+OK\r\nUSER\r\nTOP\r\nUIDL\r\n.");
    dialogue = dialogue.then("LIST", "+OK\r\n1 10\r\n2 20\r\n3 30\r\n4 40\r\n.");
    dialogue = dialogue.then("UIDL", "+OK\r\n1 a\r\n2 b\r\n3 c\r\n4 d\r\n.").then("CAPA", "-ERR");
    dialogue =
        dialogue.then("TOP 1 0", "-ERR no").then("TOP 2 0", "-ERR no").then("TOP 3 0", "+OK\r\nSubject: s\r\n\r\n.");
    let ran = sessions([dialogue.then("TOP 4 0", "-ERR no").quit()], |user| user.run("list", &["--headers"]));
    assert_eq!(ran.code(75).stdout, "1 10 a\t\t\t\n2 20 b\t\t\t\n3 30 c\t\t\ts\n4 40 d\t\t\t\n");
    for named in ["message 1", "message 2", "message 4"] {
        ran.says(&format!("the header of {named}: no"));
    }
}

/// Each of these sizes is one that LIST may tell; together they are more than a number holds.
#[test]
fn sizes_that_are_too_much_together() {
    let sizes = Fault::ListSizes((1..=3).map(|number| (number, u64::MAX)).collect());
    let server = Server::start(Config::new(&Maildrop::generated(3, 1, Sizes::Fixed(700))).fault(sizes));
    let user = User::clear(&server);
    user.run("stat", &["--new"]).code(0).prints("3 18446744073709551615\n");
    assert_eq!(split_mbox(user.run("dump", &[]).code(0).stdout.as_bytes()).len(), 3);
    user.run("list", &[]).code(0);
}

#[test]
fn a_look_ends_at_its_deadline() {
    let server = Server::start(Config::default().fault(Fault::Stall(crate::server::Phase::Greeting)));
    let begun = std::time::Instant::now();
    User::clear(&server).run("info", &["--deadline", "1s"]).code(75).says("the deadline passed");
    assert!(begun.elapsed() < std::time::Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[test]
fn capabilities_that_are_none_or_absurd() {
    let ran = Dialogue::new().then("CAPA", "-ERR").quit().run("capa", &[]);
    ran.code(0).says("does not know CAPA");
    assert!(ran.stdout.is_empty());
    let ran = Dialogue::new().then("CAPA", "-ERR").quit().run("capa", &["--json", "-q"]);
    assert!(
        ran.code(0).stdout.ends_with("\"before\":[],\"after\":[]}\n") && ran.stderr.is_empty(),
        "{}",
        ran.everything()
    );
    let odd = Dialogue::with_capa("+OK\r\n\r\nuidl\r\nX-\x1b[2J \x07\r\n.").then("CAPA", "+OK\r\n.").quit();
    odd.prints("capa", &[], "before uidl\nbefore X-\\x1b[2J \\x07\n");
    let many = format!("+OK\r\n{}.", "X-MORE\r\n".repeat(300));
    let long = format!("+OK\r\nX {}\r\n.", "x".repeat(9000));
    for (reply, says) in
        [(&*many, "more than 256 capabilities"), (&long, "more than 8192 octets"), ("* OK", "\"* OK\"")]
    {
        for (verb, more) in
            [("capa", &[][..]), ("stat", &[]), ("list", &[]), ("dump", &[]), ("noop", &[]), ("info", &[])]
        {
            let script = vec![send("+OK"), expect("CAPA"), send(reply)];
            Dialogue(script).fails(verb, more, 65, says);
        }
    }
}

/// What is said unasked is the answer to nothing; what had been answered before stays right (C-087, C-088).
#[test]
fn a_server_that_goes_down_in_the_middle() {
    let down = |command: &str, reply: &str| Dialogue::new().then(command, &format!("{reply}\r\n-ERR going down"));
    down("STAT", "+OK 1 10").prints("stat", &[], "1 10\n");
    down("UIDL", "+OK\r\n1 a\r\n.").prints("uidl", &[], "1 a\n");
    down("LIST", "+OK\r\n1 10\r\n.").fails("retr", &["1"], 65, "sent something unexpected: \"-ERR going down\"");
    down("NOOP", "+OK").fails("noop", &[], 65, "sent something unexpected: \"-ERR going down\"");
    // Closed behind a good reply, and in the middle of one.
    for (verb, more) in [("retr", &["1"][..]), ("dump", &[]), ("list", &[]), ("dele", &["1", "--yes"])] {
        Dialogue::new().list().run(verb, more).code(75).says("closed");
        Dialogue::new().then("LIST", "+OK\r\n1 10").run(verb, more).code(75).says("closed");
    }
}

#[test]
fn a_server_that_falls_silent_is_left_after_the_timeout() {
    let commands: [(&str, &[&str], &str); 8] = [
        ("stat", &[], "STAT"),
        ("list", &[], "LIST"),
        ("uidl", &[], "UIDL"),
        ("top", &["1"], "LIST"),
        ("retr", &["1"], "LIST"),
        ("dump", &[], "LIST"),
        ("dele", &["1", "--yes"], "LIST"),
        ("noop", &[], "NOOP"),
    ];
    std::thread::scope(|scope| {
        for (verb, more, command) in commands {
            scope.spawn(move || Dialogue::new().stalls(command).fails(verb, more, 75, "timed out after 3s"));
        }
    });
}

#[test]
fn replies_and_greetings_that_are_none() {
    let commands = [("stat", "STAT"), ("list", "LIST"), ("dump", "LIST"), ("uidl", "UIDL"), ("noop", "NOOP")];
    for (verb, command) in commands {
        Dialogue::new().then(command, "+ERR no").fails(verb, &[], 65, "not a POP3 reply: \"+ERR no\"");
        Dialogue::new().then(command, "+ go on").fails(verb, &[], 65, &format!("answered {command} with +"));
        Dialogue::new().then(command, "-ERR \x1b[2Jno").fails(verb, &[], 69, "\\x1b[2Jno");
    }
    for verb in ["stat", "list", "uidl", "dump", "noop", "capa", "info", "console"] {
        let greeting = |line: &str| Dialogue(vec![send(line)]);
        greeting("-ERR \x1b]0;owned\x07 go away").fails(verb, &[], 75, "\\x1b]0;owned\\x07 go away");
        greeting("+ERR hello").fails(verb, &[], 65, "\"+ERR hello\"");
        greeting("220 mail ESMTP").fails(verb, &[], 65, "\"220 mail ESMTP\"");
        Dialogue(Vec::new()).fails(verb, &[], 75, "the greeting");
    }
}

#[test]
fn a_console_on_an_awkward_server() {
    let console = |dialogue: Dialogue, input: &'static [u8]| {
        sessions([dialogue], |user| run_with_input(&mut user.command("console", &["-vv"]), input))
    };
    let ran = console(Dialogue::new().then("STAT", "+OK 1 10"), b"STAT\nNOOP\nNOOP\n");
    ran.code(75).prints("+OK 1 10\n").says("closed");
    console(Dialogue::new().then("STAT", "+ERR"), b"STAT\n").code(65).says("\"+ERR\"");
    console(Dialogue::new().then("RETR 9", "-ERR none").quit(), b"RETR 9\n").code(0).prints("-ERR none\n+OK\n");
    // What the server sends is shown, whatever form it has.
    let odd = Dialogue::new().then("RETR 9", "-err\tnone").then("STAT", "+ok  1  10 ");
    console(odd.quit(), b"RETR 9\nSTAT\n").code(0).prints("-err\tnone\n+ok  1  10 \n+OK\n");
    // Nobody can tell that the reply to a verb that is not known has lines; the session goes on behind them.
    let unknown = Dialogue::new().then("XTND XLST", "+OK two\r\n1 one\r\n\t2 +OK\r\n.").then("STAT", "+OK 1 10");
    console(unknown.quit(), b"XTND XLST\nSTAT\n").code(0).prints("+OK two\n1 one\n\t2 +OK\n.\n+OK 1 10\n+OK\n");
    // A server that repeats a password is not repeated by -vv.
    let echo = Dialogue::new().then("PASS hunter2", "-ERR what is PASS hunter2?").quit();
    let ran = console(echo, b"PASS hunter2\n");
    ran.code(0).says("PASS ****");
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.everything());
    let cancelled = Dialogue::new().then("AUTH LOGIN", "+ VXNlcm5hbWU6").then("*", "-ERR cancelled").quit();
    console(cancelled, b"AUTH LOGIN\n*\n").code(0).prints("+ VXNlcm5hbWU6\n-ERR cancelled\n");
}
