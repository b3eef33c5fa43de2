//! What a run looks like at one moment: a copy of what is drawn, so that nobody waits for a terminal.

use std::time::Duration;

use crate::model::{HostLoad, StopReason, Summary};
use crate::ui::{LogLine, lines};
use crate::view::{About, RunView, ScanView, SlotView};

#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub(super) now: Duration,
    pub(super) about: About,
    pub(super) scan: ScanView,
    pub(super) slots: Vec<Option<SlotView>>,
    pub(super) limit: usize,
    pub(super) counts: Summary,
    pub(super) remaining: usize,
    pub(super) active: usize,
    pub(super) host: Option<HostLoad>,
    pub(super) elapsed: Duration,
    pub(super) per_hour: u64,
    pub(super) impulse: u64,
    pub(super) over: bool,
    /// Why no more is begun.
    pub(super) stopping: Option<StopReason>,
}

impl Moment {
    pub(super) fn of(view: &RunView, now: Duration, stopping: Option<StopReason>) -> Moment {
        Moment {
            now,
            about: view.about.clone(),
            scan: view.scan.clone(),
            slots: view.slots.clone(),
            limit: view.limit,
            counts: view.counts.clone(),
            remaining: view.remaining(),
            active: view.active(),
            host: view.host,
            elapsed: view.elapsed(now),
            per_hour: view.per_hour(now),
            impulse: view.impulse(now),
            over: view.is_over(),
            stopping,
        }
    }
}

/// The lines that were last written, newest first.
pub(super) fn last_lines(view: &RunView) -> Vec<LogLine> {
    view.recent.iter().rev().flat_map(|event| lines(event).into_iter().rev()).filter(|line| line.show).collect()
}
