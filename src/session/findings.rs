//! What scans found out, between the store and those who ask.
//!
//! New findings are written once a second, so that an interrupted or killed scan goes on where it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Fingerprint, OriginSpec, ScanRecord};
use crate::queries::saved::Saved;
use crate::store::{Findings, Store, StoreError};
use crate::system::disk::Disk;

/// A scan that is killed loses no more than this.
const PACE: Duration = Duration::from_secs(1);

/// Saved evaluations, read from the store when they are asked for.
pub struct SavedScans {
    store: Arc<Store>,
    frameworks: Mutex<HashMap<Fingerprint, Arc<[Utf8PathBuf]>>>,
    new: Mutex<New>,
}

/// What is to be written, and since when it gathers.
struct New {
    findings: Findings,
    since: Instant,
}

impl SavedScans {
    pub fn new(store: Arc<Store>) -> SavedScans {
        let new = New { findings: Findings::default(), since: Instant::now() };
        SavedScans { store, frameworks: Mutex::default(), new: Mutex::new(new) }
    }

    /// Writes what is new. What cannot be written is found out again next time.
    pub fn flush(&self) -> Result<(), StoreError> {
        let new = lock(&self.new).take();
        if new.evaluations.is_empty() && new.frameworks.is_empty() { Ok(()) } else { self.store.keep(&new) }
    }
}

impl New {
    fn take(&mut self) -> Findings {
        self.since = Instant::now();
        take(&mut self.findings)
    }
}

impl Saved for SavedScans {
    fn evaluation(&self, spec: &OriginSpec) -> Option<ScanRecord> {
        self.store.scan(spec).ok()?
    }

    fn keep_evaluation(&self, spec: &OriginSpec, record: ScanRecord) {
        let due = {
            let mut new = lock(&self.new);
            new.findings.evaluations.push((spec.clone(), record));
            new.since.elapsed() >= PACE
        };
        if due && let Err(error) = self.flush() {
            tracing::warn!(%error, "cannot keep evaluations");
        }
    }

    fn framework(&self, list: Fingerprint) -> Option<Arc<[Utf8PathBuf]>> {
        if let Some(files) = lock(&self.frameworks).get(&list) {
            return Some(files.clone());
        }
        let files: Arc<[Utf8PathBuf]> = self.store.framework(list).ok()??.into();
        lock(&self.frameworks).insert(list, files.clone());
        Some(files)
    }

    fn keep_framework(&self, list: Fingerprint, files: Vec<Utf8PathBuf>) {
        if lock(&self.frameworks).insert(list, files.clone().into()).is_none() {
            lock(&self.new).findings.frameworks.push((list, files));
        }
    }
}

/// Writes what changed on disk since it was loaded, a category at a time.
pub fn save_disk(disk: &Disk, ports: &Utf8Path, store: &Store) -> Result<(), StoreError> {
    let changed: BTreeSet<String> = disk.take_changed().iter().map(|path| group(path, ports)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut groups: BTreeMap<String, Vec<_>> = changed.iter().map(|name| (name.clone(), Vec::new())).collect();
    for record in disk.records(|path| changed.contains(&group(path, ports))) {
        if let Some(records) = groups.get_mut(&group(&record.path, ports)) {
            records.push(record);
        }
    }
    store.keep(&Findings { disk: groups.into_iter().collect(), ..Findings::default() })
}

/// The category of a path of the tree; all else is one group.
fn group(path: &Utf8Path, ports: &Utf8Path) -> String {
    let below = path.strip_prefix(ports).ok();
    below.and_then(|below| below.components().next()).map(|part| part.to_string()).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
