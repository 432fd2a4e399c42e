//! mailhaul: fetch mail over POP3, exactly once.

pub mod client;
pub mod deliver;
pub mod effect;
pub mod error;
pub mod escape;
pub mod net;
pub mod proto;
pub mod state;
pub mod stop;
