//! What configurations mean, where a slip would lose mail, delete it, or trust too much.

use super::*;

/// The settings of the first account, as they are written.
fn settings(config: &PeerConfig) -> Vec<String> {
    let settings = config.accounts[0].settings.as_ref().unwrap();
    settings.iter().map(|(setting, raw)| format!("{} = {}", setting.name, raw.in_file())).collect()
}

fn of_fetchmail(text: &str) -> Vec<String> {
    settings(&fetchmail::read(text, Some("carol")))
}

fn of_mpop(text: &str) -> Vec<String> {
    settings(&mpop::read(text))
}

fn of_getmail(text: &str) -> Vec<String> {
    let start = "[retriever]\ntype = SimplePOP3SSLRetriever\nserver = a.example\nusername = ann\n";
    settings(&getmail::read(&format!("{start}{text}"), "work"))
}

#[track_caller]
fn has(settings: &[String], wanted: &str) {
    assert!(settings.iter().any(|setting| setting == wanted), "{wanted} is not in {settings:?}");
}

#[track_caller]
fn has_not(settings: &[String], key: &str) {
    assert!(!settings.iter().any(|setting| setting.starts_with(&format!("{key} ="))), "{key} is in {settings:?}");
}

/// It may have read the mailbox by IMAP, and has left there what was read.
#[test]
fn nothing_is_deleted_where_fetchmail_may_have_used_imap() {
    for protocol in ["", "protocol auto"] {
        has_not(&of_fetchmail(&format!("poll a.example {protocol} user ann password x ssl mda cat")), "delete");
    }
    has(&of_fetchmail("poll a.example protocol pop3 user ann password x ssl mda cat"), "delete = true");
    has_not(&of_fetchmail("poll a.example protocol pop3 user ann password x ssl mda cat keep"), "delete");
}

#[test]
fn mail_for_nobody_is_for_whoever_runs_fetchmail() {
    has(&of_fetchmail("poll a.example protocol pop3 user ann password x"), "rcpt = \"carol@localhost\"");
    has(&of_fetchmail("poll a.example protocol pop3 user ann password x is bob here"), "rcpt = \"bob@localhost\"");
}

#[test]
fn local_users_add_up_and_several_are_a_multidrop() {
    let several = of_fetchmail("poll a.example protocol pop3 user shared password x is ann here is bob here");
    has(&several, "enabled = false");
    has_not(
        &of_fetchmail("defaults is ann here\npoll a.example protocol pop3 user x password y is bob here"),
        "enabled",
    );
}

#[test]
fn users_may_stand_the_other_way_round() {
    let settings = of_fetchmail("poll a.example protocol pop3 user ann here is robert there password x ssl");
    has(&settings, "source = \"pop3s://robert@a.example\"");
    has(&settings, "rcpt = \"ann@localhost\"");
}

/// A file that is named counts alone; only the well-known ones are those of the system.
#[test]
fn trust_becomes_no_wider() {
    let start = "account a\nhost a.example\ntls on\nuser ann\npassword x\ndelivery maildir ~/M\n";
    let named = of_mpop(&format!("{start}tls_trust_file /etc/ssl/corp/cert.pem\n"));
    has(&named, "ca-file = \"/etc/ssl/corp/cert.pem\"");
    has(&named, "roots = \"none\"");
    has(&of_mpop(&format!("{start}tls_trust_file /etc/ssl/certs/ca-certificates.crt\n")), "roots = \"system\"");
    let pin = "ab".repeat(32);
    let pinned = of_mpop(&format!("{start}tls_fingerprint {pin}\ntls_trust_file\n"));
    has(&pinned, "roots = \"none\"");
    has(&pinned, &format!("pin = [\"{pin}\"]").replace(['[', ']'], ""));
    let folder = of_fetchmail("poll a.example protocol pop3 user ann password x ssl sslcertpath /home/ann/ca");
    has_not(&folder, "roots");
}

/// getmail puts variables and the home folder in; a shell does the same for a command.
#[test]
fn variables_of_getmail_stay_variables() {
    has(&of_getmail("[destination]\ntype = Maildir\npath = $HOME/M/\n"), "maildir = \"$HOME/M/\"");
    let external = "[destination]\ntype = MDA_external\npath = /usr/bin/procmail\n";
    let settings = of_getmail(&format!("{external}arguments = ('-f', '%(sender)', '-m', '~/x', 'a \"$USER\"')\n"));
    let command = r#"/usr/bin/procmail -f "$MAILHAUL_SAFE_SENDER" -m "$HOME/x" "a \"$USER\"""#;
    has(&settings, &format!("pipe = '{command}'"));
    has(&of_getmail(&format!("{external}arguments = ('-d', 'a b')\n")), r#"pipe = ["/usr/bin/procmail", "-d", "a b"]"#);
}

#[test]
fn options_of_getmail_may_be_indented() {
    let text = "[retriever]\n   username = ann\n   password = hunter2\n   type = SimplePOP3SSLRetriever\nserver = a.example\n\
                [destination]\n  type = Maildir\n  path =\n    ~/M/\n";
    let config = getmail::read(text, "work");
    has(&settings(&config), "source = \"pop3s://ann@a.example\"");
    has(&settings(&config), "maildir = \"~/M/\"");
    assert!(matches!(&config.accounts[0].secret, PeerSecret::Password(password) if password.as_str() == "hunter2"));
}

/// A line of the sender's own would be one of the message.
#[test]
fn the_first_line_of_an_mbox_is_one_line() {
    let external = "[destination]\ntype = MDA_external\npath = /bin/cat\nunixfrom = true\n";
    let settings = of_getmail(external);
    let pipe = settings.iter().find_map(|setting| setting.strip_prefix("pipe = ")).unwrap();
    assert!(pipe.contains("printf 'From %s %s") && !pipe.contains("echo"), "{pipe}");
}

/// Each account with twice the one before it: of each option there is only one.
#[test]
fn parents_of_parents_do_not_grow() {
    let accounts = (1..60).map(|number| format!("account a{number} : a{}, a{}\n", number - 1, number - 1));
    let text =
        format!("account a0\nhost a.example\nuser ann\ntls on\ndelivery maildir ~/M\n{}", accounts.collect::<String>());
    assert_eq!(mpop::read(&text).accounts.len(), 60);
}
