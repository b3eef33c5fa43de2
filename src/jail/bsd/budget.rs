//! Limits of memory and processes: none are kept, and what is used is not looked at.

use camino::Utf8Path;

use nix::unistd::Pid;

use super::super::{JailError, Limits};

/// rctl(8) could deny processes, but no memory: of resident pages it only tells.
pub(in super::super) fn limits_missing() -> Option<String> {
    Some("limits of memory and processes need the cgroups of Linux".to_owned())
}

/// Not known.
pub(in super::super) fn memory(_: Pid) -> Option<u64> {
    None
}

pub(in super::super) struct Budget;

impl Budget {
    pub(in super::super) fn make(_: &Limits, _: &Utf8Path) -> Result<Budget, JailError> {
        Ok(Budget)
    }

    pub(in super::super) fn place(&self) -> Option<&Utf8Path> {
        None
    }

    /// Neither kernel counts what it killed for want of memory.
    pub(in super::super) fn kills(&self) -> (u64, u64) {
        (0, 0)
    }
}
