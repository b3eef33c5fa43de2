//! SIGKILL at any moment of a scan or a run: the next start is right, and does nothing twice that was recorded.
//!
//! `DSYNTH_KILLS` is how many moments each test tries, `DSYNTH_SEED` which ones.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use dsynth::model::OriginSpec;
use dsynth::store::Store;
use uuid::Uuid;

use crate::world::{World, mounts, processes, soon};

/// Moments spread over `whole`, each somewhere in its own part of it.
fn moments(whole: Duration) -> impl Iterator<Item = Duration> {
    let number = |name: &str, otherwise: u64| env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let (kills, mut seed) = (number("DSYNTH_KILLS", 6), number("DSYNTH_SEED", 1));
    (0..kills).map(move |n| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = f64::from((seed >> 33) as u32) / f64::from(1u32 << 31);
        whole.mul_f64((n as f64 + part) / kills as f64)
    })
}

fn kill(world: &World, mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(soon(|| processes(world.base.as_str()).is_empty()), "its jails live on");
    assert!(!mounts().contains(world.base.as_str()), "something is mounted");
}

/// The database as it was left; none, if there was no time for one.
fn store(world: &World) -> Option<Store> {
    let path = world.path("build/dsynth.redb");
    path.exists().then(|| Store::open_copy(&path).unwrap())
}

/// Ports among `asked` whose evaluation was written.
fn kept(world: &World, asked: &[String]) -> Vec<String> {
    let Some(store) = store(world) else { return Vec::new() };
    let scans = store.scans().unwrap();
    let is_kept = |port: &&String| scans.evaluation(&OriginSpec::parse(port).unwrap()).unwrap().is_some();
    asked.iter().filter(is_kept).cloned().collect()
}

#[test]
fn a_killed_scan_goes_on_where_it_was() {
    let world = World::empty();
    // So that it takes some seconds, and what is found out is written more than once.
    world.make_conf("SLOW!=\ti=0; while [ $$i -lt 20000 ]; do i=$$((i+1)); done; echo yes\n");
    let (begin, words) = (Instant::now(), ["-d", "status-everything"]);
    let undisturbed = world.run(&words);
    let (whole, all) = (begin.elapsed(), undisturbed.asked());
    assert!(all.len() > 60, "{}", undisturbed.whole());

    let goes_on = |child: Child, when: &str| {
        kill(&world, child);
        let kept = kept(&world, &all);
        let ran = world.run(&words);
        assert_eq!((ran.status, ran.answer()), (0, undisturbed.answer()), "{when}");
        let rest: Vec<String> = all.iter().filter(|port| !kept.contains(port)).cloned().collect();
        assert_eq!(ran.asked(), rest, "{when}");
        assert!(world.run(&words).asked().is_empty(), "{when}");
        world.remove("build/dsynth.redb");
        kept.len()
    };
    for moment in moments(whole) {
        let child = world.begin(&words);
        thread::sleep(moment);
        goes_on(child, &format!("killed after {moment:?} of {whole:?}"));
    }
    let child = world.begin(&words);
    assert!(soon(|| !kept(&world, &all).is_empty()));
    let kept = goes_on(child, "killed when something was kept");
    // All of them, where the machine is so busy that the scan ended meanwhile.
    assert!((1..=all.len()).contains(&kept), "{kept} of {} were kept", all.len());
}

/// Which build made each package that has a trace and is there.
fn made(world: &World) -> BTreeMap<OriginSpec, Option<Uuid>> {
    let traces = store(world).map(|store| store.all_traces().unwrap()).unwrap_or_default();
    let traces = traces.into_iter().map(|(spec, trace)| (spec, trace.unwrap()));
    traces
        .filter(|(_, trace)| world.path("packages/All").join(&trace.pkgfile).exists())
        .map(|(spec, trace)| (spec, trace.build))
        .collect()
}

fn is_whole(world: &World, package: &str) -> bool {
    Command::new("gzip").arg("-t").arg(world.path("packages/All").join(package)).status().unwrap().success()
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let Some(world) = World::new() else { return };
    let words = ["just-build", "t/top-foo", "t/lib-user"];
    let begin = Instant::now();
    assert_eq!(world.run(&words).status, 0);
    let (whole, packages) = (begin.elapsed(), world.packages());
    for moment in moments(whole) {
        world.forget_all();
        let child = world.begin(&words);
        thread::sleep(moment);
        kill(&world, child);
        let when = format!("killed after {moment:?} of {whole:?}");
        let left: Vec<String> = world.packages().into_iter().filter(|name| packages.contains(name)).collect();
        assert!(left.iter().all(|name| is_whole(&world, name)), "{when}: {left:?}");
        let before = made(&world);

        let ran = world.run(&words);
        assert_eq!((ran.status, world.packages()), (0, packages.clone()), "{when}: {}", ran.whole());
        assert!(packages.iter().all(|name| is_whole(&world, name)), "{when}");
        let after = made(&world);
        assert!(before.iter().all(|(spec, build)| after.get(spec) == Some(build)), "{when}: {before:?} {after:?}");
        let status = world.run(&[&["status"], &words[1..]].concat()).stdout;
        assert!(status.contains("Total packages that would be built: 0/"), "{when}: {status}");
        let _ = fs::remove_dir_all(world.path("logs"));
        fs::create_dir(world.path("logs")).unwrap();
    }
}
