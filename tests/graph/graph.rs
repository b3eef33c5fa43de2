//! `graph`: the whole fixture tree, and parts of it.

use insta::assert_snapshot;

use crate::world::World;

#[test]
fn the_fixture_tree() {
    assert_snapshot!(World::fixtures().answer(&["graph"]), @r#"
    broken/badplist badplist-1
    broken/build-fails build-fails-1
    broken/hangs hangs-1 ignored
    broken/leaves-daemon leaves-daemon-1
    broken/missing-dep missing-dep-1
      -> misc/no-such-port (run)
    broken/patch-fails patch-fails-1
    broken/top-bad top-bad-1
      -> t/tri@nosuch (run)
    broken/writes-outside writes-outside-1
    broken/wrong-checksum wrong-checksum-1
    devel/libgreet libgreet-1.0
    devel/tablegen tablegen-1.2
    devel/tablegen-doc tablegen-doc-1.2
    math/calc@float float-calc-3
    math/calc@int int-calc-3
    math/calc-user calc-user-1
      -> math/calc@float (build)
      -> math/calc@int (build)
    misc/hello hello-1.0
      -> devel/libgreet (lib)
    misc/hello-polite hello-polite-1.0
      -> devel/libgreet (lib)
    misc/hello-twice hello-twice-1.0_1
      -> devel/libgreet (lib)
      -> misc/hello (build run)
    misc/meta-hello meta-hello-2024
      -> misc/hello (run)
      -> misc/hello-polite (run)
      -> sysutils/greeter (run)
    misc/no-such-port missing
    misc/tables tables-0.3
      -> devel/tablegen (build)
    ports-mgmt/pkg pkg-1.21.3
    sysutils/greeter greeter-0.9,1
      -> misc/hello (run)
    t/all-dep@default all-dep-1
      -> t/pair-dep@depign (run)
    t/all-dep@flav all-dep-FLAV-1
      -> t/pair-dep@depign (run)
    t/all-ign@default all-ign-1 ignored
    t/all-ign@flav all-ign-FLAV-1 ignored
    t/b-leaf b-leaf-1
      -> t/leaf@default (build)
    t/dbl@default dbl-1
    t/dbl@depign dbl-DEPIGN-1
      -> t/all-ign@default (run)
      -> t/pair-dep@depign (run)
    t/def-dep@default def-dep-1
      -> t/pair-dep@depign (run)
    t/def-dep@flav def-dep-FLAV-1
    t/def-ign@default def-ign-1 ignored
    t/def-ign@flav def-ign-FLAV-1
    t/ign ign-1 ignored
    t/ign-on-ign ign-on-ign-1 ignored
    t/late zz-late-1
      -> t/tri@default (run)
    t/leaf@broken leaf-BROKEN-1 ignored
    t/leaf@default leaf-1
    t/leaf@flav leaf-FLAV-1
    t/leaf@ign leaf-IGN-1 ignored
    t/lib lib-1
    t/lib-brun lib-brun-1
      -> t/lib (build run)
    t/lib-user lib-user-1
      -> t/lib (lib)
    t/on-ign on-ign-1
      -> t/ign (run)
      -> t/tri@default (run)
    t/on-ign2 on-ign2-1
      -> t/ign (run)
      -> t/tri@default (run)
    t/pair@default pair-1
      -> t/pair-dep@default (build)
    t/pair@depign pair-DEPIGN-1
      -> t/pair-dep@depign (build)
    t/pair@flav pair-FLAV-1
      -> t/pair-dep@flav (build)
    t/pair@ign pair-IGN-1 ignored
    t/pair-dep@default pair-dep-1
    t/pair-dep@depign pair-dep-DEPIGN-1 ignored
    t/pair-dep@flav pair-dep-FLAV-1
    t/pair-dep@ign pair-dep-IGN-1 ignored
    t/pair2@default pair2-1
      -> t/pair-dep@default (build)
    t/pair2@depign pair2-DEPIGN-1
      -> t/pair-dep@depign (build)
    t/pair2@flav pair2-FLAV-1
      -> t/pair-dep@flav (build)
    t/pair2@ign pair2-IGN-1 ignored
    t/r-leaf r-leaf-1
      -> t/leaf@default (run)
    t/solo-ign leafp-1 ignored
    t/top top-1
      -> t/tri@default (run)
    t/top-def top-def-1
      -> t/tri@default (run)
    t/top-foo top-foo-1
      -> t/tri@foo (run)
    t/tri@bar tri-BAR-1
    t/tri@default tri-1
    t/tri@foo tri-FOO-1
      -> t/leaf@default (run)
    t/tri@nosuch missing
    t/wrongname wrongname-1
      -> t/leaf@flav (run)
    textproc/shout shout-2.1
    textproc/typo typo-1.0

    Problems:
      broken/hangs ignored: hangs; define FIXTURE_HANG in make.conf to see it
      broken/missing-dep: run dependency misc/no-such-port: port not found: misc/no-such-port (path: W/ports/misc/no-such-port)
      broken/top-bad: run dependency t/tri@nosuch: no such flavor: t/tri@nosuch (its flavors are default bar foo)
      t/all-ign@default ignored: is ignored with every flavor (asked for by t/dbl@depign)
      t/all-ign@flav ignored: is ignored with every flavor
      t/def-ign@default ignored: is ignored with this flavor
      t/ign ignored: is ignored (asked for by t/on-ign, t/on-ign2)
      t/ign-on-ign ignored: is ignored for its own reason
      t/leaf@broken ignored: is marked as broken: does not work
      t/leaf@ign ignored: is not for "everybody", or so it's said
      t/pair@ign ignored: is ignored with this flavor
      t/pair-dep@depign ignored: is ignored with this flavor (asked for by t/all-dep@default, t/all-dep@flav, t/dbl@depign, t/def-dep@default, t/pair@depign and 1 more)
      t/pair-dep@ign ignored: is ignored with this flavor
      t/pair2@ign ignored: is ignored with this flavor
      t/solo-ign ignored: is ignored, and needs nothing
    "#);
}

#[test]
fn what_a_port_needs() {
    let world = World::fixtures();
    assert_snapshot!(world.answer(&["graph", "math/calc-user"]), @"
    math/calc@float float-calc-3
    math/calc@int int-calc-3
    math/calc-user calc-user-1
      -> math/calc@float (build)
      -> math/calc@int (build)
    ");
    assert_snapshot!(world.answer(&["graph", "--depth", "1", "t/top", "math/calc-user"]), @"
    math/calc@float float-calc-3
    math/calc@int int-calc-3
    math/calc-user calc-user-1
      -> math/calc@float (build)
      -> math/calc@int (build)
    t/top top-1
      -> t/tri@default (run)
    t/tri@default tri-1
    ");
    assert_snapshot!(world.answer(&["graph", "--dot", "math/calc-user", "broken/missing-dep", "t/ign"]), @r#"
    digraph ports {
      node [shape=box];
      "broken/missing-dep" [label="broken/missing-dep\nmissing-dep-1"];
      "math/calc@float" [label="math/calc@float\nfloat-calc-3"];
      "math/calc@int" [label="math/calc@int\nint-calc-3"];
      "math/calc-user" [label="math/calc-user\ncalc-user-1"];
      "misc/no-such-port" [label="misc/no-such-port" color=red];
      "t/ign" [label="t/ign\nign-1" style=dashed];
      "broken/missing-dep" -> "misc/no-such-port" [label="run"];
      "math/calc-user" -> "math/calc@float" [label="build"];
      "math/calc-user" -> "math/calc@int" [label="build"];
    }
    "#);
    assert_snapshot!(world.answer(&["--json", "graph", "--depth=1", "t/on-ign"]), @r#"
    {
      "ports": [
        {
          "port": "t/ign",
          "package": "ign-1",
          "asked": false,
          "state": "ignored",
          "depends": []
        },
        {
          "port": "t/on-ign",
          "package": "on-ign-1",
          "asked": true,
          "state": "fine",
          "depends": [
            {
              "port": "t/ign",
              "kinds": [
                "run"
              ]
            },
            {
              "port": "t/tri@default",
              "kinds": [
                "run"
              ]
            }
          ]
        },
        {
          "port": "t/tri@default",
          "package": "tri-1",
          "asked": false,
          "state": "fine",
          "depends": []
        }
      ],
      "problems": [
        {
          "port": "t/ign",
          "kind": "ignored",
          "text": "is ignored",
          "asked_by": [
            "t/on-ign"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn what_needs_a_port() {
    let world = World::fixtures();
    assert_snapshot!(world.answer(&["graph", "--reverse", "devel/libgreet"]), @"
    devel/libgreet libgreet-1.0
      <- misc/hello (lib)
      <- misc/hello-polite (lib)
      <- misc/hello-twice (lib)
    misc/hello hello-1.0
      <- misc/hello-twice (build run)
      <- misc/meta-hello (run)
      <- sysutils/greeter (run)
    misc/hello-polite hello-polite-1.0
      <- misc/meta-hello (run)
    misc/hello-twice hello-twice-1.0_1
    misc/meta-hello meta-hello-2024
    sysutils/greeter greeter-0.9,1
      <- misc/meta-hello (run)
    ");
    assert_snapshot!(world.answer(&["graph", "--reverse", "--depth", "1", "devel/libgreet"]), @"
    devel/libgreet libgreet-1.0
      <- misc/hello (lib)
      <- misc/hello-polite (lib)
      <- misc/hello-twice (lib)
    misc/hello hello-1.0
      <- misc/hello-twice (build run)
      <- ...
    misc/hello-polite hello-polite-1.0
      <- ...
    misc/hello-twice hello-twice-1.0_1
    ");
    assert_snapshot!(world.answer(&["graph", "--reverse", "--within", "misc/meta-hello", "devel/libgreet"]), @"
    devel/libgreet libgreet-1.0
      <- misc/hello (lib)
      <- misc/hello-polite (lib)
    misc/hello hello-1.0
      <- misc/meta-hello (run)
      <- sysutils/greeter (run)
    misc/hello-polite hello-polite-1.0
      <- misc/meta-hello (run)
    misc/meta-hello meta-hello-2024
    sysutils/greeter greeter-0.9,1
      <- misc/meta-hello (run)
    ");
    assert_snapshot!(world.answer(&["graph", "--reverse", "--within", "math/calc-user", "--json"]), @r#"
    {
      "ports": [
        {
          "port": "math/calc@float",
          "package": "float-calc-3",
          "asked": false,
          "state": "fine",
          "dependents": [
            {
              "port": "math/calc-user",
              "kinds": [
                "build"
              ]
            }
          ]
        },
        {
          "port": "math/calc@int",
          "package": "int-calc-3",
          "asked": false,
          "state": "fine",
          "dependents": [
            {
              "port": "math/calc-user",
              "kinds": [
                "build"
              ]
            }
          ]
        },
        {
          "port": "math/calc-user",
          "package": "calc-user-1",
          "asked": true,
          "state": "fine",
          "dependents": []
        }
      ],
      "problems": []
    }
    "#);
}

#[test]
fn a_port_that_is_not_there_is_an_error() {
    let ran = World::fixtures().run(&["graph", "no/port", "math/calc@complex"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (1, ""));
    assert_snapshot!(ran.stderr, @"
    dsynth: port not found: no/port (path: W/ports/no/port)
    no such flavor: math/calc@complex (its flavors are int float)
    ");
}

#[test]
fn a_graph_can_be_had_beside_a_run() {
    let world = World::fixtures();
    let _lock = dsynth::session::lock::BuildBaseLock::take(&world.base.join("build"), "build").unwrap();
    let told = "another dsynth is using W/build (`build`, process ";
    for (words, answer) in [
        (vec!["graph", "t/leaf@flav"], "t/leaf@flav leaf-FLAV-1"),
        (vec!["check", "t/leaf@flav"], "Ports: 1  Problems: 0  Ignored: 0"),
        (vec!["explain", "t/leaf@flav"], "t/leaf@flav: to be built"),
    ] {
        let ran = world.run(&words);
        assert_eq!((ran.status, ran.stdout.lines().next()), (0, Some(answer)), "{words:?}");
        assert!(ran.stderr.starts_with(told) && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    }
    assert!(!world.base.join("build/dsynth.redb").exists());
}
