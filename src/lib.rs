//! (architecture)
pub mod auth;
pub mod cli;
pub mod client;
pub mod commands;
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
