//! The report of a run, beside the front that shows it.

use crate::model::{Event, EventSink};
use crate::web::Report;

use super::terminal::Main;

/// A front, and whoever writes what it shows.
pub(super) struct Reported {
    report: Option<Report>,
    front: Main,
}

impl Reported {
    pub(super) fn new(front: Main) -> Reported {
        Reported { report: Some(Report::new(front.picture())), front }
    }

    /// For what leaves no report.
    pub(super) fn silent(front: Main) -> Reported {
        Reported { report: None, front }
    }
}

impl EventSink for Reported {
    fn send(&self, event: Event) {
        let trouble = self.report.as_ref().and_then(Report::trouble);
        trouble.into_iter().for_each(|text| self.front.send(Event::Note { text }));
        self.front.send(event);
    }
}
