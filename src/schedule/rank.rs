//! Who goes before whom among jobs that could all go now.
//!
//! The job with the longest chain of dependents goes first: that chain is what the run's end waits for.
//! Then the one with more direct dependents; ties go by origin, so the order is the same every time.

use std::cmp::Reverse;

use crate::model::{JobId, Plan};

/// A job's place in the order of preference; each job has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place(u32);

/// What the graph says of each job's importance.
pub(super) struct Ranks {
    depths: Vec<usize>,
    places: Vec<Place>,
}

impl Ranks {
    pub(super) fn new(plan: &Plan, dependents: &[Vec<JobId>]) -> Ranks {
        let depths = depths(plan);
        let mut order: Vec<JobId> = plan.ids().collect();
        order.sort_by_key(|id| {
            (Reverse(depths[id.index()]), Reverse(dependents[id.index()].len()), &plan.job(*id).spec)
        });
        let mut places = vec![Place(0); order.len()];
        for (place, job) in (0..).zip(&order) {
            places[job.index()] = Place(place);
        }
        Ranks { depths, places }
    }

    /// The longest chain of jobs that depend on this one, 0 if none does.
    pub(super) fn depth(&self, job: JobId) -> usize {
        self.depths[job.index()]
    }

    pub(super) fn place(&self, job: JobId) -> Place {
        self.places[job.index()]
    }
}

/// Backwards in plan order each job's own depth is known before it is handed on. Edges that go against that
/// order belong to cycles, whose members are never built.
fn depths(plan: &Plan) -> Vec<usize> {
    let mut depths = vec![0; plan.jobs.len()];
    for (index, job) in plan.jobs.iter().enumerate().rev() {
        for depend in job.depends.iter().map(|depend| depend.job.index()).filter(|depend| *depend < index) {
            depths[depend] = depths[depend].max(depths[index] + 1);
        }
    }
    depths
}
