//! Copies a tree of files with their attributes, and never through a symbolic link of the source.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use nix::fcntl::AT_FDCWD;
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;
use walkdir::WalkDir;

use super::JailError;

/// How to copy.
pub(super) struct Copy<'a> {
    /// Keep the owners too; needs root.
    pub(super) owners: bool,
    /// Leave out what may not be read, instead of failing.
    pub(super) skip_unreadable: bool,
    /// Leave out what this says, asked with the path below the source.
    pub(super) leave_out: &'a dyn Fn(&Path) -> bool,
}

impl Copy<'_> {
    /// Copies what is in `from` into `to`, which exists; what is there already is replaced or added to.
    pub(super) fn tree(&self, from: &Path, to: &Path) -> Result<(), JailError> {
        let below = |path: &Path| path.strip_prefix(from).unwrap_or(path).to_owned();
        let mut directories = Vec::new();
        let walk = WalkDir::new(from).min_depth(1).into_iter();
        for entry in walk.filter_entry(|entry| !(self.leave_out)(&below(entry.path()))) {
            let entry = match entry.map_err(io::Error::from) {
                Err(error) if self.forgives(&error) => continue,
                entry => entry.map_err(failed("list", from))?,
            };
            let found = entry.metadata().map_err(io::Error::from).map_err(failed("look at", entry.path()))?;
            let target = to.join(below(entry.path()));
            if found.is_dir() {
                directory(&target).map_err(failed("make", &target))?;
                directories.push((target, found));
            } else {
                self.entry(entry.path(), &target, &found)?;
            }
        }
        // Last, and the deepest first: writing into a directory changes its times, and may need its old mode.
        directories.iter().rev().try_for_each(|(target, found)| {
            self.attributes(target, found).map_err(failed("set the attributes of", target))
        })
    }

    fn entry(&self, source: &Path, target: &Path, found: &Metadata) -> Result<(), JailError> {
        let copied = if found.is_symlink() { link(source, target) } else { file(source, target, found) };
        match copied {
            Ok(true) => self.attributes(target, found).map_err(failed("set the attributes of", target)),
            Ok(false) => Ok(()),
            Err(error) if self.forgives(&error) => Ok(()),
            Err(error) => Err(failed("copy", source)(error)),
        }
    }

    fn forgives(&self, error: &io::Error) -> bool {
        self.skip_unreadable && error.kind() == io::ErrorKind::PermissionDenied
    }

    /// Owner first: changing it clears the set-id bits. Times last: all else changes them.
    fn attributes(&self, target: &Path, found: &Metadata) -> io::Result<()> {
        if self.owners {
            let change = if found.is_symlink() { lchown } else { chown };
            change(target, Some(found.uid()), Some(found.gid()))?;
        }
        if !found.is_symlink() {
            // Who is not root must still be able to take the copy of a closed directory away.
            let open = if found.is_dir() && !self.owners { 0o700 } else { 0 };
            fs::set_permissions(target, fs::Permissions::from_mode(found.mode() & 0o7777 | open))?;
        }
        let read = TimeSpec::new(found.atime(), found.atime_nsec());
        let written = TimeSpec::new(found.mtime(), found.mtime_nsec());
        Ok(utimensat(AT_FDCWD, target, &read, &written, UtimensatFlags::NoFollowSymlink)?)
    }
}

/// A directory, or a link to one, may be there already.
fn directory(target: &Path) -> io::Result<()> {
    match fs::create_dir(target) {
        Err(_) if target.is_dir() => Ok(()),
        made => made,
    }
}

fn link(source: &Path, target: &Path) -> io::Result<bool> {
    remove(target)?;
    symlink(fs::read_link(source)?, target)?;
    Ok(true)
}

/// Devices, sockets and pipes are left out.
fn file(source: &Path, target: &Path, found: &Metadata) -> io::Result<bool> {
    if !found.is_file() {
        return Ok(false);
    }
    // Not over it: the old file may be a link, or read-only.
    remove(target)?;
    fs::copy(source, target)?;
    Ok(true)
}

fn remove(target: &Path) -> io::Result<()> {
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JailError + use<> {
    let path: PathBuf = path.to_owned();
    move |source| JailError::Path { action, path: Utf8PathBuf::from(path.to_string_lossy().as_ref()), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_times_and_links_are_kept_and_pipes_are_not() {
        let scratch = tempfile::tempdir().unwrap();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        fs::create_dir_all(from.join("deep")).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(from.join("deep/file"), "text").unwrap();
        fs::write(from.join("left-out"), "text").unwrap();
        fs::set_permissions(from.join("deep/file"), fs::Permissions::from_mode(0o4751)).unwrap();
        symlink("/nowhere", from.join("link")).unwrap();
        nix::unistd::mkfifo(&from.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        // In the way: neither must be written through.
        symlink("/nowhere/at/all", to.join("link")).unwrap();

        let copy = Copy { owners: false, skip_unreadable: false, leave_out: &|path| path == Path::new("left-out") };
        copy.tree(&from, &to).unwrap();

        assert_eq!(fs::read_link(to.join("link")).unwrap(), Path::new("/nowhere"));
        let (old, new) = (from.join("deep/file").metadata().unwrap(), to.join("deep/file").metadata().unwrap());
        assert_eq!((old.mode(), old.modified().unwrap()), (new.mode(), new.modified().unwrap()));
        assert_eq!(
            from.join("deep").metadata().unwrap().modified().unwrap(),
            to.join("deep").metadata().unwrap().modified().unwrap()
        );
        let mut names: Vec<_> = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["deep", "link"]);
    }
}
