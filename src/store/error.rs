//! What can go wrong with the database.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use redb::{DatabaseError, StorageError};
use uuid::Uuid;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The database cannot answer, or must not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("open the database `{path}`: {source}")]
    Open { path: Utf8PathBuf, source: Source },
    #[error("use the database `{path}`: {reason}; move it away to begin a new one")]
    Unusable { path: Utf8PathBuf, reason: String },
    #[error("open the database `{path}`: another process has it open; wait for it or stop it")]
    InUse { path: Utf8PathBuf },
    #[error("copy the database `{path}` to look at it: {source}")]
    Copy { path: Utf8PathBuf, source: std::io::Error },
    #[error(
        "use the database `{path}`: it has schema {found} and this dsynth knows only {known}; \
         run the newer dsynth, or move the file away to begin a new one"
    )]
    Newer { path: Utf8PathBuf, found: u32, known: u32 },
    #[error("record a {what} without an id")]
    Validation { what: &'static str },
    #[error("find {what} {id}: there is no record of it")]
    NotFound { what: &'static str, id: Uuid },
    #[error("read `{key}` in the database's table `{table}`: {reason}")]
    Corrupted { table: &'static str, key: String, reason: String },
    /// The index of packages names a build that is not there.
    #[error(
        "find build {build} of `{spec}` {version}: the index names it, yet there is no record of it; build the port again"
    )]
    Orphaned { spec: String, version: String, build: Uuid },
    #[error(
        "begin a run: run {run} (`{directive}`, pid {pid}, since {since}) is still active; \
         wait for it, or if its process is gone start dsynth again"
    )]
    RunActive { run: Uuid, directive: String, pid: u32, since: String },
    #[error("{action} the database: {source}")]
    Failed { action: &'static str, source: Source },
    /// redb lost its footing in a file that was changed behind its back.
    #[error("use the database: {reason}; stop dsynth and move the file away to begin a new one")]
    Damaged { reason: String },
    #[error("move the database `{path}` out of the way: {source}")]
    SetAside { path: Utf8PathBuf, source: std::io::Error },
}

/// Why a file could not be opened: is it the file, or the way to it?
pub(super) fn opening(path: &Utf8Path, error: DatabaseError) -> StoreError {
    let path = path.to_owned();
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path },
        DatabaseError::Storage(StorageError::Io(io)) if !is_about_content(io.kind()) => {
            StoreError::Open { path, source: io.into() }
        }
        DatabaseError::Storage(StorageError::Io(io)) => StoreError::Unusable { path, reason: io.to_string() },
        other => StoreError::Unusable { path, reason: other.to_string() },
    }
}

/// redb reports a file that is no database or ends too early as an I/O error.
fn is_about_content(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
}

pub(super) fn failed(action: &'static str, error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Corrupted(reason) => StoreError::Damaged { reason },
        error => StoreError::Failed { action, source: error.into() },
    }
}
