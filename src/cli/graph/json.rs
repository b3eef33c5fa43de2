//! A graph for programs.

use serde::Serialize;

use crate::model::{Chart, ChartEdge, ChartPort, PortState, Problem};

#[derive(Serialize)]
struct Graph {
    ports: Vec<Port>,
    problems: Vec<Told>,
}

#[derive(Serialize)]
struct Port {
    port: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    package: String,
    asked: bool,
    /// `fine`, `ignored`, `missing` or `broken`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends: Option<Vec<Edge>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dependents: Option<Vec<Edge>>,
    /// There is more that was not asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

#[derive(Serialize)]
struct Edge {
    port: String,
    kinds: Vec<&'static str>,
}

/// A problem; the same in `graph` and `check`.
#[derive(Serialize)]
struct Told {
    port: String,
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked_by: Vec<String>,
}

#[derive(Serialize)]
struct Checked {
    ports: usize,
    /// Whether nothing is wrong; ignored ports are not.
    ok: bool,
    problems: Vec<Told>,
}

pub(in crate::cli) fn graph(chart: &Chart, reverse: bool) -> String {
    let dependents = chart.dependents();
    let edges = |edges: &[ChartEdge]| -> Vec<Edge> {
        let edge = |edge: &ChartEdge| Edge {
            port: chart.ports[edge.port].spec.to_string(),
            kinds: edge.kinds.iter().map(|kind| kind.name()).collect(),
        };
        edges.iter().map(edge).collect()
    };
    let port = |(port, dependents): (&ChartPort, &Vec<ChartEdge>)| Port {
        port: port.spec.to_string(),
        package: port.pkgname.clone(),
        asked: port.asked,
        state: state(&port.state),
        depends: (!reverse).then(|| edges(&port.depends)),
        dependents: reverse.then(|| edges(dependents)),
        cut: port.cut,
    };
    let ports = chart.ports.iter().zip(&dependents).map(port).collect();
    pretty(&Graph { ports, problems: told(&chart.problems()) })
}

pub(in crate::cli) fn check(ports: usize, problems: &[Problem]) -> String {
    let ok = !problems.iter().any(|problem| problem.kind.counts());
    pretty(&Checked { ports, ok, problems: told(problems) })
}

pub(in crate::cli) fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|error| unreachable!("these types always serialize: {error}"))
}

fn told(problems: &[Problem]) -> Vec<Told> {
    let told = |problem: &Problem| Told {
        port: problem.port.to_string(),
        kind: problem.kind.name(),
        text: problem.text.clone(),
        asked_by: problem.asked_by.iter().map(ToString::to_string).collect(),
    };
    problems.iter().map(told).collect()
}

fn state(state: &PortState) -> &'static str {
    match state {
        PortState::Fine => "fine",
        PortState::Ignored(_) => "ignored",
        PortState::Missing(_) => "missing",
        PortState::Broken(_) => "broken",
    }
}
