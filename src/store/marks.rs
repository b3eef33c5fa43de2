//! What is said once about the whole database.

use super::tables::META;
use super::{Store, StoreError};

/// In `meta/1`: databases of other programs no longer say anything about the packages.
const MIGRATED: &[u8] = b"migrated";
/// In `meta/1`: which `make` was asked for its dialect, and what it answered.
const DIALECT: &[u8] = b"dialect";

impl Store {
    /// From now on the packages are the truth, whatever an older program recorded of them.
    pub fn forget_old_databases(&self, why: &str) -> Result<(), StoreError> {
        self.write(|writer| writer.put(&META, MIGRATED, &why.to_owned()))
    }

    pub fn asks_old_databases(&self) -> Result<bool, StoreError> {
        Ok(self.read(|reader| reader.get(&META, MIGRATED))?.is_none())
    }

    /// As `keep_dialect` was given it; one that cannot be read is asked for again.
    pub fn dialect(&self) -> Result<Option<String>, StoreError> {
        match self.read(|reader| reader.get(&META, DIALECT)) {
            Err(StoreError::Corrupted { .. }) => Ok(None),
            read => read,
        }
    }

    pub fn keep_dialect(&self, text: String) -> Result<(), StoreError> {
        self.write(|writer| writer.put(&META, DIALECT, &text))
    }
}
