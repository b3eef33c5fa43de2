//! What a build leaves: its package in the repository, its trace and its record in the store.

use std::time::SystemTime;

use crate::jail::Jail;
use crate::model::{Failure, Fingerprint, Job, Outcome, Phase, Trace, with_causes};
use crate::phases::{self, Work};
use crate::store::{BuildRecord, BuildStatus, Cost, StoreError, Success, unix_ns};

use super::super::halt::is_full;
use super::super::placing::{self, Made, PlacingError};
use super::{Taken, Trouble, Worker};

impl Worker<'_> {
    /// The finished package, from the jail into the repository.
    pub(super) fn take_package(
        &self,
        jail: &mut dyn Jail,
        work: &Work,
        job: &Job,
        made: Made,
    ) -> Result<Result<Taken, Failure>, Trouble> {
        let no_package = |text: String| Ok(Err(Failure::NoPackage(text)));
        let Some(path) = phases::package_path(work, self.jails.make(), jail, self.stop)? else {
            return no_package("the ports tree does not say where it is (WRKDIR_PKGFILE)".into());
        };
        if path.file_name() != Some(job.pkgfile.as_str()) {
            return no_package(format!("the jail made `{path}`, the scan of the tree expected `{}`", job.pkgfile));
        }
        let mut file = match jail.open(&path) {
            Ok(file) => file,
            Err(error) => return no_package(with_causes(&error)),
        };
        match placing::put(self.fresh.store, self.fresh.packages, job, made, &mut file) {
            Ok(taken) => Ok(Ok(taken)),
            Err(PlacingError::Store(error)) => Err(error.into()),
            Err(PlacingError::Package(error)) if is_full(&error) => Err(Trouble::Repository(error)),
            Err(PlacingError::Package(error)) => {
                Ok(Err(Failure::Repository(format!("cannot {}", with_causes(&error)))))
            }
        }
    }

    /// Only now, with the package in place.
    pub(super) fn record_success(
        &self,
        job: &Job,
        record: &mut BuildRecord,
        (stamp, trace): (Fingerprint, &Trace),
        cost: Cost,
    ) -> Result<(), StoreError> {
        record.status = BuildStatus::Success;
        record.end = Some(unix_ns(SystemTime::now()));
        record.phase = Some(Phase::Package.name().to_owned());
        let recipe = self.fresh.recipe(&job.spec);
        let (crc, stamp) = (job.crc, Some(stamp));
        self.fresh.store.record_success(&Success { record, crc, trace, recipe: &recipe, stamp, cost })
    }
}

/// The record of a build that has ended.
pub(super) fn ended(record: BuildRecord, outcome: &Outcome) -> BuildRecord {
    let (status, phase) = match outcome {
        Outcome::Failed { fault, .. } => (BuildStatus::Failed, Some(fault.phase)),
        Outcome::Interrupted { .. } => (BuildStatus::Interrupted, None),
        Outcome::Fetched { .. } => (BuildStatus::Success, Some(Phase::Checksum)),
        Outcome::Built { .. } => (BuildStatus::Success, Some(Phase::Package)),
    };
    let (failure, diagnosis) = match outcome {
        Outcome::Failed { fault, .. } => (Some(fault.why.to_string()), Some(fault.diagnosis.clone())),
        _ => (None, None),
    };
    let phase = phase.map(|phase| phase.name().to_owned());
    BuildRecord { status, phase, failure, diagnosis, end: Some(unix_ns(SystemTime::now())), ..record }
}
