//! The mount table of a jail, as data.
//!
//! What differs between hosts is decided here from what the world is, so that every platform compiles and
//! tests it. A backend applies the table in order and knows nothing of ports.

use std::fmt;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::world::{Entry, World};

/// What is taken from the world, in the order it is mounted.
pub(super) const BASE_DIRECTORIES: &[&str] = &[
    "bin",
    "sbin",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "libexec",
    "usr/bin",
    "usr/include",
    "usr/lib",
    "usr/lib32",
    "usr/lib64",
    "usr/libdata",
    "usr/libexec",
    "usr/sbin",
    "usr/share",
    "usr/games",
];
pub(super) const BOOT: &str = "boot";
pub(super) const BOOT_MODULES: &str = "boot/modules.local";
pub(super) const SOURCES: &str = "usr/src";

/// Limit of a tmpfs, in MiB; that of the work directory is the profile's.
const SIZE: u32 = 16 << 10;

/// Where the profile's directories are, and what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub ports: Utf8PathBuf,
    pub packages: Utf8PathBuf,
    pub distfiles: Utf8PathBuf,
    pub options: Utf8PathBuf,
    pub ccache: Option<Utf8PathBuf>,
    /// Laid over `/usr/share/mk` of a world whose own knows no `bsd.port.mk`.
    pub share_mk: Option<Utf8PathBuf>,
    /// Limit of /construction, in MiB; twice that with debugging symbols.
    pub workdir_size: u32,
    /// Debugging symbols double what a build needs.
    pub with_debug: bool,
    /// The system's sources too, if the world has them.
    pub usr_src: bool,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Absolute path inside the jail.
    pub target: Utf8PathBuf,
    pub kind: MountKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountKind {
    /// Fresh and empty; the size is a limit in MiB and reserves nothing.
    Tmpfs {
        size: u32,
    },
    /// A directory of the host.
    Null {
        source: Utf8PathBuf,
        read_only: bool,
    },
    /// The few device nodes that a build may see.
    Devices,
    Proc,
    /// No mount: where the world has a symbolic link, so has the jail.
    Symlink {
        to: Utf8PathBuf,
    },
}

/// The table: the root first, and nothing before the directory it lies in (spec 6.3).
pub fn mounts(layout: &Layout, world: &World) -> Vec<Mount> {
    let debug = if layout.with_debug { 2 } else { 1 };
    let mut table = vec![tmpfs("/", SIZE)];
    table.extend(boot(world));
    table.push(Mount { target: "/dev".into(), kind: MountKind::Devices });
    table.push(Mount { target: "/proc".into(), kind: MountKind::Proc });
    table.extend(BASE_DIRECTORIES.iter().filter_map(|name| base(world, name)));
    table.extend(layout.share_mk.as_ref().map(|source| read_only("/usr/share/mk", source)));
    table.push(tmpfs("/usr/local", SIZE * debug));
    if layout.usr_src {
        table.extend(base(world, SOURCES));
    }
    table.push(read_only("/xports", &layout.ports));
    table.push(writable("/options", &layout.options));
    // Read-only, where the C program has it writable: no port can touch the repository.
    table.push(read_only("/packages", &layout.packages));
    table.push(writable("/distfiles", &layout.distfiles));
    table.push(tmpfs("/construction", layout.workdir_size * debug));
    table.extend(layout.ccache.as_ref().map(|source| writable("/ccache", source)));
    table
}

fn boot(world: &World) -> Vec<Mount> {
    let boot = base(world, BOOT);
    let modules = world.has(BOOT_MODULES).then(|| tmpfs("/boot/modules.local", SIZE));
    // The modules' directory lies in /boot and cannot be without it.
    if boot.is_some() { boot.into_iter().chain(modules).collect() } else { Vec::new() }
}

fn base(world: &World, name: &str) -> Option<Mount> {
    let target = format!("/{name}");
    match world.entry(name)? {
        Entry::Directory => Some(read_only(&target, &world.root().join(name))),
        Entry::Symlink(to) => Some(Mount { target: target.into(), kind: MountKind::Symlink { to: to.clone() } }),
    }
}

fn tmpfs(target: &str, size: u32) -> Mount {
    Mount { target: target.into(), kind: MountKind::Tmpfs { size } }
}

fn read_only(target: &str, source: &Utf8PathBuf) -> Mount {
    Mount { target: target.into(), kind: MountKind::Null { source: source.clone(), read_only: true } }
}

fn writable(target: &str, source: &Utf8PathBuf) -> Mount {
    Mount { target: target.into(), kind: MountKind::Null { source: source.clone(), read_only: false } }
}

/// `16g`, or `64m` where that is not whole.
pub(super) fn size_text(mebibytes: u32) -> String {
    if mebibytes.is_multiple_of(1024) { format!("{}g", mebibytes / 1024) } else { format!("{mebibytes}m") }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = &self.target;
        match &self.kind {
            MountKind::Tmpfs { size } => write!(f, "tmpfs {} on {target}", size_text(*size)),
            MountKind::Null { source, read_only: true } => write!(f, "{source} on {target} (ro)"),
            MountKind::Null { source, read_only: false } => write!(f, "{source} on {target} (rw)"),
            MountKind::Devices => write!(f, "devices on {target}"),
            MountKind::Proc => write!(f, "proc on {target}"),
            MountKind::Symlink { to } => write!(f, "{target} -> {to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn layout() -> Layout {
        Layout {
            ports: "/usr/dports".into(),
            packages: "/build/packages".into(),
            distfiles: "/build/distfiles".into(),
            options: "/build/options".into(),
            ccache: None,
            share_mk: None,
            workdir_size: 64 << 10,
            with_debug: false,
            usr_src: true,
        }
    }

    fn world(root: &str, directories: &[&str], links: &[(&str, &str)]) -> World {
        let directories = directories.iter().map(|name| ((*name).to_owned(), Entry::Directory));
        let links = links.iter().map(|(name, to)| ((*name).to_owned(), Entry::Symlink((*to).into())));
        World::new(root, directories.chain(links))
    }

    fn bsd() -> World {
        let top = ["boot", "boot/modules.local", "bin", "sbin", "lib", "libexec", "usr/bin", "usr/include", "usr/lib"];
        let usr = ["usr/libdata", "usr/libexec", "usr/sbin", "usr/share", "usr/games", "usr/src"];
        world("/sys", &[&top[..], &usr[..]].concat(), &[])
    }

    fn debian() -> World {
        let directories = ["usr/bin", "usr/include", "usr/lib", "usr/lib64", "usr/libexec", "usr/sbin", "usr/share"];
        let links = [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")];
        world("/", &directories, &links)
    }

    fn table(layout: &Layout, world: &World) -> String {
        mounts(layout, world).iter().map(|mount| format!("{mount}\n")).collect()
    }

    #[test]
    fn a_bsd_world_gives_the_table_of_the_c_program() {
        assert_snapshot!(table(&layout(), &bsd()), @"
        tmpfs 16g on /
        /sys/boot on /boot (ro)
        tmpfs 16g on /boot/modules.local
        devices on /dev
        proc on /proc
        /sys/bin on /bin (ro)
        /sys/sbin on /sbin (ro)
        /sys/lib on /lib (ro)
        /sys/libexec on /libexec (ro)
        /sys/usr/bin on /usr/bin (ro)
        /sys/usr/include on /usr/include (ro)
        /sys/usr/lib on /usr/lib (ro)
        /sys/usr/libdata on /usr/libdata (ro)
        /sys/usr/libexec on /usr/libexec (ro)
        /sys/usr/sbin on /usr/sbin (ro)
        /sys/usr/share on /usr/share (ro)
        /sys/usr/games on /usr/games (ro)
        tmpfs 16g on /usr/local
        /sys/usr/src on /usr/src (ro)
        /usr/dports on /xports (ro)
        /build/options on /options (rw)
        /build/packages on /packages (ro)
        /build/distfiles on /distfiles (rw)
        tmpfs 64g on /construction
        ");
    }

    #[test]
    fn a_merged_usr_is_merged_in_the_jail_too() {
        assert_snapshot!(table(&Layout { share_mk: Some("/compat/mk".into()), ..layout() }, &debian()), @"
        tmpfs 16g on /
        devices on /dev
        proc on /proc
        /bin -> usr/bin
        /sbin -> usr/sbin
        /lib -> usr/lib
        /lib64 -> usr/lib64
        /usr/bin on /usr/bin (ro)
        /usr/include on /usr/include (ro)
        /usr/lib on /usr/lib (ro)
        /usr/lib64 on /usr/lib64 (ro)
        /usr/libexec on /usr/libexec (ro)
        /usr/sbin on /usr/sbin (ro)
        /usr/share on /usr/share (ro)
        /compat/mk on /usr/share/mk (ro)
        tmpfs 16g on /usr/local
        /usr/dports on /xports (ro)
        /build/options on /options (rw)
        /build/packages on /packages (ro)
        /build/distfiles on /distfiles (rw)
        tmpfs 64g on /construction
        ");
    }

    #[test]
    fn ccache_is_mounted_and_debugging_doubles_the_big_ones() {
        let layout = Layout { ccache: Some("/build/ccache".into()), with_debug: true, usr_src: false, ..layout() };
        let changed: Vec<_> = table(&layout, &bsd()).lines().map(str::to_owned).collect();
        let plain = table(&self::layout(), &bsd());
        let news: String =
            changed.iter().filter(|line| !plain.contains(line.as_str())).map(|l| format!("{l}\n")).collect();
        assert_snapshot!(news, @"
        tmpfs 32g on /usr/local
        tmpfs 128g on /construction
        /build/ccache on /ccache (rw)
        ");
    }

    #[test]
    fn every_mount_comes_after_the_one_it_lies_in() {
        let table = mounts(&Layout { share_mk: Some("/mk".into()), ..layout() }, &bsd());
        for (index, mount) in table.iter().enumerate() {
            assert!(table[index + 1..].iter().all(|later| !mount.target.starts_with(&later.target)), "{mount}");
        }
    }
}
