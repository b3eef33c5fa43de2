//! What was seen of paths that many ports ask for. Each is looked at once, until it is in doubt: so all answers are of
//! one state of the world.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustc_hash::FxHashMap;

use super::answers::Answered;
use crate::makefile::{Disk, Host, Makefile, Unreadable, path};
use crate::system::watch::{Changes, Near};

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    /// A link that leads nowhere.
    Dangling,
    Directory,
    Other,
}

#[derive(Default)]
pub(super) struct View {
    kinds: RwLock<FxHashMap<Vec<u8>, Kind>>,
    makefiles: RwLock<FxHashMap<Vec<u8>, Arc<Makefile>>>,
    /// By what decides an answer: the command, where it runs if that matters, and its environment.
    answers: Mutex<HashMap<Vec<u8>, Answered>>,
}

impl Kind {
    /// As it is now.
    pub(super) fn of(place: &[u8]) -> Kind {
        let Ok(itself) = fs::symlink_metadata(path(place)) else { return Kind::Nothing };
        if !itself.is_symlink() {
            return if itself.is_dir() { Kind::Directory } else { Kind::Other };
        }
        match fs::metadata(path(place)) {
            Ok(target) if target.is_dir() => Kind::Directory,
            Ok(_) => Kind::Other,
            Err(_) => Kind::Dangling,
        }
    }

    /// `follow`: a link that leads nowhere is nothing.
    pub(super) fn exists(self, follow: bool) -> bool {
        self != Kind::Nothing && !(follow && self == Kind::Dangling)
    }
}

impl View {
    pub(super) fn kind(&self, place: &[u8]) -> Kind {
        if let Some(kind) = read(&self.kinds).get(place) {
            return *kind;
        }
        let kind = Kind::of(place);
        // Another thread may have been faster; then what it saw counts.
        *write(&self.kinds).entry(place.to_vec()).or_insert(kind)
    }

    pub(super) fn makefile(&self, place: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        if let Some(file) = read(&self.makefiles).get(place) {
            return Ok(Some(file.clone()));
        }
        let Some(file) = Disk.makefile(place)? else { return Ok(None) };
        Ok(Some(write(&self.makefiles).entry(place.to_vec()).or_insert(file).clone()))
    }

    pub(super) fn answer(&self, key: &[u8]) -> Option<Answered> {
        lock(&self.answers).get(key).cloned()
    }

    pub(super) fn keep_answer(&self, key: Vec<u8>, answer: Answered) {
        lock(&self.answers).insert(key, answer);
    }

    /// Forgets what changes may have made old.
    pub(super) fn doubt(&self, changes: &Changes) {
        let near = Near::of(changes);
        let stays = |place: &[u8]| std::str::from_utf8(place).is_ok_and(|place| !near.concerns(place));
        write(&self.kinds).retain(|place, _| stays(place));
        write(&self.makefiles).retain(|place, _| stays(place));
        lock(&self.answers).retain(|_, answer| answer.looked_at().all(stays));
    }
}

fn read<T>(value: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    value.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(value: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    value.write().unwrap_or_else(PoisonError::into_inner)
}

fn lock<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use camino::Utf8PathBuf;

    use super::*;

    #[test]
    fn what_was_seen_holds_until_it_is_in_doubt() {
        let scratch = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(scratch.path().to_owned()).unwrap();
        let (file, other) = (base.join("a.mk"), base.join("b.mk"));
        fs::write(&file, "A=1\n").unwrap();
        let view = View::default();
        let place = |path: &Utf8PathBuf| path.as_str().as_bytes().to_vec();
        assert_eq!((view.kind(&place(&file)), view.kind(&place(&other))), (Kind::Other, Kind::Nothing));
        let first = view.makefile(&place(&file)).unwrap().unwrap();
        fs::write(&file, "A=2\n").unwrap();
        fs::write(&other, "").unwrap();
        let changes = |path: &Utf8PathBuf| Changes { paths: [path.clone()].into(), all: false };
        view.doubt(&changes(&other));
        assert_eq!(view.kind(&place(&other)), Kind::Other);
        assert!(Arc::ptr_eq(&first, &view.makefile(&place(&file)).unwrap().unwrap()), "nobody doubted it");
        view.doubt(&changes(&file));
        assert!(!Arc::ptr_eq(&first, &view.makefile(&place(&file)).unwrap().unwrap()));
    }

    #[test]
    fn a_link_that_leads_nowhere_is_there_for_who_does_not_follow() {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name).into_os_string().into_encoded_bytes();
        symlink("nowhere", scratch.path().join("dangling")).unwrap();
        symlink(".", scratch.path().join("here")).unwrap();
        assert_eq!((Kind::of(&at("dangling")), Kind::of(&at("here"))), (Kind::Dangling, Kind::Directory));
        assert!(Kind::Dangling.exists(false) && !Kind::Dangling.exists(true) && !Kind::Nothing.exists(false));
    }
}
