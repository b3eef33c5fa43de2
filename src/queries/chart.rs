//! From a request to the dependency graph as data.

use std::collections::BTreeSet;

use super::cycles::{cycles, shown};
use super::db::Database;
use super::graph::{Graph, Node, Scan};
use super::plan::PlanError;
use super::port::PortError;
use super::request::{Request, Source, Unknown, Wanted, complaints, missing_text, wanted};
use super::scan::ScanError;
use crate::model::{Chart, ChartEdge, ChartPort, Notice, OriginSpec, PortState};

/// What `roots` name, with all that these and `among` need; whoever wants less selects from it.
///
/// A name on the command line that means no port is an error. What is in the tree but cannot be evaluated is a
/// port of the chart, whoever named it.
pub fn chart(db: &Database, roots: &Request, among: &Request, scan: &Scan<'_>) -> Result<Chart, PlanError> {
    let (roots, among) = (wanted(db, roots, scan)?, wanted(db, among, scan)?);
    let unknown = roots.unknown.iter().chain(&among.unknown);
    let fatal: Vec<Unknown> =
        unknown.filter(|unknown| unknown.source == Source::Argument && is_missing(&unknown.why)).cloned().collect();
    if !fatal.is_empty() {
        return Err(PlanError::Unknown(fatal));
    }
    let asked: BTreeSet<OriginSpec> = specs(&roots).collect();
    let targets: Vec<OriginSpec> = asked.iter().cloned().chain(specs(&among)).collect();
    let graph = Graph::explore(db, &targets, scan)?;
    scan.finish();
    let notices = roots.notices.into_iter().chain(among.notices).collect();
    Ok(data(db, &graph, &asked, notices))
}

fn specs(wanted: &Wanted) -> impl Iterator<Item = OriginSpec> {
    let unknown = wanted.unknown.iter().map(|unknown| unknown.asked.clone());
    wanted.specs.iter().map(|(spec, _)| spec.clone()).chain(unknown)
}

fn data(db: &Database, graph: &Graph, asked: &BTreeSet<OriginSpec>, notices: Vec<Notice>) -> Chart {
    let mut order: Vec<usize> = (0..graph.nodes.len()).collect();
    order.sort_by_key(|node| &graph.nodes[*node].spec);
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, node)| places[*node] = place);
    let port = |node: &usize| {
        let node = &graph.nodes[*node];
        let edge = |(to, kinds): &(usize, _)| ChartEdge { port: places[*to], kinds: *kinds };
        let mut depends: Vec<ChartEdge> = node.edges.iter().map(edge).collect();
        depends.sort_by_key(|edge| edge.port);
        ChartPort {
            spec: node.spec.clone(),
            pkgname: node.port.as_ref().map(|port| port.pkgname.clone()).unwrap_or_default(),
            asked: asked.contains(&node.spec),
            state: state(db, node),
            depends,
            complaints: complaints(db, &node.spec),
            cut: false,
        }
    };
    Chart { ports: order.iter().map(port).collect(), cycles: loops(graph), notices }
}

fn state(db: &Database, node: &Node) -> PortState {
    match &node.port {
        Ok(port) if port.ignore.is_empty() => PortState::Fine,
        Ok(port) => PortState::Ignored(port.ignore.clone()),
        Err(why) if is_missing(why) => PortState::Missing(missing_text(db, &node.spec, why)),
        Err(why) => PortState::Broken(why.to_string()),
    }
}

fn is_missing(why: &PortError) -> bool {
    matches!(why, PortError::Scan(ScanError::NotFound { .. }) | PortError::NoSuchFlavor { .. })
}

/// Each loop once: its members all tell it, each from its own point of view, and the first one's words are taken.
fn loops(graph: &Graph) -> Vec<(OriginSpec, String)> {
    let mut told: Vec<(&OriginSpec, Vec<usize>)> = Vec::new();
    for (node, cycle) in graph.nodes.iter().zip(cycles(graph)) {
        told.extend(cycle.map(|members| (&node.spec, members)));
    }
    told.sort_by_key(|(spec, _)| *spec);
    let mut seen = BTreeSet::new();
    let mut loops = Vec::new();
    for (spec, members) in told {
        let mut sorted = members.clone();
        sorted.sort_unstable();
        sorted.dedup();
        if seen.insert(sorted) {
            loops.push((spec.clone(), shown(graph, &members)));
        }
    }
    loops
}
