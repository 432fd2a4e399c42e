//! JSON: one object a line, snake_case keys, sizes in octets, times in RFC 3339.

use serde::Serialize;

use super::Console;

/// Prints an object on a line of its own.
pub fn print_json(console: &Console, object: &impl Serialize) {
    match serde_json::to_string(object) {
        Ok(line) => console.print(&crate::escape::json(&line)),
        Err(error) => console.say(super::Verbosity::Quiet, &format!("mailhaul: JSON cannot be made: {error}")),
    }
}
