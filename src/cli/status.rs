//! `status`, `status-everything`, and `--dry-run` of the directives that build.

use std::borrow::Cow;
use std::process::ExitCode;

use serde::Serialize;

use crate::model::{EventSink, Fate, Reason, Stop};
use crate::session::Session;
use crate::session::build::Forecast;

use super::args::Invocation;
use super::error::{CliError, interrupted};
use super::graph::json::pretty;
use super::{build, profile, signals, terminal};

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let session = Session::open_or_look(profile(invocation)?, invocation.directive.name())?;
    terminal::beside(&session);
    let stop = Stop::default();
    let _bell = signals::listen_with_bell(&stop)?;
    let (front, aside) = (terminal::front(invocation), terminal::aside(invocation));
    // What is for programs stands alone.
    let events: &dyn EventSink = if invocation.options.json { &aside } else { &front };
    let request = build::prepare(invocation, &session, events)?;
    let forecast = session.forecast(&request, &build::options(invocation, &session.profile), &stop, events);
    if let Some(reason) = stop.reason() {
        return Ok(interrupted(reason));
    }
    let forecast = forecast?;
    if !build::goes_on(invocation, &forecast.plan) {
        return Ok(ExitCode::from(1));
    }
    terminal::line(&if invocation.options.json { pretty(&Status::of(&forecast)) } else { text(&forecast) });
    // A whole tree's plan takes as long to give back as to print.
    std::mem::forget(forecast);
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Status {
    /// In the order in which one worker would build them.
    builds: Vec<Build>,
    never: Vec<Never>,
    /// Packages that the tree says nothing against.
    packages: usize,
}

#[derive(Serialize)]
struct Build {
    port: String,
    package: String,
    reasons: Vec<String>,
}

/// What will never be built.
#[derive(Serialize)]
struct Never {
    port: String,
    /// `ignored`, `skipped` or `missing`.
    state: &'static str,
    reason: String,
}

impl Status {
    fn of(forecast: &Forecast) -> Status {
        let plan = &forecast.plan;
        let never = plan.jobs.iter().filter_map(|job| {
            let (state, reason) = never(&job.fate)?;
            Some(Never { port: job.spec.to_string(), state, reason: reason.into_owned() })
        });
        let builds = forecast.dirty.iter().map(|(id, reasons)| Build {
            port: plan.job(*id).spec.to_string(),
            package: plan.job(*id).pkgname.clone(),
            reasons: reasons.iter().map(Reason::to_string).collect(),
        });
        Status { builds: builds.collect(), never: never.collect(), packages: plan.open().count() }
    }
}

/// Why it will never be built, if it will not: a word, and the reason.
fn never(fate: &Fate) -> Option<(&'static str, Cow<'_, str>)> {
    match fate {
        Fate::Open => None,
        Fate::Ignored(reason) => Some(("ignored", reason.into())),
        Fate::Skipped(chain) => Some(("skipped", chain.into())),
        Fate::Broken(reason) => Some(("missing", reason.into())),
        Fate::Cyclic(cycle) => Some(("missing", format!("dependency cycle: {cycle}").into())),
    }
}

/// Lines of spec 9.5, and before them what will never be built.
fn text(forecast: &Forecast) -> String {
    let (plan, mut text) = (&forecast.plan, String::new());
    for job in &plan.jobs {
        match never(&job.fate) {
            None => {}
            Some(("skipped", chain)) => text += &format!("{} skipped due to {chain}\n", job.spec),
            Some((state, reason)) => text += &format!("{} {state}: {reason}\n", job.spec),
        }
    }
    for (id, _) in &forecast.dirty {
        text += &format!("  N => {}\n", plan.job(*id).spec);
    }
    text + &format!("Total packages that would be built: {}/{}", forecast.dirty.len(), plan.open().count())
}
