//! The world moved: what is different becomes new inputs, all at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use salsa::Setter;

use super::db::{Database, Db, Registry, lock};
use super::inputs::{OutcomeInput, Pkg, Recorded, RememberedPlan};
use crate::model::{Entry, Plan};
use crate::system::watch::{Changes, Near};

impl Database {
    /// Looks at every path that a query asked for and that may have changed, and takes over what did; returns what is
    /// different, by the names of files where they are known.
    ///
    /// Setters never compare, and an equal value set anew makes its readers run: so only differences are set.
    pub fn take_over(&mut self, changes: &Changes) -> BTreeSet<Utf8PathBuf> {
        let near = Near::of(changes);
        self.since = self.system().now();
        let files = near_inputs(&near, &self.files);
        let (directories, names) = (near_inputs(&near, &self.directories), near_inputs(&near, &self.names));
        let system = self.system();
        system.doubt(changes);
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

    /// Lets `needs_build` read a plan where it would read the tree: the plan of an earlier process that still holds.
    pub fn remember(&mut self, plan: &Arc<Plan>) {
        let pkgs: Vec<Pkg> = plan.jobs.iter().map(|job| Pkg::new(self, job.spec.clone())).collect();
        let places = pkgs.iter().copied().zip(plan.ids()).collect();
        let plan = plan.clone();
        self.remembered().set_plan(self).to(Some(RememberedPlan { plan, pkgs, places }));
    }

    /// Takes over what is recorded of a package, if it is different.
    pub fn set_recorded(&mut self, pkg: Pkg, recorded: Recorded) {
        let recorded = (recorded != Recorded::default()).then(|| Arc::new(recorded));
        let known = lock(&self.outcomes).get(&pkg).copied();
        match known {
            Some(input) if *input.recorded(self) != recorded => drop(input.set_recorded(self).to(recorded)),
            // A new input moves nothing: only a setter starts a new revision.
            None if recorded.is_some() => {
                let input = OutcomeInput::create(self, recorded);
                lock(&self.outcomes).insert(pkg, input);
            }
            _ => {}
        }
    }
}

/// Those that may be different.
fn near_inputs<T: Copy>(near: &Near<'_>, registry: &Registry<T>) -> Vec<(Utf8PathBuf, T)> {
    let registry = lock(registry);
    let inputs = registry.iter().filter(|(path, _)| near.concerns(path));
    let mut inputs: Vec<_> = inputs.map(|(path, input)| (Utf8PathBuf::from(path.as_str()), *input)).collect();
    inputs.sort_by(|a, b| a.0.cmp(&b.0));
    inputs
}

/// By which names two listings of a directory differ; the directory itself where it came or went.
fn come_or_gone(directory: &Utf8Path, before: Option<&[Entry]>, now: Option<&[Entry]>) -> Vec<Utf8PathBuf> {
    let (Some(before), Some(now)) = (before, now) else { return vec![directory.to_owned()] };
    let (before, now): (BTreeSet<&Entry>, BTreeSet<&Entry>) = (before.iter().collect(), now.iter().collect());
    before.symmetric_difference(&now).map(|entry| directory.join(&entry.name)).collect()
}
