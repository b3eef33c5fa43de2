//! `check`: what is wrong with a tree.

use insta::assert_snapshot;

use crate::world::World;

#[test]
fn all_that_is_wrong_with_the_fixture_tree() {
    let world = World::fixtures();
    world.variant("cycle");
    world.variant("unparsable");
    world.port("t/odd", "1", "RUN_DEPENDS=\tx:t/unparsable nonsense t/leaf:run\n.warning look at this");
    world.port("t/moved", "1", "RUN_DEPENDS=\tx:t/old y:t/expired");
    let ran = world.run(&["check"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (2, ""));
    assert_snapshot!(ran.stdout, @r#"
    broken/hangs ignored: hangs; define FIXTURE_HANG in make.conf to see it
    broken/missing-dep: run dependency misc/no-such-port: port not found: misc/no-such-port (path: W/ports/misc/no-such-port)
    broken/top-bad: run dependency t/tri@nosuch: no such flavor: t/tri@nosuch (its flavors are default bar foo)
    t/all-ign@default ignored: is ignored with every flavor (asked for by t/dbl@depign)
    t/all-ign@flav ignored: is ignored with every flavor
    t/cycle-a: dependency cycle: t/cycle-a -> t/cycle-b -> t/cycle-a
    t/def-ign@default ignored: is ignored with this flavor
    t/ign ignored: is ignored (asked for by t/on-ign, t/on-ign2)
    t/ign-on-ign ignored: is ignored for its own reason
    t/leaf@broken ignored: is marked as broken: does not work
    t/leaf@ign ignored: is not for "everybody", or so it's said
    t/moved: run dependency t/expired: port not found: t/expired (path: W/ports/t/expired); deleted 2024-05-01: Has expired: unmaintained
    t/moved: run dependency t/old: port not found: t/old (path: W/ports/t/old); moved to t/tri
    t/odd: RUN_DEPENDS: malformed dependency `nonsense`: expected pattern:category/name[@flavor][:target]
    t/odd: RUN_DEPENDS: malformed dependency `t/leaf:run`: expected pattern:category/name[@flavor][:target]
    t/odd: bmake: "W/ports/t/odd/Makefile" line 8: warning: look at this
    t/pair@ign ignored: is ignored with this flavor
    t/pair-dep@depign ignored: is ignored with this flavor (asked for by t/all-dep@default, t/all-dep@flav, t/dbl@depign, t/def-dep@default, t/pair@depign and 1 more)
    t/pair-dep@ign ignored: is ignored with this flavor
    t/pair2@ign ignored: is ignored with this flavor
    t/solo-ign ignored: is ignored, and needs nothing
    t/unparsable: make failed (exit status: 1): bmake: "W/ports/t/unparsable/Makefile" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && () (asked for by t/odd)
    Ports: 77  Problems: 9  Ignored: 13
    "#);
}

#[test]
fn a_tree_in_order_is_0_even_where_ports_are_ignored() {
    let ran = World::fixtures().run(&["check", "t/on-ign", "misc/meta-hello"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @"
    t/ign ignored: is ignored (asked for by t/on-ign)
    Ports: 8  Problems: 0  Ignored: 1
    ");
}

#[test]
fn a_named_port_that_cannot_be_evaluated_is_a_problem() {
    let world = World::fixtures();
    world.variant("unparsable");
    let ran = world.run(&["check", "--json", "t/unparsable", "t/top"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (2, ""));
    assert_snapshot!(ran.stdout, @r#"
    {
      "ports": 3,
      "ok": false,
      "problems": [
        {
          "port": "t/unparsable",
          "kind": "broken",
          "text": "make failed (exit status: 1): bmake: \"W/ports/t/unparsable/Makefile\" line 8: Malformed conditional (${NOBODY_SET_THIS} == yes && ()"
        }
      ]
    }
    "#);
}

#[test]
fn what_is_no_port_of_the_tree_is_an_error_of_usage() {
    let world = World::fixtures();
    world.write("list", b"t/gone\nwhat\nt/old\n");
    let ran = world.run(&["check", "list"]);
    assert_snapshot!(format!("{}\n{}{}", ran.status, ran.stdout, ran.stderr), @"
    2
    t/gone: port not found: t/gone (path: W/ports/t/gone)
    Ports: 5  Problems: 1  Ignored: 0
    list:2: invalid port specification `what`: expected category/name[@flavor]
    t/old moved to t/tri
    ");
    let ran = world.run(&["check", "t/gone"]);
    assert_snapshot!(format!("{}\n{}{}", ran.status, ran.stdout, ran.stderr), @"
    1
    dsynth: port not found: t/gone (path: W/ports/t/gone)
    ");
    assert_eq!(world.run(&["check", "--strict"]).status, 1);
}
