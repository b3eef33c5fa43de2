//! One directory as it was when it was last looked at.

use std::fs;
use std::io;

use compact_str::CompactString;

use super::stamp::{Difference, followed, kind_of, look, read, stamp_of, trusted};
use crate::model::{Contents, DirectoryContents, DirectoryRecord, EntryRecord, FileKind, Stamp};

/// Of a directory that is not there or cannot be listed: equals no stamp of a path.
const NONE: Stamp = Stamp { kind: FileKind::Other, size: 0, mtime: 0, ctime: 0, inode: 0 };

#[derive(Debug)]
pub(super) struct Directory {
    pub(super) stamp: Stamp,
    /// Sorted by name. Where nothing is listed, the names that were asked for.
    pub(super) entries: Vec<EntryRecord>,
    /// What it came down to with all below it; gone as soon as any of that differs or is in doubt.
    pub(super) whole: Option<DirectoryContents>,
    pub(super) looked: Looked,
}

/// When a directory was looked at. What was once seen is not looked at again before it is in doubt: all who ask in the
/// meantime are told of one state of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    Never,
    /// By an earlier process, or before it was in doubt.
    Before,
    Now,
}

impl Default for Directory {
    fn default() -> Directory {
        Directory { stamp: NONE, entries: Vec::new(), whole: None, looked: Looked::Never }
    }
}

impl From<DirectoryRecord> for Directory {
    fn from(record: DirectoryRecord) -> Directory {
        let DirectoryRecord { path: _, stamp, entries, whole } = record;
        Directory { stamp, entries, whole, looked: Looked::Before }
    }
}

impl Directory {
    /// Brings up to date what is known, if that may be old. Gives `path` back as it was.
    pub(super) fn look(&mut self, path: &mut String) -> Difference {
        if self.looked == Looked::Now {
            return Difference::default();
        }
        let mut difference = self.list(path);
        let (end, listed) = (path.len(), self.is_listed());
        for entry in self.entries.iter_mut().filter(|entry| entry.read.is_some() || !listed) {
            path.push('/');
            path.push_str(&entry.name);
            difference.add(look(path, entry));
            path.truncate(end);
        }
        if difference.contents {
            self.whole = None;
        }
        if self.looked == Looked::Never {
            // It is no other than it was: nobody knew it.
            difference = Difference { stamps: true, contents: false };
        }
        self.looked = Looked::Now;
        difference
    }

    pub(super) fn is_listed(&self) -> bool {
        self.stamp != NONE
    }

    /// It was listed, and is not in doubt.
    fn is_known(&self) -> bool {
        self.looked == Looked::Now && self.is_listed()
    }

    /// Whether it has a name, if it is known.
    pub(super) fn has(&self, name: &str) -> Option<bool> {
        self.is_known().then(|| self.place(name).is_ok())
    }

    /// Of a name in it, if it is known.
    pub(super) fn kind(&self, name: &str) -> Option<FileKind> {
        let place = if self.is_known() { self.place(name).ok()? } else { return None };
        Some(self.entries[place].kind)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name))
    }

    /// Of a file in it, which is read if it was not; says too whether that is news.
    pub(super) fn file(&mut self, path: &str, name: &str) -> (Option<Contents>, bool) {
        let place = match self.place(name) {
            Ok(place) => place,
            Err(_) if self.is_listed() => return (None, false),
            Err(place) => {
                let entry = EntryRecord { name: name.into(), kind: FileKind::Other, read: None };
                self.entries.insert(place, entry);
                place
            }
        };
        let entry = &mut self.entries[place];
        let news = entry.read.is_none() && read_now(path, entry);
        (entry.read.map(|(_, contents)| contents), news)
    }

    /// Brings the names up to date.
    fn list(&mut self, path: &str) -> Difference {
        // The tree, or a category, may be a link: it is followed, as make does.
        let now = followed(path).map(trusted);
        if now == Some(self.stamp) && self.stamp.ctime != 0 {
            return Difference::default();
        }
        let was_listed = self.is_listed();
        let before = std::mem::take(&mut self.entries);
        let listed = now.and_then(|now| Some((now, names(path, &before).ok()?)));
        let (stamp, entries) = listed.unwrap_or_else(|| (NONE, if was_listed { Vec::new() } else { before.clone() }));
        let same_names = entries.iter().map(named).eq(before.iter().map(named));
        let difference =
            Difference { stamps: stamp != self.stamp, contents: was_listed != (stamp != NONE) || !same_names };
        (self.stamp, self.entries) = (stamp, entries);
        difference
    }
}

fn named(entry: &EntryRecord) -> (&str, FileKind) {
    (&entry.name, entry.kind)
}

/// Reads what was not read before; whether there was anything.
pub(super) fn read_now(path: &str, entry: &mut EntryRecord) -> bool {
    if let Some(now) = stamp_of(path) {
        entry.kind = now.kind;
        entry.read = read(path, now);
    }
    entry.read.is_some()
}

/// The names in a directory, with what was known of files of the same kind.
fn names(path: &str, before: &[EntryRecord]) -> io::Result<Vec<EntryRecord>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = CompactString::from(entry.file_name().to_string_lossy());
        let kind = kind_of(entry.file_type()?);
        let known = before.binary_search_by(|entry| entry.name.cmp(&name)).ok();
        let known = known.map(|place| &before[place]).filter(|known| known.kind == kind);
        entries.push(EntryRecord { name, kind, read: known.and_then(|known| known.read) });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries.shrink_to_fit();
    Ok(entries)
}
