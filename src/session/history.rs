//! Past runs and builds.

use crate::model::OriginSpec;
pub use crate::store::{BuildRecord, RunRecord, RunState};

use super::{Session, SessionError};

impl Session {
    /// Newest first.
    pub fn past_runs(&self, count: usize) -> Result<Vec<RunRecord>, SessionError> {
        Ok(self.store.recent_runs(count)?)
    }

    /// Of a port, all its flavors if none is named; newest first.
    pub fn past_builds(&self, spec: &OriginSpec, count: usize) -> Result<Vec<BuildRecord>, SessionError> {
        let is_meant =
            |found: &OriginSpec| found.origin == spec.origin && (spec.flavor.is_none() || found.flavor == spec.flavor);
        Ok(self.store.builds_that(is_meant, count)?)
    }
}
