//! Who goes before whom among jobs that could all go now.
//!
//! The job with the longest path before it goes first, its own time and that of whatever waits for it in a row: this is
//! what the run's end waits for. Then the one with more direct dependents; ties go by origin, so the order is the same every time.

use std::cmp::Reverse;
use std::time::Duration;

use crate::model::{JobId, Plan};

/// A job's place in the order of preference; each job has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

/// What the graph says of each job's importance.
pub(super) struct Ranks {
    depths: Vec<u64>,
    places: Vec<Place>,
}

impl Ranks {
    pub(super) fn new(plan: &Plan, dependents: &[Vec<JobId>], expected: &dyn Fn(JobId) -> Duration) -> Ranks {
        let depths = longest(plan, |_| 1);
        let paths = longest(plan, |job| expected(job).as_millis().max(1) as u64);
        let key =
            |job: JobId| (Reverse(paths[job.index()]), Reverse(dependents[job.index()].len()), &plan.job(job).spec);
        let mut order: Vec<_> = plan.ids().map(|job| (key(job), job)).collect();
        order.sort_unstable();
        let mut places = vec![Place(0); order.len()];
        for (place, (_, job)) in (0..).zip(&order) {
            places[job.index()] = Place(place);
        }
        Ranks { depths, places }
    }

    /// The longest chain of jobs that depend on this one, 0 if none does.
    pub(super) fn depth(&self, job: JobId) -> usize {
        self.depths[job.index()] as usize - 1
    }

    pub(super) fn place(&self, job: JobId) -> Place {
        self.places[job.index()]
    }
}

/// For each job the longest path from it over its dependents, itself included.
///
/// Backwards in plan order each job's own path is known before it is handed on. Edges that go against that
/// order belong to cycles, whose members are never built.
pub(super) fn longest(plan: &Plan, length: impl Fn(JobId) -> u64) -> Vec<u64> {
    let mut paths: Vec<u64> = plan.ids().map(&length).collect();
    let own = paths.clone();
    for (index, job) in plan.jobs.iter().enumerate().rev() {
        for depend in job.depends.iter().map(|depend| depend.job.index()).filter(|depend| *depend < index) {
            paths[depend] = paths[depend].max(own[depend].saturating_add(paths[index]));
        }
    }
    paths
}
