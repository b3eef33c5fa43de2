//! Chance, from a seed.

use std::sync::atomic::{AtomicU64, Ordering};

/// xorshift; never 0. One thread throws it, though it could be several.
pub struct Dice(AtomicU64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        // Small seeds are alike: spread them.
        let dice = Dice(AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
        (0..8).for_each(|_| {
            dice.below(2);
        });
        dice
    }

    pub fn below(&self, limit: u64) -> u64 {
        let mut x = self.0.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.store(x, Ordering::Relaxed);
        x % limit
    }

    /// True so many times of a thousand.
    pub fn thousandths(&self, count: u64) -> bool {
        self.below(1000) < count
    }
}
