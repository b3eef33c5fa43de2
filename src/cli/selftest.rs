//! `selftest`.

use std::process::ExitCode;

use crate::model::Stop;
use crate::session::selftest::{Answer, Finding};

use super::args::Invocation;
use super::error::CliError;
use super::{open, signals, terminal};

/// A line for each promise, and how many were kept; 2 if one is broken.
pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let session = open(invocation)?;
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let findings = session.selftest(&stop, &mut |finding| terminal::line(&text(finding))).map_err(CliError::from)?;
    let count = |is: fn(&Answer) -> bool| findings.iter().filter(|finding| is(&finding.answer)).count();
    let (kept, missing) =
        (count(|answer| *answer == Answer::Kept), count(|answer| matches!(answer, Answer::Missing(_))));
    let broken = findings.len() - kept - missing;
    terminal::line(&format!("\n{kept} kept, {missing} missing on this host, {broken} broken"));
    Ok(ExitCode::from(if broken == 0 { 0 } else { 2 }))
}

fn text(finding: &Finding) -> String {
    match &finding.answer {
        Answer::Kept => format!("kept     {}", finding.promise),
        Answer::Missing(why) => format!("missing  {}: {why}", finding.promise),
        Answer::Broken(why) => format!("BROKEN   {}: {why}", finding.promise),
    }
}
