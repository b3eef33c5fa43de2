//! How much memory a build takes, by what is unpacked for it: /usr/local and the work directory are in memory (spec 5.6).

use std::collections::BTreeMap;
use std::fs;
use std::sync::{MutexGuard, PoisonError};

use crate::model::JobId;

use super::Worker;

impl Worker<'_> {
    pub(super) fn memory_of(&self, id: JobId) -> u64 {
        let repository = &self.fresh.packages.repository;
        let size = |name: &String| fs::metadata(repository.path(name)).map_or(0, |file| file.len());
        let packages: u64 =
            self.installs(id).iter().map(|name| size(name).saturating_mul(factor(name, self.suffix))).sum();
        packages + self.extracted().get(&id).copied().unwrap_or(0)
    }

    pub(in crate::session) fn extracted(&self) -> MutexGuard<'_, BTreeMap<JobId, u64>> {
        self.extracted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many times its size a package takes when it is unpacked, by the suffix of its file; `.pkg` may be compressed with
/// anything, and is what the profile says.
fn factor(name: &str, suffix: &str) -> u64 {
    let known = |end: &str| match end {
        "tar" => Some(1),
        "tgz" | "tbz" => Some(3),
        "txz" | "tzst" => Some(5),
        _ => None,
    };
    let own = name.rsplit('.').next().unwrap_or_default();
    known(own).or_else(|| known(suffix.trim_start_matches('.'))).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_grows_as_its_suffix_says() {
        let table = [("a-1.tar", 1), ("a-1.tgz", 3), ("a-1.tbz", 3), ("a-1.txz", 5), ("a-1.tzst", 5), ("a-1.pkg", 5)];
        assert!(table.into_iter().all(|(name, expected)| factor(name, ".txz") == expected));
        assert_eq!((factor("a-1.pkg", ".tgz"), factor("a-1", ".odd")), (3, 2));
    }
}
