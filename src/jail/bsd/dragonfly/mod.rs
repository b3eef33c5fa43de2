//! What is DragonFly's own: mount(8), devfsctl(8), chroot(2), syscap_set(2), procctl(2).

mod sys;

use std::fs;
use std::io;
use std::process::Command;

use camino::Utf8Path;
use nix::mount::MntFlags;

use super::mounted::Mounted;
use super::nodes;
use super::options::FileSystem;
use super::place::run;

pub(super) use self::sys::{LONGEST_NAME, become_reaper};
pub(in super::super) use self::sys::{kill_all, terminal_name};

/// What a directory that is mounted elsewhere too is called.
pub(super) const NULL: &str = "null";

/// mount(8): it loads what the kernel needs, and follows the kernel's structures, which libc does not know.
pub(super) fn mount(found: &FileSystem, target: &Utf8Path) -> io::Result<()> {
    run("/sbin/mount", &found.arguments(target))
}

/// unmount(2), which takes nothing but a path: the port may have put a link where directories were, so whatever is there must be
/// the file system that is meant. Nobody lives in the jail any more who could change it.
pub(super) fn unmount(mount: &Mounted, force: bool) -> io::Result<()> {
    if sys::file_system_id(&mount.path)? != mount.id {
        return Err(io::Error::other("its path leads to another file system"));
    }
    let force = if force { MntFlags::MNT_FORCE } else { MntFlags::empty() };
    Ok(nix::mount::unmount(mount.path.as_str(), force)?)
}

/// Hides the host's disks from a devfs.
pub(super) fn show_nodes(slot: &Utf8Path, dev: &Utf8Path) -> io::Result<()> {
    let file = slot.join(".nodes");
    fs::write(&file, nodes::DRAGONFLY)?;
    nodes::dragonfly_rules(dev, &file).iter().try_for_each(|rules| run("/usr/sbin/devfsctl", rules))?;
    fs::remove_file(&file)
}

/// A chroot, with what rights the kernel can take away. It has the host's network, always, and the host's processes.
pub(super) fn confine(command: &mut Command, slot: &Utf8Path, _hostname: &str, _network: bool) -> io::Result<()> {
    sys::enter_root(command, slot)
}
