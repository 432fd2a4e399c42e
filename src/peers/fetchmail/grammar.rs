//! What may stand in a fetchmailrc: the options, their forms, and what ends them.

/// How many words an option has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arity {
    /// None.
    Switch,
    /// One, whatever it is.
    One,
    /// As many as there are before the next keyword.
    Many,
    /// A number, if one follows, and then one.
    Envelope,
}

/// An option by any of its names: the usual one, and its form.
pub(super) fn option(word: &str) -> Option<(&'static str, Arity)> {
    OPTIONS.iter().find(|(names, _)| names.contains(&word)).map(|(names, form)| (names[0], *form))
}

/// The same with `no` before it, as one word.
pub(super) fn denied(word: &str) -> Option<(&'static str, Arity)> {
    word.strip_prefix("no").and_then(option).filter(|(_, form)| *form == Arity::Switch)
}

/// A word of `set`: has it a value?
pub(super) fn global(word: &str) -> Option<(&'static str, Arity)> {
    GLOBALS.iter().find(|(name, _)| *name == word).copied()
}

/// Is it an option of a server? Those come before the first user.
pub(super) fn is_of_server(name: &str) -> bool {
    OPTIONS.iter().take_while(|(names, _)| names[0] != "user").any(|(names, _)| names[0] == name)
}

/// Words that say nothing.
pub(super) const NOISE: &[&str] = &["and", "with", "has", "wants", "options"];

/// What begins a server.
pub(super) const POLL: &[&str] = &["poll", "server", "skip"];

/// Does the word, without quotes, end a list of words?
pub(super) fn is_keyword(word: &str) -> bool {
    option(word).is_some()
        || denied(word).is_some()
        || NOISE.contains(&word)
        || POLL.contains(&word)
        || ["set", "defaults", "no", "here", "there"].contains(&word)
}

const OPTIONS: &[(&[&str], Arity)] = &[
    // of a server
    (&["via"], Arity::One),
    (&["protocol", "proto"], Arity::One),
    (&["port", "service"], Arity::One),
    (&["auth", "authenticate", "preauth"], Arity::One),
    (&["timeout"], Arity::One),
    (&["interval"], Arity::One),
    (&["uidl"], Arity::Switch),
    (&["dns"], Arity::Switch),
    (&["checkalias"], Arity::Switch),
    (&["envelope"], Arity::Envelope),
    (&["qvirtual"], Arity::One),
    (&["aka"], Arity::Many),
    (&["localdomains", "local"], Arity::Many),
    (&["interface"], Arity::One),
    (&["monitor"], Arity::One),
    (&["plugin"], Arity::One),
    (&["plugout"], Arity::One),
    (&["principal"], Arity::One),
    (&["esmtpname"], Arity::One),
    (&["esmtppassword"], Arity::One),
    (&["tracepolls"], Arity::Switch),
    (&["bad-header", "badheader"], Arity::One),
    (&["retrieve-error", "retrieveerror"], Arity::One),
    // of a user
    (&["user", "username"], Arity::One),
    (&["password", "pass"], Arity::One),
    (&["passwordeval"], Arity::One),
    (&["passwordfile"], Arity::One),
    (&["passwordfd"], Arity::One),
    (&["is", "to"], Arity::Many),
    (&["folder", "remotefolder"], Arity::Many),
    (&["smtphost", "smtp"], Arity::Many),
    (&["fetchdomains"], Arity::Many),
    (&["smtpaddress"], Arity::One),
    (&["smtpname"], Arity::One),
    (&["antispam", "spam", "spamresponse"], Arity::Many),
    (&["mda"], Arity::One),
    (&["bsmtp"], Arity::One),
    (&["lmtp"], Arity::Switch),
    (&["preconnect", "preconn"], Arity::One),
    (&["postconnect", "postconn"], Arity::One),
    (&["keep"], Arity::Switch),
    (&["flush"], Arity::Switch),
    (&["limitflush"], Arity::Switch),
    (&["fetchall"], Arity::Switch),
    (&["rewrite"], Arity::Switch),
    (&["stripcr"], Arity::Switch),
    (&["forcecr"], Arity::Switch),
    (&["pass8bits"], Arity::Switch),
    (&["dropstatus"], Arity::Switch),
    (&["dropdelivered"], Arity::Switch),
    (&["mimedecode"], Arity::Switch),
    (&["idle"], Arity::Switch),
    (&["limit"], Arity::One),
    (&["warnings"], Arity::One),
    (&["fetchlimit"], Arity::One),
    (&["fetchsizelimit"], Arity::One),
    (&["fastuidl"], Arity::One),
    (&["batchlimit"], Arity::One),
    (&["expunge"], Arity::One),
    (&["ssl"], Arity::Switch),
    (&["sslmode"], Arity::One),
    (&["sslkey"], Arity::One),
    (&["sslcert"], Arity::One),
    (&["sslproto"], Arity::One),
    (&["sslprotocolversion"], Arity::One),
    (&["sslcertck"], Arity::Switch),
    (&["sslcertfile"], Arity::One),
    (&["sslcertpath"], Arity::One),
    (&["sslcommonname"], Arity::One),
    (&["sslfingerprint"], Arity::One),
    (&["properties"], Arity::One),
];

/// After `set`; some can be denied.
const GLOBALS: &[(&str, Arity)] = &[
    ("daemon", Arity::One),
    ("postmaster", Arity::One),
    ("logfile", Arity::One),
    ("idfile", Arity::One),
    ("pidfile", Arity::One),
    ("properties", Arity::One),
    ("syslog", Arity::Switch),
    ("invisible", Arity::Switch),
    ("showdots", Arity::Switch),
    ("bouncemail", Arity::Switch),
    ("spambounce", Arity::Switch),
    ("softbounce", Arity::Switch),
];
