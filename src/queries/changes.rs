//! The world moved: what is different becomes new inputs, all at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use salsa::Setter;

use super::db::{Database, Db, Registry, lock};
use super::inputs::{OutcomeInput, Pkg, Recorded};
use crate::model::{Entry, OriginSpec};
use crate::system::watch::Changes;

impl Database {
    /// Looks at every path that a query asked for and that may have changed, and takes over what did; returns what is
    /// different, by the names of files where they are known.
    ///
    /// Setters never compare, and an equal value set anew makes its readers run: so only differences are set.
    pub fn take_over(&mut self, changes: &Changes) -> BTreeSet<Utf8PathBuf> {
        let near = Near::of(changes);
        self.since = self.system().now();
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
            if directory.contents(self) != contents {
                changed.extend(near.below(&path));
                directory.set_contents(self).to(contents);
            }
        }
        for ((path, listing), names) in names.into_iter().zip(new_names) {
            if *listing.names(self) != names {
                changed.extend(come_or_gone(&path, listing.names(self).as_deref(), names.as_deref()));
                listing.set_names(self).to(names);
            }
        }
        changed
    }

    /// Lets the queries that asked for it run again; false if none did.
    pub fn try_again(&mut self) -> bool {
        let any = self.passing.swap(false, Ordering::Relaxed);
        if let Some(attempt) = self.attempt.filter(|_| any) {
            let number = attempt.number(self) + 1;
            attempt.set_number(self).to(number);
        }
        any
    }

    /// The same for all paths and all queries.
    pub fn refresh(&mut self) {
        self.take_over(&Changes::all());
        self.try_again();
    }

    /// Takes over what is recorded of a package, if it is different.
    pub fn set_recorded(&mut self, spec: &OriginSpec, recorded: Recorded) {
        let pkg = Pkg::new(self, spec.clone());
        let known = lock(&self.outcomes).get(&pkg).copied();
        let Some(input) = known else {
            // A new input moves nothing: only a setter starts a new revision.
            let input = OutcomeInput::create(self, Some(Arc::new(recorded)));
            lock(&self.outcomes).insert(pkg, input);
            return;
        };
        if input.recorded(self).as_deref().unwrap_or(&Recorded::default()) != &recorded {
            input.set_recorded(self).to(Some(Arc::new(recorded)));
        }
    }
}

/// Which inputs may be different after some changes.
struct Near<'a> {
    changes: &'a Changes,
    /// As text: paths compare by their components, which is slow.
    paths: FxHashSet<&'a str>,
    /// Every directory that a changed path lies in.
    above: FxHashSet<&'a str>,
}

impl Near<'_> {
    fn of(changes: &Changes) -> Near<'_> {
        let paths = changes.paths.iter().map(|path| path.as_str()).collect();
        let above = changes.paths.iter().flat_map(|path| path.ancestors()).map(Utf8Path::as_str).collect();
        Near { changes, paths, above }
    }

    fn concerns(&self, path: &str) -> bool {
        let mut ancestors = Utf8Path::new(path).ancestors();
        self.changes.all || self.above.contains(path) || ancestors.any(|above| self.paths.contains(above.as_str()))
    }

    fn inputs<T: Copy>(&self, registry: &Registry<T>) -> Vec<(Utf8PathBuf, T)> {
        let registry = lock(registry);
        let inputs = registry.iter().filter(|(path, _)| self.concerns(path));
        let mut inputs: Vec<_> = inputs.map(|(path, input)| (Utf8PathBuf::from(path.as_str()), *input)).collect();
        inputs.sort_by(|a, b| a.0.cmp(&b.0));
        inputs
    }

    /// What was said to change in a directory; the directory itself if no more is known.
    fn below(&self, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        let below = self.changes.paths.iter().filter(|path| path.starts_with(directory) && *path != directory);
        let below: Vec<Utf8PathBuf> = below.cloned().collect();
        if below.is_empty() { vec![directory.to_owned()] } else { below }
    }
}

/// By which names two listings of a directory differ; the directory itself where it came or went.
fn come_or_gone(directory: &Utf8Path, before: Option<&[Entry]>, now: Option<&[Entry]>) -> Vec<Utf8PathBuf> {
    let (Some(before), Some(now)) = (before, now) else { return vec![directory.to_owned()] };
    let (before, now): (BTreeSet<&Entry>, BTreeSet<&Entry>) = (before.iter().collect(), now.iter().collect());
    before.symmetric_difference(&now).map(|entry| directory.join(&entry.name)).collect()
}
