//! Paths as they look to a process whose root is the world: an absolute link leads to the world's root, not ours.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// As many links as a kernel follows.
const MAX_LINKS: usize = 40;

/// Where `path` of the world is, seen from outside; links and `..` never lead out of `root`.
pub(super) fn resolve(root: &Path, path: &Path) -> io::Result<PathBuf> {
    let mut inside: Vec<OsString> = Vec::new();
    let mut ahead: VecDeque<OsString> = names(path);
    let mut links = 0;
    while let Some(name) = ahead.pop_front() {
        if name == ".." {
            inside.pop();
            continue;
        }
        let here = outside(root, &inside).join(&name);
        if !fs::symlink_metadata(&here)?.is_symlink() {
            inside.push(name);
            continue;
        }
        links += 1;
        if links > MAX_LINKS {
            return Err(io::Error::other("too many symbolic links"));
        }
        let target = fs::read_link(&here)?;
        if target.is_absolute() {
            inside.clear();
        }
        let mut next = names(&target);
        next.append(&mut ahead);
        ahead = next;
    }
    Ok(outside(root, &inside))
}

fn outside(root: &Path, inside: &[OsString]) -> PathBuf {
    root.join(inside.iter().collect::<PathBuf>())
}

fn names(path: &Path) -> VecDeque<OsString> {
    let kept = path.components().filter(|c| matches!(c, Component::Normal(_) | Component::ParentDir));
    kept.map(|component| component.as_os_str().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_stay_in_the_world() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("usr/bin")).unwrap();
        fs::write(root.join("usr/bin/busybox"), "").unwrap();
        let links = [
            ("bin", "usr/bin"),
            ("usr/bin/sh", "/bin/busybox"),
            ("usr/bin/up", "../../../../usr/bin/busybox"),
            ("loop", "loop"),
            ("out", "/etc/passwd"),
        ];
        for (link, target) in links {
            symlink(target, root.join(link)).unwrap();
        }
        for path in ["bin/sh", "bin/up", "/bin/../bin/./sh"] {
            assert_eq!(resolve(root, path.as_ref()).unwrap(), root.join("usr/bin/busybox"), "{path}");
        }
        for path in ["loop", "out", "bin/nothing"] {
            assert!(resolve(root, path.as_ref()).is_err(), "{path}");
        }
    }
}
