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
    let ran = run(Home::new().mailhaul(["account", "list"]).env("MAILHAUL_ENABLED", "x"));
    ran.code(0).says("enabled can only be set in [account.NAME]");
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
        ("delete_after = '30d'", "write - instead of _: delete-after\n"),
        ("delete_after = 30", "write - instead of _: delete-after = \"30d\"\n"),
        ("max_size = 'big'", "write - instead of _: max-size = \"20M\"\n"),
        ("protocol = 'pop3'", "mailhaul speaks POP3 only"),
        ("maildr = '~/Mail'", "is it maildir?"),
        ("delte = true", "`mailhaul help config` lists the keys"),
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
        ("[accounts.work]\nsource = 'x'\n", "accounts are written as [account.NAME]"),
        ("[accounts]\n", "unknown table [accounts]\n  accounts are written as [account.NAME]"),
        ("[acount.work]\nsource = 'x'\n", "unknown table [acount]\n  is it account?"),
        ("[account]\nsource = 'x'\n", "source is in [account], which names no account"),
        (
            "[[account]]\nsource = 'x'\n",
            "[[account]] must be a table\n  write it as [account.NAME], in single brackets",
        ),
        ("[[defaults]]\n", "[[defaults]] must be a table\n  write it as [defaults], in single brackets"),
        ("defaults = 3\n", "defaults must be a table\n  write it as [defaults]"),
        ("maildir = '~/Mail'\n", "write it below [defaults], for all accounts, or below [account.NAME]"),
        ("source = 'pop3s://ann@mail.invalid'\n", "write it below [account.NAME]: source"),
        ("host = 'mail.invalid'\n", "source = \"pop3s://USER@HOST:PORT\""),
    ] {
        let home = Home::new();
        configure(&home, text);
        let ran = run(&mut home.mailhaul(["account", "list"]));
        ran.code(78).says("config.toml:").says(answer);
        does_not_say(&ran, "this must");
    }
}

/// Each option of fetchmail, getmail6 and mpop that is no key here, and what its answer has to name.
#[test]
fn the_keys_of_other_fetchers_are_answered() {
    for (keys, answer) in [
        ("fetchall read_all", "`mailhaul fetch --all`"),
        ("flush", "flush of fetchmail deletes what was fetched before, and so does delete"),
        ("limit max_message_size skipsize killsize", "max-size = \"20M\""),
        ("fetchlimit max_messages_per_session", "max-messages = 500"),
        ("max_bytes_per_session", "max-bytes = \"100M\""),
        ("daemon interval", "makes fetch stay"),
        ("sslcertck tls_certcheck", "certificates are always checked"),
        ("sslfingerprint tls_fingerprint", "pin names the fingerprint"),
        ("sslproto", "tls-min = "),
        ("logfile syslog message_log", "`mailhaul log`"),
        ("smtphost", "smtp = \"localhost\" names the relay, rcpt = \"ann\" the recipient"),
        ("lmtphost mda_lmtp", "lmtp = \"/run/dovecot/lmtp\""),
        ("service port", "source = \"pop3s://USER@HOST:PORT\""),
        ("expunge batchlimit", "at the end of the session"),
        ("idfile uidls_file", "~/.local/state/mailhaul"),
        ("uidl only_new", "known by their unique-ids"),
        ("postconnect", "in a script"),
        ("verbose", "-v details"),
        ("delivered_to received_header received", "no header added"),
        ("ca_certs tls_trust_file", "ca-file = "),
        ("keyfile", "client-key = "),
        ("certfile", "client-cert = "),
        ("use_netrc", "~/.netrc is looked at"),
        ("retriever", "mailhaul speaks POP3 only"),
        ("type", "maildir = \"~/Mail\""),
        ("tls_starttls", "pop3:// is TLS by STLS"),
        ("filters filter_external", "filter = "),
        ("proxy_host", "proxy = "),
        ("passwordeval", "password-command or password-file"),
        ("mda delivery mda_external", "pipe = [\"maildrop\", \"-d\", \"ann\"]"),
        ("keep", "leave it out: messages stay on the server unless delete or delete-after says otherwise"),
    ] {
        for key in keys.split(' ') {
            let home = Home::new();
            configure(&home, &format!("[account.work]\nsource = 'pop3s://ann@mail.invalid'\n{key} = true\n"));
            let ran = run(&mut home.mailhaul(["account", "list"]));
            ran.code(78).says(&format!("has an unknown key {key}")).says(answer);
            does_not_say(&ran, "delete = ");
        }
    }
}

/// What the page names of other fetchers is a key here, or is answered.
#[test]
fn the_options_of_the_page_for_newcomers_are_answered() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coming-from.md");
    let page = fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && line.matches('|').count() == 5);
    let theirs = rows.flat_map(|row| row.rsplitn(3, '|').last().unwrap().split('`').skip(1).step_by(2));
    let mut count = 0;
    for key in theirs.filter(|key| mailhaul::config::SETTINGS.iter().all(|setting| setting.name != *key)) {
        let home = Home::new();
        configure(&home, &format!("[account.work]\nsource = 'pop3s://ann@mail.invalid'\n{key} = true\n"));
        let ran = run(&mut home.mailhaul(["account", "list"]));
        ran.code(78).says(&format!("has an unknown key {key}"));
        does_not_say(&ran, "lists the keys");
        does_not_say(&ran, "is it ");
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn a_value_that_does_not_suit_is_told_what_does() {
    for (line, answer) in [
        ("delete-after = 30", "must be a number with s, m, h or d behind it, such as 30d"),
        ("timeout = '5x'", "such as 30s"),
        ("max-size = 'x'", "such as 20M"),
        ("tls = true", "tls must be one of implicit, starttls, none"),
    ] {
        let home = Home::new();
        configure(&home, &format!("[account.work]\nsource = 'pop3s://ann@mail.invalid'\n{line}\n"));
        run(&mut home.mailhaul(["account", "list"])).code(78).says(answer);
    }
    run(&mut Home::new().mailhaul(["fetch", "--delete-after", "30"])).code(64).says("such as 30d");
}

#[test]
fn the_keys_are_listed_without_a_manual() {
    let ran = mailhaul(&["help", "config"]);
    ran.code(0).prints("[account.work]");
    for setting in mailhaul::config::SETTINGS {
        ran.prints(&format!("\n{} = {}\n    {}", setting.name, setting.example, setting.help));
    }
    mailhaul(&["help", "nonsense"]).code(64).says("`connection`, `imap` and `config`");
}

/// TOML takes only ASCII without quotes.
#[test]
fn a_name_in_another_script_is_written_in_quotes() {
    let home = Home::new();
    configure(&home, "[account.почта]\nsource = 'pop3s://ann@mail.invalid'\n");
    let ran = run(&mut home.mailhaul(["account", "list"]));
    ran.code(78).says("config.toml:1:").says("write it in quotes: [account.\"почта\"]");
    configure(&home, "[account.\"почта\"]\nsource = 'pop3s://ann@mail.invalid'\n");
    run(&mut home.mailhaul(["account", "list"])).code(0).prints("почта pop3s://ann@mail.invalid");
    let add = |name: &str| {
        run(&mut home.mailhaul(["account", "add", name, "pop3s://ann@mail.invalid", "--maildir", "~/Mail"]))
    };
    add(&"я".repeat(33)).code(64).says("at most 64 octets (32 Cyrillic letters)");
    add(&"я".repeat(32)).code(0);
}

#[test]
fn the_file_takes_a_source_without_a_scheme_as_the_command_line_does() {
    let home = Home::new();
    configure(&home, "[account.work]\nsource = 'carl@localhost:1'\nmaildir = '~/Mail'\npassword-file = '~/password'\n");
    run(&mut home.mailhaul(["account", "show", "work"])).code(0).prints("carl@localhost:1");
    run(&mut home.mailhaul(["account", "list", "--json"])).code(0).prints("\"source\":\"pop3s://carl@localhost:1\"");
    run(&mut home.mailhaul(["fetch", "work"])).code(75).says("cannot connect to localhost port 1");
    configure(&home, "[account.work]\nsource = 'mail.example.org:1995'\n");
    run(&mut home.mailhaul(["account", "list"])).code(78).says("write USER@mail.example.org:1995");
    configure(&home, "[account.work]\nsource = 'ann:hunter2@mail.example.org'\n");
    let ran = run(&mut home.mailhaul(["account", "list"]));
    ran.code(78).says("source: ");
    does_not_say(&ran, "hunter2");
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
    let (tls, clear) = ("pop3s://ann@mail.example.org", "pop3://ann@mail.example.org");
    for (program, text, url) in [
        ("fetchmail", fetchmail, tls),
        ("fetchmail", fetchmail_long, clear),
        ("getmail", getmail, tls),
        ("getmail", getmail_quoted, tls),
        ("mpop", mpop, tls),
    ] {
        let home = Home::new();
        configure(&home, text);
        let ran = run(&mut home.mailhaul(["fetch"]));
        ran.code(78).says(&format!("this looks like the file of {program}; ")).says(&format!(
            "    [account.NAME]\n    source = \"{url}\"\n    maildir = \"~/Mail\"\n    password-file = "
        ));
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
