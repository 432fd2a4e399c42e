//! What large providers want before a login by POP3 works. None of it was tried with them.

/// A provider, by the end of its servers' names.
struct Provider {
    hosts: &'static [&'static str],
    /// One sentence, without a dot.
    advice: &'static str,
}

/// What is to be known before the login.
pub(super) fn notes(host: &str) -> Vec<String> {
    advice(host).map(|advice| format!("Note: {advice}.")).into_iter().collect()
}

/// The same, after a refused login.
pub(super) fn advice(host: &str) -> Option<&'static str> {
    let is_of = |provider: &&Provider| {
        provider
            .hosts
            .iter()
            .any(|end| host == *end || host.ends_with(end) && host[..host.len() - end.len()].ends_with('.'))
    };
    PROVIDERS.iter().find(is_of).map(|provider| provider.advice)
}

const PROVIDERS: &[Provider] = &[
    Provider {
        hosts: &["gmail.com", "googlemail.com"],
        advice: "Gmail wants POP switched on (Settings, Forwarding and POP/IMAP), and an app password (two-step verification) or \
                 OAuth2 instead of the password of the account",
    },
    Provider {
        hosts: &["outlook.com", "office365.com", "live.com", "hotmail.com"],
        advice: "Microsoft takes only OAuth2: --oauth-provider microsoft with the id of an application of yours",
    },
    Provider {
        hosts: &["yahoo.com", "yahoo.co.jp", "aol.com"],
        advice: "Yahoo and AOL want an app password (Account security, Generate app password)",
    },
    Provider {
        hosts: &["gmx.net", "gmx.com", "gmx.de", "web.de"],
        advice: "GMX and web.de want POP3 and IMAP switched on (Settings, POP3 & IMAP)",
    },
    Provider {
        hosts: &["t-online.de"],
        advice: "t-online.de wants the password for mail programs, which is set in the customer centre",
    },
    Provider {
        hosts: &["mail.ru", "yandex.ru", "yandex.com"],
        advice: "the provider wants POP3 switched on, and an app password",
    },
    Provider {
        hosts: &["qq.com", "163.com", "126.com"],
        advice: "the provider wants POP3 switched on, and its authorization code as the password",
    },
    Provider {
        hosts: &["orange.fr", "free.fr", "laposte.net"],
        advice: "the provider may want access by mail programs switched on",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_known_by_whole_labels() {
        assert!(advice("pop.gmail.com").unwrap().contains("Gmail"));
        assert!(advice("outlook.office365.com").is_some() && advice("web.de").is_some());
        assert_eq!((advice("notgmail.com"), advice("pop.example.org")), (None, None));
    }
}
