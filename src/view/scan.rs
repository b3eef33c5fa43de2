//! How far the reading of the tree is, how fast it goes, and when it will be done.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// So many ports of so many are evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanView {
    pub done: usize,
    pub total: usize,
    /// When its first result came, and how many were done then: some are known at once and say nothing of the pace.
    first: Option<(Duration, usize)>,
}

impl ScanView {
    pub fn hear(&mut self, done: usize, total: usize, at: Duration) {
        if self.is_over() || done <= 1 {
            // Another one began.
            self.first = None;
        } else if done < self.done {
            // Threads do not come in the order in which they counted.
            return;
        }
        self.first = self.first.or(Some((at, done)));
        (self.done, self.total) = (done, total);
    }

    /// Also before one has begun.
    pub fn is_over(&self) -> bool {
        self.done >= self.total
    }

    /// When its first result came.
    pub fn began(&self) -> Option<Duration> {
        self.first.map(|(at, _)| at)
    }

    /// Ports a second; 0 as long as nobody can say.
    pub fn rate(&self, now: Duration) -> f64 {
        let Some((began, before)) = self.first else { return 0.0 };
        let rate = self.done.saturating_sub(before) as f64 / now.saturating_sub(began).as_secs_f64();
        if rate.is_finite() { rate } else { 0.0 }
    }

    /// Until its end, at this pace.
    pub fn left(&self, now: Duration) -> Option<Duration> {
        Duration::try_from_secs_f64(self.total.saturating_sub(self.done) as f64 / self.rate(now)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_at_once_says_nothing_of_the_pace() {
        let secs = Duration::from_secs;
        let mut scan = ScanView::default();
        assert!(scan.is_over() && scan.left(secs(1)).is_none());
        scan.hear(500, 1000, secs(10));
        assert_eq!((scan.rate(secs(10)), scan.left(secs(10))), (0.0, None));
        scan.hear(600, 1000, secs(20));
        assert_eq!((scan.rate(secs(20)), scan.left(secs(20))), (10.0, Some(secs(40))));
        scan.hear(599, 1000, secs(21));
        assert_eq!((scan.done, scan.rate(secs(20))), (600, 10.0), "one that was late");
        scan.hear(1000, 1000, secs(60));
        assert!(scan.is_over());
        scan.hear(1, 50, secs(70));
        assert_eq!((scan.began(), scan.left(secs(70))), (Some(secs(70)), None));
    }
}
