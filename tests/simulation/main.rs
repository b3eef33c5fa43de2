//! Whole runs without jails, threads or a clock: the real scheduler, worker, phases, store and repository over jails that
//! only pretend, with faults drawn from a seed. The same seed is the same story.

#![allow(unreachable_pub, reason = "a test has no public face")]
#![allow(clippy::print_stderr, reason = "it says how many runs it made, and how fast")]

mod dice;
mod hands;
mod jail;
mod story;
mod tree;

use std::time::Instant;

use story::{Runners, tell};

/// How many stories; each is several runs.
const COUNT: &str = "DSYNTH_TEST_STORIES";
/// The first seed.
const SEED: &str = "DSYNTH_TEST_SEED";

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn whatever_goes_wrong_the_last_run_ends_with_the_right_packages() {
    let (count, first) = (number(COUNT, 100), number(SEED, 1));
    let begun = Instant::now();
    let (mut runs, mut built, mut faults) = (0, 0, std::collections::BTreeMap::new());
    for seed in first..first + count {
        let story = tell(seed, Runners::Real).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        runs += story.runs;
        built += story.built;
        story.faults.into_iter().for_each(|fault| *faults.entry(fault).or_insert(0) += 1);
    }
    let seconds = begun.elapsed().as_secs_f64();
    let speed = f64::from(runs) / seconds;
    eprintln!(
        "{count} seeds from {first}: {runs} runs, {built} builds, {seconds:.1} s, {speed:.0} runs a second; faults {faults:?}"
    );
    // Rare ones come in a long run.
    assert!(count < 100 || faults.len() >= 10, "some fault never happens: {faults:?}");
}

#[test]
fn a_trace_that_is_written_before_its_package_is_in_place_is_caught() {
    let caught = (1..200).find_map(|seed| tell(seed, Runners::TraceFirst).err().map(|wrong| (seed, wrong)));
    let (seed, wrong) = caught.expect("the planted bug was not caught");
    eprintln!("caught with seed {seed}: {wrong}");
    assert!(wrong.contains("is not made from what is there now"), "{wrong}");
}

#[test]
fn a_package_that_nobody_announced_is_caught() {
    let caught = (1..400).find_map(|seed| tell(seed, Runners::Unannounced).err().map(|wrong| (seed, wrong)));
    let (seed, wrong) = caught.expect("the planted bug was not caught");
    eprintln!("caught with seed {seed}: {wrong}");
    assert!(wrong.contains("is not made from what is there now"), "{wrong}");
}

#[test]
fn a_story_is_the_same_every_time() {
    for seed in 1..10 {
        let [one, two] = [0; 2].map(|_| tell(seed, Runners::Real).unwrap());
        assert_eq!(one, two, "seed {seed}");
    }
}
