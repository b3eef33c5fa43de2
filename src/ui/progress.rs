//! How far a scan of the tree is.

use std::time::Duration;

use crate::model::clock;
use crate::view::ScanView;

/// On a terminal one line is drawn over and over; elsewhere a line now and then says that it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    Terminal,
    Lines,
}

impl Screen {
    pub fn of(terminal: bool) -> Screen {
        if terminal { Screen::Terminal } else { Screen::Lines }
    }

    fn pause(self) -> Duration {
        match self {
            Screen::Terminal => Duration::from_millis(200),
            Screen::Lines => Duration::from_secs(10),
        }
    }
}

/// What is shown, and when.
#[derive(Debug)]
pub struct Progress {
    screen: Screen,
    scan: ScanView,
    /// When something was last shown of it.
    shown: Option<Duration>,
}

impl Progress {
    pub fn new(screen: Screen) -> Progress {
        Progress { screen, scan: ScanView::default(), shown: None }
    }

    /// What to write after a result, if anything; its end is always told.
    pub fn text(&mut self, done: usize, total: usize, now: Duration) -> Option<String> {
        self.scan.hear(done, total, now);
        if self.scan.is_over() {
            let wiped = if self.screen == Screen::Terminal && self.shown.is_some() { blank() } else { String::new() };
            self.shown = None;
            return Some(format!("{wiped}100.00%\n\nTotal {total}\n"));
        }
        let since = self.shown.or(self.scan.began())?;
        let left = self.scan.left(now)?;
        if now < since + self.screen.pause() {
            return None;
        }
        self.shown = Some(now);
        let (rate, left) = (self.scan.rate(now), clock(left));
        let percent = done as f64 * 100.0 / total as f64;
        let line = format!("{percent:6.2}%  {done} of {total} ports, {rate:.0} a second, {left} left");
        Some(match self.screen {
            Screen::Terminal => format!("{line:<WIDTH$}\r"),
            Screen::Lines => format!("{line}\n"),
        })
    }
}

/// Over what was drawn.
fn blank() -> String {
    format!("{:WIDTH$}\r", "")
}

const WIDTH: usize = 72;

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    /// A scan of 3,000 ports, a hundred a second.
    fn shown(screen: Screen) -> String {
        let mut progress = Progress::new(screen);
        let text = |done: u64| progress.text(done as usize, 3000, Duration::from_millis(5000 + done * 10));
        (1..=3000).filter_map(text).collect::<String>().replace('\r', "<CR>\n")
    }

    #[test]
    fn a_file_gets_a_line_every_ten_seconds() {
        assert_snapshot!(shown(Screen::Lines), @"
         33.37%  1001 of 3000 ports, 100 a second, 00:00:19 left
         66.70%  2001 of 3000 ports, 100 a second, 00:00:09 left
        100.00%

        Total 3000
        ");
    }

    #[test]
    fn a_terminal_shows_the_rate_and_the_time_left_and_is_wiped_at_the_end() {
        let shown = shown(Screen::Terminal);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 149 + 4, "five a second");
        assert!(lines[0].starts_with("  0.70%  21 of 3000 ports, 100 a second, 00:00:29 left  "), "{}", lines[0]);
        assert_eq!(lines[149].trim(), "<CR>");
        assert_eq!(lines[150], "100.00%");
    }

    #[test]
    fn a_scan_that_is_over_at_once_shows_its_end_alone() {
        let mut progress = Progress::new(Screen::Terminal);
        let text = |done| progress.text(done, 500, Duration::from_micros(done as u64));
        assert_eq!((1..=500).filter_map(text).collect::<String>(), "100.00%\n\nTotal 500\n");
    }
}
