//! What is on disk, as planning sees it: stamps, names, contents.

use camino::Utf8PathBuf;
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// What tells that a path may have changed. Contents are read again only when this differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    pub kind: FileKind,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since 1970.
    pub mtime: i64,
    /// Nanoseconds since 1970; set by the kernel alone, so tools that keep an mtime do not deceive us.
    pub ctime: i64,
    pub inode: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileKind {
    Regular,
    Directory,
    Symlink,
    /// Device, socket or pipe: never opened.
    Other,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub kind: FileKind,
}

/// What is in a file; a symbolic link's contents are its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Contents {
    /// CRC-32 of the bytes.
    pub crc: u32,
    pub length: u64,
    pub digest: Fingerprint,
}

/// What all below a directory comes down to, leftovers of editors, builds and version control left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryContents {
    /// CRC-32 over relative path, NUL and contents of each file, in lexical order of the paths; 0 if there is none.
    pub crc: u32,
    pub digest: Fingerprint,
    /// Whether there is a `Makefile` in it: then it is a port.
    pub makefile: bool,
}

/// A directory as it was when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryRecord {
    pub path: Utf8PathBuf,
    /// Of the directory itself: names come and go only together with it.
    pub stamp: Stamp,
    /// Sorted by name.
    pub entries: Vec<EntryRecord>,
    /// What it came down to with all that is below it, if that was asked.
    pub whole: Option<DirectoryContents>,
}

/// One name of it. Files that were read have a stamp and contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRecord {
    pub name: CompactString,
    pub kind: FileKind,
    pub read: Option<(Stamp, Contents)>,
}

impl Contents {
    pub fn of(bytes: &[u8]) -> Contents {
        Contents { crc: crc32fast::hash(bytes), length: bytes.len() as u64, digest: Fingerprint::of(bytes) }
    }
}

impl DirectoryContents {
    /// Of files by relative path, sorted by it.
    pub fn of(files: &[(String, Contents)]) -> DirectoryContents {
        let mut crc = crc32fast::Hasher::new();
        for (name, contents) in files {
            crc.update(name.as_bytes());
            crc.update(&[0]);
            crc.combine(&crc32fast::Hasher::new_with_initial_len(contents.crc, contents.length));
        }
        let fields = files.iter().flat_map(|(name, contents)| [name.as_bytes(), contents.digest.as_bytes().as_slice()]);
        let makefile = files.iter().any(|(name, _)| name == "Makefile");
        DirectoryContents { crc: crc.finalize(), digest: Fingerprint::of_fields(fields), makefile }
    }
}

/// Names that version control, editors, patch(1), crashed programs and builds leave in a port.
pub fn is_leftover(name: &str) -> bool {
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

    #[test]
    fn checksums_are_those_of_old_databases() {
        let crc = |files: &[(&str, &str)]| {
            let mut files: Vec<_> =
                files.iter().map(|(name, text)| ((*name).to_owned(), Contents::of(text.as_bytes()))).collect();
            files.sort_by(|a, b| a.0.cmp(&b.0));
            format!("{:08x}", DirectoryContents::of(&files).crc)
        };
        assert_eq!(crc(&[("a", "hello\n")]), "fe9beecf");
        let port =
            [("files/patch-a", "--- a\n"), ("distinfo", "SIZE (foo.tgz) = 3\n"), ("Makefile", "PORTNAME=\tfoo\n")];
        assert_eq!(crc(&port), "80b34e43");
        assert_eq!(crc(&[]), "00000000");
    }
}
