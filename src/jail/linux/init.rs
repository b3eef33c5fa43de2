//! Process 1 of a jail: it makes the place, runs commands in it and outlives everything else there.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, ExitCode, Stdio};

use camino::Utf8Path;
use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::statvfs::statvfs;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setsid};

use super::super::JailCommand;
use super::place;
use super::rights;
use super::sys;
use super::trouble::{Step, Trouble};
use super::wire::{Channel, Ended, Reply, Request, Setup, Usage};

/// dsynth is gone, or asked for the end: either way the kernel clears up behind us.
struct Gone;

pub(super) struct Init {
    channel: Channel,
    terminal: OwnedFd,
    /// For commands that may not use the host's.
    network: OwnedFd,
    /// Of the host, rather than of a user namespace.
    root: bool,
}

impl Init {
    pub(super) fn new(channel: Channel, terminal: OwnedFd, network: OwnedFd, root: bool) -> Init {
        Init { channel, terminal, network, root }
    }

    pub(super) fn serve(self) -> ExitCode {
        // Process 1 ends when the helper does, and takes the whole namespace with it.
        let children = prctl::set_pdeathsig(Signal::SIGKILL).and_then(|()| child_events());
        let Ok(children) = children else { return ExitCode::FAILURE };
        while self.answer(&children).is_ok() {}
        ExitCode::SUCCESS
    }

    fn answer(&self, children: &SignalFd) -> Result<(), Gone> {
        let reply = match self.receive()? {
            Request::Setup(setup) => self.setup(&setup),
            Request::Run(command) => self.run(&command, children)?,
            Request::Open(path) => return self.open(&path),
            Request::Usage(places) => Ok(Reply::Usage(places.iter().map(|place| usage(place)).collect())),
            // Too late: the command had just ended by itself.
            Request::Kill => return Ok(()),
            Request::Quit => return Err(Gone),
        };
        self.channel.send(&reply.unwrap_or_else(Reply::Failed)).map_err(|_| Gone)
    }

    fn receive(&self) -> Result<Request, Gone> {
        self.channel.receive().map(|(request, _)| request).map_err(|_| Gone)
    }

    fn setup(&self, setup: &Setup) -> Result<Reply, Trouble> {
        umask(Mode::S_IWGRP | Mode::S_IWOTH);
        setsid().step("leave dsynth's session")?;
        sys::renice(setup.nice).step("change the priority")?;
        place::make(setup, self.root)?;
        rights::cut(&setup.limits)?;
        Ok(Reply::Ready)
    }

    fn open(&self, path: &Utf8Path) -> Result<(), Gone> {
        // A pipe must not keep us waiting. dsynth looks at what it gets.
        let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path);
        let sent = match file {
            Ok(file) => self.channel.send_with(&Reply::Opened, file.as_fd()),
            Err(error) => self.channel.send(&Reply::NotOpened(error.raw_os_error().unwrap_or_default())),
        };
        sent.map_err(|_| Gone)
    }

    fn run(&self, command: &JailCommand, children: &SignalFd) -> Result<Result<Reply, Trouble>, Gone> {
        let ended = match self.spawn(command) {
            Ok(child) => Ok(Reply::Exited(self.watch(child, children)?)),
            Err(trouble) => Err(trouble),
        };
        end_all();
        Ok(ended)
    }

    fn spawn(&self, command: &JailCommand) -> Result<Pid, Trouble> {
        let Some((program, arguments)) = command.argv.split_first() else {
            return Err(io::Error::from(io::ErrorKind::InvalidInput)).step("run an empty command");
        };
        let step = || format!("run `{program}`");
        let terminal = || self.terminal.try_clone().map(Stdio::from).step(step());
        let network = if command.network { None } else { Some(self.network.try_clone().step(step())?) };
        let mut process = Command::new(program);
        process.args(arguments).env_clear().envs(command.env.iter().map(|(name, value)| (name, value)));
        process.stdin(Stdio::null()).stdout(terminal()?).stderr(terminal()?);
        sys::detach(&mut process, network, rights::kept());
        let child = process.spawn().step(step())?;
        Ok(Pid::from_raw(child.id().cast_signed()))
    }

    /// Waits for the command, with an ear for dsynth.
    fn watch(&self, command: Pid, children: &SignalFd) -> Result<Ended, Gone> {
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
                let _ = children.read_signal();
            }
            if asked {
                match self.receive()? {
                    Request::Kill => kill_all(),
                    _ => return Err(Gone),
                }
            }
        }
    }
}

fn usage(place: &Utf8Path) -> Usage {
    let Ok(found) = statvfs(place.as_str()) else { return Usage::default() };
    let bytes = |blocks: u64| blocks * found.fragment_size();
    let limit = bytes(found.blocks());
    // Without a limit of files there are none to be counted.
    let free = if found.files() > 0 && found.files_free() == 0 { 0 } else { bytes(found.blocks_free()) };
    Usage { used: limit.saturating_sub(free), limit }
}

/// The death of a child as something to poll for.
fn child_events() -> nix::Result<SignalFd> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGCHLD);
    signals.thread_block()?;
    SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
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

/// From process 1 this reaches everything in the jail but itself, and nothing can fork away from it.
fn kill_all() {
    // ESRCH: there is nothing.
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
}

/// Daemons, too: whatever lost its parent is our child now.
fn end_all() {
    loop {
        kill_all();
        if let Err(Errno::ECHILD) = waitpid(None, None) {
            return;
        }
    }
}
