//! A clean place to build one port in.
//!
//! A backend makes the place from a mount table (data, the same on all platforms), runs commands in it one
//! at a time and takes it away again. On Linux the host never sees what is mounted in it.

mod cleanup;
mod copy;
mod fake;
mod mounts;
mod remove;
mod sanitize;
mod template;
mod unix;
mod unmount;
mod world;

// What is data there is tested on Linux too.
#[cfg(any(test, not(target_os = "linux")))]
mod bsd;
#[cfg(target_os = "linux")]
mod linux;

// What each of them has: see `unix` and `unmount`.
#[cfg(not(target_os = "linux"))]
use bsd as platform;
#[cfg(target_os = "linux")]
use linux as platform;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::model::Stop;

pub use cleanup::{Leftovers, clean_copies, clean_leftovers, mounts_below, remove_tree};
pub use fake::{Answer, FakeJail, Ran};
pub use mounts::{Layout, Mount, MountKind, mounts};
pub use template::Template;
pub use world::{Entry, World};

/// The hidden first argument by which dsynth starts itself as a jail's helper.
pub const WORKER: &str = "WORKER";

/// A place to build in; `setup`, any number of commands, `cleanup`.
pub trait Jail: Send {
    /// Makes it. A failed set-up leaves nothing that `cleanup` could not take away.
    fn setup(&mut self) -> Result<(), JailError>;

    /// Runs one command and waits for it. When this returns nothing that the command started is alive.
    fn run(&mut self, command: &JailCommand, output: &mut dyn Output, stop: &Stop) -> Result<Exit, JailError>;

    /// Opens a regular file of the jail for reading, by its absolute path inside; symbolic links are
    /// resolved inside the jail and never lead out of it.
    fn open(&mut self, path: &Utf8Path) -> Result<File, JailError>;

    /// What the last command ran short of; to be asked when it has failed. Nothing is found where nothing is known.
    fn shortages(&mut self) -> Result<Vec<Shortage>, JailError> {
        Ok(Vec::new())
    }

    /// Bytes in use on the tmpfs that is mounted there, if that is known.
    fn used(&mut self, _place: &Utf8Path) -> Option<u64> {
        None
    }

    /// What its commands have taken so far, if that is known.
    fn consumed(&mut self) -> Option<Consumed> {
        None
    }

    /// How a person gets into it while it is there; `None` if nobody can.
    fn way_in(&self) -> Option<String> {
        None
    }

    /// Takes it away; does nothing before `setup` or the second time.
    fn cleanup(&mut self) -> Result<(), JailError>;
}

/// What a jail is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JailSpec {
    /// The slot's directory, `<BB>/SL00`; made if missing. On the host it is empty, on Linux at all times.
    pub root: Utf8PathBuf,
    /// See [`mounts()`].
    pub mounts: Vec<Mount>,
    /// Copied into every jail; see [`Template`].
    pub template: Utf8PathBuf,
    /// Written after the template, over its files.
    pub files: Vec<JailFile>,
    pub hostname: String,
    /// Added to the niceness of everything in the jail.
    pub nice: i32,
    pub limits: Limits,
    /// The program to start as helper; `None` is this very program, as it should be outside of tests.
    pub helper_exe: Option<Utf8PathBuf>,
}

/// What all processes of a jail may use together; `None` is no limit. Where the kernel has no means to see to it, there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Threads count too.
    pub processes: Option<u32>,
    /// Bytes, what lies in its tmpfs mounts included.
    pub memory: Option<u64>,
}

/// A file that a jail is given, such as `/etc/make.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JailFile {
    pub path: Utf8PathBuf,
    pub content: String,
    /// Permission bits.
    pub mode: u32,
}

/// A command for a jail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JailCommand {
    /// Program (absolute path inside the jail) and arguments.
    pub argv: Vec<String>,
    /// The whole environment; nothing is inherited.
    pub env: Vec<(String, String)>,
    /// Whether it may use the network.
    pub network: bool,
    /// Killed after being silent for so long.
    pub silence: Duration,
    /// Killed after so long in all.
    pub time: Duration,
}

/// What commands took, with all that they started and that was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumed {
    /// Processor time, of the user and of the kernel for him.
    pub cpu: Duration,
    /// Bytes of memory that the largest single process had (`ru_maxrss`).
    pub largest: u64,
}

/// What a command may have failed for want of, as far as the jail can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shortage {
    /// A tmpfs of the jail, and how much of it is used: bytes, limit in bytes.
    Space { place: Utf8PathBuf, used: u64, limit: u64 },
    /// Processes of the jail were killed at its limit of so many bytes.
    Memory { limit: u64 },
    /// The host ran out of memory and killed processes, of whatever jail.
    HostMemory,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// It was silent for too long and was killed.
    Silent,
    /// It took too long in all and was killed.
    TimedOut,
    /// Who heard it would hear no more; it was killed.
    Unheard,
    /// dsynth was told to stop; the command was killed.
    Stopped,
}

/// Hears what a command prints.
pub trait Output {
    /// `Break` ends the command.
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// Bytes of memory that the command and all that it started have for themselves, every other second, where that is known.
    fn memory(&mut self, _bytes: u64) {}
}

/// dsynth could not make or use a jail.
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    #[error("the jail is used before it is set up")]
    NotSetUp,
    #[error("`{path}` is no base system: it has no `bin/sh`")]
    NoWorld { path: Utf8PathBuf },
    #[error("{action} `{path}`")]
    Path { action: &'static str, path: Utf8PathBuf, source: io::Error },
    /// A step inside the jail's helper process failed; `hint` says what is missing, if that is known.
    #[error("{step}: {reason}{hint}")]
    Helper { step: String, reason: String, hint: String },
    #[error("the jail's helper process died")]
    HelperDied,
    /// The kernel does not let go of it, as with a file system that answers no more.
    #[error("process {pid} of the jail does not end, though it was killed")]
    Stuck { pid: u32 },
}

impl JailError {
    /// For `map_err`: what was being done, and to what.
    fn path(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> JailError {
        let path = path.to_owned();
        move |source| JailError::Path { action, path, source }
    }
}

/// The jail of this platform.
pub fn new(spec: JailSpec) -> Box<dyn Jail> {
    unix::jail(spec)
}

/// Why this host cannot keep a jail to its [`Limits`], for people; `None` if it can.
pub fn limits_missing() -> Option<String> {
    platform::limits_missing()
}

/// What dsynth does when it was started with [`WORKER`]: it becomes the helper of one jail.
pub fn worker_main(_args: &[OsString]) -> ExitCode {
    platform::helper_main()
}
