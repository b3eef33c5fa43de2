//! The world moved: what is different becomes new inputs, all at once.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use salsa::Setter;

use super::db::{Database, Db, Registry};
use super::inputs::Recorded;
use crate::model::{DirectoryContents, OriginSpec};
use crate::system::watch::Changes;

impl Database {
    /// Looks at every path that a query asked for and that may have changed, and takes over what did; returns the paths
    /// that are different, those of single files where they are known.
    ///
    /// Setters never compare, and an equal value set anew makes its readers run: so only differences are set.
    pub fn take_over(&mut self, changes: &Changes) -> BTreeSet<Utf8PathBuf> {
        let near = Near::of(changes);
        let files = near.inputs(&self.files);
        let (directories, names) = (near.inputs(&self.directories), near.inputs(&self.names));
        let system = self.system();
        let new_files: Vec<_> = files.par_iter().map(|(path, _)| system.file(path)).collect();
        let new_directories: Vec<_> = directories.par_iter().map(|(path, _)| system.directory(path)).collect();
        let new_names: Vec<_> = names.par_iter().map(|(path, _)| system.names(path)).collect();
        let mut changed = BTreeSet::new();
        for ((path, file), contents) in files.into_iter().zip(new_files) {
            if file.contents(self) != contents {
                file.set_contents(self).to(contents);
                changed.insert(path);
            }
        }
        for ((path, directory), contents) in directories.into_iter().zip(new_directories) {
            if *directory.contents(self) != contents {
                changed.extend(different(&path, directory.contents(self).as_ref(), contents.as_ref()));
                directory.set_contents(self).to(contents);
            }
        }
        for ((path, listing), names) in names.into_iter().zip(new_names) {
            if *listing.names(self) != names {
                listing.set_names(self).to(names);
                changed.insert(path);
            }
        }
        changed
    }

    /// Lets the evaluations that cannot be relied on be made again; false if there are none.
    pub fn try_again(&mut self) -> bool {
        let any = self.passing.swap(false, Ordering::Relaxed);
        if any {
            let attempt = self.attempt();
            let number = attempt.number(self);
            attempt.set_number(self).to(number + 1);
        }
        any
    }

    /// Takes over what is recorded of a package, if it is different.
    pub fn set_recorded(&mut self, spec: &OriginSpec, recorded: Recorded) {
        let input = self.outcome(spec);
        if input.recorded(self).as_deref().unwrap_or(&Recorded::default()) != &recorded {
            input.set_recorded(self).to(Some(Arc::new(recorded)));
        }
    }
}

/// Which inputs may be different after some changes.
struct Near<'a> {
    changes: &'a Changes,
    /// Every directory that a changed path lies in.
    above: HashSet<&'a Utf8Path>,
}

impl Near<'_> {
    fn of(changes: &Changes) -> Near<'_> {
        Near { changes, above: changes.paths.iter().flat_map(|path| path.ancestors()).collect() }
    }

    fn concerns(&self, path: &Utf8Path) -> bool {
        let changed = |path: &Utf8Path| self.changes.paths.contains(path);
        self.changes.all || self.above.contains(path) || path.ancestors().any(changed)
    }

    fn inputs<T: Copy>(&self, registry: &Registry<T>) -> Vec<(Utf8PathBuf, T)> {
        let registry = registry.lock().unwrap_or_else(PoisonError::into_inner);
        let inputs = registry.iter().filter(|(path, _)| self.concerns(path));
        let mut inputs: Vec<_> = inputs.map(|(path, input)| (path.clone(), *input)).collect();
        inputs.sort_by(|a, b| a.0.cmp(&b.0));
        inputs
    }
}

/// The files in which a directory is different; the directory itself where it came or went.
fn different(
    path: &Utf8Path,
    before: Option<&DirectoryContents>,
    now: Option<&DirectoryContents>,
) -> BTreeSet<Utf8PathBuf> {
    let (Some(before), Some(now)) = (before, now) else { return [path.to_owned()].into() };
    let (old, new): (HashSet<_>, HashSet<_>) = (files(before).collect(), files(now).collect());
    old.symmetric_difference(&new).map(|(name, _)| path.join(name)).collect()
}

fn files(contents: &DirectoryContents) -> impl Iterator<Item = (&str, u32)> {
    contents.files.iter().map(|file| (file.name.as_str(), file.crc))
}
