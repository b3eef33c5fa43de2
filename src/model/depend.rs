//! The six kinds of dependency.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a port needs another one; the numbers are those of spec 3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DepKind {
    Fetch = 1,
    Extract = 2,
    Patch = 3,
    Build = 4,
    Lib = 5,
    Run = 6,
}

impl DepKind {
    pub const ALL: [DepKind; 6] =
        [DepKind::Fetch, DepKind::Extract, DepKind::Patch, DepKind::Build, DepKind::Lib, DepKind::Run];

    /// The variable of the ports framework that lists dependencies of this kind.
    pub fn variable(self) -> &'static str {
        match self {
            DepKind::Fetch => "FETCH_DEPENDS",
            DepKind::Extract => "EXTRACT_DEPENDS",
            DepKind::Patch => "PATCH_DEPENDS",
            DepKind::Build => "BUILD_DEPENDS",
            DepKind::Lib => "LIB_DEPENDS",
            DepKind::Run => "RUN_DEPENDS",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            DepKind::Fetch => "fetch",
            DepKind::Extract => "extract",
            DepKind::Patch => "patch",
            DepKind::Build => "build",
            DepKind::Lib => "lib",
            DepKind::Run => "run",
        }
    }

    pub fn from_number(number: u8) -> Option<DepKind> {
        DepKind::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// Whether whoever installs the dependent needs this one too.
    pub fn installs(self) -> bool {
        matches!(self, DepKind::Lib | DepKind::Run)
    }
}

/// Several kinds at once: one edge of the graph may stand for a build and a run dependency.
/// The empty set is an edge of order alone: the package manager goes before everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KindSet(u8);

impl KindSet {
    pub fn with(self, kind: DepKind) -> KindSet {
        KindSet(self.0 | 1 << kind as u8)
    }

    pub fn union(self, other: KindSet) -> KindSet {
        KindSet(self.0 | other.0)
    }

    pub fn contains(self, kind: DepKind) -> bool {
        self.0 & 1 << kind as u8 != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = DepKind> {
        DepKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }

    pub fn installs(self) -> bool {
        self.iter().any(DepKind::installs)
    }
}

/// `build run`.
impl fmt::Display for KindSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(DepKind::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl FromIterator<DepKind> for KindSet {
    fn from_iter<I: IntoIterator<Item = DepKind>>(kinds: I) -> KindSet {
        kinds.into_iter().fold(KindSet::default(), KindSet::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_from_one_to_six() {
        let numbers: Vec<u8> = (0..=7).filter(|n| DepKind::from_number(*n).is_some()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_set_keeps_its_kinds_in_order() {
        let set: KindSet = [DepKind::Run, DepKind::Build].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [DepKind::Build, DepKind::Run]);
        assert!(set.installs() && !KindSet::default().installs());
    }
}
