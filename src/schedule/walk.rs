//! The walk through a plan: what can be done next, and what follows from what was done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{Event, EventSink, Fate, Fault, JobId, OriginSpec, Outcome, Plan, Reason, SlotId, Verdict};

use super::chain::lengthen;
use super::jobs::{JobEnd, JobState, Jobs};
use super::older::{Build, Left, Part};
use super::rank::{Ranks, longest};
use super::ready::ReadySet;
use super::{Report, RunOptions};

/// What the walk asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Judge(JobId),
    Start(JobId),
    /// For a build to end; if none runs, the walk is over.
    Wait,
}

/// A plan on its way. It neither judges nor builds; it says what is next and hears how it went.
pub(super) struct Walk<'a> {
    plan: &'a Plan,
    options: &'a RunOptions,
    /// None where nobody listens.
    events: Option<&'a dyn EventSink>,
    dependents: Vec<Vec<JobId>>,
    ranks: Ranks,
    jobs: Jobs<'a>,
    running: BTreeMap<SlotId, Build>,
    /// What each build took, in milliseconds.
    times: Vec<u64>,
    unjudged: ReadySet,
    dirty: ReadySet,
}

impl<'a> Walk<'a> {
    /// Settles what the tree decided already; what needs nothing is ready. What an earlier walk left running goes on.
    pub(super) fn new(
        plan: &'a Plan,
        expected: &dyn Fn(JobId) -> Duration,
        options: &'a RunOptions,
        events: Option<&'a dyn EventSink>,
        left: Left,
    ) -> Walk<'a> {
        let dependents = plan.dependents();
        let ranks = Ranks::new(plan, &dependents, expected);
        let (unjudged, dirty) = (ReadySet::default(), ReadySet::default());
        let running = left.builds_beside(plan);
        let others = running.values().filter(|build| !matches!(build.part, Part::Job(_))).count();
        let jobs = Jobs::new(plan, left.summary, others);
        let times = vec![0; plan.jobs.len()];
        let mut walk = Walk { plan, options, events, dependents, ranks, jobs, running, times, unjudged, dirty };
        for part in walk.running.values().map(|build| build.part) {
            match part {
                Part::Job(job) => walk.jobs.set(job, JobState::Running),
                Part::Before(job) => walk.jobs.hold(job),
                Part::Nothing => {}
            }
        }
        for job in plan.ids() {
            match walk.fate(job) {
                Some(end) => walk.settle(job, end),
                None if walk.jobs.is_free(job) => walk.ready(job),
                None => {}
            }
        }
        walk
    }

    /// How many jobs there are, with those of earlier plans.
    pub(super) fn queued(&self) -> usize {
        self.jobs.queued()
    }

    /// Another plan takes the place of this one.
    pub(super) fn leave(self) -> Left {
        Left { running: self.running, summary: self.jobs.summary() }
    }

    /// The most important job first, judged or not: behind an unjudged one there is only what matters less, so
    /// the order of starts is the same however long builds and judgements take.
    pub(super) fn next(&mut self, slot_free: bool) -> Step {
        let starts = match (self.dirty.best(), self.unjudged.best()) {
            (Some(dirty), Some(unjudged)) => dirty < unjudged,
            (dirty, _) => dirty.is_some(),
        };
        if slot_free && starts {
            self.dirty.pop().map_or(Step::Wait, Step::Start)
        } else {
            self.unjudged.pop().map_or(Step::Wait, Step::Judge)
        }
    }

    pub(super) fn judged(&mut self, job: JobId, verdict: &Verdict) {
        let spec = || self.plan.job(job).spec.clone();
        match verdict {
            Verdict::Fresh => {
                self.jobs.set(job, JobState::Ended(JobEnd::Fresh));
                self.send(|| Event::Fresh { spec: spec() });
                self.release(job);
            }
            Verdict::Dirty(reasons) => {
                self.jobs.set(job, JobState::Dirty);
                let reasons = || reasons.iter().map(Reason::to_string).collect();
                self.send(|| Event::Dirty { spec: spec(), reasons: reasons() });
                self.dirty.push(self.ranks.place(job), job);
            }
        }
    }

    pub(super) fn started(&mut self, job: JobId, slot: SlotId, memory: u64) {
        self.jobs.set(job, JobState::Running);
        self.running.insert(slot, Build::of(self.plan, job));
        self.send(|| Event::JobStarted {
            slot,
            spec: self.plan.job(job).spec.clone(),
            depends: self.plan.job(job).depends.len(),
            dependents: self.dependents[job.index()].len(),
            depth: self.ranks.depth(job),
            memory,
        });
    }

    pub(super) fn ended(&mut self, slot: SlotId, outcome: Outcome) {
        let Some(build) = self.running.remove(&slot) else { return };
        let Part::Job(job) = build.part else { return self.older_ended(slot, build, outcome) };
        match outcome {
            Outcome::Built { took, .. } => self.succeeded(job, slot, JobEnd::Built, took),
            Outcome::Fetched { took } => self.succeeded(job, slot, JobEnd::Fetched, took),
            Outcome::Failed { fault, took } => self.failed(job, slot, fault, took),
            Outcome::Interrupted { .. } => {
                self.jobs.set(job, JobState::Ended(JobEnd::Interrupted));
                self.send(|| Event::Interrupted { slot, spec: self.plan.job(job).spec.clone() });
            }
        }
    }

    /// Of a build that is no job of this plan; one may have waited for it, and is judged by what it left.
    fn older_ended(&mut self, slot: SlotId, build: Build, outcome: Outcome) {
        let Build { spec, pkgfile, meta, part, .. } = build;
        let log = self.options.logs.join(spec.log_name());
        let (end, event) = match outcome {
            Outcome::Built { took, .. } => (JobEnd::Built, Event::Built { slot, spec, pkgfile, took }),
            Outcome::Fetched { took } => (JobEnd::Fetched, Event::Built { slot, spec, pkgfile, took }),
            Outcome::Failed { fault, took } => {
                (JobEnd::Failed(fault.clone()), Event::Failed { slot, spec, pkgfile, fault, skips: 0, took, log })
            }
            Outcome::Interrupted { .. } => (JobEnd::Interrupted, Event::Interrupted { slot, spec }),
        };
        self.jobs.count(&end, meta);
        self.send(|| event);
        if let Part::Before(job) = part
            && self.jobs.release(job)
        {
            self.ready(job);
        }
    }

    pub(super) fn succeeded(&mut self, job: JobId, slot: SlotId, end: JobEnd, took: Duration) {
        self.times[job.index()] = took.as_millis() as u64;
        self.jobs.set(job, JobState::Ended(end));
        let planned = self.plan.job(job);
        let (spec, pkgfile) = (&planned.spec, &planned.pkgfile);
        self.send(|| Event::Built { slot, spec: spec.clone(), pkgfile: pkgfile.clone(), took });
        self.release(job);
    }

    pub(super) fn finish(self, took: Duration) -> Report {
        let bound = self.bound();
        self.jobs.finish(took, bound)
    }

    /// No order of the same builds, each as long as it was, could have come to an end sooner.
    fn bound(&self) -> Duration {
        let path = longest(self.plan, |job| self.times[job.index()]).into_iter().max().unwrap_or(0);
        let work: u64 = self.times.iter().sum();
        Duration::from_millis(path.max(work / self.options.workers.max(1) as u64))
    }

    fn failed(&mut self, job: JobId, slot: SlotId, fault: Fault, took: Duration) {
        let (spec, pkgfile) = self.named(job);
        self.times[job.index()] = took.as_millis() as u64;
        let behind = if self.options.fetch_only { BTreeSet::new() } else { self.behind(job) };
        let log = self.options.logs.join(spec.log_name());
        self.jobs.set(job, JobState::Ended(JobEnd::Failed(fault.clone())));
        self.send(|| Event::Failed { slot, spec, pkgfile, fault, skips: behind.len(), took, log });
        if self.options.fetch_only {
            self.release(job);
        }
        // In plan order, so that the chain of what lies between is known already.
        for skipped in behind {
            if let Some(chain) = self.blame(skipped) {
                self.settle(skipped, JobEnd::Skipped(chain));
            }
        }
    }

    /// An end without a build, said once.
    fn settle(&mut self, job: JobId, end: JobEnd) {
        if self.jobs.end(job).is_some() {
            return;
        }
        let (spec, pkgfile) = self.named(job);
        let event = match &end {
            JobEnd::Skipped(chain) => Some(Event::Skipped { spec, pkgfile, chain: chain.clone() }),
            JobEnd::Broken(reason) => Some(Event::Broken { spec, reason: reason.clone() }),
            JobEnd::Ignored(reason) => {
                Some(Event::Ignored { spec, pkgfile, reason: reason.clone(), skips: self.behind(job).len() })
            }
            _ => None,
        };
        self.jobs.set(job, JobState::Ended(end));
        event.into_iter().for_each(|event| self.send(|| event));
    }

    /// A job, and its package's file.
    fn named(&self, job: JobId) -> (OriginSpec, String) {
        let job = self.plan.job(job);
        (job.spec.clone(), job.pkgfile.clone())
    }

    /// Tells the dependents; a loop over a queue, never a recursion.
    fn release(&mut self, job: JobId) {
        for index in 0..self.dependents[job.index()].len() {
            let dependent = self.dependents[job.index()][index];
            if self.jobs.release(dependent) {
                self.ready(dependent);
            }
        }
    }

    fn send(&self, event: impl FnOnce() -> Event) {
        if let Some(events) = self.events {
            events.send(event());
        }
    }

    fn ready(&mut self, job: JobId) {
        self.jobs.set(job, JobState::Ready);
        self.unjudged.push(self.ranks.place(job), job);
    }

    /// How a job ends that will not be judged at all; `None` for one that will.
    fn fate(&self, job: JobId) -> Option<JobEnd> {
        let planned = self.plan.job(job);
        match &planned.fate {
            Fate::Ignored(reason) => Some(JobEnd::Ignored(reason.clone())),
            Fate::Skipped(chain) => Some(JobEnd::Skipped(chain.clone())),
            Fate::Broken(reason) => Some(JobEnd::Broken(reason.clone())),
            Fate::Cyclic(cycle) => Some(JobEnd::Broken(format!("dependency cycle: {cycle}"))),
            // A planner never leaves these two open; if one did, they would wait for ever.
            Fate::Open if planned.depends.iter().any(|depend| depend.job >= job) => {
                Some(JobEnd::Broken("depends on a later job".into()))
            }
            Fate::Open => self.blame(job).map(JobEnd::Skipped),
        }
    }

    /// The chain from a job's first dependency that will have no package to the culprit.
    fn blame(&self, job: JobId) -> Option<String> {
        self.plan.job(job).depends.iter().find_map(|depend| {
            let spec = &self.plan.job(depend.job).spec;
            match self.jobs.end(depend.job)? {
                JobEnd::Skipped(chain) => Some(lengthen(spec, chain)),
                JobEnd::Failed(_) | JobEnd::Ignored(_) | JobEnd::Broken(_) => Some(spec.to_string()),
                _ => None,
            }
        })
    }

    /// Everything that needs this job, however indirectly.
    fn behind(&self, job: JobId) -> BTreeSet<JobId> {
        let mut behind = BTreeSet::new();
        let mut todo = vec![job];
        while let Some(next) = todo.pop() {
            todo.extend(self.dependents[next.index()].iter().filter(|dependent| behind.insert(**dependent)));
        }
        behind.remove(&job);
        behind
    }
}
