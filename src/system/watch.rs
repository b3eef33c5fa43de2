//! Sees what changes below some directories, and tells of it a burst at a time.
//!
//! Events come from the kernel where they cost little (`inotify`), and from comparing stamps everywhere else (`poll`).
//! A kernel that runs out of watches is told about once, and stamps are compared from then on.

mod burst;
#[cfg(target_os = "linux")]
mod inotify;
mod near;
mod poll;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use camino::{Utf8Path, Utf8PathBuf};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};

use self::burst::Burst;
pub use self::near::Near;
use self::poll::Poll;
use crate::model::is_leftover;

/// What may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Files and directories. Below a directory everything may be different.
    pub paths: BTreeSet<Utf8PathBuf>,
    /// Something was missed: any path may have changed.
    pub all: bool,
}

/// Where to look, and where not to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// With all that is below them: the ports tree, the options.
    pub trees: Vec<Utf8PathBuf>,
    /// For what is in them and no deeper: where the configuration is.
    pub directories: Vec<Utf8PathBuf>,
    /// What does not count though it may lie in a tree: packages, distfiles, the build base.
    pub except: Vec<Utf8PathBuf>,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Changed(Changes),
    /// How changes are seen from now on, for people.
    Told(String),
}

/// Looks as long as it is kept.
#[derive(Debug)]
pub struct Watch {
    /// The thread notices when this end is closed.
    _quit: UnixStream,
}

/// Names at the top of a tree that hold what programs put there.
const OUTSIDE: [&str; 3] = ["distfiles", "packages", "CVS"];

/// Where changes are seen.
trait Source: Send {
    /// What was seen next, or nothing when `until` has come. An error is the end of this source.
    fn next(&mut self, quit: BorrowedFd<'_>, until: Option<Instant>) -> Result<Next, String>;
}

enum Next {
    /// May be none.
    Changes(Changes),
    Quit,
}

impl Changes {
    pub fn all() -> Changes {
        Changes { all: true, ..Changes::default() }
    }

    pub fn of(paths: impl IntoIterator<Item = Utf8PathBuf>) -> Changes {
        Changes { paths: paths.into_iter().collect(), all: false }
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.all
    }

    fn add(&mut self, other: Changes) {
        self.paths.extend(other.paths);
        self.all |= other.all;
    }
}

impl Scope {
    /// Whether a path matters; what builds, editors and version control leave behind does not.
    fn counts(&self, path: &Utf8Path) -> bool {
        let listed = |directory: &Utf8PathBuf| path == directory || path.parent() == Some(directory.as_path());
        self.trees.iter().any(|tree| self.in_tree(path, tree)) || self.directories.iter().any(listed)
    }

    fn in_tree(&self, path: &Utf8Path, tree: &Utf8Path) -> bool {
        let Ok(below) = path.strip_prefix(tree) else { return false };
        // A tree may lie in a directory that does not count; it counts all the same.
        let mut except = self.except.iter().filter(|other| other.starts_with(tree));
        let mut parts = below.components().map(|part| part.as_str());
        let top = parts.next().is_none_or(|name| !name.starts_with('.') && !OUTSIDE.contains(&name));
        // The second name is that of a port, which may look like a leftover.
        top && !parts.skip(1).any(is_leftover) && !except.any(|other| path.starts_with(other))
    }

    /// The directories to look into at first, each before those in it.
    fn roots(&self) -> Vec<Utf8PathBuf> {
        self.trees.iter().chain(&self.directories).cloned().collect()
    }

    /// Whether what is below a directory counts as well.
    fn is_deep(&self, directory: &Utf8Path) -> bool {
        self.trees.iter().any(|tree| self.in_tree(directory, tree))
    }
}

/// Begins to look: what changes after this returns is told to `tell`, on a thread of its own, until that says `false`.
/// With `poll` stamps are compared even where there are events: a file system of another machine has none.
pub fn watch(scope: Scope, poll: bool, tell: impl Fn(Seen) -> bool + Send + 'static) -> io::Result<Watch> {
    let (quit, theirs) = UnixStream::pair()?;
    let mut source = if poll { Err(None) } else { events(&scope) }.unwrap_or_else(|trouble| -> Box<dyn Source> {
        let poll = Poll::new(scope.clone());
        tell(Seen::Told(poll.tell(trouble.as_deref())));
        Box::new(poll)
    });
    thread::Builder::new().name("watch".into()).spawn(move || {
        let mut burst = Burst::default();
        loop {
            match source.next(theirs.as_fd(), burst.due()) {
                Ok(Next::Changes(changes)) => burst.add(changes, Instant::now()),
                Ok(Next::Quit) => return,
                Err(trouble) => {
                    let poll = Poll::new(scope.clone());
                    tell(Seen::Told(poll.tell(Some(&trouble))));
                    source = Box::new(poll);
                    // What changed since the last event is in none of the two.
                    burst.add(Changes::all(), Instant::now());
                }
            }
            if let Some(changes) = burst.take(Instant::now())
                && !tell(Seen::Changed(changes))
            {
                return;
            }
        }
    })?;
    Ok(Watch { _quit: quit })
}

/// The kernel's events; else why there are none, if that is worth telling.
#[cfg(target_os = "linux")]
fn events(scope: &Scope) -> Result<Box<dyn Source>, Option<String>> {
    Ok(Box::new(inotify::Events::new(scope.clone()).map_err(Some)?))
}

/// kqueue takes an open descriptor for each file: for a ports tree a hundred thousand.
#[cfg(not(target_os = "linux"))]
fn events(_: &Scope) -> Result<Box<dyn Source>, Option<String>> {
    Err(None)
}

/// Sleeps until one of the two can be read or the time has come; says which can.
fn sleep(quit: BorrowedFd<'_>, other: Option<BorrowedFd<'_>>, until: Option<Instant>) -> Result<(bool, bool), Errno> {
    let mut fds: Vec<PollFd<'_>> =
        std::iter::once(quit).chain(other).map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
    let timeout = until.map_or(PollTimeout::NONE, |until| {
        // Rounded up: a wait that ends early would only begin again.
        let left = until.saturating_duration_since(Instant::now()) + Duration::from_millis(1);
        PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
    });
    match nix::poll::poll(&mut fds, timeout) {
        Ok(_) | Err(Errno::EINTR) => {}
        Err(error) => return Err(error),
    }
    let ready = |index: usize| fds.get(index).is_some_and(|fd| fd.any().unwrap_or(false));
    Ok((ready(0), ready(1)))
}

/// Names in a directory with their kinds; none if it cannot be read. Names that are not UTF-8 are no ports' files.
fn entries(directory: &Utf8Path) -> impl Iterator<Item = (Utf8PathBuf, fs::DirEntry)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((Utf8PathBuf::from_path_buf(entry.path()).ok()?, entry)))
}
