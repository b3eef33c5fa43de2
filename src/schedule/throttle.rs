//! How many builds may run at once: fewer where the machine has more to do than it can (spec 5.4, 5.5).

use std::time::{Duration, Instant};

/// How often the limit is looked at, and by how much it may rise then: one.
pub(super) const TICK: Duration = Duration::from_secs(5);

/// With half of the memory taken, another build is begun so often at most.
const GRANT: Duration = Duration::from_secs(30);

/// What a run's limit follows.
#[derive(Clone, Debug)]
pub struct Throttle {
    /// How many builds there may be at first.
    pub slow_start: usize,
    /// Percent: the limits are made so much larger or smaller.
    pub scale: u32,
    /// Bytes that the packages and work directories of running builds may take.
    pub memory: u64,
    pub ncpu: u32,
    /// Asks the machine.
    pub busy: fn() -> Busy,
}

impl Throttle {
    /// The limit that a run begins with.
    pub(super) fn first(&self, workers: usize) -> usize {
        self.slow_start.clamp(1, workers)
    }
}

/// What else the machine does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Busy {
    /// Runnable processes, over the last minute.
    pub load: f64,
    /// Percent of swap in use; 0 where there is none.
    pub swap: f64,
}

/// A new limit, and what it came from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Adjustment {
    pub(super) busy: Busy,
    /// Bytes that running builds are thought to take.
    pub(super) memory: u64,
    /// By load, swap and memory.
    pub(super) limits: [usize; 3],
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The limit of one run.
pub(super) struct Governor {
    throttle: Throttle,
    workers: usize,
    limit: usize,
    granted: Option<Instant>,
}

impl Governor {
    pub(super) fn new(throttle: Throttle, workers: usize) -> Governor {
        Governor { limit: throttle.first(workers), throttle, workers, granted: None }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Looks at the machine. Falls at once, and rises by one.
    pub(super) fn adjust(&mut self, running: usize, memory: u64, now: Instant) -> Option<Adjustment> {
        let busy = (self.throttle.busy)();
        let load = by_load(self.workers, busy.load, self.throttle.ncpu);
        let limits = [load, by_swap(self.workers, busy.swap), self.by_memory(running, memory, now)];
        let limits = limits.map(|limit| limit * self.throttle.scale as usize / 100);
        let least = limits.into_iter().min().unwrap_or(self.workers);
        let (from, to) = (self.limit, least.min(self.limit + 1).clamp(1, self.workers));
        self.limit = to;
        (from != to).then_some(Adjustment { busy, memory, limits, from, to })
    }

    fn by_memory(&mut self, running: usize, memory: u64, now: Instant) -> usize {
        if memory > self.throttle.memory {
            return running.saturating_sub(1);
        }
        if memory <= self.throttle.memory / 2 {
            return self.workers;
        }
        let grants = self.granted.is_none_or(|granted| now.duration_since(granted) >= GRANT);
        if grants {
            self.granted = Some(now);
        }
        running + usize::from(grants)
    }
}

/// All up to one and a half runnable processes for each processor, a quarter from five on.
fn by_load(workers: usize, load: f64, ncpu: u32) -> usize {
    reduced(workers, load / f64::from(ncpu.max(1)), 1.5, 5.0)
}

/// All up to a tenth of the swap, a quarter from four tenths on.
fn by_swap(workers: usize, percent: f64) -> usize {
    reduced(workers, percent, 10.0, 40.0)
}

fn reduced(workers: usize, value: f64, low: f64, high: f64) -> usize {
    if value > high {
        return workers * 25 / 100;
    }
    let over = (value - low).max(0.0);
    workers - (0.75 * workers as f64 * over / (high - low)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn governor(workers: usize, slow_start: usize, scale: u32, busy: fn() -> Busy) -> Governor {
        Governor::new(Throttle { slow_start, scale, memory: 8 * GIB, ncpu: 4, busy }, workers)
    }

    /// The limit after so many looks.
    fn after(mut governor: Governor, looks: usize, running: usize, memory: u64) -> usize {
        let now = Instant::now();
        for _ in 0..looks {
            governor.adjust(running, memory, now);
        }
        governor.limit()
    }

    #[test]
    fn swap_and_load_take_up_to_three_quarters_of_the_builders() {
        let swap = [9.0, 10.0, 25.0, 39.0, 40.0, 50.0].map(|percent| by_swap(8, percent));
        assert_eq!(swap, [8, 8, 5, 3, 2, 2]);
        let load = [1.4, 1.5, 3.25, 4.9, 5.0, 6.0].map(|load| by_load(8, load * 4.0, 4));
        assert_eq!(load, [8, 8, 5, 3, 2, 2]);
        assert_eq!((by_load(8, 4.0, 1), by_swap(8, 30.0), by_load(64, 1e9, 4), by_load(8, 0.0, 0)), (4, 4, 16, 8));
    }

    #[test]
    fn the_least_of_the_limits_counts() {
        let of = |busy| after(governor(8, 8, 100, busy), 1, 0, 0);
        assert_eq!(of(|| Busy { load: 16.0, swap: 5.0 }), 4);
        assert_eq!(of(|| Busy { load: 4.0, swap: 30.0 }), 4);
        assert_eq!(of(Busy::default), 8);
        let one = after(governor(1, 1, 100, || Busy { load: 1e9, swap: 100.0 }), 1, 1, u64::MAX);
        assert_eq!(one, 1, "one is always left");
    }

    #[test]
    fn memory_holds_back_and_takes_away() {
        let of = |running, memory| after(governor(8, 8, 100, Busy::default), 1, running, memory);
        assert_eq!([of(5, 4 * GIB), of(5, 4 * GIB + 1), of(5, 8 * GIB), of(5, 8 * GIB + 1)], [8, 6, 6, 4]);
        let mut governor = governor(8, 5, 100, Busy::default);
        let begin = Instant::now();
        let limits = [0, 5, 29, 30, 31].map(|second| {
            governor.adjust(governor.limit(), 5 * GIB, begin + Duration::from_secs(second));
            governor.limit()
        });
        assert_eq!(limits, [6, 6, 6, 7, 7], "one more every thirty seconds");
    }

    #[test]
    fn a_run_begins_slowly_and_rises_by_one_and_falls_at_once() {
        let idle = |looks| after(governor(4, 1, 100, Busy::default), looks, 0, 0);
        assert_eq!([idle(0), idle(1), idle(2), idle(3), idle(9)], [1, 2, 3, 4, 4]);
        let mut governor = governor(8, 8, 100, || Busy { load: 1e9, swap: 0.0 });
        let adjusted = governor.adjust(8, GIB, Instant::now()).unwrap();
        assert_eq!((adjusted.limits, adjusted.from, adjusted.to), ([2, 8, 8], 8, 2));
        assert_eq!(governor.adjust(2, GIB, Instant::now()), None, "what stays is not told again");
    }

    #[test]
    fn the_scale_is_a_plain_factor() {
        let of = |scale| after(governor(8, 8, scale, || Busy { load: 13.0, swap: 0.0 }), 1, 0, 0);
        assert_eq!([of(50), of(100), of(120), of(9900), of(1)], [2, 5, 6, 8, 1]);
    }
}
