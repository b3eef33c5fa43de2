//! Random makefiles, asked of both.
//!
//! A few rounds, or `DSYNTH_FUZZ_ROUNDS`, begin with the same seed each time: CI must not fail by chance.
//! `DSYNTH_FUZZ_SECONDS=3600` goes on for that long with new ones. `DSYNTH_FUZZ_SEED` repeats a round.

use std::time::{Duration, Instant};

use crate::bmake::{both, is_here};
use crate::random::Random;

/// What is asked after each makefile.
const ASKED: [&str; 12] = [
    "${A}",
    "${B}",
    "${CC}",
    "${D.x}",
    "${E_1}",
    "${R}",
    "${R_a} ${R_foo}",
    "${A:O:u}|${B:T}",
    "${FROM_ENV} ${FIXED}",
    "${v}",
    "${E_1:[#]}",
    "${B:C/[a-z]+/<&>/g}",
];
const ROUNDS: u64 = 150;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// The makefile of a seed.
fn makefile(seed: u64) -> String {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..4 {
        random.draw();
    }
    random.makefile()
}

#[test]
fn random_makefiles_mean_the_same_to_both() {
    if !is_here() {
        return;
    }
    let only = number("DSYNTH_FUZZ_SEED");
    let begin = Instant::now();
    let limit = number("DSYNTH_FUZZ_SECONDS").map(Duration::from_secs);
    let first = match (only, limit) {
        (Some(seed), _) => seed,
        // Each long run is another one.
        (None, Some(_)) => u64::from(std::process::id()) << 20,
        (None, None) => 1,
    };
    let mut round = 0;
    let mut different = Vec::new();
    let mut answered = 0;
    let rounds = number("DSYNTH_FUZZ_ROUNDS").unwrap_or(ROUNDS);
    while limit.map_or(round < rounds, |limit| begin.elapsed() < limit) && (only.is_none() || round == 0) {
        let seed = first + round;
        round += 1;
        let text = makefile(seed);
        let Some((ours, theirs)) = both(&text, &ASKED, true) else { continue };
        let theirs = theirs.flatten();
        answered += u64::from(theirs.is_some());
        if ours != theirs {
            different.push(describe(seed, &text, ours, theirs));
            if different.len() == 8 {
                break;
            }
        }
    }
    eprintln!("seeds {first} to {}: {round} makefiles, {answered} of them with an answer", first + round - 1);
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n\n"));
    assert!(only.is_some() || answered * 3 > round, "most random makefiles are no makefiles");
}

fn describe(seed: u64, text: &str, ours: Option<Vec<String>>, theirs: Option<Vec<String>>) -> String {
    let lines = match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours
            .iter()
            .zip(&theirs)
            .zip(ASKED)
            .filter(|((ours, theirs), _)| ours != theirs)
            .map(|((ours, theirs), asked)| format!("  {asked}\n    ours   {ours:?}\n    theirs {theirs:?}\n"))
            .collect(),
        (ours, theirs) => format!("  ours answers: {}, theirs: {}\n", ours.is_some(), theirs.is_some()),
    };
    format!("seed {seed}\n{lines}{text}")
}
