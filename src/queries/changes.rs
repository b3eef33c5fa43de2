//! The world moved: what is different becomes new inputs, all at once.

use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use salsa::Setter;

use super::db::{Database, Db, Registry, lock};
use super::inputs::{OutcomeInput, Pkg, Recorded};
use crate::model::OriginSpec;

impl Database {
    /// Looks at every path that a query asked for and takes over what changed; returns those paths, sorted.
    ///
    /// Setters never compare, and an equal value set anew makes its readers run: so only differences are set.
    pub fn refresh(&mut self) -> Vec<Utf8PathBuf> {
        let (files, directories, names) = (inputs(&self.files), inputs(&self.directories), inputs(&self.names));
        self.since = self.system().now();
        let system = self.system();
        let new_files: Vec<_> = files.par_iter().map(|(path, _)| system.file(path)).collect();
        let new_directories: Vec<_> = directories.par_iter().map(|(path, _)| system.directory(path)).collect();
        let new_names: Vec<_> = names.par_iter().map(|(path, _)| system.names(path)).collect();
        let mut changed = Vec::new();
        for ((path, file), contents) in files.into_iter().zip(new_files) {
            if file.contents(self) != contents {
                file.set_contents(self).to(contents);
                changed.push(path);
            }
        }
        for ((path, directory), contents) in directories.into_iter().zip(new_directories) {
            if directory.contents(self) != contents {
                directory.set_contents(self).to(contents);
                changed.push(path);
            }
        }
        for ((path, listing), names) in names.into_iter().zip(new_names) {
            if *listing.names(self) != names {
                listing.set_names(self).to(names);
                changed.push(path);
            }
        }
        if let Some(attempt) = self.attempt {
            let number = attempt.number(self) + 1;
            attempt.set_number(self).to(number);
        }
        changed.sort();
        changed
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

fn inputs<T: Copy>(registry: &Registry<T>) -> Vec<(Utf8PathBuf, T)> {
    let mut inputs: Vec<_> =
        lock(registry).iter().map(|(path, input)| (Utf8PathBuf::from(path.as_str()), *input)).collect();
    inputs.sort_by(|a, b| a.0.cmp(&b.0));
    inputs
}
