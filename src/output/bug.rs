//! What is said, and the exit code, when a bug ends the program.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::panic::PanicHookInfo;

use crate::error::Kind;

/// From now on a panic, in whatever thread, ends the process with the exit code of a bug. Without this a release build
/// would abort, with 134 for a shell, and the text of the panic would come unescaped.
pub fn exit_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        // Not by a console, whose locks the panicking thread may hold; and nothing is left to do if this fails.
        std::io::stderr().write_all(said_of(panic).as_bytes()).ok();
        // At once: what `exit` would run at the end of a process is not made for one whose other threads go on.
        signal_hook::low_level::exit(Kind::Bug.exit_code().into());
    }));
}

fn said_of(panic: &PanicHookInfo<'_>) -> String {
    let what = panic.payload_as_str().unwrap_or("unknown");
    let place = panic.location().map_or(String::new(), |location| format!(" ({location})"));
    let mut said = format!("mailhaul: a bug in mailhaul ended it: {}{place}\n", crate::escape::text(what.as_bytes()));
    said += concat!(
        "  no mail is lost: the next fetch continues from here; please report it at ",
        env!("CARGO_PKG_REPOSITORY"),
        "\n"
    );
    let backtrace = Backtrace::capture(); // none without RUST_BACKTRACE
    if backtrace.status() == BacktraceStatus::Captured {
        said += &format!("{backtrace}\n");
    }
    said
}
