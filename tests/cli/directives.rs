//! Directives beside those that build: what they do and say.

use insta::{assert_snapshot, with_settings};

use crate::world::World;

fn timeless(what: impl FnOnce()) {
    let filters = vec![(r"\d{4}-\d\d-\d\d", "[day]"), (r"\d\d:\d\d:\d\d", "[time]"), (r"[0-9a-f-]{36}", "[id]")];
    with_settings!({filters => filters}, { what() });
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
        [day] [time] [time] broken/build-fails 1 failed in build: compile, exit 1
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
