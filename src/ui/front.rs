//! Hears a run: keeps its picture, writes its logs, prints its lines.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::Utf8Path;

use crate::live::{PublishError, Publisher};
use crate::model::{Event, EventSink, HostLoad};
use crate::view::{About, Picture, RunView};

use super::{LogKind, LogLine, NumberedLogs, Plain, lines, summary, ticker::Ticker};

/// The plain front: every event is in the picture, then in the logs, then on the screen.
pub struct Front<W> {
    picture: Arc<Picture>,
    shown: Option<(Ticker, Publisher)>,
    desk: Mutex<Desk<W>>,
}

struct Desk<W> {
    /// `None` for commands that keep no logs.
    logs: Option<NumberedLogs>,
    plain: Plain<W>,
    /// Whether it was said that the logs cannot be written.
    told: bool,
}

impl<W: Write + Send> Front<W> {
    pub fn new(about: About, logs: Option<NumberedLogs>, plain: Plain<W>) -> Front<W> {
        let picture = Arc::new(Picture::new(RunView::of(about), Duration::ZERO));
        Front { picture, shown: None, desk: Mutex::new(Desk { logs, plain, told: false }) }
    }

    pub fn picture(&self) -> &Arc<Picture> {
        &self.picture
    }

    /// Lets other processes follow, as long as it lives and the caller holds the lock of the build base; `look` is asked
    /// what the machine does.
    pub fn publish(&mut self, buildbase: &Utf8Path, look: fn() -> HostLoad) -> Result<(), PublishError> {
        let publisher = Publisher::new(buildbase, self.picture.clone())?;
        self.shown = Some((Ticker::start(self.picture.clone(), look), publisher));
        Ok(())
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
        match &event {
            Event::Scanned { done, total } => desk.plain.scanned(*done, *total, self.picture.now()),
            Event::RunEnded { .. } => desk.write(&self.picture.look(|view, _| summary(view))),
            _ => desk.write(&lines(&event)),
        }
    }
}

impl<W: Write> Desk<W> {
    fn write(&mut self, lines: &[LogLine]) {
        for line in lines {
            let written = self.logs.as_mut().map_or(Ok(()), |logs| logs.write(line));
            self.plain.line(line);
            // A full disk is said once; the run goes on, and so do the logs when there is room again.
            if let Err(error) = written
                && !self.told
            {
                self.told = true;
                self.plain.line(&LogLine::new(LogKind::Results, format!("cannot write the logs: {error}")));
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
