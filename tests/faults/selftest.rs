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
    with_settings!({filters => filters}, { assert_snapshot!(ran.whole(), @"
    stdout:
    kept     a jail is made with all its mounts
    kept     the base system, the tree and the packages are read-only
    kept     /construction, /usr/local, /tmp and /distfiles are writable
    kept     /dev has no more than a program may expect, and that works
    kept     nobody makes device nodes
    kept     nobody mounts, remounts or unmounts
    kept     nobody leaves the root, or gets a user namespace
    kept     the host's processes are out of reach
    kept     the network is there to fetch
    kept     the network is not there otherwise, but for a loopback
    kept     what a command leaves behind is dead when it has ended
    kept     who is silent for too long is ended
    kept     who takes too long is ended
    kept     who prints without end is ended
    kept     a full work directory is full, and is named
    [kept or missing]  limits of memory and processes
    kept     the jail is taken away
    kept     the host's mounts are as they were, the slot is empty, and nobody is left

    [none broken]
    exit 0
    ") });
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
