//! What the last successful build of each port took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::codec::{Value, from_body};
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
    /// Processor time of all phases, if the kernel said.
    pub cpu_milliseconds: Option<u64>,
    /// The most bytes that its processes were seen to have together, and what the largest one had at least; if the kernel said.
    pub peak_memory: Option<u64>,
    /// The most bytes that the work directory had at the end of a phase; 0 if nobody knows.
    pub work: u64,
}

/// Before it had the peak of the work directory.
#[derive(Serialize, Deserialize)]
pub(super) struct CostV1 {
    pub(super) milliseconds: u64,
    pub(super) jobs: u32,
    pub(super) extracted: u64,
    pub(super) cpu_milliseconds: Option<u64>,
    pub(super) peak_memory: Option<u64>,
}

impl Value for Cost {
    const VERSION: u8 = 2;

    fn older(version: u8, body: &[u8]) -> Option<Result<Cost, String>> {
        let read = || from_body::<CostV1>(body).map(Cost::from);
        (version == 1).then(read)
    }
}

impl From<CostV1> for Cost {
    fn from(old: CostV1) -> Cost {
        let CostV1 { milliseconds, jobs, extracted, cpu_milliseconds, peak_memory } = old;
        Cost { milliseconds, jobs, extracted, cpu_milliseconds, peak_memory, work: 0 }
    }
}

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
