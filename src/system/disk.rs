//! Files and directories by content, read again only when their stamps differ.
//!
//! What is known of a directory is its stamp, its names, and of each file that was read a stamp and its contents. All
//! of it can be taken out and given to the next process.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};
use nix::sys::stat::{FileStat, SFlag, lstat, stat};
use rustc_hash::FxHashMap;

use crate::model::{Contents, DirectoryContents, DirectoryRecord, Entry, EntryRecord, FileKind, Stamp, is_leftover};

/// A change within so many nanoseconds of being looked at might leave the same stamp behind: it is looked at again.
const RACY: i64 = 1_000_000_000;

/// Nanoseconds by which the clock of a file system may lag behind ours: it moves with the kernel's timer.
const TICK: i64 = 20_000_000;

/// Of a directory that was never listed: equals no stamp of a path.
const NEVER: Stamp = Stamp { kind: FileKind::Other, size: 0, mtime: 0, ctime: 0, inode: 0 };

/// What was seen on disk.
#[derive(Debug, Default)]
pub struct Disk {
    /// By path, as text: paths compare by their components, which is slow.
    directories: Mutex<FxHashMap<String, Arc<Mutex<Directory>>>>,
    /// Directories that are not as they were loaded.
    changed: Mutex<BTreeSet<Utf8PathBuf>>,
    /// How many changes were seen.
    changes: AtomicU64,
}

#[derive(Debug)]
struct Directory {
    stamp: Stamp,
    /// Sorted by name.
    entries: Vec<EntryRecord>,
    /// What it came down to with all below it, and how many changes had been seen anywhere by then.
    whole: Option<(u64, DirectoryContents)>,
}

impl Default for Directory {
    fn default() -> Directory {
        Directory { stamp: NEVER, entries: Vec::new(), whole: None }
    }
}

impl Disk {
    /// With what an earlier process saw.
    pub fn with(records: impl IntoIterator<Item = DirectoryRecord>) -> Disk {
        let directories = records.into_iter().map(|record| {
            let whole = record.whole.map(|whole| (0, whole));
            let directory = Directory { stamp: record.stamp, entries: record.entries, whole };
            (record.path.into_string(), Arc::new(Mutex::new(directory)))
        });
        Disk { directories: Mutex::new(directories.collect()), ..Disk::default() }
    }

    /// Directories that changed since they were loaded or last taken; those that are gone have no record.
    pub fn take_changed(&self) -> Vec<Utf8PathBuf> {
        std::mem::take(&mut *lock(&self.changed)).into_iter().collect()
    }

    /// All that is known of directories for which `wanted` holds, in order.
    pub fn records(&self, wanted: impl Fn(&Utf8Path) -> bool) -> Vec<DirectoryRecord> {
        let known = |(path, directory): (&String, &Arc<Mutex<Directory>>)| (path.clone(), directory.clone());
        let directories = lock(&self.directories);
        let mut found: Vec<_> = directories.iter().filter(|(path, _)| wanted(Utf8Path::new(path))).map(known).collect();
        drop(directories);
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let record = |(path, directory): (String, Arc<Mutex<Directory>>)| {
            let directory = lock(&directory);
            let whole = directory.whole.map(|_| DirectoryContents::of(&self.below(&path, &directory)));
            DirectoryRecord { stamp: directory.stamp, entries: directory.entries.clone(), whole, path: path.into() }
        };
        found.into_iter().map(record).collect()
    }

    pub fn file(&self, path: &Utf8Path) -> Option<Contents> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let now = stamp_of(path.as_str())?;
        let directory = self.known(parent.as_str());
        let mut directory = lock(&directory);
        let place = directory.entries.binary_search_by(|entry| entry.name.as_str().cmp(name));
        if let Ok(place) = place
            && let Some((before, contents)) = directory.entries[place].read
            && before == now
        {
            return Some(contents);
        }
        let read = Some(read(path.as_str(), now)?);
        let entry = EntryRecord { name: name.to_owned(), kind: now.kind, read };
        match place {
            Ok(place) => directory.entries[place] = entry,
            Err(place) => directory.entries.insert(place, entry),
        }
        self.note_change(parent.as_str());
        read.map(|(_, contents)| contents)
    }

    pub fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents> {
        let directory = self.known(path.as_str());
        let mut directory = lock(&directory);
        let seen = self.changes.load(Ordering::Acquire);
        self.update(&mut path.as_str().to_owned(), &mut directory).ok()?;
        if let Some((when, whole)) = directory.whole
            && when == self.changes.load(Ordering::Acquire)
        {
            return Some(whole);
        }
        let whole = DirectoryContents::of(&self.below(path.as_str(), &directory));
        if directory.whole.is_none_or(|(_, known)| known != whole) {
            lock(&self.changed).insert(path.to_owned());
        }
        directory.whole = Some((seen, whole));
        Some(whole)
    }

    /// Files below a directory by relative path, sorted, as they were when `directory` was last asked.
    pub fn files(&self, path: &Utf8Path) -> Vec<(String, Contents)> {
        let directory = self.known(path.as_str());
        let directory = lock(&directory);
        self.below(path.as_str(), &directory)
    }

    pub fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        let directory = self.known(path.as_str());
        let mut directory = lock(&directory);
        self.list(path.as_str(), &mut directory).ok()?;
        let entry = |entry: &EntryRecord| Entry { name: entry.name.clone(), kind: entry.kind };
        Some(directory.entries.iter().map(entry).collect())
    }

    /// See `System::settled`.
    pub fn settled(&self, path: &Utf8Path, since: i64) -> bool {
        let Ok(meta) = lstat(path.as_str()) else {
            // Whoever took it away, or put it there for a moment, changed the directory.
            return path.parent().is_none_or(|parent| changed_before(parent, since));
        };
        let now = stamp(&meta);
        before(&now, since) && (now.kind != FileKind::Directory || self.all_settled(path, since))
    }

    fn all_settled(&self, path: &Utf8Path, since: i64) -> bool {
        let names = self.names(path).unwrap_or_default();
        names.iter().filter(|entry| !is_leftover(&entry.name)).all(|entry| self.settled(&path.join(&entry.name), since))
    }

    /// Brings up to date what is known of a directory and of all below it. Gives `path` back as it was.
    fn update(&self, path: &mut String, directory: &mut Directory) -> io::Result<()> {
        self.list(path, directory)?;
        let (end, mut changed) = (path.len(), false);
        // Leftovers count nowhere in a port; a port itself may be called so (`devel/py-dogpile.core`).
        for entry in directory.entries.iter_mut().filter(|entry| !is_leftover(&entry.name)) {
            path.push('/');
            path.push_str(&entry.name);
            match entry.kind {
                FileKind::Directory => {
                    // Gone since the listing: its parent's stamp will say so next time.
                    let _ = self.update(path, &mut lock(&self.known(path)));
                }
                FileKind::Regular | FileKind::Symlink => changed |= look(path, entry),
                FileKind::Other => {}
            }
            path.truncate(end);
        }
        if changed {
            self.note_change(path);
        }
        Ok(())
    }

    /// Files at and below a directory, as they are known.
    fn below(&self, path: &str, directory: &Directory) -> Vec<(String, Contents)> {
        let mut files = Vec::new();
        self.gather(&mut path.to_owned(), path.len() + 1, directory, &mut files);
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files
    }

    fn gather(&self, path: &mut String, start: usize, directory: &Directory, files: &mut Vec<(String, Contents)>) {
        let end = path.len();
        for entry in directory.entries.iter().filter(|entry| !is_leftover(&entry.name)) {
            path.push('/');
            path.push_str(&entry.name);
            match (entry.kind, entry.read) {
                (FileKind::Directory, _) => self.gather(path, start, &lock(&self.known(path)), files),
                (_, Some((_, contents))) => files.push((path[start..].to_owned(), contents)),
                (_, None) => {}
            }
            path.truncate(end);
        }
    }

    /// Brings the names up to date.
    fn list(&self, path: &str, directory: &mut Directory) -> io::Result<()> {
        // The tree, or a category, may be a link: it is followed, as make does.
        let now = trusted(stamp(&stat(path)?));
        if directory.stamp == now && now.ctime != 0 {
            return Ok(());
        }
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = kind_of(entry.file_type()?);
            let known = directory.entries.binary_search_by(|entry| entry.name.as_str().cmp(&name)).ok();
            let known = known.map(|place| &directory.entries[place]).filter(|known| known.kind == kind);
            entries.push(EntryRecord { name, kind, read: known.and_then(|known| known.read) });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        directory.entries = entries;
        directory.stamp = now;
        self.note_change(path);
        Ok(())
    }

    fn note_change(&self, path: &str) {
        self.changes.fetch_add(1, Ordering::Release);
        lock(&self.changed).insert(path.into());
    }

    fn known(&self, path: &str) -> Arc<Mutex<Directory>> {
        let mut directories = lock(&self.directories);
        match directories.get(path) {
            Some(directory) => directory.clone(),
            None => directories.entry(path.to_owned()).or_default().clone(),
        }
    }
}

/// Text of a file, with replacement characters where it is not UTF-8.
pub fn text(path: &Utf8Path) -> Option<String> {
    // A pipe would keep us waiting.
    let is_file = fs::metadata(path).is_ok_and(|meta| meta.is_file());
    is_file.then(|| fs::read(path).ok()).flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Nanoseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

fn changed_before(directory: &Utf8Path, since: i64) -> bool {
    match stat(directory.as_str()) {
        Ok(meta) => before(&stamp(&meta), since),
        Err(_) => directory.parent().is_none_or(|parent| changed_before(parent, since)),
    }
}

/// A time that is yet to come was set by a clock that is wrong, and says nothing.
fn before(stamp: &Stamp, since: i64) -> bool {
    stamp.ctime < since - TICK || stamp.ctime > now() + RACY
}

/// Looks at a file again; whether it is not as it was.
fn look(path: &str, entry: &mut EntryRecord) -> bool {
    // Gone since the listing, or unreadable: then it is as good as not there.
    let now = stamp_of(path);
    if let (Some(now), Some((before, _))) = (now, entry.read)
        && before == now
    {
        return false;
    }
    let before = entry.read;
    entry.read = now.and_then(|now| read(path, now));
    entry.kind = now.map_or(entry.kind, |now| now.kind);
    entry.read != before
}

/// What is in a file, with the stamp it has.
fn read(path: &str, now: Stamp) -> Option<(Stamp, Contents)> {
    let bytes = match now.kind {
        FileKind::Regular => fs::read(path).ok()?,
        FileKind::Symlink => fs::read_link(path).ok()?.into_os_string().into_encoded_bytes(),
        FileKind::Directory | FileKind::Other => return None,
    };
    Some((trusted(now), Contents::of(&bytes)))
}

/// A stamp taken right after a change equals none, so that the path is looked at again.
fn trusted(stamp: Stamp) -> Stamp {
    if is_settled(&stamp) { stamp } else { Stamp { ctime: 0, ..stamp } }
}

/// Whether a change made from now on will leave another stamp.
pub(super) fn is_settled(stamp: &Stamp) -> bool {
    stamp.mtime.max(stamp.ctime) <= now() - RACY
}

/// Of a path itself, whatever a link leads to.
pub(super) fn stamp_of(path: &str) -> Option<Stamp> {
    lstat(path).ok().map(|meta| stamp(&meta))
}

fn stamp(meta: &FileStat) -> Stamp {
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    let kind = match SFlag::from_bits_truncate(meta.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => FileKind::Regular,
        SFlag::S_IFDIR => FileKind::Directory,
        SFlag::S_IFLNK => FileKind::Symlink,
        _ => FileKind::Other,
    };
    Stamp {
        kind,
        size: meta.st_size as u64,
        mtime: nanoseconds(meta.st_mtime, meta.st_mtime_nsec),
        ctime: nanoseconds(meta.st_ctime, meta.st_ctime_nsec),
        inode: meta.st_ino,
    }
}

fn kind_of(file_type: fs::FileType) -> FileKind {
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
        assert!(before.makefile);
        let same = |change: &dyn Fn()| {
            change();
            disk.directory(&root) == Some(before)
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
        assert!(disk.directory(&root.join("py-dogpile.core")).unwrap().makefile);
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

    #[test]
    fn what_is_read_alone_counts_for_the_directory_too() {
        let scratch = tempfile::tempdir().unwrap();
        let (disk, root) = disk_of(&scratch);
        fs::create_dir(root.join("files")).unwrap();
        fs::write(root.join("files/a"), "a").unwrap();
        let before = disk.directory(&root);
        fs::write(root.join("files/a"), "b").unwrap();
        disk.file(&root.join("files/a"));
        assert_ne!(disk.directory(&root), before);
        let later = Disk::with(disk.records(|_| true));
        assert_eq!((later.directory(&root), later.files(&root)), (disk.directory(&root), disk.files(&root)));
    }
}
