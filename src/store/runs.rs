//! Runs: one at a time, and cleared up after a crash.

use std::time::SystemTime;

use jiff::Timestamp;
use uuid::Uuid;

use super::door::{Reader, Writer};
use super::outcomes::put_record;
use super::tables::{BUILDS, RUNNING, RUNS};
use super::{BuildRecord, BuildStatus, Counters, RunRecord, RunState, Store, StoreError, unix_ns};

/// What a dead owner left behind; all of it is put right already.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Runs that were active and are aborted now.
    pub runs: Vec<RunRecord>,
    /// Builds that were running and are interrupted now.
    pub builds: Vec<BuildRecord>,
}

impl Store {
    /// Refused while another run is active.
    pub fn begin_run(&self, run: &RunRecord) -> Result<(), StoreError> {
        not_nil(run.id)?;
        self.write(|writer| match active(writer)?.into_iter().find(|other| other.id != run.id) {
            Some(other) => Err(is_active(other)),
            None => writer.put(&RUNS, run.id.as_bytes(), run),
        })
    }

    pub fn finish_run(&self, id: Uuid, state: RunState, counters: Counters) -> Result<(), StoreError> {
        not_nil(id)?;
        let end = Some(unix_ns(SystemTime::now()));
        self.write(|writer| {
            let run = writer.get(&RUNS, id.as_bytes())?.ok_or(StoreError::NotFound { what: "run", id })?;
            writer.put(&RUNS, id.as_bytes(), &RunRecord { state, end, counters, ..run })
        })
    }

    pub fn run(&self, id: Uuid) -> Result<RunRecord, StoreError> {
        not_nil(id)?;
        self.read(|reader| reader.get(&RUNS, id.as_bytes()))?.ok_or(StoreError::NotFound { what: "run", id })
    }

    pub fn active_run(&self) -> Result<Option<RunRecord>, StoreError> {
        let newest = |reader: &Reader| newest_runs(reader, |run| run.state == RunState::Active, 1);
        Ok(self.read(newest)?.pop())
    }

    /// Newest first; records that cannot be read are left out.
    pub fn recent_runs(&self, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
        self.read(|reader| newest_runs(reader, |_| true, limit))
    }

    /// To be called by a new owner of the database, before its own run: whoever was active is dead, since
    /// it would hold dsynth's lock otherwise. Their end stays open: nobody knows when it was.
    pub fn recover(&self) -> Result<Recovered, StoreError> {
        if self.read(is_clean)? {
            return Ok(Recovered::default());
        }
        self.write(|writer| Ok(Recovered { runs: abort_runs(writer)?, builds: interrupt_builds(writer)? }))
    }
}

fn newest_runs(reader: &Reader, wanted: fn(&RunRecord) -> bool, limit: usize) -> Result<Vec<RunRecord>, StoreError> {
    let mut runs = Vec::new();
    if limit == 0 {
        return Ok(runs);
    }
    reader.each_back(&RUNS, |(_, run)| {
        runs.extend(run.ok().filter(wanted));
        runs.len() < limit
    })?;
    Ok(runs)
}

/// Saves every ordinary start a transaction, which is a wait for the disk.
fn is_clean(reader: &Reader) -> Result<bool, StoreError> {
    let mut clean = newest_runs(reader, |run| run.state == RunState::Active, 1)?.is_empty();
    reader.each(&RUNNING, b"", |_| {
        clean = false;
        false
    })?;
    Ok(clean)
}

fn active(writer: &Writer) -> Result<Vec<RunRecord>, StoreError> {
    let keys = writer.keys(&RUNS)?;
    // An unreadable record is no reason to never run again.
    let runs = keys.iter().filter_map(|key| writer.get(&RUNS, key).ok().flatten());
    Ok(runs.filter(|run| run.state == RunState::Active).collect())
}

fn abort_runs(writer: &Writer) -> Result<Vec<RunRecord>, StoreError> {
    let mut runs = active(writer)?;
    for run in &mut runs {
        run.state = RunState::Aborted;
        writer.put(&RUNS, run.id.as_bytes(), run)?;
    }
    Ok(runs)
}

fn interrupt_builds(writer: &Writer) -> Result<Vec<BuildRecord>, StoreError> {
    let mut builds = Vec::new();
    for key in writer.keys(&RUNNING)? {
        match writer.get(&BUILDS, &key) {
            Ok(Some(build)) => {
                let build = BuildRecord { status: BuildStatus::Interrupted, ..build };
                put_record(writer, &build)?;
                builds.push(build);
            }
            // Nothing to put right, and nothing to stumble over at each start.
            Ok(None) | Err(StoreError::Corrupted { .. }) => writer.remove(&RUNNING, &key)?,
            Err(error) => return Err(error),
        }
    }
    Ok(builds)
}

fn is_active(run: RunRecord) -> StoreError {
    let since = Timestamp::from_nanosecond(run.start.into()).unwrap_or_default();
    let since = since.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    StoreError::RunActive { run: run.id, directive: run.directive, pid: run.pid, since }
}

fn not_nil(id: Uuid) -> Result<(), StoreError> {
    if id.is_nil() { Err(StoreError::Validation { what: "run" }) } else { Ok(()) }
}
