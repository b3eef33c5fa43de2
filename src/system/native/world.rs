//! What a scan may see: the tree and a few other directories as they are, and for the rest a base system.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};

use super::answers::Known;
use super::{Setting, Shell};
use crate::makefile::{Command, Disk, Host, Makefile, Output, Request, Unreadable, path};
use crate::system::MakeQuery;
use crate::system::looked::{Looked, normalise};

/// Directories that are seen at their own paths, and where all other paths lie.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub directories: Vec<Utf8PathBuf>,
    /// The root of the base system; `None` if it is this host's.
    pub root: Option<Utf8PathBuf>,
}

/// What all evaluations share.
pub(super) struct World {
    pub(super) setting: Setting,
    pub(super) shell: Arc<dyn Shell>,
    makefiles: RwLock<HashMap<Vec<u8>, Kept>>,
    pub(super) known: Mutex<Known>,
}

/// A makefile as it was read, and when that still holds.
type Kept = (Stamp, Arc<Makefile>);

/// One evaluation's view.
pub(super) struct Here<'w> {
    pub(super) world: &'w World,
    /// Of the port: what only it reads is not kept.
    pub(super) directory: &'w [u8],
    /// Paths that were opened or looked for, nested evaluations' included.
    pub(super) looked_at: RefCell<BTreeSet<Vec<u8>>>,
}

impl<'w> Here<'w> {
    pub(super) fn new(world: &'w World, directory: &'w [u8]) -> Here<'w> {
        Here { world, directory, looked_at: RefCell::default() }
    }

    /// What the answer may depend on. What was there counts as read; a name that is not UTF-8 is none of the tree's.
    pub(super) fn looked(self) -> Looked {
        let mut looked = Looked::default();
        for place in self.looked_at.into_inner() {
            let Ok(path) = Utf8PathBuf::from_path_buf(path(&place).to_owned()) else { continue };
            let is_file = path.metadata().is_ok_and(|meta| meta.is_file());
            (if is_file { &mut looked.read } else { &mut looked.sought }).insert(normalise(&path));
        }
        looked
    }

    /// Where a path really lies; it is noted.
    fn look(&self, path: &[u8]) -> Vec<u8> {
        let place = self.world.place(path);
        let mut looked_at = self.looked_at.borrow_mut();
        if !looked_at.contains(&place) {
            looked_at.insert(place.clone());
        }
        place
    }
}

/// By which a change of a file is noticed: device, inode, length, and time of its last change in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(u64, u64, u64, i128);

impl World {
    pub(super) fn new(setting: Setting, shell: Arc<dyn Shell>) -> World {
        World { setting, shell, makefiles: RwLock::default(), known: Mutex::default() }
    }

    pub(super) fn request(&self, query: &MakeQuery) -> Request {
        let bytes = |text: &String| text.clone().into_bytes();
        let pair = |text: &String| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.as_bytes().to_vec(), value.as_bytes().to_vec())
        };
        Request {
            directory: query.directory.as_str().into(),
            system: vec![self.setting.system.clone().into_bytes()],
            assignments: query.assignments.iter().map(pair).collect(),
            environment: self.setting.environment.iter().map(|(name, value)| (bytes(name), bytes(value))).collect(),
            expressions: query.expressions.iter().map(bytes).collect(),
            program: bytes(&self.setting.program),
            ..Request::default()
        }
    }

    /// Where a path really lies.
    fn place(&self, path: &[u8]) -> Vec<u8> {
        let Some(root) = &self.setting.seen.root else { return path.to_vec() };
        let text = Utf8Path::new(std::str::from_utf8(path).unwrap_or_default());
        if self.setting.seen.directories.iter().any(|directory| text.starts_with(directory)) || path == b"/dev/null" {
            return path.to_vec();
        }
        [root.as_str().as_bytes(), path].concat()
    }
}

pub(super) fn stamp(place: &[u8]) -> Option<Stamp> {
    let metadata = fs::metadata(path(place)).ok()?;
    let time = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
    Some(Stamp(metadata.dev(), metadata.ino(), metadata.len(), time))
}

impl Host for Here<'_> {
    fn makefile(&self, path: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        let place = self.look(path);
        if place.starts_with(self.directory) {
            return Disk.makefile(&place);
        }
        let Some(stamp) = stamp(&place) else { return Ok(None) };
        let kept = self.world.makefiles.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = kept.get(&place).filter(|(then, _)| *then == stamp) {
            return Ok(Some(file.clone()));
        }
        drop(kept);
        let file = Disk.makefile(&place)?;
        if let Some(file) = &file {
            let mut kept = self.world.makefiles.write().unwrap_or_else(PoisonError::into_inner);
            kept.insert(place, (stamp, file.clone()));
        }
        Ok(file)
    }

    fn exists(&self, path: &[u8], follow: bool) -> bool {
        Disk.exists(&self.look(path), follow)
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        Disk.is_directory(&self.look(path))
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        Disk.real_path(&self.look(path))
    }

    fn shell(&self, command: &Command<'_>) -> Output {
        self.answer(command)
    }

    fn now(&self) -> i64 {
        Disk.now()
    }
}
