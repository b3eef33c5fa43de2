//! `build`, `just-build`, `force`, `test`, `everything`, `fetch-only`.

use std::process::ExitCode;

use crate::config::Profile;
use crate::model::{Event, EventSink, Stop, Summary};
use crate::queries::inputs::Rules;
use crate::queries::request::Request;
use crate::session::build::BuildOptions;
use crate::session::worker::How;
use crate::session::{Session, SessionError, targets};
use crate::ui::NumberedLogs;

use super::args::{Directive, Invocation, Options};
use super::error::{CliError, interrupted};
use super::{open, signals, terminal};

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let session = open(invocation)?;
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let logs = session.profile.logs.clone();
    let numbered = NumberedLogs::open(&logs, true)
        .map_err(|error| CliError::Usage(format!("cannot write the logs in `{logs}`: {error}")))?;
    let front = terminal::front(invocation, Some((logs, numbered)));
    let request = prepare(invocation, &session, &front)?;
    let options = options(invocation, &session.profile);
    let (_, report) = session.build(&request, &options, &stop, &front)?;
    if let Some(reason) = stop.reason() {
        return Ok(interrupted(reason));
    }
    let asks = matches!(invocation.directive, Directive::Build | Directive::Force | Directive::Everything);
    if asks && terminal::confirm("Rebuild the repository? ", invocation.options.yes) {
        rebuild_repository(&session, &stop, &front)?;
    }
    Ok(exit_code(&report.summary, session.profile.exit_zero_on_failure))
}

/// Tells what an earlier run left, and reads which ports are meant.
pub(super) fn prepare(invocation: &Invocation, session: &Session, events: &dyn EventSink) -> Result<Request, CliError> {
    tell_what_was_found(session, events);
    let everything = match invocation.directive {
        Directive::Everything | Directive::StatusEverything => true,
        Directive::FetchOnly => invocation.args == ["everything"],
        _ => false,
    };
    if everything {
        return Ok(Request { targets: Vec::new(), everything });
    }
    let (request, notices) = targets::read(&invocation.args, &session.profile.portsdir).map_err(SessionError::from)?;
    notices.into_iter().for_each(|notice| events.send(Event::Note { text: notice.text }));
    Ok(request)
}

pub(super) fn tell_what_was_found(session: &Session, events: &dyn EventSink) {
    let note = |text: String| events.send(Event::Note { text });
    session.notices.iter().cloned().for_each(note);
    for build in &session.recovered.builds {
        note(format!("{} was interrupted in an earlier run", build.spec));
    }
}

pub(super) fn options(invocation: &Invocation, profile: &Profile) -> BuildOptions {
    let Options { keep, strict, no_nice, check_plist, developer, .. } = invocation.options;
    let test = invocation.directive == Directive::Test;
    let everything = developer && invocation.directive == Directive::Everything;
    BuildOptions {
        directive: invocation.directive.name().to_owned(),
        force: matches!(invocation.directive, Directive::Force | Directive::Test),
        how: How {
            fetch_only: invocation.directive == Directive::FetchOnly,
            check_plist: profile.check_plist || check_plist || test || everything,
            test,
        },
        rules: Rules { ignore_depends: keep >= 1, ignore_recipe: keep >= 2 },
        strict,
        nice: if no_nice { 0 } else { 10 },
    }
}

pub(super) fn rebuild_repository(session: &Session, stop: &Stop, events: &dyn EventSink) -> Result<(), CliError> {
    let result = session.rebuild_repository(stop, events);
    terminal::line(if result.is_ok() { "Rebuild succeeded" } else { "Rebuild failed" });
    Ok(result?)
}

pub(super) fn exit_code(summary: &Summary, zero_on_failure: bool) -> ExitCode {
    let missed = summary.failed + summary.skipped + summary.missing;
    ExitCode::from(if missed > 0 && !zero_on_failure { 2 } else { 0 })
}
