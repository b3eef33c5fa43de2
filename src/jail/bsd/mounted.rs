//! The kernel's list of mounts, and how it takes one off.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::JailError;
use super::super::unmount::{MountTable, unmount};
use super::options::may_be_forced;
use super::{sys, system};

/// A line of the list.
pub(in super::super) struct Mounted {
    pub(super) path: Utf8PathBuf,
    pub(super) kind: String,
    /// The file system's own number, whatever its path has become.
    pub(super) id: [i32; 2],
}

impl AsRef<Utf8Path> for Mounted {
    fn as_ref(&self) -> &Utf8Path {
        &self.path
    }
}

/// The real one.
pub(in super::super) struct Kernel;

impl MountTable for Kernel {
    type Mount = Mounted;

    /// In the order of mounting.
    fn list(&self) -> io::Result<Vec<Mounted>> {
        sys::mounts()
    }

    fn unmount(&self, mount: &Mounted) -> io::Result<()> {
        system::unmount(mount, false)
    }

    fn force(&self, mount: &Mounted) -> io::Result<()> {
        if !may_be_forced(&mount.kind) {
            return Err(io::Error::other(format!("it is busy, and `{}` is not dsynth's to force", mount.kind)));
        }
        system::unmount(mount, true)
    }
}

/// Sees to it that nothing is mounted in a slot.
pub(in super::super) fn bare(slot: &Utf8Path) -> Result<(), JailError> {
    let listed = slot.canonicalize_utf8().map_err(JailError::path("look at", slot))?;
    let left =
        unmount(&Kernel, |mount| mount.starts_with(&listed)).map_err(JailError::path("list the mounts in", slot))?;
    match left.stuck.into_iter().next() {
        Some((path, source)) => Err(JailError::Path { action: "unmount", path, source }),
        None => Ok(()),
    }
}
