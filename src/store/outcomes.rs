//! Builds: saved, changed, found again.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::door::{Reader, Writer};
use super::tables::{
    BUILDS, COSTS, CRC_INDEX, PACKAGE_FILES, PACKAGES, PLACING, RECIPES, RUNNING, TRACES, package_key,
};
use super::{BuildRecord, BuildStatus, Cost, PackageFile, Store, StoreError};
use crate::model::{Fingerprint, OriginSpec, Recipe, Trace};

/// A port was built and its package is in place.
pub struct Success<'a> {
    pub record: &'a BuildRecord,
    /// Checksum of the port's directory at the time.
    pub crc: u32,
    pub trace: &'a Trace,
    /// What the trace's recipe is made of.
    pub recipe: &'a Recipe,
    /// Stamp of the package file, so that nobody opens it again while it stays the same.
    pub stamp: Option<Fingerprint>,
    pub cost: Cost,
}

impl Store {
    /// New or again; the same id replaces.
    pub fn save_record(&self, record: &BuildRecord) -> Result<(), StoreError> {
        not_nil(record.id)?;
        self.write(|writer| put_record(writer, record))
    }

    pub fn get_record(&self, id: Uuid) -> Result<BuildRecord, StoreError> {
        not_nil(id)?;
        self.read(|reader| reader.get(&BUILDS, id.as_bytes()))?.ok_or(not_found(id))
    }

    /// Changes the status and the end; nothing else.
    pub fn update_status(&self, id: Uuid, status: BuildStatus, end: Option<i64>) -> Result<(), StoreError> {
        not_nil(id)?;
        self.write(|writer| {
            let record = writer.get(&BUILDS, id.as_bytes())?.ok_or(not_found(id))?;
            put_record(writer, &BuildRecord { status, end, ..record })
        })
    }

    /// Record, index, checksum and trace of a build: all of them or none.
    pub fn record_success(&self, success: &Success<'_>) -> Result<(), StoreError> {
        let Success { record, crc, trace, recipe, stamp, cost } = success;
        not_nil(record.id)?;
        let spec = record.spec.to_string();
        self.write(|writer| {
            put_record(writer, record)?;
            writer.put(&PACKAGES, &package_key(&record.spec, &record.version), &record.id)?;
            writer.put(&CRC_INDEX, spec.as_bytes(), crc)?;
            writer.put(&TRACES, spec.as_bytes(), trace)?;
            writer.put(&RECIPES, spec.as_bytes(), recipe)?;
            writer.put(&COSTS, spec.as_bytes(), cost)?;
            writer.remove(&PLACING, spec.as_bytes())?;
            let Some(stamp) = *stamp else { return Ok(()) };
            let file = PackageFile { stamp, facts: trace.package.clone() };
            writer.put(&PACKAGE_FILES, trace.pkgfile.as_bytes(), &file)
        })
    }

    /// The latest success of this version; of any version, the newest by time. None if it was never built.
    pub fn latest_for(&self, spec: &OriginSpec, version: Option<&str>) -> Result<Option<BuildRecord>, StoreError> {
        self.read(|reader| match version {
            Some(version) => {
                let id = reader.get(&PACKAGES, &package_key(spec, version))?;
                id.map(|id| indexed(reader, spec, version, id)).transpose()
            }
            None => newest(reader, spec),
        })
    }

    /// All builds of a port, newest first. Reads every record there is: for people, not for planning.
    pub fn builds_of(&self, spec: &OriginSpec) -> Result<Vec<BuildRecord>, StoreError> {
        self.builds_that(|found| found == spec, usize::MAX)
    }

    /// The last build of each port that succeeded or failed. Reads back to the first of them: for people.
    pub fn last_ended(&self, mut ports: BTreeSet<OriginSpec>) -> Result<BTreeMap<OriginSpec, BuildRecord>, StoreError> {
        let mut ended = BTreeMap::new();
        self.read(|reader| {
            reader.each_back(&BUILDS, |(_, build)| {
                let has_ended =
                    |build: &BuildRecord| matches!(build.status, BuildStatus::Success | BuildStatus::Failed);
                let build = build.ok().filter(|build| has_ended(build) && ports.remove(&build.spec));
                ended.extend(build.map(|build| (build.spec.clone(), build)));
                !ports.is_empty()
            })
        })?;
        Ok(ended)
    }

    /// At most so many builds of the ports that are meant, newest first.
    pub fn builds_that(
        &self,
        is_meant: impl Fn(&OriginSpec) -> bool,
        count: usize,
    ) -> Result<Vec<BuildRecord>, StoreError> {
        let mut builds = Vec::new();
        self.read(|reader| {
            reader.each_back(&BUILDS, |(_, build)| {
                builds.extend(build.ok().filter(|build| builds.len() < count && is_meant(&build.spec)));
                builds.len() < count
            })
        })?;
        Ok(builds)
    }
}

/// The one way a record is written, so that `RUNNING` always agrees with it.
pub(super) fn put_record(writer: &Writer, record: &BuildRecord) -> Result<(), StoreError> {
    let key = record.id.as_bytes();
    writer.put(&BUILDS, key, record)?;
    match record.status {
        BuildStatus::Running => writer.put(&RUNNING, key, &()),
        _ => writer.remove(&RUNNING, key),
    }
}

fn newest(reader: &Reader, spec: &OriginSpec) -> Result<Option<BuildRecord>, StoreError> {
    let prefix = package_key(spec, "");
    let mut found = Vec::new();
    reader.each(&PACKAGES, &prefix, |(key, id)| match key.strip_prefix(prefix.as_slice()) {
        Some(version) => {
            found.push((String::from_utf8_lossy(version).into_owned(), id));
            true
        }
        None => false,
    })?;
    let builds = found.into_iter().map(|(version, id)| indexed(reader, spec, &version, id?));
    let builds = builds.collect::<Result<Vec<_>, _>>()?;
    Ok(builds.into_iter().max_by_key(BuildRecord::time))
}

fn indexed(reader: &Reader, spec: &OriginSpec, version: &str, id: Uuid) -> Result<BuildRecord, StoreError> {
    let orphaned = || StoreError::Orphaned { spec: spec.to_string(), version: version.into(), build: id };
    reader.get(&BUILDS, id.as_bytes())?.ok_or_else(orphaned)
}

fn not_nil(id: Uuid) -> Result<(), StoreError> {
    if id.is_nil() { Err(StoreError::Validation { what: "build" }) } else { Ok(()) }
}

fn not_found(id: Uuid) -> StoreError {
    StoreError::NotFound { what: "build", id }
}
