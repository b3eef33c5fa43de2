//! Packages that are about to be put in place: between that and their traces a run may die.

use serde::{Deserialize, Serialize};

use super::tables::{PLACING, RECIPES, TRACES};
use super::{Store, StoreError};
use crate::model::{OriginSpec, Recipe, Trace};

/// What will be recorded of a package once it is in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placing {
    pub trace: Trace,
    pub recipe: Recipe,
}

impl Store {
    /// To be said before the package gets its name; a success that is recorded takes it back.
    pub fn announce(&self, spec: &OriginSpec, placing: &Placing) -> Result<(), StoreError> {
        self.write(|writer| writer.put(&PLACING, spec.to_string().as_bytes(), placing))
    }

    /// Puts right what a dead run announced: where `is_in_place` the package is recorded as what was announced, elsewhere all
    /// stays as it was. Returns how many were recorded.
    pub fn settle(&self, is_in_place: impl Fn(&Trace) -> bool) -> Result<usize, StoreError> {
        // Saves every ordinary start a transaction.
        let mut announced = false;
        self.read(|reader| {
            reader.each(&PLACING, b"", |_| {
                announced = true;
                false
            })
        })?;
        if !announced {
            return Ok(0);
        }
        self.write(|writer| {
            let mut recorded = 0;
            for key in writer.keys(&PLACING)? {
                match writer.get(&PLACING, &key) {
                    Ok(Some(Placing { trace, recipe })) if is_in_place(&trace) => {
                        writer.put(&TRACES, &key, &trace)?;
                        writer.put(&RECIPES, &key, &recipe)?;
                        recorded += 1;
                    }
                    // Nobody knows what the package is now: a trace that cannot be read has it built again.
                    Err(StoreError::Corrupted { .. }) => writer.put_bytes(&TRACES, &key, b"")?,
                    placing => _ = placing?,
                }
                writer.remove(&PLACING, &key)?;
            }
            Ok(recorded)
        })
    }
}
