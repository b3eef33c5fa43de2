//! What the rounds of one run have in common, and the workers that build with it.

use std::sync::Arc;

use uuid::Uuid;

use crate::model::{EventSink, Fingerprint, Plan, Stop};
use crate::queries::plan::PACKAGE_MANAGER;

use super::build::BuildOptions;
use super::distfiles::Distfiles;
use super::fresh::Fresh;
use super::halt::Halt;
use super::place::Place;
use super::slots::Slots;
use super::worker::Worker;
use super::{Session, SessionError};

pub(super) struct Run {
    pub(super) id: Uuid,
    place: Arc<Place>,
    distfiles: Arc<Distfiles>,
    slots: Arc<Slots>,
    pub(super) halt: Arc<Halt>,
    /// What the package manager in its jails is made from, if the first plan says so.
    pub(super) manager: Option<Fingerprint>,
}

impl Session {
    pub(super) fn start(
        &self,
        id: Uuid,
        plan: &Plan,
        options: &BuildOptions,
        stop: &Stop,
    ) -> Result<Run, SessionError> {
        Ok(Run {
            id,
            place: Arc::new(self.place(plan, options)?),
            distfiles: Arc::default(),
            slots: Arc::new(Slots::new(self.workers())),
            halt: Arc::new(Halt::new(stop)),
            manager: manager(plan),
        })
    }

    pub(super) fn worker<'a>(
        &'a self,
        run: &Run,
        fresh: Fresh<'a>,
        options: &BuildOptions,
        stop: &'a Stop,
        events: &'a dyn EventSink,
    ) -> Result<Worker<'a>, SessionError> {
        Ok(Worker {
            run: run.id,
            expected: self.expected(&fresh.plan)?,
            extracted: Default::default(),
            ready: Default::default(),
            suffix: self.profile.suffix.as_str(),
            jobs: self.jobs(),
            fresh,
            jails: run.place.clone(),
            logs: self.profile.logs.clone(),
            how: options.how,
            stop,
            events,
            adopted: Default::default(),
            distfiles: run.distfiles.clone(),
            limits: &self.profile.limits,
            slots: run.slots.clone(),
            frozen: self.frozen.clone(),
            halt: run.halt.clone(),
        })
    }
}

/// What the package manager is made from, if it is in the plan.
pub(super) fn manager(plan: &Plan) -> Option<Fingerprint> {
    plan.jobs.iter().find(|job| job.spec.origin.as_str() == PACKAGE_MANAGER).map(|job| job.recipe)
}
