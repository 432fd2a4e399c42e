//! What the codes of providers mean, and what to do about each. What is done depends on `error` alone: these numbers may
//! change, so they only explain.

/// One thing to try, for an error of a provider; none where its own words have to do.
pub(super) fn advice(code: &str, words: &str) -> Option<&'static str> {
    number(words).and_then(of_microsoft).or_else(|| of_word(code, words))
}

/// Is the device flow itself what is not allowed?
pub(super) fn is_about_the_device_flow(code: &str, words: &str) -> bool {
    match number(words) {
        Some(number) => matches!(number, 53003 | 530_032 | 53000 | 7_000_218),
        None => matches!(code, "unauthorized_client" | "invalid_scope" | "unsupported_grant_type"),
    }
}

/// The 50126 of `AADSTS50126: ..`.
fn number(words: &str) -> Option<u32> {
    let rest = words.split("AADSTS").nth(1)?;
    let digits = rest.find(|letter: char| !letter.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

fn of_microsoft(number: u32) -> Option<&'static str> {
    Some(match number {
        65001 => "consent is missing: log in again, and agree to what is asked",
        65004 => "consent was declined: log in again, and agree to what is asked",
        90094 | 90095 => "an administrator of the organisation must consent to this application",
        50126 => "the user name or the password is wrong",
        50034 => "there is no such user in this organisation: is oauth-tenant right?",
        50053 => "the account is locked: wait, or ask the administrator",
        50055 => "the password has expired: change it, and log in again",
        50057 => "the account is disabled: ask the administrator",
        50074 | 50076 | 50079 => "a second factor is wanted: log in again",
        53003 | 530_032 => {
            "a policy of the organisation blocks this: try oauth-flow = \"browser\", or ask the administrator"
        }
        53000 => "the organisation wants a managed device: ask the administrator",
        70016 | 70018 => "the code was not typed in, or not rightly: run the same command again",
        70019 => "the code has expired: run the same command again",
        70008 | 700_082 | 50173 | 70043 => "the consent has expired or was revoked: log in again",
        7_000_218 => "allow public client flows for the application, or give its secret: oauth-client-secret",
        7_000_215 => "oauth-client-secret is wrong: it is the value of the secret, not its id",
        7_000_222 => "oauth-client-secret has expired: make another one",
        700_016 => "the application is unknown in this organisation: check oauth-client-id and oauth-tenant",
        90002 => "the tenant is unknown: check oauth-tenant",
        50194 | 9_001_023 => "the application is of one organisation: name it by oauth-tenant",
        50011 => "register the address http://localhost for the application (mobile and desktop applications)",
        70011 => "the scope is not one of this application: check oauth-scope",
        _ => return None,
    })
}

fn of_word(code: &str, words: &str) -> Option<&'static str> {
    Some(match code {
        "invalid_grant" => {
            "log in again; Google ends a consent after a change of the password, after six months without use, and, while the \
             application is only in testing, after seven days"
        }
        "admin_policy_enforced" => "the administrator of the Google Workspace must allow this application",
        "org_internal" => "the application is of another organisation: use one of yours",
        "access_denied" => {
            "agree to what is asked; while an application of Google is only in testing, the user must be one of its test users"
        }
        "redirect_uri_mismatch" => {
            "the application must be of the type desktop app, or have the address http://127.0.0.1"
        }
        "invalid_client" => "check oauth-client-id and oauth-client-secret",
        "unauthorized_client" => "the application may not do this: check its kind and its permissions at the provider",
        "invalid_scope" => "check oauth-scope",
        _ if words.contains("API has not been used") => "switch the Gmail API on for the application's project",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_before_the_word() {
        assert!(advice("invalid_grant", "AADSTS50055: The password is expired.").unwrap().contains("change it"));
        assert!(advice("invalid_grant", "AADSTS1: x").unwrap().contains("six months"));
        assert!(advice("invalid_grant", "Token has been expired or revoked.").unwrap().contains("seven days"));
        assert_eq!(advice("odd", "AADSTS"), None);
        assert_eq!(advice("odd", "AADSTS99999999999: x"), None);
    }

    #[test]
    fn a_flow_that_is_blocked_is_told_from_a_user_who_said_no() {
        assert!(is_about_the_device_flow("invalid_grant", "AADSTS53003: Blocked"));
        assert!(is_about_the_device_flow("invalid_scope", ""));
        assert!(
            !is_about_the_device_flow("access_denied", "")
                && !is_about_the_device_flow("invalid_grant", "AADSTS50126: x")
        );
    }
}
