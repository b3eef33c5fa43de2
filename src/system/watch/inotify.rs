//! Changes as Linux tells them: a watch on each directory.
//!
//! Straight from the kernel and not by the crate `notify`, which asks for every opening of a file as well: while a tree
//! is read that is all there is to hear, and the queue runs over.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

use super::{Changes, Next, Scope, Source, entries, sleep};

/// Everything that changes what is read in a directory.
const MASK: AddWatchFlags = AddWatchFlags::IN_MODIFY
    .union(AddWatchFlags::IN_CLOSE_WRITE)
    .union(AddWatchFlags::IN_ATTRIB)
    .union(AddWatchFlags::IN_CREATE)
    .union(AddWatchFlags::IN_DELETE)
    .union(AddWatchFlags::IN_MOVED_FROM)
    .union(AddWatchFlags::IN_MOVED_TO)
    .union(AddWatchFlags::IN_DELETE_SELF)
    .union(AddWatchFlags::IN_MOVE_SELF)
    .union(AddWatchFlags::IN_ONLYDIR);

pub(super) struct Events {
    inotify: Inotify,
    scope: Scope,
    /// A directory that was renamed within a tree keeps its watch and gets its new name.
    watched: HashMap<WatchDescriptor, Utf8PathBuf>,
}

impl Events {
    pub(super) fn new(scope: Scope) -> Result<Events, String> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)
            .map_err(|error| format!("the kernel tells no changes (inotify: {error})"))?;
        let mut events = Events { inotify, scope, watched: HashMap::new() };
        events.watch(events.scope.roots())?;
        Ok(events)
    }

    /// Watches directories and, in a tree, all below them. Each is watched before its names are read, so that nothing is
    /// made in between unseen.
    fn watch(&mut self, mut open: Vec<Utf8PathBuf>) -> Result<(), String> {
        while let Some(directory) = open.pop() {
            match self.inotify.add_watch(directory.as_std_path(), MASK) {
                Ok(watch) => drop(self.watched.insert(watch, directory.clone())),
                Err(error @ (Errno::ENOSPC | Errno::ENOMEM)) => return Err(self.too_many(error)),
                // It went away again, or is not for us to read: then make cannot read it either.
                Err(_) => continue,
            }
            if self.scope.is_deep(&directory) {
                let is_dir = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
                let below = entries(&directory).filter(|(path, entry)| self.scope.is_deep(path) && is_dir(entry));
                open.extend(below.map(|(path, _)| path));
            }
        }
        Ok(())
    }

    fn too_many(&self, error: Errno) -> String {
        format!(
            "the kernel gives no more than {} watches on directories ({error}); raise the sysctl \
             fs.inotify.max_user_watches to have changes seen at once",
            self.watched.len()
        )
    }

    /// All that waits to be read.
    fn read(&mut self) -> Result<Changes, String> {
        let mut changes = Changes::default();
        loop {
            match self.inotify.read_events() {
                Ok(events) => {
                    for event in events {
                        self.hear(event, &mut changes)?;
                    }
                }
                Err(Errno::EAGAIN) => return Ok(changes),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(format!("the kernel tells no more changes (inotify: {error})")),
            }
        }
    }

    fn hear(&mut self, event: InotifyEvent, changes: &mut Changes) -> Result<(), String> {
        if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
            changes.all = true;
            // New directories may be among what was lost.
            return self.watch(self.scope.roots());
        }
        if event.mask.contains(AddWatchFlags::IN_IGNORED) {
            self.watched.remove(&event.wd);
            return Ok(());
        }
        let Some(path) = self.watched.get(&event.wd).and_then(|directory| named(directory, &event)) else {
            return Ok(());
        };
        if !self.scope.counts(&path) {
            return Ok(());
        }
        let comes = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
        if event.mask.contains(AddWatchFlags::IN_ISDIR) && event.mask.intersects(comes) && self.scope.is_deep(&path) {
            self.watch(vec![path.clone()])?;
        }
        changes.paths.insert(path);
        Ok(())
    }
}

/// The path that an event is about.
fn named(directory: &Utf8Path, event: &InotifyEvent) -> Option<Utf8PathBuf> {
    match &event.name {
        Some(name) => Some(directory.join(name.to_str()?)),
        // Of the directory itself: its entry in the one above is told apart, and its own mode or time matters to nobody.
        None if event.mask.contains(AddWatchFlags::IN_ATTRIB) => None,
        None => Some(directory.to_owned()),
    }
}

impl Source for Events {
    fn next(&mut self, quit: BorrowedFd<'_>, until: Option<Instant>) -> Result<Next, String> {
        let (quits, told) =
            sleep(quit, Some(self.inotify.as_fd()), until).map_err(|error| format!("cannot wait: {error}"))?;
        Ok(match (quits, told) {
            (true, _) => Next::Quit,
            (false, true) => Next::Changes(self.read()?),
            (false, false) => Next::Changes(Changes::default()),
        })
    }
}
