//! Which job goes first.

use super::*;

/// The order in which one worker builds everything.
fn order(text: &str) -> String {
    let plan = plan(text);
    let fake = Fake::of(&plan);
    heard(&plan, &fake, &options(1), &Stop::default());
    fake.logged("start ")
}

#[test]
fn dependencies_go_first_and_long_chains_before_short_ones() {
    let table = [
        ("a: b c; b: c; c:", "c b a"),
        ("a: b; b: c; c: d; d:", "d c b a"),
        ("a: b c; b: d; c: d; d:", "d b c a"),
        (
            "app: x y z; x: pkgconf perl; y: pkgconf perl expat; z: pkgconf; pkgconf:; perl:; expat:",
            "pkgconf perl expat x y z app",
        ),
        // By design the chain goes first: the end of the run waits for it. Fans count among equal chains.
        ("f1: fan; f2: fan; f3: fan; fan:; c2: c1; c1: chain; chain:", "chain fan c1 c2 f1 f2 f3"),
        ("a:; b:; x: b; y: b; z: a", "b a x y z"),
        (
            "vim: gettext-tools pkgconf; gettext-tools: gettext-runtime; pkgconf:; gettext-runtime:",
            "gettext-runtime gettext-tools pkgconf vim",
        ),
        (
            "vim: gettext-tools pkgconf; git: curl gmake; curl: pkgconf; gmake: gettext-tools; \
          gettext-tools: gettext-runtime; pkgconf:; gettext-runtime:",
            "gettext-runtime gettext-tools pkgconf curl gmake git vim",
        ),
        ("", ""),
    ];
    for (text, expected) in table {
        assert_eq!(order(text), expected, "{text}");
    }
}

#[test]
fn the_longest_path_goes_first_by_what_builds_took() {
    let order = |text: &str, expected: &[(&'static str, u64)]| {
        let plan = plan(text);
        let fake = Fake { expected: expected.iter().copied().collect(), ..Fake::of(&plan) };
        heard(&plan, &fake, &options(1), &Stop::default());
        fake.logged("start ")
    };
    let chain = "c3: c2; c2: c1; c1:; giant:; small:";
    assert_eq!(order(chain, &[]), "c1 c2 c3 giant small", "nobody knows: three hours before one");
    assert_eq!(order(chain, &[("giant", 4 * 3600)]), "giant c1 c2 c3 small");
    assert_eq!(order(chain, &[("c1", 60), ("c2", 60), ("c3", 60), ("small", 200)]), "giant small c1 c2 c3");
}

#[test]
fn a_throttled_run_has_no_more_builds_at_once() {
    let plan = plan("a:; b:; c:; d:");
    let throttle = Throttle { slow_start: 1, scale: 100, memory: u64::MAX, ncpu: 1, busy: Busy::default };
    let options = RunOptions { throttle: Some(throttle), ..options(4) };
    let fake = Fake::of(&plan);
    heard(&plan, &fake, &options, &Stop::default());
    assert_eq!(fake.logged("slot "), "0=a 0=b 0=c 0=d", "the limit rises after seconds only");
}

#[test]
fn a_run_knows_how_soon_it_could_have_ended() {
    // Each build takes a second, each failure two.
    let bound = |text: &str, workers: usize, fails: &[&'static str]| {
        let plan = plan(text);
        let fake = Fake { fails: fails.iter().copied().collect(), ..Fake::of(&plan) };
        let round = Round { plan: Arc::new(plan), runner: Arc::new(fake) };
        run(round, &options(workers), &Stop::default(), &|_| {}).unwrap().summary.bound.as_secs()
    };
    let chain = "c: b; b: a; a:; d:";
    assert_eq!([bound(chain, 1, &[]), bound(chain, 2, &[]), bound(chain, 9, &[])], [4, 3, 3]);
    assert_eq!(bound(chain, 9, &["b"]), 3, "what was not built took no time");
}

#[test]
fn ties_go_by_origin_whatever_the_order_of_the_plan() {
    let lines = ["x: base", "y: base", "base:", "b:", "a:", "c: b", "d: a", "e: x y"];
    for turn in 0..100 {
        let mut lines = lines.to_vec();
        let steps = turn % lines.len();
        lines.rotate_left(steps);
        if turn % 3 == 0 {
            lines.reverse();
        }
        assert_eq!(order(&lines.join("\n")), "base a b x y c d e", "turn {turn}");
    }
}

#[test]
fn the_order_of_starts_is_that_of_the_simulation_even_if_much_is_fresh() {
    let text = "a1: a0; a2: a1; a3: a2; a0:; b1: b0; b2: b1; b0:; c1: c0 a1; c0:; d: b0; e:; f: e";
    let plan = plan(text);
    let fresh: BTreeSet<&str> = ["a0", "b0", "b1", "e", "c0"].into();
    let names = Fake::of(&plan).names;
    let forecast = simulate(&plan, &|_| UNKNOWN, &mut |job| {
        if fresh.contains(names[job.index()].as_str()) {
            Verdict::Fresh
        } else {
            Verdict::Dirty(vec![Reason::NeverBuilt])
        }
    });
    let expected: Vec<&str> = forecast.builds.iter().map(|(job, _)| names[job.index()].as_str()).collect();
    assert_eq!(expected.join(" "), "a1 a2 a3 b2 c1 d f");
    assert!(forecast.builds.iter().all(|(_, reasons)| reasons == &[Reason::NeverBuilt]));
    for _ in 0..100 {
        let fake = Fake { fresh: fresh.clone(), ..Fake::of(&plan) };
        let (_, report) = heard(&plan, &fake, &options(1), &Stop::default());
        assert_eq!(fake.logged("start "), expected.join(" "));
        assert_eq!(report.ends, forecast.ends);
        assert_eq!(counters(&report.summary), counters(&forecast.summary));
    }
}
