//! The real host.

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::{self, Disk};
use super::make::Make;
use super::watch::Changes;
use super::{Asked, MakeQuery, System};
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

    fn files(&self, path: &Utf8Path) -> Vec<(String, Contents)> {
        self.disk.files(path)
    }

    fn link(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        self.disk.link(path)
    }

    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        self.disk.names(path)
    }

    fn text(&self, path: &Utf8Path) -> Option<String> {
        disk::text(path)
    }

    fn make(&self, query: &MakeQuery) -> Asked {
        tracing::debug!("make -C {} {}", query.directory, query.assignments.join(" "));
        self.make.ask(query)
    }

    fn doubt(&self, changes: &Changes) {
        self.disk.doubt(changes);
        self.make.doubt(changes);
    }

    fn now(&self) -> i64 {
        disk::now()
    }

    fn settled(&self, path: &Utf8Path, since: i64) -> bool {
        self.disk.settled(path, since)
    }

    fn settled_for_all(&self, path: &Utf8Path, since: i64) -> bool {
        self.disk.settled_for_all(path, since)
    }
}
