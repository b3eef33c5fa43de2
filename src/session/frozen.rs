//! Jails that stay after their builds, for a look; they go with the session.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::jail::Jail;
use crate::model::OriginSpec;

#[derive(Default)]
pub struct Frozen(Mutex<Vec<Kept>>);

struct Kept {
    spec: OriginSpec,
    how: String,
    jail: Box<dyn Jail>,
}

impl Frozen {
    pub fn keep(&self, spec: OriginSpec, how: String, jail: Box<dyn Jail>) {
        self.kept().push(Kept { spec, how, jail });
    }

    /// Whose they are, and how to get into each.
    pub fn list(&self) -> Vec<(OriginSpec, String)> {
        self.kept().iter().map(|kept| (kept.spec.clone(), kept.how.clone())).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // What is left of a jail that does not go is for the next run to take away, as after a crash.
        self.kept().iter_mut().for_each(|kept| drop(kept.jail.cleanup()));
    }
}

impl fmt::Debug for Frozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Frozen").field(&self.list()).finish()
    }
}
