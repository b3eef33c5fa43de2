//! Forgetting what packages were made from: `reset-db`.

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::DATABASE;
use super::lock::{BuildBaseLock, LockError};
use super::migrate::{C_DATABASE, old_files};

/// The databases of a build base that nobody else uses.
pub struct Databases {
    buildbase: Utf8PathBuf,
    _lock: BuildBaseLock,
}

#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("cannot remove `{path}`")]
    Remove { path: Utf8PathBuf, source: io::Error },
}

impl Databases {
    /// Opens none of them: a broken one can be reset too.
    pub fn hold(buildbase: &Utf8Path, directive: &str) -> Result<Databases, ResetError> {
        Ok(Databases { buildbase: buildbase.to_owned(), _lock: BuildBaseLock::take(buildbase, directive)? })
    }

    /// The C dsynth's, which scripts know.
    pub fn known(&self) -> Utf8PathBuf {
        self.buildbase.join(C_DATABASE)
    }

    pub fn ours(&self) -> Utf8PathBuf {
        self.buildbase.join(DATABASE)
    }

    /// Those that are there, ours first.
    pub fn present(&self) -> Vec<Utf8PathBuf> {
        let all = std::iter::once(self.ours()).chain(old_files(&self.buildbase));
        all.filter(|path| path.symlink_metadata().is_ok()).collect()
    }

    /// Removes those that are there and answers with their paths; packages and logs stay.
    pub fn reset(&self) -> Result<Vec<Utf8PathBuf>, ResetError> {
        let mut removed = Vec::new();
        for path in self.present() {
            match fs::remove_file(&path) {
                Ok(()) => removed.push(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(ResetError::Remove { path, source }),
            }
        }
        Ok(removed)
    }
}
