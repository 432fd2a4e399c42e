/// A response code in brackets at the start of a reply's text (RFC 2449 section 8, RFC 3206, RFC 6856).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseCode {
    /// `[AUTH]`: the credentials are the problem.
    Auth,
    /// `[IN-USE]`: the credentials were right, another session holds the maildrop (C-111).
    InUse,
    /// `[LOGIN-DELAY]`: too soon after the last login (C-112).
    LoginDelay,
    /// `[SYS/PERM]`: needs the operator (C-113).
    SysPerm,
    /// `[SYS/TEMP]`: will pass (C-113).
    SysTemp,
    /// `[UTF8]`: needs the UTF8 command first (C-116).
    Utf8,
}

impl ResponseCode {
    /// Reads the code at the start of a reply's text. Sub-levels that are not known mean their parent; a bracket
    /// that is no code at all, as in Exchange's greeting, is `None` (C-109, C-201).
    pub fn parse(text: &[u8]) -> Option<Self> {
        let inside = text.strip_prefix(b"[")?;
        let end = inside.iter().position(|&octet| octet == b']')?;
        let code = std::str::from_utf8(&inside[..end]).ok()?.to_ascii_uppercase();
        let mut levels = code.split('/');
        match (levels.next()?, levels.next()) {
            ("AUTH", _) => Some(Self::Auth),
            ("IN-USE", _) => Some(Self::InUse),
            ("LOGIN-DELAY", _) => Some(Self::LoginDelay),
            ("SYS", Some("PERM")) => Some(Self::SysPerm),
            ("SYS", _) => Some(Self::SysTemp),
            ("UTF8", _) => Some(Self::Utf8),
            _ => None,
        }
    }

    /// Will the same command succeed later without anybody's help?
    pub fn is_temporary(self) -> bool {
        matches!(self, Self::InUse | Self::LoginDelay | Self::SysTemp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_at_the_start_only() {
        assert_eq!(ResponseCode::parse(b"[IN-USE] x"), Some(ResponseCode::InUse));
        assert_eq!(ResponseCode::parse(b"[sys/perm] x"), Some(ResponseCode::SysPerm));
        assert_eq!(ResponseCode::parse(b"[SYS/NEW/DEEP] x"), Some(ResponseCode::SysTemp));
        assert_eq!(ResponseCode::parse(b"x [IN-USE]"), None);
        assert_eq!(ResponseCode::parse(b"[UABSADg4ADAAQQ==]"), None);
        assert_eq!(ResponseCode::parse(b"[IN-USE"), None);
    }
}
