//! The store of a build base for one who only looks, whoever else uses it.

use camino::Utf8Path;

use super::lock::{BuildBaseLock, LockError};
use super::{DATABASE, SessionError};
use crate::store::{Store, StoreError};

/// A store to look into.
pub(super) struct Look {
    pub(super) store: Store,
    /// Why it is only a copy.
    pub(super) beside: Option<LockError>,
    /// What is wrong with the database, for people.
    pub(super) notice: Option<String>,
    /// Held if nobody else did: what is found out is kept.
    pub(super) lock: Option<BuildBaseLock>,
}

/// Takes the lock if it can be had; else the store is a copy, and what is found out goes with it. No database is made or
/// set aside.
pub(super) fn look(buildbase: &Utf8Path, directive: &str) -> Result<Look, SessionError> {
    let path = buildbase.join(DATABASE);
    let (lock, beside) = match BuildBaseLock::take(buildbase, directive) {
        Ok(lock) => (Some(lock), None),
        Err(error) if error.is_anothers() => (None, Some(error)),
        Err(error) => return Err(error.into()),
    };
    let (store, notice) = opened(&path, if lock.is_some() { Store::open } else { Store::open_copy })?;
    Ok(Look { store, beside, notice, lock })
}

/// The same, of a copy always: whoever looks this often is never in the way of a run.
pub(super) fn aside(buildbase: &Utf8Path) -> Result<Look, SessionError> {
    let (store, notice) = opened(&buildbase.join(DATABASE), Store::open_copy)?;
    Ok(Look { store, beside: None, notice, lock: None })
}

/// What there is no database of is not recorded.
fn opened(
    path: &Utf8Path,
    open: fn(&Utf8Path) -> Result<Store, StoreError>,
) -> Result<(Store, Option<String>), StoreError> {
    if !path.exists() {
        return Ok((Store::in_memory()?, None));
    }
    match open(path) {
        Err(StoreError::Unusable { reason, .. }) => {
            let notice = format!("the database {path} cannot be used ({reason}); packages count as without a record");
            Ok((Store::in_memory()?, Some(notice)))
        }
        opened => Ok((opened?, None)),
    }
}
