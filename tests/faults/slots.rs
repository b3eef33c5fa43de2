//! Slots that cannot be used.

use std::fs;

use crate::host::Host;
use crate::world::World;

/// A file where the slot's directory should be: no jail can be made there.
fn spoil(world: &World, numbers: std::ops::Range<u32>) {
    numbers.for_each(|number| fs::write(world.path(&format!("build/SL{number:02}")), "").unwrap());
}

#[test]
fn a_slot_that_cannot_be_used_is_replaced_and_the_run_goes_on() {
    let Some(world) = World::new() else { return };
    spoil(&world, 0..2);
    let ran = world.run(&["just-build", "t/tri@bar", "t/leaf@flav", "misc/hello"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
    let aside = ran.stdout.lines().filter(|line| line.contains("is set aside")).count();
    assert_eq!(aside, 2, "{}", ran.stdout);
    for words in [
        "SL00 is set aside, SL0",
        "SL01 is set aside, SL0",
        "SL04 takes its place: make `",
        "SL05 takes its place: make `",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
}

#[test]
fn a_run_without_slots_ends_with_the_reason() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "2");
    spoil(&world, 0..9);
    let host = Host::before(&world);
    let ran = world.run(&["just-build", "t/tri", "t/leaf", "misc/hello"]);
    assert_eq!(ran.status, 1, "{}", ran.whole());
    assert!(
        ran.stderr.contains("the run was stopped: no slot is left; the last was lost because of: "),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout.matches("FAILED STATE").count(), 2, "{}", ran.stdout);
    assert!(world.packages().is_empty());
    (0..9).for_each(|number| world.remove(&format!("build/SL{number:02}")));
    host.assert_same(&world);
    assert_eq!(world.run(&["just-build", "t/tri", "misc/hello"]).status, 0, "the next run has slots");
}

#[test]
fn cleanup_takes_away_what_the_c_program_leaves() {
    let world = World::empty();
    for name in ["SL00", "SL17/usr/local", "bin.000", "lib.016", "libexec.016", "usr.bin.016"] {
        fs::create_dir_all(world.path("build").join(name)).unwrap();
        fs::write(world.path("build").join(name).join("file"), "").unwrap();
    }
    world.write("packages/All/half-1.pkg.new", b"half");
    let ran = world.run(&["cleanup"]);
    insta::assert_snapshot!(ran.whole(), @"
    stdout:
    removed W/build/SL00, left by an earlier run
    removed W/build/SL17, left by an earlier run
    removed W/packages/All/half-1.pkg.new, which is not whole
    removed W/build/bin.000, left by an earlier run
    removed W/build/lib.016, left by an earlier run
    removed W/build/libexec.016, left by an earlier run
    removed W/build/usr.bin.016, left by an earlier run
    exit 0
    ");
    let left: Vec<String> = fs::read_dir(world.path("build"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("SL") || name.contains(".0"))
        .collect();
    assert_eq!(left, [""; 0]);
}
