//! Hears a run: keeps its picture, writes its logs, prints its lines.

use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;

use crate::model::{Event, EventSink};
use crate::view::RunView;

use super::{LogKind, LogLine, NumberedLogs, Plain, lines, summary};

/// The plain front: every event is in the view, then in the logs, then on the screen.
pub struct Front<W> {
    dir: Utf8PathBuf,
    began: Instant,
    desk: Mutex<Desk<W>>,
}

struct Desk<W> {
    view: RunView,
    /// `None` for commands that keep no logs.
    logs: Option<NumberedLogs>,
    plain: Plain<W>,
    /// Whether it was said that the logs cannot be written.
    told: bool,
}

impl<W: Write + Send> Front<W> {
    /// `dir` is where the logs are, open or not.
    pub fn new(dir: Utf8PathBuf, logs: Option<NumberedLogs>, plain: Plain<W>) -> Front<W> {
        let desk = Desk { view: RunView::default(), logs, plain, told: false };
        Front { dir, began: Instant::now(), desk: Mutex::new(desk) }
    }

    /// The picture and its clock, for those who draw or publish it.
    pub fn view(&self) -> (RunView, Duration) {
        let desk = self.desk();
        (desk.view.clone(), self.began.elapsed())
    }

    /// Whoever panicked with it in hand left at worst half a line.
    fn desk(&self) -> MutexGuard<'_, Desk<W>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write + Send> EventSink for Front<W> {
    fn send(&self, event: Event) {
        let mut desk = self.desk();
        desk.view.hear(&event, self.began.elapsed());
        match &event {
            Event::Scanned { done, total } => desk.plain.scanned(*done, *total, self.began.elapsed()),
            Event::RunEnded { .. } => {
                let lines = summary(&desk.view, &self.dir);
                desk.write(&lines);
            }
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

    use camino::Utf8Path;

    use super::*;
    use crate::ui::{Screen, samples};

    #[test]
    fn the_first_log_and_the_screen_end_with_the_summary() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let mut out = Vec::new();
        let logs = NumberedLogs::open(dir, true).unwrap();
        let front = Front::new(dir.to_owned(), Some(logs), Plain::new(&mut out, false, Screen::Lines));
        samples::run().into_iter().for_each(|event| front.send(event));
        assert_eq!((front.view().0.counts.built, front.view().0.remaining()), (2, 1));
        drop(front);
        let log = fs::read_to_string(dir.join("00_last_results.log")).unwrap();
        let last = format!("Duration: 01:02:05\n\nLogs are in {dir}\n");
        assert!(log.ends_with(&last) && String::from_utf8(out).unwrap().ends_with(&last), "{log}");
        assert!(log.contains("[XXX] c/fresh Already-Built\n"));
    }
}
