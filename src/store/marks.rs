//! What is said once about the whole database.

use super::tables::META;
use super::{Store, StoreError};

/// In `meta/1`: databases of other programs no longer say anything about the packages.
const MIGRATED: &[u8] = b"migrated";

impl Store {
    /// From now on the packages are the truth, whatever an older program recorded of them.
    pub fn forget_old_databases(&self, why: &str) -> Result<(), StoreError> {
        self.write(|writer| writer.put(&META, MIGRATED, &why.to_owned()))
    }

    pub fn asks_old_databases(&self) -> Result<bool, StoreError> {
        Ok(self.read(|reader| reader.get(&META, MIGRATED))?.is_none())
    }
}
