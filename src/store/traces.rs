//! What each package was made from.

use std::collections::BTreeMap;

use super::door::{Rows, corrupted};
use super::tables::{RECIPES, TRACES};
use super::{Store, StoreError};
use crate::model::{OriginSpec, Recipe, Trace};

/// Traces as they were at one moment, for many questions. Held long, it makes the file grow.
pub struct TraceReader(Rows<Trace>);

impl TraceReader {
    pub fn get(&self, spec: &OriginSpec) -> Result<Option<Trace>, StoreError> {
        self.0.get(spec.to_string().as_bytes())
    }
}

impl Store {
    pub fn traces(&self) -> Result<TraceReader, StoreError> {
        self.read(|reader| Ok(TraceReader(reader.rows(&TRACES)?)))
    }

    pub fn trace(&self, spec: &OriginSpec) -> Result<Option<Trace>, StoreError> {
        self.read(|reader| reader.get(&TRACES, spec.to_string().as_bytes()))
    }

    /// What the recipe was made of that a trace names; of traces of older versions it is not known.
    pub fn traced_recipe(&self, spec: &OriginSpec) -> Result<Option<Recipe>, StoreError> {
        self.read(|reader| reader.get(&RECIPES, spec.to_string().as_bytes()))
    }

    pub fn put_trace(&self, spec: &OriginSpec, trace: &Trace, recipe: &Recipe) -> Result<(), StoreError> {
        self.put_traces([(spec, trace, recipe)])
    }

    /// Many at once: the packages that were found without a record are adopted in one transaction.
    pub fn put_traces<'a>(
        &self,
        traces: impl IntoIterator<Item = (&'a OriginSpec, &'a Trace, &'a Recipe)>,
    ) -> Result<(), StoreError> {
        self.write(|writer| {
            traces.into_iter().try_for_each(|(spec, trace, recipe)| {
                let key = spec.to_string();
                writer.put(&TRACES, key.as_bytes(), trace)?;
                writer.put(&RECIPES, key.as_bytes(), recipe)
            })
        })
    }

    /// All there are, in order, one at a time.
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
