//! `graph`: what depends on what.

use std::process::ExitCode;

use crate::config::Profile;
use crate::model::{Chart, Event, EventSink, Selection, Stop};
use crate::queries::request::Request;
use crate::session::{self, SessionError, targets};

use super::args::{GraphOptions, Invocation};
use super::error::{CliError, interrupted};
use super::{profile, signals, terminal};

mod dot;
pub(super) mod json;
mod text;

pub(super) fn run(invocation: &Invocation, options: &GraphOptions) -> Result<ExitCode, CliError> {
    let profile = profile(invocation)?;
    let events = terminal::aside(invocation);
    let scope = scope(&invocation.args, options, &profile, &events)?;
    let chart = match scan(&profile, &scope.roots, &scope.among, &events)? {
        Ok(chart) => chart.select(Selection { reverse: scope.backwards, depth: options.depth }),
        Err(code) => return Ok(code),
    };
    terminal::line(&match options {
        GraphOptions { dot: true, .. } => dot::draw(&chart),
        GraphOptions { json: true, .. } => json::graph(&chart, options.reverse),
        _ => text::write(&chart, options.reverse),
    });
    Ok(ExitCode::SUCCESS)
}

/// Where to begin, among which ports, and whether to go from a port to its dependents.
struct Scope {
    roots: Request,
    among: Request,
    backwards: bool,
}

fn scope(
    args: &[String],
    options: &GraphOptions,
    profile: &Profile,
    events: &dyn EventSink,
) -> Result<Scope, CliError> {
    let scope = |roots, among, backwards| Scope { roots, among, backwards };
    let within = &options.within;
    // Without names it is about all there is, and that can be found forwards.
    Ok(match (args.is_empty(), options.reverse) {
        (true, true) => scope(request(within, profile, events)?, Request::default(), false),
        (false, true) => scope(request(args, profile, events)?, request(within, profile, events)?, true),
        (_, false) => scope(request(args, profile, events)?, Request::default(), false),
    })
}

/// The ports of the arguments; the whole tree if there are none.
pub(super) fn request(args: &[String], profile: &Profile, events: &dyn EventSink) -> Result<Request, CliError> {
    if args.is_empty() {
        return Ok(everything());
    }
    let (request, notices) = targets::read(args, &profile.portsdir).map_err(SessionError::from)?;
    notices.into_iter().for_each(|notice| events.send(Event::Note { text: notice.text }));
    Ok(request)
}

fn everything() -> Request {
    Request { targets: Vec::new(), everything: true }
}

/// The chart, or the exit status of an interruption.
pub(super) fn scan(
    profile: &Profile,
    roots: &Request,
    among: &Request,
    events: &dyn EventSink,
) -> Result<Result<Chart, ExitCode>, CliError> {
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let chart = session::chart::chart(profile, roots, among, &stop, events);
    if let Some(reason) = stop.reason() {
        return Ok(Err(interrupted(reason)));
    }
    let chart = chart?;
    for notice in &chart.notices {
        let about = notice.spec.iter().map(|spec| format!("{spec} ")).collect::<String>();
        events.send(Event::Note { text: format!("{about}{}", notice.text) });
    }
    Ok(Ok(chart))
}
