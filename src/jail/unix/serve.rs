//! The process that serves a jail: it makes the place, runs commands in it and outlives everything else there.
//!
//! On Linux it is process 1 of the jail; on a BSD it lives outside and is the reaper of all that it starts.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::{Mode, umask};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setsid};
use signal_hook::consts::SIGCHLD;

use super::super::platform::{self, Place};
use super::super::{Consumed, JailCommand};
use super::sys;
use super::trouble::{Step, Trouble};
use super::wire::{Channel, Ended, Reply, Request, Setup};

/// dsynth is gone, or asked for the end: either way the place is taken away behind us.
struct Gone;

pub(in super::super) struct Server {
    channel: Channel,
    terminal: OwnedFd,
    place: Place,
}

impl Server {
    pub(in super::super) fn new(channel: Channel, terminal: OwnedFd, place: Place) -> Server {
        Server { channel, terminal, place }
    }

    pub(in super::super) fn serve(mut self) -> ExitCode {
        let Ok(children) = child_events() else { return ExitCode::FAILURE };
        while self.answer(&children).is_ok() {}
        ExitCode::SUCCESS
    }

    fn answer(&mut self, children: &UnixStream) -> Result<(), Gone> {
        let reply = match self.receive()? {
            Request::Setup(setup) => self.setup(&setup),
            Request::Run(command) => self.run(&command, children)?,
            Request::Open(path) => return self.open(&path),
            Request::Usage(places) => Ok(Reply::Usage(places.iter().map(|place| self.place.usage(place)).collect())),
            Request::Consumed => Ok(Reply::Consumed(consumed())),
            // Too late: the command had just ended by itself.
            Request::Kill => return Ok(()),
            Request::Quit => return Err(Gone),
        };
        self.channel.send(&reply.unwrap_or_else(Reply::Failed)).map_err(|_| Gone)
    }

    fn receive(&self) -> Result<Request, Gone> {
        self.channel.receive().map(|(request, _)| request).map_err(|_| Gone)
    }

    fn setup(&mut self, setup: &Setup) -> Result<Reply, Trouble> {
        umask(Mode::S_IWGRP | Mode::S_IWOTH);
        setsid().step("leave dsynth's session")?;
        sys::renice(setup.nice).step("change the priority")?;
        self.place.make(setup)?;
        Ok(Reply::Ready)
    }

    fn open(&self, path: &Utf8Path) -> Result<(), Gone> {
        let sent = match self.place.open(path) {
            Ok(file) => self.send_file(&file),
            Err(error) => self.channel.send(&Reply::NotOpened(error.raw_os_error().unwrap_or_default())),
        };
        sent.map_err(|_| Gone)
    }

    fn send_file(&self, file: &File) -> io::Result<()> {
        self.channel.send_with(&Reply::Opened, file.as_fd())
    }

    fn run(&self, command: &JailCommand, children: &UnixStream) -> Result<Result<Reply, Trouble>, Gone> {
        let ended = match self.spawn(command) {
            Ok(child) => self.watch(child, children).map(|ended| Ok(Reply::Exited(ended))),
            Err(trouble) => Ok(Err(trouble)),
        };
        end_all();
        ended
    }

    fn spawn(&self, command: &JailCommand) -> Result<Pid, Trouble> {
        let Some((program, arguments)) = command.argv.split_first() else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput)).step("run an empty command");
        };
        let step = || format!("run `{program}`");
        let terminal = || self.terminal.try_clone().map(Stdio::from).step(step());
        let mut process = Command::new(program);
        process.args(arguments).env_clear().envs(command.env.iter().map(|(name, value)| (name, value)));
        process.stdin(Stdio::null()).stdout(terminal()?).stderr(terminal()?);
        self.place.confine(&mut process, command.network).step(step())?;
        let child = process.spawn().step(step())?;
        Ok(Pid::from_raw(child.id().cast_signed()))
    }

    /// Waits for the command, with an ear for dsynth.
    fn watch(&self, command: Pid, children: &UnixStream) -> Result<Ended, Gone> {
        loop {
            if let Some(ended) = reap(command) {
                return Ok(ended);
            }
            let mut events = [
                PollFd::new(self.channel.as_fd(), PollFlags::POLLIN),
                PollFd::new(children.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut events, PollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                Err(_) => return Err(Gone),
                Ok(_) => {}
            }
            let [asked, ended] = events.map(|event| event.any().unwrap_or(true));
            if ended {
                // What it says is known: look at the children again.
                let _ = (&mut &*children).read(&mut [0; 64]);
            }
            if asked {
                match self.receive()? {
                    // All else ends when the command has ended. It was not waited for, so the number is its own.
                    Request::Kill => _ = kill(command, Signal::SIGKILL),
                    _ => return Err(Gone),
                }
            }
        }
    }
}

/// The death of a child as something to poll for.
fn child_events() -> io::Result<UnixStream> {
    let (ours, handlers) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    signal_hook::low_level::pipe::register(SIGCHLD, handlers)?;
    Ok(ours)
}

/// Buries the dead, orphans too; says how `command` ended if it is among them.
fn reap(command: Pid) -> Option<Ended> {
    let mut ended = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) if pid == command => ended = Some(Ended::Code(code)),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == command => ended = Some(Ended::Signal(signal as i32)),
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return ended,
            Ok(_) | Err(_) => {}
        }
    }
}

/// All that was ever buried here.
fn consumed() -> Option<Consumed> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let micros = |time: TimeVal| u64::try_from(time.num_microseconds()).unwrap_or(0);
    let cpu = Duration::from_micros(micros(usage.user_time()) + micros(usage.system_time()));
    // In KiB on Linux, FreeBSD and DragonFly alike.
    Some(Consumed { cpu, largest: u64::try_from(usage.max_rss()).unwrap_or(0) << 10 })
}

/// Daemons, too: whatever lost its parent is this process's child now, and whoever dies may just have forked.
pub(in super::super) fn end_all() {
    loop {
        platform::kill_all();
        if let Err(Errno::ECHILD) = waitpid(None, None) {
            return;
        }
    }
}

/// Returns when a child has ended.
pub(in super::super) fn wait_for(child: Pid) {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            Err(_) | Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..)) => return,
            Ok(_) => {}
        }
    }
}
