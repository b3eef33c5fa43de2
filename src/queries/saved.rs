//! What earlier processes found out, for those who check it before they use it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::Utf8PathBuf;

use crate::model::{Fingerprint, OriginSpec, Recipe, ScanRecord, Value};

/// Evaluations by the port and flavor that was asked for, the lists of framework files they share, and what packages
/// were made from.
pub trait Saved: Send + Sync {
    fn evaluation(&self, spec: &OriginSpec) -> Option<ScanRecord>;

    fn keep_evaluation(&self, spec: &OriginSpec, record: ScanRecord);

    /// The values that an evaluation's digest of them stands for, in the order of `scan::SHAPING`. Few ask for them.
    fn values(&self, spec: &OriginSpec) -> Option<Vec<Value>>;

    fn keep_values(&self, spec: &OriginSpec, values: Vec<Value>);

    /// A list is named by the digest of its names. One that was kept is known at once.
    fn framework(&self, list: Fingerprint) -> Option<Arc<[Utf8PathBuf]>>;

    fn keep_framework(&self, list: Fingerprint, files: Vec<Utf8PathBuf>);

    /// What the package of a port was made from, if that was recorded.
    fn traced_recipe(&self, spec: &OriginSpec) -> Option<Recipe>;
}

/// Held in memory, and gone with the process.
#[derive(Debug, Default)]
pub struct MemorySaved(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    evaluations: HashMap<OriginSpec, ScanRecord>,
    values: HashMap<OriginSpec, Vec<Value>>,
    frameworks: HashMap<Fingerprint, Arc<[Utf8PathBuf]>>,
}

impl MemorySaved {
    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saved for MemorySaved {
    fn evaluation(&self, spec: &OriginSpec) -> Option<ScanRecord> {
        self.lock().evaluations.get(spec).cloned()
    }

    fn keep_evaluation(&self, spec: &OriginSpec, record: ScanRecord) {
        self.lock().evaluations.insert(spec.clone(), record);
    }

    fn values(&self, spec: &OriginSpec) -> Option<Vec<Value>> {
        self.lock().values.get(spec).cloned()
    }

    fn keep_values(&self, spec: &OriginSpec, values: Vec<Value>) {
        self.lock().values.insert(spec.clone(), values);
    }

    fn framework(&self, list: Fingerprint) -> Option<Arc<[Utf8PathBuf]>> {
        self.lock().frameworks.get(&list).cloned()
    }

    fn keep_framework(&self, list: Fingerprint, files: Vec<Utf8PathBuf>) {
        self.lock().frameworks.insert(list, files.into());
    }

    /// No package was ever made.
    fn traced_recipe(&self, _: &OriginSpec) -> Option<Recipe> {
        None
    }
}
