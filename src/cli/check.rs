//! `check`: what is wrong with the tree, for people and for its CI.

use std::process::ExitCode;

use crate::model::{Problem, ProblemKind, Selection};
use crate::queries::request::Request;

use super::args::{CheckOptions, Invocation};
use super::error::CliError;
use super::graph::{json, request, scan};
use super::{profile, terminal};

/// How many dependents of one port a person is told.
const ASKERS: usize = 5;

/// 0: nothing is wrong. 2: something is; that a port is ignored is not.
pub(super) fn run(invocation: &Invocation, options: &CheckOptions) -> Result<ExitCode, CliError> {
    let profile = profile(invocation)?;
    let events = terminal::aside(invocation);
    let roots = request(&invocation.args, &profile, &events)?;
    let chart = match scan(&profile, &roots, &Request::default(), &events)? {
        Ok(chart) => chart.select(Selection::default()),
        Err(code) => return Ok(code),
    };
    let problems = chart.problems();
    let wrong = problems.iter().filter(|problem| problem.kind.counts()).count();
    if options.json {
        terminal::line(&json::check(chart.ports.len(), &problems));
    } else {
        problems.iter().for_each(|problem| terminal::line(&line(problem)));
        let ignored = problems.len() - wrong;
        terminal::line(&format!("Ports: {}  Problems: {wrong}  Ignored: {ignored}", chart.ports.len()));
    }
    Ok(ExitCode::from(if wrong > 0 { 2 } else { 0 }))
}

/// The port that has the problem comes first.
pub(super) fn line(problem: &Problem) -> String {
    let Problem { port, kind, text, asked_by } = problem;
    let text = text.trim_end().replace('\n', "\n    ");
    match kind {
        ProblemKind::Ignored => format!("{port} ignored: {text}{}", askers(asked_by)),
        _ => format!("{port}: {text}{}", askers(asked_by)),
    }
}

fn askers(asked_by: &[crate::model::OriginSpec]) -> String {
    let names: Vec<String> = asked_by.iter().take(ASKERS).map(ToString::to_string).collect();
    match asked_by.len().saturating_sub(ASKERS) {
        _ if names.is_empty() => String::new(),
        0 => format!(" (asked for by {})", names.join(", ")),
        more => format!(" (asked for by {} and {more} more)", names.join(", ")),
    }
}
