//! What the page is told of a run: the one shape of it, in files and on the wire (docs/api.md).

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::left::left;
use crate::model::{Fault, HostLoad};
use crate::view::{End, Finished, RunView, SlotView};

/// How many results are in one file.
pub(super) const CHUNK: usize = 500;

/// How far a run is. Times without another word are milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct State {
    pub(super) run: Uuid,
    pub(super) profile: String,
    pub(super) directive: String,
    /// When it began and when this was said, since 1970.
    pub(super) began: i64,
    pub(super) written: i64,
    pub(super) elapsed: u64,
    pub(super) active: bool,
    pub(super) counts: Counts,
    pub(super) remaining: usize,
    /// Ports an hour since the start, and in the last ten minutes.
    pub(super) rate: u64,
    pub(super) impulse: u64,
    /// Seconds to the end: at least, likely, at most.
    pub(super) left: Option<[u64; 3]>,
    /// How many slots may be at work.
    pub(super) limit: usize,
    pub(super) slots: Vec<Option<Slot>>,
    pub(super) host: Option<HostLoad>,
    /// How many results there are, and how many of them a file has.
    pub(super) results: usize,
    pub(super) chunk: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) queued: usize,
    pub(super) built: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    pub(super) ignored: usize,
    pub(super) missing: usize,
    pub(super) interrupted: usize,
    pub(super) fresh: usize,
    pub(super) meta: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Slot {
    pub(super) port: String,
    pub(super) phase: Option<&'static str>,
    pub(super) elapsed: u64,
    pub(super) phase_elapsed: u64,
    pub(super) lines: u64,
    /// Bytes, if they are known.
    pub(super) memory: Option<u64>,
    /// A file name in the directory of logs.
    pub(super) log: String,
    pub(super) reasons: Vec<String>,
}

/// What became of a port; what does not apply is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Row {
    pub(super) port: String,
    /// `built`, `failed`, `ignored`, `skipped`, `missing` or `interrupted`.
    pub(super) result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slot: Option<u32>,
    /// Since the run began.
    pub(super) started: u64,
    pub(super) ended: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) took: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) phase: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<&'static str>,
    /// The first lines of its output that look like the error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lines: Vec<String>,
    /// The port's own reason, or the chain to the port that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) info: Option<String>,
    /// Dependents that are lost with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skips: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) log: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) package: Option<String>,
    /// Why it was built.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasons: Vec<String>,
}

impl State {
    /// `None` before a run starts. `now` is by the view's clock, `clock` the same moment since 1970.
    pub(super) fn of(view: &RunView, now: Duration, clock: i64) -> Option<State> {
        let counts = &view.counts;
        Some(State {
            run: view.run?,
            profile: view.about.profile.clone(),
            directive: view.about.directive.clone(),
            began: clock - signed(now.saturating_sub(view.began()?)),
            written: clock,
            elapsed: millis(view.elapsed(now)),
            active: !view.is_over(),
            counts: Counts {
                queued: counts.queued,
                built: counts.built,
                failed: counts.failed,
                skipped: counts.skipped,
                ignored: counts.ignored,
                missing: counts.missing,
                interrupted: counts.interrupted,
                fresh: counts.fresh,
                meta: counts.meta,
            },
            remaining: view.remaining(),
            rate: view.per_hour(now),
            impulse: view.impulse(now),
            left: left(view, now),
            limit: view.limit,
            slots: view.slots.iter().map(|slot| slot.as_ref().map(|slot| Slot::of(slot, now))).collect(),
            host: view.host,
            results: view.finished.len(),
            chunk: CHUNK,
        })
    }
}

impl State {
    /// The same for all states between which nothing happened.
    pub(super) fn timeless(&self) -> State {
        let slot =
            |slot: &Option<Slot>| slot.clone().map(|slot| Slot { elapsed: 0, phase_elapsed: 0, memory: None, ..slot });
        let slots = self.slots.iter().map(slot).collect();
        State { written: 0, began: 0, elapsed: 0, rate: 0, impulse: 0, left: None, host: None, slots, ..self.clone() }
    }
}

impl Slot {
    fn of(slot: &SlotView, now: Duration) -> Slot {
        Slot {
            port: slot.spec.to_string(),
            phase: slot.phase.map(|phase| phase.name()),
            elapsed: millis(now.saturating_sub(slot.since)),
            phase_elapsed: millis(now.saturating_sub(slot.phase_since)),
            lines: slot.lines,
            memory: slot.memory,
            log: slot.spec.log_name(),
            reasons: slot.reasons.clone(),
        }
    }
}

impl Row {
    pub(super) fn of(finished: &Finished) -> Row {
        let row = Row {
            port: finished.spec.to_string(),
            slot: finished.slot.map(|slot| slot.0),
            started: millis(finished.started),
            ended: millis(finished.ended),
            took: finished.slot.map(|_| millis(finished.took)),
            log: finished.slot.map(|_| finished.spec.log_name()),
            reasons: finished.reasons.clone(),
            ..Row::default()
        };
        match &finished.end {
            End::Built { pkgfile } => Row { result: "built", package: Some(pkgfile.clone()), ..row },
            End::Failed { fault: Fault { phase, why, diagnosis }, skips, .. } => {
                let (phase, why) = (Some(phase.name()), Some(why.to_string()));
                let (class, lines) = (Some(diagnosis.class.name()), diagnosis.lines.clone());
                Row { result: "failed", phase, why, class, lines, skips: Some(*skips), ..row }
            }
            End::Ignored { reason, skips } => {
                Row { result: "ignored", info: Some(reason.clone()), skips: Some(*skips), ..row }
            }
            End::Skipped { chain } => Row { result: "skipped", info: Some(chain.clone()), ..row },
            End::Broken { reason } => Row { result: "missing", info: Some(reason.clone()), ..row },
            End::Interrupted => Row { result: "interrupted", ..row },
        }
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn signed(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
