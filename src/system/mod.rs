//! The host, as queries may see it.

pub mod base;
pub mod dialect;
pub mod disk;
pub mod host;
pub mod load;
pub mod looked;
pub mod make;
pub mod memory;
pub mod native;
pub mod os;
pub mod pkg;
pub mod platform;
pub mod watch;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Contents, DirectoryContents, Entry};
pub use looked::Looked;
pub use make::{Asked, MakeAnswer, MakeError, MakeQuery};

/// All that planning may ask of the world. Queries call nothing else, so what they read is known.
pub trait System: Send + Sync {
    /// What is in a file now; a symbolic link's contents are its text. `None` if there is none, or it cannot be read.
    fn file(&self, path: &Utf8Path) -> Option<Contents>;

    /// What all below a directory comes down to now.
    fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents>;

    /// The files below a directory by relative path, sorted: what `directory` is made of.
    fn files(&self, path: &Utf8Path) -> Vec<(String, Contents)>;

    /// Where a symbolic link leads, as it says itself; `None` if it is none.
    fn link(&self, path: &Utf8Path) -> Option<Utf8PathBuf>;

    /// The names in a directory, sorted.
    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>>;

    /// Text of a file, with replacement characters where it is not UTF-8.
    fn text(&self, path: &Utf8Path) -> Option<String>;

    /// Asks `make` for values of variables.
    fn make(&self, query: &MakeQuery) -> Asked;

    /// What was seen near these changes may be old: it is looked at again when it is asked for. All else stays as it was
    /// seen, so that many answers are of one state of the world.
    fn doubt(&self, changes: &watch::Changes);

    /// A moment to give to `settled`.
    fn now(&self) -> i64;

    /// Whether a path, and all below it, has surely not changed since a moment; that of an absent one, whether it was absent.
    fn settled(&self, path: &Utf8Path, since: i64) -> bool;

    /// The same of what everybody was told the same of since it was last in doubt: one look serves all.
    fn settled_for_all(&self, path: &Utf8Path, since: i64) -> bool {
        self.settled(path, since)
    }
}
