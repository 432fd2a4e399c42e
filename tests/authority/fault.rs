//! What the authority can do wrong.

use serde_json::Value;

/// A place where requests go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Authorize,
    Device,
    Introspect,
    /// Takes tokens back (RFC 7009).
    Revoke,
    Token,
}

impl Endpoint {
    pub(super) const ALL: [Self; 5] = [Self::Authorize, Self::Device, Self::Introspect, Self::Revoke, Self::Token];

    /// The path of its URL.
    pub fn path(self) -> &'static str {
        match self {
            Self::Authorize => "/authorize",
            Self::Device => "/device",
            Self::Introspect => "/introspect",
            Self::Revoke => "/revoke",
            Self::Token => "/token",
        }
    }
}

/// A deviation from the well-behaved authority.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status with this body, whatever was asked for; nothing is granted.
    Answer { status: u16, content_type: &'static str, body: Vec<u8> },
    /// Closes without an answer; nothing is granted.
    Close,
    /// Grants, and closes without an answer: a new refresh token is lost on its way.
    CloseAfterGrant,
    /// Replaces or adds a field of the JSON object that a good answer is.
    Field(&'static str, Value),
    /// No answer until the client hangs up or the authority is dropped.
    Hang,
    /// 200 and a JSON object that begins well and is this many octets long.
    Huge(usize),
    /// A redirect to this URL; nothing is granted.
    Redirect(String),
    /// Takes a field out of the JSON object that a good answer is.
    WithoutField(&'static str),
}

impl Fault {
    /// 500 with a page for people, as the proxy before a broken server says it.
    pub fn server_error() -> Self {
        let body = b"<html><body><h1>500 Internal Server Error</h1></body></html>\n".to_vec();
        Self::Answer { status: 500, content_type: "text/html", body }
    }

    /// 200 with a page for people, as the portal of an inn says it.
    pub fn not_json() -> Self {
        let body = b"<html><body>Please accept our terms \x1b[2J</body></html>\n".to_vec();
        Self::Answer { status: 200, content_type: "text/html", body }
    }

    /// An error of OAuth2 with a description that would like to move the cursor.
    pub fn refusal(error: &str) -> Self {
        let body = format!("{{\"error\":\"{error}\",\"error_description\":\"no\\u001b[2J\\r\\nway\"}}").into_bytes();
        Self::Answer { status: 400, content_type: "application/json", body }
    }

    /// An access token that would be two commands.
    pub fn control_characters_in_token() -> Self {
        Self::Field("access_token", "token\r\nDELE 1".into())
    }
}
