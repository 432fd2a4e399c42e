//! Several accounts in one run, side by side.

use super::server::{Config, Maildrop, Server, Sizes};
use super::util::{Home, assert_same_messages, run};

/// Whichever account comes first makes the Maildir, the folder that it is in, and each of its folders; the others find
/// them made, at whatever moment they come. On a disk, where that takes a while.
#[test]
fn accounts_make_one_maildir_at_once() {
    let users: Vec<String> = (0..ACCOUNTS).map(|number| format!("user{number}")).collect();
    let maildrops: Vec<Maildrop> = (0..ACCOUNTS).map(|seed| Maildrop::generated(1, seed, Sizes::Fixed(500))).collect();
    let server = |(user, maildrop): (&String, &Maildrop)| Server::start(Config::new(maildrop).login(user, "secret"));
    let servers: Vec<Server> = users.iter().zip(&maildrops).map(server).collect();
    let mut urls = servers.iter().zip(&users).map(|(server, user)| server.url(user));
    let first = urls.next().unwrap();
    let others: Vec<String> = urls.collect();
    let mut expected: Vec<Vec<u8>> = maildrops.iter().map(|maildrop| maildrop.expected_lf(0)).collect();
    expected.sort();
    for _ in 0..ROUNDS {
        let home = Home::on_disk();
        let maildir = home.path("a/b/Mail");
        let flags = ["--tls", "none", "--jobs", "8", "--maildir", maildir.to_str().unwrap()];
        run(home.fetch(&first, &flags).args(&others)).code(0).silent();
        let delivered = super::util::names(&maildir.join("new")).into_iter().map(|path| std::fs::read(path).unwrap());
        let mut delivered: Vec<Vec<u8>> = delivered.collect();
        delivered.sort();
        assert_same_messages(&delivered, &expected);
    }
}

const ACCOUNTS: u64 = 8;

/// Accounts come to the same step at the same moment in every tenth round or so.
const ROUNDS: usize = 15;
