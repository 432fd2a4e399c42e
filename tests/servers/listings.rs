//! Listings that are refused, or lack what they should tell.

use super::*;

/// C-374
#[test]
fn a_refusal_to_list_nothing_is_an_empty_maildrop() {
    let refused = || Fault::Reply { verb: "UIDL", raw: b"-ERR no messages\r\n".to_vec() };
    let empty = Maildrop::default();
    for pipelining in [true, false] {
        let config = Config::new(&empty).fault(refused());
        let config = if pipelining { config } else { config.without("PIPELINING") };
        let (home, server) = (Home::new(), Server::start(config));
        run(&mut fetch(&home, &server, &["--delete"])).code(0).silent();
        assert_eq!(server.log()[0].verbs().last().unwrap(), "QUIT");
    }
    let full = Maildrop::generated(2, 1, Sizes::Fixed(400));
    let (home, server) = (Home::new(), Server::start(Config::new(&full).fault(refused())));
    run(&mut fetch(&home, &server, &[])).code(75).says("refuses UIDL now: no messages");
}

/// Perdition lists TOP only after the login.
#[test]
fn what_is_listed_after_the_login_only_is_used() {
    let maildrop = Maildrop::generated(2, 1, Sizes::Fixed(400));
    let after = ["USER", "UIDL", "TOP"];
    let run_list = |server: &Server| {
        let home = Home::new();
        let mut command = home.mailhaul(["list", "--headers", &server.url("ann"), "--tls", "none"]);
        run(command.env("MAILHAUL_PASSWORD", "secret"))
    };
    let server = Server::start(Config::new(&maildrop).capabilities(["USER", "UIDL"], after));
    run_list(&server).code(0);
    let server = Server::start(Config::new(&maildrop).capabilities(["USER", "UIDL"], ["USER", "UIDL"]));
    run_list(&server).code(69).says("the server has no TOP");
    assert_eq!(server.log()[0].count("CAPA"), 2);
    let server = Server::start(Config::new(&maildrop).capabilities(after, after));
    run_list(&server).code(0);
    assert_eq!(server.log()[0].count("CAPA"), 1);
}
