//! Directives about the host's own packages: its pkg(8) is a script that says what pkg 1.16.3 said, and writes down what it
//! was told.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::world::{Ran, World};

const PKG: &str = "#!/bin/sh\necho \"$@\" >> W/told\ncase $1 in\ninfo) cat W/installed ;;\n\
    -R) cat $2/*.conf >> W/told ;;\nesac\n";

/// A host where packages of these ports are installed.
fn install(world: &World, installed: &[(&str, Option<&str>)]) {
    let one = |(origin, flavor): &(&str, Option<&str>)| {
        let flavor = flavor.map_or(String::new(), |flavor| format!("\tflavor         : {flavor}\n"));
        format!("x-1\nOrigin         : {origin}\nAnnotations    :\n\tcpe            : a:b\n{flavor}")
    };
    world.write("installed", installed.iter().map(one).collect::<String>().as_bytes());
    world.write("bin/pkg", PKG.replace('W', world.base.as_str()).as_bytes());
    fs::set_permissions(world.path("bin/pkg"), fs::Permissions::from_mode(0o755)).unwrap();
}

fn run(world: &World, words: &[&str]) -> Ran {
    let mut command = world.command(words);
    command.env("PATH", format!("{}:/usr/bin:/bin", world.path("bin")));
    world.finish(command)
}

fn timeless(what: impl FnOnce()) {
    let filters = vec![(r"\d\d:\d\d:\d\d", "[time]"), (r"-R W/build/\.tmp\w+", "-R [scratch]")];
    insta::with_settings!({filters => filters}, { what() });
}

#[test]
fn without_ports_status_is_about_what_is_installed() {
    let world = World::empty();
    assert_snapshot!(world.run(&["status"]).whole(), @"
    stderr:
    dsynth: this host has no pkg(8) (neither in PATH nor as /usr/local/sbin/pkg), so nothing is installed by it; name the ports, or install pkg
    exit 1
    ");
    install(&world, &[("t/tri", Some("foo")), ("t/late", None)]);
    assert_snapshot!(run(&world, &["status"]).whole(), @"
    stdout:
    100.00%

    Total 5
      N => ports-mgmt/pkg
      N => t/leaf@default
      N => t/tri@default
      N => t/late
      N => t/tri@foo
    Total packages that would be built: 5/5
    exit 0
    ");
    install(&world, &[("t/tri", Some("gone")), ("t/nosuch", None), ("odd", None), ("t/late", None)]);
    assert_snapshot!(run(&world, &["status"]).whole(), @"
    stdout:
    installed: invalid port specification `odd`: expected category/name[@flavor]
    100.00%

    Total 5
    t/nosuch: port not found: t/nosuch (path: W/ports/t/nosuch)
    t/tri@gone: no such flavor: t/tri@gone (its flavors are default bar foo)
    2 installed packages have no port that can be read
    Continue anyway?
    exit 1
    ");
    let went_on = run(&world, &["-y", "status"]);
    assert_eq!((went_on.status, went_on.stdout.contains("N => t/late")), (0, true), "{}", went_on.whole());
    world.write("bin/pkg", b"#!/bin/sh\necho no database >&2\nexit 3\n");
    assert_snapshot!(run(&world, &["status"]).whole(), @"
    stderr:
    dsynth: `W/bin/pkg info -a -o -A` ended with exit status: 3: no database
    exit 1
    ");
}

#[test]
fn the_ports_of_installed_packages_are_listed_with_all_they_need() {
    let world = World::empty();
    install(&world, &[("t/tri", Some("foo"))]);
    assert_snapshot!(run(&world, &["list-system"]).whole(), @"
    stdout:
    100.00%

    Total 4
    list written to build.txt
    exit 0
    ");
    assert_snapshot!(world.read("build.txt"), @"
    ports-mgmt/pkg
    t/leaf@default
    t/tri@foo
    ");
}

#[test]
fn a_host_is_prepared_for_and_packages_it_does_not_need_stay_unless_that_is_wanted() {
    let Some(world) = World::new() else { return };
    install(&world, &[("t/tri", Some("bar"))]);
    world.run(&["just-build", "t/late"]);
    let ran = run(&world, &["prepare-system"]);
    let end: Vec<&str> = ran.stdout.lines().skip_while(|line| !line.starts_with("Logs are in")).skip(1).collect();
    assert_snapshot!(end.join("\n"), @"
    Delete 2 of 4 packages, which this host does not need? 
    repo -m /tmp/meta.conf -o /packages /packages
    Creating repository in /packages: 4 packages
    Packing files for repository: done
    Rebuild succeeded
    ");
    assert_eq!(
        (ran.status, world.packages()),
        (0, vec!["tri-1.pkg".into(), "tri-BAR-1.pkg".into(), "zz-late-1.pkg".into()])
    );
    let ran = run(&world, &["-y", "prepare-system"]);
    assert_eq!((ran.status, world.packages()), (0, vec!["tri-BAR-1.pkg".to_owned()]), "{}", ran.whole());
    assert_snapshot!(world.log("06_obsolete_packages.log").replace(world.base.as_str(), "W"), @"
    Deleting obsolete package W/packages/All/tri-1.pkg
    Deleting obsolete package W/packages/All/zz-late-1.pkg
    ");
}

#[test]
fn the_hosts_pkg_installs_and_upgrades_from_our_packages_alone() {
    let Some(world) = World::new() else { return };
    assert_snapshot!(world.run(&["install", "t/tri@bar"]).whole(), @"
    stderr:
    dsynth: this host has no pkg(8) (neither in PATH nor as /usr/local/sbin/pkg), so nothing is installed by it; name the ports, or install pkg
    exit 1
    ");
    assert_eq!(world.packages(), Vec::<String>::new(), "it is said before anything is built");
    install(&world, &[("t/tri", Some("bar"))]);
    assert_eq!(run(&world, &["-y", "install", "t/tri@bar", "t/leaf@broken"]).status, 0);
    let ran = run(&world, &["upgrade-system"]);
    assert!(ran.status == 0 && ran.stdout.contains("Rebuild succeeded"), "{}", ran.whole());
    timeless(|| {
        assert_snapshot!(world.read("told").replace(world.base.as_str(), "W"), @r#"
    -R [scratch] install -r dsynth -y tri-BAR-1
    dsynth: { url: "file://W/packages", enabled: yes, signature_type: "none" }
    info -a -o -A
    -R [scratch] upgrade -r dsynth
    dsynth: { url: "file://W/packages", enabled: yes, signature_type: "none" }
    "#)
    });
    world.write("bin/pkg", (PKG.replace('W', world.base.as_str()) + "test $1 = info\n").as_bytes());
    let failed = run(&world, &["upgrade-system"]);
    timeless(|| {
        assert_snapshot!(format!("{}exit {}", failed.stderr, failed.status), @"
    dsynth: `W/bin/pkg -R [scratch] upgrade -r dsynth` ended with exit status: 1
    exit 1
    ")
    });
}
