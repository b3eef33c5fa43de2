//! The packages there are, as the decisions see them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Fingerprint, PackageFacts, with_causes};
use crate::repo::{PackageError, Repository, Unplaced};
use crate::store::{PackageFile, Store, StoreError};

/// The repository, with what is known of its files: an unchanged one is not opened again.
pub struct Packages {
    pub repository: Repository,
    files: Mutex<Files>,
}

#[derive(Default)]
struct Files {
    known: BTreeMap<String, PackageFile>,
    /// Names in the repository when it was last listed, and those put there since; `None` if it cannot be listed.
    names: Option<BTreeSet<String>>,
    /// Names in `known` that the store has not seen yet.
    new: Vec<String>,
    troubles: Vec<String>,
}

impl Packages {
    pub fn new(repository: Repository, store: &Store) -> Result<Packages, StoreError> {
        let known = store.package_files()?;
        Ok(Packages { repository, files: Mutex::new(Files { known, ..Files::default() }) })
    }

    /// Lists the repository: from now on a name that is neither there nor put there is missing without a look.
    pub fn list(&self) {
        let names = self.repository.taken().ok();
        self.files().names = names;
    }

    /// Whether there is a package file of that name; it may be unreadable.
    pub fn has(&self, name: &str) -> bool {
        self.files().may_have(name) && self.repository.stamp(name).is_ok()
    }

    /// What a package file says; `None` if it is missing or cannot be read, which comes to the same: it will
    /// be built again.
    pub fn facts(&self, name: &str) -> Option<PackageFacts> {
        if !self.files().may_have(name) {
            return None;
        }
        let stamp = match self.repository.stamp(name) {
            Ok(stamp) => stamp,
            Err(PackageError::Missing { .. }) => return None,
            Err(error) => {
                self.files().troubles.push(format!("cannot {}; it counts as missing", with_causes(&error)));
                return None;
            }
        };
        if let Some(file) = self.files().known.get(name)
            && file.stamp == stamp
        {
            return Some(file.facts.clone());
        }
        match self.repository.facts(name) {
            Ok(facts) => {
                let mut files = self.files();
                files.known.insert(name.to_owned(), PackageFile { stamp, facts: facts.clone() });
                files.new.push(name.to_owned());
                Some(facts)
            }
            Err(error) => {
                self.files().troubles.push(format!("cannot {}; it counts as missing", with_causes(&error)));
                None
            }
        }
    }

    /// Puts a finished package in place of its predecessor; the stamp of its file.
    pub fn place(&self, package: Unplaced<'_>) -> Result<Fingerprint, PackageError> {
        let (name, facts) = (package.name().to_owned(), package.facts().clone());
        let stamp = package.place()?;
        let mut files = self.files();
        if let Some(names) = &mut files.names {
            names.insert(name.clone());
        }
        files.known.insert(name, PackageFile { stamp, facts });
        Ok(stamp)
    }

    /// What was wrong with package files since the last time, a line each.
    pub fn take_troubles(&self) -> Vec<String> {
        std::mem::take(&mut self.files().troubles)
    }

    /// Remembers what was read since the last time.
    pub fn save(&self, store: &Store) -> Result<(), StoreError> {
        let mut files = self.files();
        let new = std::mem::take(&mut files.new);
        if new.is_empty() {
            return Ok(());
        }
        store.put_package_files(new.iter().filter_map(|name| files.known.get(name).map(|file| (name.as_str(), file))))
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    fn may_have(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(name))
    }
}
