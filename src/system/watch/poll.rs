//! Changes by comparing stamps, on any system and any file system.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::burst::QUIET;
use super::{Changes, Next, Scope, Source, entries, sleep};
use crate::system::disk::{is_settled, now, stamp_of};

/// Never more often than this.
const SHORTEST: Duration = Duration::from_secs(2);

/// Looking takes at most one part in so many of the time.
const SHARE: u32 = 20;

/// What was there at the last look: for each directory a digest of its names and of its files' stamps.
pub(super) struct Poll {
    scope: Scope,
    seen: HashMap<Utf8PathBuf, u64>,
    /// How long the last look took.
    cost: Duration,
}

impl Poll {
    /// What changes from now on will be seen.
    pub(super) fn new(scope: Scope) -> Poll {
        let mut poll = Poll { scope, seen: HashMap::new(), cost: Duration::ZERO };
        poll.look();
        poll
    }

    pub(super) fn tell(&self, trouble: Option<&str>) -> String {
        let trouble = trouble.map(|trouble| format!("{trouble}; ")).unwrap_or_default();
        format!("{trouble}changes are looked for every {:.0} s", self.interval().as_secs_f64())
    }

    fn interval(&self) -> Duration {
        SHORTEST.max(self.cost * SHARE)
    }

    /// Directories in which something is different from the last look.
    fn look(&mut self) -> Changes {
        let began = Instant::now();
        let mut seen = HashMap::with_capacity(self.seen.len());
        let mut open = self.scope.roots();
        while let Some(directory) = open.pop() {
            let digest = self.digest(&directory, &mut open);
            seen.insert(directory, digest);
        }
        let before = std::mem::replace(&mut self.seen, seen);
        self.cost = began.elapsed();
        let different = self.seen.iter().filter(|(path, digest)| before.get(*path) != Some(digest));
        let gone = before.keys().filter(|path| !self.seen.contains_key(*path));
        Changes::of(different.map(|(path, _)| path.clone()).chain(gone.cloned()))
    }

    /// Of a directory's names and files; what is to be looked into comes to `open`. A sum, for the order of names is
    /// the file system's.
    fn digest(&self, directory: &Utf8Path, open: &mut Vec<Utf8PathBuf>) -> u64 {
        let mut sum = 0_u64;
        for (path, entry) in entries(directory).filter(|(path, _)| self.scope.counts(path)) {
            let mut hasher = DefaultHasher::new();
            path.file_name().hash(&mut hasher);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && self.scope.is_deep(&path) => open.push(path),
                Ok(_) => {
                    let stamp = stamp_of(path.as_str());
                    stamp.hash(&mut hasher);
                    // The next change might leave the same stamp behind: the next look is to see a difference.
                    if stamp.is_some_and(|stamp| !is_settled(&stamp)) {
                        now().hash(&mut hasher);
                    }
                }
                Err(_) => {}
            }
            sum = sum.wrapping_add(hasher.finish());
        }
        sum
    }
}

impl Source for Poll {
    fn next(&mut self, quit: BorrowedFd<'_>, until: Option<Instant>) -> Result<Next, String> {
        // After a change the next look comes soon: it sees whether more follows.
        let pause = if until.is_some() { QUIET.max(self.cost) } else { self.interval() };
        let (quits, _) = sleep(quit, None, Some(Instant::now() + pause)).map_err(|error| error.to_string())?;
        Ok(if quits { Next::Quit } else { Next::Changes(self.look()) })
    }
}
