//! What a package was really made from.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fingerprint, KindSet, OriginSpec, PackageFacts};

/// Written after a package is in place; compared with the present state to decide whether it is up to date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The build that made it; `None` if the package was found and taken for up to date.
    pub build: Option<Uuid>,
    /// Of the recipe, which is kept beside the trace for explanations.
    pub recipe: Fingerprint,
    /// The packages it was built with, direct dependencies only, by spec.
    pub depends: Vec<DependTrace>,
    /// File name in the repository.
    pub pkgfile: String,
    pub package: PackageFacts,
}

/// One dependency's package at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependTrace {
    pub spec: OriginSpec,
    pub kinds: KindSet,
    /// `name-version`.
    pub pkgname: String,
    pub output: Fingerprint,
}
