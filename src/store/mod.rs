//! What outlives a run: builds, runs, traces, checksums and what is known of package files.
//!
//! One redb file; docs/store-format.md says what is in it. Only one process has it open: the caller holds
//! dsynth's lock before it comes here, since redb has no lock of its own on DragonFly. Who does not hold it opens a
//! copy. Inside the process a `Store` is shared freely: readers see whole transactions and never wait, writers take
//! turns.

mod aside;
mod build;
mod checksums;
mod codec;
mod copy;
mod costs;
mod door;
mod error;
mod marks;
mod ndbm;
mod older;
mod outcomes;
mod package_files;
mod placing;
mod plans;
mod run;
mod runs;
mod scans;
mod tables;
mod traces;

#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;

use camino::{Utf8Path, Utf8PathBuf};
use redb::backends::InMemoryBackend;
use redb::{Database, DatabaseError};

pub use aside::set_aside;
pub use build::{BuildRecord, BuildStatus, unix_ns};
pub use costs::Cost;
pub use error::StoreError;
pub use ndbm::{ByteOrder, Ndbm, NdbmError};
pub use outcomes::Success;
pub use package_files::PackageFile;
pub use placing::Placing;
pub use run::{Counters, RunRecord, RunState};
pub use runs::Recovered;
pub use scans::{Findings, ScanReader};
pub use traces::TraceReader;

/// Bytes. Most rows are read once; what is read again the kernel keeps too.
const CACHE: usize = 16 << 20;

/// The database, open.
pub struct Store {
    /// Gone only while the store itself goes.
    db: Option<Database>,
    path: Utf8PathBuf,
}

impl Store {
    /// Opens the file or makes a new one; its directory must exist.
    ///
    /// `Unusable` means that the file holds no database or a broken one: `set_aside` makes room for a new one.
    pub fn open(path: &Utf8Path) -> Result<Store, StoreError> {
        Store::opened(path, || Database::builder().set_cache_size(CACHE).create(path))
    }

    /// One that is gone with the value: for tests and dry runs.
    pub fn in_memory() -> Result<Store, StoreError> {
        let path = Utf8PathBuf::from(":memory:");
        let db = Database::builder().create_with_backend(InMemoryBackend::new());
        let db = db.map_err(|error: DatabaseError| error::opening(&path, error))?;
        Store { db: Some(db), path }.prepared()
    }

    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    fn opened(path: &Utf8Path, open: impl FnOnce() -> Result<Database, DatabaseError>) -> Result<Store, StoreError> {
        let db = match door::unwound(AssertUnwindSafe(open)) {
            Ok(Ok(db)) => db,
            Ok(Err(error)) => return Err(error::opening(path, error)),
            Err(reason) => return Err(StoreError::Unusable { path: path.into(), reason }),
        };
        Store { db: Some(db), path: path.into() }.prepared()
    }
}

impl Drop for Store {
    /// Closing writes too: redb panics here as well if it lost its footing before, and a session goes on without it.
    fn drop(&mut self) {
        let db = self.db.take();
        let _ = door::unwound(AssertUnwindSafe(move || drop(db)));
    }
}
