//! One run of a command.
//!
//! Its standard input stays open until it has ended or all was written, whatever happens: an end of file in the middle would
//! look like the end of the message, and a command that is given up must not deliver the half of it.

use std::ffi::OsString;
use std::io::{self, ErrorKind, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, kill_process_group, pidfd_open, waitid};

use super::feed::{Fed, Feed};
use super::tail::Tail;
use crate::command_line::CommandLine;
use crate::until::{Over, Until};

/// A command that was started and has not been waited for. Dropped before that, it is ended, with its process group.
pub(super) struct Running<'a> {
    child: Child,
    pid: Pid,
    /// Becomes readable when it ends; none on kernels before 5.3, where the clock wakes us.
    end: Option<OwnedFd>,
    /// None when all was written, or nobody reads.
    feed: Option<Feed<'a>>,
    /// Standard output and standard error; none when nobody has it open any more.
    says: Option<PipeReader>,
    said: Tail,
    /// It has said something of late: there may be more. The quiet ones are not listened to all the time, as the end of what
    /// they say would wake us shortly before their own end does.
    is_chatty: bool,
    is_reaped: bool,
}

impl<'a> Running<'a> {
    /// Starts it. Of our descriptors it gets none, as all of them are closed on exec.
    pub(super) fn start(
        line: &CommandLine,
        environment: &[(&str, OsString)],
        input: &'a mut dyn Read,
    ) -> io::Result<Self> {
        let (says, voice) = io::pipe()?;
        rustix::io::ioctl_fionbio(&says, true)?;
        let mut child = line.spawn(|command| {
            command.envs(environment.iter().map(|(name, value)| (name, value))).process_group(0);
            command.stdin(Stdio::piped()).stdout(voice.try_clone()?).stderr(voice.try_clone()?);
            Ok(())
        })?;
        drop(voice);
        let pid = Pid::from_child(&child);
        let stdin = child.stdin.take();
        let end = pidfd_open(pid, PidfdFlags::empty()).ok();
        let mut running = Self {
            child,
            pid,
            end,
            feed: None,
            says: Some(says),
            said: Tail::default(),
            is_chatty: false,
            is_reaped: false,
        };
        running.feed = stdin.map(|stdin| Feed::new(input, stdin)).transpose()?;
        Ok(running)
    }

    /// Gives it what it reads and takes what it says, until it ends. It is not waited for by that: it keeps its number.
    pub(super) fn attend(&mut self, until: &Until) -> io::Result<Result<(), Over>> {
        loop {
            self.write()?;
            self.is_chatty = self.read();
            if self.has_ended()? {
                self.feed_heirs(until)?;
                self.read_rest();
                return Ok(Ok(()));
            }
            if let Err(over) = self.wait(until)? {
                return Ok(Err(over));
            }
        }
    }

    /// Waits for whatever comes first.
    fn wait(&self, until: &Until) -> io::Result<Result<(), Over>> {
        let mut wanted = Vec::with_capacity(4);
        wanted.extend(self.end.as_ref().map(|end| PollFd::new(end, PollFlags::IN)));
        wanted.extend(self.feed.as_ref().map(|feed| PollFd::new(feed, PollFlags::OUT)));
        let listens = self.is_chatty || self.end.is_none();
        wanted.extend(self.says.as_ref().filter(|_| listens).map(|says| PollFd::new(says, PollFlags::IN)));
        if self.end.is_some() && (listens || self.says.is_none()) {
            return until.ready(wanted);
        }
        let looked = until.within(LOOK).ready(wanted)?;
        Ok(if until.over().is_some() { looked } else { Ok(()) })
    }

    fn write(&mut self) -> io::Result<()> {
        if let Some(feed) = &mut self.feed
            && feed.write()? == Fed::Over
        {
            self.feed = None;
        }
        Ok(())
    }

    /// Takes some of what it says. False if there is nothing for now.
    fn read(&mut self) -> bool {
        let Some(says) = &mut self.says else { return false };
        let mut octets = [0; 4096];
        match says.read(&mut octets) {
            Ok(count @ 1..) => {
                self.said.push(&octets[..count]);
                return true;
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Ok(_) | Err(_) => self.says = None,
        }
        false
    }

    /// What it said before it ended is in the pipe. What it has left running may keep that open, and even go on to write:
    /// neither is waited for.
    fn read_rest(&mut self) {
        for _ in 0..READS_OF_A_PIPE {
            if !self.read() {
                break;
            }
        }
    }

    /// What it has left running may have its standard input, and read on. Whoever does not is not waited for.
    fn feed_heirs(&mut self, until: &Until) -> io::Result<()> {
        while let Some(feed) = &self.feed {
            let until = until.within(MOMENT);
            if until.ready(vec![PollFd::new(feed, PollFlags::OUT)])?.is_err() {
                break;
            }
            self.write()?;
        }
        Ok(())
    }

    fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.pid), options)?.is_some())
    }

    /// The status of a command that has ended, and what it said if it failed.
    pub(super) fn finish(&mut self) -> io::Result<(ExitStatus, String)> {
        let status = self.child.wait()?;
        self.is_reaped = true;
        Ok((status, if status.success() { String::new() } else { self.said() }))
    }

    /// Ends it and all of its process group: first kindly.
    pub(super) fn terminate(&mut self, patience: Duration) {
        kill_process_group(self.pid, Signal::TERM).ok(); // it may just have ended
        // Still open, and nothing more is written.
        let _open = self.feed.take();
        self.attend(&Until::default().within(patience)).ok(); // either way:
        self.kill();
    }

    /// The number of the group is still its own, as the command has not been waited for.
    fn kill(&mut self) {
        kill_process_group(self.pid, Signal::KILL).ok(); // it may just have ended
        // One that hangs in the kernel, as on a dead NFS server, does not end even now.
        let ended = Until::default().within(AFTER_KILL).poll(LOOK, || self.has_ended().unwrap_or(true).then_some(()));
        if ended.is_ok() {
            self.child.wait().ok(); // only to take its number off the list
        }
        self.is_reaped = true;
    }

    /// The last lines that it said, on one line, escaped.
    pub(super) fn said(&self) -> String {
        self.said.shown()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.is_reaped {
            self.kill();
        }
    }
}

/// How often the end of a command is looked for where nothing tells of it.
const LOOK: Duration = Duration::from_millis(10);

/// For whoever has the standard input of a command that has ended.
const MOMENT: Duration = Duration::from_millis(100);

/// For a command that was killed.
const AFTER_KILL: Duration = Duration::from_secs(5);

/// 64 KiB.
const READS_OF_A_PIPE: usize = 16;
