//! Builds that failed, and what they were made from: made from the same, they would fail again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::model::{DependTrace, Failure, Fault, Fingerprint, Job, JobId, OriginSpec, Outcome, SlotId, Verdict};
use crate::schedule::Runner;

use super::worker::Worker;

/// The last attempts that failed, by port.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<BTreeMap<OriginSpec, MadeFrom>>);

/// A recipe, and the contents of the packages it was tried with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MadeFrom {
    recipe: Fingerprint,
    depends: Vec<(OriginSpec, Fingerprint)>,
}

impl MadeFrom {
    fn of(job: &Job, depends: Vec<DependTrace>) -> MadeFrom {
        let depends = depends.into_iter().map(|depend| (depend.spec, depend.output)).collect();
        MadeFrom { recipe: job.recipe, depends }
    }
}

impl Attempts {
    /// Whether a job failed when it was made from what it would be made from now.
    pub(super) fn failed_as_is(&self, job: &Job, depends: impl FnOnce() -> Vec<DependTrace>) -> bool {
        let attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.get(&job.spec).is_some_and(|before| *before == MadeFrom::of(job, depends()))
    }

    fn note(&self, spec: &OriginSpec, made_from: MadeFrom, outcome: &Outcome) {
        let mut attempts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            // The port is not to blame, and the next time may be better.
            Outcome::Failed { fault: Fault { why: Failure::Jail(_) | Failure::Repository(_), .. }, .. }
            | Outcome::Interrupted { .. } => {}
            Outcome::Failed { .. } => drop(attempts.insert(spec.clone(), made_from)),
            Outcome::Built { .. } | Outcome::Fetched { .. } => drop(attempts.remove(spec)),
        }
    }
}

/// A worker whose failures are remembered.
pub(super) struct Remembering<'a> {
    pub(super) worker: Worker<'a>,
    pub(super) attempts: &'a Attempts,
}

impl Runner for Remembering<'_> {
    fn judge(&self, id: JobId) -> Verdict {
        self.worker.judge(id)
    }

    fn build(&self, id: JobId, slot: SlotId) -> Outcome {
        let fresh = &self.worker.fresh;
        let job = fresh.plan.job(id);
        let made_from = MadeFrom::of(job, fresh.depend_traces(job));
        let outcome = self.worker.build(id, slot);
        self.attempts.note(&job.spec, made_from, &outcome);
        outcome
    }

    fn expected(&self, id: JobId) -> Duration {
        self.worker.expected(id)
    }

    fn memory(&self, id: JobId) -> u64 {
        self.worker.memory(id)
    }

    fn keeps(&self, slot: SlotId) -> bool {
        self.worker.keeps(slot)
    }
}
