//! The static report in `<LOGS>/Report` (spec 8.5).
//!
//! It is written by a thread of its own: a slow disk holds up nobody, and a full one ends no run.

mod book;
mod history;
mod pages;
mod summary;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, select};
use jiff::{SignedDuration, Timestamp};

use crate::view::{Heard, Picture};
use book::Book;

/// So often somebody looks whether it is time to write.
const TICK: Duration = Duration::from_secs(1);

/// Follows a run and writes what it hears.
pub struct Report {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Report {
    /// Nothing is written before a run starts.
    pub fn new(picture: &Arc<Picture>) -> Report {
        let (stop, stopped) = bounded(0);
        let trouble = Arc::default();
        let (picture, told) = (Arc::clone(picture), Arc::clone(&trouble));
        let (view, age, events) = picture.follow();
        let zero = Timestamp::now().checked_sub(SignedDuration::try_from(age).unwrap_or_default());
        let book = Book::new(view, zero.unwrap_or_default());
        let write = move || write(book, events, &picture, &stopped, &told);
        Report { stop: Some(stop), thread: thread::Builder::new().name("report".into()).spawn(write).ok(), trouble }
    }

    /// Why it cannot be written; told once.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Report {
    /// What was heard is written first.
    fn drop(&mut self) {
        self.stop = None;
        self.thread.take().map(JoinHandle::join);
    }
}

/// Until it is stopped, whatever cannot be written.
fn write(
    mut book: Book,
    mut events: Receiver<Arc<Heard>>,
    picture: &Picture,
    stopped: &Receiver<()>,
    trouble: &Mutex<Option<String>>,
) {
    let mut told = false;
    loop {
        let (first, is_last) = select! {
            recv(events) -> heard => match heard {
                Ok(heard) => (Some(heard), false),
                // Let go for being too slow; or the picture is closed, and this is the last look.
                Err(_) => {
                    let (view, _, later) = picture.follow();
                    book.jump(view);
                    events = later;
                    let next = events.try_recv();
                    let is_last = matches!(next, Err(TryRecvError::Disconnected));
                    (next.ok(), is_last)
                }
            },
            recv(stopped) -> _ => (None, true),
            default(TICK) => (None, false),
        };
        // Many events that come together are written together.
        let heard: Vec<Arc<Heard>> = first.into_iter().chain(events.try_iter()).collect();
        let mut written = Ok(());
        for heard in heard {
            written = written.and(book.hear(&heard.event, heard.at));
        }
        if let Err(error) = written.and_then(|()| book.write(picture.now()))
            && !told
        {
            told = true;
            let text = format!("cannot write the report in `{}`: {error}", book.dir());
            *trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
        if is_last {
            return;
        }
    }
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
