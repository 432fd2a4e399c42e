//! Fields of a query or of a form (`application/x-www-form-urlencoded`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Names and values, decoded, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// Fields to send.
    pub fn new<const N: usize>(fields: [(&str, &str); N]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The fields of an encoded text.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (decode(n), decode(v))).collect(),
        )
    }

    /// The encoded text.
    pub fn encode(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        pairs.join("&")
    }

    /// The value of the first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Gives all fields of this name another value.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.iter_mut().filter(|(field, _)| field == name).for_each(|(_, old)| value.clone_into(old));
    }

    /// A name that is there twice, which a request must not have (RFC 6749 section 3.1).
    pub fn repeated(&self) -> Option<&str> {
        let mut names = self.0.iter().enumerate();
        names
            .find(|(at, (name, _))| self.0[..*at].iter().any(|(other, _)| other == name))
            .map(|(_, (name, _))| &name[..])
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
