//! From a request to a plan: jobs, their order, their recipes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::cycles::{cycles, shown};
use super::db::Database;
use super::graph::{Graph, Interrupted, Progress, Scan};
use super::recipe::{fingerprint, port_crc};
use super::request::{Request, Source, Unknown, complaints, missing_text, wanted};
use crate::model::{Asked, Fate, Fingerprint, Job, JobDepend, JobId, KindSet, Notice, Origin, OriginSpec, Plan, Stop};

/// The port that makes and installs packages; every job waits for it.
pub const PACKAGE_MANAGER: &str = "ports-mgmt/pkg";

/// No plan can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("{}", lines(.0))]
    Unknown(Vec<Unknown>),
    /// Ports that can never be built: named as arguments, or with `strict` any of them.
    #[error("{}", .0.join("\n"))]
    Impossible(Vec<String>),
    #[error("interrupted")]
    Interrupted,
}

fn lines(unknown: &[Unknown]) -> String {
    unknown.iter().map(Unknown::text).collect::<Vec<_>>().join("\n")
}

impl From<Interrupted> for PlanError {
    fn from(_: Interrupted) -> PlanError {
        PlanError::Interrupted
    }
}

/// Plans what is needed to have the packages asked for.
///
/// A port named as an argument that is unknown, cannot be evaluated or is in a cycle is an error; with `strict`, one from
/// a list or among the dependencies is too.
pub fn plan(
    db: &Database,
    request: &Request,
    strict: bool,
    progress: Progress<'_>,
    stop: &Stop,
) -> Result<Plan, PlanError> {
    let scan = Scan::new(progress, stop);
    let mut wanted = wanted(db, request, &scan)?;
    let fatal = wanted.unknown.iter().filter(|unknown| strict || unknown.source == Source::Argument);
    let fatal: Vec<Unknown> = fatal.cloned().collect();
    if !fatal.is_empty() {
        return Err(PlanError::Unknown(fatal));
    }
    wanted.specs.extend(wanted.unknown.iter().map(|unknown| (unknown.asked.clone(), Asked::Named)));
    let mut asked: BTreeMap<OriginSpec, Asked> = BTreeMap::new();
    for (spec, how) in wanted.specs {
        let known = asked.entry(spec).or_insert(how);
        *known = how.max(*known);
    }
    let manager = OriginSpec::new(Origin::parse(PACKAGE_MANAGER).unwrap_or_else(|_| unreachable!("a constant")), None);
    let targets: Vec<OriginSpec> = asked.keys().chain([&manager]).cloned().collect();
    let graph = Graph::explore(db, &targets, &scan)?;
    scan.finish();
    let manager = graph.find(db, &manager);
    let fates = fates(db, &graph, &asked);
    let impossible = impossible(&graph, &fates, |spec| strict || wanted.arguments.contains(spec));
    if !impossible.is_empty() {
        return Err(PlanError::Impossible(impossible));
    }
    let jobs = Selection { db, graph: &graph, fates, asked: &asked, manager };
    Ok(jobs.plan(wanted.notices))
}

fn impossible(graph: &Graph, fates: &[Fate], counts: impl Fn(&OriginSpec) -> bool) -> Vec<String> {
    let nodes = graph.nodes.iter().zip(fates).filter(|(node, _)| counts(&node.spec));
    let lines = nodes.filter_map(|(node, fate)| match fate {
        Fate::Broken(why) => Some(format!("{}: {why}", node.spec)),
        Fate::Cyclic(cycle) => Some(format!("{}: dependency cycle: {cycle}", node.spec)),
        Fate::Open | Fate::Ignored(_) | Fate::Skipped(_) => None,
    });
    lines.collect()
}

/// What the tree alone says of each node.
fn fates(db: &Database, graph: &Graph, asked: &BTreeMap<OriginSpec, Asked>) -> Vec<Fate> {
    let loops = cycles(graph);
    let mut fates: Vec<Option<Fate>> = graph
        .nodes
        .iter()
        .zip(loops)
        .map(|(node, cycle)| match (&node.port, cycle) {
            (Err(why), _) => Some(Fate::Broken(missing_text(db, &node.spec, why))),
            (Ok(port), _) if !port.ignore.is_empty() => Some(Fate::Ignored(port.ignore.clone())),
            (Ok(_), Some(cycle)) => Some(Fate::Cyclic(shown(graph, &cycle))),
            (Ok(_), None) => None,
        })
        .collect();
    for node in order(graph) {
        if fates[node].is_none() {
            fates[node] = Some(inherited(graph, node, &fates, asked));
        }
    }
    fates.into_iter().map(|fate| fate.unwrap_or(Fate::Open)).collect()
}

/// Open, or skipped because of the first dependency that will never be there.
fn inherited(graph: &Graph, node: usize, fates: &[Option<Fate>], asked: &BTreeMap<OriginSpec, Asked>) -> Fate {
    for (to, _) in &graph.nodes[node].edges {
        let culprit = &graph.nodes[*to].spec;
        match &fates[*to] {
            // Nobody asked for this flavor in particular: that it cannot be is no news (acceptance I17).
            Some(Fate::Ignored(_)) if asked.get(&graph.nodes[node].spec) == Some(&Asked::OtherFlavor) => {
                return Fate::Ignored(format!("dependency {culprit} is ignored"));
            }
            Some(Fate::Ignored(_) | Fate::Broken(_) | Fate::Cyclic(_)) => return Fate::Skipped(culprit.to_string()),
            Some(Fate::Skipped(chain)) => return Fate::Skipped(format!("{culprit}->{chain}")),
            Some(Fate::Open) | None => {}
        }
    }
    Fate::Open
}

/// Node indices, each after all it depends on, ties by spec; members of cycles, and what depends on them, come last.
fn order(graph: &Graph) -> Vec<usize> {
    let count = graph.nodes.len();
    let mut waits: Vec<usize> = graph.nodes.iter().map(|node| node.edges.len()).collect();
    let mut dependents = vec![Vec::new(); count];
    for (from, node) in graph.nodes.iter().enumerate() {
        for (to, _) in &node.edges {
            dependents[*to].push(from);
        }
    }
    let entry = |node: usize| Reverse((&graph.nodes[node].spec, node));
    let mut ready: BinaryHeap<_> = (0..count).filter(|node| waits[*node] == 0).map(entry).collect();
    let mut order = Vec::with_capacity(count);
    let mut placed = vec![false; count];
    while order.len() < count {
        // When none is ready, only loops and what hangs on them are left: let the first of them go.
        let left = || (0..count).filter(|node| !placed[*node]).min_by_key(|node| &graph.nodes[*node].spec);
        let Some(node) = ready.pop().map(|Reverse((_, node))| node).or_else(left) else { break };
        if std::mem::replace(&mut placed[node], true) {
            continue;
        }
        order.push(node);
        for dependent in &dependents[node] {
            waits[*dependent] = waits[*dependent].saturating_sub(1);
            if waits[*dependent] == 0 {
                ready.push(entry(*dependent));
            }
        }
    }
    order
}

/// Two jobs with one package file would undo each other's work in every run.
fn same_files(jobs: &[Job]) -> Vec<Notice> {
    let mut owners: BTreeMap<&str, &OriginSpec> = BTreeMap::new();
    let mut notices = Vec::new();
    for job in jobs.iter().filter(|job| job.fate == Fate::Open) {
        if let Some(first) = owners.insert(&job.pkgfile, &job.spec) {
            let text = format!("makes the same package file as {first}: {}", job.pkgfile);
            notices.push(Notice { spec: Some(job.spec.clone()), text });
        }
    }
    notices
}

/// Which nodes become jobs, and how they hang together.
struct Selection<'a> {
    db: &'a Database,
    graph: &'a Graph,
    fates: Vec<Fate>,
    asked: &'a BTreeMap<OriginSpec, Asked>,
    manager: Option<usize>,
}

impl Selection<'_> {
    fn plan(self, mut notices: Vec<Notice>) -> Plan {
        let (kept, bootstrap) = self.kept();
        for node in &kept {
            let spec = &self.graph.nodes[*node].spec;
            let texts = complaints(self.db, spec).into_iter();
            notices.extend(texts.map(|text| Notice { spec: Some(spec.clone()), text }));
        }
        let mut nodes = Vec::with_capacity(kept.len());
        // The package manager's own closure first: all others wait for it, and a plan's order has no forward edges.
        let in_order: Vec<usize> = order(self.graph).into_iter().filter(|node| kept.contains(node)).collect();
        nodes.extend(in_order.iter().filter(|node| bootstrap.contains(node)));
        nodes.extend(in_order.iter().filter(|node| !bootstrap.contains(node)));
        let ids: BTreeMap<usize, JobId> =
            nodes.iter().enumerate().map(|(id, node)| (*node, JobId(id as u32))).collect();
        let jobs: Vec<Job> = nodes.iter().map(|node| self.job(*node, &ids, &bootstrap)).collect();
        notices.extend(same_files(&jobs));
        Plan { jobs, notices }
    }

    /// What was asked for and what it needs; of a port that cannot be built only what is to blame. Also the package
    /// manager with its closure, which is needed as soon as anything may be built.
    fn kept(&self) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let asked = self.asked.keys().filter_map(|spec| self.graph.find(self.db, spec));
        let mut kept = self.reach(asked.collect());
        let mut bootstrap = BTreeSet::new();
        if kept.iter().any(|node| self.fates[*node] == Fate::Open)
            && let Some(manager) = self.manager
        {
            bootstrap = self.reach(vec![manager]);
            kept.extend(&bootstrap);
        }
        (kept, bootstrap)
    }

    fn reach(&self, mut stack: Vec<usize>) -> BTreeSet<usize> {
        let mut kept = BTreeSet::new();
        while let Some(node) = stack.pop() {
            if kept.insert(node) {
                let needed = self.graph.nodes[node].edges.iter().map(|(to, _)| *to);
                match self.fates[node] {
                    Fate::Open => stack.extend(needed),
                    // What has an IGNORE of its own needs nothing; what has none is here because of these.
                    Fate::Ignored(_) | Fate::Skipped(_) | Fate::Cyclic(_) | Fate::Broken(_) => {
                        stack.extend(needed.filter(|to| self.fates[*to] != Fate::Open));
                    }
                }
            }
        }
        kept
    }

    fn job(&self, node: usize, ids: &BTreeMap<usize, JobId>, bootstrap: &BTreeSet<usize>) -> Job {
        let from = &self.graph.nodes[node];
        let fate = self.fates[node].clone();
        let mut depends = Vec::new();
        if fate == Fate::Open {
            depends.extend(
                from.edges
                    .iter()
                    .filter_map(|(to, kinds)| ids.get(to).map(|job| JobDepend { job: *job, kinds: *kinds })),
            );
            let first = self.manager.filter(|_| !bootstrap.contains(&node)).and_then(|manager| ids.get(&manager));
            if let Some(job) = first
                && depends.iter().all(|depend| depend.job != *job)
            {
                depends.push(JobDepend { job: *job, kinds: KindSet::default() });
            }
            depends.sort();
        }
        let recipe = match fate {
            Fate::Open => fingerprint(self.db, from.pkg),
            _ => Fingerprint::default(),
        };
        let port = from.port.as_ref().ok();
        Job {
            spec: from.spec.clone(),
            pkgname: port.map(|port| port.pkgname.clone()).unwrap_or_default(),
            pkgfile: port.map(|port| port.pkgfile.clone()).unwrap_or_default(),
            meta: port.is_some_and(|port| port.meta),
            distfiles: port.map(|port| port.distfiles.clone()).unwrap_or_default(),
            master: port.and_then(|port| port.master.clone()),
            asked: self.asked.get(&from.spec).copied().unwrap_or(Asked::Needed),
            fate,
            recipe,
            crc: port_crc(self.db, from.pkg).unwrap_or_default(),
            depends,
        }
    }
}
