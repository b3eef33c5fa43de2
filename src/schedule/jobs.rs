//! Job states and every transition between them.

use std::time::Duration;

use crate::model::{Fault, JobId, Plan, Summary};

use super::Report;

/// How one job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    Built,
    /// Its distfiles are there (fetch-only).
    Fetched,
    /// Its package was up to date.
    Fresh,
    Failed(Fault),
    /// A dependency has no package; the chain ends with the culprit.
    Skipped(String),
    /// The port says no, and why.
    Ignored(String),
    /// Not in the tree, not evaluable, or part of a cycle.
    Broken(String),
    /// dsynth was told to stop while it was built.
    Interrupted,
    /// dsynth was told to stop before its turn came.
    NotStarted,
}

/// Where a job is on its way.
#[derive(Clone, Debug)]
pub(super) enum JobState {
    /// So many of its dependencies are unfinished.
    Waiting {
        on: usize,
    },
    /// Everything it needs is in place; it is to be judged.
    Ready,
    /// It has to be built and waits for a slot.
    Dirty,
    /// In a worker's hands.
    Running,
    Ended(JobEnd),
}

/// All jobs of a run, and the counters that follow from their states.
pub(super) struct Jobs<'a> {
    plan: &'a Plan,
    states: Vec<JobState>,
    summary: Summary,
    /// Counted apart from `summary`, so that a test can hold them against each other.
    remaining: usize,
}

impl<'a> Jobs<'a> {
    /// `before` is what was counted of earlier plans, `others` is how many builds of theirs go on beside this one's jobs.
    pub(super) fn new(plan: &'a Plan, before: Summary, others: usize) -> Jobs<'a> {
        let remaining = plan.jobs.len() + others;
        let states = plan.jobs.iter().map(|job| JobState::Waiting { on: job.depends.len() }).collect();
        let summary = Summary { queued: done(&before) + remaining, ..before };
        Jobs { plan, states, summary, remaining }
    }

    /// As many as there are and were.
    pub(super) fn queued(&self) -> usize {
        self.summary.queued
    }

    /// What was counted so far.
    pub(super) fn summary(self) -> Summary {
        self.summary
    }

    /// Every change of state comes through here, so the counters agree with the states. An end is final.
    pub(super) fn set(&mut self, job: JobId, next: JobState) {
        if self.end(job).is_some() {
            return;
        }
        if let JobState::Ended(end) = &next {
            self.count(end, self.plan.job(job).meta);
        }
        self.states[job.index()] = next;
        debug_assert_eq!(done(&self.summary) + self.remaining, self.summary.queued);
    }

    /// One dependency less to wait for; true if it was the last.
    pub(super) fn release(&mut self, job: JobId) -> bool {
        let JobState::Waiting { on } = self.states[job.index()] else { return false };
        let ready = on <= 1;
        self.set(job, if ready { JobState::Ready } else { JobState::Waiting { on: on - 1 } });
        ready
    }

    /// One more thing to wait for, beside its dependencies.
    pub(super) fn hold(&mut self, job: JobId) {
        if let JobState::Waiting { on } = &mut self.states[job.index()] {
            *on += 1;
        }
    }

    /// Whether it waits, and for nothing.
    pub(super) fn is_free(&self, job: JobId) -> bool {
        matches!(self.states[job.index()], JobState::Waiting { on: 0 })
    }

    pub(super) fn end(&self, job: JobId) -> Option<&JobEnd> {
        match &self.states[job.index()] {
            JobState::Ended(end) => Some(end),
            _ => None,
        }
    }

    /// What has not ended by now was never started.
    pub(super) fn finish(mut self, took: Duration, bound: Duration) -> Report {
        self.summary.took = took;
        self.summary.bound = bound;
        let end = |state| match state {
            JobState::Ended(end) => end,
            _ => JobEnd::NotStarted,
        };
        Report { ends: self.states.into_iter().map(end).collect(), summary: self.summary }
    }

    /// The end of a job, or of a build that is in no plan any more.
    pub(super) fn count(&mut self, end: &JobEnd, meta: bool) {
        let summary = &mut self.summary;
        match end {
            JobEnd::Built | JobEnd::Fetched => {
                summary.built += 1;
                summary.meta += usize::from(meta);
            }
            JobEnd::Fresh => {
                summary.fresh += 1;
                summary.queued -= 1;
            }
            JobEnd::Failed(_) => summary.failed += 1,
            JobEnd::Skipped(_) => summary.skipped += 1,
            JobEnd::Ignored(_) => summary.ignored += 1,
            JobEnd::Broken(_) => summary.missing += 1,
            JobEnd::Interrupted => summary.interrupted += 1,
            JobEnd::NotStarted => return,
        }
        self.remaining -= 1;
    }
}

/// Jobs of the queue that came to an end. Metaports are among the built ones.
fn done(summary: &Summary) -> usize {
    summary.built + summary.ignored + summary.skipped + summary.failed + summary.missing + summary.interrupted
}
