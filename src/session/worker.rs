//! Builds one job in a slot: a jail, its phases, the package into the repository, the trace into the store.

mod memory;
mod package;
mod slot;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use camino::Utf8PathBuf;
use uuid::Uuid;

use crate::config::PortLimits;
use crate::jail::{Jail, JailError};
use crate::model::{
    Asked, DependTrace, Event, EventSink, Failure, Fault, Fingerprint, Job, JobId, OriginSpec, Outcome, Phase, SlotId,
    Stop, Trace, Verdict, with_causes,
};
use crate::phases::{self, Ended, Goal, INSTALL_SCRIPT, PhaseError, PortLog, Work, install_script};
use crate::queries::plan::PACKAGE_MANAGER;
use crate::repo::PackageError;
use crate::schedule::{Runner, UNKNOWN};
use crate::store::{BuildRecord, Cost, StoreError, unix_ns};

use super::distfiles::Distfiles;
use super::fresh::Fresh;
use super::frozen::Frozen;
use super::halt::{Halt, is_full};
use super::listener::SlotListener;
use super::place::Jails;
use super::placing::Made;
use super::slots::Slots;

/// What every job of a run is built with.
pub struct Worker<'a> {
    pub run: Uuid,
    /// How long each job is thought to take; what is missing is unknown.
    pub expected: Vec<Duration>,
    /// Bytes of work directories after `extract`, by job; kept while it is built.
    pub extracted: Mutex<BTreeMap<JobId, u64>>,
    /// When jobs that are to be built became ready, until their builds begin.
    pub ready: Mutex<BTreeMap<JobId, i64>>,
    /// How packages are compressed.
    pub suffix: &'a str,
    /// `MAKE_JOBS_NUMBER`.
    pub jobs: u32,
    pub fresh: Fresh<'a>,
    pub jails: Arc<dyn Jails + 'a>,
    pub logs: Utf8PathBuf,
    pub how: How,
    pub stop: &'a Stop,
    pub events: &'a dyn EventSink,
    pub adopted: Mutex<Vec<(OriginSpec, Trace)>>,
    pub distfiles: Arc<Distfiles>,
    pub limits: &'a PortLimits,
    pub slots: Arc<Slots>,
    pub halt: Arc<Halt>,
    pub frozen: Arc<Frozen>,
}

/// What is done with each port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct How {
    pub fetch_only: bool,
    pub check_plist: bool,
    /// Install and deinstall the package afterwards.
    pub test: bool,
    /// Say in the log what the port is built with, and set `DEVELOPER`.
    pub developer: bool,
    /// Leave the jails of ports that were asked for.
    pub freeze: bool,
}

/// Stamp of a package file, and what it was made from.
type Taken = (Fingerprint, Trace);

/// dsynth's own trouble while it built a port.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Jail(#[from] JailError),
    #[error(transparent)]
    Phase(#[from] PhaseError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot put the package into the repository")]
    Repository(#[source] PackageError),
}

impl Trouble {
    /// Whether the next port would meet it too: what outlives a run cannot be written.
    fn is_everybodys(&self) -> bool {
        is_full(self) || matches!(self, Trouble::Store(_))
    }
}

impl Runner for Worker<'_> {
    fn judge(&self, id: JobId) -> Verdict {
        if self.how.fetch_only {
            return Verdict::Dirty(Vec::new());
        }
        let verdict = self.fresh.verdict(id);
        if verdict != Verdict::Fresh {
            self.ready().insert(id, unix_ns(SystemTime::now()));
        }
        self.fresh.packages.take_troubles().into_iter().for_each(|text| self.note(text));
        let job = self.fresh.plan.job(id);
        if verdict == Verdict::Fresh
            && matches!(self.fresh.store.trace(&job.spec), Ok(None))
            && let Some(trace) = self.fresh.adopted(job)
        {
            self.adopted.lock().unwrap_or_else(PoisonError::into_inner).push((job.spec.clone(), trace));
        }
        verdict
    }

    fn expected(&self, id: JobId) -> Duration {
        self.expected.get(id.index()).copied().unwrap_or(UNKNOWN)
    }

    fn memory(&self, id: JobId) -> u64 {
        self.memory_of(id)
    }

    fn keeps(&self, slot: SlotId) -> bool {
        self.slots.place(slot).is_some()
    }

    fn build(&self, id: JobId, slot: SlotId) -> Outcome {
        let job = self.fresh.plan.job(id);
        let version = job.pkgname.rsplit('-').next().unwrap_or_default();
        let mut record = BuildRecord::begin(self.run, job.spec.clone(), version);
        record.ready = self.ready().remove(&id);
        self.save(&record);
        let mut listener = SlotListener::new(self, slot, id);
        let begin = Instant::now();
        let ended = self.attempt(id, slot, &mut record, &mut listener);
        let phase = listener.phase.unwrap_or(Phase::InstallPkgs);
        record.phases = listener.times;
        self.extracted().remove(&id);
        let outcome = ended.unwrap_or_else(|trouble| {
            let text = with_causes(&trouble);
            self.note(format!("{}: {text}", job.spec));
            let took = begin.elapsed();
            if trouble.is_everybodys() {
                self.halt.halt(text);
                return Outcome::Interrupted { took };
            }
            Outcome::Failed { fault: Fault::new(phase, Failure::Jail(text)), took }
        });
        if !matches!(outcome, Outcome::Built { .. }) {
            self.save(&package::ended(record, &outcome));
        }
        outcome
    }
}

impl Worker<'_> {
    /// Traces of the packages that were found without one, and what was read of package files.
    pub fn keep_adopted(&self) -> Result<(), StoreError> {
        let adopted = std::mem::take(&mut *self.adopted.lock().unwrap_or_else(PoisonError::into_inner));
        let recipes = &self.fresh.recipes;
        let adopted = adopted.iter().filter_map(|(spec, trace)| Some((spec, trace, recipes.get(spec)?.as_ref())));
        self.fresh.store.put_traces(adopted)?;
        self.fresh.packages.save(self.fresh.store)
    }

    fn ready(&self) -> MutexGuard<'_, BTreeMap<JobId, i64>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt(
        &self,
        id: JobId,
        slot: SlotId,
        record: &mut BuildRecord,
        listener: &mut SlotListener<'_>,
    ) -> Result<Outcome, Trouble> {
        let job = self.fresh.plan.job(id);
        let begin = Instant::now();
        let limits = self.limits_of(job);
        let mut log = PortLog::create(&self.logs, &job.spec, limits.log_size).map_err(PhaseError::Log)?;
        let goal = self.goal(job);
        self.prepare_template(goal)?;
        // As they are now: one may be replaced while this is built, and then this has to be built again.
        let depends = self.fresh.depend_traces(job);
        let installs = if goal == Goal::Package { self.installs(id) } else { Vec::new() };
        let work = Work {
            spec: job.spec.clone(),
            goal,
            installs: !installs.is_empty(),
            check_plist: self.how.check_plist,
            test: self.how.test,
            developer: self.how.developer,
            limits,
        };
        let finish = cfg!(target_os = "linux").then_some("/sbin/ldconfig");
        let script = || (INSTALL_SCRIPT.to_owned(), install_script(&installs, finish));
        let mut jail = self.jail(slot, work.installs.then(script).into_iter().collect())?;
        let outcome = self.in_jail(&mut *jail, &work, (job, depends), record, &mut log, listener, begin);
        if let Err(error) = &outcome {
            log.remark(&format!("dsynth: {}", with_causes(error)));
        }
        if self.how.freeze && job.asked != Asked::Needed && !matches!(outcome, Ok(Outcome::Interrupted { .. })) {
            match self.freeze(slot, job, jail) {
                None => return outcome,
                Some(thawed) => jail = thawed,
            }
        }
        // A good package stays good when the jail is hard to take away (spec Q38).
        if let Err(error) = jail.cleanup() {
            self.set_aside(slot, &error);
        }
        outcome
    }

    #[expect(clippy::too_many_arguments, reason = "all that one attempt is made of, passed once")]
    fn in_jail(
        &self,
        jail: &mut dyn Jail,
        work: &Work,
        (job, depends): (&Job, Vec<DependTrace>),
        record: &mut BuildRecord,
        log: &mut PortLog,
        listener: &mut SlotListener<'_>,
        begin: Instant,
    ) -> Result<Outcome, Trouble> {
        match phases::run(work, self.jails.make(), jail, log, listener, self.stop)? {
            Ended::Interrupted => Ok(Outcome::Interrupted { took: begin.elapsed() }),
            Ended::Failed(fault) => Ok(Outcome::Failed { fault, took: begin.elapsed() }),
            Ended::Done if work.goal == Goal::Fetch => Ok(Outcome::Fetched { took: begin.elapsed() }),
            Ended::Done => {
                let recipe = self.fresh.recipe(&job.spec).as_ref().clone();
                let taken = self.take_package(jail, work, job, Made { build: record.id, depends, recipe })?;
                if self.stop.requested() && taken.is_err() {
                    return Ok(Outcome::Interrupted { took: begin.elapsed() });
                }
                match taken {
                    Ok((stamp, trace)) => {
                        record.phases = listener.times.clone();
                        let consumed = jail.consumed();
                        let cost = Cost {
                            milliseconds: begin.elapsed().as_millis() as u64,
                            jobs: self.jobs,
                            extracted: listener.extracted,
                            cpu_milliseconds: consumed.map(|consumed| consumed.cpu.as_millis() as u64),
                            peak_memory: consumed.map(|consumed| consumed.largest.max(listener.memory)),
                            work: listener.work,
                        };
                        self.record_success(job, record, (stamp, &trace), cost)?;
                        Ok(Outcome::Built { build: record.id, package: trace.package, took: begin.elapsed() })
                    }
                    Err(why) => {
                        log.remark(&format!("dsynth: {why}"));
                        Ok(Outcome::Failed { fault: Fault::new(Phase::Package, why), took: begin.elapsed() })
                    }
                }
            }
        }
    }

    pub(super) fn goal(&self, job: &Job) -> Goal {
        match (self.how.fetch_only, job.spec.origin.as_str() == PACKAGE_MANAGER) {
            (true, _) => Goal::Fetch,
            (false, true) => Goal::Bootstrap,
            (false, false) => Goal::Package,
        }
    }

    /// Everything but the package manager itself, and fetching, needs the package manager in the template.
    fn prepare_template(&self, goal: Goal) -> Result<(), Trouble> {
        let manager = self.fresh.plan.jobs.iter().find(|job| job.spec.origin.as_str() == PACKAGE_MANAGER);
        let package = manager.filter(|_| goal == Goal::Package).and_then(|job| {
            let facts = self.fresh.packages.facts(&job.pkgfile)?;
            Some((self.fresh.packages.repository.path(&job.pkgfile), facts.output.to_string()))
        });
        let manager = package.as_ref().map(|(path, digest)| (path.as_path(), digest.clone()));
        Ok(self.jails.prepare_template(manager)?)
    }

    /// Package files for the jail, each after what it needs: all direct dependencies, and what those need to
    /// run (spec 6.5).
    fn installs(&self, id: JobId) -> Vec<String> {
        let (mut order, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
        let plan = &self.fresh.plan;
        // Depth first without recursion: a job comes a second time once all it needs is in the list.
        let direct = plan.job(id).depends.iter().filter(|depend| !depend.kinds.is_empty());
        let mut stack: Vec<(JobId, bool)> = direct.rev().map(|depend| (depend.job, false)).collect();
        while let Some((job, done)) = stack.pop() {
            if done {
                order.push(plan.job(job).pkgfile.clone());
            } else if seen.insert(job) {
                stack.push((job, true));
                let needs = plan.job(job).depends.iter().filter(|depend| depend.kinds.installs());
                stack.extend(needs.rev().map(|depend| (depend.job, false)));
            }
        }
        order
    }

    /// Without its record a build still counts; the next run may do it again.
    fn save(&self, record: &BuildRecord) {
        if let Err(error) = self.fresh.store.save_record(record) {
            self.note(format!("cannot record {}: {error}", record.spec));
        }
    }

    fn note(&self, text: String) {
        self.events.send(Event::Note { text });
    }
}
