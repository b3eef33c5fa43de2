//! Trees, directories and files that are not what they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::world::{World, by_nobody};

/// What `status t/tri@bar` says after a change.
fn after(change: impl FnOnce(&World)) -> String {
    let world = World::empty();
    change(&world);
    let said = world.run(&["status", "t/tri@bar"]).whole();
    let _ = fs::set_permissions(world.path("ports"), fs::Permissions::from_mode(0o755));
    said
}

fn no_directory(name: &'static str) -> impl FnOnce(&World) {
    move |world| fs::remove_dir_all(world.path(name)).unwrap()
}

#[test]
fn trees_that_are_none() {
    assert_snapshot!(after(no_directory("ports")), @"
    stderr:
    dsynth: Directory missing: W/ports; create it, or correct `Directory_portsdir`
    exit 1
    ");
    assert_snapshot!(after(|world| {
        fs::remove_dir_all(world.path("ports")).unwrap();
        fs::create_dir(world.path("ports")).unwrap();
    }), @"
    stderr:
    dsynth: `W/ports` is no ports tree: it is empty; set Directory_portsdir to one
    exit 1
    ");
    assert_snapshot!(after(no_directory("ports/Mk")), @"
    stderr:
    dsynth: `W/ports` is no ports tree: it has no `Mk` directory; set Directory_portsdir to one
    exit 1
    ");
    assert_snapshot!(after(no_directory("ports/ports-mgmt")), @"
    stdout:
    100.00%

    Total 3
    ports-mgmt/pkg missing: port not found: ports-mgmt/pkg (path: W/ports/ports-mgmt/pkg)
    Total packages that would be built: 0/1
    exit 0
    ");
    assert_snapshot!(after(|world| {
        fs::remove_dir_all(world.path("ports")).unwrap();
        fs::write(world.path("ports"), "").unwrap();
    }), @"
    stderr:
    dsynth: `W/ports` is not a directory; correct `Directory_portsdir`
    exit 1
    ");
}

#[test]
fn a_tree_that_may_not_be_read() {
    if nix::unistd::geteuid().is_root() {
        return eprintln!("skipped: root reads everything");
    }
    assert_snapshot!(after(|world| {
        fs::set_permissions(world.path("ports"), fs::Permissions::from_mode(0o000)).unwrap();
    }), @"
    stderr:
    dsynth: cannot read the directory `W/ports` of `Directory_portsdir`: Permission denied (os error 13)
    exit 1
    ");
}

#[test]
fn directories_that_are_missing() {
    let names = ["packages", "options", "distfiles", "build", "logs"];
    let said = names.map(|name| after(no_directory(name)));
    assert_snapshot!(said.join("\n\n"), @"
    stderr:
    dsynth: Directory missing: W/packages; create it, or correct `Directory_packages`
    exit 1

    stderr:
    dsynth: Directory missing: W/options; create it, or correct `Directory_options`
    exit 1

    stderr:
    dsynth: Directory missing: W/distfiles; create it, or correct `Directory_distfiles`
    exit 1

    stderr:
    dsynth: Directory missing: W/build; create it, or correct `Directory_buildbase`
    exit 1

    stderr:
    dsynth: Directory missing: W/logs; create it, or correct `Directory_logs`
    exit 1
    ");
}

#[test]
fn a_repository_that_is_a_file_or_may_not_be_written() {
    assert_snapshot!(after(|world| {
        fs::remove_dir(world.path("packages/All")).unwrap();
        fs::write(world.path("packages/All"), "").unwrap();
    }), @"
    stderr:
    dsynth: cannot create the directory `W/packages/All`: File exists (os error 17)
    exit 1
    ");
    if !nix::unistd::geteuid().is_root() {
        let world = World::empty();
        fs::set_permissions(world.path("packages/All"), fs::Permissions::from_mode(0o555)).unwrap();
        assert_eq!(world.run(&["status", "t/tri@bar"]).status, 0, "who only looks writes nothing");
        assert_snapshot!(world.run(&["just-build", "t/tri@bar"]).whole(), @"
        stderr:
        dsynth: cannot write into the directory `W/packages/All` of `Directory_repository`; run dsynth as root, or correct the key: Permission denied (os error 13)
        exit 1
        ");
    }
}

#[test]
fn without_a_bsd_make_there_is_no_plan() {
    // PATH decides nothing, so the message is taken from where it is made.
    let error = dsynth::system::host::HostError::NoMake {
        tried: vec!["/usr/bin/bmake".into(), "/usr/local/bin/bmake".into()],
        remedy: "Debian: apt-get install bmake",
    };
    assert_snapshot!(error, @"there is no BSD make at `/usr/bin/bmake` or `/usr/local/bin/bmake`; install it (Debian: apt-get install bmake)");
}

#[test]
fn a_database_that_is_none_is_set_aside() {
    let world = World::empty();
    world.write("build/dsynth.redb", b"no database");
    let said = world.run(&["status", "t/tri@bar"]).whole();
    insta::with_settings!({filters => vec![(r"broken-\w+", "broken-[time]")]}, { assert_snapshot!(said, @"
    stdout:
    the database W/build/dsynth.redb cannot be used (Not a redb database: magic number mismatch); it was moved to W/build/dsynth.redb.broken-[time], and packages without a record count as up to date
    100.00%

    Total 3
      N => ports-mgmt/pkg
      N => t/tri@bar
    Total packages that would be built: 2/2
    exit 0
    ") });
    let names =
        fs::read_dir(world.path("build")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("dsynth.redb")).count(), 2);
}

#[test]
fn packages_that_are_none() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    fs::create_dir(world.path("packages/All/leaf-1.pkg")).unwrap();
    world.write("packages/All/tri-FOO-1.pkg", b"");
    world.write("packages/All/tri-BAR-1.pkg", b"no package");
    let manager = fs::read(world.path("packages/All/pkg-1.21.3.pkg")).unwrap();
    world.write("packages/All/tri-1.pkg", &manager[..manager.len() - 9]);
    assert_snapshot!(world.run(&["status", "t/tri"]).whole(), @"
    stdout:
    100.00%

    Total 5
    cannot use the package `W/packages/All/leaf-1.pkg`: it is a directory, not a file; move it away; it counts as missing
    cannot read the package `W/packages/All/tri-BAR-1.pkg`: it is no archive that dsynth knows; build the port again; it counts as missing
    cannot read the package `W/packages/All/tri-1.pkg`: it ends too early; build the port again; it counts as missing
    cannot read the package `W/packages/All/tri-FOO-1.pkg`: it is empty; build the port again; it counts as missing
      N => t/leaf@default
      N => t/tri@bar
      N => t/tri@default
      N => t/tri@foo
    Total packages that would be built: 4/5
    exit 0
    ");
    let ran = world.run(&["just-build", "t/tri"]);
    let told: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("leaf") || line.contains("cannot")).collect();
    let told = told.join("\n");
    insta::with_settings!({filters => vec![(r"\d\d:\d\d:\d\d", "[time]")]}, { assert_snapshot!(told, @"
    cannot use the package `W/packages/All/leaf-1.pkg`: it is a directory, not a file; move it away; it counts as missing
    [000] START   t/leaf@default                       idep=01 depi=01/01 dep=0.00G
    cannot read the package `W/packages/All/tri-BAR-1.pkg`: it is no archive that dsynth knows; build the port again; it counts as missing
    cannot read the package `W/packages/All/tri-1.pkg`: it ends too early; build the port again; it counts as missing
    [000] t/leaf@default Build phase 'package' failed - repository: cannot use the package `W/packages/All/leaf-1.pkg`: it is a directory, not a file; move it away
    [000] FAILURE t/leaf@default 1                                 package [time]
    [XXX] t/tri@foo skipped due to t/leaf@default
    t/leaf@default failed in package: repository: cannot use the package `W/packages/All/leaf-1.pkg`: it is a directory, not a file; move it away, see W/logs/t___leaf@default.log
    ") });
    assert_eq!(world.packages(), ["leaf-1.pkg", "tri-1.pkg", "tri-BAR-1.pkg", "tri-FOO-1.pkg"]);
}

#[test]
fn all_of_it_is_said_to_an_ordinary_user_too() {
    by_nobody(&["a_tree_that_may_not", "a_repository_that_is"]);
}
