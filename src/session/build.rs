//! Plan, schedule, record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::jail::clean_leftovers;
use crate::model::{Asked, Event, EventSink, Fate, JobId, Notice, Plan, Reason, Stop, Verdict};
use crate::queries::inputs::Rules;
use crate::queries::plan::PACKAGE_MANAGER;
use crate::queries::request::Request;
use crate::schedule::{self, Report, RunOptions};
use crate::store::{Counters, RunRecord, RunState};
use crate::system::host::HostMake;

use super::distfiles::Distfiles;
use super::fresh::{Fresh, with_force};
use super::place::{Place, PlaceOptions};
use super::planner::{Planner, PlannerError};
use super::worker::{How, Worker};
use super::{Session, SessionError};

/// What a directive asks beyond its ports.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    pub directive: String,
    /// Build the ports named even if they are up to date.
    pub force: bool,
    pub how: How,
    pub rules: Rules,
    /// What cannot be built is an error before anything is built.
    pub strict: bool,
    /// Added to the niceness of builds.
    pub nice: i32,
}

/// What would be built, and how much there is in all.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    pub plan: Plan,
    /// In the order in which one worker would build them, with reasons.
    pub dirty: Vec<(JobId, Vec<Reason>)>,
}

impl Session {
    /// Plans what `request` needs.
    pub fn plan(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<(Planner, Plan), SessionError> {
        let planner = Planner::new(&self.profile, &self.make_conf, &self.platform, options.rules, &self.store, stop)?;
        planner.notices.iter().for_each(|text| events.send(Event::Note { text: text.clone() }));
        let progress = |done, total| events.send(Event::Scanned { done, total });
        let plan = planner.plan(request, options.strict, &progress, stop);
        planner.comparison().into_iter().for_each(|text| events.send(Event::Note { text }));
        Ok((planner, plan?))
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
        let mut needs = planner.needs(&plan, |id| fresh.recorded(plan.job(id)));
        self.tell_troubles(events);
        let dirty = schedule::simulate(&plan, &mut |id| {
            with_force(needs.remove(&id).unwrap_or(Verdict::Fresh), fresh.forced.contains(&id))
        });
        Ok(Forecast { dirty: dirty.builds, plan })
    }

    /// Builds what is out of date of `request`.
    pub fn build(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<(Plan, Report), SessionError> {
        self.clean(events)?;
        let (planner, mut plan) = self.plan(request, options, stop, events)?;
        drop(planner);
        announce(&plan.notices, events);
        if options.how.fetch_only {
            // Distfiles depend on nothing.
            plan.jobs.iter_mut().for_each(|job| job.depends.clear());
        }
        let record = RunRecord::begin(&options.directive, &owner());
        self.store.begin_run(&record)?;
        let report = self.run(&record, &plan, options, stop, events);
        let state = match (&report, stop.requested()) {
            (_, true) => RunState::Interrupted,
            (Ok(_), false) => RunState::Finished,
            (Err(_), false) => RunState::Aborted,
        };
        let summary = report.as_ref().map(|report| report.summary.clone()).unwrap_or_default();
        self.store.finish_run(record.id, state, Counters::from(&summary))?;
        Ok((plan, report?))
    }

    fn run(
        &self,
        record: &RunRecord,
        plan: &Plan,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Report, SessionError> {
        let worker = Worker {
            run: record.id,
            fresh: self.fresh(plan, options, events)?,
            place: self.place(plan, options)?,
            store: &self.store,
            logs: self.profile.logs.clone(),
            how: options.how,
            stop,
            events,
            adopted: Mutex::default(),
            distfiles: Distfiles::default(),
        };
        let run = RunOptions {
            run: record.id,
            workers: self.workers(),
            logs: self.profile.logs.clone(),
            fetch_only: options.how.fetch_only,
        };
        let report = schedule::run(plan, &worker, &run, stop, events)?;
        let adopted = worker.adopted.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.store.put_traces(adopted.iter().map(|(spec, trace)| (spec, trace)))?;
        self.packages.save(&self.store)?;
        Ok(report)
    }

    pub(super) fn tell_troubles(&self, events: &dyn EventSink) {
        self.packages.take_troubles().into_iter().for_each(|text| events.send(Event::Note { text }));
    }

    pub(super) fn fresh<'a>(
        &'a self,
        plan: &'a Plan,
        options: &BuildOptions,
        events: &dyn EventSink,
    ) -> Result<Fresh<'a>, SessionError> {
        let named = |id: &JobId| plan.job(*id).asked != Asked::Needed && plan.job(*id).fate == Fate::Open;
        let forced = if options.force { plan.ids().filter(named).collect() } else { BTreeSet::new() };
        let (traces, damaged) = self.traces()?;
        // Fetching judges nothing.
        let old = if options.how.fetch_only { BTreeMap::new() } else { self.old_records(plan, &traces, events)? };
        Ok(Fresh { plan, packages: &self.packages, traces, damaged, old, forced, rules: options.rules })
    }

    fn place(&self, plan: &Plan, options: &BuildOptions) -> Result<Place, SessionError> {
        let place = PlaceOptions {
            developer: options.how.test,
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

    /// Takes away what an earlier run left mounted.
    pub fn clean(&self, events: &dyn EventSink) -> Result<(), SessionError> {
        let leftovers = clean_leftovers(&self.profile.buildbase)?;
        for mount in leftovers.unmounted {
            events.send(Event::Note { text: format!("unmounted {mount}, left by an earlier run") });
        }
        for (mount, error) in leftovers.stuck {
            events.send(Event::Note { text: format!("cannot unmount {mount}: {error}") });
        }
        Ok(())
    }
}

/// Who runs, for people: dsynth's lock decides who is alive.
fn owner() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default();
    format!("{}@{host}", std::process::id())
}

/// `1.21.3` of `pkg-1.21.3`.
fn manager_version(plan: &Plan) -> Option<String> {
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
