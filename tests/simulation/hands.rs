//! Slots under a clock of their own: a build happens at the moment it ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use dsynth::model::{JobId, SlotId};
use dsynth::schedule::{Done, Hands, Runner};

use crate::dice::Dice;

pub struct SimHands<'a> {
    runner: &'a dyn Runner,
    dice: Arc<Dice>,
    free: BTreeSet<SlotId>,
    /// End, job, slot.
    running: BTreeSet<(u64, JobId, SlotId)>,
    now: u64,
    /// In the order of their starts.
    pub started: Vec<JobId>,
}

impl<'a> SimHands<'a> {
    pub fn new(runner: &'a dyn Runner, count: u32, dice: &Arc<Dice>) -> SimHands<'a> {
        let free = (0..count).map(SlotId).collect();
        SimHands { runner, dice: Arc::clone(dice), free, running: BTreeSet::new(), now: 0, started: Vec::new() }
    }
}

impl Hands for SimHands<'_> {
    fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    fn take_slot(&mut self) -> Option<SlotId> {
        self.free.pop_first()
    }

    fn start(&mut self, job: JobId, slot: SlotId) {
        assert!(self.running.iter().all(|(_, _, used)| *used != slot), "two builds in slot {}", slot.0);
        self.started.push(job);
        self.running.insert((self.now + 1 + self.dice.below(100), job, slot));
    }

    fn finished(&mut self) -> Option<Done> {
        None
    }

    fn wait(&mut self) -> Option<Done> {
        let (end, job, slot) = self.running.pop_first()?;
        self.now = end;
        let outcome = self.runner.build(job, slot);
        if self.runner.keeps(slot) {
            self.free.insert(slot);
        }
        Some(Done { job, slot, outcome })
    }
}
