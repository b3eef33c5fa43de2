//! Events as tests tell them.

use std::time::Duration;

use super::{Event, Failure, Fault, OriginSpec, Phase, SlotId};

pub fn spec(text: &str) -> OriginSpec {
    OriginSpec::parse(text).unwrap()
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn started(slot: u32, text: &str) -> Event {
    Event::JobStarted { slot: SlotId(slot), spec: spec(text), depends: 0, dependents: 0, depth: 0, memory: 0 }
}

pub fn built(slot: u32, text: &str, seconds: u64) -> Event {
    Event::Built { slot: SlotId(slot), spec: spec(text), pkgfile: "x-1.pkg".into(), took: secs(seconds) }
}

/// In its build phase, after 725 seconds; its output says where.
pub fn failed(slot: u32, text: &str, why: Failure, skips: usize) -> Event {
    let mut fault = Fault::new(Phase::Build, why);
    fault.diagnosis.lines = ["a.c:1: error: no", "a.c:2: error: never"].map(str::to_owned).to_vec();
    let (spec, pkgfile, took) = (spec(text), "x-1.pkg".into(), secs(725));
    let log = format!("/logs/{}", spec.log_name()).into();
    Event::Failed { slot: SlotId(slot), spec, pkgfile, fault, skips, took, log }
}

pub fn ignored(text: &str, reason: &str, skips: usize) -> Event {
    Event::Ignored { spec: spec(text), pkgfile: String::new(), reason: reason.into(), skips }
}

pub fn skipped(text: &str, chain: &str) -> Event {
    Event::Skipped { spec: spec(text), pkgfile: String::new(), chain: chain.into() }
}
