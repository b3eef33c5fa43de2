//! One picture of a run for every front: a fold over its events.
//!
//! Time is passed in (as time since any fixed moment), so the same events always give the same picture.

mod picture;
mod rate;
mod scan;
mod slot;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{Event, Fault, HostLoad, OriginSpec, SlotId, Summary};

pub use picture::{Heard, Picture};
pub use rate::Rate;
pub use scan::ScanView;
pub use slot::SlotView;

/// So many of the last events that people read are kept.
const RECENT: usize = 500;

/// What is known of a run so far. Times are since any fixed moment, unless they say that they are since its start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    pub about: About,
    pub run: Option<Uuid>,
    pub scan: ScanView,
    /// A place for each worker, empty while it has no job.
    pub slots: Vec<Option<SlotView>>,
    /// Why jobs have to be built that have not begun.
    pub dirty: Vec<(OriginSpec, Vec<String>)>,
    /// How many of them may be at work now.
    pub limit: usize,
    /// As in the summary at the end; `queued` shrinks with every job that turns out to be fresh.
    pub counts: Summary,
    /// In the order in which they ended; fresh ones are only counted.
    pub finished: Vec<Finished>,
    pub rate: Rate,
    /// `None` until the machine was looked at.
    pub host: Option<HostLoad>,
    /// The last events with something to read, oldest first.
    pub recent: VecDeque<Event>,
    /// When the run started and, once it has, ended.
    began: Option<Duration>,
    ended: Option<Duration>,
}

/// Which run it is; known before it starts, and the same for all that one process does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub profile: String,
    pub directive: String,
    /// The directory of all logs; empty for what keeps none.
    pub logs: Utf8PathBuf,
}

/// A job that came to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub spec: OriginSpec,
    /// Where it was built, if it was.
    pub slot: Option<SlotId>,
    /// Since the run started; the same moment for what was not built.
    pub started: Duration,
    pub ended: Duration,
    /// What the build says that it took.
    pub took: Duration,
    /// Why it had to be built.
    pub reasons: Vec<String>,
    pub end: End,
}

/// What that end was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum End {
    Built { pkgfile: String },
    Failed { fault: Fault, skips: usize, log: Utf8PathBuf },
    Ignored { reason: String, skips: usize },
    Skipped { chain: String },
    Broken { reason: String },
    Interrupted,
}

impl RunView {
    pub fn of(about: About) -> RunView {
        RunView { about, ..RunView::default() }
    }

    pub fn hear(&mut self, event: &Event, at: Duration) {
        match event {
            Event::Scanned { done, total } => self.scan.hear(*done, *total, at),
            Event::RunStarted { run, queued, workers, limit } => self.start(*run, [*queued, *workers, *limit], at),
            Event::Replanned { queued } => self.counts.queued = *queued,
            Event::RunEnded { summary } => {
                self.counts = summary.clone();
                self.ended = Some(at);
            }
            Event::JobStarted { slot, spec, .. } => {
                let place = self.dirty.iter().position(|(dirty, _)| dirty == spec);
                let reasons = place.map(|place| self.dirty.swap_remove(place).1).unwrap_or_default();
                let view = SlotView { reasons, ..SlotView::new(spec.clone(), &self.about.logs, at) };
                *self.slot(*slot) = Some(view);
            }
            Event::PhaseStarted { slot, phase, .. } => self.with_slot(*slot, |view| view.enter(*phase, at)),
            Event::Output { slot, lines } => self.with_slot(*slot, |view| view.lines = *lines),
            Event::Memory { slot, bytes } => self.with_slot(*slot, |view| view.memory = Some(*bytes)),
            Event::Fresh { .. } => {
                self.counts.fresh += 1;
                self.counts.queued = self.counts.queued.saturating_sub(1);
            }
            Event::Adjusted { to, .. } => self.limit = *to,
            Event::Host(host) => self.host = Some(*host),
            Event::Dirty { spec, reasons } => self.dirty.push((spec.clone(), reasons.clone())),
            Event::Note { .. } | Event::Complaint { .. } | Event::PhaseEnded { .. } => {}
            _ => self.finish(event, at),
        }
        if is_read(event) {
            self.recent.push_back(event.clone());
            let over = self.recent.len().saturating_sub(RECENT);
            self.recent.drain(..over);
        }
    }

    /// When the run started.
    pub fn began(&self) -> Option<Duration> {
        self.began
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

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    fn start(&mut self, run: Uuid, [queued, workers, limit]: [usize; 3], at: Duration) {
        let before = std::mem::take(self);
        *self = RunView {
            run: Some(run),
            slots: vec![None; workers],
            limit,
            counts: Summary { queued, ..Summary::default() },
            began: Some(at),
            about: before.about,
            scan: before.scan,
            host: before.host,
            recent: before.recent,
            ..RunView::default()
        };
    }

    fn finish(&mut self, event: &Event, at: Duration) {
        let Some((slot, spec, took, end)) = ended(event) else { return };
        let held = slot.and_then(|slot| self.slot(slot).take());
        let started = self.elapsed(held.as_ref().map_or(at, |held| held.since));
        let reasons = held.map(|held| held.reasons).unwrap_or_default();
        let finished = Finished { spec, slot, started, ended: self.elapsed(at), took, reasons, end };
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

/// Where a job ended, which, how long it took and how; `None` for an event that ends none.
fn ended(event: &Event) -> Option<(Option<SlotId>, OriginSpec, Duration, End)> {
    Some(match event.clone() {
        Event::Built { slot, spec, pkgfile, took } => (Some(slot), spec, took, End::Built { pkgfile }),
        Event::Failed { slot, spec, fault, skips, took, log, .. } => {
            (Some(slot), spec, took, End::Failed { fault, skips, log })
        }
        Event::Interrupted { slot, spec } => (Some(slot), spec, Duration::ZERO, End::Interrupted),
        Event::Ignored { spec, reason, skips, .. } => (None, spec, Duration::ZERO, End::Ignored { reason, skips }),
        Event::Skipped { spec, chain, .. } => (None, spec, Duration::ZERO, End::Skipped { chain }),
        Event::Broken { spec, reason } => (None, spec, Duration::ZERO, End::Broken { reason }),
        _ => return None,
    })
}

/// Whether people are shown more of it than a number; not what tells only why, or how far something is.
fn is_read(event: &Event) -> bool {
    matches!(event, Event::Note { .. } | Event::Complaint { .. } | Event::JobStarted { .. } | Event::Obsolete { .. })
        || ended(event).is_some()
}
