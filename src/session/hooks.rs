//! The user's programs that are run at events (spec 10): they hear of a run and change nothing of it.

mod call;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::config::Profile;
use crate::model::{Event, EventSink};
use crate::system::platform::ncpu;

use call::{Call, Clock, Hook, Pairs};

/// What one hook may take, and what all of them may take together when a run has ended.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// Hears events, runs what belongs to them, and passes them on. The hooks of a run's two ends are waited for, those of ports
/// run beside it. Whatever a hook does, the run goes on; what went wrong is told.
pub struct Hooks<'a> {
    events: &'a dyn EventSink,
    setting: Setting,
    clock: Arc<Clock>,
    queue: Option<Sender<Call>>,
    notes: Receiver<String>,
    /// Hooks that were begun and have not ended.
    open: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
    /// The run that is under way; outside of one there are no hooks.
    run: Mutex<Option<String>>,
}

/// The same for all calls.
struct Setting {
    hooks: Vec<Hook>,
    environment: Pairs,
    logs: camino::Utf8PathBuf,
    nice: i32,
}

impl<'a> Hooks<'a> {
    /// Of the executables beside the profile's configuration; those that are none are passed over.
    pub fn new(profile: &Profile, nice: i32, patience: Duration, events: &'a dyn EventSink) -> Hooks<'a> {
        let hooks = Hook::found(&profile.config_dir);
        let setting = Setting { environment: call::profile(profile), logs: profile.logs.clone(), hooks, nice };
        let (queue, calls) = unbounded::<Call>();
        let (told, notes) = unbounded();
        let clock = Arc::new(Clock::new(patience));
        let open = Arc::new(AtomicUsize::new(0));
        // Most profiles have no hooks, and need no threads for them.
        let count = if setting.hooks.is_empty() { 0 } else { ncpu() as usize };
        let start = |_| {
            let (calls, told, clock, open) = (calls.clone(), told.clone(), clock.clone(), open.clone());
            thread::spawn(move || {
                for call in calls {
                    call.run(&clock).into_iter().for_each(|note| drop(told.send(note)));
                    open.fetch_sub(1, Ordering::SeqCst);
                }
            })
        };
        let threads = (0..count).map(start).collect();
        Hooks { events, setting, clock, queue: Some(queue), notes, open, threads, run: Mutex::default() }
    }

    fn begin(&self, event: &Event) {
        let run = self.run.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(run), Some((hook, name, own))) = (run, self.setting.called_for(event)) else { return };
        let mut environment = self.setting.environment.clone();
        environment.push(("RUN_ID".into(), run));
        environment.extend(own);
        let call = Call { hook: hook.clone(), about: name, environment, nice: self.setting.nice };
        match event {
            Event::RunStarted { .. } | Event::RunEnded { .. } => {
                call.run(&self.clock).into_iter().for_each(|note| self.note(note));
            }
            _ => {
                self.open.fetch_add(1, Ordering::SeqCst);
                self.queue.iter().for_each(|queue| drop(queue.send(call.clone())));
            }
        }
    }

    /// Until all hooks of ports have ended; they have so long together, and are ended then.
    fn wait(&self) {
        self.clock.end_at(Instant::now() + self.clock.patience);
        while self.open.load(Ordering::SeqCst) > 0 {
            self.tell();
            thread::sleep(call::TICK);
        }
        self.tell();
    }

    fn tell(&self) {
        self.notes.try_iter().for_each(|note| self.note(note));
    }

    fn note(&self, text: String) {
        self.events.send(Event::Note { text });
    }
}

impl EventSink for Hooks<'_> {
    fn send(&self, event: Event) {
        self.tell();
        match &event {
            Event::RunStarted { run, .. } => {
                *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run.to_string());
                self.clock.go_on();
            }
            Event::RunEnded { .. } => {
                self.wait();
                self.clock.go_on();
            }
            _ => {}
        }
        self.begin(&event);
        if matches!(event, Event::RunEnded { .. }) {
            *self.run.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.events.send(event);
    }
}

impl Drop for Hooks<'_> {
    fn drop(&mut self) {
        self.wait();
        self.queue = None;
        self.threads.drain(..).for_each(|thread| drop(thread.join()));
    }
}

#[cfg(test)]
mod tests;
