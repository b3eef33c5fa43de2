//! A clean place to build one port in.
//!
//! A backend makes the place from a mount table (data, the same on all platforms), runs commands in it one
//! at a time and takes it away again. The host never sees what is mounted in it.

use std::fs::File;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Stop;

/// A place to build in; `setup`, any number of commands, `cleanup`.
pub trait Jail: Send {
    /// Makes it. A failed set-up leaves nothing that `cleanup` could not take away.
    fn setup(&mut self) -> Result<(), JailError>;

    /// Runs one command and waits for it. When this returns nothing that the command started is alive.
    fn run(&mut self, command: &JailCommand, output: &mut dyn Output, stop: &Stop) -> Result<Exit, JailError>;

    /// Opens a regular file of the jail for reading, by its absolute path inside; symbolic links are
    /// resolved inside the jail and never lead out of it.
    fn open(&mut self, path: &Utf8Path) -> Result<File, JailError>;

    /// Takes it away; does nothing before `setup` or the second time.
    fn cleanup(&mut self) -> Result<(), JailError>;
}

/// A command for a jail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JailCommand {
    /// Program (absolute path inside the jail) and arguments.
    pub argv: Vec<String>,
    /// The whole environment; nothing is inherited.
    pub env: Vec<(String, String)>,
    /// Whether it may use the network.
    pub network: bool,
    /// Killed after being silent for so long.
    pub silence: Duration,
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// It was silent for too long and was killed.
    Silent,
    /// dsynth was told to stop; the command was killed.
    Stopped,
}

/// Hears what a command prints.
pub trait Output {
    fn chunk(&mut self, bytes: &[u8]);
}

/// dsynth could not make or use a jail.
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    #[error("the jail is used before it is set up")]
    NotSetUp,
    #[error("jails on {platform} are not written yet")]
    Unsupported { platform: &'static str },
    #[error("{action} `{path}`")]
    Path { action: &'static str, path: Utf8PathBuf, source: io::Error },
    /// A step inside the jail's helper process failed; `hint` says what is missing, if that is known.
    #[error("{step}: {reason}{hint}")]
    Helper { step: String, reason: String, hint: String },
    #[error("the jail's helper process died")]
    HelperDied,
}
