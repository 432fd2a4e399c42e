//! An error in the form of RFC 6749 section 5.2.

use serde_json::json;

use super::http::Response;

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) description: String,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    /// The answer, which tells a wrong client by another status than everything else.
    pub(super) fn response(&self) -> Response {
        let status = if self.error == "invalid_client" { 401 } else { 400 };
        Response::json(status, &json!({ "error": self.error, "error_description": self.description }))
    }
}
