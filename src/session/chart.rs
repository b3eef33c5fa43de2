//! The dependency graph of a profile's tree: without lock and store, so that it can be had beside a run.

use crate::config::{MakeConf, Profile};
use crate::model::{Chart, Event, EventSink, Stop};
use crate::queries::inputs::Rules;
use crate::queries::request::Request;

use super::planner::Planner;
use super::{SessionError, platform_of};

/// See `queries::chart`. Of the profile's directories only the ports tree and the build base have to be there.
pub fn chart(
    profile: &Profile,
    roots: &Request,
    among: &Request,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<Chart, SessionError> {
    let make_conf = MakeConf::load(&profile.make_conf_path())?;
    let planner = Planner::new(profile, &make_conf, &platform_of(profile)?, Rules::default())?;
    let progress = |done, total| events.send(Event::Scanned { done, total });
    Ok(planner.chart(roots, among, &progress, stop)?)
}
