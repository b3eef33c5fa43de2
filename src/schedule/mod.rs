//! Which job next, on which worker.
//!
//! A job is judged the moment the last of its dependencies is in place, once, on the caller's thread.
//! A fresh one is done at once; a dirty one waits for a slot. One walk serves real runs and `status`.
//!
//! A plan may be replaced while it is carried out: what runs goes on, all else begins anew.

mod chain;
mod jobs;
mod older;
mod rank;
mod ready;
mod simulate;
#[cfg(test)]
mod tests;
mod throttle;
mod walk;
mod workers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use crossbeam_channel::{Receiver, never};
use uuid::Uuid;

use crate::model::{Event, EventSink, JobId, Outcome, Plan, Reason, SlotId, Stop, Summary, Verdict};

pub use jobs::JobEnd;
pub use simulate::{Forecast, simulate};
pub use throttle::{Busy, Throttle};
pub use workers::{Done, StartError, Woken};

use older::Left;
use walk::{Step, Walk};
use workers::with_workers;

/// Decides about the jobs of a plan and builds them.
pub trait Runner: Send + Sync {
    /// Whether a job whose dependencies are all in place has to be built. Asked once, on the scheduler's thread.
    fn judge(&self, job: JobId) -> Verdict;

    /// Builds it on a worker's thread; notices by itself when the run is to stop.
    fn build(&self, job: JobId, slot: SlotId) -> Outcome;

    /// How long a build of it is thought to take; what most others wait for goes first.
    fn expected(&self, job: JobId) -> Duration;

    /// Bytes of memory that a build of it is thought to take, as far as is known by now; asked on the scheduler's thread.
    fn memory(&self, job: JobId) -> u64;

    /// Whether a slot can be used again, asked when a build in it has ended.
    fn keeps(&self, slot: SlotId) -> bool;
}

/// A build that nobody has made yet is thought to take so long.
pub const UNKNOWN: Duration = Duration::from_secs(3600);

/// Slots, each free or with one job that is being built.
pub trait Hands<'s, N> {
    fn has_free(&self) -> bool;

    /// The lowest free slot.
    fn take_slot(&mut self) -> Option<SlotId>;

    fn start(&mut self, runner: Arc<dyn Runner + 's>, job: JobId, slot: SlotId);

    /// A build that has ended already, if there is one.
    fn finished(&mut self) -> Option<Done>;

    /// The next build to end, or news if they come first.
    fn wait(&mut self, news: &Receiver<N>) -> Woken<N>;
}

impl<R: Runner + ?Sized> Runner for &R {
    fn judge(&self, job: JobId) -> Verdict {
        (**self).judge(job)
    }

    fn build(&self, job: JobId, slot: SlotId) -> Outcome {
        (**self).build(job, slot)
    }

    fn expected(&self, job: JobId) -> Duration {
        (**self).expected(job)
    }

    fn memory(&self, job: JobId) -> u64 {
        (**self).memory(job)
    }

    fn keeps(&self, slot: SlotId) -> bool {
        (**self).keeps(slot)
    }
}

/// A plan, and who carries it out.
pub struct Round<'s> {
    pub plan: Arc<Plan>,
    pub runner: Arc<dyn Runner + 's>,
}

/// What becomes of a plan when there is news.
pub enum Next<'s> {
    Same,
    /// This one takes its place.
    Other(Round<'s>),
    /// No more builds are begun.
    Enough,
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
    /// What may keep slots empty; `None` is nothing.
    pub throttle: Option<Throttle>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// By job.
    pub ends: Vec<JobEnd>,
    pub summary: Summary,
}

/// Walks the plan to its end, or until it is told to stop; running builds are always waited for.
pub fn run(round: Round<'_>, options: &RunOptions, stop: &Stop, events: &dyn EventSink) -> Result<Report, StartError> {
    run_with(round, &never::<()>(), &mut |()| Next::Same, options, stop, events)
}

/// The same, with an ear for news: before any job is begun, and while builds run. The report's ends are those of the last
/// plan, its summary is of them all.
pub fn run_with<'s, N>(
    first: Round<'s>,
    news: &Receiver<N>,
    next: &mut dyn FnMut(N) -> Next<'s>,
    options: &RunOptions,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<Report, StartError> {
    let throttle = options.throttle.clone();
    with_workers(options.workers.max(1), throttle, events, |hands| {
        run_by(hands, first, (news, next), options, stop, events)
    })
}

/// The same with hands of the caller's: a simulation has a clock of its own.
pub fn run_by<'s, N>(
    hands: &mut dyn Hands<'s, N>,
    first: Round<'s>,
    (news, next): News<'_, 's, N>,
    options: &RunOptions,
    stop: &Stop,
    events: &dyn EventSink,
) -> Report {
    let (began, workers) = (Instant::now(), options.workers.max(1));
    let limit = options.throttle.as_ref().map_or(workers, |throttle| throttle.first(workers));
    events.send(Event::RunStarted { run: options.run, queued: first.plan.jobs.len(), workers, limit });
    let mut round = first;
    let mut walk = Walk::new(&round.plan, &|job| round.runner.expected(job), options, Some(events), Left::default());
    while let Some(other) = drive(&mut walk, &round.runner, hands, (news, next), stop) {
        let left = walk.leave();
        round = other;
        walk = Walk::new(&round.plan, &|job| round.runner.expected(job), options, Some(events), left);
        events.send(Event::Replanned { queued: walk.queued() });
    }
    let report = walk.finish(began.elapsed());
    events.send(Event::RunEnded { summary: report.summary.clone() });
    report
}

/// Where news come from, and what they come to.
pub type News<'a, 's, N> = (&'a Receiver<N>, &'a mut dyn FnMut(N) -> Next<'s>);

/// Answers with the round that is to follow, if there is one; else all builds have ended.
///
/// Needs no timer to notice a stop: it only sleeps while builds run, and those end when they notice it.
fn drive<'s, N>(
    walk: &mut Walk<'_>,
    runner: &Arc<dyn Runner + 's>,
    workers: &mut dyn Hands<'s, N>,
    (news, next): News<'_, 's, N>,
    stop: &Stop,
) -> Option<Round<'s>> {
    let mut heard = news.try_recv().ok();
    while stop.reason().is_none() {
        // First of all, so that nothing is begun that is out of date already.
        match heard.take().map_or(Next::Same, &mut *next) {
            Next::Same => {}
            Next::Other(round) => return Some(round),
            Next::Enough => break,
        }
        // Then these, so that a long row of judgements does not keep slots empty.
        while let Some(done) = workers.finished() {
            walk.ended(done.slot, done.outcome);
        }
        match walk.next(workers.has_free()) {
            Step::Judge(job) => walk.judged(job, &judge(&**runner, job)),
            Step::Start(job) => {
                if let Some(slot) = workers.take_slot() {
                    walk.started(job, slot, runner.memory(job));
                    workers.start(runner.clone(), job, slot);
                }
            }
            Step::Wait => match workers.wait(news) {
                Woken::Done(done) => walk.ended(done.slot, done.outcome),
                Woken::News(news) => heard = Some(news),
                Woken::Again => {}
                Woken::Idle => break,
            },
        }
        heard = heard.or_else(|| news.try_recv().ok());
    }
    loop {
        match workers.wait(&never::<N>()) {
            Woken::Done(done) => walk.ended(done.slot, done.outcome),
            Woken::Again | Woken::News(_) => {}
            Woken::Idle => return None,
        }
    }
}

/// What cannot be judged is built: a needless build costs time, a stale package costs trust.
fn judge(runner: &dyn Runner, job: JobId) -> Verdict {
    catch_unwind(AssertUnwindSafe(|| runner.judge(job)))
        .unwrap_or_else(|panic| Verdict::Dirty(vec![Reason::NotJudged(workers::crash(&*panic))]))
}
