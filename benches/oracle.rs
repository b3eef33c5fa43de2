//! A whole real tree against the true answers: every variable of every port, and the graph.
//!
//! `DSYNTH_CONFIG=DIR DSYNTH_ORACLE=FILE.jsonl cargo bench --bench oracle`: DIR has a dsynth.ini whose
//! Directory_portsdir is the tree, FILE has an object a line: `origin`, `vars` with any variables, and the `makefiles` that
//! were read, where the tree is written /usr/dports. Without the two it says so and ends.

#![expect(clippy::print_stdout, reason = "a report")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use camino::Utf8Path;
use dsynth::config::{MakeConf, Profile};
use dsynth::jail;
use dsynth::model::{DepKind, OriginSpec, Stop};
use dsynth::queries::cycles::cycles;
use dsynth::queries::depends::read_word;
use dsynth::queries::graph::{Graph, Scan};
use dsynth::queries::inputs::Rules;
use dsynth::queries::tree::origins;
use dsynth::queries::{Database, Db};
use dsynth::session::planner::Planner;
use dsynth::store::Store;
use dsynth::system::MakeQuery;
use dsynth::system::platform::{Declared, platform};
use rayon::prelude::*;
use serde::Deserialize;

/// As the oracle writes the tree's path.
const TREE: &str = "/usr/dports";
/// As it writes the path of the options.
const OPTIONS: &str = "/var/db/ports";

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

    let text = std::fs::read_to_string(oracle).expect("the oracle");
    let truths: Vec<Truth> = text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let compared: Vec<Compared> = truths.par_iter().map_with(db.clone(), |db, truth| truth.compare(db)).collect();
    let values: usize = truths.iter().map(|truth| truth.vars.len()).sum();
    let different: Vec<&Compared> = compared.iter().filter(|port| !port.different.is_empty()).collect();
    for port in &different {
        println!("{} ({}): {}", port.origin, port.cause, port.different.join(", "));
    }
    println!("{} ports, {values} values compared; {} ports differ", compared.len(), different.len());
    let unexplained = different.iter().filter(|port| port.cause == UNKNOWN).count();
    println!("{unexplained} of them for no known cause");
    let edges = |of: fn(&Compared) -> &BTreeSet<OriginSpec>| compared.iter().map(|port| of(port).len()).sum::<usize>();
    println!("distinct edges: {} ours, {} of the oracle", edges(|port| &port.ours), edges(|port| &port.theirs));
}

/// A line of the oracle.
#[derive(Deserialize)]
struct Truth {
    origin: String,
    vars: BTreeMap<String, String>,
    /// Makefiles it read.
    makefiles: Vec<String>,
}

struct Compared {
    origin: String,
    /// Names of variables.
    different: Vec<String>,
    cause: &'static str,
    /// What it depends on (spec 3.4), each once.
    ours: BTreeSet<OriginSpec>,
    theirs: BTreeSet<OriginSpec>,
}

const UNKNOWN: &str = "for no known cause";

impl Truth {
    /// Asks for all of the oracle's variables anew, by the reader that the profile names.
    fn compare(&self, db: &Database) -> Compared {
        let settings = db.settings().fields(db);
        let query = MakeQuery {
            directory: settings.ports.join(&self.origin),
            assignments: vec![format!("LOCALBASE={}", settings.localbase)],
            expressions: self.vars.keys().map(|name| format!("${{{name}}}")).collect(),
        };
        let answer = db.system().make(&query).answer.map(|answer| answer.values).unwrap_or_default();
        let portable = |value: &str| {
            let value = words(value).replace(settings.localbase.as_str(), "/usr/local");
            value.replace(settings.ports.as_str(), "/xports").replace(settings.options.as_str(), OPTIONS)
        };
        let answer: BTreeMap<&String, String> =
            self.vars.keys().zip(answer).map(|(name, value)| (name, portable(&value))).collect();
        let theirs: BTreeMap<&String, String> = self.vars.iter().map(|(name, value)| (name, words(value))).collect();
        let is_different = |(name, value): &(&&String, &String)| answer.get(**name) != Some(*value);
        Compared {
            origin: self.origin.clone(),
            different: theirs.iter().filter(is_different).map(|(name, _)| (**name).clone()).collect(),
            cause: self.cause(&settings.ports),
            ours: edges(&answer),
            theirs: edges(&theirs),
        }
    }

    /// dsynth asks as it builds, with PACKAGE_BUILDING; the recording was made without.
    fn cause(&self, ports: &Utf8Path) -> &'static str {
        // Names are relative to the port, or to the tree.
        let places = |name: &String| [ports.join(&self.origin).join(name), ports.join(name)];
        let of_ports = self.makefiles.iter().filter(|name| !name.starts_with("Mk/"));
        let mut texts = of_ports.flat_map(places).filter_map(|path| std::fs::read(path).ok());
        let speaks = |text: Vec<u8>| String::from_utf8_lossy(&text).contains("PACKAGE_BUILDING");
        if texts.any(speaks) { "PACKAGE_BUILDING" } else { UNKNOWN }
    }
}

fn edges(values: &BTreeMap<&String, String>) -> BTreeSet<OriginSpec> {
    let lists = DepKind::ALL.iter().filter_map(|kind| values.get(&kind.variable().to_owned()));
    let words = lists.flat_map(|list| list.split_whitespace());
    words.filter_map(|word| read_word(word, Utf8Path::new("/xports")).ok()?).collect()
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
