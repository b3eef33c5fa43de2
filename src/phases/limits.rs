//! What one port may do and use while it is built.

use std::time::Duration;

use crate::model::Phase;

#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The network is there in all phases, and not only to fetch.
    pub network: bool,
    /// A phase may print nothing for so long; each for its own time where nothing is said.
    pub silence: Option<Duration>,
    /// For all phases together.
    pub time: Duration,
    /// Of its log, in bytes.
    pub log_size: u64,
    /// How busy the machine is: runnable processes for each processor (the load of the last 15 minutes).
    pub load: f64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { network: false, silence: None, time: Duration::MAX, log_size: u64::MAX, load: 0.0 }
    }
}

impl Limits {
    /// How long a phase may be silent. On a machine with more to do than it can, up to four times as long (spec 6.8,
    /// as it was meant).
    pub(super) fn silence(&self, phase: Phase) -> Duration {
        self.silence.unwrap_or_else(|| phase.watchdog().mul_f64(self.load.clamp(1.0, 4.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_machine_gives_more_time_but_not_without_end() {
        let minutes = |load| Limits { load, ..Limits::default() }.silence(Phase::Build).as_secs() / 60;
        assert_eq!([0.0, 1.0, 2.5, 4.0, 900.0].map(minutes), [180, 180, 450, 720, 720]);
        let own = Limits { silence: Some(Duration::from_secs(60)), load: 3.0, ..Limits::default() };
        assert_eq!(own.silence(Phase::Build), Duration::from_secs(60));
    }
}
