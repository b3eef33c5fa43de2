//! Standard output and standard error.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::Arc;

use crate::config::Profile;
use crate::model::{Event, EventSink, Stop, with_causes};
use crate::session::Session;
use crate::session::lock::LockError;
use crate::system::load::host_load;
use crate::ui::{Front, Look, NumberedLogs, Plain, Screen, json_line, leave, wants_color};
use crate::view::{About, Picture};

use super::args::Invocation;

type Out = Box<dyn Write + Send>;

/// A line on standard output; who does not read it does not stop dsynth.
pub(super) fn line(text: &str) {
    leave();
    let _ = writeln!(io::stdout(), "{text}");
}

pub(super) fn error(text: &str) {
    leave();
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
pub(super) struct Main {
    front: Front<Out>,
    json: bool,
}

/// For a directive that keeps no logs.
pub(super) fn front(invocation: &Invocation) -> Main {
    Main::new(invocation, About::default(), None)
}

/// For a run, which others may follow; the caller holds the lock of its build base for longer than this. `stop` is for the
/// keys of the display, if there is one.
pub(super) fn front_of_run(invocation: &Invocation, profile: &Profile, logs: NumberedLogs, stop: &Stop) -> Main {
    let about = About {
        profile: profile.name.clone(),
        directive: invocation.directive.name().to_owned(),
        logs: profile.logs.clone(),
    };
    let mut main = Main::new(invocation, about, Some(logs));
    if let Some(look) = display(invocation, profile) {
        main.front.display(look, stop);
    }
    // It goes on without.
    if let Err(error) = main.front.publish(&profile.buildbase, host_load) {
        main.send(Event::Note { text: with_causes(&error) });
    }
    main
}

/// `None` where lines are wanted, or nothing else can be had (spec 8.3).
pub(super) fn display(invocation: &Invocation, profile: &Profile) -> Option<Look> {
    let options = &invocation.options;
    let able = io::stdin().is_terminal() && io::stdout().is_terminal();
    let addressable = std::env::var("TERM").is_ok_and(|name| !name.is_empty() && name != "dumb");
    // What -d shows would be all over it.
    let quiet = options.debug == 0 || (options.debug == 1 && !io::stderr().is_terminal());
    let wanted = profile.ncurses && options.plain == 0 && !options.json && quiet;
    (able && addressable && wanted).then(|| Look::of_environment(colors(invocation)))
}

pub(super) fn plain(invocation: &Invocation) -> Plain<Out> {
    Plain::new(Box::new(io::stdout()), colors(invocation), Screen::of(io::stdout().is_terminal()))
}

fn colors(invocation: &Invocation) -> bool {
    let no_color = std::env::var_os("NO_COLOR");
    wants_color(io::stdout().is_terminal(), no_color.as_deref(), invocation.options.plain)
}

impl Main {
    fn new(invocation: &Invocation, about: About, logs: Option<NumberedLogs>) -> Main {
        let json = invocation.options.json;
        let silent = || Plain::new(Box::new(io::sink()) as Out, false, Screen::Lines);
        let plain = if json { silent() } else { plain(invocation) };
        Main { front: Front::new(about, logs, plain), json }
    }

    pub(super) fn picture(&self) -> &Arc<Picture> {
        self.front.picture()
    }
}

impl EventSink for Main {
    fn send(&self, event: Event) {
        if self.json {
            json_line(&event).iter().for_each(|text| line(text));
        }
        self.front.send(event);
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
    leave();
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
