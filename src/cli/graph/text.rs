//! A graph in lines: a port, and below it what it depends on or what depends on it.

use crate::cli::check;
use crate::model::{Chart, PortState};

/// Sorted throughout, so that the difference of two is the difference of their trees.
pub(super) fn write(chart: &Chart, reverse: bool) -> String {
    let dependents = chart.dependents();
    let mut lines = Vec::new();
    for (place, port) in chart.ports.iter().enumerate() {
        let state = match &port.state {
            PortState::Fine => "",
            PortState::Ignored(_) => " ignored",
            PortState::Missing(_) => " missing",
            PortState::Broken(_) => " broken",
        };
        let package = if port.pkgname.is_empty() { String::new() } else { format!(" {}", port.pkgname) };
        lines.push(format!("{}{package}{state}", port.spec));
        let (arrow, edges) = if reverse { ("<-", &dependents[place]) } else { ("->", &port.depends) };
        let edge =
            |edge: &crate::model::ChartEdge| format!("  {arrow} {} ({})", chart.ports[edge.port].spec, edge.kinds);
        lines.extend(edges.iter().map(edge));
        lines.extend(port.cut.then(|| format!("  {arrow} ...")));
    }
    let problems = chart.problems();
    if !problems.is_empty() {
        lines.push("\nProblems:".into());
        lines.extend(problems.iter().map(|problem| format!("  {}", check::line(problem))));
    }
    lines.join("\n")
}
