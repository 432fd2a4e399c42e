//! The settings of a process that stays, and of what is told when something goes wrong: a part of the table.

use super::choices::words;
use super::setting::{Form, Scope, Section, Setting};
use super::values;
use crate::config::LogFormat;

/// In the order of the manual.
pub(super) const STAYING: &[Setting] = &[
    Setting::new("every", Form::Special("a duration, or none"), "Stay, and fetch again every TIME, such as 5m; none fetches once")
        .details(
            "If one of several accounts has it, mailhaul stays for all of them; those without it are fetched every 5 minutes. \
             SIGUSR1 fetches at once, SIGHUP reads the configuration again, SIGTERM ends. With --dry-run it is ignored.",
        )
        .flag(Section::Staying, "TIME")
        .check_with(|raw| values::every(raw).map(drop))
        .default("none")
        .example(r#""5m""#),
    Setting::new("max-backoff", Form::Duration, "With every: wait up to TIME between attempts while an account fails")
        .details("The time between attempts doubles with each failure, up to TIME or every, whichever is longer. This is remembered across restarts.")
        .rare_flag(Section::Staying, "TIME")
        .default("1h")
        .example(r#""30m""#),
    Setting::new("tolerate", Form::Duration, "Say nothing of failures, and exit with 0, until an account has failed for TIME")
        .details(
            "Then the failure is said once, and again only if it becomes worse; one more line tells when the account works again. \
             With every, failures are said once without it, too. It does not apply on a terminal, and not to messages that are \
             given up.",
        )
        .flag(Section::Staying, "TIME")
        .example(r#""1h""#),
    Setting::new("remind-every", Form::Duration, "Tell of trouble again every TIME while it lasts")
        .rare_flag(Section::Staying, "TIME")
        .default("never")
        .example(r#""1d""#),
    Setting::new("on-failure", Form::Command, "Run this shell command when an account starts to fail")
        .details(
            "After the time of tolerate, if that is set, and again if the trouble becomes worse. It gets a JSON object on \
             standard input: account, since, attempts, kind, text. If it fails, it is run again at the next attempt. {account} in \
             the command is the name of the account.",
        )
        .flag(Section::Staying, "CMD")
        .example(r#""mail -s 'mailhaul: {account} fails' ann@example.org""#),
    Setting::new("on-recovery", Form::Command, "Run this shell command when an account works again after on-failure")
        .details("It gets the same JSON object. {account} in the command is the name of the account.")
        .flag(Section::Staying, "CMD")
        .example(r#""mail -s 'mailhaul: {account} works' ann@example.org""#),
    Setting::new("silent-after", Form::Duration, "Treat it as trouble when no new message has come for TIME, such as 7d")
        .rare_flag(Section::Staying, "TIME")
        .default("never")
        .example(r#""7d""#),
    Setting::new("log-format", Form::Choice(words::<LogFormat>), "Print messages as log lines with time, account and event: text or json")
        .details(
            "On standard error. The manual of mailhaul-fetch lists the events. Under systemd each line has its priority, and text \
             lines have no time, as the journal adds it.",
        )
        .flag(Section::Staying, "FORMAT")
        .scope(Scope::Defaults)
        .default("text with every, else plain messages")
        .example(r#""json""#),
];
