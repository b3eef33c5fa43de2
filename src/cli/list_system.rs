//! `list-system`: the ports of installed packages, and all they need, in a file.

use std::fs;
use std::process::ExitCode;

use crate::model::Stop;

use super::args::Invocation;
use super::error::{CliError, interrupted};
use super::{build, open, signals, terminal};

/// In the current directory; scripts know its name.
const LIST: &str = "build.txt";

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let session = open(invocation)?;
    let stop = Stop::default();
    let _bell = signals::listen_with_bell(&stop)?;
    let front = terminal::front(invocation);
    let request = build::prepare(invocation, &session, &front)?;
    let planned = session.prepare(&request, &build::options(invocation, &session.profile), &stop, &front);
    if let Some(reason) = stop.reason() {
        return Ok(interrupted(reason));
    }
    let plan = planned?.plan;
    if !build::goes_on(invocation, &plan) {
        return Ok(ExitCode::from(1));
    }
    let text: String = plan.jobs.iter().map(|job| format!("{}\n", job.spec)).collect();
    fs::write(LIST, text).map_err(|error| CliError::Usage(format!("cannot write `{LIST}`: {error}")))?;
    terminal::line(&format!("list written to {LIST}"));
    Ok(ExitCode::SUCCESS)
}
