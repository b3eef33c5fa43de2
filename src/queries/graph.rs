//! Everything the targets need: nodes and edges, found wave by wave.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::db::{Database, Db};
use super::depends::depends;
use super::inputs::Pkg;
use super::port::{Port, PortError, port};
use crate::model::{KindSet, OriginSpec, Stop};

/// Ports with what they depend on. Ports that are ignored or broken have no edges: what they would need does not count.
#[derive(Debug, Default)]
pub struct Graph {
    pub nodes: Vec<Node>,
    index: FxHashMap<Pkg, usize>,
}

#[derive(Debug)]
pub struct Node {
    pub pkg: Pkg,
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
pub fn edges(db: &dyn Db, pkg: Pkg) -> Vec<(Pkg, KindSet)> {
    let mut edges: Vec<(Pkg, KindSet)> = Vec::new();
    for (kind, asked) in depends(db, pkg) {
        let target = named(db, *asked, port(db, *asked));
        match edges.iter_mut().find(|(known, _)| *known == target) {
            Some((_, kinds)) => *kinds = kinds.with(*kind),
            None => edges.push((target, KindSet::default().with(*kind))),
        }
    }
    edges
}

/// A package by its full name: with the default flavor, where the port has one and none was named.
pub(super) fn named(db: &dyn Db, asked: Pkg, port: &Result<Arc<Port>, PortError>) -> Pkg {
    match port {
        Ok(port) if port.spec.flavor != asked.spec(db).flavor => Pkg::new(db, port.spec.clone()),
        _ => asked,
    }
}

/// Evaluates ports in parallel, and counts them. This is the one place that does: inside a query a thread may not
/// fan out.
pub struct Scan<'a> {
    progress: Progress<'a>,
    stop: &'a Stop,
    /// Specs that were found so far, with their flavors; each counts once.
    known: Mutex<FxHashSet<Pkg>>,
    done: AtomicUsize,
}

impl<'a> Scan<'a> {
    pub fn new(progress: Progress<'a>, stop: &'a Stop) -> Scan<'a> {
        Scan { progress, stop, known: Mutex::default(), done: AtomicUsize::new(0) }
    }

    pub fn evaluate(&self, db: &Database, pkgs: &[Pkg]) -> Result<Vec<Result<Arc<Port>, PortError>>, Interrupted> {
        // One more than this may find: who shows progress takes equal numbers for the end.
        let total = self.done.load(Ordering::Relaxed) + pkgs.len() + 1;
        pkgs.par_iter()
            .map_with(db.clone(), |db, pkg| {
                if self.stop.requested() {
                    return Err(Interrupted);
                }
                let answer = port(db, *pkg);
                if self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(named(db, *pkg, answer)) {
                    (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1, total);
                }
                Ok(answer.clone())
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
        // Asked for by several names, one package is one node (`a/b` and `a/b@default`).
        let mut asked: FxHashMap<Pkg, usize> = FxHashMap::default();
        let mut wave: Vec<Pkg> = targets.iter().map(|spec| Pkg::new(db, spec.clone())).collect();
        while !wave.is_empty() {
            let mut seen = FxHashSet::default();
            wave.retain(|pkg| !asked.contains_key(pkg) && seen.insert(*pkg));
            let ports = scan.evaluate(db, &wave)?;
            let mut next = Vec::new();
            for (pkg, port) in wave.into_iter().zip(ports) {
                let before = graph.nodes.len();
                let node = graph.add(db, pkg, port);
                asked.insert(pkg, node);
                if graph.nodes.len() > before && graph.nodes[node].is_wanted() {
                    next.extend(depends(db, graph.nodes[node].pkg).iter().map(|(_, pkg)| *pkg));
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
    pub fn find(&self, db: &Database, spec: &OriginSpec) -> Option<usize> {
        self.index.get(&Pkg::new(db, spec.clone())).copied()
    }

    fn add(&mut self, db: &Database, asked: Pkg, port: Result<Arc<Port>, PortError>) -> usize {
        let pkg = named(db, asked, &port);
        if let Some(node) = self.index.get(&pkg) {
            return *node;
        }
        self.index.insert(pkg, self.nodes.len());
        self.nodes.push(Node { pkg, spec: pkg.spec(db).clone(), port, edges: Vec::new() });
        self.nodes.len() - 1
    }

    fn resolved(&self, db: &Database, node: usize, asked: &FxHashMap<Pkg, usize>) -> Vec<(usize, KindSet)> {
        if !self.nodes[node].is_wanted() {
            return Vec::new();
        }
        let mut resolved: BTreeMap<usize, KindSet> = BTreeMap::new();
        for (pkg, kinds) in edges(db, self.nodes[node].pkg) {
            if let Some(target) = self.index.get(pkg).or_else(|| asked.get(pkg)) {
                let known = resolved.entry(*target).or_default();
                *known = known.union(*kinds);
            }
        }
        resolved.into_iter().collect()
    }
}

impl Node {
    /// Whether it can be built, as far as itself is concerned: else what it would need does not count.
    fn is_wanted(&self) -> bool {
        self.port.as_ref().is_ok_and(|port| port.ignore.is_empty())
    }
}
