//! Unknown variables, and configuration files that look like another program's.

use super::*;

#[test]
fn an_unknown_variable_is_said_once_with_the_nearest_name() {
    let (server, _) = server(1);
    let home = Home::new();
    let (first, second) = (server.url("ann"), "pop3://bob@localhost:1");
    let words = ["stat", "--tls=none", "--password-file=~/password", &first, second];
    let ran = run(home.mailhaul(words).env("MAILHAUL_MAILDR", "hunter2"));
    ran.says("the variable MAILHAUL_MAILDR is unknown, and ignored\n  is it MAILHAUL_MAILDIR?");
    assert_eq!(ran.stderr.matches("MAILHAUL_MAILDR").count(), 1, "{}", ran.everything());
    does_not_say(&ran, "hunter2");
    let mut quiet = home.mailhaul(["account", "list", "-q"]);
    run(quiet.env("MAILHAUL_MAILDR", "x")).code(0).silent();
    let known = [("MAILHAUL_TIMEOUT", "9s"), ("MAILHAUL_OAUTH_CLIENT_SECRET", "x"), ("MAILHAUL_JOBS", "2")];
    run(home.mailhaul(["account", "list"]).envs(known)).code(0).silent();
}

#[test]
fn no_variable_is_answered_by_one_that_deletes() {
    let ran = run(Home::new().mailhaul(["account", "list"]).env("MAILHAUL_DELTE", "true"));
    ran.code(0).says("MAILHAUL_DELTE is unknown");
    does_not_say(&ran, "MAILHAUL_DELETE");
    let ran = run(Home::new().mailhaul(["account", "list"]).env("MAILHAUL_STATE_KEY", "x"));
    ran.code(0).says("state-key can only be set in [account.NAME]");
}

#[test]
fn a_key_of_another_program_is_answered_by_ours() {
    for (key, answer) in [
        ("url = 'x'", "source = \"pop3s://USER@HOST\""),
        ("host = 'mail.invalid'", "source = \"pop3s://USER@HOST:PORT\""),
        ("server = 'mail.invalid'", "source = \"pop3s://USER@HOST:PORT\""),
        ("user = 'ann'", "source = \"pop3s://USER@HOST:PORT\""),
        ("username = 'ann'", "source = \"pop3s://USER@HOST:PORT\""),
        ("port = 995", "source = \"pop3s://USER@HOST:PORT\""),
        ("ssl = true", "pop3s:// in the source is TLS from the start"),
        ("passwd = 'hunter2'", "password-command or password-file"),
        ("password_file = '~/pw'", "write - instead of _: password-file"),
        ("delete_after = '30d'", "write - instead of _: delete-after"),
        ("protocol = 'pop3'", "mailhaul speaks POP3 only"),
        ("maildr = '~/Mail'", "is it maildir?"),
        ("delte = true", "mailhaul-config(5) lists the keys"),
    ] {
        let home = Home::new();
        configure(&home, &format!("[account.work]\nsource = 'pop3s://ann@mail.invalid'\n{key}\n"));
        let ran = run(&mut home.mailhaul(["account", "list"]));
        ran.code(78).says("config.toml:3:1: [account.work] has an unknown key").says(answer);
        does_not_say(&ran, "hunter2");
    }
}

#[test]
fn what_stands_outside_of_its_table_is_told_where_it_belongs() {
    for (text, answer) in [
        ("[work]\nsource = 'pop3s://ann@mail.invalid'\n", "an account is written as [account.work]"),
        ("[accounts.work]\nsource = 'x'\n", "is it account?"),
        ("maildir = '~/Mail'\n", "write it below [defaults], for all accounts, or below [account.NAME]"),
        ("source = 'pop3s://ann@mail.invalid'\n", "write it below [account.NAME]: source"),
        ("host = 'mail.invalid'\n", "source = \"pop3s://USER@HOST:PORT\""),
    ] {
        let home = Home::new();
        configure(&home, text);
        run(&mut home.mailhaul(["account", "list"])).code(78).says("config.toml:1:").says(answer);
    }
}

#[test]
fn the_file_of_another_program_is_told_how_to_write_it_here() {
    let fetchmail =
        "# mine\nset daemon 300\npoll mail.example.org proto pop3 user \"ann\" password \"hunter2\" ssl keep\n";
    let fetchmail_long =
        "poll mail.example.org with protocol pop3\n  user ann there with password hunter2 is ann here\n";
    let getmail = "[retriever]\ntype = SimplePOP3SSLRetriever\nserver = mail.example.org\nusername = ann\npassword = hunter2\n\
                   [destination]\ntype = Maildir\npath = ~/Mail/\n";
    let getmail_quoted = "[retriever]\ntype = 'SimplePOP3SSLRetriever'\nserver = 'mail.example.org'\nusername = 'ann'\npassword = 'hunter2'\n";
    let mpop = "defaults\ntls on\n\naccount work\nhost mail.example.org\nuser ann\npassword hunter2\ndelivery maildir ~/Mail\n";
    for (program, text) in [
        ("fetchmail", fetchmail),
        ("fetchmail", fetchmail_long),
        ("getmail", getmail),
        ("getmail", getmail_quoted),
        ("mpop", mpop),
    ] {
        let home = Home::new();
        configure(&home, text);
        let ran = run(&mut home.mailhaul(["fetch"]));
        ran.code(78)
            .says(&format!("this looks like the file of {program}; "))
            .says("[account.NAME], and below it source = \"pop3s://ann@mail.example.org\"");
        let place = ran.stderr.split("config.toml:").nth(1).unwrap();
        assert!(place.starts_with(|c: char| c.is_ascii_digit()), "{}", ran.everything());
        does_not_say(&ran, "hunter2");
    }
}

/// Not of another program: a mistake in our own file.
#[test]
fn a_slip_in_our_own_file_is_one() {
    let home = Home::new();
    configure(&home, "[account.work]\nsource = pop3s://ann@mail.invalid\n");
    let ran = run(&mut home.mailhaul(["account", "list"]));
    ran.code(78).says("config.toml:2:");
    does_not_say(&ran, "this looks like");
}
