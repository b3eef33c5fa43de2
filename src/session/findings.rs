//! What scans found out, between the store and those who ask.
//!
//! New findings are written every second, so that an interrupted scan goes on where it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Fingerprint, OriginSpec, Recipe, ScanRecord, Value};
use crate::queries::saved::Saved;
use crate::store::{Findings, ScanReader, Store, StoreError};
use crate::system::disk::{Changed, Disk};

/// New evaluations are written after so long, which is what a scan may lose that is killed.
const PAUSE: Duration = Duration::from_secs(1);

/// Saved evaluations, read from the store when they are asked for.
pub struct SavedScans {
    store: Arc<Store>,
    /// Opened at the first question, let go when something new was written.
    reader: Mutex<Option<Arc<ScanReader>>>,
    frameworks: Mutex<HashMap<Fingerprint, Arc<[Utf8PathBuf]>>>,
    new: Mutex<Findings>,
    written: Mutex<Instant>,
}

impl SavedScans {
    pub fn new(store: Arc<Store>) -> SavedScans {
        let written = Mutex::new(Instant::now());
        SavedScans { store, reader: Mutex::default(), frameworks: Mutex::default(), new: Mutex::default(), written }
    }

    /// Writes what is new. What cannot be written is found out again next time.
    pub fn flush(&self) -> Result<(), StoreError> {
        let new = take(&mut *lock(&self.new));
        *lock(&self.reader) = None;
        if new.is_empty() { Ok(()) } else { self.store.keep(&new) }
    }

    fn reader(&self) -> Option<Arc<ScanReader>> {
        let mut reader = lock(&self.reader);
        if reader.is_none() {
            *reader = self.store.scans().ok().map(Arc::new);
        }
        reader.clone()
    }
}

impl Saved for SavedScans {
    fn evaluation(&self, spec: &OriginSpec) -> Option<ScanRecord> {
        self.reader()?.evaluation(spec).ok()?
    }

    fn keep_evaluation(&self, spec: &OriginSpec, record: ScanRecord) {
        lock(&self.new).evaluations.push((spec.clone(), record));
        let due = {
            let mut written = lock(&self.written);
            let due = written.elapsed() >= PAUSE;
            if due {
                *written = Instant::now();
            }
            due
        };
        if due && let Err(error) = self.flush() {
            tracing::warn!(%error, "cannot keep evaluations");
        }
    }

    fn values(&self, spec: &OriginSpec) -> Option<Vec<Value>> {
        let new = lock(&self.new);
        if let Some((_, values)) = new.values.iter().rev().find(|(known, _)| known == spec) {
            return Some(values.clone());
        }
        drop(new);
        self.reader()?.values(spec).ok()?
    }

    fn keep_values(&self, spec: &OriginSpec, values: Vec<Value>) {
        lock(&self.new).values.push((spec.clone(), values));
    }

    fn framework(&self, list: Fingerprint) -> Option<Arc<[Utf8PathBuf]>> {
        if let Some(files) = lock(&self.frameworks).get(&list) {
            return Some(files.clone());
        }
        let files: Arc<[Utf8PathBuf]> = self.reader()?.framework(list).ok()??.into();
        lock(&self.frameworks).insert(list, files.clone());
        Some(files)
    }

    fn keep_framework(&self, list: Fingerprint, files: Vec<Utf8PathBuf>) {
        if lock(&self.frameworks).insert(list, files.clone().into()).is_none() {
            lock(&self.new).frameworks.push((list, files));
        }
    }

    fn traced_recipe(&self, spec: &OriginSpec) -> Option<Recipe> {
        self.store.traced_recipe(spec).ok()?
    }
}

/// Writes what changed on disk since it was loaded, a category at a time.
pub fn save_disk(disk: &Disk, ports: &Utf8Path, store: &Store) -> Result<(), StoreError> {
    let Changed { directories, moved } = disk.take_changed();
    let changed: BTreeSet<String> = directories.iter().map(|path| group(path, ports)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let mut groups: BTreeMap<String, Vec<_>> = changed.iter().map(|name| (name.clone(), Vec::new())).collect();
    for record in disk.records(|path| changed.contains(&group(path, ports))) {
        if let Some(records) = groups.get_mut(&group(&record.path, ports)) {
            records.push(record);
        }
    }
    store.keep(&Findings { disk: groups.into_iter().collect(), moved, ..Findings::default() })
}

/// The category of a path of the tree; all else is one group.
fn group(path: &Utf8Path, ports: &Utf8Path) -> String {
    let below = path.strip_prefix(ports).ok();
    below.and_then(|below| below.components().next()).map(|part| part.to_string()).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
