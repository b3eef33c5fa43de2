//! Takes away what earlier runs left, and says what that was.

use crate::jail::{Leftovers, clean_copies, clean_leftovers};
use crate::model::{Event, EventSink};

use super::{Session, SessionError};

impl Session {
    /// Slots with their mounts, and packages that were never whole.
    pub fn clean(&self, events: &dyn EventSink) -> Result<(), SessionError> {
        tell(clean_leftovers(&self.profile.buildbase)?, events);
        for name in self.packages.repository.remove_garbage()? {
            note(events, format!("removed {}, which is not whole", self.packages.repository.path(&name)));
        }
        Ok(())
    }

    /// The same, and what the C dsynth leaves behind on purpose and would make anew.
    pub fn clean_all(&self, events: &dyn EventSink) -> Result<(), SessionError> {
        self.clean(events)?;
        tell(clean_copies(&self.profile.buildbase)?, events);
        Ok(())
    }
}

fn tell(leftovers: Leftovers, events: &dyn EventSink) {
    let Leftovers { unmounted, detached, removed, stuck } = leftovers;
    unmounted.iter().for_each(|mount| note(events, format!("unmounted {mount}, left by an earlier run")));
    for mount in detached {
        note(events, format!("detached {mount}, left by an earlier run: some process still uses it"));
    }
    removed.iter().for_each(|path| note(events, format!("removed {path}, left by an earlier run")));
    stuck.iter().for_each(|(path, error)| note(events, format!("cannot take {path} away: {error}")));
}

fn note(events: &dyn EventSink, text: String) {
    events.send(Event::Note { text });
}
