//! What is in memory stays there: while a session lasts, the password does too.

use rustix::process::{Resource, getrlimit, setrlimit};

/// No core dump from here on, and no other process of the same user looks into this one; root still can.
///
/// A session that breaks off is followed by another one, so secrets cannot be wiped before the end. Children are not
/// touched by the first: it ends where another program begins. The limit they inherit can be raised again.
pub(in crate::commands) fn disable_core_dumps() {
    // Neither is refused by any system that has it, and without them a fetch is as good as before.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable).ok();
    let mut limit = getrlimit(Resource::Core);
    limit.current = Some(0);
    setrlimit(Resource::Core, limit).ok();
}
