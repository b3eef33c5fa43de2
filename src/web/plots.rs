//! The host's load over a run: enough points for a plot, however long the run is.

use std::time::Duration;

use serde::Serialize;

use crate::model::HostLoad;

/// More points than these are thinned out.
const MANY: usize = 600;

/// Series of the same length.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Plots {
    /// Seconds since the run began.
    at: Vec<u64>,
    /// Of the last minute.
    load: Vec<f64>,
    /// Percent; `null` where there is no swap.
    swap: Vec<Option<f64>>,
    /// Bytes.
    free: Vec<u64>,
    /// Seconds from one point to the next, at least.
    every: u64,
}

impl Plots {
    pub(super) fn add(&mut self, elapsed: Duration, host: &HostLoad) {
        let second = elapsed.as_secs();
        if self.at.last().is_some_and(|last| second < last + self.every.max(1)) {
            return;
        }
        if self.at.len() >= MANY {
            self.thin();
        }
        self.at.push(second);
        self.load.push((host.load[0] * 100.0).round() / 100.0);
        self.swap.push(host.swap.map(|swap| (swap * 10.0).round() / 10.0));
        self.free.push(host.free);
    }

    /// Every second point goes.
    fn thin(&mut self) {
        self.every = self.every.max(1) * 2;
        half(&mut self.at);
        half(&mut self.load);
        half(&mut self.swap);
        half(&mut self.free);
    }
}

fn half<T>(series: &mut Vec<T>) {
    let mut keep = false;
    series.retain(|_| {
        keep = !keep;
        keep
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_has_no_more_points_than_a_short_one() {
        let mut plots = Plots::default();
        for second in 0..100_000 {
            plots.add(Duration::from_secs(second), &HostLoad { load: [second as f64; 3], swap: None, free: second });
        }
        assert!((MANY / 2..=MANY).contains(&plots.at.len()), "{}", plots.at.len());
        assert_eq!((plots.at[0], plots.every), (0, 256));
        assert!(plots.at.last().is_some_and(|last| *last > 99_000));
        assert!(plots.at.iter().zip(&plots.free).all(|(at, free)| at == free), "the series belong together");
    }

    #[test]
    fn looks_within_a_second_are_one() {
        let mut plots = Plots::default();
        [100, 500, 999, 1000].iter().for_each(|ms| plots.add(Duration::from_millis(*ms), &HostLoad::default()));
        assert_eq!(plots.at, [0, 1]);
    }
}
