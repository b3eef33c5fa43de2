//! A whole real tree against the true answers: dependency words of every port, and the graph.
//!
//! `DSYNTH_CONFIG=DIR DSYNTH_ORACLE=FILE.jsonl cargo bench --bench oracle`: DIR has a dsynth.ini whose
//! Directory_portsdir is the tree, FILE has an object a line: `origin`, and `vars` with the six lists, where the tree is
//! written /usr/dports. Without the two it says so and ends.

#![expect(clippy::print_stdout, reason = "a report")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use camino::Utf8Path;
use dsynth::config::{MakeConf, Profile};
use dsynth::model::{DepKind, OriginSpec, Stop};
use dsynth::queries::cycles::cycles;
use dsynth::queries::graph::{Graph, Scan};
use dsynth::queries::inputs::{Pkg, Rules};
use dsynth::queries::scan::evaluation;
use dsynth::queries::tree::origins;
use dsynth::session::planner::Planner;
use dsynth::system::platform::{Declared, platform};

/// As the oracle writes the tree's path.
const TREE: &str = "/usr/dports";

fn main() {
    let (Ok(config), Ok(oracle)) = (std::env::var("DSYNTH_CONFIG"), std::env::var("DSYNTH_ORACLE")) else {
        println!("oracle: set DSYNTH_CONFIG and DSYNTH_ORACLE to compare a real tree");
        return;
    };
    let profile = Profile::load(Some(Utf8Path::new(&config)), None, None).expect("the profile");
    let declared = Declared {
        os: profile.operating_system.as_deref(),
        release: profile.platform_release.as_deref(),
        version: profile.platform_version,
    };
    let platform = platform(&profile.system, &declared).expect("the platform");
    let make_conf = MakeConf::load(&profile.make_conf_path()).expect("make.conf");
    let planner = Planner::new(&profile, &make_conf, &platform, Rules::default()).expect("a planner");
    let db = planner.database();

    let begin = Instant::now();
    let specs: Vec<OriginSpec> = origins(db).into_iter().map(|origin| OriginSpec::new(origin, None)).collect();
    let graph = Graph::explore(db, &specs, &Scan::new(&|_, _| {}, &Stop::default())).expect("not stopped");
    println!("{} ports, {} nodes, evaluated in {:.1} s", specs.len(), graph.nodes.len(), begin.elapsed().as_secs_f64());
    report(&graph);

    let (mut compared, mut different) = (0, 0);
    for line in std::fs::read_to_string(oracle).expect("the oracle").lines() {
        let truth: serde_json::Value = serde_json::from_str(line).expect("an object a line");
        let Some(origin) = truth["origin"].as_str() else { continue };
        let Ok(spec) = OriginSpec::parse(origin) else { continue };
        let pkg = Pkg::new(db, spec);
        let Ok(answer) = &**evaluation(db, pkg) else {
            println!("{origin}: cannot be evaluated");
            different += 1;
            continue;
        };
        compared += 1;
        for name in ["PKGNAME", "IGNORE"].into_iter().chain(DepKind::ALL.map(DepKind::variable)) {
            let ours = words(answer.value(name), profile.portsdir.as_str());
            let theirs = words(truth["vars"][name].as_str().unwrap_or_default(), TREE);
            if ours != theirs {
                different += 1;
                println!("{origin} {name}\n  ours   {ours}\n  oracle {theirs}");
            }
        }
    }
    println!("{compared} ports compared, {different} values different");
}

/// Blanks do not matter, nor where the tree and the empty LOCALBASE are.
fn words(value: &str, tree: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    let empty = format!("{}/empty", std::env::var("DSYNTH_BUILDBASE").unwrap_or_default());
    words.join(" ").replace(tree, TREE).replace(&empty, "/usr/local")
}

fn report(graph: &Graph) {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut edges = 0;
    for node in &graph.nodes {
        edges += node.edges.len();
        for kind in node.edges.iter().flat_map(|(_, kinds)| kinds.iter()) {
            *kinds.entry(kind.name()).or_default() += 1;
        }
    }
    println!("{edges} edges, by kind {kinds:?}");
    println!("{} ports in cycles", cycles(graph).iter().flatten().count());
    let ignored = graph.nodes.iter().filter(|node| node.port.as_ref().is_ok_and(|port| !port.ignore.is_empty()));
    println!("{} ignored", ignored.count());
    let broken: BTreeSet<String> = graph
        .nodes
        .iter()
        .filter_map(|node| node.port.as_ref().err().map(|error| format!("{}: {error}", node.spec)))
        .collect();
    println!("{} broken or dangling {broken:#?}", broken.len());
}
