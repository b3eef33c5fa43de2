//! Which job next, on which worker.
//!
//! A job is judged the moment the last of its dependencies is in place, once, on the caller's thread.
//! A fresh one is done at once; a dirty one waits for a slot. One walk serves real runs and `status`.

mod chain;
mod jobs;
mod rank;
mod ready;
mod simulate;
#[cfg(test)]
mod tests;
mod walk;
mod workers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use camino::Utf8PathBuf;
use uuid::Uuid;

use crate::model::{Event, EventSink, JobId, Outcome, Plan, Reason, SlotId, Stop, Summary, Verdict};

pub use jobs::JobEnd;
pub use simulate::{Forecast, simulate};
pub use workers::{Done, StartError};

use walk::{Step, Walk};
use workers::with_workers;

/// Decides about jobs and builds them.
pub trait Runner: Sync {
    /// Whether a job whose dependencies are all in place has to be built. Asked once, on the scheduler's thread.
    fn judge(&self, job: JobId) -> Verdict;

    /// Builds it on a worker's thread; notices by itself when the run is to stop.
    fn build(&self, job: JobId, slot: SlotId) -> Outcome;

    /// Whether a slot can be used again, asked when a build in it has ended.
    fn keeps(&self, _slot: SlotId) -> bool {
        true
    }
}

/// Slots, each free or with one job that is being built.
pub trait Hands {
    fn has_free(&self) -> bool;

    /// The lowest free slot.
    fn take_slot(&mut self) -> Option<SlotId>;

    fn start(&mut self, job: JobId, slot: SlotId);

    /// A build that has ended already, if there is one.
    fn finished(&mut self) -> Option<Done>;

    /// The next build to end; `None` if none runs.
    fn wait(&mut self) -> Option<Done>;
}

/// How to run a plan.
#[derive(Clone, Debug)]
pub struct RunOptions {
    pub run: Uuid,
    /// How many jobs are built at once; at least one.
    pub workers: usize,
    /// Where the ports' logs are, so that a failure can name its own.
    pub logs: Utf8PathBuf,
    /// A failed port holds nobody back: who needs its package can fetch without it.
    pub fetch_only: bool,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// By job.
    pub ends: Vec<JobEnd>,
    pub summary: Summary,
}

/// Walks the plan to its end, or until it is told to stop; running builds are always waited for.
pub fn run(
    plan: &Plan,
    runner: &dyn Runner,
    options: &RunOptions,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<Report, StartError> {
    let began = Instant::now();
    let workers = options.workers.max(1);
    with_workers(workers, runner, |hands, _| run_with(plan, runner, options, hands, stop, events, began))
}

/// The same with hands of the caller's: a simulation has a clock of its own.
pub fn run_with(
    plan: &Plan,
    runner: &dyn Runner,
    options: &RunOptions,
    hands: &mut dyn Hands,
    stop: &Stop,
    events: &dyn EventSink,
    began: Instant,
) -> Report {
    events.send(Event::RunStarted { run: options.run, queued: plan.jobs.len(), workers: options.workers.max(1) });
    let mut walk = Walk::new(plan, options, events);
    drive(&mut walk, runner, hands, stop);
    let report = walk.finish(began.elapsed());
    events.send(Event::RunEnded { summary: report.summary.clone() });
    report
}

/// Needs no timer to notice a stop: it only sleeps while builds run, and those end when they notice it.
fn drive(walk: &mut Walk<'_>, runner: &dyn Runner, workers: &mut dyn Hands, stop: &Stop) {
    while !stop.requested() {
        // First, so that a long row of judgements does not keep slots empty.
        while let Some(done) = workers.finished() {
            walk.ended(done.job, done.outcome);
        }
        match walk.next(workers.has_free()) {
            Step::Judge(job) => walk.judged(job, judge(runner, job)),
            Step::Start(job) => {
                if let Some(slot) = workers.take_slot() {
                    walk.started(job, slot);
                    workers.start(job, slot);
                }
            }
            Step::Wait => match workers.wait() {
                Some(done) => walk.ended(done.job, done.outcome),
                None => break,
            },
        }
    }
    while let Some(done) = workers.wait() {
        walk.ended(done.job, done.outcome);
    }
}

/// What cannot be judged is built: a needless build costs time, a stale package costs trust.
fn judge(runner: &dyn Runner, job: JobId) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| runner.judge(job)))
        .unwrap_or_else(|panic| Verdict::Dirty(vec![Reason::NotJudged(workers::crash(&*panic))]))
}
