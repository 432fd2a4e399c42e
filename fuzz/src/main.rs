//! One program for all targets: `MAILHAUL_FUZZ_TARGET` names the one that is run. See README.md.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

#[path = "targets.rs"]
mod targets;

fuzz_target!(|input: &[u8]| target()(input));

fn target() -> targets::Target {
    static TARGET: OnceLock<targets::Target> = OnceLock::new();
    *TARGET.get_or_init(|| {
        let name = std::env::var("MAILHAUL_FUZZ_TARGET").unwrap_or_default();
        let found = targets::TARGETS.iter().find(|(known, _)| *known == name);
        found.unwrap_or_else(|| panic!("MAILHAUL_FUZZ_TARGET must be one of {:?}", targets::names())).1
    })
}
