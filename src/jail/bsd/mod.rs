//! The jails of FreeBSD and DragonFly. None of this has ever run on either: it is type-checked, and what is data is tested on
//! Linux.
//!
//! There are no namespaces of mounts, so the host sees them all. The helper ([`helper`]) and the process that serves are both
//! outside of the jail; each command enters it for itself. When the one that serves ends, for whatever reason, the helper kills
//! what is left of the jail and takes the mounts off; dsynth looks once more.

mod nodes;
mod options;
#[cfg(any(test, target_os = "freebsd"))]
mod prison;

#[cfg(not(target_os = "linux"))]
mod budget;
#[cfg(target_os = "dragonfly")]
mod dragonfly;
#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(not(target_os = "linux"))]
mod helper;
#[cfg(not(target_os = "linux"))]
mod hint;
#[cfg(not(target_os = "linux"))]
mod inside;
#[cfg(not(target_os = "linux"))]
mod mounted;
#[cfg(not(target_os = "linux"))]
mod place;
#[cfg(not(target_os = "linux"))]
mod sys;

#[cfg(target_os = "dragonfly")]
use dragonfly as system;
#[cfg(target_os = "freebsd")]
use freebsd as system;

#[cfg(not(target_os = "linux"))]
pub(super) use {
    self::budget::{Budget, limits_missing, memory},
    self::helper::helper_main,
    self::hint::Hint,
    self::mounted::{Kernel, bare},
    self::place::{PATIENCE, Place, is_sized, own_program, way_in},
    self::system::{kill_all, terminal_name},
};
