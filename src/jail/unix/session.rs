//! dsynth's side of a living jail: the helper process, the socket to it and the terminal.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::platform::{self, Budget};
use super::super::{Consumed, Exit, JailCommand, JailError, JailSpec, Output, Shortage, WORKER};
use super::pty;
use super::wire::{Channel, Ended, Reply, Request, Setup, Usage};
use crate::model::Stop;

/// How soon silence and a stop are noticed.
const TICK: Duration = Duration::from_millis(100);
/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// What a helper that was asked to end gets before it is killed.
const PATIENCE: Duration = platform::PATIENCE;

/// Ends with the jail when dropped.
pub(super) struct Session {
    helper: Child,
    /// The helper's child, which serves.
    server: Option<Pid>,
    channel: Channel,
    terminal: File,
    budget: Budget,
    /// Processes that were killed for want of memory before the last command: of the jail, of the host.
    kills: (u64, u64),
    /// Ended, or given up.
    over: bool,
}

impl Session {
    pub(super) fn start(spec: &JailSpec) -> Result<Session, JailError> {
        let failed =
            |step: &'static str| move |error| JailError::Path { action: step, path: spec.root.clone(), source: error };
        let (channel, theirs) = Channel::pair().map_err(failed("open a socket for"))?;
        let (terminal, slave) = pty::open().map_err(failed("open a terminal for"))?;
        let budget = Budget::make(&spec.limits, &spec.root)?;
        let helper = spawn(spec, theirs, slave, &budget)?;
        let mut session = Session { helper, server: None, channel, terminal, budget, kills: (0, 0), over: false };
        match session.answer()? {
            (Reply::Started(server), _) => session.server = Some(Pid::from_raw(server)),
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
        self.kills = self.budget.kills();
        // Without the terminal there is no helper, and the next line says so.
        let _ = pty::settle(&self.terminal);
        self.ask(&Request::Run(command.clone()))?;
        let begun = Instant::now();
        let (mut heard, mut looked) = (begun, begun);
        let mut output = Ear { output, closed: false };
        let mut killed = None;
        loop {
            let ready = self.wait(TICK).map_err(|_| JailError::HelperDied)?;
            if ready.output && self.listen(&mut output) {
                heard = Instant::now();
            }
            if ready.answer {
                let answer = self.answer();
                self.drain(&mut output);
                return answer.and_then(|(reply, _)| exit(&reply, killed));
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.server.and_then(platform::memory).into_iter().for_each(|bytes| output.output.memory(bytes));
            }
            if killed.is_none() {
                killed = if output.closed { Some(Exit::Unheard) } else { reason_to_kill(command, begun, heard, stop) };
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

    /// What the last command may have failed for want of.
    pub(super) fn shortages(
        &mut self,
        places: Vec<Utf8PathBuf>,
        memory: Option<u64>,
    ) -> Result<Vec<Shortage>, JailError> {
        let (before, now) = (self.kills, self.budget.kills());
        let own = (now.0 > before.0).then_some(Shortage::Memory { limit: memory.unwrap_or_default() });
        let host = (now.1 > before.1).then_some(Shortage::HostMemory);
        self.ask(&Request::Usage(places.clone()))?;
        let (Reply::Usage(usage), _) = self.answer()? else { return Err(JailError::HelperDied) };
        let space =
            places.into_iter().zip(usage).filter(|(_, usage)| usage.limit > 0 && usage.used >= usage.limit / 10 * 9);
        let space = space.map(|(place, Usage { used, limit })| Shortage::Space { place, used, limit });
        Ok(own.into_iter().chain(host).chain(space).collect())
    }

    pub(super) fn used(&mut self, place: &Utf8Path) -> Option<u64> {
        self.ask(&Request::Usage(vec![place.to_owned()])).ok()?;
        let (Reply::Usage(usage), _) = self.answer().ok()? else { return None };
        usage.first().filter(|usage| usage.limit > 0).map(|usage| usage.used)
    }

    pub(super) fn consumed(&mut self) -> Option<Consumed> {
        self.ask(&Request::Consumed).ok()?;
        let (Reply::Consumed(consumed), _) = self.answer().ok()? else { return None };
        consumed
    }

    /// The process that serves, as the host sees it.
    pub(super) fn server(&self) -> Option<Pid> {
        self.server
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
    fn listen(&self, output: &mut Ear<'_>) -> bool {
        let mut buffer = [0; 16 << 10];
        match (&self.terminal).read(&mut buffer) {
            Ok(length) if length > 0 => {
                output.hear(&buffer[..length]);
                true
            }
            _ => false,
        }
    }

    /// What the command printed before it ended. The kernel has delivered all of it when it says there is no more.
    fn drain(&self, output: &mut Ear<'_>) {
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

impl Session {
    /// Ends the jail, by force if need be; an error if even that does not help.
    pub(super) fn end(&mut self) -> Result<(), JailError> {
        if std::mem::replace(&mut self.over, true) {
            return Ok(());
        }
        let asked = self.ask(&Request::Quit).is_ok();
        if asked && self.hung_up() && self.is_over(PATIENCE) {
            return Ok(());
        }
        // Who serves first: the helper waits until all in the jail are dead. The number is good as long as the helper, its
        // parent, is there.
        if let (Some(server), Ok(None)) = (self.server, self.helper.try_wait()) {
            let _ = kill(server, Signal::SIGKILL);
        }
        if self.is_over(PATIENCE) {
            return Ok(());
        }
        let _ = self.helper.kill();
        if self.is_over(PATIENCE) { Ok(()) } else { Err(JailError::Stuck { pid: self.helper.id() }) }
    }

    fn is_over(&mut self, at_most: Duration) -> bool {
        let end = Instant::now() + at_most;
        while matches!(self.helper.try_wait(), Ok(None)) {
            if Instant::now() >= end {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Passes on what a command prints until the listener has had enough.
struct Ear<'a> {
    output: &'a mut dyn Output,
    closed: bool,
}

impl Ear<'_> {
    fn hear(&mut self, bytes: &[u8]) {
        self.closed = self.closed || self.output.chunk(bytes).is_break();
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
fn spawn(spec: &JailSpec, socket: OwnedFd, terminal: OwnedFd, budget: &Budget) -> Result<Child, JailError> {
    let program = spec.helper_exe.clone().map_or_else(platform::own_program, Ok);
    let program = program.map_err(JailError::path("find the program of", &spec.root))?;
    let mut command = Command::new(&program);
    command.arg0("dsynth").arg(WORKER).arg(&spec.root).args(budget.place()).env_clear();
    command.stdin(socket).stdout(terminal).stderr(Stdio::null());
    // A group of its own: a ^C is dsynth's to hear.
    command.process_group(0).spawn().map_err(JailError::path("start the jail's helper", &program))
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

fn reason_to_kill(command: &JailCommand, begun: Instant, heard: Instant, stop: &Stop) -> Option<Exit> {
    let reasons = [
        (stop.requested(), Exit::Stopped),
        (heard.elapsed() >= command.silence, Exit::Silent),
        (begun.elapsed() >= command.time, Exit::TimedOut),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map(|(_, exit)| exit)
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
