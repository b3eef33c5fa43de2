//! What a scan may see: the tree and a few other directories as they are, and for the rest a base system.

use std::cell::{OnceCell, RefCell};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use camino::Utf8PathBuf;
use memchr::memmem::Finder;
use rustc_hash::{FxHashMap, FxHashSet};

use super::view::{Kind, View};
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
    pub(super) view: View,
}

/// One evaluation's view.
pub(super) struct Here<'w> {
    pub(super) world: &'w World,
    /// Of the port: what only it looks at is not kept.
    pub(super) directory: &'w [u8],
    own: Finder<'w>,
    /// What is in it, listed once; `None` if that is not possible.
    names: OnceCell<Option<FxHashSet<Vec<u8>>>>,
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
    /// Makefiles too; `None` if a command was there, or if it was in doubt since.
    pub(super) sought: FxHashMap<Vec<u8>, Option<Kind>>,
    /// See [`Looked`].
    pub(super) live: bool,
    pub(super) ran: bool,
}

impl Saw {
    /// What another evaluation or a command saw.
    pub(super) fn extend(&mut self, other: &Saw) {
        self.live |= other.live;
        self.ran |= other.ran;
        self.read.extend(other.read.iter().cloned());
        // What was seen here stands; the order is nobody's.
        other.sought.keys().for_each(|place| _ = self.sought.entry(place.clone()).or_insert(None));
    }
}

impl From<Looked> for Saw {
    fn from(looked: Looked) -> Saw {
        let read: FxHashSet<Vec<u8>> = looked.read.into_iter().map(String::into_bytes).collect();
        let sought = read.iter().cloned().chain(looked.sought.into_iter().map(String::into_bytes));
        Saw { sought: sought.map(|place| (place, None)).collect(), read, live: looked.live, ran: looked.ran }
    }
}

impl From<Saw> for Looked {
    /// A name that is not UTF-8 is none of the tree's.
    fn from(saw: Saw) -> Looked {
        let path = |place| Some(normal(String::from_utf8(place).ok()?.into()));
        Looked {
            read: saw.read.into_iter().filter_map(path).collect(),
            sought: saw.sought.into_keys().filter_map(path).collect(),
            live: saw.live,
            ran: saw.ran,
        }
    }
}

impl<'w> Here<'w> {
    pub(super) fn new(world: &'w World, directory: &'w [u8]) -> Here<'w> {
        let own = Finder::new(origin(directory));
        Here { world, directory, own, names: OnceCell::new(), saw: RefCell::default(), trouble: RefCell::default() }
    }

    /// Runs a command; once one could not be run, none is.
    pub(super) fn run(&self, command: &Command<'_>) -> Output {
        let mut trouble = self.trouble.borrow_mut();
        if trouble.is_none() {
            tracing::debug!("sh -c {}", String::from_utf8_lossy(command.text));
            match self.world.shell.shell(command) {
                Ok((output, looked)) => {
                    self.saw.borrow_mut().extend(&looked.into());
                    return output;
                }
                Err(error) => *trouble = Some(error),
            }
        }
        Output { failure: Some(Failure::NotRun("nothing is run any more".into())), ..Output::default() }
    }

    /// What is at a path; it is noted where that really lies.
    fn kind(&self, path: &[u8]) -> (Vec<u8>, Kind) {
        let place = self.world.place(path);
        let saw = self.saw.borrow();
        if let Some(kind) = saw.sought.get(&place).copied().flatten() {
            return (place, kind);
        }
        drop(saw);
        let kind = match self.is_own(&place) {
            true if self.is_missing(&place) => Kind::Nothing,
            true => Kind::of(&place),
            false => self.world.view.kind(&place),
        };
        self.saw.borrow_mut().sought.insert(place.clone(), Some(kind));
        (place, kind)
    }

    /// Whether no other port is likely to ask for it: it lies in the port's directory, or in one for its objects.
    fn is_own(&self, place: &[u8]) -> bool {
        self.own.find(place).is_some()
    }

    /// Whether the listing of the port's directory has no such name, which holds of most that is looked for in it. Commands
    /// that ran may have made some.
    fn is_missing(&self, place: &[u8]) -> bool {
        if self.saw.borrow().ran {
            return false;
        }
        let below = place.strip_prefix(self.directory).and_then(|rest| rest.strip_prefix(b"/"));
        let Some(name) = below.and_then(|below| below.split(|byte| *byte == b'/').next()) else { return false };
        let names = self.names.get_or_init(|| names(self.directory));
        !matches!(name, b"" | b"." | b"..") && names.as_ref().is_some_and(|names| !names.contains(name))
    }
}

/// `/category/name` of a port's directory, which its directory for objects ends with as well.
fn origin(directory: &[u8]) -> &[u8] {
    let start = memchr::memrchr_iter(b'/', directory).nth(1);
    &directory[start.unwrap_or(0)..]
}

fn names(directory: &[u8]) -> Option<FxHashSet<Vec<u8>>> {
    fs::read_dir(path(directory)).ok()?.map(|entry| Some(entry.ok()?.file_name().into_vec())).collect()
}

impl World {
    pub(super) fn new(setting: Setting, shell: Arc<dyn Shell>, stop: Stop) -> World {
        World { setting, shell, stop, view: View::default() }
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
            dialect: self.setting.dialect.clone(),
            ..Request::default()
        }
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

impl Host for Here<'_> {
    fn makefile(&self, path: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        let (place, kind) = self.kind(path);
        if kind == Kind::Nothing {
            return Ok(None);
        }
        let file = if self.is_own(&place) { Disk.makefile(&place) } else { self.world.view.makefile(&place) };
        if !matches!(file, Ok(None)) {
            self.saw.borrow_mut().read.insert(place);
        }
        file
    }

    fn exists(&self, path: &[u8], follow: bool) -> bool {
        self.kind(path).1.exists(follow)
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        self.kind(path).1 == Kind::Directory
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        Disk.real_path(&self.kind(path).0)
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
