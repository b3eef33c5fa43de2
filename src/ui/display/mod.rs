//! The full-screen view of a run (spec 8.2): draws the picture twice a second, and hears keys.

mod draw;
#[cfg(test)]
mod golden;
mod head;
mod look;
mod moment;
mod slots;
mod state;
mod tail;
mod terminal;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, raise};
use nix::unistd::Pid;
use ratatui::crossterm::event::{self, Event as Input};
use ratatui::layout::Rect;
use signal_hook::consts::SIGTSTP;
use signal_hook::flag;
use signal_hook::low_level::emulate_default_handler;

use crate::model::{Stop, StopReason};
use crate::ui::{LogKind, LogLine};
use crate::view::{Picture, SlotView};

pub use look::Look;
pub use terminal::{leave, leave_or_not};

use draw::{Layout, draw};
use moment::{Moment, last_lines};
use state::{Effect, Extent, Role, State};

/// Between two pictures, if no key is pressed.
const PAUSE: Duration = Duration::from_millis(500);

/// Between two looks for keys, in milliseconds.
const KEYS: u8 = 100;

/// Of a run: on its own thread, from its first wish to the end of this value.
pub(super) struct Display {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// `stop` is asked to stop by keys. An error if there are no threads, or no signals.
    pub(super) fn start(picture: Arc<Picture>, look: Look, stop: Stop) -> io::Result<Display> {
        let ended = Arc::new(AtomicBool::new(false));
        let mut eyes = Eyes::new(picture, look, Role::Run, Some(stop))?;
        let over = ended.clone();
        let run = move || {
            while !over.load(Ordering::SeqCst) {
                let _ = eyes.step();
            }
        };
        let thread = thread::Builder::new().name("display".into()).spawn(run)?;
        Ok(Display { ended, thread: Some(thread) })
    }

    pub(super) fn show(&self) {
        terminal::want();
        self.thread.iter().for_each(|thread| thread.thread().unpark());
    }

    pub(super) fn is_shown(&self) -> bool {
        terminal::is_on()
    }

    /// Or will be soon, if nothing is in its way.
    pub(super) fn is_near(&self) -> bool {
        terminal::is_wanted()
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        leave();
        let Some(thread) = self.thread.take() else { return };
        thread.thread().unpark();
        let mut steps = terminal::PATIENCE;
        while !thread.is_finished() && steps > 0 {
            thread::sleep(terminal::STEP);
            steps -= 1;
        }
    }
}

/// Shows a picture that somebody else's run draws, until it is closed, the user has seen enough, or `stop` is asked to stop.
pub fn monitor(picture: &Arc<Picture>, look: Look, stop: &Stop) -> io::Result<()> {
    let mut eyes = Eyes::new(picture.clone(), look, Role::Monitor, None)?;
    terminal::want();
    let mut quit = false;
    while !picture.is_closed() && !quit && !stop.requested() && terminal::is_wanted() {
        quit = eyes.step();
    }
    leave();
    Ok(())
}

/// What the log shows.
#[derive(Debug, Default)]
struct Text {
    /// A port, or nothing: then it is the run's.
    of: Option<String>,
    /// Newest first.
    lines: Vec<LogLine>,
}

impl Text {
    fn of(job: &SlotView) -> Text {
        let lines = tail::last_lines(&job.log)
            .unwrap_or_else(|error| vec![LogLine::new(LogKind::Results, format!("cannot read {}: {error}", job.log))]);
        Text { of: Some(job.spec.to_string()), lines }
    }
}

/// One who looks at a picture.
struct Eyes {
    picture: Arc<Picture>,
    look: Look,
    state: State,
    stop: Option<Stop>,
    text: Text,
    /// The last job that was seen in the chosen slot: its log stays when it has ended.
    followed: Option<(usize, SlotView)>,
    drawn: Option<Instant>,
    /// SIGTSTP came while the display was there.
    suspended: Arc<AtomicBool>,
    /// Without a display the process stops as ever.
    hidden: Arc<AtomicBool>,
}

impl Eyes {
    fn new(picture: Arc<Picture>, look: Look, role: Role, stop: Option<Stop>) -> io::Result<Eyes> {
        let (suspended, hidden) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(true)));
        flag::register_conditional_default(SIGTSTP, hidden.clone())?;
        flag::register(SIGTSTP, suspended.clone())?;
        let state = State::new(role);
        Ok(Eyes { picture, look, state, stop, text: Text::default(), followed: None, drawn: None, suspended, hidden })
    }

    /// A moment of keys and, if it is time, a picture. True if the user has seen enough.
    fn step(&mut self) -> bool {
        let shown = terminal::take();
        if self.hidden.swap(!shown, Ordering::SeqCst) && shown {
            self.suspended.store(false, Ordering::SeqCst);
            self.drawn = None;
        }
        if !shown {
            // Until it is wanted, or its time has come.
            if terminal::is_wanted() {
                thread::sleep(PAUSE / 5)
            } else {
                thread::park_timeout(PAUSE * 10)
            }
            return false;
        }
        let effects = terminal::keys(KEYS.into(), || self.hear()).unwrap_or_default();
        effects.iter().for_each(|effect| self.obey(*effect));
        if self.suspended.swap(false, Ordering::SeqCst) {
            self.suspend();
        }
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) {
            self.draw();
        }
        effects.contains(&Effect::Quit)
    }

    /// What all keys that were pressed ask for; the picture is drawn anew.
    fn hear(&mut self) -> Vec<Effect> {
        self.drawn = None;
        let mut effects = Vec::new();
        while let Ok(true) = event::poll(Duration::ZERO) {
            if let Ok(Input::Key(key)) = event::read() {
                let extent = self.extent();
                effects.push(self.state.press(key, extent));
            }
        }
        effects
    }

    fn obey(&mut self, effect: Effect) {
        match effect {
            Effect::Finish => self.stop.iter().for_each(|stop| stop.request(StopReason::Finish)),
            // As the terminal would have done it, for all who listen.
            Effect::Interrupt => drop(raise(Signal::SIGINT)),
            Effect::Suspend => drop(kill(Pid::from_raw(0), Signal::SIGTSTP)),
            Effect::Redraw => terminal::draw(|screen| screen.clear()),
            Effect::None | Effect::Quit => {}
        }
    }

    /// Gives the terminal back, and stops until somebody has us go on.
    fn suspend(&mut self) {
        terminal::pause();
        let _ = emulate_default_handler(SIGTSTP);
        self.drawn = None;
    }

    fn extent(&self) -> Extent {
        let slots = self.picture.look(|view, _| view.slots.len());
        let (columns, rows) = ratatui::crossterm::terminal::size().unwrap_or((80, 24));
        let page = usize::from(Layout::of(Rect::new(0, 0, columns, rows), slots).log().height);
        Extent { slots, lines: self.text.lines.len(), page }
    }

    fn draw(&mut self) {
        let stopping = self.stop.as_ref().and_then(Stop::reason);
        let moment = self.picture.look(|view, now| Moment::of(view, now, stopping));
        // What the user reads stays where it is.
        if self.state.scroll == 0 {
            self.read(&moment);
        }
        let Eyes { state, text, look, .. } = self;
        terminal::draw(|screen| screen.draw(|frame| draw(&moment, state, text, *look, frame.buffer_mut())).map(drop));
        self.drawn = Some(Instant::now());
    }

    fn read(&mut self, moment: &Moment) {
        let chosen = self.state.chosen.filter(|_| self.state.follows);
        let job = chosen.and_then(|chosen| Some((chosen, moment.slots.get(chosen)?.clone()?)));
        self.followed = job.or(self.followed.take()).filter(|(slot, _)| Some(*slot) == chosen);
        self.text = match (chosen, &self.followed) {
            (None, _) => Text { of: None, lines: self.picture.look(|view, _| last_lines(view)) },
            (Some(_), Some((_, job))) => Text::of(job),
            (Some(slot), None) => Text { of: Some(format!("slot {slot:02}")), lines: Vec::new() },
        };
    }
}
