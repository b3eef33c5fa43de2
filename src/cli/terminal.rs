//! Standard output and standard error.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;

use crate::config::Profile;
use crate::model::{Event, EventSink, with_causes};
use crate::session::Session;
use crate::session::lock::LockError;
use crate::ui::{Front, NumberedLogs, Plain, Screen, json_line, wants_color};
use crate::view::{About, Picture};

use super::args::Invocation;
use super::host::host_load;

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

/// What a directive says of itself: on standard output, or beside the JSON that is there.
pub(super) fn say(invocation: &Invocation, text: &str) {
    if invocation.options.json { error(text) } else { line(text) }
}

/// The front of a directive: plain lines or JSON, and the numbered logs where it keeps any.
pub(super) enum Main {
    Plain(Front<io::Stdout>),
    Json(Front<io::Sink>),
}

/// For a directive that keeps no logs.
pub(super) fn front(invocation: &Invocation) -> Main {
    Main::new(invocation, About::default(), None)
}

/// For a run, which others may follow; the caller holds the lock of its build base for longer than this.
pub(super) fn front_of_run(invocation: &Invocation, profile: &Profile, logs: NumberedLogs) -> Main {
    let about = About {
        profile: profile.name.clone(),
        directive: invocation.directive.name().to_owned(),
        logs: profile.logs.clone(),
    };
    let mut front = Main::new(invocation, about, Some(logs));
    let published = match &mut front {
        Main::Plain(front) => front.publish(&profile.buildbase, host_load),
        Main::Json(front) => front.publish(&profile.buildbase, host_load),
    };
    // It goes on without.
    if let Err(error) = published {
        front.send(Event::Note { text: with_causes(&error) });
    }
    front
}

impl Main {
    fn new(invocation: &Invocation, about: About, logs: Option<NumberedLogs>) -> Main {
        let no_color = std::env::var_os("NO_COLOR");
        let watched = io::stdout().is_terminal();
        let color = wants_color(watched, no_color.as_deref(), invocation.options.plain);
        if invocation.options.json {
            Main::Json(Front::new(about, logs, Plain::new(io::sink(), false, Screen::Lines)))
        } else {
            Main::Plain(Front::new(about, logs, Plain::new(io::stdout(), color, Screen::of(watched))))
        }
    }
}

impl Main {
    pub(super) fn picture(&self) -> &Arc<Picture> {
        match self {
            Main::Plain(front) => front.picture(),
            Main::Json(front) => front.picture(),
        }
    }
}

impl EventSink for Main {
    fn send(&self, event: Event) {
        match self {
            Main::Plain(front) => front.send(event),
            Main::Json(front) => {
                json_line(&event).iter().for_each(|text| line(text));
                front.send(event);
            }
        }
    }
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
    Aside { front: Front::new(About::default(), None, Plain::new(io::stderr(), color, Screen::of(watched))), watched }
}

impl EventSink for Aside {
    fn send(&self, event: Event) {
        if self.watched || !matches!(event, Event::Scanned { .. }) {
            self.front.send(event);
        }
    }
}

/// Asks for yes or no; the end of input is a no (spec 1.7).
pub(super) fn confirm(invocation: &Invocation, question: &str) -> bool {
    if invocation.options.yes {
        return true;
    }
    let ask = || match invocation.options.json {
        true => write!(io::stderr(), "{question}").and_then(|()| io::stderr().flush()),
        false => write!(io::stdout(), "{question}").and_then(|()| io::stdout().flush()),
    };
    let mut input = io::stdin().lock();
    loop {
        let _ = ask();
        let mut answer = String::new();
        match input.read_line(&mut answer) {
            Ok(0) | Err(_) => {
                say(invocation, "");
                return false;
            }
            Ok(_) => match answer.trim_start().chars().next() {
                Some('y' | 'Y') => return true,
                Some('n' | 'N') => return false,
                _ => say(invocation, "Please type y/n"),
            },
        }
    }
}
