/// An address of mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress {
    /// As it was typed.
    pub whole: String,
    /// Before the last @.
    pub local: String,
    /// Behind it, in ASCII and lower case.
    pub domain: String,
}

impl MailAddress {
    /// Reads one; nothing, if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (local, domain) = text.rsplit_once('@')?;
        let domain =
            if domain.is_ascii() { domain.to_ascii_lowercase() } else { idna::domain_to_ascii(domain).ok()? };
        let is_legal = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        let is_label = |label: &str| !label.is_empty() && label.len() <= 63 && label.bytes().all(is_legal);
        let is_domain = domain.len() <= 253 && domain.contains('.') && domain.split('.').all(is_label);
        let is_local =
            !local.is_empty() && !local.contains(|letter: char| letter.is_control() || letter.is_whitespace());
        (is_domain && is_local).then(|| Self { whole: text.to_owned(), local: local.to_owned(), domain })
    }
}

#[cfg(test)]
mod tests {
    use super::MailAddress;

    #[test]
    fn an_address_has_a_domain() {
        let address = MailAddress::parse("Ann.Smith@Mail.Example.org").unwrap();
        assert_eq!((address.local.as_str(), address.domain.as_str()), ("Ann.Smith", "mail.example.org"));
        assert_eq!(MailAddress::parse("ann@b\u{fc}cher.example").unwrap().domain, "xn--bcher-kva.example");
        for text in [
            "ann",
            "ann@",
            "@example.org",
            "ann@localhost",
            "a b@example.org",
            "ann@exa mple.org",
            "ann@-\n.org",
            "ann@a..b",
        ] {
            assert_eq!(MailAddress::parse(text), None, "{text:?}");
        }
    }
}
