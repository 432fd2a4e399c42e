//! A connection that cannot be made names one thing to try.

use super::*;

#[test]
fn a_refused_connection_asks_for_the_port() {
    let home = Home::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let stat = |url: &str| run(&mut home.mailhaul(["stat", url, "--password-file=~/password"]));
    stat(&format!("pop3s://ann@localhost:{free}")).code(75).says("usually 995 (pop3s://) or 110 (pop3://)");
    stat("pop3s://ann@127.0.0.9").code(75).says("With STLS it is port 110: pop3://USER@HOST");
    stat("pop3://ann@127.0.0.9").code(75).says("With TLS it is port 995: pop3s://USER@HOST");
}

#[test]
fn a_server_that_cannot_be_reached_names_one_thing_to_try() {
    let home = Home::new();
    let stat = |url: &str, more: &[&str]| {
        run(&mut home.mailhaul([&["stat", url, "--password-file=~/password"], more].concat()))
    };
    stat("ann@no-such-host.invalid", &[]).says("\n  check ");
    // Of the other family, or without a way there: whatever the machine has, one thing is named.
    let ran = stat("pop3s://ann@[100::1]", &["--timeout=1s"]);
    ran.code(75).says("cannot connect to 100::1 port 995").says("\n  check th");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let proxy = format!("--proxy=socks5://localhost:{free}");
    stat("ann@mail.invalid", &[&proxy]).code(75).says("check that the proxy runs there");
}

#[test]
fn an_address_in_place_of_a_mailbox_is_told_how_it_is_written() {
    let home = Home::new();
    let stat = |url: &str| run(&mut home.mailhaul(["stat", url, "--password-file=~/password"]));
    // No resolver asks anybody for a name with an empty label.
    stat("ann@gmail..com").code(68).says("if ann@gmail..com is the user name: ann@gmail..com@pop.gmail..com");
    let ran = stat("ann@example.org@gmail..com");
    ran.code(68);
    does_not_say(&ran, "is the user name");
}

/// `info` does not log in.
#[test]
fn a_look_at_a_server_needs_no_user() {
    let (server, _) = server(1);
    let home = Home::new();
    let place = format!("localhost:{}", server.port());
    for source in [place.clone(), format!("pop3s://{place}")] {
        let ran = run(&mut home.mailhaul(["info", &source, "--tls=none"]));
        ran.code(0).prints(&format!("server {place}\n")).prints("password not needed: the SOURCE names no user");
        let ran = run(&mut home.mailhaul(["info", &source, "--tls=none", "--json"]));
        ran.code(0).prints(&format!("\"source\":\"pop3://{place}\",\"mailbox\":null"));
    }
    run(&mut home.mailhaul(["info", "localhost:1"])).code(75).says("localhost:1: cannot connect to localhost port 1");
    run(&mut home.mailhaul(["info", "pop3s://ann:hunter2"])).code(64);
    run(&mut home.mailhaul(["info", "work"])).code(78).says("no account is called work");
    run(&mut home.mailhaul(["stat", &place])).code(78).says(&format!("write USER@{place}"));
}
