//! The world moved: what is different becomes new inputs, all at once.

use std::sync::{Arc, PoisonError};

use camino::Utf8PathBuf;
use rayon::prelude::*;
use salsa::Setter;

use super::db::{Database, Db};
use super::inputs::{File, Recorded};
use crate::model::OriginSpec;
use crate::system::Stamp;

impl Database {
    /// Looks at every path that a query asked for and takes over what changed; returns those paths, sorted.
    ///
    /// Setters never compare, and an equal value set anew makes its readers run: so only differences are set.
    pub fn refresh(&mut self) -> Vec<Utf8PathBuf> {
        let files: Vec<(Utf8PathBuf, File)> = {
            let registry = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            let mut files: Vec<_> = registry.iter().map(|(path, file)| (path.clone(), *file)).collect();
            files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            files
        };
        let system = self.system();
        let stamps: Vec<Option<Stamp>> = files.par_iter().map(|(path, _)| system.stamp(path)).collect();
        let mut changed = Vec::new();
        for ((path, file), stamp) in files.into_iter().zip(stamps) {
            if file.stamp(self) != stamp {
                file.set_stamp(self).to(stamp);
                changed.push(path);
            }
        }
        changed
    }

    /// Takes over what is recorded of a package, if it is different.
    pub fn set_recorded(&mut self, spec: &OriginSpec, recorded: Recorded) {
        let input = self.outcome(spec);
        if input.recorded(self).as_deref().unwrap_or(&Recorded::default()) != &recorded {
            input.set_recorded(self).to(Some(Arc::new(recorded)));
        }
    }
}
