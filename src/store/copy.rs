//! The database of a build base that another dsynth uses, for one who only looks.
//!
//! redb lets one process have a file; its modes for several need locks of byte ranges, which it has for no BSD. So it is
//! copied, and nobody waits: a copy taken while the other one writes is like the file after a power cut. Opening it
//! verifies every page and goes back to the commit before if the last one is not whole. If that one is not either, as
//! the other was quick, the copy is taken again.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use redb::{Database, StorageBackend};

use super::{Store, StoreError};

const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// What the file holds as of its last commit. What is written goes to a copy that is gone with the value.
    ///
    /// `Unusable` as `open` says it, if no copy of the file could be used.
    pub fn open_copy(path: &Utf8Path) -> Result<Store, StoreError> {
        for _ in 1..ATTEMPTS {
            match copied(path) {
                Err(StoreError::Unusable { .. }) => thread::sleep(PAUSE),
                opened => return opened,
            }
        }
        copied(path)
    }
}

fn copied(path: &Utf8Path) -> Result<Store, StoreError> {
    let copy = copy(path).map_err(|source| StoreError::Copy { path: path.into(), source })?;
    Store::opened(path, || Database::builder().set_check_integrity_on_open(true).create_with_backend(Unsynced(copy)))
}

/// A file without a name: beside its model, where the file system may let the two share their blocks, or else where
/// temporary files go.
fn copy(path: &Utf8Path) -> io::Result<File> {
    let mut from = File::open(path)?;
    let beside = path.parent().map(tempfile::tempfile_in);
    let mut to = beside.and_then(Result::ok).map_or_else(tempfile::tempfile, Ok)?;
    io::copy(&mut from, &mut to)?;
    Ok(to)
}

/// A file that is lost anyway: nobody waits for the disk.
#[derive(Debug)]
struct Unsynced(File);

impl StorageBackend for Unsynced {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }
}
