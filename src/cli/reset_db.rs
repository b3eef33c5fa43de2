//! `reset-db`.

use std::process::ExitCode;

use camino::Utf8PathBuf;

use crate::session::reset::Databases;

use super::args::Invocation;
use super::error::CliError;
use super::{profile, terminal};

/// Says the line of spec 1.5 whether there was such a file or not, and what else went.
pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let profile = profile(invocation)?;
    let databases = Databases::hold(&profile.buildbase, invocation.directive.name())?;
    let present = databases.present();
    if !present.is_empty() && !confirmed(invocation, &present) {
        terminal::line("nothing was removed");
        return Ok(ExitCode::from(1));
    }
    let removed = databases.reset()?;
    terminal::line(&format!("{} reset, will be regenerated on next build", databases.known()));
    for path in removed.iter().filter(|path| **path != databases.known()) {
        terminal::line(&format!("{path} removed"));
    }
    if !removed.contains(&databases.ours()) {
        terminal::line(&format!("there was no {}", databases.ours()));
    }
    Ok(ExitCode::SUCCESS)
}

fn confirmed(invocation: &Invocation, present: &[Utf8PathBuf]) -> bool {
    if !invocation.options.yes {
        present.iter().for_each(|path| terminal::line(path.as_str()));
    }
    terminal::confirm(invocation, "Remove? Packages without a record count as up to date. ")
}
