//! The file of another fetcher, pasted into ours: what its first account is here, in lines that can be copied.

/// What such a file says of its first account, as far as it can be told without showing a password.
#[derive(Debug, Default, PartialEq, Eq)]
struct ForeignAccount {
    user: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    begins_in_clear: bool,
    is_imap: bool,
    delivery: ForeignDelivery,
}

/// Where such a program puts the messages. The command itself may hold a password.
#[derive(Debug, Default, PartialEq, Eq)]
enum ForeignDelivery {
    #[default]
    Files,
    Command,
    Lmtp,
    Smtp,
}

/// The program whose file it is, and the account in our words.
pub(super) fn hint(program: &str, text: &str) -> String {
    let account = match program {
        FETCHMAIL => ForeignAccount::of_fetchmail(text),
        MPOP => ForeignAccount::of_mpop(text),
        _ => ForeignAccount::of_getmail(text),
    };
    account.hint(program)
}

/// The program that reads such a file, for a text that is no TOML.
pub(super) fn program(text: &str) -> Option<&'static str> {
    lines(text).find_map(|line| {
        let is_assignment = line.contains('=');
        let word = line.split_whitespace().next().unwrap_or_default().trim_end_matches([':', ',']);
        match word {
            "poll" | "skip" | "set" | "server" if !is_assignment => Some(FETCHMAIL),
            "account" | "defaults" | "host" | "delivery" | "uidls_file" if !is_assignment => Some(MPOP),
            word if SECTIONS_OF_GETMAIL.contains(&word) => Some(GETMAIL),
            _ => None,
        }
    })
}

/// Is it a section of a getmailrc, without its brackets?
pub(super) fn is_of_getmail(section: &str) -> bool {
    SECTIONS_OF_GETMAIL.contains(&format!("[{section}]").as_str())
}

const FETCHMAIL: &str = "fetchmail";
const MPOP: &str = "mpop";
pub(super) const GETMAIL: &str = "getmail";

const SECTIONS_OF_GETMAIL: &[&str] = &["[retriever]", "[destination]", "[options]"];

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

impl ForeignAccount {
    /// Words in any order, several on a line; what follows `password` is passed over.
    fn of_fetchmail(text: &str) -> Self {
        let mut words = lines(text).flat_map(words_of).peekable();
        let mut account = Self { begins_in_clear: true, ..Self::default() };
        while let Some(word) = words.next() {
            match word.as_str() {
                "password" | "pass" | "passwd" | "passwordeval" => drop(words.next()),
                "poll" | "server" | "skip" if account.host.is_some() => break, // the next account
                "poll" | "server" | "skip" => account.host = words.next().and_then(name),
                "via" => account.host = words.next().and_then(name).or(account.host),
                "user" | "username" if account.user.is_none() => account.user = words.next().and_then(name),
                "service" | "port" => account.port = words.next().and_then(port),
                "proto" | "protocol" => account.is_imap = words.next().is_some_and(|word| is_imap(&word)),
                "ssl" => account.begins_in_clear = false,
                "mda" => {
                    words.next();
                    account.delivery = ForeignDelivery::Command;
                }
                "smtphost" | "smtp" => account.delivery = ForeignDelivery::Smtp,
                "lmtp" => account.delivery = ForeignDelivery::Lmtp,
                _ => {}
            }
        }
        account
    }

    /// A word and its value on each line.
    fn of_mpop(text: &str) -> Self {
        let pairs = lines(text).map(|line| line.split_once(char::is_whitespace).unwrap_or((line, "")));
        Self::of_pairs(pairs, |account, key, value| {
            account.begins_in_clear |= key == "tls_starttls" && value == "on" || key == "port" && value == "110";
            match value.split_whitespace().next().filter(|_| key == "delivery") {
                Some("mda") => account.delivery = ForeignDelivery::Command,
                Some("smtp") => account.delivery = ForeignDelivery::Smtp,
                _ => {}
            }
        })
    }

    /// KEY = VALUE on each line.
    fn of_getmail(text: &str) -> Self {
        let pairs = lines(text).filter_map(|line| line.split_once('='));
        Self::of_pairs(pairs, |account, key, value| {
            let is_retriever = key == "type" && value.ends_with("Retriever");
            account.is_imap |= is_retriever && is_imap(value);
            account.begins_in_clear |= is_retriever && !value.contains("SSL");
            match value {
                "MDA_external" if key == "type" => account.delivery = ForeignDelivery::Command,
                "MDA_lmtp" if key == "type" => account.delivery = ForeignDelivery::Lmtp,
                _ => {}
            }
        })
    }

    fn of_pairs<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
        mut note: impl FnMut(&mut Self, &str, &str),
    ) -> Self {
        let mut account = Self::default();
        for (key, value) in pairs {
            let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
            match key {
                "user" | "username" if account.user.is_none() => account.user = name(value.to_owned()),
                "host" | "server" if account.host.is_none() => account.host = name(value.to_owned()),
                "port" if account.port.is_none() => account.port = port(value.to_owned()),
                _ => {}
            }
            note(&mut account, key, value);
        }
        account
    }

    fn hint(&self, program: &str) -> String {
        let scheme = if self.begins_in_clear { "pop3" } else { "pop3s" };
        let user = self.user.as_deref().unwrap_or("USER");
        let host = self.host.as_deref().unwrap_or("HOST");
        // Of IMAP it would be another server's.
        let usual = if self.begins_in_clear { 110 } else { 995 };
        let port = self.port.filter(|port| !self.is_imap && *port != usual);
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let imap = if self.is_imap { "; it names IMAP, but the server must speak POP3" } else { "" };
        format!(
            "this looks like the file of {program}{imap}; `mailhaul migrate {program} FILE` reads it. Here an account is written as\n    [account.NAME]\n    \
             source = \"{scheme}://{user}@{host}{port}\"\n    {}\n    password-file = \"~/.mail-password\"",
            self.delivery.lines()
        )
    }
}

impl ForeignDelivery {
    fn lines(&self) -> &'static str {
        match self {
            Self::Files => "maildir = \"~/Mail\"",
            Self::Command => "pipe = \"COMMAND\"",
            Self::Lmtp => "lmtp = \"/run/dovecot/lmtp\"\n    rcpt = \"USER\"",
            Self::Smtp => "smtp = \"localhost\"\n    rcpt = \"USER\"",
        }
    }
}

fn is_imap(text: &str) -> bool {
    text.to_ascii_lowercase().contains("imap")
}

/// What can be nothing but a name: it is shown as it is.
fn name(word: String) -> Option<String> {
    let is_name = |octet: u8| octet.is_ascii_alphanumeric() || b".-_@".contains(&octet);
    Some(word).filter(|word| !word.is_empty() && word.bytes().all(is_name))
}

fn port(word: String) -> Option<u16> {
    match word.as_str() {
        "pop3" => Some(110),
        "pop3s" => Some(995),
        number => number.parse().ok().filter(|port| *port != 0),
    }
}

/// The words of a line of fetchmail's, quoted ones without their quotes.
fn words_of(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.push(c),
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() || ",;:=".contains(c) => words.push(std::mem::take(&mut word)),
            None => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> String {
        let said = hint(program(text).unwrap(), text);
        let line = said.lines().find_map(|line| line.trim().strip_prefix("source = \"").map(str::to_owned));
        line.unwrap().trim_end_matches('"').to_owned()
    }

    #[test]
    fn a_port_and_a_scheme_are_taken_over() {
        for (text, url) in [
            ("poll h.example proto pop3 user ann pass x ssl", "pop3s://ann@h.example"),
            ("poll h.example proto pop3 user ann pass x", "pop3://ann@h.example"),
            ("poll h.example service 1110 user ann", "pop3://ann@h.example:1110"),
            ("poll home via h.example port 995 user 'ann' ssl", "pop3s://ann@h.example"),
            ("poll a.example user ann\npoll b.example user bob ssl", "pop3://ann@a.example"),
            ("host h.example\nport 1995\nuser ann\ntls on\n", "pop3s://ann@h.example:1995"),
            ("host h.example\nuser ann\ntls on\ntls_starttls on\n", "pop3://ann@h.example"),
            ("host h.example\nuser ann\ntls_starttls off\n", "pop3s://ann@h.example"),
            (
                "[retriever]\ntype = SimplePOP3Retriever\nserver = h.example\nport = 1110\nusername = ann\n",
                "pop3://ann@h.example:1110",
            ),
            (
                "[retriever]\ntype = SimplePOP3SSLRetriever\nserver = h.example\nusername = ann\n",
                "pop3s://ann@h.example",
            ),
        ] {
            assert_eq!(source(text), url, "{text}");
        }
    }

    #[test]
    fn of_imap_it_says_that_the_server_must_speak_pop3() {
        for text in [
            "poll h.example proto imap service 993 user ann ssl",
            "[retriever]\ntype = SimpleIMAPSSLRetriever\nserver = h.example\nport = 993\nusername = ann\n",
        ] {
            assert!(hint(program(text).unwrap(), text).contains("the server must speak POP3"), "{text}");
            assert_eq!(source(text), "pop3s://ann@h.example");
        }
    }

    #[test]
    fn where_mail_goes_is_taken_over() {
        let poll = "poll h.example user ann pass x ssl";
        for (text, line) in [
            (poll.to_owned(), "maildir = \"~/Mail\""),
            (format!("{poll} mda \"procmail -d hunter2\""), "pipe = \"COMMAND\""),
            (format!("{poll} smtphost relay"), "smtp = \"localhost\""),
            (format!("{poll} lmtp"), "lmtp = "),
            ("host h.example\nuser ann\ndelivery mda /usr/bin/procmail\n".into(), "pipe = "),
            ("host h.example\nuser ann\ndelivery mbox ~/x\n".into(), "maildir = "),
            ("[retriever]\nserver = h\n[destination]\ntype = MDA_external\n".into(), "pipe = "),
            ("[retriever]\nserver = h\n[destination]\ntype = MDA_lmtp\n".into(), "lmtp = "),
        ] {
            let said = hint(program(&text).unwrap(), &text);
            assert!(said.contains(line) && !said.contains("hunter2"), "{text}: {said}");
        }
    }

    #[test]
    fn no_password_is_taken_for_a_name() {
        for text in [
            "poll h.example user ann password user",
            "poll h.example password \"my user hunter2\" user ann",
            "poll h.example password hunter2, user ann",
            "host h.example\npassword my user hunter2\nuser ann\n",
            "[retriever]\npassword = user = hunter2\nserver = h.example\nusername = ann\n",
        ] {
            let said = hint(program(text).unwrap(), text);
            assert!(said.contains("ann@h.example") && !said.contains("hunter2"), "{text}: {said}");
        }
    }
}
