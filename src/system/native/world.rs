//! What a scan may see: the tree and a few other directories as they are, and for the rest a base system.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use camino::Utf8PathBuf;
use rustc_hash::FxHashSet;

use super::answers::Known;
use super::{Setting, Shell};
use crate::makefile::{Command, Disk, Failure, Host, Makefile, Output, Request, Unreadable, path};
use crate::model::Stop;
use crate::system::looked::{Looked, normal};
use crate::system::{MakeError, MakeQuery};

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
    shell: Arc<dyn Shell>,
    stop: Stop,
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
    /// Nested evaluations' included.
    pub(super) saw: RefCell<Saw>,
    /// Why nothing can be said of the port now.
    pub(super) trouble: RefCell<Option<MakeError>>,
}

/// Paths by what was asked of them, where they really lie.
#[derive(Clone, Debug, Default)]
pub(super) struct Saw {
    /// Makefiles that were there.
    pub(super) read: FxHashSet<Vec<u8>>,
    /// Makefiles too.
    pub(super) sought: FxHashSet<Vec<u8>>,
}

impl Saw {
    pub(super) fn extend(&mut self, other: Saw) {
        self.read.extend(other.read);
        self.sought.extend(other.sought);
    }
}

impl From<Looked> for Saw {
    fn from(looked: Looked) -> Saw {
        let read: FxHashSet<Vec<u8>> = looked.read.into_iter().map(String::into_bytes).collect();
        Saw { sought: read.iter().cloned().chain(looked.sought.into_iter().map(String::into_bytes)).collect(), read }
    }
}

impl From<Saw> for Looked {
    /// A name that is not UTF-8 is none of the tree's.
    fn from(saw: Saw) -> Looked {
        let paths = |places: FxHashSet<Vec<u8>>| {
            let paths = places.into_iter().filter_map(|place| String::from_utf8(place).ok());
            paths.map(|path| normal(path.into())).collect()
        };
        Looked { read: paths(saw.read), sought: paths(saw.sought) }
    }
}

impl<'w> Here<'w> {
    pub(super) fn new(world: &'w World, directory: &'w [u8]) -> Here<'w> {
        Here { world, directory, saw: RefCell::default(), trouble: RefCell::default() }
    }

    /// Runs a command; once one could not be run, none is.
    pub(super) fn run(&self, command: &Command<'_>) -> Output {
        let mut trouble = self.trouble.borrow_mut();
        if trouble.is_none() {
            tracing::debug!("sh -c {}", String::from_utf8_lossy(command.text));
            match self.world.shell.shell(command) {
                Ok((output, looked)) => {
                    self.saw.borrow_mut().extend(looked.into());
                    return output;
                }
                Err(error) => *trouble = Some(error),
            }
        }
        Output { failure: Some(Failure::NotRun("nothing is run any more".into())), ..Output::default() }
    }

    /// Where a path really lies; it is noted.
    fn look(&self, path: &[u8]) -> Vec<u8> {
        let place = self.world.place(path);
        note(&mut self.saw.borrow_mut().sought, &place);
        place
    }
}

/// Most are asked for again and again.
fn note(places: &mut FxHashSet<Vec<u8>>, place: &[u8]) {
    if !places.contains(place) {
        places.insert(place.to_vec());
    }
}

/// By which a change of a file is noticed: device, inode, length, and time of its last change in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp(u64, u64, u64, i64);

impl World {
    pub(super) fn new(setting: Setting, shell: Arc<dyn Shell>, stop: Stop) -> World {
        World { setting, shell, stop, makefiles: RwLock::default(), known: Mutex::default() }
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

    /// A makefile that others read too.
    fn makefile(&self, place: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        let Some(stamp) = stamp(place) else { return Ok(None) };
        let kept = self.makefiles.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = kept.get(place).filter(|(then, _)| *then == stamp) {
            return Ok(Some(file.clone()));
        }
        drop(kept);
        let file = Disk.makefile(place)?;
        if let Some(file) = &file {
            let mut kept = self.makefiles.write().unwrap_or_else(PoisonError::into_inner);
            kept.insert(place.to_vec(), (stamp, file.clone()));
        }
        Ok(file)
    }

    /// Where a path really lies.
    fn place(&self, path: &[u8]) -> Vec<u8> {
        let Some(root) = &self.setting.seen.root else { return path.to_vec() };
        let is_in = |directory: &Utf8PathBuf| {
            path.strip_prefix(directory.as_str().trim_end_matches('/').as_bytes())
                .is_some_and(|rest| rest.first().is_none_or(|end| *end == b'/'))
        };
        if self.setting.seen.directories.iter().any(is_in) || path == b"/dev/null" {
            return path.to_vec();
        }
        [root.as_str().as_bytes(), path].concat()
    }
}

pub(super) fn stamp(place: &[u8]) -> Option<Stamp> {
    let metadata = fs::metadata(path(place)).ok()?;
    let time = metadata.ctime() * 1_000_000_000 + metadata.ctime_nsec();
    Some(Stamp(metadata.dev(), metadata.ino(), metadata.len(), time))
}

impl Host for Here<'_> {
    fn makefile(&self, path: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        let place = self.look(path);
        let file = if place.starts_with(self.directory) { Disk.makefile(&place) } else { self.world.makefile(&place) };
        if !matches!(file, Ok(None)) {
            note(&mut self.saw.borrow_mut().read, &place);
        }
        file
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

    fn is_stopped(&self) -> bool {
        self.world.stop.requested() || self.trouble.borrow().is_some()
    }
}
