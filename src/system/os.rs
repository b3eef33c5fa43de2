//! The real host.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use camino::Utf8Path;

use super::make::MakeTool;
use super::{Entry, FileKind, MakeAnswer, MakeError, MakeQuery, Stamp, System};

/// Files of the host, and its `make`.
#[derive(Clone, Debug)]
pub struct OsSystem {
    pub make: MakeTool,
}

impl System for OsSystem {
    fn stamp(&self, path: &Utf8Path) -> Option<Stamp> {
        let meta = fs::symlink_metadata(path).ok()?;
        Some(Stamp {
            kind: kind(meta.file_type()),
            size: meta.len(),
            mtime: meta.mtime().saturating_mul(1_000_000_000).saturating_add(meta.mtime_nsec()),
            ctime: meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec()),
            inode: meta.ino(),
        })
    }

    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<String> {
        Ok(fs::read_link(path)?.to_string_lossy().into_owned())
    }

    fn list(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            entries.push(Entry { name, kind: kind(entry.file_type()?) });
        }
        entries.sort();
        Ok(entries)
    }

    fn make(&self, query: &MakeQuery) -> Result<MakeAnswer, MakeError> {
        self.make.ask(query)
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
