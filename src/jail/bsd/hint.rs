//! What may be missing when the kernel says no.

use std::io;

use nix::libc::{ENODEV, EPERM, EROFS};

/// Where it said no.
#[derive(Clone, Copy)]
pub(in super::super) enum Hint {
    None,
    MountPoint,
    Mount,
}

impl Hint {
    /// Empty, or a remark to follow the reason.
    pub(in super::super) fn text(self, error: &io::Error) -> String {
        let text = match (self, error.raw_os_error().unwrap_or_default()) {
            (Hint::Mount, EPERM) => "jails need root here, and a root that is in no jail itself",
            (Hint::Mount, ENODEV) => "the kernel has no such file system; see kldload(8)",
            (Hint::MountPoint, EROFS) => "it must be a directory of the base system already",
            _ => return String::new(),
        };
        format!(" ({text})")
    }
}
