//! A scan that is killed goes on where it was.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use camino::Utf8PathBuf;
use dsynth::model::OriginSpec;
use dsynth::store::Store;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::harness::*;
use crate::program::*;

const PORTS: usize = 40;

/// Ports that take about a tenth of a second each on two cores, and longer where more work, so that there are some moments at which findings are written.
fn slow_tree(scratch: &Scratch) -> Utf8PathBuf {
    let ports = scratch.base.join("slow");
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let wait = format!("W!= i=0; while [ $$i -lt {} ]; do i=$$((i+1)); done\n", 30_000 * cores);
    for n in 0..PORTS {
        let depends = if n == 0 { String::new() } else { format!("RUN_DEPENDS=x:c/p{}\n", n - 1) };
        fs::create_dir_all(ports.join(format!("c/p{n}"))).unwrap();
        fs::write(ports.join(format!("c/p{n}/Makefile")), format!("PKGNAME=p{n}-1\n{wait}{depends}")).unwrap();
    }
    for (path, text) in
        [("ports-mgmt/pkg/Makefile", "PKGNAME=pkg-1\n"), ("c/bad/Makefile", ".error bad\n"), ("Mk/x", "")]
    {
        fs::create_dir_all(ports.join(path).parent().unwrap()).unwrap();
        fs::write(ports.join(path), text).unwrap();
    }
    ports
}

/// Which ports were asked until there were so many, or until its end; and all that it said.
fn follow(child: &mut Child, until: usize) -> Vec<String> {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| asked(&line)).take(until).collect()
}

#[test]
fn what_was_written_before_a_kill_is_not_asked_again() {
    let scratch = Scratch::new("");
    if scratch.system().is_none() {
        return;
    }
    let ports = slow_tree(&scratch);
    let run = |until| {
        let mut child = dsynth(&scratch, &ports, &["status-everything"]).spawn().unwrap();
        let asked = follow(&mut child, until);
        if until < usize::MAX {
            kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGKILL).unwrap();
        }
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        // How far the scan is, is said every few seconds, and at its end how much it was.
        let is_progress =
            |line: &str| line.is_empty() || line.contains('%') || line.starts_with("Total ") && !line.contains(':');
        let lines: Vec<String> = said.lines().filter(|line| !is_progress(line)).map(str::to_owned).collect();
        (asked, lines)
    };
    let kept = || -> BTreeSet<String> {
        let store = Store::open(&scratch.base.join("build/dsynth.redb")).unwrap();
        let scans = store.scans().unwrap();
        let all = (0..PORTS).map(|n| format!("c/p{n}")).chain(["c/bad".into(), "ports-mgmt/pkg".into()]);
        all.filter(|name| scans.evaluation(&OriginSpec::parse(name).unwrap()).unwrap().is_some()).collect()
    };
    let mut before = BTreeSet::new();
    for until in [3, 25, 12] {
        let (asked, _) = run(until);
        assert_eq!(asked.len(), until);
        assert!(asked.iter().all(|name| !before.contains(name)), "{before:?} was kept, and asked was {asked:?}");
        let now = kept();
        assert!(now.is_superset(&before));
        before = now;
    }
    assert!(!before.is_empty(), "{before:?}");
    let (asked, said) = run(usize::MAX);
    assert_eq!(asked.len() + before.len(), PORTS + 2, "{asked:?} {before:?}");
    assert!(asked.iter().all(|name| !before.contains(name)));

    // As if it had never been killed, and no `make` any more: the broken port's either.
    fs::remove_file(scratch.base.join("build/dsynth.redb")).unwrap();
    let (asked, whole) = run(usize::MAX);
    assert_eq!((asked.len(), whole), (PORTS + 2, said.clone()));
    assert_eq!(run(usize::MAX), (Vec::new(), said));
}
