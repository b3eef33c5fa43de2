//! `status`, `status-everything`, and `--dry-run` of the directives that build.

use std::process::ExitCode;

use crate::model::{Fate, Stop};
use crate::session::Session;
use crate::session::build::Forecast;

use super::args::Invocation;
use super::error::CliError;
use super::{build, profile, signals, terminal};

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let session = Session::open_or_look(profile(invocation)?, invocation.directive.name())?;
    terminal::beside(&session);
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let front = terminal::front(invocation, None);
    let request = build::prepare(invocation, &session, &front)?;
    let forecast = session.forecast(&request, &build::options(invocation, &session.profile), &stop, &front)?;
    if !build::goes_on(invocation, &forecast.plan) {
        return Ok(ExitCode::from(1));
    }
    terminal::line(&text(&forecast));
    Ok(ExitCode::SUCCESS)
}

/// Lines of spec 9.5, and before them what will never be built.
fn text(forecast: &Forecast) -> String {
    let plan = &forecast.plan;
    let mut lines: Vec<String> = plan
        .jobs
        .iter()
        .filter_map(|job| match &job.fate {
            Fate::Open => None,
            Fate::Ignored(reason) => Some(format!("{} ignored: {reason}", job.spec)),
            Fate::Skipped(chain) => Some(format!("{} skipped due to {chain}", job.spec)),
            Fate::Broken(reason) => Some(format!("{} missing: {reason}", job.spec)),
            Fate::Cyclic(cycle) => Some(format!("{} missing: dependency cycle: {cycle}", job.spec)),
        })
        .collect();
    lines.extend(forecast.dirty.iter().map(|(id, _)| format!("  N => {}", plan.job(*id).spec)));
    let open = plan.jobs.iter().filter(|job| job.fate == Fate::Open).count();
    lines.push(format!("Total packages that would be built: {}/{open}", forecast.dirty.len()));
    lines.join("\n")
}
