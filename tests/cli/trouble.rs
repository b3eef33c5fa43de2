//! Runs in which something is wrong with a port, or with another dsynth.

use insta::{assert_snapshot, with_settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, soon};

fn timeless(what: impl FnOnce()) {
    let filters = vec![(r"\d\d:\d\d:\d\d", "[time]"), (r"process \d+, since [-\d]+ ", "process [pid], since ")];
    with_settings!({filters => filters}, { what() });
}

#[test]
fn a_distfile_with_another_sum() {
    let Some(world) = World::new() else { return };
    let ran = world.run(&["just-build", "broken/wrong-checksum"]);
    timeless(|| {
        assert_snapshot!(ran.whole(), @"
        stdout:
        100.00%

        Total 2
        [000] START   broken/wrong-checksum                idep=01 depi=00/00 dep=0.00G
        [000] FAILURE broken/wrong-checksum                           checksum [time]

        broken/wrong-checksum failed in checksum: exit 1, see W/logs/broken___wrong-checksum.log
            ===>   checksum mismatch for tablegen-1.2.tar.gz

        Initial queue size: 1
            packages built: 0
                   ignored: 0
                   skipped: 0
                    failed: 1
                   missing: 0
                meta-nodes: 0

        Duration: [time]

        Logs are in W/logs
        exit 2
        ")
    });
    let log = world.log("broken___wrong-checksum.log");
    let end: Vec<&str> = log.lines().skip_while(|line| !line.contains("Phase: checksum")).collect();
    let sums = vec![(r"\d\d:\d\d:\d\d", "[time]"), (r"[0-9a-f]{64}", "[sum]")];
    with_settings!({filters => sums}, { assert_snapshot!(end.join("\n"), @"
    -- Phase: checksum
    -------------------------------------------------------------------------------
    ===>   checksum mismatch for tablegen-1.2.tar.gz
    *** Error code 1

    Stop.
    bmake: stopped in /xports/broken/wrong-checksum

    FAILED [time]

    --------
    dsynth: broken/wrong-checksum failed in checksum: exit 1
        ===>   checksum mismatch for tablegen-1.2.tar.gz
    --------
    ") });
}

#[test]
fn a_makefile_that_make_refuses_and_a_loop_stop_nothing_else() {
    let prepare = |world: &World| {
        world.variant("unparsable");
        world.variant("cycle");
        world.write("list", b"t/unparsable\nt/cycle-a\nt/tri@bar\n");
    };
    let world = World::empty();
    prepare(&world);
    assert_snapshot!(world.run(&["status", "list"]).whole(), @r#"
    stdout:
    100.00%

    Total 6
    t/unparsable missing: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
    t/cycle-a missing: dependency cycle: t/cycle-a -> t/cycle-b -> t/cycle-a
    t/cycle-b missing: dependency cycle: t/cycle-b -> t/cycle-a -> t/cycle-b
      N => ports-mgmt/pkg
      N => t/tri@bar
    Total packages that would be built: 2/2
    exit 0
    "#);
    assert_snapshot!(world.run(&["just-build", "t/cycle-b", "t/tri"]).whole(), @"
    stdout:
    100.00%

    Total 7
    stderr:
    dsynth: t/cycle-b: dependency cycle: t/cycle-b -> t/cycle-a -> t/cycle-b
    exit 1
    ");
    assert_snapshot!(world.run(&["status", "t/unparsable", "t/tri"]).whole(), @r#"
    stderr:
    dsynth: t/unparsable: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
    exit 1
    "#);
    assert_snapshot!(world.run(&["--strict", "status", "list"]).whole(), @r#"
    stderr:
    dsynth: t/unparsable: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
    exit 1
    "#);
    assert_snapshot!(world.run(&["--strict", "status", "t/cycle-a", "t/tri@bar"]).whole(), @"
    stdout:
    100.00%

    Total 5
    stderr:
    dsynth: t/cycle-a: dependency cycle: t/cycle-a -> t/cycle-b -> t/cycle-a
    t/cycle-b: dependency cycle: t/cycle-b -> t/cycle-a -> t/cycle-b
    exit 1
    ");
    let everything = world.run(&["status-everything"]).stdout;
    let trouble: Vec<&str> =
        everything.lines().filter(|line| line.contains("/cycle") || line.contains("unpars")).collect();
    assert_snapshot!(trouble.join("\n"), @r#"
    t/unparsable missing: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
    t/cycle-a missing: dependency cycle: t/cycle-a -> t/cycle-b -> t/cycle-a
    t/cycle-b missing: dependency cycle: t/cycle-b -> t/cycle-a -> t/cycle-b
    "#);
    let Some(world) = World::new() else { return };
    prepare(&world);
    let ran = world.run(&["just-build", "list"]);
    timeless(|| {
        assert_snapshot!(ran.whole(), @r#"
        stdout:
        100.00%

        Total 6
        [XXX] t/unparsable lost in the ether: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
        [XXX] t/cycle-a lost in the ether: dependency cycle: t/cycle-a -> t/cycle-b -> t/cycle-a
        [XXX] t/cycle-b lost in the ether: dependency cycle: t/cycle-b -> t/cycle-a -> t/cycle-b
        [000] START   t/tri@bar                            idep=01 depi=00/00 dep=0.00G
        [000] SUCCESS t/tri@bar                                                [time]

        t/unparsable missing: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
        t/cycle-a missing: dependency cycle: t/cycle-a -> t/cycle-b -> t/cycle-a
        t/cycle-b missing: dependency cycle: t/cycle-b -> t/cycle-a -> t/cycle-b

        Initial queue size: 4
            packages built: 1
                   ignored: 0
                   skipped: 0
                    failed: 0
                   missing: 3
                meta-nodes: 0

        Duration: [time]

        Logs are in W/logs
        exit 2
        "#)
    });
    assert_eq!(world.packages(), ["tri-BAR-1.pkg"]);
}

#[test]
fn the_exit_status_can_be_that_of_dsynth() {
    let Some(mut world) = World::new() else { return };
    let run = |world: &World| world.run(&["just-build", "broken/build-fails", "broken/missing-dep"]).status;
    assert_eq!(run(&world), 2);
    world.set("Exit_zero_on_failure", "true");
    assert_eq!(run(&world), 0);
    assert_eq!(world.run(&["just-build", "t/nosuch"]).status, 1, "an error stays one");
}

#[test]
fn a_second_dsynth_is_told_of_the_first() {
    let Some(world) = World::new() else { return };
    world.make_conf("FIXTURE_HANG=yes\n");
    let mut first = world.begin(&["just-build", "broken/hangs"]);
    assert!(soon(|| world.path("logs/broken___hangs.log").exists()));
    timeless(|| {
        assert_snapshot!(world.run(&["just-build", "t/tri"]).whole(), @"
        stderr:
        dsynth: Another dsynth is using W/build (`just-build`, process [pid], since [time]); wait for its end or stop it
        exit 1
        ");
        assert_snapshot!(world.run(&["cleanup"]).whole(), @"
        stderr:
        dsynth: Another dsynth is using W/build (`just-build`, process [pid], since [time]); wait for its end or stop it
        exit 1
        ");
    });
    kill(Pid::from_raw(first.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(143));
    assert_eq!(world.run(&["status", "t/tri"]).status, 0);
}

#[test]
fn an_index_needs_a_package_manager() {
    let Some(world) = World::new() else { return };
    assert_snapshot!(world.run(&["rebuild-repository"]).whole(), @"
    stdout:
    Rebuild failed
    stderr:
    dsynth: the repository was not rebuilt: there is no package manager yet; build a port first, and ports-mgmt/pkg with it
    exit 1
    ");
    let ran = world.run(&["-y", "build", "t/tri@bar"]);
    assert_eq!((ran.status, ran.stdout.lines().last()), (0, Some("Rebuild succeeded")));
    let ran = world.run(&["build", "t/tri@bar"]);
    assert_eq!(ran.stdout.lines().last(), Some("Rebuild the repository? "), "the end of input is a no");
    assert_snapshot!(world.run(&["rebuild-repository"]).whole(), @"
    stdout:
    repo -m /tmp/meta.conf -o /packages /packages
    Creating repository in /packages: 2 packages
    Packing files for repository: done
    Rebuild succeeded
    exit 0
    ");
    world.write("packages/All/odd-1.pkg", b"no package");
    assert_snapshot!(world.run(&["rebuild-repository"]).whole(), @"
    stdout:
    repo -m /tmp/meta.conf -o /packages /packages
    pkg: /packages/All/odd-1.pkg: not a whole package
    Creating repository in /packages:
    Rebuild failed
    stderr:
    dsynth: the repository was not rebuilt: pkg repo failed: exit 1
    exit 1
    ");
    assert_snapshot!(world.run(&["cleanup"]).whole(), @"exit 0");
}
