//! What a desktop has to show questions for passwords, and a user who does not answer.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::dbus::{Argument, Call, Connection, Kind};

/// It takes every question, so that nobody thinks it were broken, and never says that it was answered.
pub(super) struct SilentPrompter {
    asked: Arc<AtomicBool>,
    stream: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl SilentPrompter {
    /// On the bus at this socket; questions come to it when this returns.
    pub(super) fn start(bus: &Path) -> Self {
        let mut connection = Connection::open(bus).expect("the bus takes connections");
        let call = Call { member: "RequestName", ..Call::BUS };
        let arguments = [Argument::Text("org.gnome.keyring.SystemPrompter"), Argument::Number(DO_NOT_QUEUE)];
        let owner = connection.call(&call, &arguments).expect("the bus answers").expect("a name can be had");
        assert_eq!(owner, [1, 0, 0, 0], "the name has an owner already");
        let stream = connection.stream();
        let asked = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let asked = Arc::clone(&asked);
            move || serve(&mut connection, &asked)
        });
        Self { asked, stream, thread: Some(thread) }
    }

    /// Whether a question came.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }
}

impl Drop for SilentPrompter {
    fn drop(&mut self) {
        self.stream.shutdown(Shutdown::Both).ok(); // the bus may have gone already
        let served = self.thread.take().expect("it is dropped once").join();
        assert!(served.is_ok() || std::thread::panicking(), "the prompter panicked");
    }
}

/// Until the connection ends.
fn serve(connection: &mut Connection, asked: &AtomicBool) {
    while let Ok(message) = connection.receive() {
        if message.kind == Kind::CALL {
            if connection.reply(&message).is_err() {
                return;
            }
            asked.store(true, Ordering::Release);
        }
    }
}

/// A flag of `RequestName`.
const DO_NOT_QUEUE: u32 = 4;
