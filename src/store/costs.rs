//! What the last successful build of each port took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::codec::Value;
use super::tables::COSTS;
use super::{Store, StoreError};
use crate::model::OriginSpec;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Wall time of all phases.
    pub milliseconds: u64,
    /// `MAKE_JOBS_NUMBER`.
    pub jobs: u32,
    /// Bytes of the work directory after `extract`; 0 if nobody knows.
    pub extracted: u64,
    /// Processor time, and the most memory in bytes; nobody measures them yet.
    pub cpu_milliseconds: Option<u64>,
    pub peak_memory: Option<u64>,
}

impl Value for Cost {}

impl Store {
    /// All there are; what cannot be read is left out: it is a hint.
    pub fn costs(&self) -> Result<BTreeMap<OriginSpec, Cost>, StoreError> {
        let mut costs = BTreeMap::new();
        self.read(|reader| {
            reader.each(&COSTS, b"", |(spec, cost)| {
                let spec = String::from_utf8(spec).ok().and_then(|spec| OriginSpec::parse(&spec).ok());
                costs.extend(spec.zip(cost.ok()));
                true
            })
        })?;
        Ok(costs)
    }
}
