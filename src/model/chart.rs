//! The dependency graph as data: what `graph` draws and what `check` finds wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::{KindSet, Notice, OriginSpec};

/// Ports by spec, and edges by place in `ports`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chart {
    pub ports: Vec<ChartPort>,
    /// Loops, each once, as `a -> b -> a`, with their first port.
    pub cycles: Vec<(OriginSpec, String)>,
    /// What is to be said of the request.
    pub notices: Vec<Notice>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartPort {
    /// With its flavor; as it was asked for where there is no such port.
    pub spec: OriginSpec,
    /// `name-version`; empty if the port could not be evaluated.
    pub pkgname: String,
    /// Named by the user, as opposed to found on the way.
    pub asked: bool,
    pub state: PortState,
    /// What it depends on, sorted, each once. Of an ignored port nothing is known.
    pub depends: Vec<ChartEdge>,
    /// What `make` said on standard error, and words of its lists that make no sense.
    pub complaints: Vec<String>,
    /// There are neighbours that the selection left out.
    pub cut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartEdge {
    pub port: usize,
    pub kinds: KindSet,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortState {
    Fine,
    /// The port says no, and why.
    Ignored(String),
    /// Not in the tree, or without the flavor asked for.
    Missing(String),
    /// In the tree, but nobody can evaluate it.
    Broken(String),
}

/// Which part of a chart is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// From the ports asked for to what depends on them.
    pub reverse: bool,
    /// At most so many edges away from the ports asked for.
    pub depth: Option<usize>,
}

/// Something wrong with the tree, and with whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub port: OriginSpec,
    pub kind: ProblemKind,
    pub text: String,
    /// Who depends on that port, where its trouble becomes theirs.
    pub asked_by: Vec<OriginSpec>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// It depends on something that is not there.
    Unresolved,
    Cycle,
    /// It cannot be evaluated.
    Broken,
    /// It can, but `make` or its lists are not in order.
    Complaint,
    /// For information: the port says no.
    Ignored,
}

impl ProblemKind {
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::Unresolved => "unresolved",
            ProblemKind::Cycle => "cycle",
            ProblemKind::Broken => "broken",
            ProblemKind::Complaint => "complaint",
            ProblemKind::Ignored => "ignored",
        }
    }

    /// Whether a tree with it is not in order.
    pub fn counts(self) -> bool {
        self != ProblemKind::Ignored
    }
}

impl Chart {
    /// For each port those that depend on it, by spec.
    pub fn dependents(&self) -> Vec<Vec<ChartEdge>> {
        let mut dependents = vec![Vec::new(); self.ports.len()];
        for (from, port) in self.ports.iter().enumerate() {
            for edge in &port.depends {
                dependents[edge.port].push(ChartEdge { port: from, kinds: edge.kinds });
            }
        }
        dependents
    }

    /// The ports asked for and what is reached from them, with the edges among these.
    pub fn select(&self, selection: Selection) -> Chart {
        let forward = || self.ports.iter().map(|port| port.depends.clone()).collect();
        let neighbours: Vec<Vec<ChartEdge>> = if selection.reverse { self.dependents() } else { forward() };
        let kept = self.reach(&neighbours, selection.depth);
        let places: BTreeMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        let ports = kept.iter().map(|old| {
            let port = &self.ports[*old];
            let edges = port.depends.iter();
            let edge = |edge: &ChartEdge| places.get(&edge.port).map(|port| ChartEdge { port: *port, ..*edge });
            ChartPort {
                depends: edges.filter_map(edge).collect(),
                cut: neighbours[*old].iter().any(|edge| !kept.contains(&edge.port)),
                ..port.clone()
            }
        });
        let ports: Vec<ChartPort> = ports.collect();
        let has = |spec: &OriginSpec| ports.binary_search_by(|port| port.spec.cmp(spec)).is_ok();
        let cycles = self.cycles.iter().filter(|(spec, _)| has(spec)).cloned().collect();
        Chart { cycles, notices: self.notices.clone(), ports }
    }

    fn reach(&self, neighbours: &[Vec<ChartEdge>], depth: Option<usize>) -> BTreeSet<usize> {
        let mut wave: Vec<usize> = (0..self.ports.len()).filter(|place| self.ports[*place].asked).collect();
        let mut kept: BTreeSet<usize> = wave.iter().copied().collect();
        let mut steps = 0;
        while !wave.is_empty() && depth.is_none_or(|depth| steps < depth) {
            let next = wave.iter().flat_map(|place| &neighbours[*place]).map(|edge| edge.port);
            wave = next.filter(|place| kept.insert(*place)).collect();
            steps += 1;
        }
        kept
    }

    /// All that is wrong, by port; ignored ports are among it, for information.
    pub fn problems(&self) -> Vec<Problem> {
        let dependents = self.dependents();
        let mut problems = Vec::new();
        for (port, dependents) in self.ports.iter().zip(&dependents) {
            problems.extend(self.own_problems(port, dependents));
            let complaint = |text: &String| port.problem(ProblemKind::Complaint, text.clone());
            problems.extend(port.complaints.iter().map(complaint));
        }
        problems.extend(self.cycles.iter().map(|(port, path)| Problem {
            port: port.clone(),
            kind: ProblemKind::Cycle,
            text: format!("dependency cycle: {path}"),
            asked_by: Vec::new(),
        }));
        problems.sort();
        problems
    }

    fn own_problems(&self, port: &ChartPort, dependents: &[ChartEdge]) -> Vec<Problem> {
        let asked_by = || dependents.iter().map(|edge| self.ports[edge.port].spec.clone()).collect();
        let told = |kind, why: &String| vec![Problem { asked_by: asked_by(), ..port.problem(kind, why.clone()) }];
        match &port.state {
            PortState::Fine => Vec::new(),
            PortState::Ignored(why) => told(ProblemKind::Ignored, why),
            PortState::Broken(why) => told(ProblemKind::Broken, why),
            // Nothing is wrong with a port that is not there: who asks for it has the problem.
            PortState::Missing(why) if dependents.is_empty() => {
                vec![port.problem(ProblemKind::Unresolved, why.clone())]
            }
            PortState::Missing(why) => dependents
                .iter()
                .map(|edge| {
                    let text = format!("{} dependency {}: {why}", edge.kinds, port.spec);
                    self.ports[edge.port].problem(ProblemKind::Unresolved, text)
                })
                .collect(),
        }
    }
}

impl ChartPort {
    fn problem(&self, kind: ProblemKind, text: String) -> Problem {
        Problem { port: self.spec.clone(), kind, text, asked_by: Vec::new() }
    }
}
