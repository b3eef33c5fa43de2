//! One thing changed on disk: exactly the ports that read it are asked again.

use std::fs;
use std::fs::{File, FileTimes};
use std::time::SystemTime;

use camino::Utf8Path;
use insta::assert_snapshot;

use crate::world::{World, is_progress};

/// Which ports the next look at the whole tree asks `make` about.
fn asked(world: &World) -> String {
    looked(world).0
}

/// The same, with the answer, and whether it was that of an earlier plan.
fn looked(world: &World) -> (String, Vec<String>, bool) {
    // What changed a moment ago might change again without another time stamp: its readers would be asked twice.
    std::thread::sleep(std::time::Duration::from_millis(40));
    let ran = world.run(&["-d", "status-everything"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
    let answer = ran.answer().into_iter().map(str::to_owned).collect();
    (ran.asked().join(" "), answer, !ran.stdout.lines().any(is_progress))
}

/// A change, in words, and what it comes to.
type Case<'a> = (&'a str, &'a dyn Fn(&World));

fn append(below: &'static str) -> impl Fn(&World) {
    move |world| world.append(below, "# a comment\n")
}

#[test]
fn who_read_what_changed_is_asked_and_nobody_else() {
    // Without jails it is not known what was looked for.
    let Some(world) = World::new() else { return };
    world.append("ports/t/late/Makefile", ".if exists(${.CURDIR}/../../elsewhere)\nIGNORE=\tnow it is\n.endif\n");
    let all = asked(&world);
    assert_eq!(asked(&world), "");
    let new_port = "PORTNAME=\tnew\nPORTVERSION=\t1\nCATEGORIES=\tmisc\nUSES=\ttoken\n.include <bsd.port.mk>\n";
    let cases: [Case; 15] = [
        ("a port's Makefile", &append("ports/t/top-foo/Makefile")),
        ("a patch", &append("ports/textproc/typo/files/patch-a-typo.c")),
        ("a Makefile with flavors", &append("ports/math/calc/Makefile")),
        ("a master's Makefile", &append("ports/misc/hello/Makefile")),
        ("a shared Makefile.common", &append("ports/devel/tablegen/Makefile.common")),
        ("Mk/Uses/greet.mk", &append("ports/Mk/Uses/greet.mk")),
        ("Mk/Uses/metaport.mk", &append("ports/Mk/Uses/metaport.mk")),
        ("a file that no port reads", &append("ports/t/README")),
        ("a file where one was looked for", &|world| world.write("ports/elsewhere", b"")),
        ("an options file", &|world| world.options("textproc/shout", "+UPPER")),
        ("options of a port without any", &|world| world.options("no/port", "+X")),
        ("a port gone", &|world| fs::remove_dir_all(world.path("ports/misc/meta-hello")).unwrap()),
        ("a new port", &|world| world.write("ports/misc/new/Makefile", new_port.as_bytes())),
        ("a port moved away and back", &|world| {
            fs::rename(world.path("ports/t/late"), world.path("late")).unwrap();
            assert_eq!(asked(world), "");
            fs::rename(world.path("late"), world.path("ports/t/late")).unwrap();
        }),
        ("every file of the tree touched", &|world| touch(&world.path("ports"))),
    ];
    world.write("ports/t/README", b"");
    let mut said = String::new();
    for (name, change) in cases {
        change(&world);
        let (asked_again, planned, _) = looked(&world);
        said += &format!("{name}: {}\n", if asked_again.is_empty() { "-" } else { &asked_again });
        let (asked_twice, recalled, from_memory) = looked(&world);
        assert_eq!((asked_twice, recalled), (String::new(), planned), "after {name}");
        assert!(from_memory, "after {name}");
    }
    assert_snapshot!(said, @"
    a port's Makefile: t/top-foo
    a patch: textproc/typo
    a Makefile with flavors: math/calc math/calc@float
    a master's Makefile: misc/hello misc/hello-polite
    a shared Makefile.common: devel/tablegen devel/tablegen-doc
    Mk/Uses/greet.mk: misc/hello misc/hello-polite misc/hello-twice
    Mk/Uses/metaport.mk: misc/meta-hello
    a file that no port reads: -
    a file where one was looked for: t/late
    an options file: textproc/shout
    options of a port without any: -
    a port gone: -
    a new port: misc/new
    a port moved away and back: -
    every file of the tree touched: -
    ");

    let now: Vec<&str> = all.split(' ').filter(|port| *port != "misc/meta-hello").chain(["misc/new"]).collect();
    for (name, change) in [
        ("Mk/bsd.port.mk", &append("ports/Mk/bsd.port.mk") as &dyn Fn(&World)),
        ("make.conf", &|world| world.make_conf("# a comment\n")),
    ] {
        change(&world);
        let asked = asked(&world);
        let mut asked: Vec<&str> = asked.split(' ').collect();
        asked.sort_by_key(|port| now.iter().position(|known| known == port));
        assert_eq!(asked, now, "{name}");
    }
}

/// As `touch` does it: new times, the same contents.
fn touch(directory: &Utf8Path) {
    for entry in directory.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            touch(entry.path());
        }
        let times = FileTimes::new().set_modified(SystemTime::now());
        File::open(entry.path()).unwrap().set_times(times).unwrap();
    }
}

#[test]
fn a_touched_tree_makes_nothing_dirty() {
    let Some(world) = World::new() else { return };
    assert_eq!(world.run(&["just-build", "t/top-foo", "t/lib-user"]).status, 0);
    touch(&world.path("ports"));
    let ran = world.run(&["-d", "status", "t/top-foo", "t/lib-user"]);
    assert!(ran.stdout.contains("Total packages that would be built: 0/"), "{}", ran.whole());
    assert!(ran.asked().is_empty(), "{:?}", ran.asked());
}
