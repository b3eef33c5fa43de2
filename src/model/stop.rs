//! Being asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Shared by all who must notice that the run is to end: 0 while it goes on.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicU8>);

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// SIGINT: exit status 130.
    Interrupt = 1,
    /// SIGTERM or SIGHUP: exit status 143.
    Terminate = 2,
    /// dsynth itself cannot go on; it says why and exits with 1.
    Trouble = 3,
}

impl Stop {
    /// The first reason stays.
    pub fn request(&self, reason: StopReason) {
        let _ = self.0.compare_exchange(0, reason as u8, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub fn reason(&self) -> Option<StopReason> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            1 => Some(StopReason::Interrupt),
            2 => Some(StopReason::Terminate),
            _ => Some(StopReason::Trouble),
        }
    }

    pub fn requested(&self) -> bool {
        self.reason().is_some()
    }
}
