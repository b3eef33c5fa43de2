//! Everything a front end may hear.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fault, OriginSpec, Phase, SlotId};

/// Something happened in a run. Fronts draw from these alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Scan of the tree: so many ports of so many are evaluated.
    Scanned {
        done: usize,
        total: usize,
    },
    /// A line for the main log and the screen.
    Note {
        text: String,
    },
    /// The tree or `make` complained about one port (stderr of `make`, malformed words).
    Complaint {
        spec: OriginSpec,
        text: String,
    },
    RunStarted {
        run: Uuid,
        queued: usize,
        workers: usize,
        /// How many may be at work at first.
        limit: usize,
    },
    /// Another plan took the place of the one that was carried out; builds go on. So many jobs in all, with those that
    /// have ended.
    Replanned {
        queued: usize,
    },
    /// Its package is up to date already.
    Fresh {
        spec: OriginSpec,
    },
    /// Why a job has to be built; comes before its start.
    Dirty {
        spec: OriginSpec,
        reasons: Vec<String>,
    },
    JobStarted {
        slot: SlotId,
        spec: OriginSpec,
        depends: usize,
        dependents: usize,
        depth: usize,
        /// Bytes that it is thought to take, for its dependencies' packages.
        memory: u64,
    },
    PhaseStarted {
        slot: SlotId,
        spec: OriginSpec,
        phase: Phase,
    },
    PhaseEnded {
        slot: SlotId,
        spec: OriginSpec,
        phase: Phase,
        took: Duration,
    },
    /// So many lines of output since the job started.
    Output {
        slot: SlotId,
        lines: u64,
    },
    /// Bytes of memory that the processes of a job have for themselves, every other second, where that is known.
    Memory {
        slot: SlotId,
        bytes: u64,
    },
    Built {
        slot: SlotId,
        spec: OriginSpec,
        pkgfile: String,
        took: Duration,
    },
    Failed {
        slot: SlotId,
        spec: OriginSpec,
        pkgfile: String,
        fault: Fault,
        skips: usize,
        took: Duration,
        log: Utf8PathBuf,
    },
    Interrupted {
        slot: SlotId,
        spec: OriginSpec,
    },
    Ignored {
        spec: OriginSpec,
        pkgfile: String,
        reason: String,
        skips: usize,
    },
    Skipped {
        spec: OriginSpec,
        pkgfile: String,
        chain: String,
    },
    /// Not in the tree, not evaluable, or part of a cycle.
    Broken {
        spec: OriginSpec,
        reason: String,
    },
    RunEnded {
        summary: Summary,
    },
    /// Another number of builds may run at once; by load, swap (percent) and memory (bytes) it would be each of the limits.
    Adjusted {
        load: f64,
        swap: f64,
        memory: u64,
        limits: [usize; 3],
        from: usize,
        to: usize,
    },
    /// What the machine is doing, once a second.
    Host(HostLoad),
    /// A package that no port makes any more was removed.
    Obsolete {
        path: Utf8PathBuf,
    },
}

/// How busy the machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostLoad {
    /// Runnable processes, over the last minute, five and fifteen.
    pub load: [f64; 3],
    /// Percent of swap in use; `None` where there is no swap.
    pub swap: Option<f64>,
    /// Bytes of memory that could be had without swapping.
    pub free: u64,
}

/// The counters at the end of a run (spec 7.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub queued: usize,
    pub built: usize,
    pub ignored: usize,
    pub skipped: usize,
    pub failed: usize,
    /// Not found, broken or cyclic.
    pub missing: usize,
    pub meta: usize,
    /// Packages that were up to date; not part of `queued`.
    pub fresh: usize,
    pub interrupted: usize,
    pub took: Duration,
    /// The least that the same builds could have taken: the longest path, or all of them over all slots.
    pub bound: Duration,
}

/// Where events go: the fronts, the logs, the recorder of the run.
pub trait EventSink: Sync {
    fn send(&self, event: Event);
}

impl<F: Fn(Event) + Sync> EventSink for F {
    fn send(&self, event: Event) {
        self(event);
    }
}
