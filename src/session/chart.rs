//! The dependency graph of a profile's tree; it can be had beside a run, then without what earlier scans found out.

use std::sync::Arc;

use crate::config::{MakeConf, Profile};
use crate::model::{Chart, Event, EventSink, Stop};
use crate::queries::inputs::Rules;
use crate::queries::request::Request;
use crate::store::Store;

use super::lock::BuildBaseLock;
use super::planner::Planner;
use super::{DATABASE, SessionError, platform_of};

/// See `queries::chart`. Of the profile's directories only the ports tree and the build base have to be there.
pub fn chart(
    profile: &Profile,
    roots: &Request,
    among: &Request,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<Chart, SessionError> {
    let make_conf = MakeConf::load(&profile.make_conf_path())?;
    // With what earlier scans found out, unless a run has it open.
    let lock = BuildBaseLock::take(&profile.buildbase, "graph");
    let store = lock.as_ref().ok().and_then(|_| Store::open(&profile.buildbase.join(DATABASE)).ok());
    let store = Arc::new(store.map_or_else(Store::in_memory, Ok)?);
    let planner = Planner::new(profile, &make_conf, &platform_of(profile)?, Rules::default(), &store, stop)?;
    planner.notices.iter().cloned().for_each(|text| events.send(Event::Note { text }));
    let progress = |done, total| events.send(Event::Scanned { done, total });
    let chart = planner.chart(roots, among, &progress, stop);
    planner.save();
    planner.comparison().into_iter().for_each(|text| events.send(Event::Note { text }));
    Ok(chart?)
}
