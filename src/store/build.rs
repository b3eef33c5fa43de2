//! One build of one port, as it is remembered.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codec::{Value, from_body};
use super::older::BuildRecordV1;
use crate::model::{Diagnosis, OriginSpec};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// Version 7: ids are in order of time.
    pub id: Uuid,
    pub spec: OriginSpec,
    /// Version of the package that it makes or should have made.
    pub version: String,
    pub status: BuildStatus,
    /// When all that it needs was there; nanoseconds since 1970, as all times here. Older dsynths did not record it.
    pub ready: Option<i64>,
    /// When it got its slot.
    pub start: Option<i64>,
    pub end: Option<i64>,
    /// The run it was part of.
    pub run: Uuid,
    /// The last phase it came to, by name.
    pub phase: Option<String>,
    /// Why it failed, was skipped or ignored.
    pub failure: Option<String>,
    /// Name and milliseconds of each phase that ended.
    pub phases: Vec<(String, u64)>,
    /// What the failure comes down to; of a build that failed, unless an older dsynth recorded it.
    pub diagnosis: Option<Diagnosis>,
}

/// Stored by place: new ones go last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BuildStatus {
    Running,
    Success,
    Failed,
    Skipped,
    Ignored,
    /// dsynth was stopped or died.
    Interrupted,
}

impl Value for BuildRecord {
    const VERSION: u8 = 2;

    fn older(version: u8, body: &[u8]) -> Option<Result<BuildRecord, String>> {
        (version == 1).then(|| from_body::<BuildRecordV1>(body).map(BuildRecord::from))
    }
}

impl BuildRecord {
    /// One that starts now.
    pub fn begin(run: Uuid, spec: OriginSpec, version: &str) -> BuildRecord {
        BuildRecord {
            id: Uuid::now_v7(),
            spec,
            version: version.into(),
            status: BuildStatus::Running,
            ready: None,
            start: Some(unix_ns(SystemTime::now())),
            end: None,
            run,
            phase: None,
            failure: None,
            phases: Vec::new(),
            diagnosis: None,
        }
    }

    /// ` in build: compile, exit 1`, if it failed.
    pub fn why(&self) -> Option<String> {
        let (phase, failure) = (self.phase.as_ref()?, self.failure.as_ref()?);
        let text = self.diagnosis.as_ref().map_or(failure.clone(), |diagnosis| diagnosis.text(phase, failure));
        Some(format!(" in {phase}: {text}"))
    }

    /// When it ended, or began if it has not: what "newest" means.
    pub(super) fn time(&self) -> (Option<i64>, Uuid) {
        (self.end.or(self.start), self.id)
    }
}

impl BuildStatus {
    pub fn name(self) -> &'static str {
        match self {
            BuildStatus::Running => "running",
            BuildStatus::Success => "success",
            BuildStatus::Failed => "failed",
            BuildStatus::Skipped => "skipped",
            BuildStatus::Ignored => "ignored",
            BuildStatus::Interrupted => "interrupted",
        }
    }
}

/// Nanoseconds since 1970; times out of range (before 1678, after 2262) become the nearest one.
pub fn unix_ns(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |ns| -ns),
    }
}
