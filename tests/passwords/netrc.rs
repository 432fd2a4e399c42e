//! `~/.netrc`, whose entries are for many programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::util::{Home, run, without_terminal};
use super::{assert_not_shown, mailhaul, ran, server};

/// [`super::PASSWORD`] in the file's own quotes.
const QUOTED: &str = "\"Tr0ub\\\\4dor & \u{e9}3 staple\"";

fn home(netrc: &str) -> Home {
    let home = Home::new();
    home.write_private(".netrc", netrc.replace("QUOTED", QUOTED).as_bytes());
    home
}

#[test]
fn the_entry_that_fits_is_used() {
    let server = server();
    for netrc in [
        "machine localhost login ann password QUOTED",
        "machine LOCALHOST\n\tlogin ann\n\tpassword QUOTED\n",
        "machine localhost login bob password wrong machine localhost password QUOTED",
        "# machine localhost login ann password wrong\nmachine other.example.org password wrong\ndefault login ann password QUOTED",
        "machine localhost login ann password Tr0ub\\\\4dor\\ &\\ \u{e9}3\\ staple",
    ] {
        let home = home(netrc);
        for more in [&[][..], &["-vv"], &["--json"]] {
            let ran = ran(&home, &server, "fetch", more);
            ran.code(0);
            assert_not_shown(&home, &ran);
        }
    }
}

#[test]
fn a_file_that_others_can_read_is_refused_if_it_would_be_used() {
    let server = server();
    let fits = home("machine localhost login ann password QUOTED");
    fs::set_permissions(fits.path(".netrc"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = ran(&fits, &server, "stat", &[]);
    refused.code(78).says("holds passwords and can be read by others").says("chmod 600 ").says(".netrc");
    assert_not_shown(&fits, &refused);
    // What is in there for other hosts is none of our business.
    let other = home("machine other.example.org password QUOTED");
    fs::set_permissions(other.path(".netrc"), fs::Permissions::from_mode(0o644)).unwrap();
    let nothing = run(&mut without_terminal(&mailhaul(&other, &server, "stat", &[])));
    nothing.code(78).says(": no password, and no terminal to ask for it");
    assert!(!nothing.stderr.contains("chmod"), "{}", nothing.everything());
    assert_eq!(server.connections(), 0);
}

/// It is named where nothing else has a password, and is no obstacle where something has.
#[test]
fn a_file_that_cannot_be_read_is_a_reason_and_no_obstacle() {
    let server = server();
    let folder = Home::new();
    fs::create_dir(folder.path(".netrc")).unwrap();
    let latin = Home::new();
    latin.write_private(".netrc", b"machine localhost login ann password \xe9\n");
    for (home, says) in [(&folder, "cannot read "), (&latin, "is not UTF-8")] {
        let command = mailhaul(home, &server, "stat", &[]);
        run(&mut without_terminal(&command)).code(78).says(says).says("no terminal to ask for it");
        run(mailhaul(home, &server, "stat", &[]).env("MAILHAUL_PASSWORD", super::PASSWORD)).code(0);
    }
}

/// Whatever is in the quotes is the password, and so a line end at its end is not cut off: it is refused, as it would be
/// a command. It may stand there as itself, or as the escape that curl knows.
#[test]
fn a_password_with_a_line_end_is_refused() {
    let server = server();
    for end in ["\r\n", "\n", "\r", "\\r\\n", "\\n", "\\t", "\r\nDELE 1"] {
        let home = home(&format!("machine localhost login ann password \"Tr0ub{end}\"\n"));
        let refused = ran(&home, &server, "stat", &[]);
        refused.code(78).says(".netrc has a line end").says("two of them");
        assert_not_shown(&home, &refused);
    }
    assert_eq!(server.connections(), 0);
}

/// An editor may put a byte-order mark before the first word, which is then no word that anybody knows.
#[test]
fn a_byte_order_mark_is_named() {
    let server = server();
    let home = home("\u{feff}machine localhost login ann password QUOTED");
    let command = mailhaul(&home, &server, "stat", &[]);
    run(&mut without_terminal(&command)).code(78).says("begins with a byte-order mark").says("UTF-8 without one");
    assert_eq!(server.connections(), 0);
}

/// Services have such a home; there is no configuration file there either.
#[test]
fn a_home_that_is_no_folder_is_no_home() {
    let (home, server) = (Home::new(), server());
    let mut command = mailhaul(&home, &server, "stat", &[]);
    run(command.env("HOME", "/dev/null").env("MAILHAUL_PASSWORD", super::PASSWORD)).code(0);
    let command = command.env_remove("MAILHAUL_PASSWORD");
    let ran = run(&mut without_terminal(command));
    ran.code(78).says(": no password, and no terminal to ask for it").says("--password-command");
    assert!(!ran.stderr.contains("/dev/null"), "{}", ran.everything());
}
