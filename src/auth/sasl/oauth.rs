//! What the two mechanisms of OAuth 2 have in common: how a server tells of a failure.

use serde_json::Value;

/// What the challenge of a failed login says: `status` of its JSON, and the scope that would be needed (RFC 7628
/// section 3.2.2, C-163). Escaped, and short.
pub(super) fn failure(challenge: &[u8]) -> String {
    let json: Value = serde_json::from_slice(challenge).unwrap_or(Value::Null);
    let said = |key: &str| match &json[key] {
        Value::String(text) => Some(format!("{key} {}", crate::escape::text(text.as_bytes()))),
        Value::Number(number) => Some(format!("{key} {number}")),
        _ => None,
    };
    match [said("status"), said("scope")].into_iter().flatten().collect::<Vec<_>>() {
        known if known.is_empty() => crate::escape::text(challenge),
        known => known.join(", "),
    }
}

/// A `+OK` behind the challenge of a failure is no login (RFC 7628 section 3.2.3).
pub(super) fn unless_failed(failure: Option<&str>) -> Result<(), String> {
    match failure {
        None => Ok(()),
        Some(failure) => Err(format!("it has told of a failure before: {failure}")),
    }
}

#[cfg(test)]
mod tests {
    use super::failure;

    #[test]
    fn shows_the_status_and_the_scope() {
        let known = [
            (
                &br#"{"status":"invalid_token","scope":"mail","openid-configuration":"x"}"#[..],
                "status invalid_token, scope mail",
            ),
            (br#"{"status":"401","schemes":"bearer"}"#, "status 401"),
            (br#"{"status":401}"#, "status 401"),
            (br#"{"status":"a\u001b[2J"}"#, "status a\\x1b[2J"),
            (br#"{"status":["x"]}"#, r#"{"status":["x"]}"#),
            (b"no JSON \xff", "no JSON \\xff"),
            (b"", ""),
        ];
        for (challenge, expected) in known {
            assert_eq!(failure(challenge), expected);
        }
    }

    #[test]
    fn is_bounded() {
        let long = format!(r#"{{"status":"{}"}}"#, "x".repeat(100_000));
        assert!(failure(long.as_bytes()).len() < 600);
        assert!(failure("[".repeat(100_000).as_bytes()).len() < 600);
    }
}
