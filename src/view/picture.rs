//! The picture of a run while it is drawn, with its clock, for all who look at it and all who follow it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::model::Event;

use super::RunView;

/// So many events may wait for one who follows; whoever is further behind is let go.
const BEHIND: usize = 10_000;

/// An event, and when it came by the picture's clock.
#[derive(Debug)]
pub struct Heard {
    pub at: Duration,
    pub event: Event,
}

/// One run's, shared by whoever draws, publishes or follows it.
#[derive(Debug)]
pub struct Picture {
    /// What the clock showed when it was started here.
    age: Duration,
    started: Instant,
    inside: Mutex<Inside>,
}

#[derive(Debug)]
struct Inside {
    view: RunView,
    followers: Vec<Sender<Arc<Heard>>>,
    closed: bool,
}

impl Picture {
    /// With a clock that shows `age` now.
    pub fn new(view: RunView, age: Duration) -> Picture {
        let inside = Mutex::new(Inside { view, followers: Vec::new(), closed: false });
        Picture { age, started: Instant::now(), inside }
    }

    pub fn now(&self) -> Duration {
        self.age + self.started.elapsed()
    }

    pub fn hear(&self, event: &Event) {
        self.hear_at(event, self.now());
    }

    /// The same for who has heard it later than it happened.
    pub fn hear_at(&self, event: &Event, at: Duration) {
        let mut inside = self.inside();
        inside.view.hear(event, at);
        if !inside.followers.is_empty() {
            let heard = Arc::new(Heard { at, event: event.clone() });
            inside.followers.retain(|follower| follower.try_send(heard.clone()).is_ok());
        }
    }

    /// Everything waits while somebody looks.
    pub fn look<R>(&self, look: impl FnOnce(&RunView, Duration) -> R) -> R {
        let inside = self.inside();
        look(&inside.view, self.now())
    }

    /// What is known by now, and all that comes from then on. The events end when the picture is closed, or when too many
    /// of them have not been taken.
    pub fn follow(&self) -> (RunView, Duration, Receiver<Arc<Heard>>) {
        let (sender, events) = bounded(BEHIND);
        let mut inside = self.inside();
        if !inside.closed {
            inside.followers.push(sender);
        }
        (inside.view.clone(), self.now(), events)
    }

    /// Nothing more will come.
    pub fn close(&self) {
        let mut inside = self.inside();
        inside.closed = true;
        inside.followers.clear();
    }

    pub fn is_closed(&self) -> bool {
        self.inside().closed
    }

    /// Whoever panicked with it in hand left at worst an event half heard.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Summary;

    fn note(text: &str) -> Event {
        Event::Note { text: text.into() }
    }

    #[test]
    fn who_follows_has_what_was_and_hears_what_comes() {
        let picture = Picture::new(RunView::default(), Duration::from_secs(60));
        picture.hear(&note("before"));
        let (view, age, events) = picture.follow();
        assert!(view.recent == [note("before")] && age >= Duration::from_secs(60));
        picture.hear(&note("after"));
        picture.close();
        let heard: Vec<Event> = events.iter().map(|heard| heard.event.clone()).collect();
        assert_eq!(heard, [note("after")]);
        assert_eq!(picture.follow().2.iter().count(), 0, "after the end nothing comes");
    }

    #[test]
    fn who_does_not_take_what_comes_is_let_go() {
        let picture = Picture::new(RunView::default(), Duration::ZERO);
        let (_, _, lazy) = picture.follow();
        let (_, _, eager) = picture.follow();
        for _ in 0..=BEHIND {
            picture.hear(&note("x"));
            eager.recv().unwrap();
        }
        assert_eq!(lazy.iter().count(), BEHIND, "what was queued, and then the end");
        picture.hear(&Event::RunEnded { summary: Summary::default() });
        assert!(eager.recv().is_ok());
    }
}
