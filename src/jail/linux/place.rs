//! Makes the place: a root of its own, the mount table below it, the template's files in it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use nix::libc::{self, MOUNT_ATTR_NODEV, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::statvfs::statvfs;
use nix::unistd::{chroot, pivot_root, sethostname};

use super::super::unix::{Setup, Step, Trouble, Usage, fill};
use super::super::{Mount, MountKind};
use super::devices;
use super::hint::Hint;
use super::rights;
use super::sys;

/// Where the host's root is while the place is made.
const HOST: &str = "/.host";
/// Where the jail's root is below that of its mounts.
const ROOT: &str = "/jail";

/// What process 1 of a jail sees.
pub(in super::super) struct Place {
    /// For commands that may not use the host's.
    network: OwnedFd,
    /// Root of the host, rather than of a user namespace.
    root: bool,
}

impl Place {
    pub(super) fn new(network: OwnedFd, root: bool) -> Place {
        Place { network, root }
    }

    pub(in super::super) fn make(&mut self, setup: &Setup) -> Result<(), Trouble> {
        make(setup, self.root)?;
        rights::cut(&setup.limits)
    }

    /// A pipe must not keep us waiting. dsynth looks at what it gets.
    pub(in super::super) fn open(&self, path: &Utf8Path) -> io::Result<File> {
        OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)
    }

    pub(in super::super) fn usage(&self, place: &Utf8Path) -> Usage {
        statvfs(place.as_str()).map_or_else(|_| Usage::default(), |found| Usage::of(&found))
    }

    /// What a command is given no more than.
    pub(in super::super) fn confine(&self, command: &mut Command, network: bool) -> io::Result<()> {
        let network = if network { None } else { Some(self.network.try_clone()?) };
        sys::detach(command, network, rights::kept());
        Ok(())
    }
}

/// Process 1 comes out of this with the jail as its root and the host out of reach.
///
/// The root is changed before anything is mounted in it, so that no symbolic link of the world or of the
/// template can lead a mount or a copy out to the host.
fn make(setup: &Setup, root: bool) -> Result<(), Trouble> {
    sethostname(&setup.hostname).step("set the host name")?;
    // Nothing that is mounted from here on is seen by the host.
    quiet_mount(None, Utf8Path::new("/"), MsFlags::MS_REC | MsFlags::MS_PRIVATE).step("keep mounts from the host")?;
    let table = setup.mounts.iter().map(resolved).collect::<Result<Vec<_>, _>>()?;
    let template = setup.template.canonicalize_utf8().step(format!("look at `{}`", setup.template))?;
    let (first, rest) = table.split_first().ok_or(io::ErrorKind::InvalidInput).step("read an empty mount table")?;
    enter(&setup.root, first)?;
    for line in rest {
        apply(line, root)?;
    }
    fill(&on_host(&template), &setup.files, root)?;
    umount2(HOST, MntFlags::MNT_DETACH).step("let go of the host's root")?;
    fs::remove_dir(HOST).step(format!("remove `{HOST}`"))
}

/// Links in a source are the host's and must be followed there.
fn resolved(line: &Mount) -> Result<Mount, Trouble> {
    let MountKind::Null { source, read_only } = &line.kind else { return Ok(line.clone()) };
    let source = source.canonicalize_utf8().step(format!("mount `{source}` on `{}`", line.target))?;
    Ok(Mount { target: line.target.clone(), kind: MountKind::Null { source, read_only: *read_only } })
}

/// The first line of the table becomes the root, and the host's root lies below it for now.
fn enter(slot: &Utf8Path, first: &Mount) -> Result<(), Trouble> {
    let MountKind::Tmpfs { size } = first.kind else {
        return Err(io::Error::from(io::ErrorKind::InvalidInput)).step(format!("make a root of {first}"));
    };
    let root = Utf8PathBuf::from(format!("{slot}{ROOT}"));
    let host = format!("{root}{HOST}");
    tmpfs(slot, 1).step(format!("mount a tmpfs on `{slot}`"))?;
    fs::create_dir(&root).step(format!("make `{root}`"))?;
    tmpfs(&root, size).step(format!("mount a tmpfs on `{root}`"))?;
    fs::create_dir(&host).step(format!("make `{host}`"))?;
    pivot_root(slot.as_str(), host.as_str()).step(format!("make `{slot}` the root"))?;
    // Not for what a chroot keeps out, nothing is left out there: the kernel gives no user namespace, with which
    // anybody may mount, to a process whose root is not that of its mounts.
    chroot(ROOT).step("go to the jail's root")?;
    std::env::set_current_dir("/").step("go to the jail's root")
}

fn apply(line: &Mount, root: bool) -> Result<(), Trouble> {
    let (target, step) = (&line.target, format!("mount {line}"));
    if let MountKind::Symlink { to } = &line.kind {
        return link(to, target).step(format!("link {line}"));
    }
    fs::create_dir_all(target).step_with(format!("make `{target}` to mount on"), Hint::MountPoint)?;
    match &line.kind {
        MountKind::Tmpfs { size } => tmpfs(target, *size).step(step),
        MountKind::Null { source, read_only } => {
            quiet_mount(Some(&on_host(source)), target, MsFlags::MS_BIND | MsFlags::MS_REC).step(step)?;
            restrict(target, *read_only)
        }
        MountKind::Devices => devices::make(target, Utf8Path::new(HOST), root),
        MountKind::Proc => proc(target).step_with(step, Hint::Proc),
        MountKind::Symlink { .. } => Ok(()),
    }
}

fn link(to: &Utf8Path, target: &Utf8Path) -> io::Result<()> {
    target.parent().map_or(Ok(()), fs::create_dir_all)?;
    symlink(to, target)
}

fn tmpfs(target: &Utf8Path, size: u32) -> nix::Result<()> {
    let options = format!("mode=755,size={size}m");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("tmpfs"), target.as_str(), Some("tmpfs"), flags, Some(options.as_str()))
}

/// Read-only: /proc/sys and its neighbours are the host's.
fn proc(target: &Utf8Path) -> nix::Result<()> {
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount(Some("proc"), target.as_str(), Some("proc"), flags, None::<&str>)
}

/// A bind mount takes flags only afterwards.
fn restrict(target: &Utf8Path, read_only: bool) -> Result<(), Trouble> {
    let flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | if read_only { MOUNT_ATTR_RDONLY } else { 0 };
    sys::restrict(target, flags).step_with(format!("restrict the mount on `{target}`"), Hint::Attributes)
}

/// A mount without file system or options.
fn quiet_mount(source: Option<&Utf8Path>, target: &Utf8Path, flags: MsFlags) -> nix::Result<()> {
    mount(source.map(Utf8Path::as_str), target.as_str(), None::<&str>, flags, None::<&str>)
}

fn on_host(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{HOST}{path}"))
}
