//! What the server needs of the rest of dsynth.

use std::process::Child;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::model::{Event, OriginSpec};

/// Answers may take long; they are asked for outside of the server's own threads. Errors are texts for people.
pub trait Backend: Send + Sync + 'static {
    /// Whether these name ports, as words of a command line would.
    fn check(&self, words: &[String]) -> Result<(), String>;
    /// A process of its own that builds; the run has this id, and what went wrong is in `errors`.
    fn start(&self, id: Uuid, words: &[String], errors: std::fs::File) -> Result<Child, String>;
    /// Whether some dsynth holds the build base.
    fn is_busy(&self) -> bool;
    /// All that are recorded, newest first.
    fn runs(&self) -> Result<Vec<PastRun>, String>;
    /// Whether the run is recorded by now.
    fn is_recorded(&self, id: Uuid) -> bool;
    /// A port's state, why, and its builds; `None` if there is no such port.
    fn port(&self, spec: &OriginSpec) -> Result<Option<Value>, String>;
    /// Whether the tree has it.
    fn has(&self, spec: &OriginSpec) -> bool;
    /// What ports depend on, or what depends on them.
    fn graph(&self, ports: &[OriginSpec], reverse: bool, depth: Option<usize>) -> Result<Value, String>;
    /// An event as docs/json.md has it; `None` for what only people would like to see.
    fn line(&self, event: &Event) -> Option<String>;
}

/// A run that began, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    pub id: Uuid,
    pub directive: String,
    pub status: Status,
    /// Milliseconds since 1970.
    pub started: i64,
    pub ended: Option<i64>,
    pub counts: BuildCounts,
}

/// What became of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Queued,
    Running,
    /// All that was asked for is there.
    Success,
    /// It came to its end, and some port failed, was skipped or is missing.
    Failed,
    Stopped,
    /// Its process died, or dsynth could not go on.
    Aborted,
    /// It did not begin.
    Refused,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BuildCounts {
    pub success: usize,
    pub failed: usize,
    pub skipped: usize,
    pub ignored: usize,
}
