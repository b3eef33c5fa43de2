//! The host, as queries may see it.

pub mod base;
pub mod host;
pub mod make;
pub mod memory;
pub mod os;
pub mod platform;

use std::io;

use camino::Utf8Path;

pub use make::{MakeAnswer, MakeError, MakeQuery};

/// All that planning may ask of the world. Queries call nothing else, so what they read is known.
pub trait System: Send + Sync {
    /// State of a path, not following a final symbolic link; `None` if it is absent or out of reach.
    fn stamp(&self, path: &Utf8Path) -> Option<Stamp>;

    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;

    /// Text of a symbolic link.
    fn read_link(&self, path: &Utf8Path) -> io::Result<String>;

    /// Names in a directory, sorted; names that are not UTF-8 appear with replacement characters.
    fn list(&self, path: &Utf8Path) -> io::Result<Vec<Entry>>;

    /// Asks `make` for values of variables.
    fn make(&self, query: &MakeQuery) -> Result<MakeAnswer, MakeError>;
}

/// What tells that a path may have changed. Contents are read again only when this differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    Regular,
    Directory,
    Symlink,
    /// Device, socket or pipe: never opened.
    Other,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub name: String,
    pub kind: FileKind,
}
