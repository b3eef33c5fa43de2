//! Ports that `add` queues for the run that is under way.
//!
//! They are lines at the end of `.lock`, as they were for the C dsynth. A second lock, on a file of its own, keeps whoever adds
//! and whoever takes apart: no line gets between the last look and the end of the run.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

use super::lock::{BuildBaseLock, LOCK, LockError};
use super::{Session, SessionError};

const DOOR: &str = ".lock.add";

/// Directives that go on with what was added (spec 1.5).
pub const TAKERS: &[&str] = &["build", "just-build", "install", "force", "test", "debug", "fetch-only"];

/// Held by one who adds or takes.
#[derive(Debug)]
pub struct Door(#[expect(dead_code, reason = "the lock goes with the value")] Flock<File>);

#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error("No dsynth running to add ports to")]
    NobodyRuns,
    #[error("the dsynth that is running is about to end and takes no more ports; run `build` when it has ended")]
    Closed,
    #[error("the dsynth that is running does `{0}`, which takes no more ports")]
    TakesNone(String),
    #[error("cannot use the queue of `add`, `{path}`")]
    Io { path: Utf8PathBuf, source: io::Error },
}

/// Adds lines to the queue of whoever holds the build base.
pub fn add(buildbase: &Utf8Path, words: &[String]) -> Result<(), QueueError> {
    let _door = door(buildbase, FlockArg::LockExclusiveNonblock)?;
    match BuildBaseLock::take(buildbase, "add") {
        Ok(_) => return Err(QueueError::NobodyRuns),
        Err(LockError::Held { holder: Some(holder), .. }) if !TAKERS.contains(&holder.directive.as_str()) => {
            return Err(QueueError::TakesNone(holder.directive));
        }
        Err(LockError::Held { .. }) => {}
        Err(LockError::Io { path, source }) => return Err(QueueError::Io { path, source }),
    }
    let path = buildbase.join(LOCK);
    let lines: String = words.iter().map(|word| format!("{word}\n")).collect();
    let added = OpenOptions::new().append(true).open(&path).and_then(|mut file| file.write_all(lines.as_bytes()));
    added.map_err(|source| QueueError::Io { path, source })
}

impl Session {
    /// What was added, and taken out of the queue; if that is nothing, the door stays shut for as long as it is held.
    pub fn take_added(&self) -> Result<(Vec<String>, Option<Door>), SessionError> {
        let Some(lock) = &self.lock else { return Ok((Vec::new(), None)) };
        let door = door(&self.profile.buildbase, FlockArg::LockExclusive)?;
        let path = self.profile.buildbase.join(LOCK);
        let words = taken(lock.file()).map_err(|source| QueueError::Io { path, source })?;
        let door = words.is_empty().then_some(door);
        Ok((words, door))
    }
}

fn taken(mut file: &File) -> io::Result<Vec<String>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    file.set_len(0)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn door(buildbase: &Utf8Path, how: FlockArg) -> Result<Door, QueueError> {
    let path = buildbase.join(DOOR);
    let error = |source: io::Error| QueueError::Io { path: path.clone(), source };
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o644).open(&path).map_err(error)?;
    match Flock::lock(file, how) {
        Ok(lock) => Ok(Door(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Err(QueueError::Closed),
        Err((_, errno)) => Err(error(errno.into())),
    }
}
