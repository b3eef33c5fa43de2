//! One fetcher for each distfile.
//!
//! Two ports, or two flavors of one, may have a distfile in common, and not every tree guards against fetching it
//! twice at once (spec 0.4). Whoever fetches holds all its distfiles until their sums are checked.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::model::Stop;

/// Names that somebody is fetching.
#[derive(Debug, Default)]
pub struct Distfiles {
    busy: Mutex<BTreeSet<String>>,
    freed: Condvar,
}

/// Gives its names back when dropped.
#[derive(Debug)]
pub struct Fetching<'a> {
    distfiles: &'a Distfiles,
    names: &'a [String],
}

impl Distfiles {
    /// Waits until nobody fetches any of `names`; all at once, so that no two wait for each other.
    pub fn claim<'a>(&'a self, names: &'a [String], stop: &Stop) -> Fetching<'a> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        while names.iter().any(|name| busy.contains(name)) && !stop.requested() {
            // A stop rings no bell here.
            let waited = self.freed.wait_timeout(busy, Duration::from_millis(200));
            busy = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        busy.extend(names.iter().cloned());
        Fetching { distfiles: self, names }
    }
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        let mut busy = self.distfiles.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.retain(|name| !self.names.contains(name));
        self.distfiles.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn who_shares_a_distfile_takes_turns() {
        let (distfiles, stop) = (Distfiles::default(), Stop::default());
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let lists: Vec<Vec<String>> = (0..4).map(|n| vec![format!("own-{n}"), "shared".into()]).collect();
        thread::scope(|scope| {
            for names in &lists {
                scope.spawn(|| {
                    let _fetching = distfiles.claim(names, &stop);
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                    inside.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
        assert!(distfiles.busy.lock().unwrap().is_empty());
    }

    #[test]
    fn a_stop_ends_the_waiting() {
        let (distfiles, stop) = (Distfiles::default(), Stop::default());
        let names = vec!["x".to_owned()];
        let _first = distfiles.claim(&names, &stop);
        stop.request(crate::model::StopReason::Interrupt);
        let _second = distfiles.claim(&names, &stop);
    }
}
