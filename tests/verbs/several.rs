//! Without a SOURCE: all enabled accounts, and one that fails does not stop the others.

use super::*;
use crate::terminal::Terminal;

/// Two accounts that work, one between them that does not, and one that is not enabled.
fn accounts() -> (Home, [Server; 3]) {
    let [one, two] =
        [1, 2].map(|number| Server::start(Config::new(&Maildrop::generated(number, 5, Sizes::Fixed(700)))));
    let bad = Server::start(Config::new(&Maildrop::generated(0, 1, Sizes::Fixed(1))).login("ann", "another"));
    let home = Home::new();
    let mut file = "[defaults]\ntls = \"none\"\npassword-file = \"~/password\"\n".to_owned();
    for (name, server) in [("one", &one), ("bad", &bad), ("two", &two)] {
        file.push_str(&format!("[account.{name}]\nsource = \"{}\"\n", server.url("ann")));
    }
    file.push_str("[account.old]\nsource = \"pop3://ann@unknown.invalid\"\nenabled = false\n");
    home.write_private("config.toml", file.as_bytes());
    (home, [one, two, bad])
}

fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = home.mailhaul(args);
    command.env("MAILHAUL_CONFIG", home.path("config.toml"));
    command
}

#[test]
fn stat_list_noop_and_info_mean_all_accounts() {
    let (home, servers) = accounts();
    let octets = |server: &Server| server.maildrop().all().iter().map(|message| message.octets()).collect::<Vec<_>>();
    let [one, two] = [octets(&servers[0]), octets(&servers[1])];
    let stat = run(&mut command(&home, &["stat"]));
    stat.code(77).says("mailhaul: bad: ");
    assert_eq!(stat.stdout, format!("one 1 {}\ntwo 2 {}\n", one[0], two[0] + two[1]));

    let list = run(&mut command(&home, &["list", "--headers"]));
    list.code(77);
    let begins: Vec<String> =
        list.stdout.lines().map(|line| line.split_inclusive(' ').take(3).collect::<String>()).collect();
    assert_eq!(begins, [format!("one 1 {} ", one[0]), format!("two 1 {} ", two[0]), format!("two 2 {} ", two[1]),]);
    let objects = run(&mut command(&home, &["list", "--json"])).code(77).stdout.clone();
    let messages = objects.lines().map(json).filter(|object| object["type"] == "message");
    let accounts: Vec<_> = messages.map(|object| object["account"].as_str().unwrap().to_owned()).collect();
    assert_eq!(accounts, ["one", "two", "two"]);
    let shown = Terminal::run(&command(&home, &["list"])).finish().code(77).stdout.clone();
    assert!(shown.contains("account  number  octets  unique-id"), "{shown}");

    let noop = run(&mut command(&home, &["noop"]));
    noop.code(77);
    let names: Vec<_> = noop.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert!(names.contains(&"bad") && noop.stdout.contains("two quit "), "{}", noop.everything());

    let info = run(&mut command(&home, &["info"]));
    info.code(0);
    assert!(
        info.stdout.contains("account one\n") && info.stdout.contains("\n\naccount bad\n"),
        "{}",
        info.everything()
    );
}

/// A line has the same form, whether there is one account or more.
#[test]
fn the_name_is_there_even_of_one_account() {
    let server = Server::start(Config::new(&Maildrop::generated(1, 5, Sizes::Fixed(700))));
    let home = Home::new();
    let file =
        format!("[account.one]\nsource = \"{}\"\ntls = \"none\"\npassword-file = \"~/password\"\n", server.url("ann"));
    home.write_private("config.toml", file.as_bytes());
    run(&mut command(&home, &["stat"])).code(0).prints("one 1 ");
    assert!(run(&mut command(&home, &["stat", "one"])).code(0).stdout.starts_with("1 "));
    assert!(run(&mut command(&home, &["list"])).code(0).stdout.starts_with("one 1 "));
    assert!(run(&mut command(&home, &["list", "one"])).code(0).stdout.starts_with("1 "));
}

#[test]
fn without_an_account_it_says_what_to_do() {
    let home = Home::new();
    for verb in ["stat", "list", "noop", "info"] {
        run(&mut home.mailhaul([verb])).code(64).says("mailhaul account add");
    }
}
