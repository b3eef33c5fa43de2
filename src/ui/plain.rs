//! Lines for people, on any terminal or none.

use std::ffi::OsStr;
use std::io::Write;
use std::time::Duration;

use super::{Color, LogLine, Progress, Screen};

/// Lines on a terminal, in a file or in a pipe. When nobody reads any more it falls silent; the run goes on.
pub struct Plain<W> {
    out: W,
    color: bool,
    progress: Progress,
    closed: bool,
}

/// Colours are for terminals whose owner said neither `NO_COLOR` nor `-SS`.
pub fn wants_color(terminal: bool, no_color: Option<&OsStr>, plain: u8) -> bool {
    terminal && no_color.is_none_or(OsStr::is_empty) && plain < 2
}

impl<W: Write> Plain<W> {
    pub fn new(out: W, color: bool, screen: Screen) -> Plain<W> {
        Plain { out, color, progress: Progress::new(screen), closed: false }
    }

    /// A line that is for the logs alone is left out.
    pub fn line(&mut self, line: &LogLine) {
        if line.show {
            self.write(&match line.color.filter(|_| self.color) {
                Some(color) => format!("{}{}\n\u{1b}[0;39m", escape(color), line.text),
                None => format!("{}\n", line.text),
            });
        }
    }

    /// Progress of a scan: now and then, and at its end. `now` is since the front began.
    pub fn scanned(&mut self, done: usize, total: usize, now: Duration) {
        if let Some(text) = self.progress.text(done, total, now) {
            self.write(&text);
        }
    }

    fn write(&mut self, text: &str) {
        if !self.closed {
            self.closed = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).is_err();
        }
    }
}

fn escape(color: Color) -> &'static str {
    match color {
        Color::Green => "\u{1b}[0;32m",
        Color::Red => "\u{1b}[0;31m",
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};

    use insta::assert_snapshot;

    use super::*;
    use crate::model::Event;
    use crate::ui::{lines, samples};

    fn printed(color: bool) -> String {
        let mut out = Vec::new();
        let mut plain = Plain::new(&mut out, color, Screen::Lines);
        for event in samples::run() {
            match event {
                Event::Scanned { done, total } => plain.scanned(done, total, Duration::ZERO),
                event => lines(&event).iter().for_each(|line| plain.line(line)),
            }
        }
        String::from_utf8(out).unwrap().replace('\u{1b}', "<ESC>")
    }

    #[test]
    fn without_colours_there_are_only_lines() {
        assert_snapshot!(printed(false), @"
        100.00%

        Total 1
        pkg is taken from the repository
        c/odd: malformed `x:`
        [XXX] c/no 2 ignored due to is marked as broken
        [XXX] c/gone lost in the ether: not in the tree
        [000] START   lang/python@py39                     idep=01 depi=02/03 dep=0.25G
        [001] START   multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor idep=112 depi=1234/03 dep=0.25G
        [000] SUCCESS lang/python@py39                                         00:01:02
        [001] SUCCESS multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor 100:00:00
        [000] START   c/bad                                idep=00 depi=12/03 dep=0.25G
        [000] FAILURE c/bad 12                                           build 00:12:05
        [XXX] c/late skipped due to c/between->c/bad
        [000] START   c/cut                                idep=00 depi=00/03 dep=0.25G
        [000] STOPPED c/cut
        ");
    }

    #[test]
    fn success_is_green_and_failure_is_red() {
        let colored: Vec<String> =
            printed(true).lines().filter(|line| line.contains("<ESC>")).map(str::to_owned).collect();
        assert_snapshot!(colored.join("\n"), @"
        <ESC>[0;32m[000] SUCCESS lang/python@py39                                         00:01:02
        <ESC>[0;39m<ESC>[0;32m[001] SUCCESS multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor 100:00:00
        <ESC>[0;39m[000] START   c/bad                                idep=00 depi=12/03 dep=0.25G
        <ESC>[0;31m[000] FAILURE c/bad 12                                           build 00:12:05
        <ESC>[0;39m[XXX] c/late skipped due to c/between->c/bad
        ");
    }

    #[test]
    fn colours_need_a_terminal_and_nobody_against_them() {
        let (none, empty, set) = (None, Some(OsStr::new("")), Some(OsStr::new("1")));
        let table = [
            (true, none, 1, true),
            (true, empty, 0, true),
            (true, set, 1, false),
            (true, none, 2, false),
            (false, none, 1, false),
        ];
        for (terminal, no_color, plain, expected) in table {
            assert_eq!(wants_color(terminal, no_color, plain), expected);
        }
    }

    /// A pipe whose reader goes away after so many writes.
    struct Pipe(usize);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(1).ok_or(ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_pipe_makes_it_silent() {
        let mut plain = Plain::new(Pipe(1), false, Screen::Lines);
        (0..3).for_each(|_| plain.scanned(1, 1, Duration::ZERO));
        assert!(plain.closed);
    }
}
