//! What a run would do: the same walk without workers.

use std::time::Duration;

use camino::Utf8PathBuf;
use uuid::Uuid;

use crate::model::{JobId, Plan, Reason, SlotId, Summary, Verdict};

use super::older::Left;
use super::walk::{Step, Walk};
use super::{JobEnd, RunOptions};

/// What a run would do if every build succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Jobs that would be built and why, in the order in which one worker would take them.
    pub builds: Vec<(JobId, Vec<Reason>)>,
    /// By job; what would be built counts as built.
    pub ends: Vec<JobEnd>,
    pub summary: Summary,
}

/// Asks about every job once, each after its dependencies; a dirty job counts as built. `expected` is as of a runner.
pub fn simulate(
    plan: &Plan,
    expected: &dyn Fn(JobId) -> Duration,
    judge: &mut dyn FnMut(JobId) -> Verdict,
) -> Forecast {
    let options =
        RunOptions { run: Uuid::nil(), workers: 1, logs: Utf8PathBuf::new(), fetch_only: false, throttle: None };
    let mut walk = Walk::new(plan, expected, &options, None, Left::default());
    let mut reasons = vec![Vec::new(); plan.jobs.len()];
    let mut builds = Vec::new();
    loop {
        match walk.next(true) {
            Step::Judge(job) => {
                let verdict = judge(job);
                walk.judged(job, &verdict);
                if let Verdict::Dirty(why) = verdict {
                    reasons[job.index()] = why;
                }
            }
            Step::Start(job) => {
                builds.push((job, std::mem::take(&mut reasons[job.index()])));
                walk.succeeded(job, SlotId(0), JobEnd::Built, Duration::ZERO);
            }
            Step::Wait => break,
        }
    }
    let report = walk.finish(Duration::ZERO);
    Forecast { builds, ends: report.ends, summary: report.summary }
}
