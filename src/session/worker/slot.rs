//! A worker's slot: the jail in it, and what becomes of it when that cannot be made or taken away.

use crate::jail::{Jail, JailError};
use crate::model::{Job, SlotId, with_causes};
use crate::phases::Limits;
use crate::system::platform::load;

use super::Worker;

impl Worker<'_> {
    /// A jail that is set up. A slot whose directory gives none gets another; if that gives none either, it is lost.
    pub(super) fn jail(&self, slot: SlotId, files: Vec<(String, String)>) -> Result<Box<dyn Jail>, JailError> {
        let number = self.slots.place(slot).unwrap_or(slot.0);
        let mut jail = self.jails.jail(number, files.clone());
        let Err(error) = jail.setup() else { return Ok(jail) };
        let Some(number) = self.set_aside(slot, &error) else { return Err(error) };
        let mut jail = self.jails.jail(number, files);
        match jail.setup() {
            Ok(()) => Ok(jail),
            Err(error) => {
                self.slots.lose(slot);
                self.mourn(slot, &error);
                Err(error)
            }
        }
    }

    /// Leaves a jail for a look, and gives the slot another directory; a jail that nobody could get into comes back.
    pub(super) fn freeze(&self, slot: SlotId, job: &Job, jail: Box<dyn Jail>) -> Option<Box<dyn Jail>> {
        let Some(how) = jail.way_in() else { return Some(jail) };
        self.note(format!("[{:03}] FROZEN(DEBUG) {}", slot.0, job.spec));
        self.frozen.keep(job.spec.clone(), how, jail);
        self.slots.leave(slot);
        None
    }

    pub(super) fn set_aside(&self, slot: SlotId, error: &JailError) -> Option<u32> {
        let old = self.slots.place(slot).unwrap_or(slot.0);
        let new = self.slots.replace(slot);
        match new {
            Some(new) => {
                let why = with_causes(error);
                self.note(format!("[{:03}] SL{old:02} is set aside, SL{new:02} takes its place: {why}", slot.0));
            }
            None => self.mourn(slot, error),
        }
        new
    }

    fn mourn(&self, slot: SlotId, error: &JailError) {
        let why = with_causes(error);
        self.note(format!("[{:03}] WORKER IS IN A FAILED STATE: {why}", slot.0));
        if self.slots.all_lost() {
            self.halt.halt(format!("no slot is left; the last was lost because of: {why}"));
        }
    }

    pub(super) fn limits_of(&self, job: &Job) -> Limits {
        Limits {
            network: self.limits.may_use_network(&job.spec),
            silence: *self.limits.silence.get(&job.spec),
            time: *self.limits.build_time.get(&job.spec),
            log_size: *self.limits.log_size.get(&job.spec),
            load: load(),
        }
    }
}
