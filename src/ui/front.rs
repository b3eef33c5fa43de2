//! Hears a run: keeps its picture, writes its logs, and prints its lines where it has no display.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::Utf8Path;

use crate::live::{PublishError, Publisher};
use crate::model::{Event, EventSink, HostLoad, Stop};
use crate::view::{About, Picture, RunView};

use super::display::{Display, Look, leave};
use super::ticker::Ticker;
use super::{LogKind, LogLine, NumberedLogs, Plain, lines, summary};

/// Every event is in the picture, then in the logs, then on the screen.
pub struct Front<W> {
    picture: Arc<Picture>,
    published: Option<(Ticker, Publisher)>,
    display: Option<Display>,
    desk: Mutex<Desk<W>>,
}

struct Desk<W> {
    /// `None` for commands that keep no logs.
    logs: Option<NumberedLogs>,
    plain: Plain<W>,
    /// Whether the terminal is for lines now.
    print: bool,
    /// Whether it was said that the logs cannot be written.
    told: bool,
}

impl<W: Write + Send> Front<W> {
    pub fn new(about: About, logs: Option<NumberedLogs>, plain: Plain<W>) -> Front<W> {
        let picture = Arc::new(Picture::new(RunView::of(about), Duration::ZERO));
        Front {
            picture,
            published: None,
            display: None,
            desk: Mutex::new(Desk { logs, plain, print: true, told: false }),
        }
    }

    pub fn picture(&self) -> &Arc<Picture> {
        &self.picture
    }

    /// Lets other processes follow, as long as it lives and the caller holds the lock of the build base; `look` is asked
    /// what the machine does.
    pub fn publish(&mut self, buildbase: &Utf8Path, look: fn() -> HostLoad) -> Result<(), PublishError> {
        let publisher = Publisher::new(buildbase, self.picture.clone())?;
        self.published = Some((Ticker::start(self.picture.clone(), look), publisher));
        Ok(())
    }

    /// From the first scan or run on there is the display in place of lines; `stop` is for its keys. Without a thread for it
    /// there are lines.
    pub fn display(&mut self, look: Look, stop: &Stop) {
        self.display = Display::start(self.picture.clone(), look, stop.clone()).ok();
    }

    /// Lines of a run that has ended are for the terminal as it was before.
    fn shows(&self, event: &Event) -> bool {
        let Some(display) = &self.display else { return false };
        match event {
            Event::Scanned { done, total } if done < total => display.show(),
            Event::RunStarted { .. } => display.show(),
            // What comes next may be a question, or a long wait.
            Event::Scanned { .. } | Event::RunEnded { .. } => leave(),
            _ => {}
        }
        display.is_shown()
    }

    /// Whoever panicked with it in hand left at worst half a line.
    fn desk(&self) -> MutexGuard<'_, Desk<W>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send> EventSink for Front<W> {
    fn send(&self, event: Event) {
        let mut desk = self.desk();
        self.picture.hear(&event);
        desk.print = !self.shows(&event);
        match &event {
            // Half a line would stay behind the display.
            Event::Scanned { .. } if self.display.as_ref().is_some_and(Display::is_near) => {}
            Event::Scanned { done, total } => desk.plain.scanned(*done, *total, self.picture.now()),
            Event::RunEnded { .. } => desk.write(&self.picture.look(|view, _| summary(view))),
            _ => desk.write(&lines(&event)),
        }
    }
}

impl<W: Write> Desk<W> {
    fn print(&mut self, line: &LogLine) {
        if self.print {
            self.plain.line(line);
        }
    }

    fn write(&mut self, lines: &[LogLine]) {
        for line in lines {
            let written = self.logs.as_mut().map_or(Ok(()), |logs| logs.write(line));
            self.print(line);
            // A full disk is said once; the run goes on, and so do the logs when there is room again.
            if let Err(error) = written
                && !self.told
            {
                self.told = true;
                self.print(&LogLine::new(LogKind::Results, format!("cannot write the logs: {error}")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ui::{Screen, samples};

    #[test]
    fn the_first_log_and_the_screen_end_with_the_summary() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let mut out = Vec::new();
        let logs = NumberedLogs::open(dir, true).unwrap();
        let about = About { logs: dir.to_owned(), ..About::default() };
        let front = Front::new(about, Some(logs), Plain::new(&mut out, false, Screen::Lines));
        samples::run().into_iter().for_each(|event| front.send(event));
        assert_eq!(front.picture().look(|view, _| (view.counts.built, view.remaining())), (2, 1));
        drop(front);
        let log = fs::read_to_string(dir.join("00_last_results.log")).unwrap();
        let last = format!("Duration: 01:02:05\n\nLogs are in {dir}\n");
        assert!(log.ends_with(&last) && String::from_utf8(out).unwrap().ends_with(&last), "{log}");
        assert!(log.contains("[XXX] c/fresh Already-Built\n"));
    }
}
