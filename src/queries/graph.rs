//! Everything the targets need: nodes and edges, found wave by wave.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use super::db::{Database, Db};
use super::depends::depends;
use super::inputs::Pkg;
use super::port::{Port, PortError, port};
use crate::model::{KindSet, OriginSpec, Stop};

/// Ports with what they depend on. Ports that are ignored or broken have no edges: what they would need does not count.
#[derive(Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    index: HashMap<OriginSpec, usize>,
}

#[derive(Debug)]
pub struct Node {
    /// As it was asked for where it is broken, else with its flavor.
    pub spec: OriginSpec,
    pub port: Result<Arc<Port>, PortError>,
    /// Nodes it depends on, by index, each once.
    pub edges: Vec<(usize, KindSet)>,
}

/// Hears how far a scan is: done, and known so far.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// The scan was stopped on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// What a port depends on, with default flavors filled in, each target once, in the order of the lists.
#[salsa::tracked]
pub fn edges(db: &dyn Db, pkg: Pkg) -> Vec<(OriginSpec, KindSet)> {
    let mut edges: Vec<(OriginSpec, KindSet)> = Vec::new();
    for (kind, asked) in &depends(db, pkg).words {
        let spec = match port(db, Pkg::new(db, asked.clone())) {
            Ok(port) => port.spec.clone(),
            Err(_) => asked.clone(),
        };
        match edges.iter_mut().find(|(known, _)| *known == spec) {
            Some((_, kinds)) => *kinds = kinds.with(*kind),
            None => edges.push((spec, KindSet::default().with(*kind))),
        }
    }
    edges
}

/// Evaluates ports in parallel, and counts them. This is the one place that does: inside a query a thread may not
/// fan out.
pub struct Scan<'a> {
    progress: Progress<'a>,
    stop: &'a Stop,
    /// Specs that were found so far, with their flavors; each counts once.
    known: Mutex<HashSet<OriginSpec>>,
    done: AtomicUsize,
}

impl<'a> Scan<'a> {
    pub fn new(progress: Progress<'a>, stop: &'a Stop) -> Scan<'a> {
        Scan { progress, stop, known: Mutex::default(), done: AtomicUsize::new(0) }
    }

    pub fn evaluate(
        &self,
        db: &Database,
        specs: &[OriginSpec],
    ) -> Result<Vec<Result<Arc<Port>, PortError>>, Interrupted> {
        // One more than this may find: who shows progress takes equal numbers for the end.
        let total = self.done.load(Ordering::Relaxed) + specs.len() + 1;
        specs
            .par_iter()
            .map_with(db.clone(), |db, spec| {
                if self.stop.requested() {
                    return Err(Interrupted);
                }
                let answer = port(db, Pkg::new(db, spec.clone())).clone();
                let found = answer.as_ref().map_or(spec, |port| &port.spec);
                if self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(found.clone()) {
                    (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1, total);
                }
                Ok(answer)
            })
            .collect()
    }

    /// Nothing more will be asked.
    pub fn finish(&self) {
        let done = self.done.load(Ordering::Relaxed);
        (self.progress)(done, done);
    }
}

impl Graph {
    /// The closure of `targets` over all six kinds of dependency.
    pub fn explore(db: &Database, targets: &[OriginSpec], scan: &Scan<'_>) -> Result<Graph, Interrupted> {
        let mut graph = Graph::default();
        // Asked spec -> node; several asked specs may be one node (`a/b` and `a/b@default`).
        let mut asked: BTreeMap<OriginSpec, usize> = BTreeMap::new();
        let mut wave: Vec<OriginSpec> = targets.to_vec();
        while !wave.is_empty() {
            wave.sort();
            wave.dedup();
            wave.retain(|spec| !asked.contains_key(spec));
            let ports = scan.evaluate(db, &wave)?;
            let mut next = Vec::new();
            for (spec, port) in wave.into_iter().zip(ports) {
                let before = graph.nodes.len();
                let node = graph.add(spec.clone(), port);
                asked.insert(spec, node);
                if graph.nodes.len() > before {
                    next.extend(graph.wanted(db, node));
                }
            }
            wave = next;
        }
        for node in 0..graph.nodes.len() {
            graph.nodes[node].edges = graph.resolved(db, node, &asked);
        }
        Ok(graph)
    }

    /// By the spec with its flavor filled in.
    pub fn find(&self, spec: &OriginSpec) -> Option<usize> {
        self.index.get(spec).copied()
    }

    fn add(&mut self, asked: OriginSpec, port: Result<Arc<Port>, PortError>) -> usize {
        let spec = port.as_ref().map_or(asked, |port| port.spec.clone());
        if let Some(node) = self.index.get(&spec) {
            return *node;
        }
        self.index.insert(spec.clone(), self.nodes.len());
        self.nodes.push(Node { spec, port, edges: Vec::new() });
        self.nodes.len() - 1
    }

    fn wanted(&self, db: &Database, node: usize) -> Vec<OriginSpec> {
        match &self.nodes[node].port {
            Ok(port) if port.ignore.is_empty() => {
                let words = &depends(db, Pkg::new(db, port.spec.clone())).words;
                words.iter().map(|(_, spec)| spec.clone()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn resolved(&self, db: &Database, node: usize, asked: &BTreeMap<OriginSpec, usize>) -> Vec<(usize, KindSet)> {
        let mut edges: BTreeMap<usize, KindSet> = BTreeMap::new();
        let Ok(port) = &self.nodes[node].port else { return Vec::new() };
        if !port.ignore.is_empty() {
            return Vec::new();
        }
        for (spec, kinds) in edges_of(db, &port.spec) {
            if let Some(target) = self.index.get(&spec).or_else(|| asked.get(&spec)) {
                let known = edges.entry(*target).or_default();
                *known = known.union(kinds);
            }
        }
        edges.into_iter().collect()
    }
}

fn edges_of(db: &Database, spec: &OriginSpec) -> Vec<(OriginSpec, KindSet)> {
    edges(db, Pkg::new(db, spec.clone())).clone()
}
