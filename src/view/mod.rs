//! One picture of a run for every front: a fold over its events.
//!
//! Time is passed in (as time since any fixed moment), so the same events always give the same picture.

mod rate;
mod slot;
#[cfg(test)]
mod tests;

use std::time::Duration;

use camino::Utf8PathBuf;
use uuid::Uuid;

use crate::model::{Diagnosis, Event, Failure, OriginSpec, Phase, SlotId, Summary};

pub use rate::Rate;
pub use slot::SlotView;

/// What is known of a run so far.
#[derive(Clone, Debug, Default)]
pub struct RunView {
    pub run: Option<Uuid>,
    /// How many ports of how many are evaluated.
    pub scanned: (usize, usize),
    /// A place for each worker, empty while it has no job.
    pub slots: Vec<Option<SlotView>>,
    /// As in the summary at the end; `queued` shrinks with every job that turns out to be fresh.
    pub counts: Summary,
    /// In the order in which they ended; fresh ones are only counted.
    pub finished: Vec<Finished>,
    pub rate: Rate,
    /// When the run started and, once it has, ended.
    began: Option<Duration>,
    ended: Option<Duration>,
}

/// A job that came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    pub spec: OriginSpec,
    /// Where it was built, if it was.
    pub slot: Option<SlotId>,
    pub took: Duration,
    pub end: End,
}

/// What that end was.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Built { pkgfile: String },
    Failed { phase: Phase, why: Failure, diagnosis: Diagnosis, skips: usize, log: Utf8PathBuf },
    Ignored { reason: String },
    Skipped { chain: String },
    Broken { reason: String },
    Interrupted,
}

impl RunView {
    pub fn hear(&mut self, event: &Event, at: Duration) {
        match event {
            Event::Scanned { done, total } => self.scanned = (*done, *total),
            Event::RunStarted { run, queued, workers } => self.start(*run, *queued, *workers, at),
            Event::Replanned { queued } => self.counts.queued = *queued,
            Event::RunEnded { summary } => {
                self.counts = summary.clone();
                self.ended = Some(at);
            }
            Event::JobStarted { slot, spec, .. } => *self.slot(*slot) = Some(SlotView::new(spec.clone(), at)),
            Event::PhaseStarted { slot, phase, .. } => self.with_slot(*slot, |view| view.enter(*phase, at)),
            Event::Output { slot, lines } => self.with_slot(*slot, |view| view.lines = *lines),
            Event::Fresh { .. } => {
                self.counts.fresh += 1;
                self.counts.queued = self.counts.queued.saturating_sub(1);
            }
            Event::Note { .. } | Event::Complaint { .. } | Event::Dirty { .. } | Event::PhaseEnded { .. } => {}
            _ => self.finish(event, at),
        }
    }

    /// Since the run started; stands still when it has ended.
    pub fn elapsed(&self, now: Duration) -> Duration {
        self.began.map_or(Duration::ZERO, |began| self.ended.unwrap_or(now).saturating_sub(began))
    }

    /// Jobs of the queue that have not ended.
    pub fn remaining(&self) -> usize {
        let Summary { queued, built, ignored, skipped, failed, missing, interrupted, .. } = self.counts;
        queued.saturating_sub(built + ignored + skipped + failed + missing + interrupted)
    }

    /// How many slots are at work.
    pub fn active(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    /// Ports an hour since the start.
    pub fn per_hour(&self, now: Duration) -> u64 {
        self.rate.per_hour(self.elapsed(now))
    }

    /// Ports an hour in the last ten minutes.
    pub fn impulse(&self, now: Duration) -> u64 {
        self.rate.impulse(self.elapsed(now))
    }

    pub fn failures(&self) -> impl Iterator<Item = &Finished> {
        self.finished.iter().filter(|finished| matches!(finished.end, End::Failed { .. }))
    }

    fn start(&mut self, run: Uuid, queued: usize, workers: usize, at: Duration) {
        let counts = Summary { queued, ..Summary::default() };
        let slots = vec![None; workers];
        *self = RunView { run: Some(run), scanned: self.scanned, slots, counts, began: Some(at), ..RunView::default() };
    }

    fn finish(&mut self, event: &Event, at: Duration) {
        let Some(finished) = Finished::of(event) else { return };
        if let Some(slot) = finished.slot {
            *self.slot(slot) = None;
        }
        let counts = &mut self.counts;
        *match finished.end {
            End::Built { .. } => &mut counts.built,
            End::Failed { .. } => &mut counts.failed,
            End::Ignored { .. } => &mut counts.ignored,
            End::Skipped { .. } => &mut counts.skipped,
            End::Broken { .. } => &mut counts.missing,
            End::Interrupted => &mut counts.interrupted,
        } += 1;
        if matches!(finished.end, End::Built { .. } | End::Failed { .. }) {
            self.rate.count(self.elapsed(at));
        }
        self.finished.push(finished);
    }

    fn slot(&mut self, slot: SlotId) -> &mut Option<SlotView> {
        let index = slot.0 as usize;
        if index >= self.slots.len() {
            self.slots.resize(index + 1, None);
        }
        &mut self.slots[index]
    }

    fn with_slot(&mut self, slot: SlotId, change: impl FnMut(&mut SlotView)) {
        self.slot(slot).iter_mut().for_each(change);
    }
}

impl Finished {
    /// `None` for an event that ends no job.
    fn of(event: &Event) -> Option<Finished> {
        let (spec, slot, took, end) = match event.clone() {
            Event::Built { slot, spec, pkgfile, took } => (spec, Some(slot), took, End::Built { pkgfile }),
            Event::Failed { slot, spec, phase, why, diagnosis, skips, took, log, .. } => {
                (spec, Some(slot), took, End::Failed { phase, why, diagnosis, skips, log })
            }
            Event::Interrupted { slot, spec } => (spec, Some(slot), Duration::ZERO, End::Interrupted),
            Event::Ignored { spec, reason, .. } => (spec, None, Duration::ZERO, End::Ignored { reason }),
            Event::Skipped { spec, chain, .. } => (spec, None, Duration::ZERO, End::Skipped { chain }),
            Event::Broken { spec, reason } => (spec, None, Duration::ZERO, End::Broken { reason }),
            _ => return None,
        };
        Some(Finished { spec, slot, took, end })
    }
}
