//! What a scan of the tree found out: files by stamp, evaluations, lists of framework files.
//!
//! None of it is a record of anything: what is lost or unreadable is found out again.

use camino::Utf8PathBuf;

use super::door::Rows;
use super::plans::forget;
use super::tables::{DISK, FRAMEWORKS, SCANS, VALUES};
use super::{Store, StoreError};
use crate::model::{DirectoryRecord, Fingerprint, OriginSpec, ScanRecord, Value};

/// New findings, written together.
#[derive(Debug, Default)]
pub struct Findings {
    /// By group: a category of the tree, or what is outside of it. Replaces what the group had.
    pub disk: Vec<(String, Vec<DirectoryRecord>)>,
    /// Whether something in them has other contents than before, and not only another stamp.
    pub moved: bool,
    pub evaluations: Vec<(OriginSpec, ScanRecord)>,
    pub values: Vec<(OriginSpec, Vec<Value>)>,
    pub frameworks: Vec<(Fingerprint, Vec<Utf8PathBuf>)>,
}

/// Findings as they were at one moment, for many questions. Held long, it makes the file grow.
pub struct ScanReader {
    scans: Rows<ScanRecord>,
    values: Rows<Vec<Value>>,
    frameworks: Rows<Vec<Utf8PathBuf>>,
}

impl ScanReader {
    pub fn evaluation(&self, spec: &OriginSpec) -> Result<Option<ScanRecord>, StoreError> {
        self.scans.get(spec.to_string().as_bytes())
    }

    pub fn values(&self, spec: &OriginSpec) -> Result<Option<Vec<Value>>, StoreError> {
        self.values.get(spec.to_string().as_bytes())
    }

    pub fn framework(&self, list: Fingerprint) -> Result<Option<Vec<Utf8PathBuf>>, StoreError> {
        self.frameworks.get(list.as_bytes())
    }
}

impl Findings {
    pub fn is_empty(&self) -> bool {
        let Findings { disk, moved: _, evaluations, values, frameworks } = self;
        disk.is_empty() && evaluations.is_empty() && values.is_empty() && frameworks.is_empty()
    }
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

    pub fn scans(&self) -> Result<ScanReader, StoreError> {
        self.read(|reader| {
            Ok(ScanReader {
                scans: reader.rows(&SCANS)?,
                values: reader.rows(&VALUES)?,
                frameworks: reader.rows(&FRAMEWORKS)?,
            })
        })
    }

    pub fn keep(&self, findings: &Findings) -> Result<(), StoreError> {
        self.write(|writer| {
            if findings.moved {
                forget(writer)?;
            }
            for (group, records) in &findings.disk {
                writer.put(&DISK, group.as_bytes(), records)?;
            }
            for (list, files) in &findings.frameworks {
                writer.put(&FRAMEWORKS, list.as_bytes(), files)?;
            }
            for (spec, values) in &findings.values {
                writer.put(&VALUES, spec.to_string().as_bytes(), values)?;
            }
            for (spec, record) in &findings.evaluations {
                writer.put(&SCANS, spec.to_string().as_bytes(), record)?;
            }
            Ok(())
        })
    }
}
