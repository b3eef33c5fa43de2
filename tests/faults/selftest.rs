//! `dsynth selftest`, on this host.

use insta::{assert_snapshot, with_settings};

use crate::host::Host;
use crate::world::{World, no_jails};

#[test]
fn every_promise_is_kept_here_and_nothing_is_left() {
    let world = World::empty();
    let host = Host::before(&world);
    let ran = world.run(&["selftest"]);
    if no_jails(&ran.stdout) {
        return eprintln!("skipped: {}", ran.stdout);
    }
    // Whether there are cgroups is the host's affair; all else is the same everywhere.
    let filters = vec![
        (
            r"(kept   |missing)  limits of memory and processes are those of the profile.*",
            "[kept or missing]  limits of memory and processes",
        ),
        (r"\d+ kept, \d missing on this host, 0 broken", "[none broken]"),
    ];
    with_settings!({filters => filters}, { assert_snapshot!(ran.whole(), @"") });
    host.assert_same(&world);
    assert!(!world.path("build/selftest").exists());
}

#[test]
fn a_host_that_gives_no_jail_is_told_so() {
    let world = World::empty();
    // The slot cannot be made: a file lies where the test's own directory should be.
    world.write("build/selftest", b"");
    let ran = world.run(&["selftest"]);
    assert_eq!(ran.status, 1, "{}", ran.whole());
    assert!(ran.stderr.contains("build/selftest`"), "{}", ran.stderr);
}
