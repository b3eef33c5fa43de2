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
    terminal::line(&text(&forecast));
    // A whole tree's plan takes as long to give back as to print.
    std::mem::forget(forecast);
    Ok(ExitCode::SUCCESS)
}

/// Lines of spec 9.5, and before them what will never be built.
fn text(forecast: &Forecast) -> String {
    let plan = &forecast.plan;
    let mut text = String::new();
    for job in &plan.jobs {
        match &job.fate {
            Fate::Open => {}
            Fate::Ignored(reason) => text += &format!("{} ignored: {reason}\n", job.spec),
            Fate::Skipped(chain) => text += &format!("{} skipped due to {chain}\n", job.spec),
            Fate::Broken(reason) => text += &format!("{} missing: {reason}\n", job.spec),
            Fate::Cyclic(cycle) => text += &format!("{} missing: dependency cycle: {cycle}\n", job.spec),
        }
    }
    for (id, _) in &forecast.dirty {
        text += &format!("  N => {}\n", plan.job(*id).spec);
    }
    let open = plan.jobs.iter().filter(|job| job.fate == Fate::Open).count();
    text + &format!("Total packages that would be built: {}/{open}", forecast.dirty.len())
}
