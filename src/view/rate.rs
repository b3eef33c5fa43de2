//! Packages an hour, and impulse: the same of the last ten minutes (spec 8.1).
//!
//! What was built and what failed counts; what was skipped cost nothing and says nothing of the pace.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// So long the numbers would only be noise.
const QUIET: u64 = 20;
/// Seconds that impulse looks back.
const WINDOW: u64 = 600;
const HOUR: u64 = 3600;

/// When ports were done, in seconds since the start of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    ends: Vec<u64>,
}

impl Rate {
    /// One more, not before the one before it: two threads may look at the clock and come here in either order.
    pub fn count(&mut self, elapsed: Duration) {
        let last = self.ends.last().copied().unwrap_or_default();
        self.ends.push(elapsed.as_secs().max(last));
    }

    pub fn per_hour(&self, elapsed: Duration) -> u64 {
        match elapsed.as_secs() {
            0..=QUIET => 0,
            seconds => self.until(seconds) * HOUR / seconds,
        }
    }

    pub fn impulse(&self, elapsed: Duration) -> u64 {
        let now = elapsed.as_secs();
        if now < QUIET {
            return 0;
        }
        let window = now.min(WINDOW);
        // Less than what the first second of the window saw already, as dsynth counts.
        (self.until(now) - self.until(now - window)) * HOUR / window
    }

    /// How many were done by then.
    fn until(&self, second: u64) -> u64 {
        self.ends.partition_point(|end| *end <= second) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(ends: impl IntoIterator<Item = u64>) -> Rate {
        let mut rate = Rate::default();
        ends.into_iter().for_each(|second| rate.count(Duration::from_secs(second)));
        rate
    }

    #[test]
    fn so_many_in_a_minute_are_sixty_times_as_many_in_an_hour() {
        for (done, hourly) in [(10, 600), (60, 3600), (30, 1800), (11, 660), (0, 0)] {
            let rate = rate((0..done).map(|n| 1 + n * 59 / done.max(1)));
            let minute = Duration::from_secs(60);
            assert_eq!((rate.per_hour(minute), rate.impulse(minute)), (hourly, hourly), "{done}");
        }
    }

    #[test]
    fn the_first_twenty_seconds_say_nothing() {
        let rate = rate([1, 2, 3]);
        let at = |second| (rate.per_hour(Duration::from_secs(second)), rate.impulse(Duration::from_secs(second)));
        assert_eq!([at(0), at(19), at(20), at(21)], [(0, 0), (0, 0), (0, 540), (514, 514)]);
    }

    #[test]
    fn impulse_forgets_after_ten_minutes_and_the_rate_never() {
        let rate = rate([100; 50]);
        let at = |second| (rate.per_hour(Duration::from_secs(second)), rate.impulse(Duration::from_secs(second)));
        assert_eq!([at(600), at(699), at(700)], [(300, 300), (257, 300), (257, 0)]);
    }

    #[test]
    fn a_pause_lowers_both() {
        let rate = rate((1..=60).chain(361..=420));
        let at = |second| (rate.per_hour(Duration::from_secs(second)), rate.impulse(Duration::from_secs(second)));
        assert_eq!([at(60), at(360), at(420), at(900)], [(3600, 3600), (600, 600), (1028, 1028), (480, 360)]);
    }
}
