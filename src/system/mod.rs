//! The host, as queries may see it.

pub mod base;
pub mod disk;
pub mod host;
pub mod make;
pub mod memory;
pub mod native;
pub mod os;
pub mod platform;

use camino::Utf8Path;

use crate::model::{Contents, DirectoryContents, Entry};
pub use make::{MakeAnswer, MakeError, MakeQuery};

/// All that planning may ask of the world. Queries call nothing else, so what they read is known.
pub trait System: Send + Sync {
    /// What is in a file now; a symbolic link's contents are its text. `None` if there is none, or it cannot be read.
    fn file(&self, path: &Utf8Path) -> Option<Contents>;

    /// What is below a directory now.
    fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents>;

    /// The names in a directory, sorted.
    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>>;

    /// Text of a file, with replacement characters where it is not UTF-8.
    fn text(&self, path: &Utf8Path) -> Option<String>;

    /// Asks `make` for values of variables.
    fn make(&self, query: &MakeQuery) -> Result<MakeAnswer, MakeError>;

    /// A moment to give to `settled`.
    fn now(&self) -> i64;

    /// Whether a path has surely not changed since a moment.
    fn settled(&self, path: &Utf8Path, since: i64) -> bool;
}
