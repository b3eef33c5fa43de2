//! Which directory each slot of a run is built in.
//!
//! One that cannot be used any more (its jail cannot be made, or not be taken away) is left alone, for `cleanup` and for
//! people, and the slot gets a new one. When there are no more of these, the slot is lost; the run goes on with the others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::SlotId;

#[derive(Debug)]
pub struct Slots(Mutex<State>);

#[derive(Debug)]
struct State {
    /// By slot, the number of its directory; `None` is lost.
    places: Vec<Option<u32>>,
    next: u32,
    spares: usize,
}

impl Slots {
    /// As many spare directories as there are slots.
    pub fn new(count: usize) -> Slots {
        let places: Vec<Option<u32>> = (0..).map(Some).take(count).collect();
        Slots(Mutex::new(State { next: count as u32, spares: count, places }))
    }

    /// `NN` of `<BB>/SLNN`.
    pub fn place(&self, slot: SlotId) -> Option<u32> {
        self.state().places.get(slot.0 as usize).copied().flatten()
    }

    /// Sets a slot's directory aside and says which one it has now.
    pub fn replace(&self, slot: SlotId) -> Option<u32> {
        let mut state = self.state();
        let new = (state.spares > 0).then_some(state.next);
        if new.is_some() {
            state.spares -= 1;
            state.next += 1;
        }
        state.set(slot, new)
    }

    /// Leaves a slot's directory to others, for a new one.
    pub fn leave(&self, slot: SlotId) {
        let mut state = self.state();
        let new = state.next;
        state.next += 1;
        state.set(slot, Some(new));
    }

    /// Takes a slot out of service.
    pub fn lose(&self, slot: SlotId) {
        self.state().set(slot, None);
    }

    pub fn all_lost(&self) -> bool {
        self.state().places.iter().all(Option::is_none)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn set(&mut self, slot: SlotId, place: Option<u32>) -> Option<u32> {
        if let Some(entry) = self.places.get_mut(slot.0 as usize) {
            *entry = place;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_directory_is_replaced_until_there_are_no_more() {
        let slots = Slots::new(2);
        assert_eq!([slots.place(SlotId(0)), slots.place(SlotId(1))], [Some(0), Some(1)]);
        assert_eq!(
            [slots.replace(SlotId(0)), slots.replace(SlotId(0)), slots.replace(SlotId(0))],
            [Some(2), Some(3), None]
        );
        assert!(slots.place(SlotId(0)).is_none() && !slots.all_lost());
        slots.leave(SlotId(1));
        assert_eq!(slots.place(SlotId(1)), Some(4), "what is left on purpose costs no spare");
        slots.lose(SlotId(1));
        assert!(slots.all_lost());
    }
}
