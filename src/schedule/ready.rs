//! Jobs that could go now, the most important first.

use std::collections::BTreeSet;

use crate::model::JobId;

use super::rank::Place;

/// A queue that keeps jobs by their place in the order of preference.
#[derive(Default)]
pub(super) struct ReadySet(BTreeSet<(Place, JobId)>);

impl ReadySet {
    pub(super) fn push(&mut self, place: Place, job: JobId) {
        self.0.insert((place, job));
    }

    pub(super) fn pop(&mut self) -> Option<JobId> {
        self.0.pop_first().map(|(_, job)| job)
    }

    /// The place of the job that `pop` would give.
    pub(super) fn best(&self) -> Option<Place> {
        self.0.first().map(|(place, _)| *place)
    }
}
