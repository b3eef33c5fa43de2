//! dsynth's side of a living jail: the helper process, the socket to it and the terminal.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::{Exit, JailCommand, JailError, JailSpec, Output, WORKER};
use super::pty;
use super::wire::{Channel, Ended, Reply, Request, Setup};
use crate::model::Stop;

/// How soon silence and a stop are noticed.
const TICK: Duration = Duration::from_millis(100);
/// What a helper that was asked to end gets before it is killed.
const PATIENCE: Duration = Duration::from_secs(1);

/// Ends with the jail when dropped.
pub(super) struct Session {
    helper: Child,
    /// The helper's child, process 1 of the jail.
    init: Option<Pid>,
    channel: Channel,
    terminal: File,
}

impl Session {
    pub(super) fn start(spec: &JailSpec) -> Result<Session, JailError> {
        let failed =
            |step: &'static str| move |error| JailError::Path { action: step, path: spec.root.clone(), source: error };
        let (channel, theirs) = Channel::pair().map_err(failed("open a socket for"))?;
        let (terminal, slave) = pty::open().map_err(failed("open a terminal for"))?;
        let helper = spawn(spec, theirs, slave)?;
        let mut session = Session { helper, init: None, channel, terminal };
        match session.answer()? {
            (Reply::Started(init), _) => session.init = Some(Pid::from_raw(init)),
            _ => return Err(JailError::HelperDied),
        }
        session.ask(&Request::Setup(setup(spec)?))?;
        match session.answer()? {
            (Reply::Ready, _) => Ok(session),
            _ => Err(JailError::HelperDied),
        }
    }

    pub(super) fn run(
        &mut self,
        command: &JailCommand,
        output: &mut dyn Output,
        stop: &Stop,
    ) -> Result<Exit, JailError> {
        // Without the terminal there is no helper, and the next line says so.
        let _ = pty::settle(&self.terminal);
        self.ask(&Request::Run(command.clone()))?;
        let mut heard = Instant::now();
        let mut killed = None;
        loop {
            let ready = self.wait(TICK).map_err(|_| JailError::HelperDied)?;
            if ready.output && self.listen(output) {
                heard = Instant::now();
            }
            if ready.answer {
                let answer = self.answer();
                self.drain(output);
                return answer.and_then(|(reply, _)| exit(&reply, killed));
            }
            if killed.is_none() {
                killed = reason_to_kill(command, heard, stop);
                if killed.is_some() {
                    self.ask(&Request::Kill)?;
                }
            }
        }
    }

    pub(super) fn open(&mut self, path: &Utf8Path) -> Result<File, JailError> {
        self.ask(&Request::Open(path.to_owned()))?;
        let file = match self.answer()? {
            (Reply::Opened, Some(file)) => Ok(file),
            (Reply::NotOpened(errno), _) => Err(io::Error::from_raw_os_error(errno)),
            _ => return Err(JailError::HelperDied),
        };
        file.and_then(regular).map_err(JailError::path("open", path))
    }

    fn ask(&self, request: &Request) -> Result<(), JailError> {
        self.channel.send(request).map_err(|_| JailError::HelperDied)
    }

    fn answer(&self) -> Result<(Reply, Option<File>), JailError> {
        match self.channel.receive() {
            Ok((Reply::Failed(trouble), _)) => Err(trouble.into()),
            Ok(answer) => Ok(answer),
            Err(_) => Err(JailError::HelperDied),
        }
    }

    fn wait(&self, at_most: Duration) -> io::Result<Ready> {
        let [output, answer] = ready([self.terminal.as_fd(), self.channel.as_fd()], at_most)?;
        Ok(Ready { output, answer })
    }

    /// Passes on what was printed; whether there was anything.
    fn listen(&self, output: &mut dyn Output) -> bool {
        let mut buffer = [0; 16 << 10];
        match (&self.terminal).read(&mut buffer) {
            Ok(length) if length > 0 => {
                output.chunk(&buffer[..length]);
                true
            }
            _ => false,
        }
    }

    /// What the command printed before it ended. The kernel has delivered all of it when it says there is no more.
    fn drain(&self, output: &mut dyn Output) {
        while self.wait(Duration::ZERO).is_ok_and(|ready| ready.output) && self.listen(output) {}
    }

    /// Waits until the helper has closed its end, which is at its death.
    fn hung_up(&self) -> bool {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match ready([self.channel.as_fd()], left) {
                Ok([true]) if self.channel.receive::<Reply>().is_err() => return true,
                Ok([true]) => {}
                _ => return false,
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let asked = self.ask(&Request::Quit).is_ok();
        if !(asked && self.hung_up()) {
            // Process 1 rather than the helper: that one waits until all in the jail are dead. Its number is
            // good as long as the helper, its parent, is there.
            match (self.init, self.helper.try_wait()) {
                (Some(init), Ok(None)) => drop(kill(init, Signal::SIGKILL)),
                _ => drop(self.helper.kill()),
            }
        }
        let _ = self.helper.wait();
    }
}

struct Ready {
    output: bool,
    answer: bool,
}

/// Which of them have something to say, or have ended.
fn ready<const N: usize>(files: [BorrowedFd<'_>; N], at_most: Duration) -> io::Result<[bool; N]> {
    let mut events = files.map(|file| PollFd::new(file, PollFlags::POLLIN));
    let timeout = PollTimeout::try_from(at_most).unwrap_or(PollTimeout::MAX);
    match poll(&mut events, timeout) {
        Ok(_) => Ok(events.map(|event| event.any().unwrap_or(true))),
        Err(Errno::EINTR) => Ok([false; N]),
        Err(errno) => Err(errno.into()),
    }
}

/// Spawned, never forked: dsynth is large, and has threads.
fn spawn(spec: &JailSpec, socket: OwnedFd, terminal: OwnedFd) -> Result<Child, JailError> {
    // This very program, even if its file was replaced meanwhile.
    let program = spec.helper_exe.as_deref().unwrap_or(Utf8Path::new("/proc/self/exe"));
    let mut command = Command::new(program);
    command.arg0("dsynth").arg(WORKER).arg(&spec.root).env_clear();
    command.stdin(socket).stdout(terminal).stderr(Stdio::null());
    // A group of its own: a ^C is dsynth's to hear.
    command.process_group(0).spawn().map_err(JailError::path("start the jail's helper", program))
}

fn setup(spec: &JailSpec) -> Result<Setup, JailError> {
    let root = spec.root.canonicalize_utf8().map_err(JailError::path("look at", &spec.root))?;
    Ok(Setup {
        root,
        mounts: spec.mounts.clone(),
        template: spec.template.clone(),
        files: spec.files.clone(),
        hostname: spec.hostname.clone(),
        nice: spec.nice,
        limits: spec.limits,
    })
}

fn reason_to_kill(command: &JailCommand, heard: Instant, stop: &Stop) -> Option<Exit> {
    if stop.requested() { Some(Exit::Stopped) } else { (heard.elapsed() >= command.silence).then_some(Exit::Silent) }
}

fn exit(reply: &Reply, killed: Option<Exit>) -> Result<Exit, JailError> {
    match (reply, killed) {
        (Reply::Exited(_), Some(exit)) => Ok(exit),
        (Reply::Exited(Ended::Code(code)), None) => Ok(Exit::Code(*code)),
        (Reply::Exited(Ended::Signal(signal)), None) => Ok(Exit::Signal(*signal)),
        _ => Err(JailError::HelperDied),
    }
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"))
    }
}
