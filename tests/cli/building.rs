//! Directives that build, with all that may be asked of them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use insta::{assert_snapshot, with_settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, mounts, soon};

fn timeless(what: impl FnOnce()) {
    let filters = vec![(r"\d{4}-\d\d-\d\d", "[day]"), (r"\d\d:\d\d:\d\d", "[time]"), (r"[0-9a-f-]{36}", "[id]")];
    with_settings!({filters => filters}, { what() });
}

/// A port that is not built before the file `go` is among the distfiles.
fn wait_for_go(world: &World, port: &str) {
    let wait = "pre-build:\n\t@while [ ! -e /distfiles/go ]; do sleep 0.1; done\n\n.include";
    world.edit(&format!("ports/{port}/Makefile"), ".include", wait);
}

#[test]
fn what_is_added_is_built_after_the_rest() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    assert_snapshot!(world.run(&["add", "t/late"]).whole(), @"
    stderr:
    dsynth: No dsynth running to add ports to
    exit 1
    ");
    wait_for_go(&world, "t/tri");
    let child = world.command(&["build", "t/tri@bar"]).stdout(Stdio::piped()).spawn().unwrap();
    assert!(soon(|| world.path("logs/t___tri@bar.log").exists()));
    world.write("list", b"t/leaf@default\n");
    assert_snapshot!(world.run(&["add", "t/late", "list"]).whole(), @"
    stdout:
    added to run: t/late
    added to run: W/list
    exit 0
    ");
    assert_snapshot!(world.run(&["add", "nonsense"]).whole(), @"
    stderr:
    dsynth: invalid port specification `nonsense`: expected category/name[@flavor], or a file that lists ports
    exit 1
    ");
    // As the C program does it.
    let lock = world.read("build/.lock");
    world.write("build/.lock", (lock + "t/tri@default\n").as_bytes());
    world.write("distfiles/go", b"");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).replace(world.base.as_str(), "W");
    let lines =
        said.lines().filter(|line| line.contains("SUCCESS") || line.contains("going on") || line.contains("Rebuil"));
    timeless(|| {
        assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    [000] SUCCESS t/tri@bar                                                [time]
    Rebuild succeeded
    going on with additionally added packages: t/late W/list t/tri@default
    [000] SUCCESS t/tri@default                                            [time]
    [000] SUCCESS t/late                                                   [time]
    [000] SUCCESS t/leaf@default                                           [time]
    Rebuild the repository?
    ")
    });
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(world.read("build/.lock"), "");
}

#[test]
fn a_run_of_everything_takes_no_more_ports() {
    let Some(world) = World::new() else { return };
    world.make_conf("FIXTURE_HANG=yes\n");
    let mut child = world.begin(&["everything"]);
    assert!(soon(|| world.path("build/.lock.holder").exists()));
    assert_snapshot!(world.run(&["add", "t/late"]).whole(), @"
    stderr:
    dsynth: the dsynth that is running does `everything`, which takes no more ports
    exit 1
    ");
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn debug_leaves_the_jails_of_what_was_asked_for() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    world.edit("ports/t/late/Makefile", ".include", "pre-build:\n\t@echo here > ${WRKDIR}/mark\n\n.include");
    let mut child = world.command(&["debug", "t/late", "broken/build-fails"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said: Vec<String> = lines.by_ref().take_while(|line| !line.starts_with("^C")).collect();
    let frozen = said.iter().filter(|line| line.contains("FROZEN") || line.contains("is left as it was"));
    let frozen: Vec<&str> = frozen.map(String::as_str).collect();
    with_settings!({filters => vec![(r"--target \d+", "--target [pid]")]}, { assert_snapshot!(frozen.join("\n"), @"
    [000] FROZEN(DEBUG) broken/build-fails
    [000] FROZEN(DEBUG) t/late
    broken/build-fails is left as it was: nsenter --target [pid] --all --root --wd=/ /bin/sh
    t/late is left as it was: nsenter --target [pid] --all --root --wd=/ /bin/sh
    ") });
    let late = said.iter().find(|line| line.starts_with("t/late is left")).unwrap();
    let pid = late.split_whitespace().skip_while(|word| *word != "--target").nth(1).unwrap();
    let mark = format!("/proc/{pid}/root/construction/xports/t/late/work/mark");
    if nix::unistd::geteuid().is_root() {
        assert_eq!(std::fs::read_to_string(&mark).unwrap(), "here\n");
        let entered = std::process::Command::new("nsenter")
            .args(["--target", pid, "--all", "--root", "--wd=/", "/bin/cat", "/etc/make.conf"])
            .output();
        assert!(String::from_utf8_lossy(&entered.unwrap().stdout).contains("WRKDIRPREFIX=/construction"));
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "a port failed");
    assert!(!std::path::Path::new(&mark).exists() && !mounts().contains(world.base.as_str()));
    assert_eq!(world.packages(), ["tri-1.pkg", "zz-late-1.pkg"]);
}

#[test]
fn developers_are_told_what_a_port_is_built_with() {
    let Some(world) = World::new() else { return };
    world.run(&["-D", "just-build", "t/tri@bar"]);
    let log = world.log("t___tri@bar.log");
    let titles: Vec<&str> = log.lines().filter_map(|line| line.strip_prefix("-- Phase: ")).take(10).collect();
    assert_eq!(
        titles.join(" "),
        "Environment showconfig CONFIGURE_ENV CONFIGURE_ARGS MAKE_ENV MAKE_ARGS PLIST_SUB SUB_LIST make.conf check-sanity"
    );
    assert!(log.contains("\nFLAVOR=bar\n") && log.contains("\nDEVELOPER=1\n"), "{log}");
}

#[test]
fn hooks_hear_of_a_real_run() {
    use std::os::unix::fs::PermissionsExt;
    let Some(world) = World::new() else { return };
    let hook = |name: &str, script: &str| {
        let path = format!("cfg/hook_{name}");
        world.write(&path, format!("#!/bin/sh\n{script}\n").as_bytes());
        std::fs::set_permissions(world.path(&path), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let told = world.path("told");
    hook("run_start", &format!("echo start $PROFILE $PORTS_QUEUED >> {told}"));
    hook("pkg_success", &format!("echo $RESULT $ORIGIN $FLAVOR $PKGNAME >> {told}; exit 4"));
    hook("pkg_failure", &format!("test -s $LOGFILE && echo $RESULT $ORIGIN $PHASE $EXIT_CODE >> {told}"));
    hook("run_end", &format!("echo end $PORTS_BUILT $PORTS_FAILED >> {told}"));
    let ran = world.run(&["just-build", "t/tri@bar"]);
    assert_eq!(ran.status, 0, "a hook that fails changes nothing: {}", ran.whole());
    world.run(&["just-build", "broken/build-fails"]);
    assert_snapshot!(world.read("told"), @"
    start T 2
    success t/tri bar tri-BAR-1.pkg
    end 1 0
    start T 2
    failure broken/build-fails build 1
    end 0 1
    ");
    let logged = ran.stdout.lines().filter(|line| line.contains("hook_"));
    assert_snapshot!(logged.collect::<Vec<_>>().join("\n"), @"
    [XXX] t/tri@bar SCRIPT hook_pkg_success (W/cfg/hook_pkg_success)
    hook_pkg_success: exit status: 4
    ");
    world.remove("told");
    world.run(&["status", "t/tri@foo"]);
    assert!(!world.path("told").exists(), "who builds nothing runs no hooks");
}

#[test]
fn programs_are_answered_in_json_and_nothing_else() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    let status = world.run(&["--json", "status", "t/tri@bar", "t/leaf@broken"]);
    assert_snapshot!(status.whole(), @r#"
    stdout:
    {
      "builds": [
        {
          "port": "t/tri@bar",
          "package": "tri-BAR-1",
          "reasons": [
            "never built"
          ]
        }
      ],
      "never": [
        {
          "port": "t/leaf@broken",
          "state": "ignored",
          "reason": "is marked as broken: does not work"
        }
      ],
      "packages": 2
    }
    exit 0
    "#);
    let ran = world.run(&["--json", "build", "t/tri@bar", "t/leaf@broken", "broken/patch-fails"]);
    let events: Vec<serde_json::Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = events.iter().filter(|event| !event["event"].as_str().unwrap().starts_with("phase"));
    let told: Vec<String> = told.map(|event| format!("{} {}", event["event"], event["port"])).collect();
    assert_snapshot!(told.join("\n"), @r#"
    "scanned" null
    "run-started" null
    "ignored" "t/leaf@broken"
    "fresh" "ports-mgmt/pkg"
    "dirty" "broken/patch-fails"
    "started" "broken/patch-fails"
    "dirty" "t/tri@bar"
    "failed" "broken/patch-fails"
    "started" "t/tri@bar"
    "built" "t/tri@bar"
    "run-ended" null
    "#);
    let failed = events.iter().find(|event| event["event"] == "failed").unwrap();
    assert_eq!((failed["phase"].as_str(), failed["why"].as_str()), (Some("patch"), Some("exit 1")));
    assert_eq!((ran.stderr.as_str(), ran.status), ("Rebuild the repository? \n", 2));
    assert!(world.log("00_last_results.log").contains("SUCCESS t/tri@bar"), "the logs are kept as ever");
}

#[test]
fn what_d_shows_is_logged_and_dd_prints_it() {
    let Some(world) = World::new() else { return };
    let once = world.run(&["-d", "just-build", "t/tri@bar"]);
    assert!(once.stderr.contains(" make -C W/ports/t/tri") && !once.stdout.contains("make -C"), "{}", once.whole());
    assert!(world.log("07_debug.log").contains("/ports/t/tri"), "{}", world.log("07_debug.log"));
    world.append("ports/t/tri/Makefile", "# more\n");
    let twice = world.run(&["-dd", "just-build", "t/tri@bar"]);
    assert!(twice.stdout.contains(" make -C W/ports/t/tri") && twice.stderr.is_empty(), "{}", twice.whole());
    assert_eq!(world.log("07_debug.log"), "");
}

#[test]
fn builds_are_nice_unless_that_is_not_wanted() {
    let Some(world) = World::new() else { return };
    world.edit("ports/t/late/Makefile", ".include", "pre-build:\n\t@echo niceness `nice`\n\n.include");
    let own: i32 =
        String::from_utf8(std::process::Command::new("nice").output().unwrap().stdout).unwrap().trim().parse().unwrap();
    for (words, nice) in [(vec!["just-build"], (own + 10).min(19)), (vec!["-N", "force"], own)] {
        let ran = world.run(&[words, vec!["t/late"]].concat());
        assert_eq!(ran.status, 0, "{}", ran.whole());
        assert!(world.log("t___late.log").contains(&format!("niceness {nice}\n")), "{nice}");
    }
}

#[test]
fn fetching_leaves_no_record_of_a_package() {
    let Some(world) = World::new() else { return };
    // Two processes that hold 30 MB each at the same time, for longer than it takes until somebody looks.
    let holds = "(head -c 30000000 /dev/zero; sleep 4) | tail -c 30000000 >/dev/null";
    let two = format!("pre-build:\n\t@for i in 1 2; do {holds} & done; wait\n\n.include <bsd.port.mk>");
    world.edit("ports/misc/tables/Makefile", ".include <bsd.port.mk>", &two);
    assert_eq!(world.run(&["fetch-only", "misc/tables"]).status, 0);
    let spec = dsynth::model::OriginSpec::parse("misc/tables").unwrap();
    let kept = || {
        let store = dsynth::store::Store::open(&world.path("build/dsynth.redb")).unwrap();
        (
            store.trace(&spec).unwrap().is_some(),
            store.get_crc(&spec).unwrap().is_some(),
            store.costs().unwrap().get(&spec).copied(),
        )
    };
    assert_eq!(kept(), (false, false, None));
    world.run(&["just-build", "misc/tables"]);
    let store = dsynth::store::Store::open(&world.path("build/dsynth.redb")).unwrap();
    let times: Vec<_> =
        store.builds_of(&spec).unwrap().iter().map(|build| (build.ready, build.start, build.end)).collect();
    // The newest: fetching has no dependencies to wait for.
    assert!(matches!(times[0], (Some(ready), Some(start), Some(end)) if ready <= start && start < end), "{times:?}");
    drop(store);
    let (true, true, Some(cost)) = kept() else { panic!("{:?}", kept()) };
    assert!(
        cost.milliseconds > 0 && cost.cpu_milliseconds > Some(0) && cost.peak_memory > Some(58_000_000),
        "{cost:?}"
    );
    assert!(cost.work > cost.extracted && cost.extracted > 0, "it was compiled there: {cost:?}");
    assert!(world.log("misc___tables.log").contains("\nExtracted Memory Use: "));
}

#[test]
fn a_list_of_builders_begins_slowly_where_it_is_asked_to() {
    let Some(world) = World::new() else { return };
    wait_for_go(&world, "t/leaf");
    let mut child = world.begin(&["-s1", "just-build", "t/leaf@default", "t/tri@bar"]);
    assert!(soon(|| world.path("logs/t___leaf@default.log").exists()));
    // After five seconds there are two.
    assert!(soon(|| world.log("00_last_results.log").contains("Adjust Workers 1->2")));
    let log = world.log("00_last_results.log");
    let second = log.lines().position(|line| line.contains("START   t/tri@bar"));
    let adjusted = log.lines().position(|line| line.contains("Adjust Workers 1->2"));
    assert!(second.is_none() || second > adjusted, "{log}");
    assert!(soon(|| world.log("01_success_list.log").contains("t/tri@bar")));
    world.write("distfiles/go", b"");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
