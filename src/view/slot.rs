//! One slot at work.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::model::{OriginSpec, Phase};

/// The job in a slot and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotView {
    pub spec: OriginSpec,
    /// `None` until the first phase starts.
    pub phase: Option<Phase>,
    /// When the job and its phase started.
    pub since: Duration,
    pub phase_since: Duration,
    /// Lines of output so far.
    pub lines: u64,
    /// Bytes of memory that its processes have for themselves; `None` as long as that is not known.
    pub memory: Option<u64>,
    /// Where they are.
    pub log: Utf8PathBuf,
    /// Why it has to be built.
    pub reasons: Vec<String>,
}

impl SlotView {
    /// `logs` is the directory of all logs.
    pub fn new(spec: OriginSpec, logs: &Utf8Path, at: Duration) -> SlotView {
        let log = logs.join(spec.log_name());
        let (since, phase_since) = (at, at);
        SlotView { spec, phase: None, since, phase_since, lines: 0, memory: None, log, reasons: Vec::new() }
    }

    pub fn enter(&mut self, phase: Phase, at: Duration) {
        self.phase = Some(phase);
        self.phase_since = at;
    }
}
