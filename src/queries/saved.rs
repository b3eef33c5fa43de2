//! What earlier processes found out, for those who check it before they use it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8PathBuf;

use crate::model::{Fingerprint, OriginSpec, ScanRecord};

/// Evaluations by the port and flavor that was asked for, and the lists of framework files they share.
pub trait Saved: Send + Sync {
    fn evaluation(&self, spec: &OriginSpec) -> Option<ScanRecord>;

    fn keep_evaluation(&self, spec: &OriginSpec, record: ScanRecord);

    /// A list is named by the digest of its names. One that was kept is known at once.
    fn framework(&self, list: Fingerprint) -> Option<Arc<[Utf8PathBuf]>>;

    fn keep_framework(&self, list: Fingerprint, files: Vec<Utf8PathBuf>);
}

/// Held in memory, and gone with the process.
#[derive(Debug, Default)]
pub struct MemorySaved {
    evaluations: Mutex<HashMap<OriginSpec, ScanRecord>>,
    frameworks: Mutex<HashMap<Fingerprint, Arc<[Utf8PathBuf]>>>,
}

impl Saved for MemorySaved {
    fn evaluation(&self, spec: &OriginSpec) -> Option<ScanRecord> {
        self.evaluations.lock().unwrap_or_else(PoisonError::into_inner).get(spec).cloned()
    }

    fn keep_evaluation(&self, spec: &OriginSpec, record: ScanRecord) {
        self.evaluations.lock().unwrap_or_else(PoisonError::into_inner).insert(spec.clone(), record);
    }

    fn framework(&self, list: Fingerprint) -> Option<Arc<[Utf8PathBuf]>> {
        self.frameworks.lock().unwrap_or_else(PoisonError::into_inner).get(&list).cloned()
    }

    fn keep_framework(&self, list: Fingerprint, files: Vec<Utf8PathBuf>) {
        self.frameworks.lock().unwrap_or_else(PoisonError::into_inner).insert(list, files.into());
    }
}
