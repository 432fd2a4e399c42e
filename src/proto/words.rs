//! What the words of a refusal say where no response code does: will it pass by itself?
//!
//! Servers older than response codes (RFC 2449, 3206) have only words for it (C-115). They are looked for as whole words,
//! since "lock" is in "blocked" and "in use" in "in user name"; and by where they stand, since a greeting knows of no
//! user yet.

use super::ResponseCode;

/// What was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The connection.
    Greeting,
    /// A command before the login, mostly the login itself.
    Login,
    /// A command after the login.
    Mailbox,
}

/// May the same command succeed later, without anybody's help? By the response code if there is one, else by the words.
pub fn is_temporary(occasion: Occasion, text: &[u8]) -> bool {
    if let Some(code) = ResponseCode::parse(text) {
        return code.is_temporary();
    }
    let text = String::from_utf8_lossy(text).to_lowercase();
    let words = words_of(&text);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| has_phrase(&words, phrase));
    match occasion {
        // Nobody has said anything yet that could be wrong.
        Occasion::Greeting => true,
        Occasion::Mailbox => says(LATER) || says(BUSY),
        // One text for every reason, as some providers have it, names the password among others: then it may be that.
        Occasion::Login if says(SECRET) => false,
        Occasion::Login => says(LATER) || !says(TURNED_AWAY) && (says(BUSY) || says(TROUBLE)),
    }
}

/// Is it about the command or the mechanism, which the server does not know, and not about the secret that came with it?
pub fn is_about_command(text: &[u8]) -> bool {
    says_without_code(text, COMMAND) && !says_without_code(text, SECRET)
}

/// Is it about the binding of the login to the TLS session (RFC 5802 section 7; Cyrus says "bad protocol")?
pub fn is_about_binding(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_lowercase();
    let words = words_of(&text);
    ["channel binding*", "bad protocol"].iter().any(|phrase| has_phrase(&words, phrase))
}

/// Has the login been good, and is what is in the mailbox the trouble?
pub fn is_about_mailbox(text: &[u8]) -> bool {
    says_without_code(text, MAILBOX) && !says_without_code(text, SECRET)
}

/// A response code says more than the words behind it.
fn says_without_code(text: &[u8], phrases: &[&str]) -> bool {
    if ResponseCode::parse(text).is_some() {
        return false;
    }
    let text = String::from_utf8_lossy(text).to_lowercase();
    let words = words_of(&text);
    phrases.iter().any(|phrase| has_phrase(&words, phrase))
}

fn words_of(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// `phrase` is words, of which the last may end in `*`: then only its beginning counts.
fn has_phrase(words: &[&str], phrase: &str) -> bool {
    let wanted: Vec<&str> = phrase.split(' ').collect();
    let is_like = |(word, wanted): (&&str, &&str)| match wanted.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == wanted,
    };
    words.windows(wanted.len()).any(|window| window.iter().zip(&wanted).all(is_like))
}

/// It is about the credentials. From Dovecot, Courier, Cyrus, qpopper, Exchange, Zimbra, QQ and NetEase.
const SECRET: &[&str] = &[
    "password*",
    "passwd",
    "passphrase",
    "username",
    "user name",
    "userid",
    "user id",
    "credential*",
    "authentication fail*",
    "authentication credentials",
    "authorization code",
    "invalid login",
    "bad login",
    "login incorrect",
    "unknown user",
    "no such user",
];

/// The server does not know a command, or not in this form. From Dovecot, qpopper, popa3d, mailutils, Exchange, hMailServer.
const COMMAND: &[&str] = &[
    "too many arguments",
    "too many parameters",
    "wrong number of arguments",
    "invalid number of arguments",
    "unknown command",
    "unknown or unimplemented command",
    "unrecognized command",
    "unrecognised command",
    "unsupported command",
    "invalid command",
    "bad command",
    "illegal command",
    "command unrecognized",
    "command unknown",
    "command not",
    "command is not",
    "not implemented",
    "unimplemented",
    "syntax error",
    "bad syntax",
    "invalid syntax",
    "unknown authentication",
    "unknown auth",
    "unknown mechanism",
    "unknown sasl",
    "unsupported authentication",
    "unsupported mechanism",
    "unsupported sasl",
    "mechanism not",
    "mechanism is not",
    "authentication method not",
    "authentication type not",
];

/// From solid-pop3d, which reads the mailbox before it answers PASS.
const MAILBOX: &[&str] = &["damaged", "corrupt*", "malformed mailbox", "invalid mailbox format"];

/// The server says itself that it is a matter of time, or of how often it is asked. From Yahoo, Outlook.com ("Exceeded the
/// login limit for a 15 minute period"), Dovecot, iCloud, GMX.
const LATER: &[&str] = &[
    "temporar*",
    "try again",
    "try later",
    "please try",
    "please retry",
    "retry later",
    "again later",
    "come back later",
    "login limit",
    "login rate",
    "rate limit*",
    "login delay",
    "minute period",
    "throttl*",
    "too often",
    "too frequent*",
    "too fast",
    "too many login*",
    "too many session*",
    "too many concurrent",
    "too many simultaneous",
    "too many request*",
    "too many attempt*",
    "too many failed",
];

/// A person has to do something about the account. Without a word on time this outweighs a busy server.
const TURNED_AWAY: &[&str] = &[
    "blocked",
    "disabled",
    "suspended",
    "deactivated",
    "banned",
    "expired",
    "account locked",
    "account is locked",
    "account has been locked",
    "account was locked",
    "denied",
    "not allowed",
    "not enabled",
    "not permitted",
];

/// The server, or another session, stands in the way. From qpopper, UW, Courier, Cyrus, popa3d, Perdition.
const BUSY: &[&str] = &[
    "lock*",
    "busy",
    "in use",
    "being used",
    "wait",
    "unavailable",
    "overload*",
    "shutting down",
    "maintenance",
    "connection limit",
    "limit reached",
    "too many connection*",
    "too many open",
    "too many user*",
    "too many process*",
];

/// The server is in trouble. Of one message it may be said for ever, so that there it counts as any other refusal.
const TROUBLE: &[&str] = &[
    "not available",
    "timeout",
    "timed out",
    "internal error",
    "internal server error",
    "system error",
    "server error",
    "out of memory",
    "cannot connect",
    "could not connect",
    "unable to connect",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn response_codes_come_first() {
        assert!(is_temporary(Occasion::Login, b"[SYS/TEMP] wrong password"));
        assert!(is_temporary(Occasion::Greeting, b"[SYS/TEMP] no"));
        assert!(!is_temporary(Occasion::Greeting, b"[SYS/PERM] busy, try again"));
        assert!(!is_temporary(Occasion::Login, b"[AUTH] temporarily locked, try again later"));
    }

    #[test]
    fn what_a_person_has_to_look_at_is_not_temporary() {
        for text in [
            "Error in user name or password",
            "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or \
             system is busy",
            "Your account has been blocked",
            "account is locked, wait for the operator",
            "too many arguments",
            "Too many arguments for AUTH",
            "Username or password wrong, too many attempts; try again later",
            "mail access is not allowed",
            "unknown command",
            "invalid password",
            "blocked",
            "clocking",
            "",
        ] {
            assert!(!is_temporary(Occasion::Login, text.as_bytes()), "{text}");
        }
        for text in
            ["no such message", "message is damaged", "not supported", "blocked by a virus scanner", "internal error"]
        {
            assert!(!is_temporary(Occasion::Mailbox, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_is_about_the_command_is_not_about_the_secret() {
        for text in [
            "Too many arguments",
            "unknown command",
            "Syntax error",
            "Unknown authentication mechanism",
            "Command not recognized",
            "authentication method not supported",
        ] {
            assert!(is_about_command(text.as_bytes()), "{text}");
        }
        for text in ["authentication failed", "syntax error in password", "[AUTH] unknown command", "", "unknown user"]
        {
            assert!(!is_about_command(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn other_reasons_have_words_too() {
        for text in
            ["[AUTH] authenticating: bad protocol / cancel", "channel-bindings-dont-match", "Channel Binding failed"]
        {
            assert!(is_about_binding(text.as_bytes()), "{text}");
        }
        assert!(!is_about_binding(b"[AUTH] authentication failure"));
        assert!(is_about_mailbox(b"message is damaged") && !is_about_mailbox(b"password damaged"));
    }

    #[test]
    fn what_passes_is_temporary() {
        for text in [
            "Your mailbox is already locked",
            "/var/mail/.ann.pop lock busy!  Is another session active? (11)",
            "Unable to lock maildrop",
            "mailbox in use",
            "Exceeded the login limit for a 15 minute period. Reduce the frequency of requests to the POP3 server.",
            "Account is temporarily blocked",
            "Too many logins, come back later",
            "Too many connections from your host",
            "Service temporarily unavailable",
            "Internal server error",
            "LOGIN-DELAY not expired yet, wait",
        ] {
            assert!(is_temporary(Occasion::Login, text.as_bytes()), "{text}");
        }
        for text in ["mailbox locked", "I/O timeout, try again", "Server is overloaded"] {
            assert!(is_temporary(Occasion::Mailbox, text.as_bytes()), "{text}");
        }
        for text in ["Service currently not available", "Connection limit reached", "Server shutting down", "go away"] {
            assert!(is_temporary(Occasion::Greeting, text.as_bytes()), "{text}");
        }
    }
}
