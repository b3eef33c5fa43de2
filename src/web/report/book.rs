//! What the report is made of, by events and a clock that is passed in.

use std::fs;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::history::History;
use super::pages::Pages;
use super::summary::{Frame, summary};
use crate::model::Event;
use crate::view::RunView;
use crate::web::place::place;

/// How old the summary may become.
const CADENCE: Duration = Duration::from_secs(10);

pub(super) struct Book {
    dir: Utf8PathBuf,
    /// When the clock was at zero.
    zero: Timestamp,
    view: RunView,
    run: Option<Run>,
}

/// What belongs to one run.
struct Run {
    id: Uuid,
    history: History,
    pages: Pages,
    /// How many ends the history has.
    told: usize,
    /// Which slots had a job so far.
    used: Vec<bool>,
    /// When the summary was written last.
    written: Option<Duration>,
    /// Whether that was after its end.
    is_closed: bool,
}

impl Book {
    pub(super) fn new(view: RunView, zero: Timestamp) -> Book {
        Book { dir: view.about.logs.join("Report"), zero, view, run: None }
    }

    pub(super) fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    pub(super) fn hear(&mut self, event: &Event, at: Duration) -> io::Result<()> {
        self.view.hear(event, at);
        self.note(at)
    }

    /// Goes on from a later picture of the same process.
    pub(super) fn jump(&mut self, view: RunView) {
        self.view = view;
    }

    /// What was not written yet, if it is time to.
    pub(super) fn write(&mut self, now: Duration) -> io::Result<()> {
        self.note(now)?;
        let Some(run) = &mut self.run else { return Ok(()) };
        run.pages.look(&self.view, now);
        let is_due = run.written.is_none_or(|written| now.saturating_sub(written) >= CADENCE);
        if is_due && !run.is_closed {
            return self.write_all(now);
        }
        run.history.write()?;
        if run.pages.is_due(now) && !run.is_closed {
            run.pages.write(&self.view, now, clock(self.zero, now))?;
        }
        Ok(())
    }

    /// Takes over what the view has that is new.
    fn note(&mut self, now: Duration) -> io::Result<()> {
        let Some(id) = self.view.run else { return Ok(()) };
        if self.run.as_ref().is_none_or(|run| run.id != id) {
            self.start(id, now)?;
        }
        let Some(run) = &mut self.run else { return Ok(()) };
        run.used.resize(self.view.slots.len(), false);
        run.used.iter_mut().zip(&self.view.slots).for_each(|(used, slot)| *used |= slot.is_some());
        while let Some(finished) = self.view.finished.get(run.told) {
            run.told += 1;
            run.history.add(finished)?;
        }
        if self.view.is_over() && !run.is_closed { self.write_all(now) } else { Ok(()) }
    }

    fn start(&mut self, id: Uuid, now: Duration) -> io::Result<()> {
        let (history, pages) = (History::new(&self.dir), Pages::new(&self.dir, id));
        self.run = Some(Run { id, history, pages, told: 0, used: Vec::new(), written: None, is_closed: false });
        fs::create_dir_all(&self.dir)?;
        forget(&self.dir)?;
        self.write_all(now)
    }

    /// The history first: the summary says how many files of it there are.
    fn write_all(&mut self, now: Duration) -> io::Result<()> {
        let Some(run) = &mut self.run else { return Ok(()) };
        let is_first = run.written.is_none();
        // A disk that is full now is tried again later, and not at every event.
        run.written = Some(now);
        run.is_closed = self.view.is_over();
        run.history.write()?;
        run.pages.write(&self.view, now, clock(self.zero, now))?;
        let frame = Frame {
            kickoff: moment(self.zero, self.view.began().unwrap_or_default()),
            files: run.history.files(),
            is_active: !run.is_closed,
            used: &run.used,
            is_first,
        };
        place(&self.dir, "summary.json", &summary(&self.view, now, &frame))
    }
}

fn moment(zero: Timestamp, at: Duration) -> Timestamp {
    zero.checked_add(SignedDuration::try_from(at).unwrap_or_default()).unwrap_or(zero)
}

/// Milliseconds since 1970.
fn clock(zero: Timestamp, at: Duration) -> i64 {
    moment(zero, at).as_millisecond()
}

/// What the last run left.
fn forget(dir: &Utf8Path) -> io::Result<()> {
    for entry in dir.read_dir_utf8()? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "summary.json" || name.ends_with("_history.json") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
