//! What a line of the mount table is to nmount(2) of FreeBSD and to mount(8) of DragonFly, as data.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::MountKind;
use super::super::mounts::size_text;

/// A file system to mount; set-id bits count for nothing on any.
pub(super) struct FileSystem {
    pub(super) kind: &'static str,
    pub(super) source: String,
    pub(super) read_only: bool,
    /// Such as `16g`.
    pub(super) size: Option<String>,
}

/// `None` for what is no mount. `null` is what the system calls a directory that is mounted elsewhere too.
pub(super) fn file_system(null: &'static str, kind: &MountKind) -> Option<FileSystem> {
    let plain = |kind: &'static str, read_only| FileSystem { kind, source: kind.to_owned(), read_only, size: None };
    Some(match kind {
        MountKind::Tmpfs { size } => FileSystem { size: Some(size_text(*size)), ..plain("tmpfs", false) },
        MountKind::Null { source, read_only } => directory(null, source, *read_only),
        MountKind::Devices => plain("devfs", false),
        MountKind::Proc => plain("procfs", true),
        MountKind::Symlink { .. } => return None,
    })
}

pub(super) fn directory(null: &'static str, source: &Utf8Path, read_only: bool) -> FileSystem {
    FileSystem { kind: null, source: source.to_string(), read_only, size: None }
}

/// Whether file systems of a kind may be forced off: those that dsynth mounts, and no disk that somebody put into a slot.
pub(super) fn may_be_forced(kind: &str) -> bool {
    ["nullfs", "null", "tmpfs", "devfs", "procfs"].contains(&kind)
}

/// A directory of the jail as the host sees it.
pub(super) fn on_host(slot: &Utf8Path, target: &Utf8Path) -> Utf8PathBuf {
    let below = target.strip_prefix("/").unwrap_or(target);
    if below.as_str().is_empty() { slot.to_owned() } else { slot.join(below) }
}

impl FileSystem {
    /// The pairs of nmount(2), as mount_nullfs(8), tmpfs(5) and their like have them; the flags go with the call.
    #[cfg(any(test, target_os = "freebsd"))]
    pub(super) fn pairs(&self, target: &Utf8Path) -> Vec<(&'static str, String)> {
        let from = if self.kind == "nullfs" { "target" } else { "from" };
        let mut pairs =
            vec![("fstype", self.kind.to_owned()), ("fspath", target.to_string()), (from, self.source.clone())];
        pairs.extend(self.size.clone().map(|size| ("size", size)));
        pairs
    }

    /// The arguments of mount(8).
    #[cfg(any(test, target_os = "dragonfly"))]
    pub(super) fn arguments(&self, target: &Utf8Path) -> Vec<String> {
        let size = self.size.as_ref().map(|size| format!(",size={size}")).unwrap_or_default();
        let access = if self.read_only { "ro" } else { "rw" };
        let options = format!("{access},nosuid{size}");
        ["-t", self.kind, "-o", &options, &self.source, target.as_str()].map(str::to_owned).to_vec()
    }
}

impl fmt::Display for FileSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of kind {}", self.source, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn table() -> Vec<(&'static str, MountKind)> {
        let null = |source: &str, read_only| MountKind::Null { source: source.into(), read_only };
        vec![
            ("/", MountKind::Tmpfs { size: 16 << 10 }),
            ("/bin", MountKind::Symlink { to: "usr/bin".into() }),
            ("/dev", MountKind::Devices),
            ("/proc", MountKind::Proc),
            ("/usr/bin", null("/sys/usr/bin", true)),
            ("/distfiles", null("/build/distfiles", false)),
            ("/construction", MountKind::Tmpfs { size: 64 }),
        ]
    }

    fn on(null: &'static str, show: impl Fn(FileSystem, &Utf8Path) -> String) -> String {
        let of = |(target, kind): (&str, MountKind)| {
            file_system(null, &kind).map(|found| show(found, &on_host("/b/SL00".into(), target.into())) + "\n")
        };
        table().into_iter().filter_map(of).collect()
    }

    #[test]
    fn dragonfly_is_told_by_arguments() {
        assert_snapshot!(on("null", |found, target| found.arguments(target).join(" ")), @"
        -t tmpfs -o rw,nosuid,size=16g tmpfs /b/SL00
        -t devfs -o rw,nosuid devfs /b/SL00/dev
        -t procfs -o ro,nosuid procfs /b/SL00/proc
        -t null -o ro,nosuid /sys/usr/bin /b/SL00/usr/bin
        -t null -o rw,nosuid /build/distfiles /b/SL00/distfiles
        -t tmpfs -o rw,nosuid,size=64m tmpfs /b/SL00/construction
        ");
    }

    #[test]
    fn freebsd_is_told_by_pairs() {
        let show = |found: FileSystem, target: &Utf8Path| {
            let pairs: Vec<String> =
                found.pairs(target).iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}{}", pairs.join(" "), if found.read_only { " (ro)" } else { "" })
        };
        assert_snapshot!(on("nullfs", show), @"
        fstype=tmpfs fspath=/b/SL00 from=tmpfs size=16g
        fstype=devfs fspath=/b/SL00/dev from=devfs
        fstype=procfs fspath=/b/SL00/proc from=procfs (ro)
        fstype=nullfs fspath=/b/SL00/usr/bin target=/sys/usr/bin (ro)
        fstype=nullfs fspath=/b/SL00/distfiles target=/build/distfiles
        fstype=tmpfs fspath=/b/SL00/construction from=tmpfs size=64m
        ");
    }

    #[test]
    fn what_dsynth_mounts_may_be_forced_and_a_disk_may_not() {
        for null in ["nullfs", "null"] {
            let kinds = table().into_iter().filter_map(|(_, kind)| file_system(null, &kind));
            assert!(kinds.map(|found| found.kind).all(may_be_forced));
        }
        assert!(!may_be_forced("ufs") && !may_be_forced("hammer2") && !may_be_forced("zfs"));
    }
}
