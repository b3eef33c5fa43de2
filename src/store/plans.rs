//! Plans of a tree that is still as it was.
//!
//! They go with the first thing in `disk/1` that gets other contents, and say nothing that cannot be found out again.

use super::door::Writer;
use super::tables::PLANS;
use super::{Store, StoreError};
use crate::model::{Fingerprint, Plan};

/// More than a machine's daily directives ask for.
const KEPT: usize = 8;

impl Store {
    /// By a digest of all that was asked.
    pub fn plan(&self, asked: Fingerprint) -> Result<Option<Plan>, StoreError> {
        self.read(|reader| reader.get(&PLANS, asked.as_bytes()))
    }

    /// All that the plan was made from has to be in `disk/1` before.
    pub fn keep_plan(&self, asked: Fingerprint, plan: &Plan) -> Result<(), StoreError> {
        self.write(|writer| {
            if writer.keys(&PLANS)?.len() >= KEPT {
                forget(writer)?;
            }
            writer.put(&PLANS, asked.as_bytes(), plan)
        })
    }
}

pub(super) fn forget(writer: &Writer) -> Result<(), StoreError> {
    writer.keys(&PLANS)?.iter().try_for_each(|asked| writer.remove(&PLANS, asked))
}
