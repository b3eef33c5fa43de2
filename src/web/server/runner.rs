//! Carries out what is queued: one build after the other, each when the build base is free.

use std::io::{Read, Seek};
use std::process::Child;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use uuid::Uuid;

use super::Shared;
use super::backend::Status;

const TICK: Duration = Duration::from_millis(200);
/// So much is kept of what a build that did not begin had to say.
const SAID: usize = 2000;

/// Until the server ends. A build that is under way goes on without it; the next server waits for its end.
pub(super) fn run(shared: &Arc<Shared>) {
    let mut own: Option<Own> = None;
    while !shared.is_over() {
        own = match own {
            Some(own) => own.look(shared),
            None => turn(shared),
        };
        thread::sleep(TICK);
    }
}

/// A build of this server's own.
struct Own {
    id: Uuid,
    child: Child,
    errors: std::fs::File,
}

/// The next one, if there is one and the build base is free.
fn turn(shared: &Shared) -> Option<Own> {
    let (next, before) = {
        let queue = shared.queue();
        (queue.next(), queue.running())
    };
    if (next.is_none() && before.is_none()) || shared.backend.is_busy() {
        return None;
    }
    // Of a server that ended before it did.
    before.into_iter().for_each(|id| settle(shared, id, String::new()));
    let next = next?;
    let started = tempfile::tempfile().map_err(|error| error.to_string()).and_then(|errors| {
        let told = errors.try_clone().map_err(|error| error.to_string())?;
        Ok((shared.backend.start(next.id, &next.packages, told)?, errors))
    });
    match started {
        Ok((child, errors)) => {
            shared.mark(next.id, Status::Running, None);
            *shared.process() = Some(Process { pid: Pid::from_raw(child.id().cast_signed()), is_asked: false });
            Some(Own { id: next.id, child, errors })
        }
        Err(why) => {
            shared.mark(next.id, Status::Refused, Some(why));
            None
        }
    }
}

impl Own {
    fn look(mut self, shared: &Shared) -> Option<Own> {
        // Nobody signals a process that was waited for.
        let mut process = shared.process();
        if let Ok(None) = self.child.try_wait() {
            return Some(self);
        }
        *process = None;
        drop(process);
        let mut said = String::new();
        let _ = self.errors.rewind().and_then(|()| self.errors.read_to_string(&mut said));
        let begin = said.len().saturating_sub(SAID);
        let begin = (begin..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or(0);
        settle(shared, self.id, said[begin..].trim().to_owned());
        None
    }
}

/// A build that became a run is in the store. One that did not has said why; or another dsynth was quicker, and it waits on.
fn settle(shared: &Shared, id: Uuid, said: String) {
    if shared.backend.is_recorded(id) {
        shared.forget(id);
    } else if said.starts_with("dsynth: Another dsynth is using") {
        shared.mark(id, Status::Queued, None);
    } else if said.is_empty() {
        shared.mark(id, Status::Aborted, Some("it ended before its run began, without a word".into()));
    } else {
        shared.mark(id, Status::Refused, Some(said));
    }
}

/// The process of the build that was begun here.
#[derive(Debug)]
pub(super) struct Process {
    pid: Pid,
    /// It was asked to stop.
    is_asked: bool,
}

impl Process {
    /// What it builds may come to its end; the second time it stops as by ^C, and the third time at once. Whether it heard.
    pub(super) fn stop(&mut self) -> bool {
        let signal = if self.is_asked { Signal::SIGINT } else { Signal::SIGUSR1 };
        self.is_asked = true;
        kill(self.pid, signal).is_ok()
    }
}
