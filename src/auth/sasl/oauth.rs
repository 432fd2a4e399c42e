//! What the two mechanisms of OAuth 2 have in common: how a server tells of a failure.

use serde_json::Value;

/// What the challenge of a failed login says: `status` of its JSON, and the scope that would be needed (RFC 7628
/// section 3.2.2, C-163), or all of it. Not escaped; what JSON escapes is not, so that a secret can be found in it.
pub(super) fn failure(challenge: &[u8]) -> Vec<u8> {
    let json: Value = serde_json::from_slice(challenge).unwrap_or(Value::Null);
    let said = |key: &str| match &json[key] {
        Value::String(text) => Some(format!("{key} {text}")),
        Value::Number(number) => Some(format!("{key} {number}")),
        _ => None,
    };
    match [said("status"), said("scope")].into_iter().flatten().collect::<Vec<_>>() {
        known if known.is_empty() && json.is_null() => challenge.to_vec(),
        known if known.is_empty() => json.to_string().into_bytes(),
        known => known.join(", ").into_bytes(),
    }
}

/// A `+OK` behind the challenge of a failure is no login (RFC 7628 section 3.2.3).
pub(super) fn unless_failed(has_failed: bool) -> Result<(), String> {
    if has_failed { Err("it has told of a failure before".into()) } else { Ok(()) }
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
            (br#"{"status":"a\u001b[2J"}"#, "status a\x1b[2J"),
            (br#"{"status":["x"]}"#, r#"{"status":["x"]}"#),
            (br#"{"said":"a\/b\u0063"}"#, r#"{"said":"a/bc"}"#),
            (b"no JSON", "no JSON"),
            (b"", ""),
        ];
        for (challenge, expected) in known {
            assert_eq!(failure(challenge), expected.as_bytes());
        }
        assert_eq!(failure(b"no JSON \xff"), b"no JSON \xff");
        assert_eq!(failure(&[b'['; 10_000]), [b'['; 10_000]);
    }
}
