//! Which paths may be different after some changes.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use super::Changes;

/// Asked about many paths.
pub struct Near<'a> {
    changes: &'a Changes,
    /// As text: paths compare by their components, which is slow.
    paths: FxHashSet<&'a str>,
    /// Every directory that a changed path lies in.
    above: FxHashSet<&'a str>,
}

impl Near<'_> {
    pub fn of(changes: &Changes) -> Near<'_> {
        let paths = changes.paths.iter().map(|path| path.as_str()).collect();
        let above = changes.paths.iter().flat_map(|path| path.ancestors()).map(Utf8Path::as_str).collect();
        Near { changes, paths, above }
    }

    /// Whether a path changed, or lies above or below one that did.
    pub fn concerns(&self, path: &str) -> bool {
        let mut ancestors = Utf8Path::new(path).ancestors();
        self.changes.all || self.above.contains(path) || ancestors.any(|above| self.paths.contains(above.as_str()))
    }

    /// What was said to change in a directory; the directory itself if no more is known.
    pub fn below(&self, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        let below = self.changes.paths.iter().filter(|path| path.starts_with(directory) && *path != directory);
        let below: Vec<Utf8PathBuf> = below.cloned().collect();
        if below.is_empty() { vec![directory.to_owned()] } else { below }
    }
}
