//! The terminal of this process: taken for the display, and given back whatever happens.
//!
//! There is one, so this is the one place with a state of its own: whoever prints, asks, exits or panics gives it back first.

use std::cell::Cell;
use std::io::{self, Stdout, stdin, stdout};
use std::os::fd::AsFd;
use std::panic;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{getpgrp, tcgetpgrp};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};

/// A run that is shorter has no display, which would only flicker.
const SHORT: Duration = Duration::from_millis(300);

/// So many steps to wait for others.
pub(super) const PATIENCE: u32 = 30;
pub(super) const STEP: Duration = Duration::from_millis(10);

type Screen = Terminal<CrosstermBackend<Stdout>>;

enum State {
    Off,
    /// Somebody wants a display since then.
    Wanted(Instant),
    On(Screen),
}

static STATE: Mutex<State> = Mutex::new(State::Off);

/// The same as a number, for who must not wait until a picture is drawn.
static GLANCE: AtomicU8 = AtomicU8::new(OFF);
const OFF: u8 = 0;
const WANTED: u8 = 1;
const ON: u8 = 2;

/// Held while keys are read: who asks a question reads them from here on.
static KEYS: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether this thread holds the state, to draw.
    static DRAWS: Cell<bool> = const { Cell::new(false) };
}

/// The display may come.
pub(super) fn want() {
    if !is_wanted() {
        let mut state = state();
        if matches!(*state, State::Off) {
            set(&mut state, State::Wanted(Instant::now()));
        }
    }
}

/// Gives it back at once, until a display is wanted again; harmless where there is none.
pub fn leave() {
    set(&mut state(), State::Off);
    // Not for ever: reading does not end where a terminal was hung up at the wrong moment.
    for _ in 0..PATIENCE {
        if !matches!(KEYS.try_lock(), Err(TryLockError::WouldBlock)) {
            return;
        }
        thread::sleep(STEP);
    }
}

/// The same for who is about to exit, and does not wait for a terminal that takes nothing.
pub fn leave_or_not() {
    for _ in 0..PATIENCE {
        if let Ok(mut state) = STATE.try_lock() {
            return set(&mut state, State::Off);
        }
        thread::sleep(STEP);
    }
}

/// Whether lines would spoil the display.
pub(super) fn is_on() -> bool {
    GLANCE.load(Ordering::SeqCst) == ON
}

/// Whether somebody waits for it, or has it.
pub(super) fn is_wanted() -> bool {
    GLANCE.load(Ordering::SeqCst) != OFF
}

/// Takes it if it is wanted, has been for a while, and is ours to take: a job in the background has none.
pub(super) fn take() -> bool {
    let mut state = state();
    match &*state {
        State::Off => false,
        State::On(_) => true,
        State::Wanted(since) if since.elapsed() < SHORT || !is_foreground() => false,
        State::Wanted(_) => {
            // Lines are better than nothing.
            let next = taken().map_or(State::Off, State::On);
            set(&mut state, next);
            is_on()
        }
    }
}

/// Gives it back for a while: the display is wanted still.
pub(super) fn pause() {
    set(&mut state(), State::Wanted(Instant::now()));
}

/// Draws if it is ours. It is given back if it is gone.
pub(super) fn draw(draw: impl FnOnce(&mut Screen) -> io::Result<()>) {
    let mut state = state();
    let State::On(screen) = &mut *state else { return };
    DRAWS.set(true);
    let drawn = draw(screen);
    DRAWS.set(false);
    if drawn.is_err() {
        set(&mut state, State::Off);
    }
}

/// Does `read` when a key was pressed, within so long, if keys are the display's. Nobody who has called `leave` is robbed of
/// what is typed then. Where nobody can type any more, there is no display.
pub(super) fn keys<R>(within: PollTimeout, read: impl FnOnce() -> R) -> Option<R> {
    let keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    if !is_on() {
        return None;
    }
    let input = stdin();
    let mut wanted = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
    if poll(&mut wanted, within).unwrap_or(0) == 0 {
        return None;
    }
    if wanted[0].revents() == Some(PollFlags::POLLIN) {
        return Some(read());
    }
    drop(keys);
    leave();
    None
}

fn taken() -> io::Result<Screen> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if DRAWS.get() {
                lose()
            } else {
                leave_or_not()
            }
            before(panic);
        }));
    });
    enable_raw_mode()?;
    let screen =
        execute!(stdout(), EnterAlternateScreen, Hide).and_then(|()| Screen::new(CrosstermBackend::new(stdout())));
    if screen.is_err() {
        restore();
    }
    screen
}

/// Every change comes through here, so that the terminal is given back whenever the display goes.
fn set(state: &mut State, next: State) {
    if matches!(state, State::On(_)) {
        restore();
    }
    let glance = match next {
        State::Off => OFF,
        State::Wanted(_) => WANTED,
        State::On(_) => ON,
    };
    *state = next;
    GLANCE.store(glance, Ordering::SeqCst);
}

/// For who holds the state and will not come back: nobody draws any more.
fn lose() {
    restore();
    GLANCE.store(OFF, Ordering::SeqCst);
}

/// What can be done is done.
fn restore() {
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

fn is_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|foreground| foreground == getpgrp())
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}
