//! What an older dsynth recorded of the packages that this one finds without a trace.
//!
//! A build base may come from the C dsynth or from go-dsynth, with packages and a database of checksums of the ports'
//! directories. As long as a package has no trace, the old record stands for it: if it still holds, or if there is none,
//! the package is adopted; if not, its port is dirty. The files are read anew in each run that meets such a package and
//! are never changed, so that both programs may be used in turns.

mod checksum;
mod index;

use std::collections::BTreeMap;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Event, EventSink, Job, OriginSpec};
use crate::queries::inputs::OldRecord;
use crate::store::{Ndbm, NdbmError};

use super::{Session, SessionError};
use checksum::checksum;
use index::Index;

/// The C dsynth's database, in the build base.
pub const C_DATABASE: &str = "ports_crc.db";
/// go-dsynth's older one.
pub const GO_INDEX: &str = "crc_index";
/// go-dsynth's newer one. Its format (bbolt) is not read.
pub const GO_DATABASE: &str = "dsynth.db";

/// So many wrong lines are named one by one.
const NAMED: usize = 10;

#[derive(Debug, thiserror::Error)]
enum OldError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Ndbm(#[from] NdbmError),
}

/// The databases of a build base, as far as they are there and can be read.
#[derive(Debug, Default)]
struct OldDatabases {
    c: BTreeMap<OriginSpec, u32>,
    go: BTreeMap<OriginSpec, u32>,
    /// What was read and what was not, a line each.
    notes: Vec<String>,
}

impl Session {
    /// Old records of the jobs that have a package and no trace. No job's record is an error: what cannot be read
    /// is told and does not count.
    pub(super) fn old_records<'p>(
        &self,
        jobs: impl Iterator<Item = &'p Job>,
        events: &dyn EventSink,
    ) -> Result<BTreeMap<OriginSpec, OldRecord>, SessionError> {
        let traces = self.store.traces()?;
        let packaged = jobs.filter(|job| self.packages.has(&job.pkgfile));
        let jobs: Vec<&Job> = packaged.filter(|job| matches!(traces.get(&job.spec), Ok(None))).collect();
        if jobs.is_empty() || !self.store.asks_old_databases()? {
            return Ok(BTreeMap::new());
        }
        let databases = OldDatabases::read(&self.profile.buildbase);
        let found =
            jobs.iter().filter_map(|job| Some((job.spec.clone(), databases.record(job, &self.profile.portsdir)?)));
        let found: BTreeMap<OriginSpec, OldRecord> = found.collect();
        let mut notes = databases.notes;
        if !databases.c.is_empty() || !databases.go.is_empty() {
            notes.push(summary(jobs.len(), &found));
        }
        notes.into_iter().for_each(|text| events.send(Event::Note { text }));
        Ok(found)
    }
}

impl OldDatabases {
    fn read(buildbase: &Utf8Path) -> OldDatabases {
        let mut databases = OldDatabases::default();
        databases.take(&buildbase.join(C_DATABASE), "the C dsynth", OldDatabases::take_c);
        databases.take(&buildbase.join(GO_INDEX), "go-dsynth", OldDatabases::take_go);
        let path = buildbase.join(GO_DATABASE);
        if path.is_file() {
            databases
                .notes
                .push(format!("{path}, a database of go-dsynth, is ignored: only its text file {GO_INDEX} is read"));
        }
        databases
    }

    fn take(
        &mut self,
        path: &Utf8Path,
        program: &str,
        take: fn(&mut Self, &Utf8Path, &[u8]) -> Result<String, OldError>,
    ) {
        let note = match fs::read(path).map_err(OldError::from).and_then(|bytes| take(self, path, &bytes)) {
            Ok(note) => note,
            Err(OldError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => format!(
                "cannot read {path}, the database of {program}: {error}; packages without a record of their own count as up to date"
            ),
        };
        self.notes.push(note);
    }

    /// Keys are origins; values of another length than four bytes are passed over, as the C dsynth does.
    fn take_c(&mut self, path: &Utf8Path, bytes: &[u8]) -> Result<String, OldError> {
        let Ndbm { records, counted, order } = Ndbm::parse(bytes)?;
        let count = records.len();
        let record = |(key, value): (Vec<u8>, Vec<u8>)| {
            let spec = OriginSpec::parse(std::str::from_utf8(&key).ok()?).ok()?;
            Some((spec, order.u32(value.try_into().ok()?)))
        };
        self.c = records.into_iter().filter_map(record).collect();
        let mut note = format!("read {} of the C dsynth in {path}", records_of(self.c.len()));
        if self.c.len() < count {
            note += &format!("; {} more make no sense", count - self.c.len());
        }
        if counted as usize != count {
            note += &format!("; its header counts {counted}, so its last writer may have been killed");
        }
        Ok(note)
    }

    fn take_go(&mut self, path: &Utf8Path, bytes: &[u8]) -> Result<String, OldError> {
        let Index { records, wrong } = Index::parse(bytes);
        self.go = records;
        self.notes.extend(wrong.iter().take(NAMED).map(|line| {
            format!("warning: {path}:{line}: expected category/name[@flavor]:checksum; the line does not count")
        }));
        if let Some(more) = wrong.len().checked_sub(NAMED).filter(|more| *more > 0) {
            self.notes.push(format!("warning: {path}: {more} more lines are wrong"));
        }
        Ok(format!("read {} of go-dsynth in {path}", records_of(self.go.len())))
    }

    /// The record of a job. If each program has one, that which holds counts: its program built from what is there now.
    fn record(&self, job: &Job, ports: &Utf8Path) -> Option<OldRecord> {
        let c = self.c.get(&job.spec).map(|before| {
            let mut now = checksum(ports.as_str(), &job.spec.origin);
            // The C dsynth takes the tree's path as it was written, and a slash at its end is part of each name.
            let with_slash = || checksum(&format!("{ports}/"), &job.spec.origin);
            if now != *before && with_slash() == *before {
                now = *before;
            }
            OldRecord { program: "the C dsynth", before: *before, now }
        });
        let go = self.go.get(&job.spec);
        let go = go.map(|before| OldRecord { program: "go-dsynth", before: *before, now: job.crc });
        [c, go].into_iter().flatten().min_by_key(OldRecord::changed)
    }
}

fn records_of(count: usize) -> String {
    if count == 1 { "1 record".into() } else { format!("{count} records") }
}

fn summary(packages: usize, found: &BTreeMap<OriginSpec, OldRecord>) -> String {
    let changed = found.values().filter(|record| record.changed()).count();
    let (same, unknown) = (found.len() - changed, packages - found.len());
    let packages = if packages == 1 { "1 package".into() } else { format!("{packages} packages") };
    format!(
        "{packages} without a record of their own: {same} up to date by an old record that still holds, {unknown} for want of \
         one; {changed} to be built, for their ports changed since"
    )
}

/// Every file of the old programs that a later run would look at.
pub(super) fn old_files(buildbase: &Utf8Path) -> [Utf8PathBuf; 3] {
    [C_DATABASE.to_owned(), GO_INDEX.to_owned(), format!("{GO_INDEX}.bak")].map(|name| buildbase.join(name))
}
