//! What happens while ports are built: failures, stops, what is left behind.

use std::process::Child;

use camino::Utf8Path;
use dsynth::model::OriginSpec;
use dsynth::store::Store;
use insta::{assert_snapshot, with_settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::queue::Queue;
use crate::world::{World, mounts, no_jails, processes, soon};

/// How the latest build of a port is recorded: status, last phase, reason.
fn recorded(world: &World, spec: &str) -> String {
    let store = Store::open(&world.path("build/dsynth.redb")).unwrap();
    let builds = store.builds_of(&OriginSpec::parse(spec).unwrap()).unwrap();
    let Some(build) = builds.first() else { return format!("{spec}: no record") };
    let phase = build.phase.as_deref().unwrap_or("-");
    format!("{spec}: {} {phase} {}", build.status.name(), build.failure.as_deref().unwrap_or("-"))
}

/// The phases in a port's log, with what the port said in them.
fn phases(world: &World, log: &str) -> String {
    let said = |line: &&str| !line.starts_with("---") && !line.is_empty() && !line.starts_with("SUCCEEDED");
    world.log(log).lines().filter(said).map(|line| line.replace("-- Phase: ", "")).collect::<Vec<_>>().join("\n")
}

fn timeless(what: impl FnOnce()) {
    let size = (r"Memory Use: +[\d.]+M", "Memory Use: [size]");
    with_settings!({filters => vec![(r"\d\d:\d\d:\d\d", "[time]"), (r"[0-9a-f]{64}", "[sum]"), size]}, { what() });
}

#[test]
fn a_failure_skips_what_is_behind_it_and_nothing_else() {
    let Some(mut world) = World::new() else { return };
    world.options("t/leaf", "+FAIL");
    // G78: x, y, z in a row and o beside them; G79: each ends once (`Queue` sees to it); G80: the chain names the culprit.
    let ran = world.run(&["just-build", "t/top-foo", "t/tri@bar"]);
    assert_eq!(ran.status, 2);
    let text = ran.stdout.split("\n\n").filter(|part| !part.contains("START")).collect::<Vec<_>>().join("\n\n");
    timeless(|| {
        assert_snapshot!(text, @"
        100.00%

        t/leaf@default failed in stage: exit 1, see W/logs/t___leaf@default.log
            ===>  Staging for leaf-1

        Initial queue size: 4
            packages built: 1
                   ignored: 0
                   skipped: 2
                    failed: 1
                   missing: 0
                meta-nodes: 0

        Duration: [time]

        Logs are in W/logs
        ");
        assert_snapshot!(world.log("02_failure_list.log") + &world.log("04_skipped_list.log"), @"
        [000] FAILURE t/leaf@default 2                                   stage [time]
        [XXX] t/tri@foo skipped due to t/leaf@default
        [XXX] t/top-foo skipped due to t/tri@foo->t/leaf@default
        ");
    });
    assert_snapshot!(recorded(&world, "t/leaf@default"), @"t/leaf@default: failed stage exit 1");
    assert_snapshot!(recorded(&world, "t/tri@foo"), @"t/tri@foo: no record");

    let ran = world.run(&["just-build", "t/top", "t/tri@all", "t/leaf@all", "t/pair@all"]);
    assert_snapshot!(format!("X1 {} | exit {}", Queue::of_logs(&world), ran.status), @"X1 built pair-dep@default pair-dep@flav pair@default pair@flav top tri@default; ignored leaf@broken leaf@ign pair-dep@depign pair@depign pair@ign; skipped tri@foo; failed leaf@default leaf@flav | exit 2");
    world.set("Exit_zero_on_failure", "true");
    assert_eq!(world.run(&["just-build", "t/top-foo"]).status, 0, "Exit_zero_on_failure");
}

#[test]
fn the_whole_tree_is_built_with_a_package_manager_of_its_own() {
    let mut world = World::empty();
    // Two that fetch the same distfile at once are in each other's way still.
    world.set("Number_of_builders", "1");
    let ran = world.run(&["fetch-only", "everything"]);
    assert_snapshot!(format!("{} | exit {}", Queue::of_logs(&world).without("built").without("ignored").without("skipped"), ran.status), @"missing misc/no-such-port tri@nosuch; failed broken/wrong-checksum | exit 2");
    world.set("Number_of_builders", "4");
    let ran = world.run(&["-y", "everything"]);
    if no_jails(&ran.stdout) {
        return eprintln!("skipped: {}", ran.stdout);
    }
    // I18: what nobody asked for in particular is ignored, what is impossible by default is skipped.
    assert_eq!(ran.status, 2, "{}", ran.whole());
    assert_snapshot!(Queue::of_logs(&world).to_string().replace("; ", "\n"), @"
    built b-leaf broken/badplist broken/leaves-daemon broken/writes-outside dbl@default def-dep@flav def-ign@flav devel/libgreet devel/tablegen devel/tablegen-doc late leaf@default leaf@flav lib lib-brun lib-user math/calc-user math/calc@float math/calc@int misc/hello misc/hello-polite misc/hello-twice misc/meta-hello misc/tables pair-dep@default pair-dep@flav pair2@default pair2@flav pair@default pair@flav r-leaf sysutils/greeter textproc/shout textproc/typo top top-def top-foo tri@bar tri@default tri@foo wrongname +pm
    ignored all-dep@flav all-ign@default all-ign@flav broken/hangs dbl@depign def-ign@default ign ign-on-ign leaf@broken leaf@ign pair-dep@depign pair-dep@ign pair2@depign pair2@ign pair@depign pair@ign solo-ign
    skipped all-dep@default broken/missing-dep broken/top-bad def-dep@default on-ign on-ign2
    missing misc/no-such-port tri@nosuch
    failed broken/build-fails broken/patch-fails broken/wrong-checksum
    ");
    assert!(ran.stdout.ends_with("Rebuild succeeded\n"), "{}", ran.stdout);
    assert!(world.path("packages/meta.conf").is_file() || world.path("packages/packagesite.tzst").is_file());
    assert!(!Utf8Path::new("/fixture-was-here").exists(), "broken/writes-outside writes in its jail");
    assert!(processes("sleeper.pid").is_empty(), "broken/leaves-daemon");
    let failures = ["build-fails", "patch-fails", "wrong-checksum", "leaves-daemon"];
    let failures: Vec<String> = failures.iter().map(|name| recorded(&world, &format!("broken/{name}"))).collect();
    assert_snapshot!(failures.join("\n"), @"
    broken/build-fails: failed build exit 1
    broken/patch-fails: failed patch exit 1
    broken/wrong-checksum: failed checksum exit 1
    broken/leaves-daemon: success package -
    ");

    let ran = world.run(&["everything"]);
    assert_snapshot!(Queue::of_logs(&world).without("ignored").without("skipped").to_string().replace("; ", "\n"), @"
    missing misc/no-such-port tri@nosuch
    failed broken/build-fails broken/patch-fails broken/wrong-checksum
    ");
    assert_eq!(ran.status, 2);
}

#[test]
fn phases_come_in_their_order() {
    let Some(world) = World::new() else { return };
    world.run(&["just-build", "misc/tables"]);
    timeless(|| {
        assert_snapshot!(phases(&world, "misc___tables.log"), @"
        setup
        Installing /packages/All/tablegen-1.2.pkg
        check-sanity
        pkg-depends
        fetch-depends
        fetch
        ===>   Fetching file:///xports/Distfiles/tables-0.3.tar.gz
        checksum
        ===>   SHA256 Checksum OK for tables/tables-0.3.tar.gz
        extract-depends
        extract
        ===>  Extracting for tables-0.3
        Extracted Memory Use: [size]
        patch-depends
        patch
        ===>  Patching for tables-0.3
        build-depends
        ===>   tables-0.3 depends on: /usr/local/bin/tablegen - found
        lib-depends
        configure
        ===>  Configuring for tables-0.3
        build
        ===>  Building for tables-0.3
        tablegen 12 > squares.h.new
        mv squares.h.new squares.h
        cc -pipe -O2 -o tables tables.c 
        run-depends
        stage
        ===>  Staging for tables-0.3
        install -d /construction/xports/misc/tables/work/stage/usr/local/bin
        install -m 755 tables /construction/xports/misc/tables/work/stage/usr/local/bin/tables
        package
        ===>  Packaging tables-0.3
        TOTAL TIME [time]
        ")
    });
    world.run(&["test", "t/tri@-"]);
    let log = phases(&world, "t___tri@default.log");
    // Before that it is told what the port is built with, which depends on the host.
    let log = &log[log.find("check-sanity").unwrap()..];
    timeless(|| {
        assert_snapshot!(log, @"
    check-sanity
    pkg-depends
    fetch-depends
    fetch
    checksum
    extract-depends
    extract
    ===>  Extracting for tri-1
    patch-depends
    patch
    ===>  Patching for tri-1
    build-depends
    lib-depends
    configure
    ===>  Configuring for tri-1
    build
    ===>  Building for tri-1
    run-depends
    stage
    ===>  Staging for tri-1
    check-plist
    ===>  Checking the plist of tri-1
    package
    ===>  Packaging tri-1
    TOTAL TIME [time]
    install
    ===>  Installing tri-1
    Installing tri-1...
    deinstall
    ===>  Deinstalling tri-1
    Deinstalling tri-1...
    ")
    });
    assert_snapshot!(format!("X8 {}", Queue::of_logs(&world)), @"X8 built tri@default");
    world.run(&["test", "t/tri@-"]);
    assert_snapshot!(format!("X8 again {}", Queue::of_logs(&world)), @"X8 again built tri@default");
    world.run(&["fetch-only", "devel/libgreet"]);
    timeless(|| {
        assert_snapshot!(phases(&world, "devel___libgreet.log"), @"
    check-sanity
    fetch-depends
    fetch
    ===>   Fetching file:///xports/Distfiles/libgreet-1.0.tar.gz
    checksum
    ===>   SHA256 Checksum OK for libgreet-1.0.tar.gz
    ")
    });
}

#[test]
fn a_port_is_checked_against_its_plist_where_somebody_asks() {
    let Some(world) = World::new() else { return };
    let ended = |words: &[&str]| {
        let ran = world.run(words);
        format!("{} | exit {}\n", Queue::of_logs(&world), ran.status)
    };
    let ends = [
        ended(&["just-build", "broken/badplist"]),
        ended(&["-P", "force", "broken/badplist"]),
        ended(&["test", "broken/badplist"]),
    ];
    assert_snapshot!(format!("X5\n{}", ends.concat()), @"
    X5
    built broken/badplist | exit 0
    failed broken/badplist | exit 2
    failed broken/badplist | exit 2
    ");
}

#[test]
fn in_a_jail_everybody_is_root() {
    let Some(world) = World::new() else { return };
    world.options("t/top", "+FAIL_AS_USER");
    let built = world.run(&["just-build", "t/top"]).status;
    world.options("t/top", "+FAIL_AS_ROOT");
    let failed = world.run(&["just-build", "t/top"]).status;
    assert_eq!((built, failed), (0, 2), "X6");
    assert_snapshot!(recorded(&world, "t/top"), @"t/top: failed build exit 1");
    assert!(world.packages().contains(&"tri-1.pkg".to_owned()));
}

#[test]
fn each_port_gets_a_jail_of_its_own() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    let places = "/tmp /usr/local /var/tmp /construction";
    world.edit(
        "ports/t/top/Makefile",
        "do-build:\n",
        &format!("pre-build:\n\t@for d in {places}; do echo x > $$d/left; done\n\ndo-build:\n"),
    );
    world.edit(
        "ports/t/late/Makefile",
        ".include",
        &format!("pre-build:\n\t@for d in {places}; do test ! -e $$d/left || exit 1; done\n\n.include"),
    );
    world.edit("ports/t/late/Makefile", "tri>0:t/tri", "tri>0:t/tri top>0:t/top");
    assert_eq!(world.run(&["just-build", "t/top", "t/late"]).status, 0, "G87");
}

#[test]
fn no_package_is_a_failure_whatever_the_phases_said() {
    let Some(world) = World::new() else { return };
    let late = world.read("ports/t/late/Makefile");
    let mut ends = String::new();
    let mut ended = |name: &str, more: &str| {
        world.write("ports/t/late/Makefile", late.replace(".include", &format!("{more}\n.include")).as_bytes());
        world.run(&["just-build", "t/late"]);
        ends += &format!("{name}: {}\n", recorded(&world, "t/late"));
    };
    ended("G94 none", "post-package:\n\t@rm ${WRKDIR_PKGFILE}\n");
    ended("another one", ".if ${PORTSDIR} == /xports\nPKGNAMESUFFIX= -other\n.endif\n");
    ended("no package at all", "post-package:\n\t@echo x > ${WRKDIR_PKGFILE}\n");
    ended("a directory", "post-package:\n\t@rm ${WRKDIR_PKGFILE}; mkdir ${WRKDIR_PKGFILE}\n");
    ended("a link to the outside", "post-package:\n\t@ln -sf /etc/passwd ${WRKDIR_PKGFILE}\n");
    ended("a lost signal", "pre-build:\n\t@kill -9 $$PPID; sleep 5\n");
    ended("all is well", "");
    assert_snapshot!(ends.replace(world.base.as_str(), "W"), @"
    G94 none: t/late: failed package no package: open `/construction/xports/t/late/work/pkg/zz-late-1.pkg`: No such file or directory (os error 2)
    another one: t/late: failed package no package: the jail made `/construction/xports/t/late/work/pkg/zz-late-other-1.pkg`, the scan of the tree expected `zz-late-1.pkg`
    no package at all: t/late: failed package repository: cannot read the package `W/packages/All/zz-late-1.pkg.new`: it is no archive that dsynth knows; build the port again
    a directory: t/late: failed package no package: open `/construction/xports/t/late/work/pkg/zz-late-1.pkg`: it is no regular file
    a link to the outside: t/late: failed package repository: cannot read the package `W/packages/All/zz-late-1.pkg.new`: it is no archive that dsynth knows; build the port again
    a lost signal: t/late: failed build signal 9
    all is well: t/late: success package -
    ");
    assert_eq!(world.packages(), ["tri-1.pkg", "zz-late-1.pkg"]);
}

#[test]
fn a_dependency_that_cannot_be_installed_fails_the_port_before_its_first_phase() {
    // Two packages with the same file.
    let Some(world) = World::new() else { return };
    world.append("ports/Mk/Uses/token.mk", "TOKEN= share/fixture/token\n");
    world.edit("ports/t/top/Makefile", "tri>0:t/tri", "tri>0:t/tri zz-late>0:t/late");
    world.edit("ports/t/late/Makefile", "RUN_DEPENDS", "X");
    let ran = world.run(&["just-build", "t/top"]);
    assert_eq!(ran.status, 2, "{}", ran.whole());
    assert_snapshot!(recorded(&world, "t/top"), @"t/top: failed install-pkgs exit 1");
    timeless(|| {
        assert_snapshot!(phases(&world, "t___top.log"), @"
        setup
        Installing /packages/All/zz-late-1.pkg
        Installing /packages/All/tri-1.pkg
        pkg: tri: /usr/local/share/fixture/token is already there from zz-late
        FAILED [time]
        dsynth: t/top failed in install-pkgs: missing dependency, exit 1
            Installing /packages/All/zz-late-1.pkg
            Installing /packages/All/tri-1.pkg
            pkg: tri: /usr/local/share/fixture/token is already there from zz-late
        ")
    });
}

#[test]
fn the_package_manager_is_built_when_its_package_is_gone() {
    let Some(world) = World::new() else { return };
    let built = |words: &[&str]| {
        world.run(words);
        Queue::of_logs(&world).to_string()
    };
    assert_eq!(built(&["just-build", "t/tri@bar"]), "built tri@bar", "G92: it is there");
    world.remove("packages/All/pkg-1.21.3.pkg");
    assert_eq!(built(&["just-build", "t/tri@bar"]), "built +pm", "G92: it is lost");
    world.append("ports/ports-mgmt/pkg/Makefile", "# more\n");
    assert_eq!(built(&["just-build", "t/tri@bar"]), "built +pm", "it is edited, and nobody else minds");
    world.edit("ports/ports-mgmt/pkg/Makefile", ".include", "post-build:\n\t@exit 1\n\n.include");
    assert_eq!(built(&["just-build", "t/tri@default", "t/tri@bar"]), "skipped tri@bar tri@default; failed +pm");
    assert_eq!(world.packages(), ["tri-BAR-1.pkg"]);
}

/// So many seconds that no other test of this host sleeps as long.
fn sleep() -> String {
    (1_000_000 + std::process::id()).to_string()
}

/// A dsynth that has come to the middle of building `t/leaf`, beside which other ports wait.
fn in_the_middle(world: &World) -> Child {
    world.options("t/leaf", "+SLEEP");
    world.make_conf(&format!("LEAF_SLEEP={}\n", sleep()));
    let child = world.begin(&["just-build", "t/top-foo", "t/tri@bar"]);
    assert!(
        soon(|| processes_of(world).iter().any(|line| line.contains(&format!("sleep {}", sleep())))),
        "it does not sleep"
    );
    assert!(soon(|| world.log("01_success_list.log").contains("tri@bar")), "the other one is not done");
    child
}

/// What runs because of this world, the jails' processes by their host names too.
fn processes_of(world: &World) -> Vec<String> {
    let line = |pid: i32| {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).replace('\0', " ")
    };
    [processes(world.base.as_str()), processes(&sleep())].concat().into_iter().map(line).collect()
}

/// Sends a signal while the leaf is built, and looks at what is left.
fn stopped(world: &World, signal: Signal) -> Option<i32> {
    let mut child = in_the_middle(world);
    kill(Pid::from_raw(child.id() as i32), signal).unwrap();
    let status = child.wait().unwrap();
    assert!(soon(|| processes_of(world).is_empty()), "{signal}: {:?}", processes_of(world));
    assert!(!mounts().contains(world.base.as_str()), "{signal}: something is mounted");
    status.code()
}

// One test: they look for the same sleep among the host's processes.
#[test]
fn a_stopped_run_leaves_nothing_behind_and_is_taken_up_again() {
    let Some(world) = World::new() else { return };
    let mut story = String::new();
    for (signal, status) in [(Signal::SIGINT, Some(130)), (Signal::SIGTERM, Some(143)), (Signal::SIGHUP, Some(143))] {
        assert_eq!(stopped(&world, signal), status, "{signal}");
        story += &format!("{signal}: {}\n", recorded(&world, "t/leaf@default"));
        story += &format!("  {}\n", recorded(&world, "t/top-foo"));
        let log = world.log("00_last_results.log");
        story += log.lines().find(|line| line.contains("STOPPED")).unwrap_or("no line says so");
        story += "\n";
        world.remove("packages/All/tri-BAR-1.pkg");
    }
    assert_eq!(stopped(&world, Signal::SIGKILL), None);
    story += &format!("SIGKILL: {}\n", recorded(&world, "t/leaf@default"));
    world.make_conf("LEAF_SLEEP=0\n");
    let ran = world.run(&["just-build", "t/top-foo", "t/tri@bar"]);
    story += &format!("then: {} | exit {}\n", Queue::of_logs(&world), ran.status);
    story += ran.stdout.lines().find(|line| line.contains("earlier run")).unwrap_or("no line says so");
    assert_snapshot!(story, @"
    SIGINT: t/leaf@default: interrupted - -
      t/top-foo: no record
    [000] STOPPED t/leaf@default
    SIGTERM: t/leaf@default: interrupted - -
      t/top-foo: no record
    [000] STOPPED t/leaf@default
    SIGHUP: t/leaf@default: interrupted - -
      t/top-foo: no record
    [000] STOPPED t/leaf@default
    SIGKILL: t/leaf@default: running - -
    then: built leaf@default top-foo tri@foo | exit 0
    t/leaf@default was interrupted in an earlier run
    ");
}

#[test]
fn a_port_that_never_ends_can_be_stopped() {
    let Some(world) = World::new() else { return };
    world.make_conf("FIXTURE_HANG=yes\n");
    let mut child = world.begin(&["just-build", "broken/hangs"]);
    assert!(soon(|| {
        let log = std::fs::read_to_string(world.path("logs/broken___hangs.log")).unwrap_or_default();
        log.contains("waiting for what never comes")
    }));
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(soon(|| processes(world.base.as_str()).is_empty()));
    assert_snapshot!(recorded(&world, "broken/hangs"), @"broken/hangs: interrupted - -");
}

#[test]
fn status_writes_nothing_down() {
    let Some(world) = World::new() else { return };
    world.run(&["just-build", "t/top-foo"]);
    let kept = || {
        let store = Store::open(&world.path("build/dsynth.redb")).unwrap();
        (
            world.log("00_last_results.log"),
            format!("{:?} {:?}", store.all_traces().unwrap(), store.recent_runs(9).unwrap()),
        )
    };
    let before = kept();
    world.append("ports/t/leaf/Makefile", "# more\n");
    world.remove("packages/All/tri-FOO-1.pkg");
    world.run(&["status", "t/top-foo"]);
    world.run(&["--dry-run", "force", "t/top-foo"]);
    world.run(&["status-everything"]);
    assert_eq!(kept(), before, "E65");
}
