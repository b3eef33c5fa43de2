//! The dependency graph of a profile's tree; it can be had beside a run.

use std::sync::Arc;

use crate::config::{MakeConf, Profile};
use crate::model::{Chart, Event, EventSink, Stop};
use crate::queries::inputs::Rules;
use crate::queries::request::Request;

use super::beside::{Look, look};
use super::lock::LockError;
use super::planner::Planner;
use super::{Session, SessionError, platform_of};

/// See `queries::chart`. Of the profile's directories only the ports tree and the build base have to be there.
pub fn chart(
    profile: &Profile,
    roots: &Request,
    among: &Request,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<Chart, SessionError> {
    let make_conf = MakeConf::load(&profile.make_conf_path())?;
    let Look { store, beside, notice, lock: _lock } = look(&profile.buildbase, "graph")?;
    let beside = beside.as_ref().and_then(LockError::notice);
    beside.into_iter().chain(notice).for_each(|text| events.send(Event::Note { text }));
    drawn(
        Planner::new(profile, &make_conf, &platform_of(profile)?, Rules::default(), &Arc::new(store), stop)?,
        roots,
        among,
        stop,
        events,
    )
}

impl Session {
    /// The same of a session that is open.
    pub fn chart(
        &self,
        roots: &Request,
        among: &Request,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Chart, SessionError> {
        let (profile, rules) = (&self.profile, Rules::default());
        let planner = Planner::new(profile, &self.make_conf, &self.platform, rules, &self.store, stop)?;
        drawn(planner, roots, among, stop, events)
    }
}

fn drawn(
    mut planner: Planner,
    roots: &Request,
    among: &Request,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<Chart, SessionError> {
    planner.notices.iter().cloned().for_each(|text| events.send(Event::Note { text }));
    let progress = |done, total| events.send(Event::Scanned { done, total });
    let chart = planner.chart(roots, among, &progress, stop);
    planner.comparison().into_iter().for_each(|text| events.send(Event::Note { text }));
    Ok(chart?)
}
