//! The jail of Linux: namespaces, made and kept by a helper process.
//!
//! The helper ([`helper`]) makes the namespaces and forks their process 1, which serves ([`super::unix`]). All mounts live in
//! there ([`place`]); when it ends, for whatever reason, the kernel takes everything away.

mod cgroup;
mod devices;
mod helper;
mod hint;
mod memory;
mod mounted;
mod network;
mod place;
mod rights;
mod sys;

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{JailError, MountKind};

pub(super) use self::cgroup::{Budget, limits_missing};
pub(super) use self::helper::helper_main;
pub(super) use self::hint::Hint;
pub(super) use self::memory::memory;
pub(super) use self::mounted::Kernel;
pub(super) use self::place::Place;
pub(super) use nix::pty::ptsname_r as terminal_name;

/// What a helper that was asked to end gets before it is killed.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// This very program, even if its file was replaced meanwhile.
pub(super) fn own_program() -> io::Result<Utf8PathBuf> {
    Ok("/proc/self/exe".into())
}

/// Nothing of a jail was ever mounted for the host to see.
pub(super) fn bare(_slot: &Utf8Path) -> Result<(), JailError> {
    Ok(())
}

/// The jail's own namespaces: nothing of it is there on the host.
pub(super) fn way_in(_slot: &Utf8Path, server: Pid) -> String {
    format!("nsenter --target {server} --all --root --wd=/ /bin/sh")
}

/// What may run full: /dev is a tmpfs here.
pub(super) fn is_sized(kind: &MountKind) -> bool {
    matches!(kind, MountKind::Tmpfs { .. } | MountKind::Devices)
}

/// From process 1 this reaches everything in the jail but itself, and nothing can fork away from it.
pub(super) fn kill_all() {
    // ESRCH: there is nothing.
    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
}
