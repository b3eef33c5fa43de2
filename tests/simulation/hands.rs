//! Slots under a clock of their own: a build happens at the moment it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossbeam_channel::Receiver;
use dsynth::model::{JobId, SlotId};
use dsynth::schedule::{Done, Hands, Runner, Woken};

use crate::dice::Dice;

pub struct SimHands<'a> {
    dice: Arc<Dice>,
    free: BTreeSet<SlotId>,
    /// By end, job, slot: who builds it.
    running: BTreeMap<(u64, JobId, SlotId), Arc<dyn Runner + 'a>>,
    now: u64,
    /// In the order of their starts.
    pub started: Vec<JobId>,
}

impl<'a> SimHands<'a> {
    pub fn new(count: u32, dice: &Arc<Dice>) -> SimHands<'a> {
        let free = (0..count).map(SlotId).collect();
        SimHands { dice: Arc::clone(dice), free, running: BTreeMap::new(), now: 0, started: Vec::new() }
    }
}

impl<'a> Hands<'a, ()> for SimHands<'a> {
    fn has_free(&self) -> bool {
        !self.free.is_empty()
    }

    fn take_slot(&mut self) -> Option<SlotId> {
        self.free.pop_first()
    }

    fn start(&mut self, runner: Arc<dyn Runner + 'a>, job: JobId, slot: SlotId) {
        assert!(self.running.keys().all(|(_, _, used)| *used != slot), "two builds in slot {}", slot.0);
        self.started.push(job);
        self.running.insert((self.now + 1 + self.dice.below(100), job, slot), runner);
    }

    fn finished(&mut self) -> Option<Done> {
        None
    }

    fn wait(&mut self, _: &Receiver<()>) -> Woken<()> {
        let Some(((end, job, slot), runner)) = self.running.pop_first() else { return Woken::Idle };
        self.now = end;
        let outcome = runner.build(job, slot);
        let kept = runner.keeps(slot);
        if kept {
            self.free.insert(slot);
        }
        Woken::Done(Done { slot, outcome, kept })
    }
}
