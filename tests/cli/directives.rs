//! Directives beside those that build: what they do and say.

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
    dsynth: invalid port specification `nonsense`: expected category/name[@flavor]
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
fn distfiles_that_no_port_names_are_purged() {
    let world = World::empty();
    for name in
        ["calc-3.tar.gz", "tables/tables-0.3.tar.gz", "tables/old.tar.gz", "old", ".locks/abc.lk", "calc-3.tar.gz:x"]
    {
        world.write(&format!("distfiles/{name}"), b"");
    }
    std::os::unix::fs::symlink("/etc/passwd", world.path("distfiles/link")).unwrap();
    let run = |words: &[&str]| {
        let ran = world.run(words);
        let lines = ran.stdout.lines().skip_while(|line| !line.starts_with("Scanning distfiles"));
        format!("{}\nexit {}", lines.collect::<Vec<_>>().join("\n"), ran.status)
    };
    assert_snapshot!(run(&["--dry-run", "purge-distfiles"]), @"
    Scanning distfiles... Checking 5 distfiles
    Would delete old
    Would delete tables/old.tar.gz
    exit 0
    ");
    assert_snapshot!(run(&["purge-distfiles"]), @"
    Scanning distfiles... Checking 5 distfiles
    Delete 2 of 5 items? 
    exit 0
    ");
    world.variant("unparsable");
    assert_snapshot!(world.run(&["-y", "purge-distfiles"]).stderr, @r#"
    dsynth: nothing is deleted: 1 ports cannot be read, and what they need would go too; correct them, or say -f
    t/unparsable: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()
    "#);
    assert!(world.path("distfiles/old").exists());
    assert_snapshot!(run(&["-y", "-f", "purge-distfiles"]), @"
    Scanning distfiles... Checking 5 distfiles
    Deleting 2/5 obsolete source distfiles
    Deleted old
    Deleted tables/old.tar.gz
    exit 0
    ");
    assert_snapshot!(run(&["purge-distfiles", "-f"]), @"
    Scanning distfiles... Checking 3 distfiles
    exit 1
    ");
    let left = [".locks/abc.lk", "calc-3.tar.gz:x", "link", "tables/tables-0.3.tar.gz"];
    assert!(left.iter().all(|name| world.path(&format!("distfiles/{name}")).symlink_metadata().is_ok()));
}

#[test]
fn past_runs_and_builds_are_told_newest_first() {
    let Some(world) = World::new() else { return };
    assert_snapshot!(world.run(&["history"]).whole(), @"
    stdout:
    no runs yet
    exit 0
    ");
    world.run(&["just-build", "t/tri@bar"]);
    world.run(&["force", "t/tri@bar", "broken/build-fails"]);
    timeless(|| {
        assert_snapshot!(world.run(&["history"]).whole(), @"
        stdout:
        [day] [time] [time] force             finished    built 1, failed 1, skipped 0, up to date 1
        [day] [time] [time] just-build        finished    built 1, failed 0, skipped 0, up to date 1
        exit 0
        ");
        assert_snapshot!(world.run(&["history", "--count", "3", "t/tri", "broken/build-fails"]).whole(), @"
        stdout:
        [day] [time] [time] t/tri@bar 1 success
        [day] [time] [time] t/tri@bar 1 success
        [day] [time] [time] broken/build-fails 1 failed in build: exit 1
        exit 0
        ");
        assert_snapshot!(world.run(&["history", "nosuch"]).whole(), @"
        stderr:
        dsynth: invalid port specification `nosuch`: expected category/name[@flavor]
        exit 1
        ");
    });
    let json: serde_json::Value = serde_json::from_str(&world.run(&["--json", "history"]).stdout).unwrap();
    assert_eq!((json[0]["directive"].as_str(), json[0]["failed"].as_u64()), (Some("force"), Some(1)));
    let json: serde_json::Value = serde_json::from_str(&world.run(&["history", "--json", "t/tri"]).stdout).unwrap();
    assert_eq!((json[1]["port"].as_str(), json[1]["status"].as_str()), (Some("t/tri@bar"), Some("success")));
}

#[test]
fn the_log_of_a_port_is_printed() {
    let world = World::empty();
    world.write("logs/t___tri@bar.log", b"one\n\xff\n");
    let one = world.run(&["logs", "t/tri"]);
    assert_eq!(
        (one.stdout.as_str(), one.stderr.as_str(), one.status),
        ("one\n\u{fffd}\n", "W/logs/t___tri@bar.log\n", 0)
    );
    world.write("logs/t___tri@foo.log", b"two\n");
    assert_snapshot!(world.run(&["logs", "t/tri"]).whole(), @"
    stdout:
    W/logs/t___tri@bar.log
    W/logs/t___tri@foo.log
    exit 0
    ");
    assert_eq!(world.run(&["logs", "t/tri@foo"]).stdout, "two\n");
    assert_snapshot!(world.run(&["logs", "t/late"]).whole(), @"
    stderr:
    dsynth: t/late has no log in `W/logs`; it was not built
    exit 1
    ");
    assert_snapshot!(world.run(&["logs"]).whole(), @"
    stderr:
    dsynth: name one port, as category/name[@flavor]
    exit 1
    ");
}

#[test]
fn everything_takes_packages_away_that_no_port_makes() {
    let Some(world) = World::new() else { return };
    for port in ["broken", "devel", "math", "misc", "sysutils", "textproc"] {
        std::fs::remove_dir_all(world.path("ports").join(port)).unwrap();
    }
    world.run(&["just-build", "t/late", "t/leaf@default", "t/r-leaf"]);
    world.write("packages/All/rubbish-1.pkg", b"");
    world.write("packages/All/README", b"");
    // One gets another name, one goes, and one cannot be read any more.
    world.options("t/leaf", "+RENAME");
    std::fs::remove_dir_all(world.path("ports/t/r-leaf")).unwrap();
    world.write("ports/t/late/Makefile", b".if\n");
    let ran = world.run(&["everything"]);
    assert_eq!(ran.status, 2, "{}", ran.whole());
    assert_snapshot!(world.log("06_obsolete_packages.log").replace(world.base.as_str(), "W"), @"
    Deleting obsolete package W/packages/All/leaf-1.pkg
    Deleting obsolete package W/packages/All/r-leaf-1.pkg
    Deleting obsolete package W/packages/All/rubbish-1.pkg
    ");
    assert!(world.packages().contains(&"zz-late-1.pkg".into()) && world.packages().contains(&"README".into()));
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
fn help_is_there_for_each_directive() {
    let world = World::empty();
    let help = world.run(&["help", "purge-distfiles"]);
    assert_snapshot!(help.whole(), @"
    stderr:
    Delete distfiles that no port needs. Keeps whatever any port and flavor of the tree names, and lock
    files. If a port cannot be read, nothing is deleted unless -f says so. With --dry-run it says what
    it would delete.

    Usage: dsynth [options] purge-distfiles

    Options:
      -h, --help
              Print help (see a summary with '-h')

    Options of all directives: dsynth help
    exit 0
    ");
    assert_eq!(world.run(&["purge-distfiles", "--help"]).stderr, help.stderr);
    assert_snapshot!(world.run(&["graph", "--help"]).whole(), @"
    stderr:
    Show what depends on what; --reverse --depth --within --dot.

    Usage: dsynth [options] graph [ports]

    Options:
          --dot
              For graphviz

          --json
              Answer in JSON

          --reverse
              What depends on the ports, of the whole tree

          --depth <N>
              At most so many edges away from the ports

          --within <PORT>
              With --reverse: not of the whole tree, but of what this port needs

      -h, --help
              Print help (see a summary with '-h')

    Options of all directives: dsynth help
    exit 0
    ");
    assert_snapshot!(world.run(&["help", "nosuch"]).whole(), @"
    stderr:
    dsynth: Unknown directive 'nosuch'
    exit 1
    ");
    assert!(world.run(&["completions", "bash"]).stdout.contains("purge-distfiles"));
    assert_snapshot!(world.run(&["completions", "csh"]).whole(), @"
    stderr:
    dsynth: no completions for `csh`; choose bash, zsh, fish, elvish or powershell
    exit 1
    ");
    assert!(world.run(&["man-page"]).stdout.contains(".SH DIRECTIVES"));
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
