//! What each package was made from.

use std::collections::BTreeMap;

use super::door::corrupted;
use super::tables::TRACES;
use super::{Store, StoreError};
use crate::model::{OriginSpec, Trace};

impl Store {
    pub fn trace(&self, spec: &OriginSpec) -> Result<Option<Trace>, StoreError> {
        self.read(|reader| reader.get(&TRACES, spec.to_string().as_bytes()))
    }

    pub fn put_trace(&self, spec: &OriginSpec, trace: &Trace) -> Result<(), StoreError> {
        self.put_traces([(spec, trace)])
    }

    /// Many at once: the packages that were found without a record are adopted in one transaction.
    pub fn put_traces<'a>(
        &self,
        traces: impl IntoIterator<Item = (&'a OriginSpec, &'a Trace)>,
    ) -> Result<(), StoreError> {
        self.write(|writer| {
            let mut traces = traces.into_iter();
            traces.try_for_each(|(spec, trace)| writer.put(&TRACES, spec.to_string().as_bytes(), trace))
        })
    }

    /// All there are, in order, one at a time: a whole tree's traces are hundreds of megabytes, so take what is needed
    /// of each and let go of the rest.
    ///
    /// One that cannot be read is an error in its place: a missing trace says "up to date", a broken one must not.
    pub fn each_trace(&self, mut take: impl FnMut(OriginSpec, Result<Trace, StoreError>)) -> Result<(), StoreError> {
        let mut stray = None;
        self.read(|reader| {
            reader.each(&TRACES, b"", |(key, trace)| {
                match spec_of(&key) {
                    Ok(spec) => take(spec, trace),
                    Err(error) => stray = Some(error),
                }
                stray.is_none()
            })
        })?;
        stray.map_or(Ok(()), Err)
    }

    /// The same, all at once: for small trees and tests.
    pub fn all_traces(&self) -> Result<BTreeMap<OriginSpec, Result<Trace, StoreError>>, StoreError> {
        let mut traces = BTreeMap::new();
        self.each_trace(|spec, trace| drop(traces.insert(spec, trace)))?;
        Ok(traces)
    }
}

fn spec_of(key: &[u8]) -> Result<OriginSpec, StoreError> {
    let text = String::from_utf8_lossy(key);
    OriginSpec::parse(&text).map_err(|error| corrupted(&TRACES, key, error.to_string()))
}
