//! Files and directories by content, read again only when their stamps differ.
//!
//! What is known of a directory is its stamp, its names, and of each file that was read a stamp and its contents. All
//! of it can be taken out and given to the next process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Contents, DirectoryContents, DirectoryRecord, Entry, EntryRecord, FileKind, Stamp, is_leftover};

/// A change within so many nanoseconds of being looked at might leave the same stamp behind: it is looked at again.
const RACY: i64 = 1_000_000_000;

/// Of a directory that was never listed: equals no stamp of a path.
const NEVER: Stamp = Stamp { kind: FileKind::Other, size: 0, mtime: 0, ctime: 0, inode: 0 };

/// What was seen on disk.
#[derive(Debug, Default)]
pub struct Disk {
    directories: Mutex<HashMap<Utf8PathBuf, Arc<Mutex<Directory>>>>,
    /// Directories that are not as they were loaded.
    changed: Mutex<BTreeSet<Utf8PathBuf>>,
}

#[derive(Debug, Default)]
struct Directory {
    /// `None` until it was listed.
    stamp: Option<Stamp>,
    names: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    kind: FileKind,
    read: Option<(Stamp, Contents)>,
}

impl Disk {
    /// With what an earlier process saw.
    pub fn with(records: impl IntoIterator<Item = DirectoryRecord>) -> Disk {
        let directories = records.into_iter().map(|record| {
            let names = record.entries.into_iter();
            let names = names.map(|entry| (entry.name, Known { kind: entry.kind, read: entry.read })).collect();
            (record.path, Arc::new(Mutex::new(Directory { stamp: Some(record.stamp), names })))
        });
        Disk { directories: Mutex::new(directories.collect()), changed: Mutex::default() }
    }

    /// Directories that changed since they were loaded or last taken; those that are gone have no record.
    pub fn take_changed(&self) -> Vec<Utf8PathBuf> {
        std::mem::take(&mut *lock(&self.changed)).into_iter().collect()
    }

    /// All that is known of directories for which `wanted` holds, in order.
    pub fn records(&self, wanted: impl Fn(&Utf8Path) -> bool) -> Vec<DirectoryRecord> {
        let directories = lock(&self.directories);
        let mut found: Vec<_> = directories.iter().filter(|(path, _)| wanted(path)).collect();
        found.sort_by(|a, b| a.0.cmp(b.0));
        let record = |(path, directory): (&Utf8PathBuf, &Arc<Mutex<Directory>>)| {
            let directory = lock(directory);
            let names = directory.names.iter();
            let entries =
                names.map(|(name, known)| EntryRecord { name: name.clone(), kind: known.kind, read: known.read });
            DirectoryRecord { path: path.clone(), stamp: directory.stamp.unwrap_or(NEVER), entries: entries.collect() }
        };
        found.into_iter().map(record).collect()
    }

    pub fn file(&self, path: &Utf8Path) -> Option<Contents> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let meta = fs::symlink_metadata(path).ok()?;
        let directory = self.known(parent);
        let mut directory = lock(&directory);
        let before = directory.names.get(name).cloned();
        let now = look(path, &meta, before.as_ref())?;
        if before.as_ref() != Some(&now) {
            directory.names.insert(name.to_owned(), now.clone());
            lock(&self.changed).insert(parent.to_owned());
        }
        now.read.map(|(_, contents)| contents)
    }

    pub fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents> {
        let mut files = Vec::new();
        self.collect(path, "", &mut files).then(|| DirectoryContents::of(files))
    }

    pub fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        let directory = self.known(path);
        let mut directory = lock(&directory);
        self.list(path, &mut directory).ok()?;
        let entry = |(name, known): (&String, &Known)| Entry { name: name.clone(), kind: known.kind };
        Some(directory.names.iter().map(entry).collect())
    }

    /// Adds what is below a directory to `files`, by path below the first one; false if it is none.
    fn collect(&self, path: &Utf8Path, below: &str, files: &mut Vec<(String, Contents)>) -> bool {
        let directory = self.known(path);
        let mut directory = lock(&directory);
        if self.list(path, &mut directory).is_err() {
            return false;
        }
        let mut changed = false;
        // Leftovers count nowhere in a port; a port itself may be called so (`devel/py-dogpile.core`).
        for (name, known) in directory.names.iter_mut().filter(|(name, _)| !is_leftover(name)) {
            let relative = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
            match known.kind {
                FileKind::Directory => {
                    self.collect(&path.join(name), &relative, files);
                }
                FileKind::Other => {}
                FileKind::Regular | FileKind::Symlink => {
                    let file = path.join(name);
                    // Gone since the listing: the directory's stamp will say so next time.
                    let Ok(meta) = fs::symlink_metadata(&file) else { continue };
                    let Some(now) = look(&file, &meta, Some(known)) else { continue };
                    files.extend(now.read.map(|(_, contents)| (relative, contents)));
                    changed |= *known != now;
                    *known = now;
                }
            }
        }
        if changed {
            lock(&self.changed).insert(path.to_owned());
        }
        true
    }

    /// Brings the names up to date.
    fn list(&self, path: &Utf8Path, directory: &mut Directory) -> io::Result<()> {
        // The tree, or a category, may be a link: it is followed, as make does.
        let stamp = trusted(stamp(&fs::metadata(path)?));
        if directory.stamp == Some(stamp) && stamp.ctime != 0 {
            return Ok(());
        }
        let mut names = BTreeMap::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = kind(entry.file_type()?);
            let read = directory.names.get(&name).filter(|known| known.kind == kind).and_then(|known| known.read);
            names.insert(name, Known { kind, read });
        }
        directory.names = names;
        directory.stamp = Some(stamp);
        lock(&self.changed).insert(path.to_owned());
        Ok(())
    }

    fn known(&self, path: &Utf8Path) -> Arc<Mutex<Directory>> {
        let mut directories = lock(&self.directories);
        match directories.get(path) {
            Some(directory) => directory.clone(),
            None => directories.entry(path.to_owned()).or_default().clone(),
        }
    }
}

/// Text of a file, with replacement characters where it is not UTF-8.
pub fn text(path: &Utf8Path) -> Option<String> {
    fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Nanoseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Whether a path, present or absent, surely did not change since a moment.
pub fn settled(path: &Utf8Path, since: i64) -> bool {
    match fs::symlink_metadata(path) {
        Ok(meta) => stamp(&meta).ctime < since,
        Err(_) => true,
    }
}

/// A file as it is now; `None` if it went away under our eyes or cannot be read.
fn look(path: &Utf8Path, meta: &Metadata, before: Option<&Known>) -> Option<Known> {
    let now = stamp(meta);
    if let Some((stamp, contents)) = before.and_then(|known| known.read)
        && stamp == now
    {
        return Some(Known { kind: now.kind, read: Some((stamp, contents)) });
    }
    let bytes = match now.kind {
        FileKind::Regular => fs::read(path).ok()?,
        FileKind::Symlink => fs::read_link(path).ok()?.into_os_string().into_encoded_bytes(),
        FileKind::Directory | FileKind::Other => return None,
    };
    Some(Known { kind: now.kind, read: Some((trusted(now), Contents::of(&bytes))) })
}

/// A stamp taken right after a change equals none, so that the path is looked at again.
fn trusted(stamp: Stamp) -> Stamp {
    if is_settled(&stamp) { stamp } else { Stamp { ctime: 0, ..stamp } }
}

/// Whether a change made from now on will leave another stamp.
pub(super) fn is_settled(stamp: &Stamp) -> bool {
    stamp.mtime.max(stamp.ctime) <= now() - RACY
}

pub(super) fn stamp(meta: &Metadata) -> Stamp {
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Stamp {
        kind: kind(meta.file_type()),
        size: meta.len(),
        mtime: nanoseconds(meta.mtime(), meta.mtime_nsec()),
        ctime: nanoseconds(meta.ctime(), meta.ctime_nsec()),
        inode: meta.ino(),
    }
}

fn kind(file_type: fs::FileType) -> FileKind {
    if file_type.is_file() {
        FileKind::Regular
    } else if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_symlink() {
        FileKind::Symlink
    } else {
        FileKind::Other
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk_of(directory: &tempfile::TempDir) -> (Disk, Utf8PathBuf) {
        (Disk::default(), Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap())
    }

    #[test]
    fn only_contents_and_names_count() {
        let scratch = tempfile::tempdir().unwrap();
        let (disk, root) = disk_of(&scratch);
        fs::create_dir_all(root.join("files/empty")).unwrap();
        fs::write(root.join("Makefile"), "a").unwrap();
        fs::write(root.join("files/patch-a"), "b").unwrap();
        let before = disk.directory(&root).unwrap();
        assert!(before.has_makefile());
        let same = |change: &dyn Fn()| {
            change();
            disk.directory(&root) == Some(before.clone())
        };
        assert!(same(&|| fs::write(root.join("Makefile"), "a").unwrap()), "written again");
        assert!(same(&|| fs::write(root.join("Makefile~"), "x").unwrap()), "a leftover");
        assert!(same(&|| fs::create_dir(root.join("work")).unwrap()), "a work directory");
        assert!(!same(&|| fs::write(root.join("Makefile"), "b").unwrap()), "other contents");
        assert!(same(&|| fs::write(root.join("Makefile"), "a").unwrap()), "the old contents");
        assert!(!same(&|| fs::rename(root.join("files/patch-a"), root.join("files/patch-b")).unwrap()), "renamed");
    }

    #[test]
    fn a_port_may_be_called_like_a_leftover() {
        let scratch = tempfile::tempdir().unwrap();
        let (disk, root) = disk_of(&scratch);
        fs::create_dir(root.join("py-dogpile.core")).unwrap();
        fs::write(root.join("py-dogpile.core/Makefile"), "a").unwrap();
        let names: Vec<String> = disk.names(&root).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["py-dogpile.core"]);
        assert!(disk.directory(&root.join("py-dogpile.core")).unwrap().has_makefile());
    }

    #[test]
    fn what_is_taken_out_is_as_good_as_what_is_on_disk() {
        let scratch = tempfile::tempdir().unwrap();
        let (disk, root) = disk_of(&scratch);
        fs::write(root.join("Makefile"), "a").unwrap();
        std::os::unix::fs::symlink("Makefile", root.join("link")).unwrap();
        let before = disk.directory(&root);
        assert_eq!(disk.take_changed(), std::slice::from_ref(&root));
        let later = Disk::with(disk.records(|_| true));
        assert_eq!(later.directory(&root), before);
        fs::remove_file(root.join("link")).unwrap();
        assert_ne!(later.directory(&root), before);
    }

    #[test]
    fn absent_and_unreadable_things_are_none() {
        let (disk, root) = (Disk::default(), Utf8Path::new("/nonexistent"));
        assert_eq!((disk.file(&root.join("x")), disk.directory(root), disk.names(root)), (None, None, None));
        assert_eq!(disk.directory(Utf8Path::new("/dev/null")), None);
    }
}
