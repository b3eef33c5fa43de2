//! What our reader says it looked at, against what a traced `make` says: a sample of a real tree.
//!
//! `DSYNTH_CONFIG=DIR cargo bench --bench reads`: DIR has a dsynth.ini whose Directory_portsdir is the tree;
//! `DSYNTH_SAMPLE` ports (200), drawn by `DSYNTH_SEED` (1), are read by both. What counts for them is compared: directories,
//! files, and paths that were looked for. Without DSYNTH_CONFIG it says so and ends. Nothing is kept.

#![expect(clippy::print_stdout, reason = "a report")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::config::{MakeConf, Profile};
use dsynth::jail;
use dsynth::model::{Evaluator, Fingerprint, OriginSpec, Stop};
use dsynth::queries::graph::Scan;
use dsynth::queries::inputs::{Pkg, Rules};
use dsynth::queries::tree::origins;
use dsynth::session::planner::Planner;
use dsynth::store::Store;
use dsynth::system::platform::{Declared, platform};

/// Our reader's first answers are compared with `make`'s, and what that looked at is taken then.
const COMPARED: usize = 20;

fn main() {
    // The scan's jails start this very program as their helper.
    let args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == jail::WORKER) {
        jail::worker_main(&args);
        return;
    }
    let Ok(config) = std::env::var("DSYNTH_CONFIG") else {
        println!("reads: set DSYNTH_CONFIG to read a real tree");
        return;
    };
    let profile = Profile::load(Some(Utf8Path::new(&config)), None, None).expect("the profile");
    let all = origins(planner(&profile, Evaluator::Make).0.database());
    let (size, seed) = (number("DSYNTH_SAMPLE", 200), number("DSYNTH_SEED", 1));
    let drawn = |number: usize| Fingerprint::of(format!("{seed} {}", all[number].as_str()).as_bytes());
    let mut numbers: Vec<usize> = (0..all.len()).collect();
    numbers.sort_by_key(|number| drawn(*number));
    let spec = |number: &usize| OriginSpec::new(all[*number].clone(), None);
    let first: Vec<OriginSpec> = numbers.iter().take(COMPARED).map(spec).collect();
    let sample: Vec<OriginSpec> = numbers.iter().skip(COMPARED).take(size).map(spec).collect();

    let theirs = reads(&profile, Evaluator::Make, &first, &sample);
    let ours = reads(&profile, Evaluator::Native, &first, &sample);
    let (mut equal, mut causes) = (0, BTreeMap::<String, usize>::new());
    for spec in &sample {
        let (ours, theirs) = (&ours[spec], &theirs[spec]);
        equal += usize::from(ours == theirs);
        for (who, paths) in [("ours alone", ours.difference(theirs)), ("make's alone", theirs.difference(ours))] {
            for path in paths {
                println!("{spec}: {who}: {path}");
                *causes.entry(format!("{who}: {}", path.replace(spec.origin.as_str(), "PORT"))).or_default() += 1;
            }
        }
    }
    println!("{} ports (DSYNTH_SEED={seed}), {equal} with equal reads", sample.len());
    causes.iter().filter(|(_, count)| **count > 1).for_each(|(cause, count)| println!("{count:6}  {cause}"));
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn planner(profile: &Profile, evaluator: Evaluator) -> (Planner, Arc<Store>) {
    let declared = Declared {
        os: profile.operating_system.as_deref(),
        release: profile.platform_release.as_deref(),
        version: profile.platform_version,
    };
    let platform = platform(&profile.system, &declared).expect("the platform");
    let make_conf = MakeConf::load(&profile.make_conf_path()).expect("make.conf");
    let store = Arc::new(Store::in_memory().expect("a store"));
    let profile = Profile { evaluator, ..profile.clone() };
    let planner =
        Planner::new(&profile, &make_conf, &platform, Rules::default(), &store, &Stop::default()).expect("a planner");
    (planner, store)
}

/// What each port's answer depends on, a line for each path and how it counts.
fn reads(
    profile: &Profile,
    evaluator: Evaluator,
    first: &[OriginSpec],
    sample: &[OriginSpec],
) -> BTreeMap<OriginSpec, BTreeSet<String>> {
    let (planner, store) = planner(profile, evaluator);
    let db = planner.database();
    for specs in [first, sample] {
        let pkgs: Vec<Pkg> = specs.iter().map(|spec| Pkg::new(db, spec.clone())).collect();
        Scan::new(&|_, _| {}, &Stop::default()).evaluate(db, &pkgs).expect("not stopped");
    }
    planner.save();
    let scans = store.scans().expect("what was found out");
    let lines = |how: &'static str, paths: Vec<Utf8PathBuf>| paths.into_iter().map(move |path| format!("{how} {path}"));
    let of = |spec: &OriginSpec| -> BTreeSet<String> {
        let Some(record) = scans.evaluation(spec).expect("readable") else { return BTreeSet::new() };
        let shared = scans.framework(record.reads.framework).expect("readable").unwrap_or_default();
        let own = lines("directory", record.reads.directories).chain(lines("file", record.reads.files));
        own.chain(lines("sought", record.reads.sought)).chain(lines("framework", shared)).collect()
    };
    sample.iter().map(|spec| (spec.clone(), of(spec))).collect()
}
