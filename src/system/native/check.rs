//! Which answers are compared with `make`'s, and the ports whose answers differed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::Utf8PathBuf;

use super::Compared;
use crate::system::MakeQuery;

/// So many are compared at first, then one in a hundred.
const FIRST: usize = 20;
const ONE_IN: u64 = 100;

/// Draws the sample.
pub struct Check {
    pub(super) all: bool,
    seed: u64,
    asked: AtomicUsize,
    compared: AtomicUsize,
    /// Where ports that differ are remembered, a line each.
    remembered: Utf8PathBuf,
    foreign: Mutex<Foreign>,
}

#[derive(Default)]
struct Foreign {
    /// Known from before or found now.
    ports: BTreeSet<String>,
    /// Found now, and how.
    found: BTreeMap<String, String>,
}

impl Check {
    /// `all`: no sample but everything. `remembered`: a file with the ports whose answers once differed; `seed` decides
    /// which answers are compared.
    pub fn new(all: bool, remembered: Utf8PathBuf, seed: u64) -> Check {
        let text = fs::read_to_string(&remembered).unwrap_or_default();
        let ports = text.lines().map(str::to_owned).collect();
        let foreign = Mutex::new(Foreign { ports, found: BTreeMap::new() });
        Check { all, seed, asked: AtomicUsize::new(0), compared: AtomicUsize::new(0), remembered, foreign }
    }

    fn foreign(&self) -> MutexGuard<'_, Foreign> {
        self.foreign.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `make` answers for this port. When all are compared it gets another chance.
    pub(super) fn is_foreign(&self, query: &MakeQuery) -> bool {
        !self.all && self.foreign().ports.contains(&name(query))
    }

    /// Whether this answer is to be compared.
    pub(super) fn wants(&self, query: &MakeQuery) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        self.all || asked < FIRST || self.is_drawn(&name(query))
    }

    /// The seed decides, whatever the order in which ports are asked.
    fn is_drawn(&self, name: &str) -> bool {
        let text = format!("{}{name}", self.seed);
        let digest = blake3::hash(text.as_bytes());
        let number = u64::from_le_bytes(digest.as_bytes()[..8].try_into().unwrap_or_default());
        number.is_multiple_of(ONE_IN)
    }

    /// Both were asked; how the answers differ, if they do.
    pub(super) fn compared(&self, query: &MakeQuery, differs: Option<String>) {
        self.compared.fetch_add(1, Ordering::Relaxed);
        let name = name(query);
        let mut foreign = self.foreign();
        let changed = match differs {
            Some(how) => {
                foreign.found.insert(name.clone(), how);
                foreign.ports.insert(name)
            }
            None => foreign.ports.remove(&name),
        };
        if changed {
            let text: String = foreign.ports.iter().map(|port| format!("{port}\n")).collect();
            if let Err(error) = fs::write(&self.remembered, text) {
                tracing::warn!(%error, path = %self.remembered, "cannot remember ports that `make` must read");
            }
        }
    }

    pub(super) fn report(&self) -> Compared {
        let foreign = self.foreign();
        let lines = foreign.found.iter().map(|(name, how)| format!("{name}: read by make from now on: {how}"));
        Compared {
            answers: self.compared.load(Ordering::Relaxed),
            is_sample: self.asked.load(Ordering::Relaxed) as u64 > FIRST as u64 * ONE_IN,
            seed: self.seed,
            different: lines.collect(),
        }
    }
}

/// Directory and assignments: a port and its flavor.
fn name(query: &MakeQuery) -> String {
    let flavor = query.assignments.iter().find_map(|text| text.strip_prefix("FLAVOR="));
    match flavor {
        Some(flavor) => format!("{}@{flavor}", query.directory),
        None => query.directory.to_string(),
    }
}
