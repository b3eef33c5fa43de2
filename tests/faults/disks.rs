//! File systems that are full: the run ends with the reason, and nothing counts as built that is not in place.

use std::process::Command;

use dsynth::model::OriginSpec;
use dsynth::store::Store;

use crate::world::{Ran, World};

/// Runs dsynth where a full tmpfs lies over `directory`, in a mount namespace of its own: the host sees nothing of it. What was
/// there is copied into it, and taken back afterwards.
fn run_with_full(world: &World, directory: &str, words: &[&str]) -> Option<Ran> {
    let place = world.path(directory);
    let script = format!(
        "set -e; cp -a {place} {base}/kept; mount -t tmpfs -o size=4m t {place}; cp -a {base}/kept/. {place}/
         dd if=/dev/zero of={place}/filler bs=4096 >/dev/null 2>&1 || true
         status=0; \"$@\" || status=$?
         rm {place}/filler; rm -rf {base}/kept; cp -a {place} {base}/kept; exit $status",
        base = world.base
    );
    let root = nix::unistd::geteuid().is_root();
    let mut command = Command::new("unshare");
    command.arg(if root { "-m" } else { "-Urm" }).args(["sh", "-c", &script, "sh"]);
    command.arg(env!("CARGO_BIN_EXE_dsynth")).arg("-C").arg(world.path("cfg")).args(["-s0", "-M99"]).args(words);
    command.env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    let ran = world.finish(command);
    if !world.path("kept").exists() {
        eprintln!("skipped: no namespace to mount in: {}", ran.stderr);
        return None;
    }
    std::fs::remove_dir_all(&place).unwrap();
    std::fs::rename(world.path("kept"), &place).unwrap();
    Some(ran)
}

fn recorded(world: &World, spec: &str) -> String {
    let store = Store::open(&world.path("build/dsynth.redb")).unwrap();
    let builds = store.builds_of(&OriginSpec::parse(spec).unwrap()).unwrap();
    builds.first().map_or("no record".to_owned(), |build| build.status.name().to_owned())
}

#[test]
fn a_full_repository_stops_the_run() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.run(&["just-build", "t/leaf@flav"]).status, 0);
    let Some(ran) = run_with_full(&world, "packages/All", &["just-build", "t/top-foo", "t/tri@bar"]) else { return };
    assert_eq!(ran.status, 1, "{}", ran.whole());
    let reason = "dsynth: the run was stopped: cannot put the package into the repository: write the package";
    assert!(ran.stderr.contains(reason) && ran.stderr.contains("No space left on device"), "{}", ran.stderr);
    assert!(ran.stdout.contains("failed: 0"), "no port is to blame: {}", ran.stdout);
    assert_eq!(world.packages(), ["leaf-FLAV-1.pkg"], "what was there is whole, and no half is there");
    assert_eq!(recorded(&world, "t/tri@bar"), "interrupted");

    let ran = world.run(&["just-build", "t/top-foo", "t/tri@bar", "t/leaf@flav"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
    assert!(ran.stdout.contains("packages built: 4"), "all but leaf@flav: {}", ran.stdout);
}

#[test]
fn a_full_log_directory_stops_the_run() {
    let Some(world) = World::new() else { return };
    let Some(ran) = run_with_full(&world, "logs", &["just-build", "t/tri@bar"]) else { return };
    assert_eq!(ran.status, 1, "{}", ran.whole());
    assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
    assert!(world.packages().is_empty());
    assert_eq!(world.run(&["just-build", "t/tri@bar"]).status, 0);
}

#[test]
fn a_full_build_base_stops_the_run() {
    let Some(world) = World::new() else { return };
    let Some(ran) = run_with_full(&world, "build", &["just-build", "t/tri@bar"]) else { return };
    assert_eq!(ran.status, 1, "{}", ran.whole());
    assert!(ran.stderr.contains("No space left on device"), "{}", ran.stderr);
    assert!(world.packages().is_empty());
    let ran = world.run(&["just-build", "t/tri@bar"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
}
