//! Files and directories by content, read again only when their stamps differ.
//!
//! What is known of a directory is its stamp, its names, and of each file that was read a stamp and its contents. All
//! of it can be taken out and given to the next process, which looks at it again before it asks anything.

mod directory;
mod stamp;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use self::directory::{Directory, Looked, read_now};
use self::stamp::{Difference, before};
use super::watch::{Changes, Near};
use crate::model::{Contents, DirectoryContents, DirectoryRecord, Entry, EntryRecord, FileKind, Stamp, is_leftover};

pub use self::stamp::now;
pub(super) use self::stamp::{changed_before, is_settled, stamp_of};

/// What was seen on disk. A path is looked at once, and again when it is in doubt.
#[derive(Debug, Default)]
pub struct Disk {
    /// By path, as text: paths compare by their components, which is slow.
    directories: Mutex<FxHashMap<String, Arc<Mutex<Directory>>>>,
    /// Directories that are not as they were loaded.
    changed: Mutex<BTreeSet<Utf8PathBuf>>,
    /// Whether anything that was known has other contents now.
    moved: AtomicBool,
    /// What `settled_for_all` said yes of.
    settled: Mutex<FxHashSet<String>>,
    /// Directories in which, as it found, no name came or went.
    unmoved: Mutex<FxHashSet<String>>,
}

/// What is to be written down.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Directories with other records; those that are gone have records too.
    pub directories: BTreeSet<Utf8PathBuf>,
    /// Whether something that was known has other contents, and not only another stamp.
    pub moved: bool,
}

impl Disk {
    /// With what an earlier process saw; all of it is looked at, on all cores.
    pub fn with(records: Vec<DirectoryRecord>) -> Disk {
        let looked: Vec<(String, Arc<Mutex<Directory>>, Difference)> = records
            .into_par_iter()
            .map_init(String::new, |scratch, mut record| {
                let path = std::mem::take(&mut record.path).into_string();
                let mut directory = Directory::from(record);
                scratch.clone_from(&path);
                let difference = directory.look(scratch);
                (path, Arc::new(Mutex::new(directory)), difference)
            })
            .collect();
        let mut different = Vec::new();
        let directories = looked.into_iter().map(|(path, directory, difference)| {
            if difference != Difference::default() {
                different.push((path.clone(), difference));
            }
            (path, directory)
        });
        let disk = Disk { directories: Mutex::new(directories.collect()), ..Disk::default() };
        for (path, difference) in different {
            disk.note(&path, difference);
            if difference.contents {
                disk.forget_above(&path);
            }
        }
        disk
    }

    /// What changed since it was loaded or last taken.
    pub fn take_changed(&self) -> Changed {
        let directories = std::mem::take(&mut *lock(&self.changed));
        Changed { directories, moved: self.moved.swap(false, Ordering::AcqRel) }
    }

    /// Whether all that was loaded, or last written down, still has the same contents.
    pub fn is_as_before(&self) -> bool {
        !self.moved.load(Ordering::Acquire)
    }

    /// All that is known of directories for which `wanted` holds, in order.
    pub fn records(&self, wanted: impl Fn(&Utf8Path) -> bool) -> Vec<DirectoryRecord> {
        let mut found = self.known_where(wanted);
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let record = |(path, directory): (String, Arc<Mutex<Directory>>)| {
            let Directory { stamp, entries, whole, looked: _ } = &*lock(&directory);
            DirectoryRecord { path: path.into(), stamp: *stamp, entries: entries.clone(), whole: *whole }
        };
        found.into_iter().map(record).collect()
    }

    /// Forgets all it knows without giving the memory back, for the end of a process.
    pub fn leave(&self) {
        std::mem::forget(std::mem::take(&mut *lock(&self.directories)));
    }

    /// What may have changed is looked at again when somebody asks.
    pub fn doubt(&self, changes: &Changes) {
        let near = Near::of(changes);
        for (_, directory) in self.known_where(|path| near.concerns(path.as_str())) {
            let mut directory = lock(&directory);
            if directory.looked == Looked::Now {
                directory.looked = Looked::Before;
            }
            directory.whole = None;
        }
        lock(&self.settled).clear();
        lock(&self.unmoved).clear();
    }

    pub fn file(&self, path: &Utf8Path) -> Option<Contents> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let directory = self.known(parent.as_str());
        let mut directory = lock(&directory);
        let difference = directory.look(&mut parent.as_str().to_owned());
        let (contents, news) = directory.file(path.as_str(), name);
        drop(directory);
        self.note(parent.as_str(), Difference { stamps: difference.stamps || news, ..difference });
        contents
    }

    pub fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents> {
        let known = self.known(path.as_str());
        let mut directory = lock(&known);
        if directory.looked != Looked::Now || directory.whole.is_none() {
            self.update(&mut path.as_str().to_owned(), &mut directory);
        }
        if directory.is_listed() && directory.whole.is_none() {
            directory.whole = Some(DirectoryContents::of(&self.below(path.as_str(), &directory)));
            lock(&self.changed).insert(path.to_owned());
        }
        directory.whole
    }

    /// Files below a directory by relative path, sorted, as they were when `directory` was last asked.
    pub fn files(&self, path: &Utf8Path) -> Vec<(String, Contents)> {
        let directory = self.known(path.as_str());
        let directory = lock(&directory);
        self.below(path.as_str(), &directory)
    }

    /// Where a symbolic link leads, as it is written.
    pub fn link(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let parent = lock(&self.directories).get(parent.as_str()).cloned();
        let kind = parent.and_then(|parent| lock(&parent).kind(name));
        if kind.is_none_or(|kind| kind == FileKind::Symlink) { path.read_link_utf8().ok() } else { None }
    }

    pub fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        let directory = self.known(path.as_str());
        let mut directory = lock(&directory);
        let difference = directory.look(&mut path.as_str().to_owned());
        let entry = |entry: &EntryRecord| Entry { name: entry.name.to_string(), kind: entry.kind };
        let names = directory.is_listed().then(|| directory.entries.iter().map(entry).collect());
        drop(directory);
        self.note(path.as_str(), difference);
        names
    }

    /// See `System::settled`.
    pub fn settled(&self, path: &Utf8Path, since: i64) -> bool {
        self.settled_as(path, stamp_of(path.as_str()), since)
    }

    fn settled_as(&self, path: &Utf8Path, now: Option<Stamp>, since: i64) -> bool {
        let Some(now) = now else {
            // Whoever took it away, or put it there for a moment, changed the directory.
            return path.parent().is_none_or(|parent| changed_before(parent, since));
        };
        before(&now, since) && (now.kind != FileKind::Directory || self.all_settled(path, since))
    }

    /// See `System::settled_for_all`. What is absent is not remembered, for there is much of it: the listing that lacks it
    /// tells of all of it.
    pub fn settled_for_all(&self, path: &Utf8Path, since: i64) -> bool {
        if lock(&self.settled).contains(path.as_str()) {
            return true;
        }
        if let Some(directory) = self.lacks(path) {
            return self.is_unmoved(directory, since);
        }
        let now = stamp_of(path.as_str());
        let settled = self.settled_as(path, now, since);
        if settled && now.is_some() {
            lock(&self.settled).insert(path.to_string());
        }
        settled
    }

    /// The directory that was listed and has not what a path leads through.
    fn lacks<'p>(&self, path: &'p Utf8Path) -> Option<&'p Utf8Path> {
        let (parent, name) = (path.parent()?, path.file_name()?);
        let directory = lock(&self.directories).get(parent.as_str()).cloned();
        match directory.and_then(|directory| lock(&directory).has(name)) {
            Some(has) => (!has).then_some(parent),
            None => self.lacks(parent),
        }
    }

    fn is_unmoved(&self, directory: &Utf8Path, since: i64) -> bool {
        if lock(&self.unmoved).contains(directory.as_str()) {
            return true;
        }
        let unmoved = changed_before(directory, since);
        if unmoved {
            lock(&self.unmoved).insert(directory.to_string());
        }
        unmoved
    }

    fn all_settled(&self, path: &Utf8Path, since: i64) -> bool {
        let names = self.names(path).unwrap_or_default();
        names.iter().filter(|entry| !is_leftover(&entry.name)).all(|entry| self.settled(&path.join(&entry.name), since))
    }

    /// Looks at a directory and at all below it, and reads what was not read. Gives `path` back as it was.
    fn update(&self, path: &mut String, directory: &mut Directory) {
        let mut difference = directory.look(path);
        let end = path.len();
        // Leftovers count nowhere in a port; a port itself may be called so (`devel/py-dogpile.core`).
        for entry in directory.entries.iter_mut().filter(|entry| !is_leftover(&entry.name)) {
            path.push('/');
            path.push_str(&entry.name);
            match entry.kind {
                FileKind::Directory => self.update(path, &mut lock(&self.known(path))),
                FileKind::Regular | FileKind::Symlink if entry.read.is_none() => {
                    difference.stamps |= read_now(path, entry);
                }
                FileKind::Regular | FileKind::Symlink | FileKind::Other => {}
            }
            path.truncate(end);
        }
        self.note(path, difference);
    }

    fn note(&self, path: &str, difference: Difference) {
        if difference != Difference::default() {
            lock(&self.changed).insert(path.into());
        }
        if difference.contents {
            self.moved.store(true, Ordering::Release);
        }
    }

    /// What the directories came down to that a path lies in.
    fn forget_above(&self, path: &str) {
        let directories = lock(&self.directories);
        for above in Utf8Path::new(path).ancestors().skip(1) {
            if let Some(directory) = directories.get(above.as_str()) {
                lock(directory).whole = None;
            }
        }
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

    /// In no order. Nothing is locked when this returns: who looks at a directory asks for those in it.
    fn known_where(&self, wanted: impl Fn(&Utf8Path) -> bool) -> Vec<(String, Arc<Mutex<Directory>>)> {
        let directories = lock(&self.directories);
        let wanted = directories.iter().filter(|(path, _)| wanted(Utf8Path::new(path)));
        wanted.map(|(path, directory)| (path.clone(), directory.clone())).collect()
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
