//! Slots and their own rayon pool.
//!
//! The global pool answers queries; builds that wait there would starve it. A job is handed over only when a
//! slot is free, so the pool never has a queue: which job is next is decided in one place.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, never, select, tick, unbounded};
use rayon::{Scope, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::model::{Event, EventSink, Failure, Fault, JobId, Outcome, Phase, SlotId};

use super::throttle::{Adjustment, Governor, TICK, Throttle};
use super::{Hands, Runner};

/// The workers' threads could not be started.
#[derive(Debug, thiserror::Error)]
#[error("start {workers} workers")]
pub struct StartError {
    workers: usize,
    source: ThreadPoolBuildError,
}

/// A build that ended.
#[derive(Debug)]
pub struct Done {
    pub slot: SlotId,
    pub outcome: Outcome,
    /// Whether the slot can be used again.
    pub kept: bool,
}

/// What ended a wait.
#[expect(clippy::large_enum_variant, reason = "one at a time, and never kept")]
#[derive(Debug)]
pub enum Woken<N> {
    Done(Done),
    News(N),
    /// Nothing is being built.
    Idle,
    /// Another number of builds may run now.
    Again,
}

/// A thread for each slot.
pub(super) struct Workers<'a, 'scope> {
    scope: &'a Scope<'scope>,
    free: BTreeSet<SlotId>,
    running: usize,
    sender: Sender<Done>,
    done: Receiver<Done>,
    governor: Option<Governor>,
    /// When the governor looks.
    ticks: Receiver<Instant>,
    /// Who says what each build takes.
    taking: BTreeMap<SlotId, (Arc<dyn Runner + 'scope>, JobId)>,
    events: &'a dyn EventSink,
}

/// Lends out so many workers; returns when `work` has and all their builds have ended.
pub(super) fn with_workers<'scope, R>(
    count: usize,
    throttle: Option<Throttle>,
    events: &dyn EventSink,
    work: impl FnOnce(&mut Workers<'_, 'scope>) -> R,
) -> Result<R, StartError> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(count)
        .thread_name(|index| format!("worker-{index}"))
        .build()
        .map_err(|source| StartError { workers: count, source })?;
    Ok(pool.in_place_scope(|scope| {
        let (sender, done) = unbounded();
        let free = (0..).map(SlotId).take(count).collect();
        let ticks = if throttle.is_some() { tick(TICK) } else { never() };
        let governor = throttle.map(|throttle| Governor::new(throttle, count));
        let taking = BTreeMap::new();
        work(&mut Workers { scope, free, running: 0, sender, done, governor, ticks, taking, events })
    }))
}

impl<'scope, N> Hands<'scope, N> for Workers<'_, 'scope> {
    fn has_free(&self) -> bool {
        !self.free.is_empty() && self.governor.as_ref().is_none_or(|governor| self.running < governor.limit())
    }

    fn take_slot(&mut self) -> Option<SlotId> {
        self.free.pop_first()
    }

    fn start(&mut self, runner: Arc<dyn Runner + 'scope>, job: JobId, slot: SlotId) {
        self.running += 1;
        self.taking.insert(slot, (runner.clone(), job));
        let sender = self.sender.clone();
        self.scope.spawn(move |_| {
            let outcome = build(&*runner, job, slot);
            // The receiver is gone only if the scheduler is; then nobody wants to know.
            let _ = sender.send(Done { slot, outcome, kept: runner.keeps(slot) });
        });
    }

    fn finished(&mut self) -> Option<Done> {
        self.done.try_recv().ok().map(|done| self.free(done))
    }

    fn wait(&mut self, news: &Receiver<N>) -> Woken<N> {
        if self.running == 0 {
            return Woken::Idle;
        }
        select! {
            recv(self.done) -> done => done.map_or(Woken::Idle, |done| Woken::Done(self.free(done))),
            recv(self.ticks) -> _ => {
                self.adjust();
                Woken::Again
            }
            recv(news) -> heard => match heard {
                Ok(heard) => Woken::News(heard),
                // Nobody is left to tell any.
                Err(_) => self.done.recv().map_or(Woken::Idle, |done| Woken::Done(self.free(done))),
            },
        }
    }
}

impl Workers<'_, '_> {
    fn adjust(&mut self) {
        let memory = self.taking.values().map(|(runner, job)| runner.memory(*job)).sum();
        let Some(governor) = &mut self.governor else { return };
        if let Some(Adjustment { busy, memory, limits, from, to }) =
            governor.adjust(self.running, memory, Instant::now())
        {
            self.events.send(Event::Adjusted { load: busy.load, swap: busy.swap, memory, limits, from, to });
        }
    }

    fn free(&mut self, done: Done) -> Done {
        self.running -= 1;
        self.taking.remove(&done.slot);
        if done.kept {
            self.free.insert(done.slot);
        }
        done
    }
}

/// A crash is the failure of one port: its slot must come back and the run goes on. Whatever state the crash
/// left behind belongs to that build alone.
fn build(runner: &dyn Runner, job: JobId, slot: SlotId) -> Outcome {
    let began = Instant::now();
    catch_unwind(AssertUnwindSafe(|| runner.build(job, slot))).unwrap_or_else(|panic| {
        let fault = Fault::new(Phase::InstallPkgs, Failure::Jail(crash(&*panic)));
        Outcome::Failed { fault, took: began.elapsed() }
    })
}

/// A panic in words.
pub(super) fn crash(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    format!("crashed: {}", text.unwrap_or("for no known reason"))
}
