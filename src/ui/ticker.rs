//! Looks at the machine once a second and tells what it does.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::model::{Event, HostLoad};
use crate::view::Picture;

const TICK: Duration = Duration::from_secs(1);

/// Ticks until it is dropped.
pub(super) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// For those who look at the picture alone: logs and programs are not told. Without a thread nobody is.
    pub(super) fn start(picture: Arc<Picture>, look: fn() -> HostLoad) -> Ticker {
        let (stop, stopped) = bounded(0);
        let tick = move || {
            picture.hear(&Event::Host(look()));
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                picture.hear(&Event::Host(look()));
            }
        };
        Ticker { stop: Some(stop), thread: thread::Builder::new().name("ticker".into()).spawn(tick).ok() }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::RunView;

    #[test]
    fn the_machine_is_looked_at_until_it_is_dropped() {
        let picture = Arc::new(Picture::new(RunView::default(), Duration::ZERO));
        let (_, _, events) = picture.follow();
        let look = || HostLoad { load: [1.0; 3], swap: Some(2.0), free: 3 };
        let ticker = Ticker::start(picture.clone(), look);
        assert_eq!(events.recv().unwrap().event, Event::Host(look()));
        assert_eq!(events.recv().unwrap().event, Event::Host(look()));
        drop(ticker);
        assert_eq!(Arc::strong_count(&picture), 1, "its thread has ended");
    }
}
