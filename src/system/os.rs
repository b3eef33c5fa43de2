//! The real host.

use camino::Utf8Path;

use super::disk::{self, Disk};
use super::make::Make;
use super::{MakeAnswer, MakeError, MakeQuery, System};
use crate::model::{Contents, DirectoryContents, Entry};

/// Files of the host, and a `make`: the host's own, or one that does not see the host.
pub struct OsSystem {
    pub disk: Disk,
    pub make: Box<dyn Make>,
}

impl System for OsSystem {
    fn file(&self, path: &Utf8Path) -> Option<Contents> {
        self.disk.file(path)
    }

    fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents> {
        self.disk.directory(path)
    }

    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        self.disk.names(path)
    }

    fn text(&self, path: &Utf8Path) -> Option<String> {
        disk::text(path)
    }

    fn make(&self, query: &MakeQuery) -> Result<MakeAnswer, MakeError> {
        self.make.ask(query)
    }

    fn now(&self) -> i64 {
        disk::now()
    }

    fn settled(&self, path: &Utf8Path, since: i64) -> bool {
        disk::settled(path, since)
    }
}
