//! What a scan of the tree found out: files by stamp, evaluations, lists of framework files.
//!
//! None of it is a record of anything: what is lost or unreadable is found out again.

use camino::Utf8PathBuf;

use super::tables::{DISK, FRAMEWORKS, SCANS};
use super::{Store, StoreError};
use crate::model::{DirectoryRecord, Fingerprint, OriginSpec, ScanRecord};

/// New findings, written together.
#[derive(Debug, Default)]
pub struct Findings {
    /// By group: a category of the tree, or what is outside of it. Replaces what the group had.
    pub disk: Vec<(String, Vec<DirectoryRecord>)>,
    pub evaluations: Vec<(OriginSpec, ScanRecord)>,
    pub frameworks: Vec<(Fingerprint, Vec<Utf8PathBuf>)>,
}

impl Store {
    /// All directories that were ever seen.
    pub fn disk(&self) -> Result<Vec<DirectoryRecord>, StoreError> {
        let mut records = Vec::new();
        self.read(|reader| {
            reader.each(&DISK, b"", |(_, group)| {
                records.extend(group.unwrap_or_default());
                true
            })
        })?;
        Ok(records)
    }

    pub fn scan(&self, spec: &OriginSpec) -> Result<Option<ScanRecord>, StoreError> {
        self.read(|reader| reader.get(&SCANS, spec.to_string().as_bytes()))
    }

    pub fn framework(&self, list: Fingerprint) -> Result<Option<Vec<Utf8PathBuf>>, StoreError> {
        self.read(|reader| reader.get(&FRAMEWORKS, list.as_bytes()))
    }

    pub fn keep(&self, findings: &Findings) -> Result<(), StoreError> {
        self.write(|writer| {
            for (group, records) in &findings.disk {
                writer.put(&DISK, group.as_bytes(), records)?;
            }
            for (list, files) in &findings.frameworks {
                writer.put(&FRAMEWORKS, list.as_bytes(), files)?;
            }
            for (spec, record) in &findings.evaluations {
                writer.put(&SCANS, spec.to_string().as_bytes(), record)?;
            }
            Ok(())
        })
    }
}
