//! What a container is to the program: it is process 1 there, its user has no name and no home, its secrets are root's and
//! mounted read-only, and all of its settings may come from the environment. Much of it needs root.

use std::fs;
use std::process::Command;

use super::server::{Config, Fault, Maildrop, Phase, Server, Sizes};
use super::terminal::{CTRL_C, Terminal};
use super::util::{Home, finish, not_run, run, run_with_input, under, wait_until};

mod init;
