//! mailhaul: fetch mail over POP3, exactly once.

pub mod auth;
pub mod client;
pub mod config;
pub mod deliver;
pub mod effect;
pub mod error;
pub mod escape;
pub mod fetch;
pub mod net;
pub mod output;
pub mod proto;
pub mod session;
pub mod state;
pub mod stop;
