//! A real ccache(1) in the jails, if the host has one: what is compiled twice is compiled once.

use std::fs;
use std::process::Command;

use crate::world::World;

#[test]
fn what_was_compiled_once_comes_out_of_the_cache() {
    if Command::new("ccache").arg("--version").output().is_err() {
        eprintln!("skipped: there is no ccache here (scripts/test installs it)");
        return;
    }
    let Some(mut world) = World::new() else { return };
    let cache = world.path("ccache");
    fs::create_dir(&cache).unwrap();
    world.set("Directory_ccache", cache.as_str());
    // As bsd.ccache.mk has it; the two variables are dsynth's own, and come after this text.
    world.make_conf("CC=${WITH_CCACHE_BUILD:D/usr/bin/ccache} cc\nMAKE_ENV+=CCACHE_DIR=${CCACHE_DIR}\n");
    let builds = |words: &[&str]| {
        let ran = world.run(words);
        assert_eq!(ran.status, 0, "{}\n{}", ran.whole(), world.log("devel___libgreet.log"));
        let told = Command::new("ccache").arg("--print-stats").env("CCACHE_DIR", &cache).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        ["cache_miss", "direct_cache_hit"].map(|name| {
            let lines = told.lines().filter_map(|line| line.split_once('\t'));
            let mut numbers =
                lines.filter(|(found, _)| *found == name).map(|(_, number)| number.parse::<u64>().unwrap());
            numbers.next().unwrap()
        })
    };
    let first = builds(&["just-build", "devel/libgreet"]);
    assert!(first[0] > 0 && first[1] == 0, "missed and hit: {first:?}");
    assert_eq!(builds(&["force", "devel/libgreet"]), [first[0], first[0]]);
}
