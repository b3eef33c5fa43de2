//! One run of dsynth, as it is remembered.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::codec::Value;
use super::unix_ns;
use crate::model::Summary;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    pub id: Uuid,
    /// `build`, `everything` and so on.
    pub directive: String,
    /// Nanoseconds since 1970.
    pub start: i64,
    pub end: Option<i64>,
    pub pid: u32,
    /// Tells the process from a later one of the same pid: the host's boot id, the process's start time.
    pub owner: String,
    pub state: RunState,
    pub counters: Counters,
}

/// Stored by place: new ones go last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    Active,
    /// It came to its end, whatever became of its ports.
    Finished,
    /// Its process died; the next one noticed.
    Aborted,
    /// It was told to stop, and did.
    Interrupted,
}

/// The numbers at a run's end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub queued: usize,
    pub built: usize,
    pub ignored: usize,
    pub skipped: usize,
    pub failed: usize,
    pub missing: usize,
    pub meta: usize,
    pub fresh: usize,
    pub interrupted: usize,
}

impl Value for RunRecord {}

impl RunRecord {
    /// One that starts now, in this process.
    pub fn begin(directive: &str, owner: &str) -> RunRecord {
        RunRecord {
            id: Uuid::now_v7(),
            directive: directive.into(),
            start: unix_ns(SystemTime::now()),
            end: None,
            pid: std::process::id(),
            owner: owner.into(),
            state: RunState::Active,
            counters: Counters::default(),
        }
    }
}

impl RunState {
    pub fn name(self) -> &'static str {
        match self {
            RunState::Active => "active",
            RunState::Finished => "finished",
            RunState::Aborted => "aborted",
            RunState::Interrupted => "interrupted",
        }
    }
}

impl From<&Summary> for Counters {
    fn from(summary: &Summary) -> Counters {
        let Summary { queued, built, ignored, skipped, failed, missing, meta, fresh, interrupted, took: _, bound: _ } =
            *summary;
        Counters { queued, built, ignored, skipped, failed, missing, meta, fresh, interrupted }
    }
}
