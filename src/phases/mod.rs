//! One port, from its sanity check to its package, inside a jail.

mod command;
mod diagnosis;
mod install;
mod limits;
mod log;
mod reason;

use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

use crate::jail::{Exit, Jail, JailCommand, JailError, Output};
use crate::model::{Failure, Fault, OriginSpec, Phase, Stop};

use diagnosis::diagnose;

pub use command::Make;
pub use install::{INSTALL_SCRIPT, install_script};
pub use limits::Limits;
pub use log::PortLog;
pub use reason::failure;

/// What is to be done with a port.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    pub spec: OriginSpec,
    pub goal: Goal,
    /// Whether there are packages to install first; the script that does it is in the jail already.
    pub installs: bool,
    pub check_plist: bool,
    /// Install the package and take it away again.
    pub test: bool,
    /// Say in the log what it is built with, before all else.
    pub developer: bool,
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// All phases.
    Package,
    /// The package manager itself: `package` alone, with nothing installed (spec 4.6).
    Bootstrap,
    /// Distfiles and their sums (spec 6.6).
    Fetch,
}

/// How the phases ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    Done,
    Failed(Fault),
    Interrupted,
}

/// dsynth cannot go on with a port; it is not the port's fault.
#[derive(Debug, thiserror::Error)]
pub enum PhaseError {
    #[error(transparent)]
    Jail(#[from] JailError),
    #[error("cannot write the port's log")]
    Log(#[source] io::Error),
}

/// Hears of phases as they begin and end, and of output.
pub trait Listener {
    fn began(&mut self, phase: Phase);
    fn ended(&mut self, phase: Phase, took: Duration);
    /// Bytes that the work directory takes after a phase, from `extract` on.
    fn used(&mut self, _phase: Phase, _bytes: u64) {}
    /// Lines printed since the port began; called at most once a second.
    fn lines(&mut self, count: u64);
    /// Bytes that the processes of the port have for themselves, every other second, where that is known.
    fn memory(&mut self, _bytes: u64) {}
}

impl Work {
    /// The phases of this work, in order (spec 6.6).
    pub fn phases(&self) -> impl Iterator<Item = Phase> + '_ {
        Phase::ALL.into_iter().filter(|phase| match self.goal {
            Goal::Package if phase.is_dump() => self.developer,
            Goal::Bootstrap => *phase == Phase::Package,
            Goal::Fetch => {
                matches!(phase, Phase::CheckSanity | Phase::FetchDepends | Phase::Fetch | Phase::Checksum)
            }
            Goal::Package => match phase {
                Phase::InstallPkgs => self.installs,
                Phase::CheckPlist => self.check_plist,
                Phase::Install | Phase::Deinstall => self.test,
                _ => true,
            },
        })
    }
}

/// Runs the phases until one fails.
pub fn run(
    work: &Work,
    make: &Make,
    jail: &mut dyn Jail,
    log: &mut PortLog,
    listener: &mut dyn Listener,
    stop: &Stop,
) -> Result<Ended, PhaseError> {
    let begun = Instant::now();
    for phase in work.phases() {
        if stop.requested() {
            return Ok(Ended::Interrupted);
        }
        let begin = Instant::now();
        listener.began(phase);
        log.heading(phase.title());
        let mut command = make.command(work, phase);
        command.time = command.time.saturating_sub(begun.elapsed());
        let exit = jail.run(&command, &mut Heard { log, listener, last: begin }, stop)?;
        command.time = work.limits.time;
        let took = begin.elapsed();
        let used = (exit == Exit::Code(0) && phase >= Phase::Extract).then(|| jail.used("/construction".into()));
        let used = used.flatten();
        used.into_iter().for_each(|bytes| listener.used(phase, bytes));
        log.footer(exit == Exit::Code(0), took, phase == Phase::Package, used.filter(|_| phase == Phase::Extract));
        listener.ended(phase, took);
        log.trouble().map_err(PhaseError::Log)?;
        let why = match exit {
            Exit::Stopped => return Ok(Ended::Interrupted),
            Exit::Unheard => Some(Failure::TooMuchOutput { limit: log.limit() }),
            Exit::Code(0) => None,
            // A jail that has broken down meanwhile knows of no shortage.
            _ => reason::failure(exit, &command, &jail.shortages().unwrap_or_default(), &log.last_words()),
        };
        if let Some(why) = why {
            let fault = diagnose(Fault::new(phase, why), log.phase_output());
            log.failure(&work.spec, &fault);
            return Ok(Ended::Failed(fault));
        }
    }
    Ok(Ended::Done)
}

/// Where the finished package is, as the tree says inside the jail: stock FreeBSD and DPorts differ.
pub fn package_path(
    work: &Work,
    make: &Make,
    jail: &mut dyn Jail,
    stop: &Stop,
) -> Result<Option<Utf8PathBuf>, JailError> {
    let command: JailCommand = make.question(&work.spec, "${WRKDIR_PKGFILE}");
    let mut answer = Vec::new();
    jail.run(&command, &mut Captured(&mut answer), stop)?;
    let text = String::from_utf8_lossy(&answer);
    let path = text.lines().rev().map(str::trim).find(|line| line.starts_with('/'));
    Ok(path.map(Utf8PathBuf::from))
}

/// A phase's output on its way to the log, counted.
struct Heard<'a> {
    log: &'a mut PortLog,
    listener: &'a mut dyn Listener,
    last: Instant,
}

impl Output for Heard<'_> {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.log.output(bytes);
        if self.last.elapsed() >= Duration::from_secs(1) {
            self.last = Instant::now();
            self.listener.lines(self.log.lines());
        }
        if self.log.takes_more() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn memory(&mut self, bytes: u64) {
        self.listener.memory(bytes);
    }
}

struct Captured<'a>(&'a mut Vec<u8>);

impl Output for Captured<'_> {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        // An answer is one path; whatever prints more is not one.
        let room = (64 << 10) - self.0.len().min(64 << 10);
        self.0.extend_from_slice(&bytes[..bytes.len().min(room)]);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests;
