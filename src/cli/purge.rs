//! `purge-distfiles`.

use std::process::ExitCode;

use crate::model::Stop;
use crate::session::purge::{Distfiles, remove};

use super::args::Invocation;
use super::error::{CliError, interrupted};
use super::{build, open, signals, terminal};

/// How many ports that cannot be read are named.
const NAMED: usize = 10;

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let session = open(invocation)?;
    let stop = Stop::default();
    let _bell = signals::listen_with_bell(&stop)?;
    let front = terminal::front(invocation);
    build::tell_what_was_found(&session, &front);
    let found = session.distfiles(&stop, &front);
    if let Some(reason) = stop.reason() {
        return Ok(interrupted(reason));
    }
    let found = found?;
    terminal::line(&format!("Scanning distfiles... Checking {} distfiles", found.all));
    if !found.unread.is_empty() && invocation.options.force == 0 {
        return Err(CliError::Usage(refusal(&found)));
    }
    let (count, all) = (found.obsolete.len(), found.all);
    if found.obsolete.is_empty() {
        terminal::line(&format!("No obsolete source files out of {all} found"));
    } else if invocation.options.dry_run {
        found.obsolete.iter().for_each(|path| terminal::line(&format!("Would delete {path}")));
    } else if terminal::confirm(invocation, &format!("Delete {count} of {all} items? ")) {
        terminal::line(&format!("Deleting {count}/{all} obsolete source distfiles"));
        return Ok(delete(&session.profile.distfiles, &found.obsolete));
    }
    Ok(ExitCode::SUCCESS)
}

fn delete(directory: &camino::Utf8Path, paths: &[String]) -> ExitCode {
    let mut failed = false;
    for path in paths {
        match remove(directory, path) {
            Ok(()) => terminal::line(&format!("Deleted {path}")),
            Err(error) => {
                failed = true;
                terminal::error(&format!("Cannot delete {path}: {error}"));
            }
        }
    }
    ExitCode::from(u8::from(failed))
}

fn refusal(found: &Distfiles) -> String {
    let named = found.unread.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("\n");
    let more = found.unread.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
    format!(
        "nothing is deleted: {} ports cannot be read, and what they need would go too; correct them, or say -f\n{named}{more}",
        found.unread.len()
    )
}
