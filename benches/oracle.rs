//! A whole real tree against the true answers: dependency words of every port, and the graph.
//!
//! `DSYNTH_CONFIG=DIR DSYNTH_ORACLE=FILE.jsonl cargo bench --bench oracle`: DIR has a dsynth.ini whose
//! Directory_portsdir is the tree, FILE has an object a line: `origin`, and `vars` with the six lists, where the tree is
//! written /usr/dports. Without the two it says so and ends.

#![expect(clippy::print_stdout, reason = "a report")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use camino::Utf8Path;
use dsynth::config::{MakeConf, Profile};
use dsynth::jail;
use dsynth::model::{Fingerprint, OriginSpec, Stop};
use dsynth::queries::Db;
use dsynth::queries::cycles::cycles;
use dsynth::queries::graph::{Graph, Scan};
use dsynth::queries::inputs::{Pkg, Rules};
use dsynth::queries::scan::{SHAPING, evaluation};
use dsynth::queries::tree::origins;
use dsynth::session::planner::Planner;
use dsynth::store::Store;
use dsynth::system::platform::{Declared, platform};

/// Dependencies, and what a package is called and whether it is made at all.
const COMPARED: [&str; 8] = [
    "PKGNAME",
    "IGNORE",
    "FETCH_DEPENDS",
    "EXTRACT_DEPENDS",
    "PATCH_DEPENDS",
    "BUILD_DEPENDS",
    "LIB_DEPENDS",
    "RUN_DEPENDS",
];

/// As the oracle writes the tree's path.
const TREE: &str = "/usr/dports";

fn main() {
    // The scan's jails start this very program as their helper.
    let args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == jail::WORKER) {
        jail::worker_main(&args);
        return;
    }
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
    let store = Arc::new(Store::open(&profile.buildbase.join("oracle.redb")).expect("the store"));
    let planner =
        Planner::new(&profile, &make_conf, &platform, Rules::default(), &store, &Stop::default()).expect("a planner");
    planner.notices.iter().for_each(|notice| println!("{notice}"));
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
        if evaluation(db, Pkg::new(db, spec.clone())).is_err() {
            println!("{origin}: cannot be evaluated");
            different += 1;
            continue;
        }
        compared += 1;
        let values = db.saved().values(&spec).expect("kept with the evaluation");
        for (name, (digest, shown)) in SHAPING.iter().zip(values).filter(|(name, _)| COMPARED.contains(name)) {
            let theirs = words(truth["vars"][name].as_str().unwrap_or_default());
            if digest != Fingerprint::of(theirs.as_bytes()) {
                different += 1;
                println!("{origin} {name}\n  ours   {shown}\n  oracle {theirs}");
            }
        }
    }
    println!("{compared} ports compared, {different} values different");
}

/// Blanks do not matter, nor where the tree is.
fn words(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").replace(TREE, "/xports")
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
