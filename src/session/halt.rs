//! What ends a run early though no port is to blame.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::sync::OnceLock;

use super::SessionError;
use crate::model::{Stop, StopReason};

/// The first trouble of dsynth's own that makes going on pointless; running builds are stopped, and not recorded as failed.
#[derive(Debug)]
pub struct Halt {
    why: OnceLock<String>,
    stop: Stop,
}

impl Halt {
    pub fn new(stop: &Stop) -> Halt {
        Halt { why: OnceLock::new(), stop: stop.clone() }
    }

    pub fn halt(&self, why: String) {
        let _ = self.why.set(why);
        self.stop.request(StopReason::Trouble);
    }

    /// An error if the run was ended.
    pub fn result(&self) -> Result<(), SessionError> {
        self.why.get().map_or(Ok(()), |why| Err(SessionError::Halted(why.clone())))
    }
}

/// Whether an error comes from a file system that takes nothing more: all that follows would fail in the same way.
pub fn is_full(error: &(dyn Error + 'static)) -> bool {
    let full = |kind| matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem);
    let this = error.downcast_ref::<io::Error>().is_some_and(|error| full(error.kind()));
    this || error.source().is_some_and(is_full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reason_counts_and_the_run_stops() {
        let stop = Stop::default();
        let halt = Halt::new(&stop);
        assert!(!stop.requested());
        halt.halt("disk full".into());
        halt.halt("no slots".into());
        assert_eq!(stop.reason(), Some(StopReason::Trouble));
        assert_eq!(halt.result().unwrap_err().to_string(), "the run was stopped: disk full");
    }

    #[test]
    fn a_full_file_system_is_seen_through_what_wraps_it() {
        let wrapped = |kind: ErrorKind| crate::phases::PhaseError::Log(kind.into());
        assert!(is_full(&wrapped(ErrorKind::StorageFull)) && is_full(&wrapped(ErrorKind::QuotaExceeded)));
        assert!(!is_full(&wrapped(ErrorKind::PermissionDenied)));
    }
}
