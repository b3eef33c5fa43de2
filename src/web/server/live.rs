//! The run that goes on, whoever started it: followed by a thread, for all who look on.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::Shared;
use crate::live::follow;
use crate::model::Event;
use crate::view::Picture;
use crate::web::data::{Row, State};

/// So many events can be had again by who was away for a moment.
const KEPT: usize = 4096;
/// So many go out together.
const SOME: usize = 100;
const TICK: Duration = Duration::from_millis(500);
/// So long nothing but the time may have changed before that is told.
const QUIET: Duration = Duration::from_secs(10);

/// One event, as all are told it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) number: u64,
    pub(super) line: Arc<str>,
}

#[derive(Debug)]
pub(super) struct Live {
    /// Another server's events have other numbers.
    pub(super) server: Uuid,
    inside: Mutex<Inside>,
    /// The state as JSON; `null` while no run goes on.
    pub(super) state: watch::Sender<Arc<str>>,
    /// The number of the last event.
    pub(super) last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Inside {
    picture: Option<Arc<Picture>>,
    kept: VecDeque<Told>,
}

impl Live {
    pub(super) fn new() -> Live {
        let (state, _) = watch::channel("null".into());
        let (last, _) = watch::channel(0);
        Live { server: Uuid::now_v7(), inside: Mutex::default(), state, last }
    }

    /// The state as of now.
    pub(super) fn look(&self) -> Option<State> {
        let picture = self.inside().picture.clone()?;
        picture.look(|view, now| State::of(view, now, Timestamp::now().as_millisecond()))
    }

    /// Results of the run that goes on; `None` if it is another one.
    pub(super) fn rows(&self, run: Uuid, from: usize, count: usize) -> Option<Vec<Row>> {
        let picture = self.inside().picture.clone()?;
        picture.look(|view, _| {
            let is_it = view.run == Some(run);
            is_it.then(|| view.finished.iter().skip(from).take(count).map(Row::of).collect())
        })
    }

    /// Some of what came after this number, and whether none of that is lost.
    pub(super) fn after(&self, number: u64) -> (Vec<Told>, bool) {
        let inside = self.inside();
        let whole = inside.kept.front().is_none_or(|first| first.number <= number + 1);
        (inside.kept.iter().filter(|told| told.number > number).take(SOME).cloned().collect(), whole)
    }

    fn tell(&self, line: String) {
        let mut inside = self.inside();
        let number = *self.last.borrow() + 1;
        inside.kept.push_back(Told { number, line: line.into() });
        if inside.kept.len() > KEPT {
            inside.kept.pop_front();
        }
        drop(inside);
        self.last.send_replace(number);
    }

    fn show(&self, picture: Option<Arc<Picture>>) {
        self.inside().picture = picture;
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until the server ends: waits for a run, follows it, waits for the next.
pub(super) fn listen(shared: &Arc<Shared>, buildbase: &Utf8PathBuf) {
    while !shared.is_over() {
        if let Ok(picture) = follow(buildbase) {
            let (_, _, events) = picture.follow();
            shared.live.show(Some(picture));
            while !shared.is_over() {
                match events.recv_timeout(TICK) {
                    Ok(heard) if matches!(heard.event, Event::Host(_)) => {}
                    Ok(heard) => shared.backend.line(&heard.event).into_iter().for_each(|line| shared.live.tell(line)),
                    Err(error) if error.is_timeout() => {}
                    Err(_) => break,
                }
            }
            shared.live.show(None);
        }
        thread::sleep(TICK);
    }
}

/// Until the server ends: says how far the run is, if that changed. One text serves all who look on.
pub(super) fn draw(shared: &Arc<Shared>) {
    let (mut before, mut quiet) = (None, Duration::ZERO);
    while !shared.is_over() {
        let state = shared.live.look();
        let timeless = state.as_ref().map(State::timeless);
        quiet += TICK;
        if timeless != before || (quiet >= QUIET && state.is_some()) {
            (before, quiet) = (timeless, Duration::ZERO);
            let text = serde_json::to_string(&state).unwrap_or_else(|_| "null".into());
            shared.live.state.send_replace(text.into());
        }
        thread::sleep(TICK);
    }
}
