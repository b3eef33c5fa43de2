//! The command line and the configuration.

use insta::assert_snapshot;

use crate::world::World;

/// Each command line with all that came of it.
fn said(world: &World, lines: &[&str]) -> String {
    let one = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        format!("$ dsynth {line}\n{}\n", world.run(&words).whole())
    };
    lines.iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn ports_that_are_none() {
    let world = World::empty();
    let lines = [
        "build",
        "just-build",
        "force",
        "status",
        "fetch-only",
        "build vim",
        "build -x/y",
        "build c/..",
        "build ../nosuch/port vim t/tri",
        "build /elsewhere/t/tri",
        "build t/tri@",
        "build t/tri@a@b",
        "build t/nosuch",
        "build t/nosuch broken/nosuch t/tri@nosuch t/top@x",
        "build t/expired",
        "build no-such-list.txt",
    ];
    assert_snapshot!(said(&world, &lines), @"
    $ dsynth build
    stderr:
    dsynth: no ports given: name some as category/name[@flavor], or a file that lists them
    exit 1

    $ dsynth just-build
    stderr:
    dsynth: no ports given: name some as category/name[@flavor], or a file that lists them
    exit 1

    $ dsynth force
    stderr:
    dsynth: no ports given: name some as category/name[@flavor], or a file that lists them
    exit 1

    $ dsynth status
    stderr:
    dsynth: this host has no pkg(8) (neither in PATH nor as /usr/local/sbin/pkg), so nothing is installed by it; name the ports, or install pkg
    exit 1

    $ dsynth fetch-only
    stderr:
    dsynth: no ports given: name some as category/name[@flavor], or a file that lists them
    exit 1

    $ dsynth build vim
    stderr:
    dsynth: invalid port specification `vim`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build -x/y
    stderr:
    dsynth: invalid port specification `-x/y`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build c/..
    stderr:
    dsynth: invalid port specification `c/..`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build ../nosuch/port vim t/tri
    stderr:
    dsynth: invalid port specification `../nosuch/port`: expected category/name[@flavor]
    invalid port specification `vim`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build /elsewhere/t/tri
    stderr:
    dsynth: invalid port specification `/elsewhere/t/tri`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build t/tri@
    stderr:
    dsynth: invalid port specification `t/tri@`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build t/tri@a@b
    stderr:
    dsynth: invalid port specification `t/tri@a@b`: expected category/name[@flavor], or a file that lists ports
    exit 1

    $ dsynth build t/nosuch
    stderr:
    dsynth: port not found: t/nosuch (path: W/ports/t/nosuch)
    exit 1

    $ dsynth build t/nosuch broken/nosuch t/tri@nosuch t/top@x
    stderr:
    dsynth: port not found: t/nosuch (path: W/ports/t/nosuch)
    port not found: broken/nosuch (path: W/ports/broken/nosuch)
    no such flavor: t/tri@nosuch (its flavors are default bar foo)
    no such flavor: t/top@x (the port has no flavors)
    exit 1

    $ dsynth build t/expired
    stderr:
    dsynth: port not found: t/expired (deleted 2024-05-01: Has expired: unmaintained)
    exit 1

    $ dsynth build no-such-list.txt
    stderr:
    dsynth: invalid port specification `no-such-list.txt`: expected category/name[@flavor], or a file that lists ports
    exit 1
    ");
    assert!(world.packages().is_empty());
}

#[test]
fn command_lines_that_say_nothing_known() {
    let world = World::empty();
    let lines =
        ["", "-Q build", "--colour build", "buil t/tri", "Build t/tri", "-m x build", "-p", "WORKER", "-s many build"];
    assert_snapshot!(said(&world, &lines), @"
    $ dsynth 
    stderr:
    Missing directive
    Run 'dsynth help' for usage
    exit 1

    $ dsynth -Q build
    stderr:
    Unknown option: Q
    Run 'dsynth help' for usage
    exit 1

    $ dsynth --colour build
    stderr:
    Unknown option: colour
    Run 'dsynth help' for usage
    exit 1

    $ dsynth buil t/tri
    stderr:
    Unknown directive 'buil'
    Run 'dsynth help' for usage
    exit 1

    $ dsynth Build t/tri
    stderr:
    Unknown directive 'Build'
    Run 'dsynth help' for usage
    exit 1

    $ dsynth -m x build
    stderr:
    invalid value 'x' for '--memory <GB>': expected a number of gigabytes
    Run 'dsynth help' for usage
    exit 1

    $ dsynth -p
    stderr:
    a value is required for '--profile <NAME>' but none was supplied
    Run 'dsynth help' for usage
    exit 1

    $ dsynth WORKER
    stderr:
    Unknown directive 'WORKER'
    Run 'dsynth help' for usage
    exit 1

    $ dsynth -s many build
    stderr:
    invalid value 'many' for '--slow-start <N>': expected a number of builders
    Run 'dsynth help' for usage
    exit 1
    ");
}

#[test]
fn a_monitor_needs_a_run_and_has_no_files() {
    let world = World::empty();
    assert_snapshot!(said(&world, &["monitor"]), @"
    $ dsynth monitor
    stderr:
    dsynth is not running
    exit 1
    ");
    assert_snapshot!(said(&world, &["monitor", "stats/monitor.dat"]), @"
    $ dsynth monitor
    stderr:
    dsynth is not running
    exit 1

    $ dsynth stats/monitor.dat
    stderr:
    Unknown directive 'stats/monitor.dat'
    Run 'dsynth help' for usage
    exit 1
    ");
}

#[test]
fn help_and_version() {
    let world = World::empty();
    assert_snapshot!(said(&world, &["version", "-v", "--version"]), @"
    $ dsynth version
    stdout:
    dsynth 0.1.0
    exit 0

    $ dsynth -v
    stdout:
    dsynth 0.1.0
    exit 0

    $ dsynth --version
    stdout:
    dsynth 0.1.0
    exit 0
    ");
    let help = world.run(&["help"]);
    assert_eq!((help.status, help.stdout.as_str()), (0, ""), "usage is for standard error");
    assert_eq!(world.run(&["-h"]).stderr, help.stderr);
    assert_snapshot!(help.stderr, @"
    Builds the packages of a ports tree: those that are out of date, each in a clean jail.

    Usage: dsynth [options] directive [arguments]

    Options:
      -d, --debug...               More messages; twice: on the screen, in place of the display
      -f, --force...               Purge distfiles even where that looks like a mistake
      -m, --memory <GB>            Memory for the packages of dependencies; 0 is a third of all
                                   [default: 0]
      -M, --memory-scale <FACTOR>  Factor for the limits by load, swap and memory: 2 lets twice as much
                                   happen at once
      -p, --profile <NAME>         The profile to use, before DSYNTH_PROFILE and dsynth.ini
      -s, --slow-start <N>         Builders to begin with; 0 is all of them at once [default: by their
                                   number]
      -x, --keep...                Keep packages whose dependencies are rebuilt; twice: also those whose
                                   ports changed
      -y, --yes                    Answer yes to every question
      -C, --config-dir <DIR>       Where dsynth.ini is, in place of /etc/dsynth and
                                   /usr/local/etc/dsynth
      -D, --developer              Developer mode; with `everything` it implies -P
      -P, --check-plist            Check each package's list of files
      -S, --plain...               Plain lines in place of the display; twice: without colours
      -N, --no-nice                Do not lower the priority of builds
          --evaluator <WHO>        Who reads makefiles, before the profile's Evaluator: native, make, or
                                   both to compare them
          --strict                 Stop at a port that is broken, wherever it came from
          --dry-run                Say what would be done and do nothing
          --json                   Answer in JSON: one object, or a line for each event where something
                                   is built
      -h, --help                   Print this text
      -v, --version                Print the version

    Directives:
      status [ports]      say what would be built; without ports, of what is installed here
      status-everything   say what would be built of the whole tree
      build [ports]       build, then ask whether to rebuild the repository
      just-build [ports]  build and leave the repository's index alone
      install [ports]     build, rebuild the repository, and install
      force [ports]       build even what is up to date
      test [ports]        build with all checks, install and deinstall
      debug [ports]       build, and leave the place it was built in for a look
      everything          build the whole tree
      fetch-only [ports]  fetch distfiles; `everything` is the whole tree
      add [ports]         add ports to a run that is under way
      monitor             look at a run that is under way
      explain [ports]     say why a port would be built, or why not
      graph [ports]       show what depends on what; --reverse --depth --within --dot
      check [ports]       say what is wrong with the tree; exit status 2 if anything is
      watch [ports]       build, and again at each change; --once --dry-run --poll
      history [ports]     list past runs, or the builds of ports; --count
      logs port           print the log of a port's last build
      serve               show runs to browsers and programs, and build for them; --listen
      cleanup             unmount what a run left behind
      configure           show and change the profile's settings
      list-system         list the ports of installed packages in build.txt
      prepare-system      build all installed packages
      upgrade-system      build all installed packages and upgrade them
      rebuild-repository  rebuild the repository's index
      purge-distfiles     delete distfiles that no port needs
      reset-db            forget what packages were made from
      selftest            try whether jails keep their promises on this host
      init                write a configuration and create its directories
      completions shell   print completions for bash, zsh, fish or elvish
      man-page            print the manual page, for man(1)
      version             print the version
      help [directive]    print this text, or more about one directive

    A port is category/name[@flavor], or a file that lists ports.
    ");
}

/// What `status t/tri@bar` says with another dsynth.ini.
fn with_ini(change: impl FnOnce(&World)) -> String {
    let world = World::empty();
    change(&world);
    world.run(&["status", "t/tri@bar"]).whole()
}

#[test]
fn configurations_that_cannot_be_used() {
    let edits: [(&str, &str, &str); 8] = [
        ("an unknown key", "Number_of_builders", "Number_of_bilders"),
        ("a wrong boolean", "Package_suffix= .tgz", "Package_suffix= .tgz\nTmpfs_workdir= perhaps"),
        ("a wrong number", "Number_of_builders= 4", "Number_of_builders= four"),
        ("a wrong suffix", ".tgz", ".rar"),
        ("no value", "Max_jobs_per_builder= 1", "Max_jobs_per_builder"),
        ("a relative directory", "Directory_system= /", "Directory_system= somewhere"),
        ("a profile that is not there", "profile_selected= T", "profile_selected= U"),
        ("another system", "Operating_system= Linux", "Operating_system= FreeBSD"),
    ];
    let edited = |(name, from, to): (&str, &str, &str)| {
        format!("{name}:\n{}\n", with_ini(|world| world.edit("cfg/dsynth.ini", from, to)))
    };
    assert_snapshot!(edits.map(edited).join("\n"), @"
    an unknown key:
    stderr:
    dsynth: W/cfg/dsynth.ini:16: unknown key `Number_of_bilders`; did you mean `Number_of_builders`?
    exit 1

    a wrong boolean:
    stderr:
    dsynth: W/cfg/dsynth.ini:16: `Tmpfs_workdir`: `perhaps` is neither true nor false (yes, no, on, off, 1 and 0 do as well)
    exit 1

    a wrong number:
    stderr:
    dsynth: W/cfg/dsynth.ini:16: `Number_of_builders`: `four` is not a whole number
    exit 1

    a wrong suffix:
    stderr:
    dsynth: W/cfg/dsynth.ini:15: `Package_suffix`: `.rar` is not one of .tgz .tar .txz .tbz .tzst
    exit 1

    no value:
    stderr:
    dsynth: W/cfg/dsynth.ini:17: expected `key= value`, a `[section]` or a comment that begins with `;`, not `Max_jobs_per_builder`
    exit 1

    a relative directory:
    stderr:
    dsynth: W/cfg/dsynth.ini:6: `Directory_system`: `somewhere` is not an absolute path; begin it with `/`
    exit 1

    a profile that is not there:
    stderr:
    dsynth: profile `U` is not in `W/cfg/dsynth.ini`; choose one of `T` with -p, DSYNTH_PROFILE or `profile_selected`
    exit 1

    another system:
    stderr:
    dsynth: `Operating_system` is FreeBSD, but the world in `/` is Linux; say `Platform_release` and `Platform_version` as well if it stands for it
    exit 1
    ");
    assert_snapshot!(with_ini(|world| world.remove("cfg/dsynth.ini")), @"
    stderr:
    dsynth: no configuration: there is no `W/cfg/dsynth.ini`; `dsynth init` writes one
    exit 1
    ");
    assert_snapshot!(with_ini(|world| world.write("cfg/dsynth.ini", b"")), @"
    stderr:
    dsynth: profile `LiveSystem` is not in `W/cfg/dsynth.ini`; there is no profile in it; begin one with the line `[LiveSystem]`
    exit 1
    ");
    assert_snapshot!(with_ini(|world| world.make_conf("X= 1\nexport X\n.if\n")), @r#"
    stderr:
    dsynth: t/tri@bar: make failed (exit status: 1): bmake: "W/cfg/T-make.conf" line 2: Variable/Value missing from "export"
    exit 1
    "#);
    let world = World::empty();
    assert_snapshot!(said(&world, &["-p nosuch status t/tri@bar"]), @"
    $ dsynth -p nosuch status t/tri@bar
    stderr:
    dsynth: profile `nosuch` is not in `W/cfg/dsynth.ini`; choose one of `T` with -p, DSYNTH_PROFILE or `profile_selected`
    exit 1
    ");
    let mut command = world.command(&["status", "t/tri@bar"]);
    command.env("DSYNTH_PROFILE", "elsewhere");
    assert_snapshot!(world.finish(command).whole(), @"
    stderr:
    dsynth: profile `elsewhere` is not in `W/cfg/dsynth.ini`; choose one of `T` with -p, DSYNTH_PROFILE or `profile_selected`
    exit 1
    ");
}
