//! One slot at work.

use std::time::Duration;

use crate::model::{OriginSpec, Phase};

/// The job in a slot and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotView {
    pub spec: OriginSpec,
    /// `None` until the first phase starts.
    pub phase: Option<Phase>,
    /// When the job and its phase started.
    pub since: Duration,
    pub phase_since: Duration,
    /// Lines of output so far.
    pub lines: u64,
}

impl SlotView {
    pub fn new(spec: OriginSpec, at: Duration) -> SlotView {
        SlotView { spec, phase: None, since: at, phase_since: at, lines: 0 }
    }

    pub fn enter(&mut self, phase: Phase, at: Duration) {
        self.phase = Some(phase);
        self.phase_since = at;
    }
}
