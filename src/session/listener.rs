//! Turns what phases do into events of a slot, keeps their times, and sees to it that distfiles have one fetcher.

use std::time::Duration;

use crate::model::{Event, Job, JobId, Phase, SlotId};
use crate::phases::{Goal, Listener};

use super::distfiles::Fetching;
use super::worker::Worker;

/// One job's.
pub(super) struct SlotListener<'a> {
    worker: &'a Worker<'a>,
    slot: SlotId,
    id: JobId,
    job: &'a Job,
    /// From `fetch` to the end of `checksum`.
    fetching: Option<Fetching<'a>>,
    /// Bytes of the work directory after `extract`, and the most after any phase.
    pub(super) extracted: u64,
    pub(super) work: u64,
    /// The most bytes that its processes were seen to have.
    pub(super) memory: u64,
    /// The last one that began.
    pub(super) phase: Option<Phase>,
    /// Name and milliseconds.
    pub(super) times: Vec<(String, u64)>,
}

impl Listener for SlotListener<'_> {
    fn began(&mut self, phase: Phase) {
        self.phase = Some(phase);
        self.worker.events.send(Event::PhaseStarted { slot: self.slot, spec: self.job.spec.clone(), phase });
        // The package manager fetches within its one phase.
        if phase == Phase::Fetch || (phase == Phase::Package && self.fetches_late()) {
            self.fetching = Some(self.worker.distfiles.claim(&self.job.distfiles, self.worker.stop));
        }
    }

    fn ended(&mut self, phase: Phase, took: Duration) {
        if matches!(phase, Phase::Checksum | Phase::Package) {
            self.fetching = None;
        }
        self.times.push((phase.name().to_owned(), took.as_millis() as u64));
        self.worker.events.send(Event::PhaseEnded { slot: self.slot, spec: self.job.spec.clone(), phase, took });
    }

    fn used(&mut self, phase: Phase, bytes: u64) {
        self.work = bytes.max(self.work);
        if phase == Phase::Extract {
            self.extracted = bytes;
            self.worker.extracted().insert(self.id, bytes);
        }
    }

    fn lines(&mut self, lines: u64) {
        self.worker.events.send(Event::Output { slot: self.slot, lines });
    }

    fn memory(&mut self, bytes: u64) {
        self.memory = bytes.max(self.memory);
        self.worker.events.send(Event::Memory { slot: self.slot, bytes });
    }
}

impl<'a> SlotListener<'a> {
    pub(super) fn new(worker: &'a Worker<'a>, slot: SlotId, id: JobId) -> SlotListener<'a> {
        let job = worker.fresh.plan.job(id);
        SlotListener {
            worker,
            slot,
            id,
            job,
            extracted: 0,
            work: 0,
            memory: 0,
            fetching: None,
            phase: None,
            times: Vec::new(),
        }
    }

    fn fetches_late(&self) -> bool {
        self.worker.goal(self.job) == Goal::Bootstrap
    }
}
