//! What an evaluation of a port comes down to, and what it read.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::{DepKind, Fingerprint, Origin, OriginSpec};

/// What `make` said of a port, as far as planning needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    pub pkgname: String,
    /// As it was set, with or without a directory.
    pub pkgfile: String,
    /// What the port sets `FLAVOR` to.
    pub flavor: String,
    pub flavors: Vec<String>,
    /// Why it is not to be built; empty otherwise.
    pub ignore: String,
    pub meta: bool,
    /// Paths below the distfiles directory, without groups.
    pub distfiles: Vec<String>,
    /// The six lists in the order of `DepKind::ALL`, and of the words in each; a target may appear several times.
    pub depends: Vec<(DepKind, OriginSpec)>,
    /// Words of the lists that make no sense, as lines for people.
    pub malformed: Vec<String>,
    /// Of all values that shape the package or what the phases run (`digest_of_values`).
    pub values: Fingerprint,
    /// Files and directories of the tree, beside the port's own, whose contents end up in the package.
    pub sources: Vec<Utf8PathBuf>,
    /// What `make` wrote to standard error.
    pub complaints: Vec<String>,
    /// The port that it is a variant of (`MASTERDIR`).
    pub master: Option<Origin>,
}

/// One value that shapes a package: its digest, and the value cut short, for people.
pub type Value = (Fingerprint, Box<str>);

/// What an evaluation may depend on beside the port's own directory, the settings, and what every port depends on:
/// absent paths too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// Directories, with all that is below them.
    pub directories: Vec<Utf8PathBuf>,
    /// Files that few ports read.
    pub files: Vec<Utf8PathBuf>,
    /// Paths that were looked for and not read: only whether they are there counts.
    pub sought: Vec<Utf8PathBuf>,
    /// Digest of the list of framework files; thousands of ports share a list.
    pub framework: Fingerprint,
}

/// An answer to keep for the next process: it holds as long as everything read has the same digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanRecord {
    pub reads: Reads,
    /// Over the settings and the contents of all that was read.
    pub digest: Fingerprint,
    /// Else why the port cannot be evaluated.
    pub evaluation: Result<Evaluation, String>,
}
