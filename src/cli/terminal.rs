//! Standard output and standard error.

use std::io::{self, BufRead, IsTerminal, Write};

use camino::Utf8PathBuf;

use crate::model::{Event, EventSink};
use crate::session::Session;
use crate::session::lock::LockError;
use crate::ui::{Front, NumberedLogs, Plain, Screen, wants_color};

use super::args::Invocation;

/// A line on standard output; who does not read it does not stop dsynth.
pub(super) fn line(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

pub(super) fn error(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}

/// Who else uses the build base that is only looked at.
pub(super) fn beside(session: &Session) {
    if let Some(notice) = session.beside.as_ref().and_then(LockError::notice) {
        error(&notice);
    }
}

/// The front of a directive: plain lines, and the numbered logs where it keeps any.
pub(super) fn front(invocation: &Invocation, logs: Option<(Utf8PathBuf, NumberedLogs)>) -> Front<io::Stdout> {
    let no_color = std::env::var_os("NO_COLOR");
    let watched = io::stdout().is_terminal();
    let color = wants_color(watched, no_color.as_deref(), invocation.options.plain);
    let (directory, logs) = match logs {
        Some((directory, logs)) => (directory, Some(logs)),
        None => (Utf8PathBuf::new(), None),
    };
    Front::new(directory, logs, Plain::new(io::stdout(), color, Screen::of(watched)))
}

/// Hears what is to be said beside an answer that is on standard output, and says it on standard error.
pub(super) struct Aside {
    front: Front<io::Stderr>,
    /// Progress is for who watches.
    watched: bool,
}

pub(super) fn aside(invocation: &Invocation) -> Aside {
    let (watched, no_color) = (io::stderr().is_terminal(), std::env::var_os("NO_COLOR"));
    let color = wants_color(watched, no_color.as_deref(), invocation.options.plain);
    Aside { front: Front::new(Utf8PathBuf::new(), None, Plain::new(io::stderr(), color, Screen::of(watched))), watched }
}

impl EventSink for Aside {
    fn send(&self, event: Event) {
        if self.watched || !matches!(event, Event::Scanned { .. }) {
            self.front.send(event);
        }
    }
}

/// Asks for yes or no; the end of input is a no (spec 1.7).
pub(super) fn confirm(question: &str, yes: bool) -> bool {
    if yes {
        return true;
    }
    let mut input = io::stdin().lock();
    loop {
        let _ = write!(io::stdout(), "{question}").and_then(|()| io::stdout().flush());
        let mut answer = String::new();
        match input.read_line(&mut answer) {
            Ok(0) | Err(_) => {
                line("");
                return false;
            }
            Ok(_) => match answer.trim_start().chars().next() {
                Some('y' | 'Y') => return true,
                Some('n' | 'N') => return false,
                _ => line("Please type y/n"),
            },
        }
    }
}
