//! What is FreeBSD's own: nmount(2), devfs(8), jail_set(2), procctl(2).

mod sys;

use std::io;
use std::process::Command;

use camino::Utf8Path;
use nix::mount::{MntFlags, Nmount};

use super::mounted::Mounted;
use super::options::FileSystem;
use super::{nodes, prison};

pub(super) use self::sys::{LONGEST_NAME, become_reaper};
pub(in super::super) use self::sys::{kill_all, terminal_name};

/// What a directory that is mounted elsewhere too is called.
pub(super) const NULL: &str = "nullfs";

/// nmount(2), which loads what the kernel needs for it.
pub(super) fn mount(found: &FileSystem, target: &Utf8Path) -> io::Result<()> {
    let mut call = Nmount::new();
    for (name, value) in found.pairs(target) {
        call.str_opt_owned(name, value.as_str());
    }
    let access = if found.read_only { MntFlags::MNT_RDONLY } else { MntFlags::empty() };
    call.nmount(access | MntFlags::MNT_NOSUID).map_err(|error| match error.errmsg() {
        Some(message) if !message.is_empty() => io::Error::other(format!("{} ({message})", error.error().desc())),
        _ => error.error().into(),
    })
}

/// unmount(2), by the number of the file system: the port may have moved the directories above it.
pub(super) fn unmount(mount: &Mounted, force: bool) -> io::Result<()> {
    let [first, second] = mount.id;
    let force = if force { MntFlags::MNT_FORCE } else { MntFlags::empty() };
    Ok(nix::mount::unmount(format!("FSID:{first}:{second}").as_str(), MntFlags::MNT_BYFSID | force)?)
}

/// Hides the host's devices from a devfs.
pub(super) fn show_nodes(_slot: &Utf8Path, dev: &Utf8Path) -> io::Result<()> {
    nodes::freebsd_rules(dev).iter().try_for_each(|rule| super::place::run("/sbin/devfs", rule))
}

/// Each command is put into a jail of its own.
pub(super) fn confine(command: &mut Command, slot: &Utf8Path, hostname: &str, network: bool) -> io::Result<()> {
    sys::enter_jail(command, prison::parameters(slot, hostname, network));
    Ok(())
}
