//! The line that closes the fetch of an account.

use super::*;

#[test]
fn it_says_what_is_new_and_where_and_what_the_server_has() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(2000));
    let (home, server) = (Home::new(), Server::start(Config::new(&maildrop)));
    let accounts = [("work", &server)];
    assert_eq!(
        last_line(&fetch(&home, &accounts, &[])),
        "work: 2 new messages (3.8 KiB) in ~/Mail; kept on the server"
    );
    assert_eq!(last_line(&fetch(&home, &accounts, &[])), "work: no new messages");
    assert_eq!(last_line(&fetch(&home, &accounts, &["--delete"])), "work: no new messages; 2 deleted from the server");
    let (home, maildrop) = (Home::new(), Maildrop::generated(1, 2, Sizes::Fixed(2000)));
    let server = Server::start(Config::new(&maildrop));
    let mbox = home.mbox();
    let flags = ["--delete", "--mbox", mbox.to_str().unwrap()];
    let mut terminal = Terminal::run(&fetch(&home, &[("work", &server)], &flags));
    terminal.wait_for("Go on?");
    terminal.type_keys(b"y\n");
    assert_eq!(last_line_of(&terminal.finish()), "work: 1 new message (2.0 KiB) in ~/mbox; 1 deleted from the server");
}

#[test]
fn it_is_for_a_terminal_alone() {
    let server = Server::start(Config::new(&Maildrop::generated(2, 1, Sizes::Fixed(2000))));
    let home = Home::new();
    let accounts = [("work", &server)];
    run(&mut fetch(&home, &accounts, &[])).code(0).silent();
    run(&mut fetch(&home, &accounts, &["-v"])).code(0).says("work: no new messages");
    assert_eq!(Terminal::run(&fetch(&home, &accounts, &["--all", "-q"])).finish().code(0).stdout, "");
}
