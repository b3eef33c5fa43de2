//! The host before and after: its mounts, its processes, and the files that no build may change.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use camino::Utf8Path;

use crate::world::{World, mounts, processes, soon};

/// What must be the same afterwards.
#[derive(Debug, PartialEq, Eq)]
pub struct Host {
    mounts: BTreeSet<String>,
    /// The ports tree.
    tree: String,
    /// By what is in them and by owner and mode.
    distfiles: String,
    packages: String,
}

impl Host {
    pub fn before(world: &World) -> Host {
        Host {
            mounts: own_mounts(),
            tree: checksum(&world.path("ports")),
            distfiles: checksum(&world.path("distfiles")),
            packages: checksum(&world.path("packages")),
        }
    }

    /// After a run that builds nothing anew: all is as it was, nothing runs, and no file but those of dsynth's own is in
    /// the build base.
    pub fn assert_same(&self, world: &World) {
        self.assert_clean(world);
        let after = Host::before(world);
        assert_eq!(self.tree, after.tree, "the tree");
        assert_eq!(self.distfiles, after.distfiles, "distfiles");
        assert_eq!(self.packages, after.packages, "packages");
    }

    /// The same where a run may add packages and distfiles.
    pub fn assert_clean(&self, world: &World) {
        assert!(soon(|| processes(world.base.as_str()).is_empty()), "{:?}", processes(world.base.as_str()));
        assert_eq!(self.mounts, own_mounts(), "mounts");
        assert_eq!(self.tree, checksum(&world.path("ports")), "the tree");
        assert!(!mounts().contains(world.base.as_str()));
        let names: BTreeSet<String> = names(&world.base).into_iter().collect();
        let expected = ["build", "cfg", "distfiles", "logs", "options", "packages", "ports"].map(str::to_owned);
        assert_eq!(names.into_iter().filter(|name| name != "list").collect::<Vec<_>>(), expected);
        for name in self::names(&world.path("build")).iter().filter(|name| name.starts_with("SL")) {
            assert!(self::names(&world.path("build").join(name)).is_empty(), "{name} is not empty");
        }
        let setid =
            walk(&world.path("distfiles")).into_iter().filter(|line| line.contains(" 4") || line.contains(" 6"));
        assert_eq!(setid.collect::<Vec<_>>(), Vec::<String>::new());
    }
}

/// Other tests of this machine mount too, below temporary directories of their own.
fn own_mounts() -> BTreeSet<String> {
    let foreign = |line: &&str| ["/dsynth-", "/.tmp"].iter().any(|part| line.contains(part));
    mounts().lines().filter(|line| !foreign(line)).map(str::to_owned).collect()
}

fn names(directory: &Utf8Path) -> Vec<String> {
    let mut names: Vec<String> =
        directory.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
    names.sort();
    names
}

fn checksum(directory: &Utf8Path) -> String {
    blake3::hash(walk(directory).join("\n").as_bytes()).to_string()
}

/// A line for each file: name, mode, owner and content.
fn walk(directory: &Utf8Path) -> Vec<String> {
    let mut lines = Vec::new();
    for name in names(directory) {
        let path = directory.join(&name);
        let found = fs::symlink_metadata(&path).unwrap();
        let content = if found.is_file() { blake3::hash(&fs::read(&path).unwrap()).to_string() } else { String::new() };
        lines.push(format!("{path} {:o} {} {content}", found.permissions().mode() & 0o7777, found.uid()));
        if found.is_dir() {
            lines.extend(walk(&path));
        }
    }
    lines
}
