//! A jail's own /dev: the nodes that every program may expect, and none of the host's disks.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use camino::Utf8Path;
use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use super::super::unix::{Step, Trouble};

const NODES: &[(&str, u64, u64)] =
    &[("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

const LINKS: &[(&str, &str)] =
    &[("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"), ("ptmx", "pts/ptmx")];

/// Fills `dev`, an empty directory. Never is the host's /dev as a whole mounted there.
pub(super) fn make(dev: &Utf8Path, host: &Utf8Path, root: bool) -> Result<(), Trouble> {
    // Big enough for /dev/shm; it reserves nothing.
    filesystem(dev, "tmpfs", "mode=755,size=1g")?;
    for (name, major, minor) in NODES {
        let place = dev.join(name);
        // Root could change the mode of the host's own node through a bind mount, so it gets new ones.
        if !root || node(&place, *major, *minor).is_err() {
            bind(&host.join("dev").join(name), &place)?;
        }
    }
    for (name, to) in LINKS {
        symlink(to, dev.join(name)).step(format!("link `{}`", dev.join(name)))?;
    }
    let shm = dev.join("shm");
    fs::create_dir(&shm)
        .and_then(|()| fs::set_permissions(&shm, Permissions::from_mode(0o1777)))
        .step(format!("make `{shm}`"))?;
    let pts = dev.join("pts");
    fs::create_dir(&pts).step(format!("make `{pts}`"))?;
    filesystem(&pts, "devpts", "newinstance,ptmxmode=0666,mode=620")
}

fn filesystem(target: &Utf8Path, kind: &str, options: &str) -> Result<(), Trouble> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mount(Some(kind), target.as_str(), Some(kind), flags, Some(options)).step(format!("mount a {kind} on `{target}`"))
}

fn node(place: &Utf8Path, major: u64, minor: u64) -> std::io::Result<()> {
    mknod(place.as_str(), SFlag::S_IFCHR, Mode::empty(), makedev(major, minor))?;
    fs::set_permissions(place, Permissions::from_mode(0o666))
}

fn bind(source: &Utf8Path, place: &Utf8Path) -> Result<(), Trouble> {
    let made = File::create(place)
        .and_then(|_| Ok(mount(Some(source.as_str()), place.as_str(), None::<&str>, MsFlags::MS_BIND, None::<&str>)?));
    made.step(format!("mount the host's device on `{place}`"))
}
