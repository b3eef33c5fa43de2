//! What dsynth knows of a package file.

use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// What a package says of itself, and what it comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// `name` of the manifest: the pkgbase.
    pub name: String,
    pub version: String,
    /// `category/name` of the port it was made from.
    pub origin: String,
    pub flavor: Option<String>,
    /// Digest of what an installation of it would be: manifest and file digests, never the archive's
    /// bytes, so two builds of one thing compare equal.
    pub output: Fingerprint,
    /// Digest of the sorted list of its paths.
    pub plist: Fingerprint,
    pub shlibs_provided: Vec<String>,
    pub shlibs_required: Vec<String>,
    /// Names and versions of the packages it declares to depend on, by name.
    pub depends: Vec<(String, String)>,
}

impl PackageFacts {
    /// `name-version`.
    pub fn pkgname(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}
