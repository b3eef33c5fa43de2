//! The mounts of a jail, made without dsynth: by system calls in a process of its own, and by a shell with mount(8).

use std::fs;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use camino::Utf8PathBuf;
use dsynth::jail::{JailSpec, MountKind};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::pivot_root;

/// Has this program mount and end; its value is the directory of the benchmark.
const MOUNT: &str = "DSYNTH_BENCH_MOUNT";

pub(super) fn asked() -> Option<Utf8PathBuf> {
    std::env::var(MOUNT).ok().map(Utf8PathBuf::from)
}

/// Starts this program once more, as dsynth starts its helper, and waits for its end.
pub(super) fn by_calls(base: &Utf8PathBuf) -> io::Result<()> {
    succeeded(Command::new("/proc/self/exe").env(MOUNT, base).stdout(Stdio::null()).status()?)
}

pub(super) fn by_script(script: &str) -> io::Result<()> {
    succeeded(Command::new("unshare").args(["-m", "-i", "-u", "-n", "sh", "-ec", script]).status()?)
}

fn succeeded(status: ExitStatus) -> io::Result<()> {
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{status}"))) }
}

/// What the helper and process 1 ask of the kernel, one after the other; the end of this process unmounts all.
pub(super) fn mount_all(spec: &JailSpec) -> Result<(), Box<dyn std::error::Error>> {
    let spaces =
        [CloneFlags::CLONE_NEWNS, CloneFlags::CLONE_NEWIPC, CloneFlags::CLONE_NEWUTS, CloneFlags::CLONE_NEWNET];
    unshare(spaces.into_iter().collect())?;
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    let root = spec.root.with_file_name("SL01");
    mount(Some("tmpfs"), root.as_str(), Some("tmpfs"), MsFlags::empty(), None::<&str>)?;
    fs::create_dir(root.join(".host"))?;
    pivot_root(root.as_str(), root.join(".host").as_str())?;
    std::env::set_current_dir("/")?;
    for line in &spec.mounts[1..] {
        let target = line.target.as_str();
        if let MountKind::Symlink { to } = &line.kind {
            std::os::unix::fs::symlink(to, target)?;
            continue;
        }
        fs::create_dir_all(target)?;
        match &line.kind {
            MountKind::Null { source, read_only } => {
                let source = format!("/.host{source}");
                let bind = MsFlags::MS_BIND | MsFlags::MS_REC;
                mount(Some(source.as_str()), target, None::<&str>, bind, None::<&str>)?;
                if *read_only {
                    let again = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
                    mount(None::<&str>, target, None::<&str>, again, None::<&str>)?;
                }
            }
            MountKind::Proc => mount(Some("proc"), target, Some("proc"), MsFlags::empty(), None::<&str>)?,
            _ => mount(Some("tmpfs"), target, Some("tmpfs"), MsFlags::empty(), None::<&str>)?,
        }
    }
    umount2("/.host", MntFlags::MNT_DETACH)?;
    Ok(())
}

/// The same as somebody would write it.
pub(super) fn script(spec: &JailSpec) -> String {
    let root = spec.root.with_file_name("SL01");
    let mut text = format!("mount --make-rprivate /\nmount -t tmpfs tmpfs {root}\n");
    for line in &spec.mounts[1..] {
        let target = format!("{root}{}", line.target);
        text += &match &line.kind {
            MountKind::Symlink { to } => format!("ln -s {to} {target}\n"),
            MountKind::Null { source, read_only } => {
                let again = if *read_only { format!("mount -o remount,bind,ro {target}\n") } else { String::new() };
                format!("mkdir -p {target}\nmount --rbind {source} {target}\n{again}")
            }
            MountKind::Proc => format!("mkdir -p {target}\nmount -t proc proc {target}\n"),
            _ => format!("mkdir -p {target}\nmount -t tmpfs tmpfs {target}\n"),
        };
    }
    text + &format!("umount -R {root}\n")
}
