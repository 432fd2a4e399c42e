//! Variables that begin as ours do, and that nothing reads: what is said of them.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::{SETTINGS, Setting, nearest};

/// A variable that looks like one of ours and says nothing to us.
pub struct UnknownVariable {
    /// Its name, escaped. Its value may be a secret.
    pub name: String,
    /// What may have been meant, or what is to be done.
    pub hint: String,
}

/// The variables of this process that begin as ours do, and that nothing reads, in the order of their names.
pub fn unknown_variables() -> Vec<UnknownVariable> {
    let known: Vec<String> =
        SETTINGS.iter().filter(|setting| setting.is_for_environment()).map(Setting::variable).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).chain(OTHERS.iter().copied()).collect();
    let is_unknown = |name: &OsStr, value: &OsStr| {
        let octets = name.as_bytes();
        octets.starts_with(PREFIX.as_bytes()) && !known.iter().any(|known| name == *known) && !is_injected(name, value)
    };
    let mut names: Vec<OsString> =
        std::env::vars_os().filter(|(name, value)| is_unknown(name, value)).map(|(name, _)| name).collect();
    names.sort();
    let unknown = |name: &OsString| {
        let name = crate::escape::text(name.as_bytes());
        let hint = hint_for(&name, &known);
        UnknownVariable { name, hint }
    };
    names.iter().map(unknown).collect()
}

/// Kubernetes tells every container of every Service, and Docker of every link, by variables that begin with its name: a
/// Service `mailhaul` is nothing that anybody has said to us.
fn is_injected(name: &OsStr, value: &OsStr) -> bool {
    let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
    let of_service = |(_, rest): (&str, &str)| rest == "HOST" || rest == "PORT" || rest.starts_with("PORT_");
    // MAILHAUL_PORT=tcp://10.0.0.1:110, MAILHAUL_PORT_110_TCP, MAILHAUL_PORT_110_TCP_ADDR
    let of_port = |(_, rest): (&str, &str)| {
        let mut words = rest.split('_');
        let is_number = words.next().is_some_and(|word| !word.is_empty() && word.bytes().all(|c| c.is_ascii_digit()));
        let is_protocol = words.next().is_some_and(|word| ["TCP", "UDP", "SCTP"].contains(&word));
        let is_part = matches!(words.next(), None | Some("PROTO" | "PORT" | "ADDR"));
        is_number && is_protocol && is_part && words.next().is_none()
    };
    name.rsplit_once("_SERVICE_").is_some_and(of_service)
        || name.rmatch_indices("_PORT_").any(|(at, _)| of_port((&name[..at], &name[at + "_PORT_".len()..])))
        || name.ends_with("_PORT") && value.contains("://")
}

fn hint_for(name: &str, known: &[&str]) -> String {
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.variable() == name) {
        return format!("{} can only be set in [account.NAME] of the configuration file", setting.name);
    }
    let own = name.strip_prefix(PREFIX).unwrap_or_default();
    if let Some((_, answer)) = HABITS.iter().find(|(names, _)| names.contains(&own)) {
        return (*answer).to_owned();
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("is it {near}?"),
        None => {
            "unset it if it is not needed; `mailhaul help config` lists the keys, each of which has a variable".into()
        }
    }
}

const PREFIX: &str = "MAILHAUL_";

/// Those that are not made of the name of a setting.
const OTHERS: &[&str] = &[
    "MAILHAUL_SOURCE",
    "MAILHAUL_CONFIG",
    "MAILHAUL_STATE_DIR",
    // Flags that are no settings.
    "MAILHAUL_JSON",
    "MAILHAUL_QUIET",
    "MAILHAUL_VERBOSE",
    "MAILHAUL_COLOR",
    "MAILHAUL_DRY_RUN",
];

/// What people set as other containers take it, and how it is said here. No answer is something that deletes.
const HABITS: &[(&[&str], &str)] = &[
    (
        &["HOST", "HOSTNAME", "SERVER", "PORT", "USER", "USERNAME", "LOGIN", "URL", "ADDRESS", "ACCOUNT"],
        "server, user and port are written as one: MAILHAUL_SOURCE=pop3s://USER@HOST:PORT",
    ),
    (&["PASS", "SECRET", "SECRET_FILE"], "MAILHAUL_PASSWORD_FILE names a file with the password"),
    (&["INTERVAL", "DAEMON", "SCHEDULE", "CRON"], "MAILHAUL_EVERY=5m fetches every five minutes"),
    (&["ALL"], "only the command line can say that: `mailhaul fetch --all` fetches everything once more"),
    (&["KEEP"], "leave it out: messages stay on the server by default"),
    (
        &["DEBUG", "LOG_LEVEL", "LOGLEVEL"],
        "MAILHAUL_VERBOSE=1 prints details, MAILHAUL_VERBOSE=2 the conversation with the server",
    ),
    (&["STATE", "DATA", "DATA_DIR"], "MAILHAUL_STATE_DIR names the folder of the fetch history"),
    (&["CONFIG_FILE", "CONFIG_PATH"], "MAILHAUL_CONFIG names the configuration file"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_says_of_a_service_is_no_slip() {
        let is = |name: &str, value: &str| is_injected(name.as_ref(), value.as_ref());
        for (name, value) in [
            ("MAILHAUL_SERVICE_HOST", "10.0.0.1"),
            ("MAILHAUL_SERVICE_PORT", "110"),
            ("MAILHAUL_SERVICE_PORT_POP3", "110"),
            ("MAILHAUL_PORT", "tcp://10.0.0.1:110"),
            ("MAILHAUL_PORT_110_TCP", "tcp://10.0.0.1:110"),
            ("MAILHAUL_PORT_110_TCP_PROTO", "tcp"),
            ("MAILHAUL_PORT_110_TCP_PORT", "110"),
            ("MAILHAUL_PORT_110_TCP_ADDR", "10.0.0.1"),
            ("MAILHAUL_PORT_53_UDP", "udp://10.0.0.1:53"),
            ("MAILHAUL_AT_HOME_SERVICE_HOST", "10.0.0.1"),
            ("MAILHAUL_AT_HOME_PORT_110_TCP_ADDR", "10.0.0.1"),
            ("MAILHAUL_PORT_PORT_110_TCP", "tcp://10.0.0.1:110"), // of a Service `mailhaul-port`
        ] {
            assert!(is(name, value), "{name}");
        }
        for (name, value) in [
            ("MAILHAUL_PORT", "995"),
            ("MAILHAUL_PORT_110", "995"),
            ("MAILHAUL_PORT_110_TCP_X", "995"),
            ("MAILHAUL_PORT__TCP", "995"),
            ("MAILHAUL_SERVICE", "pop3s"),
            ("MAILHAUL_SERVICE_NAME", "pop3s"),
            ("MAILHAUL_SUORCE", "pop3s://ann@mail.example.org"),
        ] {
            assert!(!is(name, value), "{name}");
        }
    }

    #[test]
    fn no_answer_deletes_and_none_is_of_a_name_that_is_known() {
        for (names, answer) in HABITS {
            assert!(!answer.contains("DELETE") && !answer.ends_with('.'), "{answer}");
            for name in *names {
                let variable = format!("{PREFIX}{name}");
                assert!(!OTHERS.contains(&variable.as_str()), "{variable}");
                assert!(SETTINGS.iter().all(|setting| setting.variable() != variable), "{variable}");
            }
        }
    }
}
