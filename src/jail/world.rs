//! The base system underneath: which directories it has for a jail.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::JailError;
use super::mounts::{BASE_DIRECTORIES, BOOT, BOOT_MODULES, SOURCES};

/// What was found of a base system. What it has not is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    root: Utf8PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// One of its directories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Directory,
    /// Merged into another, as `bin -> usr/bin` where `/usr` holds everything.
    Symlink(Utf8PathBuf),
}

impl World {
    /// A world of known entries; their paths are relative to `root`.
    pub fn new(root: impl Into<Utf8PathBuf>, entries: impl IntoIterator<Item = (String, Entry)>) -> World {
        World { root: root.into(), entries: entries.into_iter().collect() }
    }

    /// Looks at the base system in `Directory_system`.
    pub fn inspect(root: &Utf8Path) -> Result<World, JailError> {
        if fs::symlink_metadata(root.join("bin/sh")).is_err() {
            return Err(JailError::NoWorld { path: root.to_owned() });
        }
        let mut entries = BTreeMap::new();
        for name in BASE_DIRECTORIES {
            if let Some(entry) = entry(&root.join(name))? {
                entries.insert((*name).to_owned(), entry);
            }
        }
        // A BSD's /boot holds its kernel's modules, which a few ports look at. Linux's is of no use to any port.
        for (name, proof) in [(BOOT, "boot/kernel"), (BOOT_MODULES, BOOT_MODULES), (SOURCES, "usr/src/sys/Makefile")] {
            if root.join(proof).exists() {
                entries.insert(name.to_owned(), Entry::Directory);
            }
        }
        Ok(World { root: root.to_owned(), entries })
    }

    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }
}

fn entry(path: &Utf8Path) -> Result<Option<Entry>, JailError> {
    let failed = |source| JailError::Path { action: "look at", path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(Some(Entry::Directory)),
        Ok(found) if found.is_symlink() => path.read_link_utf8().map(|to| Some(Entry::Symlink(to))).map_err(failed),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(scratch.path().to_owned()).unwrap();
        (scratch, root)
    }

    #[test]
    fn a_directory_without_a_shell_is_no_world() {
        let (_scratch, root) = scratch();
        let error = World::inspect(&root).unwrap_err().to_string();
        assert_eq!(error, format!("`{root}` is no base system: it has no `bin/sh`"));
    }

    #[test]
    fn links_are_told_from_directories_and_files_are_left_out() {
        let (_scratch, root) = scratch();
        fs::create_dir_all(root.join("usr/bin")).unwrap();
        fs::create_dir_all(root.join("boot/grub")).unwrap();
        fs::write(root.join("usr/bin/sh"), "").unwrap();
        fs::write(root.join("libexec"), "").unwrap();
        std::os::unix::fs::symlink("usr/bin", root.join("bin")).unwrap();

        let world = World::inspect(&root).unwrap();
        let expected = [("bin", Entry::Symlink("usr/bin".into())), ("usr/bin", Entry::Directory)];
        assert_eq!(world, World::new(root, expected.map(|(name, entry)| (name.to_owned(), entry))));
    }
}
