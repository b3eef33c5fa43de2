//! Puts packages in place so that it is known at any moment what they were made from.

use std::io::Read;

use crate::model::{DependTrace, Fingerprint, Job, Recipe, Trace};
use crate::repo::PackageError;
use crate::store::{Placing, Store, StoreError};
use uuid::Uuid;

use super::packages::Packages;

/// What a package was made from.
pub struct Made {
    pub build: Uuid,
    pub depends: Vec<DependTrace>,
    pub recipe: Recipe,
}

/// A package could not be put in place.
#[derive(Debug, thiserror::Error)]
pub enum PlacingError {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Says what is coming, and puts it in place; the stamp of its file, and the trace to be recorded.
pub fn put(
    store: &Store,
    packages: &Packages,
    job: &Job,
    made: Made,
    package: &mut dyn Read,
) -> Result<(Fingerprint, Trace), PlacingError> {
    let unplaced = packages.repository.receive(&job.pkgfile, package)?;
    let Made { build, depends, recipe } = made;
    let (pkgfile, package) = (job.pkgfile.clone(), unplaced.facts().clone());
    let placing =
        Placing { trace: Trace { build: Some(build), recipe: job.recipe, depends, pkgfile, package }, recipe };
    store.announce(&job.spec, &placing)?;
    Ok((packages.place(unplaced)?, placing.trace))
}

/// After a run that died: the packages that it had put in place are recorded as what they are, and not taken for what the tree
/// says now.
pub fn settle(store: &Store, packages: &Packages) -> Result<usize, StoreError> {
    store.settle(|trace| packages.facts(&trace.pkgfile).is_some_and(|facts| facts == trace.package))
}
