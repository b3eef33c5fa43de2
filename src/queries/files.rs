//! Files and directories by content.

use std::sync::Arc;

use camino::Utf8Path;

use super::Db;
use super::inputs::File;
use crate::model::{Fingerprint, SourceFile};
use crate::system::{Entry, FileKind};

/// What is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// CRC-32 of the bytes.
    pub crc: u32,
    pub length: u64,
    pub digest: Fingerprint,
}

/// What is below a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryContents {
    /// CRC-32 over relative path, NUL and contents of each file, in lexical order of the paths; 0 if there is none.
    pub crc: u32,
    pub digest: Fingerprint,
    /// Sorted by name.
    pub files: Arc<[SourceFile]>,
}

/// `None` if it is absent, unreadable or no file. A symbolic link's contents are its text.
#[salsa::tracked(returns(copy))]
pub fn contents(db: &dyn Db, file: File) -> Option<Contents> {
    let bytes = bytes(db, file)?;
    Some(Contents { crc: crc32fast::hash(&bytes), length: bytes.len() as u64, digest: Fingerprint::of(&bytes) })
}

/// The names in a directory, sorted; `None` if it is no directory or cannot be read.
#[salsa::tracked]
pub fn listing(db: &dyn Db, directory: File) -> Option<Vec<Entry>> {
    match directory.stamp(db)?.kind {
        FileKind::Directory => db.system().list(directory.path(db)).ok(),
        // The tree itself, or a category, may be a link.
        FileKind::Symlink => db.system().list(directory.path(db)).ok(),
        FileKind::Regular | FileKind::Other => None,
    }
}

/// All that is below a directory, leftovers of editors, builds and version control left out; `None` if it
/// is no directory.
#[salsa::tracked]
pub fn directory(db: &dyn Db, directory: File) -> Option<DirectoryContents> {
    let mut names = Vec::new();
    listing(db, directory).as_ref()?;
    collect(db, directory.path(db), "", &mut names);
    names.sort();
    let mut crc = crc32fast::Hasher::new();
    let mut files = Vec::with_capacity(names.len());
    let mut fields: Vec<Vec<u8>> = Vec::with_capacity(names.len() * 2);
    for name in names {
        let Some(contents) = contents(db, db.file(&directory.path(db).join(&name))) else { continue };
        crc.update(name.as_bytes());
        crc.update(&[0]);
        crc.combine(&crc32fast::Hasher::new_with_initial_len(contents.crc, contents.length));
        fields.push(name.clone().into_bytes());
        fields.push(contents.digest.as_bytes().to_vec());
        files.push(SourceFile { name, crc: contents.crc });
    }
    let digest = Fingerprint::of_fields(fields.iter().map(Vec::as_slice));
    Some(DirectoryContents { crc: crc.finalize(), digest, files: files.into() })
}

/// Text of a file, with replacement characters where it is not UTF-8.
pub fn text(db: &dyn Db, file: File) -> Option<String> {
    bytes(db, file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

fn bytes(db: &dyn Db, file: File) -> Option<Vec<u8>> {
    let path = file.path(db);
    match file.stamp(db)?.kind {
        FileKind::Regular => db.system().read(path).ok(),
        FileKind::Symlink => db.system().read_link(path).ok().map(String::into_bytes),
        FileKind::Directory | FileKind::Other => None,
    }
}

fn collect(db: &dyn Db, root: &Utf8Path, below: &str, names: &mut Vec<String>) {
    let Some(entries) = listing(db, db.file(&root.join(below))) else { return };
    for entry in entries {
        let path = if below.is_empty() { entry.name.clone() } else { format!("{below}/{}", entry.name) };
        match entry.kind {
            _ if is_leftover(&entry.name) => {}
            FileKind::Directory => collect(db, root, &path, names),
            FileKind::Regular | FileKind::Symlink => names.push(path),
            FileKind::Other => {}
        }
    }
}

/// Names that version control, editors, patch(1), crashed programs and builds leave in a port.
fn is_leftover(name: &str) -> bool {
    const NAMES: [&str; 2] = ["CVS", "work"];
    const ENDS: [&str; 7] = ["~", ".core", ".orig", ".rej", ".swp", ".bak", ",v"];
    name.starts_with('.')
        || NAMES.contains(&name)
        || name.starts_with("work-")
        || ENDS.iter().any(|end| name.ends_with(end))
        || (name.starts_with('#') && name.ends_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_known_by_name() {
        for name in ["work", "work-py39", ".git", ".svn", "CVS", "Makefile~", "patch-a.orig", "#x#", ".#x", "sh.core"] {
            assert!(is_leftover(name), "{name}");
        }
        for name in ["Makefile", "patch-work", "workflow", "files", "distinfo", "pkg-plist", "core.c"] {
            assert!(!is_leftover(name), "{name}");
        }
    }
}
