//! What a crash, or the C program, left mounted in the slots.

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::unmount::{MountTable, unmount};
use super::{JailError, platform, remove};

/// What was taken away, and what could not be and why.
#[derive(Debug, Default)]
pub struct Leftovers {
    pub unmounted: Vec<Utf8PathBuf>,
    /// Busy to the end and forced. On Linux out of sight, and gone when the last process there is.
    pub detached: Vec<Utf8PathBuf>,
    /// Directories that held files.
    pub removed: Vec<Utf8PathBuf>,
    pub stuck: Vec<(Utf8PathBuf, io::Error)>,
}

/// Unmounts whatever is mounted in the slots `<BB>/SLnn`, of whatever number, and removes the slots.
///
/// Deletes nothing below a mount that stays: that belongs to the host.
pub fn clean_leftovers(buildbase: &Utf8Path) -> Result<Leftovers, JailError> {
    let base = resolved(buildbase)?;
    let unmounted = unmount(&platform::Kernel, |mount| is_in_slot(&base, mount));
    let mut leftovers = unmounted.map_err(JailError::path("list the mounts in", &base))?;
    remove(&base, is_slot, &mut leftovers)?;
    Ok(leftovers)
}

/// Removes what the C dsynth copies for each of its slots and leaves behind: `<BB>/bin.NNN` and its like (spec 6.2).
pub fn clean_copies(buildbase: &Utf8Path) -> Result<Leftovers, JailError> {
    let mut leftovers = Leftovers::default();
    remove(&resolved(buildbase)?, is_copy, &mut leftovers)?;
    Ok(leftovers)
}

/// Removes a directory of dsynth's own with all that is in it, unless something is mounted there; it need not exist.
pub fn remove_tree(directory: &Utf8Path) -> Result<(), JailError> {
    let Ok(resolved) = directory.canonicalize_utf8() else { return Ok(()) };
    let removed = mounted().and_then(|mounts| remove::tree(&resolved, &mounts));
    removed.map_err(JailError::path("remove", directory))
}

/// What is mounted at a directory and below it, as this process sees it.
pub fn mounts_below(directory: &Utf8Path) -> Result<Vec<Utf8PathBuf>, JailError> {
    let base = resolved(directory)?;
    let mounts = mounted().map_err(JailError::path("list the mounts in", directory))?;
    Ok(mounts.into_iter().filter(|mount| mount.starts_with(&base)).collect())
}

/// The kernel's list has resolved paths.
fn resolved(buildbase: &Utf8Path) -> Result<Utf8PathBuf, JailError> {
    buildbase.canonicalize_utf8().map_err(JailError::path("look at", buildbase))
}

fn remove(base: &Utf8Path, is_ours: fn(&str) -> bool, leftovers: &mut Leftovers) -> Result<(), JailError> {
    for directory in directories(base, is_ours)? {
        if fs::remove_dir(&directory).is_ok() {
            continue;
        }
        // Asked anew each time: this must not be a list of yesterday.
        match mounted().and_then(|mounts| remove::tree(&directory, &mounts)) {
            Ok(()) => leftovers.removed.push(directory),
            Err(error) => leftovers.stuck.push((directory, error)),
        }
    }
    Ok(())
}

fn mounted() -> io::Result<Vec<Utf8PathBuf>> {
    let path = |mount: &<platform::Kernel as MountTable>::Mount| AsRef::<Utf8Path>::as_ref(mount).to_owned();
    Ok(platform::Kernel.list()?.iter().map(path).collect())
}

fn is_in_slot(base: &Utf8Path, mount: &Utf8Path) -> bool {
    let first = mount.strip_prefix(base).ok().and_then(|below| below.components().next());
    first.is_some_and(|name| is_slot(name.as_str()))
}

fn is_slot(name: &str) -> bool {
    name.strip_prefix("SL").is_some_and(|digits| digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_copy(name: &str) -> bool {
    let digits = |end: &str| end.len() >= 3 && end.bytes().all(|byte| byte.is_ascii_digit());
    name.rsplit_once('.').is_some_and(|(stem, end)| ["bin", "lib", "libexec", "usr.bin"].contains(&stem) && digits(end))
}

/// Real ones: a link or a file of such a name is somebody's own.
fn directories(base: &Utf8Path, is_ours: fn(&str) -> bool) -> Result<Vec<Utf8PathBuf>, JailError> {
    let listing = base.read_dir_utf8().map_err(JailError::path("list", base))?;
    let ours = listing.flatten().filter(|entry| is_ours(entry.file_name()));
    let ours = ours.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut found: Vec<Utf8PathBuf> = ours.map(|entry| entry.into_path()).collect();
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_slots_count() {
        let inside = |mount: &str| is_in_slot("/build".into(), mount.into());
        assert!(inside("/build/SL00") && inside("/build/SL07/usr/local") && inside("/build/SL100"));
        assert!(!inside("/build") && !inside("/build/SL") && !inside("/build/SL0x") && !inside("/builds/SL00"));
        assert!(!inside("/build/Template/SL00") && !inside("/other/SL00"));
    }

    #[test]
    fn slots_of_any_number_go_and_what_is_called_otherwise_stays() {
        let scratch = tempfile::tempdir().unwrap();
        let base = Utf8Path::from_path(scratch.path()).unwrap();
        for name in ["SL00", "SL117/full", "SLxx", "Template", "bin.000", "usr.bin.012/x", "lib.1", "include.000"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        fs::write(base.join("SL02"), "a file").unwrap();
        std::os::unix::fs::symlink(base.join("Template"), base.join("SL03")).unwrap();
        let names = || {
            let mut names: Vec<String> =
                base.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
            names.sort();
            names.join(" ")
        };
        let done = clean_leftovers(base).unwrap();
        assert_eq!((done.removed.len(), done.stuck.len()), (1, 0), "SL117 held something");
        assert_eq!(names(), "SL02 SL03 SLxx Template bin.000 include.000 lib.1 usr.bin.012");
        clean_copies(base).unwrap();
        assert_eq!(names(), "SL02 SL03 SLxx Template include.000 lib.1");
    }
}
