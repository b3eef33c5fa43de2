//! Being asked to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Shared by all who must notice that the run is to end: 0 while it goes on, else its reason.
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
    /// What runs may end, and nothing more is begun: exit status 130.
    Finish = 4,
}

impl Stop {
    /// The first reason stays, but for one that left time.
    pub fn request(&self, reason: StopReason) {
        let next = |now| (now == 0 || now == StopReason::Finish as u8).then_some(reason as u8);
        let _ = self.0.try_update(Ordering::SeqCst, Ordering::SeqCst, next);
    }

    pub fn reason(&self) -> Option<StopReason> {
        match self.0.load(Ordering::SeqCst) {
            0 => None,
            1 => Some(StopReason::Interrupt),
            2 => Some(StopReason::Terminate),
            3 => Some(StopReason::Trouble),
            _ => Some(StopReason::Finish),
        }
    }

    /// Whether what runs is to end now.
    pub fn requested(&self) -> bool {
        self.reason().is_some_and(|reason| reason != StopReason::Finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_stays_unless_it_left_time() {
        let stop = Stop::default();
        stop.request(StopReason::Finish);
        assert_eq!((stop.reason(), stop.requested()), (Some(StopReason::Finish), false));
        stop.request(StopReason::Terminate);
        stop.request(StopReason::Interrupt);
        stop.request(StopReason::Finish);
        assert_eq!((stop.reason(), stop.requested()), (Some(StopReason::Terminate), true));
    }
}
