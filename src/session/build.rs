//! Plan, schedule, record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::jail::limits_missing;
use crate::model::{Asked, Event, EventSink, Job, JobId, Notice, Plan, Reason, Stop, StopReason, Verdict};
use crate::queries::inputs::Rules;
use crate::queries::plan::PACKAGE_MANAGER;
use crate::queries::request::Request;
use crate::schedule::{self, Report, Round, RunOptions};
pub use crate::schedule::{Busy, Throttle};
use crate::store::{Counters, RunRecord, RunState};
use crate::system::host::HostMake;

use super::fresh::{Fresh, Recipes, with_force};
use super::place::{Place, PlaceOptions};
use super::planner::{Planner, PlannerError};
use super::run::Run;
use super::worker::How;
use super::{Session, SessionError};

/// What a directive asks beyond its ports.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    pub directive: String,
    /// The id of the first run, for who wants to find it again.
    pub run: Option<Uuid>,
    /// Build the ports named even if they are up to date.
    pub force: bool,
    pub how: How,
    pub rules: Rules,
    /// What cannot be built is an error before anything is built.
    pub strict: bool,
    /// Added to the niceness of builds.
    pub nice: i32,
    /// What may keep slots empty; fetching knows none.
    pub throttle: Option<Throttle>,
}

/// What would be built, and how much there is in all.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub plan: Arc<Plan>,
    /// In the order in which one worker would build them, with reasons.
    pub dirty: Vec<(JobId, Vec<Reason>)>,
}

/// What is to be built, before anything is.
pub struct Planned {
    pub plan: Arc<Plan>,
    planner: Planner,
}

/// What was built, and what became of it.
pub struct Carried {
    pub plan: Arc<Plan>,
    pub report: Report,
}

impl Session {
    /// Plans what `request` needs.
    pub fn plan(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<(Planner, Arc<Plan>), SessionError> {
        let mut planner =
            Planner::new(&self.profile, &self.make_conf, &self.platform, options.rules, &self.store, stop)?;
        planner.notices.iter().for_each(|text| events.send(Event::Note { text: text.clone() }));
        let progress = |done, total| events.send(Event::Scanned { done, total });
        if let Some(plan) = planner.recall(request, options.strict) {
            return Ok((planner, plan));
        }
        let plan = planner.plan(request, options.strict, &progress, stop);
        plan.iter().for_each(|plan| planner.remember(request, options.strict, plan));
        planner.comparison().into_iter().for_each(|text| events.send(Event::Note { text }));
        Ok((planner, Arc::new(plan?)))
    }

    /// What a run would build; changes nothing.
    pub fn forecast(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Forecast, SessionError> {
        let (mut planner, plan) = self.plan(request, options, stop, events)?;
        announce(&plan.notices, events);
        let fresh = self.fresh(&plan, options, events)?;
        let traces = self.store.traces()?;
        let recorded = |job: &Job| fresh.recorded_with(traces.get(&job.spec), job);
        let mut needs = planner.needs(&plan, |id| recorded(plan.job(id)));
        drop(traces);
        self.tell_troubles(events);
        self.packages.save(&self.store)?;
        let expected = self.expected(&plan)?;
        let dirty = schedule::simulate(&plan, &|job| expected[job.index()], &mut |id| {
            with_force(needs.remove(&id).unwrap_or(Verdict::Fresh), fresh.forced.contains(&id))
        });
        drop(fresh);
        planner.leave();
        Ok(Forecast { dirty: dirty.builds, plan })
    }

    /// Builds what is out of date of `request`.
    pub fn build(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<(Arc<Plan>, Report), SessionError> {
        let planned = self.prepare(request, options, stop, events)?;
        let Carried { plan, report } = self.carry_out(planned, options, stop, events)?;
        Ok((plan, report))
    }

    /// Takes away what earlier runs left, and plans: nothing is judged or built yet.
    pub fn prepare(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Planned, SessionError> {
        self.clean(events)?;
        let (planner, mut plan) = self.plan(request, options, stop, events)?;
        announce(&plan.notices, events);
        if options.how.fetch_only {
            // Distfiles depend on nothing.
            Arc::make_mut(&mut plan).jobs.iter_mut().for_each(|job| job.depends.clear());
        }
        Ok(Planned { plan, planner })
    }

    pub fn carry_out(
        &self,
        planned: Planned,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Carried, SessionError> {
        let Planned { plan, mut planner } = planned;
        let mut fresh = self.fresh(&plan, options, events)?;
        if !options.how.fetch_only {
            fresh.recipes = self.recipes(&mut planner, &fresh)?;
        }
        // Builds may take days; the database is large.
        drop(planner);
        let report = self.recorded_run(options, stop, |id| {
            let run = self.start(id, &plan, options, stop)?;
            self.run(&run, fresh, options, stop, events)
        })?;
        Ok(Carried { plan, report })
    }

    /// What is left beside a trace: of all jobs that may get one in this run.
    fn recipes(&self, planner: &mut Planner, fresh: &Fresh<'_>) -> Result<Recipes, SessionError> {
        let (plan, traces) = (&fresh.plan, self.store.traces()?);
        let mut traced = BTreeSet::new();
        // A run finds no more dirty than this, where what will be built counts as different.
        let needs = planner.needs(plan, |id| {
            let recorded = fresh.recorded_with(traces.get(&plan.job(id).spec), plan.job(id));
            traced.extend(recorded.trace.is_some().then_some(id));
            recorded
        });
        // The run meets them again, and tells them then.
        self.packages.take_troubles();
        let stays =
            |id: &JobId| traced.contains(id) && needs.get(id) == Some(&Verdict::Fresh) && !fresh.forced.contains(id);
        let kept = plan.open().filter(|id| !stays(id)).map(|id| plan.job(id));
        Ok(kept.map(|job| (job.spec.clone(), planner.recipe(&job.spec))).collect())
    }

    /// The store knows of a run from its begin to its end.
    pub(super) fn recorded_run(
        &self,
        options: &BuildOptions,
        stop: &Stop,
        run: impl FnOnce(Uuid) -> Result<Report, SessionError>,
    ) -> Result<Report, SessionError> {
        let record = RunRecord::begin(&options.directive, &owner());
        let id = options.run.filter(|id| self.store.run(*id).is_err()).unwrap_or(record.id);
        let record = RunRecord { id, ..record };
        self.store.begin_run(&record)?;
        let report = run(record.id);
        let state = match (&report, stop.reason()) {
            (_, Some(StopReason::Interrupt | StopReason::Terminate | StopReason::Finish)) => RunState::Interrupted,
            (Ok(_), None) => RunState::Finished,
            (Err(_), None) | (_, Some(StopReason::Trouble)) => RunState::Aborted,
        };
        let summary = report.as_ref().map(|report| report.summary.clone()).unwrap_or_default();
        self.store.finish_run(record.id, state, Counters::from(&summary))?;
        report
    }

    fn run(
        &self,
        run: &Run,
        fresh: Fresh<'_>,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Report, SessionError> {
        let plan = fresh.plan.clone();
        let worker = self.worker(run, fresh, options, stop, events)?;
        self.tell_missing_limits(events);
        let round = Round { plan, runner: Arc::new(&worker) };
        let report = schedule::run(round, &self.run_options(run.id, options), stop, events)?;
        let kept = worker.keep_adopted();
        // What could not be kept is found out again; why the run ended is not.
        run.halt.result()?;
        kept?;
        Ok(report)
    }

    /// Who asks for limits is told if there are none.
    pub(super) fn tell_missing_limits(&self, events: &dyn EventSink) {
        let limits = &self.profile.limits;
        if (limits.memory.is_some() || limits.processes.is_some())
            && let Some(why) = limits_missing()
        {
            let text = format!("Max_memory has no effect, nor has Max_processes for root: {why}");
            events.send(Event::Note { text });
        }
    }

    pub(super) fn run_options(&self, run: Uuid, options: &BuildOptions) -> RunOptions {
        let logs = self.profile.logs.clone();
        let throttle = options.throttle.clone().filter(|_| !options.how.fetch_only);
        RunOptions { run, workers: self.workers(), logs, fetch_only: options.how.fetch_only, throttle }
    }

    pub(super) fn tell_troubles(&self, events: &dyn EventSink) {
        self.packages.take_troubles().into_iter().for_each(|text| events.send(Event::Note { text }));
    }

    pub(super) fn fresh<'a>(
        &'a self,
        plan: &Arc<Plan>,
        options: &BuildOptions,
        events: &dyn EventSink,
    ) -> Result<Fresh<'a>, SessionError> {
        let open: Vec<JobId> = plan.open().collect();
        self.fresh_of(plan, &open, options, events)
    }

    /// The same, where only some jobs will be asked about.
    pub(super) fn fresh_of<'a>(
        &'a self,
        plan: &Arc<Plan>,
        jobs: &[JobId],
        options: &BuildOptions,
        events: &dyn EventSink,
    ) -> Result<Fresh<'a>, SessionError> {
        self.packages.list();
        let named = |id: &JobId| options.force && plan.job(*id).asked != Asked::Needed;
        let forced = jobs.iter().copied().filter(named).collect();
        // Fetching judges nothing.
        let old = match options.how.fetch_only {
            true => BTreeMap::new(),
            false => self.old_records(jobs.iter().map(|id| plan.job(*id)), events)?,
        };
        let (plan, recipes, rules) = (plan.clone(), Recipes::default(), options.rules);
        Ok(Fresh { plan, recipes, packages: &self.packages, store: &self.store, old, forced, rules })
    }

    pub(super) fn place(&self, plan: &Plan, options: &BuildOptions) -> Result<Place, SessionError> {
        let place = PlaceOptions {
            developer: options.how.developer,
            nice: options.nice,
            pkg_version: manager_version(plan),
            jobs: self.jobs(),
            writable_packages: false,
        };
        self.place_with(&place)
    }

    pub(super) fn place_with(&self, options: &PlaceOptions) -> Result<Place, SessionError> {
        let host = HostMake::for_jails(&self.profile.buildbase).map_err(PlannerError::from)?;
        Ok(Place::new(&self.profile, &self.make_conf, &self.platform, host.makefiles.as_deref(), options)?)
    }
}

/// Who runs, for people: dsynth's lock decides who is alive.
fn owner() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    format!("{}@{host}", std::process::id())
}

/// `1.21.3` of `pkg-1.21.3`.
pub(super) fn manager_version(plan: &Plan) -> Option<String> {
    let manager = plan.jobs.iter().find(|job| job.spec.origin.as_str() == PACKAGE_MANAGER)?;
    manager.pkgname.rsplit_once('-').map(|(_, version)| version.to_owned())
}

pub(super) fn announce(notices: &[Notice], events: &dyn EventSink) {
    for notice in notices {
        events.send(match &notice.spec {
            Some(spec) => Event::Complaint { spec: spec.clone(), text: notice.text.clone() },
            None => Event::Note { text: notice.text.clone() },
        });
    }
}
